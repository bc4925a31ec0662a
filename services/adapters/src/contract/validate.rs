//! The compiled schemas. A valid message costs one pass; only a refused one is asked what is wrong with it, and what
//! it says of itself never leaves: paths are of known members, and of unknown ones only the object they stand in.

use std::collections::HashMap;
use std::sync::OnceLock;

use jsonschema::error::ValidationErrorKind;
use jsonschema::{PatternOptions, Registry, ValidationError, Validator};
use liangdi_domain::feed::MessageType;
use serde_json::Value;

use super::schemas::{COMMON, FEEDS, NOTICES};
use super::{Reason, Refusal};

/// Largest compiled pattern, in bytes.
const PATTERN_BYTES_MAX: usize = 1 << 20;
/// Faults of one message that are looked at.
const FAULTS_MAX: usize = 64;
/// The address by which schemas refer to their common parts; nothing is ever fetched.
const COMMON_URI: &str = "https://liangdi.example/schemas/common.schema.json";

/// Every schema, compiled.
pub struct Catalogue {
    feeds: HashMap<MessageType, Validator>,
    notices: HashMap<&'static str, Validator>,
}

impl Catalogue {
    /// The schemas that ship.
    pub fn shipped() -> &'static Catalogue {
        static CATALOGUE: OnceLock<Catalogue> = OnceLock::new();
        CATALOGUE.get_or_init(|| Catalogue::compile().expect("the shipped schemas are tested"))
    }

    fn compile() -> Result<Catalogue, String> {
        let common: Value = serde_json::from_str(COMMON).map_err(|error| format!("common: {error}"))?;
        let registry = Registry::new()
            .add(COMMON_URI, common)
            .and_then(|registry| registry.prepare())
            .map_err(|error| format!("common: {error}"))?;
        let validator = |name: &str, text: &str| -> Result<Validator, String> {
            let schema: Value = serde_json::from_str(text).map_err(|error| format!("{name}: {error}"))?;
            jsonschema::draft202012::options()
                .with_registry(&registry)
                .with_pattern_options(PatternOptions::regex().size_limit(PATTERN_BYTES_MAX))
                .should_validate_formats(true)
                .should_ignore_unknown_formats(false)
                .build(&schema)
                .map_err(|error| format!("{name}: {error}"))
        };
        let mut feeds = HashMap::with_capacity(FEEDS.len());
        for (name, text) in FEEDS {
            let kind = name.parse().map_err(|_| format!("{name}: no such type"))?;
            feeds.insert(kind, validator(name, text)?);
        }
        let mut notices = HashMap::with_capacity(NOTICES.len());
        for (name, text) in NOTICES {
            notices.insert(name, validator(name, text)?);
        }
        Ok(Catalogue { feeds, notices })
    }

    /// Checks an envelope against its type's schema.
    pub fn check(&self, kind: MessageType, envelope: &Value) -> Result<(), Refusal> {
        match self.feeds.get(&kind) {
            Some(validator) => check(validator, envelope),
            None => Err(Refusal::at(Reason::UnknownType, "/type")),
        }
    }

    /// Checks a notice against its kind's schema.
    pub fn check_notice(&self, notice: &Value) -> Result<(), Refusal> {
        let kind = notice["type"].as_str().and_then(|text| text.strip_prefix("notice.")?.strip_suffix(".v1"));
        match kind.and_then(|kind| self.notices.get(kind)) {
            Some(validator) => check(validator, notice),
            None => Err(Refusal::at(Reason::UnknownType, "/type")),
        }
    }
}

fn check(validator: &Validator, value: &Value) -> Result<(), Refusal> {
    if validator.is_valid(value) {
        return Ok(());
    }
    let mut faults: Vec<Fault> = Vec::new();
    for error in validator.iter_errors(value).take(FAULTS_MAX) {
        gather(&error, &mut faults);
    }
    // Never past the cap: an unknown property behind many other faults is still what the message is refused for.
    if faults.len() >= FAULTS_MAX && !faults.iter().any(|fault| fault.reason == Reason::UnknownField) {
        return Err(Refusal::at(Reason::Schema, ""));
    }
    let worst = faults.into_iter().min_by_key(|fault| fault.reason);
    let Some(Fault { reason, path, schema_path }) = worst else { return Err(Refusal::at(Reason::Schema, "")) };
    Err(Refusal { schema_path: Some(schema_path), ..Refusal::at(reason, path) })
}

/// One thing that is wrong. `Reason` is ordered by weight: an unknown property before all else.
struct Fault {
    reason: Reason,
    path: String,
    schema_path: String,
}

/// An error, or what lies behind it where it only says that no alternative fits.
fn gather(error: &ValidationError, faults: &mut Vec<Fault>) {
    if faults.len() >= FAULTS_MAX {
        return;
    }
    let reason = match error.kind() {
        ValidationErrorKind::AnyOf { context } | ValidationErrorKind::OneOfNotValid { context } => {
            // The first alternative is the one that is meant; the others say that it may be absent.
            context.iter().take(1).flatten().for_each(|inner| gather(inner, faults));
            context.iter().skip(1).flatten().filter(|inner| is_unknown(inner)).for_each(|inner| gather(inner, faults));
            Reason::Schema
        }
        kind if is_unknown_kind(kind) => Reason::UnknownField,
        ValidationErrorKind::Required { .. } => Reason::MissingField,
        ValidationErrorKind::Enum { .. } => Reason::WrongCode,
        _ => Reason::Schema,
    };
    let (path, schema_path) = (error.instance_path().to_string(), error.schema_path().to_string());
    faults.push(Fault { reason, path, schema_path });
}

fn is_unknown(error: &ValidationError) -> bool {
    is_unknown_kind(error.kind())
}

fn is_unknown_kind(kind: &ValidationErrorKind) -> bool {
    matches!(
        kind,
        ValidationErrorKind::AdditionalProperties { .. }
            | ValidationErrorKind::UnevaluatedProperties { .. }
            | ValidationErrorKind::PropertyNames { .. }
            | ValidationErrorKind::FalseSchema
    )
}
