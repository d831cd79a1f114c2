//! Bodies of errors in any known form, read into one form.

use serde_json::{Map, Value};

use super::MAX_RAW_CHARS;
use crate::python_text::{clipped, dumps, str_of_value};

const OUTER: [&str; 3] = ["request_id", "availability", "user_id"];
const MESSAGES: [&str; 6] = [
    "message",
    "detail",
    "error_description",
    "msg",
    "title",
    "errors",
];
const DEEPEST: usize = 20;

/// Return a JSON body as `body_of` does; None for anything else.
pub fn parsed(body: &[u8]) -> Option<Map<String, Value>> {
    if !matches!(body.trim_ascii_start().first(), Some(b'{' | b'[' | b'"')) {
        return None;
    }
    Some(body_of(&serde_json::from_slice(body).ok()?))
}

/// Return the object with `message` and its companions, whatever it was wrapped in.
pub fn body_of(value: &Value) -> Map<String, Value> {
    let value = match value {
        Value::Array(items) => match items.first() {
            None => return with_message(Map::new(), String::new()),
            Some(first) => first,
        },
        other => other,
    };
    let Value::Object(outer) = value else {
        return with_message(Map::new(), text_of(value));
    };
    match told(outer, "error") {
        Some(Value::Object(inner)) => {
            let mut body = Map::new();
            for name in OUTER {
                if let Some(value) = outer.get(name) {
                    body.insert(name.to_owned(), value.clone());
                }
            }
            body.extend(inner.clone());
            body
        }
        Some(error) => with_message(outer.clone(), text_of(error)),
        None => {
            let said = MESSAGES.iter().find_map(|name| told(outer, name));
            with_message(outer.clone(), said.map(text_of).unwrap_or_default())
        }
    }
}

fn with_message(mut body: Map<String, Value>, text: String) -> Map<String, Value> {
    body.insert("message".to_owned(), text.into());
    body
}

/// Return a message as text; a list of problems, as FastAPI sends it, becomes one line.
pub fn text_of(value: &Value) -> String {
    text_at(value, 0)
}

fn text_at(value: &Value, depth: usize) -> String {
    match value {
        Value::String(text) => return text.clone(),
        Value::Null => return String::new(),
        _ if depth > DEEPEST => return String::new(),
        Value::Array(items) => {
            let texts: Vec<String> = items.iter().map(|item| text_at(item, depth + 1)).collect();
            return texts.join("; ");
        }
        Value::Object(fields) => {
            if let Some(said) = MESSAGES.iter().find_map(|name| told(fields, name)) {
                let text = text_at(said, depth + 1);
                return match place(fields) {
                    place if place.is_empty() => text,
                    place => format!("{place}: {text}"),
                };
            }
        }
        _ => {}
    }
    dumped(value)
}

fn place(fields: &Map<String, Value>) -> String {
    let Some(Value::Array(names)) = fields.get("loc") else {
        return String::new();
    };
    let names: Vec<String> = names.iter().map(str_of_value).collect();
    names.join(".")
}

/// Return any value as JSON text, clipped.
pub fn dumped(value: &Value) -> String {
    clipped(&dumps(value), MAX_RAW_CHARS).to_owned()
}

/// The field, if it says anything.
pub fn told<'v>(body: &'v Map<String, Value>, name: &str) -> Option<&'v Value> {
    body.get(name).filter(|value| is_telling(value))
}

/// Whether it is anything but null, empty, zero or false.
pub fn is_telling(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(value) => *value,
        Value::Number(number) => number.as_f64() != Some(0.0),
        Value::String(text) => !text.is_empty(),
        Value::Array(items) => !items.is_empty(),
        Value::Object(fields) => !fields.is_empty(),
    }
}
