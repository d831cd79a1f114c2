//! What kind of failure an error answer tells of, and whether to try again.
//!
//! Source: spec/openrouter.md, 13.3.

use std::sync::OnceLock;

use regex::Regex;
use serde_json::{Map, Value};

use super::form::text_of;

const OVERFLOW: &str = r"(?is)maximum context length is [\d,]+ tokens|prompt is too long|exceeds the context window|input token count.*exceeds the maximum|maximum prompt length is [\d,]+|reduce the length of the messages|exceeds the available context size|greater than the context length|context window exceeds limit|exceeded model token limit|too large for model with [\d,]+ maximum context length|input is too long for requested model|context_length_exceeded|too many tokens|token limit exceeded";

/// Return the kind: what the words say, else the texts of overflow, else the status.
pub fn kind_of(body: &Map<String, Value>, status: Option<u16>) -> &'static str {
    if let Some(kind) = type_words(body).find_map(by_type) {
        return kind;
    }
    let kind = by_status(status);
    if matches!(kind, "invalid_request" | "server") && tells_of_overflow(body) {
        return "context_overflow";
    }
    kind
}

/// Return the words that name the kind of error, the most telling first.
pub fn type_words(body: &Map<String, Value>) -> impl Iterator<Item = &str> {
    let inner = |holder: &str, name: &str| body.get(holder)?.as_object()?.get(name);
    [
        inner("metadata", "error_type"),
        inner("availability", "code"),
        body.get("error_type"),
        body.get("code"),
        body.get("type"),
    ]
    .into_iter()
    .filter_map(|word| word?.as_str())
}

/// Tell whether the same request may succeed later; the service's own word goes first.
pub fn is_retryable(kind: &str, body: &Map<String, Value>, status: Option<u16>) -> bool {
    let availability = body.get("availability").and_then(Value::as_object);
    if let Some(told) = availability.and_then(|map| map.get("retryable")?.as_bool()) {
        return told;
    }
    match (kind, status) {
        ("context_overflow" | "payment" | "authentication" | "content_filter", _) => false,
        (_, Some(status)) => matches!(status, 408 | 409 | 425 | 429 | 500..),
        (kind, None) => matches!(
            kind,
            "timeout"
                | "rate_limit"
                | "server"
                | "unavailable"
                | "overloaded"
                | "connection"
                | "empty"
                | "conflict"
        ),
    }
}

fn tells_of_overflow(body: &Map<String, Value>) -> bool {
    static PATTERN: OnceLock<Option<Regex>> = OnceLock::new();
    let pattern = PATTERN.get_or_init(|| Regex::new(OVERFLOW).ok());
    let raw = body
        .get("metadata")
        .and_then(|metadata| metadata.get("raw"));
    let texts = [body.get("message"), raw].map(|text| text.map(text_of).unwrap_or_default());
    let text = texts.join(" ");
    pattern
        .as_ref()
        .is_some_and(|pattern| pattern.is_match(&text))
}

fn by_status(status: Option<u16>) -> &'static str {
    match status {
        None => "server",
        Some(401) => "authentication",
        Some(402) => "payment",
        Some(403) => "permission",
        Some(404) => "not_found",
        Some(408 | 504 | 524) => "timeout",
        Some(409) => "conflict",
        Some(413) => "context_overflow",
        Some(425 | 502) => "unavailable",
        Some(429) => "rate_limit",
        Some(503 | 529) => "overloaded",
        Some(500..) => "server",
        Some(_) => "invalid_request",
    }
}

fn by_type(word: &str) -> Option<&'static str> {
    Some(match word {
        "invalid_request"
        | "invalid_request_error"
        | "invalid_prompt"
        | "unprocessable"
        | "string_too_long"
        | "precondition_failed"
        | "invalid_image"
        | "image_too_large"
        | "image_too_small"
        | "unsupported_image_format"
        | "image_not_found"
        | "image_download_failed" => "invalid_request",
        "context_length_exceeded"
        | "token_limit_exceeded"
        | "max_tokens_exceeded"
        | "payload_too_large"
        | "exceed_context_size_error" => "context_overflow",
        "authentication" | "authentication_error" | "invalid_api_key" => "authentication",
        "payment_required" | "insufficient_quota" => "payment",
        "permission_denied" | "permission_error" => "permission",
        "content_policy_violation" | "refusal" | "content_filter" => "content_filter",
        "not_found"
        | "not_found_error"
        | "model_not_found"
        | "wrong_endpoint"
        | "no_endpoints"
        | "model_deprecated"
        | "model_unavailable_upstream"
        | "region_restricted"
        | "privacy_restricted"
        | "constraint_filtered"
        | "free_variant_ended" => "not_found",
        "timeout" | "timeout_error" => "timeout",
        "rate_limit_exceeded" | "rate_limit_error" | "capacity_exhausted" => "rate_limit",
        "server" | "server_error" | "api_error" | "internal_server_error" => "server",
        "provider_unavailable" => "unavailable",
        "provider_overloaded" | "temporarily_unavailable" | "overloaded_error" => "overloaded",
        _ => return None,
    })
}
