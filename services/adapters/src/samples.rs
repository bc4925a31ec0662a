//! For tests: the contract's examples, changed one member at a time. Everybody in them is fictional.

use chrono::{DateTime, NaiveDate};
use liangdi_domain::division::{Code, Divisions};
use liangdi_domain::evidence::{Appearance, Evidence, WarningKind};
use serde_json::{Map, Value};

use crate::contract::{Reason, Refusal};
use crate::normalise::normalise;

/// One message.
#[derive(Clone)]
pub(crate) struct Sample {
    envelope: Value,
}

/// The example of a type.
pub(crate) fn sample(kind: &str) -> Sample {
    let path = format!("{}/../../schemas/examples/valid/{kind}.json", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    Sample { envelope: serde_json::from_str(&text).unwrap() }
}

impl Sample {
    pub(crate) fn data(&self) -> &Value {
        &self.envelope["data"]
    }

    /// The same with another value at a pointer inside `data`; its last member need not be there yet.
    pub(crate) fn with(mut self, pointer: &str, value: impl Into<Value>) -> Self {
        let (parent, name) = pointer.rsplit_once('/').unwrap();
        let parent = self.envelope["data"].pointer_mut(parent).unwrap();
        match parent {
            Value::Array(items) => items[name.parse::<usize>().unwrap()] = value.into(),
            _ => parent[name] = value.into(),
        }
        self
    }

    /// The same with other data altogether.
    pub(crate) fn with_data(mut self, data: Map<String, Value>) -> Self {
        self.envelope["data"] = Value::Object(data);
        self
    }

    /// The same, published by another office of the feed.
    pub(crate) fn by_office(mut self, office: &str) -> Self {
        let source = self.envelope["source"].as_str().unwrap();
        self.envelope["source"] = format!("{}:{office}", source.rsplit_once(':').unwrap().0).into();
        self
    }

    /// The same, recorded at another time.
    pub(crate) fn at(mut self, time: &str) -> Self {
        self.envelope["time"] = time.into();
        self
    }

    /// The same as a message of another type.
    pub(crate) fn of_type(mut self, kind: &str) -> Self {
        self.envelope["type"] = kind.into();
        self
    }

    pub(crate) fn normalise(&self) -> Result<Evidence, Refusal> {
        let text = |name: &str| self.envelope[name].as_str().unwrap();
        let office = text("source").rsplit(':').next().unwrap();
        let time = DateTime::parse_from_rfc3339(text("time")).unwrap();
        normalise(text("type").parse().unwrap(), code(office), time, self.data(), Divisions::shipped())
    }

    pub(crate) fn evidence(&self) -> Evidence {
        self.normalise().unwrap()
    }

    /// The only person in the message.
    pub(crate) fn appearance(&self) -> Appearance {
        let [appearance] = <[Appearance; 1]>::try_from(self.evidence().appearances).unwrap();
        appearance
    }

    /// What was odd, and where.
    pub(crate) fn warnings(&self) -> Vec<(String, WarningKind)> {
        self.evidence().warnings.into_iter().map(|warning| (warning.path, warning.kind)).collect()
    }

    /// Asserts that the message is taken with one warning.
    #[track_caller]
    pub(crate) fn is_odd(&self, path: &str, kind: WarningKind) {
        assert_eq!(self.warnings(), [(path.to_owned(), kind)]);
    }

    /// Asserts that the message is refused at a member.
    #[track_caller]
    pub(crate) fn is_refused(&self, reason: Reason, path: &str) {
        let refusal = self.normalise().unwrap_err();
        assert_eq!((refusal.reason, refusal.path.as_deref()), (reason, Some(path)));
    }
}

pub(crate) fn code(text: &str) -> Code {
    text.parse().unwrap()
}

pub(crate) fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}
