//! What makes two messages the same: the canonical form (RFC 8785) of the envelope without `traceparent`.

use serde_json::Value;

/// Canonical bytes; the envelope's tracing is taken out.
pub(super) fn canonical(envelope: &mut Value) -> Vec<u8> {
    if let Some(members) = envelope.as_object_mut() {
        members.remove("traceparent");
    }
    serde_json_canonicalizer::to_vec(envelope).expect("parsed JSON has a canonical form")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn order_of_members_and_tracing_make_no_difference_and_everything_else_does() {
        let one = canonical(&mut json!({"id": "1", "data": {"a": 1, "b": 2.0}, "traceparent": "00-x"}));
        let two = canonical(&mut json!({"data": {"b": 2, "a": 1}, "id": "1"}));
        assert_eq!(one, two);
        assert_ne!(one, canonical(&mut json!({"data": {"b": 2, "a": 2}, "id": "1"})));
    }
}
