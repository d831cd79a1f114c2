//! Error answers of HTTP services, read into one form. Source: spec/openrouter.md, 13.

use serde_json::Value;

use crate::record::ErrorInfo;

/// Return the error that an answer of status 400 or more tells of.
///
/// `headers` have names in lower case; `body` is the whole body or its beginning, in any form.
pub fn error_from_response(
    provider: &str,
    status: u16,
    headers: &[(String, String)],
    body: &[u8],
) -> ErrorInfo {
    let _ = (provider, headers, body);
    ErrorInfo {
        status: Some(status),
        ..ErrorInfo::default()
    }
}

/// Return the error that an object inside an answer of status 200 tells of.
pub fn error_from_object(
    provider: &str,
    value: &Value,
    status: Option<u16>,
    headers: &[(String, String)],
) -> ErrorInfo {
    let _ = (provider, value, headers);
    ErrorInfo {
        status,
        ..ErrorInfo::default()
    }
}
