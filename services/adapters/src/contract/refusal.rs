//! A refusal: what is wrong and where, in words that hold nothing of the message.

use std::fmt;

use super::Reason;

/// Why a message is turned away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The code.
    pub reason: Reason,
    /// JSON pointer to the known member; for an unknown one, to the object that holds it.
    pub path: Option<String>,
    /// Path inside the schema.
    pub schema_path: Option<String>,
    /// The envelope's source, if it is well-formed.
    pub source: Option<String>,
    /// The envelope's id, if it is well-formed.
    pub id: Option<String>,
}

impl Refusal {
    /// A refusal at a member; an empty path is the whole message.
    pub fn at(reason: Reason, path: impl Into<String>) -> Self {
        let path = Some(path.into()).filter(|path| !path.is_empty());
        Refusal { reason, path, schema_path: None, source: None, id: None }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.path.as_deref().unwrap_or("the whole message");
        write!(f, "{} at {path}: {}", self.reason, self.reason.explain())
    }
}

impl std::error::Error for Refusal {}
