//! How an answer ends when its body does not: broken off, aborted, too long, refused.
//!
//! Source: spec/openrouter.md, 11 and 13; spec/alchemy.md, 8.6 and 8.8.

use alchemy_stream::{Context, Decoder, Dialect, DoneReason, ErrorInfo, ErrorReason, Record};

const TEXT: &str = "data: {\"id\":\"g1\",\"choices\":[{\"delta\":{\"content\":\"x\"}}]}\n\n";
const FINISH: &str = "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n";

fn decoder(headers: &[(&str, &str)], max_event_bytes: usize) -> Decoder {
    let headers = headers
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    let context = Context {
        provider: "lab".to_owned(),
        model: "m".to_owned(),
        headers,
    };
    let dialect = Dialect {
        max_event_bytes,
        ..Dialect::default()
    };
    Decoder::new(dialect, context)
}

fn fed(decoder: &mut Decoder, bodies: &[&str]) -> Vec<Record> {
    let mut records = Vec::new();
    for body in bodies {
        decoder.feed(body.as_bytes(), &mut records);
    }
    records
}

fn lost() -> ErrorInfo {
    ErrorInfo::new("connection", "The connection was lost.").retryable()
}

fn error(records: &[Record]) -> &ErrorInfo {
    match records.last() {
        Some(Record::Error { info, .. }) => info,
        other => panic!("no error: {other:?}"),
    }
}

#[test]
fn a_transfer_that_breaks_off_keeps_what_was_there() {
    let mut decoder = decoder(&[], 0);
    let mut records = fed(&mut decoder, &[TEXT]);
    decoder.cut(lost(), &mut records);
    assert_eq!(records[2], Record::TextDelta(0, "x".to_owned()));
    assert_eq!(records.len(), 4); // the open block is not ended
    let found = error(&records);
    assert_eq!((found.kind.as_str(), found.retryable), ("connection", true));
    assert_eq!(found.provider, "lab");
    assert_eq!(found.request_id.as_deref(), Some("g1"));
    decoder.close(&mut records);
    decoder.feed(TEXT.as_bytes(), &mut records);
    assert_eq!(records.len(), 4);
}

#[test]
fn a_transfer_that_breaks_off_after_the_finish_reason_is_an_answer() {
    let mut decoder = decoder(&[], 0);
    let mut records = fed(&mut decoder, &[TEXT, FINISH]);
    decoder.cut(lost(), &mut records);
    let Some(Record::Done { reason, meta }) = records.last() else {
        panic!("no answer: {records:?}")
    };
    assert_eq!(*reason, DoneReason::Stop);
    assert_eq!(meta.metadata["truncated"], true);
}

#[test]
fn an_error_names_the_request_of_the_headers() {
    let mut decoder = decoder(&[("x-generation-id", "gen"), ("x-request-id", "req")], 0);
    let records = fed(
        &mut decoder,
        &["data: {\"error\":{\"message\":\"no\",\"code\":429}}\n"],
    );
    let found = error(&records);
    assert_eq!(found.message, "lab 429: no");
    assert_eq!(found.request_id.as_deref(), Some("req"));
    assert_eq!(records.len(), 1); // nothing had begun
}

#[test]
fn an_abort_is_an_error_of_its_own() {
    let mut decoder = decoder(&[], 0);
    let mut records = fed(&mut decoder, &[TEXT]);
    decoder.abort(&mut records);
    let Some(Record::Error { reason, info, meta }) = records.last() else {
        panic!("no error: {records:?}")
    };
    assert_eq!(*reason, ErrorReason::Aborted);
    assert_eq!(info.message, "Request was aborted");
    assert_eq!(meta.response_id.as_deref(), Some("g1"));
    let count = records.len();
    decoder.abort(&mut records);
    decoder.fail(lost(), &mut records);
    assert_eq!(records.len(), count);
}

#[test]
fn a_line_and_an_object_have_an_end() {
    let long = "x".repeat(100);
    let mut events = decoder(&[], 90);
    let records = fed(&mut events, &[TEXT, "data: ", &long]);
    assert!(error(&records)
        .message
        .contains("a line of more than 90 bytes"));
    let mut object = decoder(&[], 90);
    let records = fed(&mut object, &["{\"a\":\"", &long]);
    assert_eq!(
        error(&records).message,
        "The server's answer is larger than 90 bytes."
    );
}

#[test]
fn an_object_without_choices_is_shown() {
    let mut decoder = decoder(&[], 0);
    let mut records = fed(&mut decoder, &["{\"a\":'", "}"]);
    decoder.close(&mut records);
    assert!(error(&records).message.ends_with(r#": '{"a":\'}'"#));
    let mut decoder = self::decoder(&[], 0);
    let mut records = fed(&mut decoder, &["{\"a\":1}"]);
    decoder.close(&mut records);
    let message = &error(&records).message;
    assert_eq!(
        message,
        "The server answered without `choices`: b'{\"a\":1}'"
    );
}

#[test]
fn only_data_counts_as_news() {
    let mut decoder = decoder(&[], 0);
    fed(&mut decoder, &[": waiting\n\n", "event: ping\n\n"]);
    assert_eq!(decoder.data_lines(), 0);
    fed(&mut decoder, &[TEXT, TEXT]);
    assert_eq!(decoder.data_lines(), 2);
}

#[test]
fn a_dialect_says_what_words_mean() {
    let settings = r#"{"reasoning_fields":["thoughts"],"finish_aliases":{"fin":"length"},
        "unknown_finish":"error","max_tokens_field":"max_tokens"}"#;
    let dialect: Dialect = serde_json::from_str(settings).unwrap();
    let ended = |word: &str| {
        let mut decoder = Decoder::new(dialect.clone(), Context::default());
        let body = format!(
            "data: {{\"choices\":[{{\"delta\":{{\"thoughts\":\"t\"}},\"finish_reason\":\"{word}\"}}]}}\n\ndata: [DONE]\n\n"
        );
        fed(&mut decoder, &[&body]).pop().unwrap()
    };
    let Record::Done { reason, meta } = ended("fin") else {
        panic!("no answer")
    };
    assert_eq!(reason, DoneReason::Length);
    assert_eq!(meta.thinking_signature.as_deref(), Some("thoughts"));
    let Record::Error { info, .. } = ended("odd") else {
        panic!("no error")
    };
    assert_eq!(
        info.message,
        "The provider ended the answer with the reason 'odd'."
    );
}
