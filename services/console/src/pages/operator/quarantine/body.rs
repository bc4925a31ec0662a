//! A refused message's content, member by member: what it is, where it is, and whether it is what was refused.

use serde_json::Value;

/// Members of the envelope that the quarantine's list shows anyway, or that are the same in every message.
const OPEN: [&str; 6] = ["/specversion", "/type", "/source", "/id", "/time", "/datacontenttype"];

/// What stands in the place of a value.
const MASK: &str = "***";

/// One value of a message.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Member {
    /// Where it is, as a JSON pointer.
    pub(super) pointer: String,
    /// What it is, or the mask.
    pub(super) value: String,
    /// Whether it is what was refused.
    pub(super) at_fault: bool,
}

/// Every value of a message, in its order.
pub(super) fn members(body: &[u8], fault: Option<&str>, reveal: bool) -> Vec<Member> {
    let mut members = Vec::new();
    // A body is kept only once it was read; should one be none all the same, nothing of it is shown.
    if let Ok(value) = serde_json::from_slice(body) {
        gather(&value, String::new(), fault, reveal, &mut members);
    }
    members
}

fn gather(value: &Value, pointer: String, fault: Option<&str>, reveal: bool, members: &mut Vec<Member>) {
    match value {
        Value::Object(object) if !object.is_empty() => {
            for (name, value) in object {
                let escaped = name.replace('~', "~0").replace('/', "~1");
                gather(value, format!("{pointer}/{escaped}"), fault, reveal, members);
            }
        }
        Value::Array(list) if !list.is_empty() => {
            for (index, value) in list.iter().enumerate() {
                gather(value, format!("{pointer}/{index}"), fault, reveal, members);
            }
        }
        _ => {
            let shown = reveal || OPEN.contains(&pointer.as_str());
            let value = match value {
                _ if !shown => MASK.to_owned(),
                Value::String(text) => text.clone(),
                other => other.to_string(),
            };
            let at_fault = fault == Some(pointer.as_str());
            members.push(Member { pointer, value, at_fault });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Fictional.
    const BODY: &[u8] = br#"{"id":"a-1","data":{"xm":"a name","list":[{"born":1990}],"a/b":true,"none":{}}}"#;

    #[test]
    fn every_value_of_the_data_is_masked_and_the_refused_one_is_marked() {
        let members = members(BODY, Some("/data/list/0/born"), false);
        let told: Vec<(&str, &str, bool)> =
            members.iter().map(|member| (member.pointer.as_str(), member.value.as_str(), member.at_fault)).collect();
        let expected = [
            ("/id", "a-1", false),
            ("/data/xm", MASK, false),
            ("/data/list/0/born", MASK, true),
            ("/data/a~1b", MASK, false),
            ("/data/none", MASK, false),
        ];
        assert_eq!(sorted(told), sorted(expected.to_vec()));
    }

    #[test]
    fn revealed_the_values_are_there() {
        let members = members(BODY, None, true);
        let value = |pointer: &str| members.iter().find(|member| member.pointer == pointer).unwrap().value.clone();
        assert_eq!((value("/data/xm").as_str(), value("/data/list/0/born").as_str()), ("a name", "1990"));
        assert!(super::members(b"no JSON", None, true).is_empty());
    }

    fn sorted<T: Ord>(mut list: Vec<T>) -> Vec<T> {
        list.sort();
        list
    }
}
