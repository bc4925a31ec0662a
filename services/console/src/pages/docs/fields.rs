//! A JSON schema as a table: one row for every property, down to the last.

use serde_json::{Map, Value};

use super::files::common;

/// By what schemas refer to their common parts.
const COMMON: &str = "https://liangdi.example/schemas/common.schema.json#/$defs/";
/// By what the API's document refers to its own.
const COMPONENTS: &str = "#/components/schemas/";
/// Properties inside each other that are followed.
const DEPTH_MAX: usize = 8;
/// Values of a code table that are written out.
const VALUES_MAX: usize = 60;

/// A property.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Field {
    /// Where it is, from the beginning of the table on: `person.name`, `tenants[].fullName`.
    pub(super) path: String,
    /// What it may be.
    pub(super) kind: String,
    pub(super) is_required: bool,
    pub(super) description: String,
    /// The schema of the API's document that it is.
    pub(super) component: Option<String>,
}

/// Every property of an object's schema.
pub(super) fn fields(schema: &Value) -> Vec<Field> {
    let mut fields = Vec::new();
    gather(schema, "", 0, &mut fields);
    fields
}

fn gather(schema: &Value, above: &str, depth: usize, fields: &mut Vec<Field>) {
    let Some(properties) = schema["properties"].as_object() else { return };
    let required: Vec<&str> = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    for (name, property) in properties {
        let (meant, component) = followed(property);
        let described = [property, meant].into_iter().find_map(|schema| schema["description"].as_str());
        let path = format!("{above}{name}");
        fields.push(Field {
            kind: kind(meant),
            is_required: required.contains(&name.as_str()),
            description: described.unwrap_or_default().to_owned(),
            component,
            path: path.clone(),
        });
        if depth < DEPTH_MAX {
            for (inner, end) in inside(meant) {
                gather(inner, &format!("{path}{end}."), depth + 1, fields);
            }
        }
    }
}

/// What a schema refers to; of the API's own components the name, which leads to their table.
fn followed(schema: &Value) -> (&Value, Option<String>) {
    match schema["$ref"].as_str() {
        Some(reference) => match (reference.strip_prefix(COMMON), reference.strip_prefix(COMPONENTS)) {
            (Some(name), _) => (&common()["$defs"][name], None),
            (_, Some(name)) => (schema, Some(name.to_owned())),
            _ => (schema, None),
        },
        None => (schema, None),
    }
}

/// Objects inside: the value itself, the entries of a list, or alternatives of either.
fn inside(schema: &Value) -> Vec<(&Value, &'static str)> {
    let (schema, _) = followed(schema);
    let mut found = Vec::new();
    if schema["properties"].is_object() {
        found.push((schema, ""));
    }
    if schema["items"].is_object() {
        found.extend(inside(&schema["items"]).into_iter().map(|(inner, _)| (inner, "[]")));
    }
    for alternative in alternatives(schema) {
        found.extend(inside(alternative));
    }
    found
}

fn alternatives(schema: &Value) -> impl Iterator<Item = &Value> {
    ["anyOf", "oneOf"].into_iter().filter_map(|name| schema[name].as_array()).flatten()
}

/// What a value may be, in one line.
pub(super) fn kind(schema: &Value) -> String {
    let (schema, component) = followed(schema);
    if let Some(name) = component {
        return name;
    }
    let Some(object) = schema.as_object() else { return String::new() };
    if let Some(value) = object.get("const") {
        return value.to_string();
    }
    if let Some(values) = object.get("enum").and_then(Value::as_array) {
        let shown: Vec<String> = values.iter().take(VALUES_MAX).map(Value::to_string).collect();
        let more = if values.len() > VALUES_MAX { " …" } else { "" };
        return format!("{}{more}", shown.join(" | "));
    }
    let among: Vec<String> = alternatives(schema).map(kind).collect();
    if !among.is_empty() {
        return among.join(" | ");
    }
    if object.get("items").is_some_and(Value::is_object) {
        return format!("[ {} ]{}", kind(&object["items"]), bounds(object, "minItems", "maxItems"));
    }
    let names = match &object.get("type") {
        Some(Value::String(name)) => name.clone(),
        Some(Value::Array(names)) => names.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" | "),
        _ => "any".to_owned(),
    };
    let form = ["format", "pattern"].into_iter().find_map(|name| object.get(name)?.as_str());
    let length = [bounds(object, "minLength", "maxLength"), bounds(object, "minimum", "maximum")].concat();
    format!("{names}{}{length}", form.map(|form| format!(" {form}")).unwrap_or_default())
}

fn bounds(object: &Map<String, Value>, least: &str, most: &str) -> String {
    match (object.get(least), object.get(most)) {
        (Some(least), Some(most)) => format!(" {least}…{most}"),
        (Some(least), None) => format!(" ≥ {least}"),
        (None, Some(most)) => format!(" ≤ {most}"),
        (None, None) => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_property_is_a_row_down_to_the_last_one() {
        let schema = json!({
            "properties": {
                "on": {"type": "string", "format": "date", "description": "The day."},
                "sex": {"enum": ["1", "2"]},
                "people": {"type": "array", "minItems": 1, "maxItems": 2, "items": {
                    "type": "object", "required": ["name"],
                    "properties": {"name": {"type": ["string", "null"], "maxLength": 20}},
                }},
                "place": {"anyOf": [{"type": "object", "properties": {"code": {"const": "x"}}}, {"type": "null"}]},
                "answer": {"$ref": "#/components/schemas/Answer"},
            },
            "required": ["on", "people"],
        });
        let fields = fields(&schema);
        let row = |path: &str| {
            let field = fields.iter().find(|field| field.path == path).unwrap();
            (field.kind.as_str(), field.is_required)
        };
        assert_eq!(row("on"), ("string date", true));
        assert_eq!(row("sex"), (r#""1" | "2""#, false));
        assert_eq!(row("people"), ("[ object ] 1…2", true));
        assert_eq!(row("people[].name"), ("string | null ≤ 20", true));
        assert_eq!(row("place"), ("object | null", false));
        assert_eq!(row("place.code"), (r#""x""#, false));
        assert_eq!(fields.iter().find(|field| field.path == "answer").unwrap().component.as_deref(), Some("Answer"));
    }

    #[test]
    fn what_a_common_part_says_is_said_where_it_is_used() {
        let message = super::super::files::json("feeds/police.residence-registered.v1.schema.json").unwrap();
        let fields = fields(&message);
        let of = |path: &str| fields.iter().find(|field| field.path == path).unwrap();
        assert!(of("id").kind.starts_with("string ^[A-Za-z0-9"), "{}", of("id").kind);
        assert!(!of("data.xm").description.is_empty() && of("data.xm").is_required && !of("data.lxdh").is_required);
    }
}
