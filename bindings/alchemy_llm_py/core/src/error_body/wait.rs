//! How long a server asks to wait. Source: spec/openrouter.md, 13.4.

use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Map, Value};

use super::{header, inner_object};
use crate::python_text::str_of_value;

const EPOCH_FROM: f64 = 1e9;
const MILLISECONDS_FROM: f64 = 1e12;

/// Return for how many seconds a server asks to wait; None if it does not say.
///
/// `Retry-After` (seconds or a date), else `availability.retry_after`, else `X-RateLimit-Reset`
/// (epoch in seconds or milliseconds), also inside `metadata.headers`.
pub fn retry_after_s(
    headers: &[(String, String)],
    body: &Map<String, Value>,
    now: f64,
) -> Option<f64> {
    let inner: Vec<(String, String)> = inner_object(body, "metadata")
        .and_then(|metadata| inner_object(metadata, "headers"))
        .into_iter()
        .flatten()
        .map(|(name, value)| (name.to_lowercase(), str_of_value(value)))
        .collect();
    let available = || number_of(inner_object(body, "availability")?.get("retry_after")?);
    seconds(headers, now)
        .or_else(available)
        .or_else(|| until_reset(headers, now))
        .or_else(|| seconds(&inner, now))
        .or_else(|| until_reset(&inner, now))
        .map(|wait| wait.max(0.0))
}

/// Return a number, or a text that is one; None for anything else, infinity included.
pub fn number_of(value: &Value) -> Option<f64> {
    let number = match value {
        Value::Bool(value) => f64::from(u8::from(*value)),
        Value::Number(number) => number.as_f64()?,
        Value::String(text) => return number_in(text),
        _ => return None,
    };
    (number.abs() < 1e15).then_some(number)
}

/// Seconds since 1970.
pub fn epoch_s() -> f64 {
    since_epoch(SystemTime::now())
}

fn since_epoch(time: SystemTime) -> f64 {
    time.duration_since(UNIX_EPOCH)
        .map_or(0.0, |passed| passed.as_secs_f64())
}

fn number_in(text: &str) -> Option<f64> {
    let number: f64 = text.trim().parse().ok()?;
    (number.abs() < 1e15).then_some(number) // neither inf nor nan
}

fn seconds(headers: &[(String, String)], now: f64) -> Option<f64> {
    let value = header(headers, "retry-after")?;
    number_in(value).or_else(|| {
        let date = httpdate::parse_http_date(value.trim()).ok()?;
        Some(since_epoch(date) - now)
    })
}

fn until_reset(headers: &[(String, String)], now: f64) -> Option<f64> {
    let reset = number_in(header(headers, "x-ratelimit-reset")?)?;
    Some(match reset {
        _ if reset < EPOCH_FROM => reset, // no date: some servers count down
        _ if reset >= MILLISECONDS_FROM => reset / 1000.0 - now,
        _ => reset - now,
    })
}
