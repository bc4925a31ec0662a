//! Bytes -> JSON in one pass, refusing what no message of the contract needs and what the store could not keep.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

use super::{Reason, Refusal};

/// Longest message.
pub const MESSAGE_BYTES_MAX: usize = 256 * 1024;
/// Deepest nesting of objects and arrays; no message of the contract comes near it.
pub const DEPTH_MAX: usize = 32;

/// Marks in serde's error text, which is how a visitor says which rule was broken.
const TOO_DEEP: &str = "\u{1}too-deep";
const NULL_CHARACTER: &str = "\u{1}null-character";
const DUPLICATE_MEMBER: &str = "\u{1}duplicate-member";

/// Parses a body.
pub fn parse(body: &[u8]) -> Result<Value, Refusal> {
    if body.len() > MESSAGE_BYTES_MAX {
        return Err(Refusal::at(Reason::TooLarge, ""));
    }
    let text = std::str::from_utf8(body).map_err(|_| Refusal::at(Reason::NotUtf8, ""))?;
    let mut reader = serde_json::Deserializer::from_str(text);
    let value = Strict { depth: 0 }.deserialize(&mut reader).and_then(|value| reader.end().map(|()| value));
    value.map_err(|error| {
        let said = error.to_string();
        let reason = [
            (TOO_DEEP, Reason::TooDeep),
            (NULL_CHARACTER, Reason::NullCharacter),
            (DUPLICATE_MEMBER, Reason::DuplicateMember),
        ]
        .into_iter()
        .find(|(mark, _)| said.contains(mark))
        .map_or(Reason::NotJson, |(_, reason)| reason);
        Refusal::at(reason, "")
    })
}

/// Reads one value at a depth.
#[derive(Clone, Copy)]
struct Strict {
    depth: usize,
}

impl Strict {
    fn deeper<E: Error>(self) -> Result<Strict, E> {
        let depth = self.depth + 1;
        if depth > DEPTH_MAX { Err(E::custom(TOO_DEEP)) } else { Ok(Strict { depth }) }
    }
}

fn clean<E: Error>(text: &str) -> Result<(), E> {
    if text.contains('\0') { Err(E::custom(NULL_CHARACTER)) } else { Ok(()) }
}

impl<'de> DeserializeSeed<'de> for Strict {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Value, E> {
        clean(value)?;
        Ok(Value::String(value.to_owned()))
    }

    fn visit_string<E: Error>(self, value: String) -> Result<Value, E> {
        clean(&value)?;
        Ok(Value::String(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let inside = self.deeper()?;
        let mut array = Vec::new();
        while let Some(item) = items.next_element_seed(inside)? {
            array.push(item);
        }
        Ok(Value::Array(array))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let inside = self.deeper()?;
        let mut object = Map::new();
        while let Some(name) = members.next_key::<String>()? {
            clean(&name)?;
            if object.contains_key(&name) {
                return Err(A::Error::custom(DUPLICATE_MEMBER));
            }
            object.insert(name, members.next_value_seed(inside)?);
        }
        Ok(Value::Object(object))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn reason(body: &[u8]) -> Option<Reason> {
        parse(body).err().map(|refusal| refusal.reason)
    }

    #[test]
    fn each_bad_form_has_its_reason() {
        assert_eq!(reason(b"{\"a\": 1}"), None);
        assert_eq!(reason(b""), Some(Reason::NotJson));
        assert_eq!(reason(b"{\"a\": 1} x"), Some(Reason::NotJson));
        assert_eq!(reason(b"{\"a\": \"\xff\"}"), Some(Reason::NotUtf8));
        assert_eq!(reason(br#"{"a": "x\u0000y"}"#), Some(Reason::NullCharacter));
        assert_eq!(reason(br#"{"a\u0000": 1}"#), Some(Reason::NullCharacter));
        assert_eq!(reason(br#"{"a": 1, "a": 1}"#), Some(Reason::DuplicateMember));
        assert_eq!(reason("[".repeat(DEPTH_MAX + 1).as_bytes()), Some(Reason::TooDeep));
        assert_eq!(reason(&vec![b' '; MESSAGE_BYTES_MAX + 1]), Some(Reason::TooLarge));
        assert_eq!(reason("[".repeat(100_000).as_bytes()), Some(Reason::TooDeep));
    }

    proptest! {
        #[test]
        fn any_bytes_are_parsed_without_panic(body in any::<Vec<u8>>()) {
            let _ = parse(&body);
        }

        #[test]
        fn whatever_is_taken_is_what_serde_json_reads(text in "[\\[\\]{},:0-9a\" .eE+-]{0,40}") {
            if let Ok(value) = parse(text.as_bytes()) {
                prop_assert_eq!(serde_json::from_str::<Value>(&text).ok(), Some(value));
            }
        }
    }
}
