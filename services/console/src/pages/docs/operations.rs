//! The HTTP API: its operations one after the other, then the schemas that they speak of.

use std::collections::BTreeMap;

use askama::Template;
use askama_web::WebTemplate;
use axum::Router;
use axum::routing::get;
use serde_json::Value;

use super::fields::{Field, fields, kind};
use super::files::openapi;
use super::messages::text;
use crate::console::Console;
use crate::page::Page;

/// What a path may be asked with.
const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

pub(super) fn router() -> Router<Console> {
    Router::new().route("/docs/api", get(operations))
}

struct Operation {
    method: String,
    path: String,
    summary: String,
    description: String,
    parameters: Vec<Parameter>,
    /// Media type and schema of what is sent.
    body: Vec<(String, String)>,
    answers: Vec<AnswerRow>,
}

struct Parameter {
    name: String,
    place: String,
    kind: String,
    is_required: bool,
    description: String,
}

struct AnswerRow {
    status: String,
    description: String,
    /// Media type and schema of what comes back.
    content: Vec<(String, String)>,
}

struct Component {
    name: String,
    description: String,
    kind: String,
    fields: Vec<Field>,
}

#[derive(Template, WebTemplate)]
#[template(path = "docs/api.html")]
struct Api {
    page: Page,
    about: String,
    tags: Vec<(String, Vec<Operation>)>,
    components: Vec<Component>,
}

async fn operations(page: Page) -> Api {
    let document = openapi();
    let mut tags: BTreeMap<String, Vec<Operation>> = BTreeMap::new();
    for (path, methods) in document["paths"].as_object().into_iter().flatten() {
        for method in METHODS {
            if let Some(operation) = methods.get(method) {
                let tag = text(&operation["tags"][0]);
                tags.entry(tag).or_default().push(operation_of(method, path, operation));
            }
        }
    }
    let components = document["components"]["schemas"].as_object().into_iter().flatten();
    let component = |(name, schema): (&String, &Value)| Component {
        name: name.clone(),
        description: text(&schema["description"]),
        kind: kind(schema),
        fields: fields(schema),
    };
    Api {
        page,
        about: text(&document["info"]["description"]),
        tags: tags.into_iter().collect(),
        components: components.map(component).collect(),
    }
}

impl Operation {
    /// Its place on the page.
    fn anchor(&self) -> String {
        let plain = |c: char| if c.is_ascii_alphanumeric() { c } else { '-' };
        format!("{}{}", self.method.to_lowercase(), self.path.chars().map(plain).collect::<String>())
    }
}

fn operation_of(method: &str, path: &str, operation: &Value) -> Operation {
    let parameter = |parameter: &Value| Parameter {
        name: text(&parameter["name"]),
        place: text(&parameter["in"]),
        kind: kind(&parameter["schema"]),
        is_required: parameter["required"] == true,
        description: text(&parameter["description"]),
    };
    let answer = |(status, answer): (&String, &Value)| AnswerRow {
        status: status.clone(),
        description: text(&answer["description"]),
        content: content(answer),
    };
    Operation {
        method: method.to_uppercase(),
        path: path.to_owned(),
        summary: text(&operation["summary"]),
        description: text(&operation["description"]),
        parameters: operation["parameters"].as_array().into_iter().flatten().map(parameter).collect(),
        body: content(&operation["requestBody"]),
        answers: operation["responses"].as_object().into_iter().flatten().map(answer).collect(),
    }
}

fn content(of: &Value) -> Vec<(String, String)> {
    let content = of["content"].as_object().into_iter().flatten();
    content.map(|(media, body)| (media.clone(), kind(&body["schema"]))).collect()
}

impl Api {
    /// Whether a schema has a table of its own on this page.
    fn has(&self, name: &str) -> bool {
        self.components.iter().any(|component| component.name == name)
    }
}
