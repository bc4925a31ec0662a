//! One message: an example of the contract, changed at will. Everybody in the examples is fictional.

use std::sync::atomic::{AtomicU32, Ordering};

use serde_json::Value;

/// An envelope that a test changes before it sends it.
#[derive(Clone)]
pub(crate) struct Message(Value);

impl Message {
    /// The contract's example of a type, under an id of its own.
    pub(crate) fn example(kind: &str) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(1);
        let path = format!("{}/../schemas/examples/valid/{kind}.json", env!("CARGO_MANIFEST_DIR"));
        let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
        let id = format!("test-{}", NEXT.fetch_add(1, Ordering::Relaxed));
        Message(serde_json::from_str(&text).unwrap()).with("/id", id)
    }

    /// A reply to a notice.
    pub(crate) fn reply_to(notice: &Value, outcome: &str) -> Self {
        Message::example("township.case-reply.v1")
            .with("/data/case_id", notice["caseid"].clone())
            .with("/data/notice_id", notice["id"].clone())
            .with("/data/outcome", outcome)
            .without("/data/division")
            .without("/data/reason_code")
    }

    /// The same with another value at a pointer; its last member need not be there yet.
    pub(crate) fn with(mut self, pointer: &str, value: impl Into<Value>) -> Self {
        let (parent, name) = pointer.rsplit_once('/').unwrap();
        match self.0.pointer_mut(parent).unwrap_or_else(|| panic!("no {parent}")) {
            Value::Array(items) => items[name.parse::<usize>().unwrap()] = value.into(),
            parent => parent[name] = value.into(),
        }
        self
    }

    /// The same without a member.
    pub(crate) fn without(mut self, pointer: &str) -> Self {
        let (parent, name) = pointer.rsplit_once('/').unwrap();
        self.0.pointer_mut(parent).unwrap().as_object_mut().unwrap().remove(name).unwrap();
        self
    }

    /// The same from another office.
    pub(crate) fn from(self, source: &str) -> Self {
        self.with("/source", source)
    }

    /// A text member.
    pub(crate) fn text(&self, pointer: &str) -> String {
        self.0.pointer(pointer).and_then(Value::as_str).unwrap_or_else(|| panic!("no text at {pointer}")).to_owned()
    }

    pub(crate) fn id(&self) -> String {
        self.text("/id")
    }

    /// As it goes on the wire.
    pub(crate) fn line(&self) -> Vec<u8> {
        self.0.to_string().into_bytes()
    }
}
