//! Glances at JSON that is made, or still being made, elsewhere.

use alchemy_llm::parse_streaming_json_smart;
use serde::Deserialize;
use serde_json::{Map, Value};

/// The model that a request body names; empty if it names none.
///
/// Bodies that begin with it, as ours do, are not read any further.
pub fn model_of(body: &[u8]) -> String {
    const BEGINNING: &[u8] = br#"{"model":""#;
    if let Some(rest) = body.strip_prefix(BEGINNING) {
        if let Some(end) = memchr::memchr2(b'"', b'\\', rest).filter(|&end| rest[end] == b'"') {
            return String::from_utf8_lossy(&rest[..end]).into_owned();
        }
    }
    #[derive(Deserialize)]
    struct Named {
        #[serde(default)]
        model: String,
    }
    serde_json::from_slice::<Named>(body).map_or_else(|_| String::new(), |named| named.model)
}

/// What can be told of argument text that is still coming; `None` if nothing can.
pub fn arguments_so_far(text: &str) -> Option<Map<String, Value>> {
    match parse_streaming_json_smart(text) {
        Value::Object(fields) => Some(fields),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_model_is_found_wherever_it_stands() {
        assert_eq!(model_of(br#"{"model":"a/b","messages":["#), "a/b");
        assert_eq!(model_of(br#"{"stream":true,"model":"a/b"}"#), "a/b");
        assert_eq!(model_of(br#"{"model":"a\u0041"}"#), "aA");
        assert_eq!(model_of(b"nonsense"), "");
    }

    #[test]
    fn half_of_the_arguments_show_what_is_known() {
        let found = arguments_so_far(r#"{"a": 1, "b": "hel"#).unwrap();
        assert_eq!(
            Value::Object(found),
            serde_json::json!({"a": 1, "b": "hel"})
        );
    }
}
