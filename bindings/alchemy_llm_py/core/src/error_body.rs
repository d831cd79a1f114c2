//! Error answers of HTTP services, read into one form.
//!
//! Every known form of body: `{"error": {...}}`, `{"error": "text"}`, `{"message"}`,
//! `{"detail"}`, `{"object": "error", ...}`, plain text, HTML. The same kinds and texts as
//! `jackfield_httpx.service_errors`. Source: spec/openrouter.md, 13; spec/rulings.md.

mod form;
mod kind;
mod page;
mod phrase;
mod wait;

use serde_json::{Map, Value};

use self::form::{body_of, dumped, parsed, text_of, told};
use self::kind::{is_retryable, kind_of, type_words};
use self::page::as_text;
use self::phrase::phrase;
use self::wait::{epoch_s, number_of, retry_after_s};
use crate::python_text::{clipped, str_of_value};
use crate::record::ErrorInfo;

/// Most characters of a text that a service tells.
pub const MAX_RAW_CHARS: usize = 2_000;

/// Return the error that an answer of status 400 or more tells of.
///
/// `headers` have names in lower case; `body` is the whole body or its beginning, in any form.
pub fn error_from_response(
    provider: &str,
    status: u16,
    headers: &[(String, String)],
    body: &[u8],
) -> ErrorInfo {
    let found = parsed(body).unwrap_or_else(|| {
        let mut plain = Map::new();
        plain.insert("message".to_owned(), as_text(body).into());
        plain
    });
    error(provider, &found, Some(status), headers, epoch_s())
}

/// Return the error that an object inside an answer of status 200 tells of.
///
/// Without `status` the error's numeric `code` counts.
pub fn error_from_object(
    provider: &str,
    value: &Value,
    status: Option<u16>,
    headers: &[(String, String)],
) -> ErrorInfo {
    error(provider, &body_of(value), status, headers, epoch_s())
}

/// The id of a request in the headers of its response.
pub fn request_id(headers: &[(String, String)]) -> Option<String> {
    ["x-request-id", "request-id", "x-generation-id"]
        .iter()
        .find_map(|name| header(headers, name))
        .map(str::to_owned)
}

/// The value of a header, if it says anything.
fn header<'h>(headers: &'h [(String, String)], wanted: &str) -> Option<&'h str> {
    let (_, value) = headers.iter().find(|(name, _)| name == wanted)?;
    (!value.is_empty()).then_some(value)
}

fn error(
    provider: &str,
    body: &Map<String, Value>,
    status: Option<u16>,
    headers: &[(String, String)],
    now: f64,
) -> ErrorInfo {
    let status = status
        .or_else(|| status_of(body.get("code")))
        .or_else(|| status_of(body.get("status")));
    let kind = kind_of(body, status);
    ErrorInfo {
        kind: kind.to_owned(),
        message: message(provider, body, status),
        hint: hint(kind).to_owned(),
        provider: provider.to_owned(),
        status,
        retryable: is_retryable(kind, body, status),
        retry_after: retry_after_s(headers, body, now),
        request_id: request_id(headers).or_else(|| told(body, "request_id").map(str_of_value)),
        details: details(body),
    }
}

fn message(provider: &str, body: &Map<String, Value>, status: Option<u16>) -> String {
    let said = text_of(body.get("message").unwrap_or(&Value::Null));
    let said = match clipped(&said, MAX_RAW_CHARS).trim() {
        "" => phrase(status),
        said => said,
    };
    let code = status.map(|status| status.to_string());
    let head = joined([Some(provider.to_owned()), code], " ");
    let mut text = joined([Some(head), Some(said.to_owned())], ": ");
    let metadata = inner_object(body, "metadata");
    let upstream = metadata.and_then(|map| told(map, "provider_name"));
    let inner = metadata.and_then(|map| inner_text(map.get("raw")?));
    let cause = joined([upstream.map(str_of_value), inner], ": ");
    if !cause.is_empty() {
        text = format!("{text} ({cause})");
    }
    let remedy = metadata.and_then(|map| told(map, "remedy_hint"));
    match remedy.map_or_else(|| availability_hint(body), str_of_value) {
        hint if hint.is_empty() => text,
        hint => format!("{}. {hint}", text.trim_end_matches('.')),
    }
}

/// Return what the upstream said: its message, or its words clipped.
fn inner_text(raw: &Value) -> Option<String> {
    let found = match raw {
        Value::String(text) => match parsed(text.as_bytes()) {
            None => return Some(clipped(text, MAX_RAW_CHARS).to_owned()),
            Some(found) => found,
        },
        Value::Object(_) => body_of(raw),
        _ => return None,
    };
    let text = match told(&found, "message") {
        Some(Value::String(text)) => text.clone(),
        Some(_) => return None,
        None => dumped(&Value::Object(found)),
    };
    Some(clipped(&text, MAX_RAW_CHARS).to_owned())
}

fn availability_hint(body: &Map<String, Value>) -> String {
    let Some(found) = inner_object(body, "availability") else {
        return String::new();
    };
    if let Some(Value::Array(models)) = told(found, "fallback_models") {
        let models: Vec<String> = models.iter().map(str_of_value).collect();
        return format!("Other models: {}.", models.join(", "));
    }
    let constraint = inner_object(found, "constraint");
    let detail = constraint.and_then(|map| told(map, "detail"));
    detail.map(str_of_value).unwrap_or_default()
}

fn details(body: &Map<String, Value>) -> Map<String, Value> {
    let metadata = inner_object(body, "metadata");
    let inner = |name| metadata.and_then(|map: &Map<_, _>| map.get(name)).cloned();
    let error_type = type_words(body).next().map(Value::from);
    [
        ("code", body.get("code").cloned()),
        ("error_type", error_type),
        ("provider_name", inner("provider_name")),
        ("provider_code", inner("provider_code")),
        ("previous_errors", inner("previous_errors")),
        ("param", body.get("param").cloned()),
        (
            "metadata",
            told(body, "metadata")
                .filter(|one| one.is_object())
                .cloned(),
        ),
        ("availability", body.get("availability").cloned()),
    ]
    .into_iter()
    .filter_map(|(name, value)| Some((name.to_owned(), value?)))
    .filter(|(_, value)| !value.is_null() && value != "")
    .collect()
}

fn hint(kind: &str) -> &'static str {
    match kind {
        "authentication" => "Check the key of the provider's auth.",
        "payment" => "Check the account's balance at the provider.",
        _ => "",
    }
}

/// A number that can be the status of an error.
fn status_of(code: Option<&Value>) -> Option<u16> {
    let number = number_of(code?)?;
    // The cast cuts the fraction off, and nothing else: the number is in range.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    (400.0..=599.0).contains(&number).then_some(number as u16)
}

/// The object in a field; None where there is none.
fn inner_object<'v>(body: &'v Map<String, Value>, name: &str) -> Option<&'v Map<String, Value>> {
    body.get(name)?.as_object()
}

/// The parts that are not empty, joined.
fn joined<const N: usize>(parts: [Option<String>; N], between: &str) -> String {
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    let telling: Vec<&str> = parts
        .iter()
        .map(String::as_str)
        .filter(|part| !part.is_empty())
        .collect();
    telling.join(between)
}

#[cfg(test)]
mod tests;
