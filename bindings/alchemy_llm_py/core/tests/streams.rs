//! The shared streams, however their bytes are cut: the same fixtures as the decoders in Python.
//!
//! Source: tests/fixtures/streams/README.md; spec/openrouter.md, 18.

use std::fs;
use std::path::PathBuf;

use alchemy_stream::{Context, Decoder, Dialect, ErrorInfo, Meta, Record};
use serde_json::{json, Map, Value};

struct Case {
    name: String,
    body: Vec<u8>,
    events: Vec<Value>,
    message: Map<String, Value>,
}

/// What became of a body.
#[derive(Default)]
struct Answer {
    events: Vec<Value>,
    texts: Vec<(usize, String)>,
    thinking_parts: usize,
    meta: Meta,
    error: Option<ErrorInfo>,
}

fn cases() -> Vec<Case> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../tests/fixtures/streams");
    let mut cases: Vec<Case> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|end| end == "sse"))
        .filter_map(|path| {
            let text = fs::read_to_string(path.with_extension("json")).unwrap();
            let case: Value = serde_json::from_str(&text).unwrap();
            let own = case.get("openai").cloned().unwrap_or_else(|| json!({}));
            let list = |value: &Value| value["events"].as_array().cloned();
            let mut message = case["message"].as_object().unwrap().clone();
            message.extend(
                own.get("message")
                    .and_then(Value::as_object)
                    .cloned()
                    .unwrap_or_default(),
            );
            (!own.is_null()).then(|| Case {
                name: path.file_stem().unwrap().to_string_lossy().into_owned(),
                body: fs::read(&path).unwrap(),
                events: list(&own).or_else(|| list(&case)).unwrap(),
                message,
            })
        })
        .collect();
    cases.sort_by(|a, b| a.name.cmp(&b.name));
    assert!(cases.len() > 90, "the fixtures are missing");
    cases
}

fn decode<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> Answer {
    let context = Context {
        provider: "test".to_owned(),
        model: "m".to_owned(),
        ..Context::default()
    };
    let mut decoder = Decoder::new(Dialect::default(), context);
    let mut records = Vec::new();
    for piece in pieces {
        decoder.feed(piece, &mut records);
        if decoder.is_over() {
            break;
        }
    }
    decoder.close(&mut records);
    assert!(decoder.is_over());
    assert_eq!(records.iter().filter(|one| one.is_terminal()).count(), 1);
    assert!(records.last().unwrap().is_terminal());
    let mut answer = Answer::default();
    for record in records {
        answer.take(record);
    }
    answer
}

impl Answer {
    fn take(&mut self, record: Record) {
        let event = match record {
            Record::Start { .. } => json!(["start"]),
            Record::TextStart(at) => {
                self.texts.push((at, String::new()));
                json!(["text_start", at])
            }
            Record::ThinkingStart(at) => {
                self.thinking_parts += 1;
                self.texts.push((at, String::new()));
                json!(["thinking_start", at])
            }
            Record::TextDelta(at, text) => self.delta("text_delta", at, &text),
            Record::ThinkingDelta(at, text) => self.delta("thinking_delta", at, &text),
            Record::TextEnd(at) => json!(["text_end", at, self.text(at)]),
            Record::ThinkingEnd(at) => json!(["thinking_end", at, self.text(at)]),
            Record::ToolCallStart { index, .. } => json!(["tool_call_start", index]),
            Record::ToolCallDelta(at, text) => json!(["tool_call_delta", at, text]),
            Record::ToolCallEnd {
                index,
                id,
                name,
                arguments_json,
            } => json!(["tool_call_end", index, call(&id, &name, &arguments_json)]),
            Record::Done { reason, meta } => {
                self.meta = *meta;
                json!(["done", reason.as_str()])
            }
            Record::Error { reason, info, meta } => {
                self.meta = *meta;
                self.error = Some(*info);
                json!(["error", reason.as_str()])
            }
        };
        self.events.push(event);
    }

    fn delta(&mut self, kind: &str, at: usize, text: &str) -> Value {
        self.texts.last_mut().unwrap().1.push_str(text);
        json!([kind, at, text])
    }

    fn text(&self, at: usize) -> &str {
        &self.texts.iter().find(|(place, _)| *place == at).unwrap().1
    }

    /// What the message says under a key of the fixtures.
    fn told(&self, key: &str, expected: &Value) -> Value {
        let meta = &self.meta;
        match key {
            "text" => self.said().into(),
            "usage" => only(&usage(meta), expected),
            "metadata" => only(&Value::Object(meta.metadata.clone()), expected),
            "error" => only(&error(self.error.as_ref().unwrap()), expected),
            "error_has" => match &self.error {
                Some(error) if error.message.contains(expected.as_str().unwrap()) => {
                    expected.clone()
                }
                found => format!("{found:?}").into(),
            },
            "cost_total" => json!(0.0),
            "thinking_signatures" => {
                vec![json!(meta.thinking_signature); self.thinking_parts].into()
            }
            "response_id" => json!(meta.response_id),
            "response_model" => json!(meta.response_model),
            "raw_stop_reason" => json!(meta.raw_stop_reason),
            other => panic!("{other} is no key of a message"),
        }
    }

    /// The text parts, joined.
    fn said(&self) -> String {
        let is_thinking = |at| self.events.contains(&json!(["thinking_start", at]));
        let parts = self.texts.iter().filter(|(at, _)| !is_thinking(*at));
        parts.map(|(_, text)| text.as_str()).collect()
    }

    fn check(mut self, case: &Case, how: &str) {
        for (event, expected) in self.events.iter_mut().zip(&case.events) {
            let id = event.pointer_mut("/2/id");
            if let (Some(id), Some("call_*")) =
                (id, expected.pointer("/2/id").and_then(Value::as_str))
            {
                let text = id.as_str().unwrap();
                if text.starts_with("call_") && text.len() == 29 {
                    *id = "call_*".into();
                }
            }
        }
        assert_eq!(self.events, case.events, "{}, {how}", case.name);
        for (key, expected) in &case.message {
            let found = self.told(key, expected);
            assert_eq!(&found, expected, "{}, {how}: {key}", case.name);
        }
    }
}

/// A call as the receiver keeps it: no arguments are an empty object.
fn call(id: &str, name: &str, arguments: &str) -> Value {
    let arguments = match arguments.trim() {
        "" => "{}",
        _ => arguments,
    };
    match serde_json::from_str::<Map<String, Value>>(arguments) {
        Ok(found) => json!({"id": id, "name": name, "arguments": found}),
        Err(_) => json!({"id": id, "name": name, "arguments": {}, "partial_json": arguments}),
    }
}

fn usage(meta: &Meta) -> Value {
    let usage = meta.usage;
    json!({
        "input": usage.input, "output": usage.output, "cache_read": usage.cache_read,
        "cache_write": usage.cache_write, "total_tokens": usage.total_tokens,
        "reasoning": usage.reasoning,
    })
}

fn error(info: &ErrorInfo) -> Value {
    json!({
        "kind": info.kind, "message": info.message, "status": info.status,
        "retryable": info.retryable, "retry_after": info.retry_after,
        "request_id": info.request_id, "code": info.details.get("code"),
        "error_type": info.details.get("error_type"),
    })
}

/// The fields of an object that are expected.
fn only(found: &Value, expected: &Value) -> Value {
    let names = expected.as_object().unwrap().keys();
    names
        .map(|name| (name.clone(), found[name].clone()))
        .collect()
}

#[test]
fn each_stream_in_one_piece() {
    for case in cases() {
        decode([case.body.as_slice()]).check(&case, "in one piece");
    }
}

#[test]
fn each_stream_byte_by_byte() {
    for case in cases() {
        decode(case.body.chunks(1)).check(&case, "byte by byte");
    }
}

#[test]
fn each_stream_cut_at_every_byte() {
    for case in cases() {
        for at in 0..case.body.len() {
            let (head, tail) = case.body.split_at(at);
            decode([head, tail]).check(&case, &format!("cut at {at}"));
        }
    }
}

#[test]
fn each_stream_in_pieces_of_every_size() {
    for case in cases() {
        for size in 2..40 {
            decode(case.body.chunks(size)).check(&case, &format!("in pieces of {size}"));
        }
    }
}
