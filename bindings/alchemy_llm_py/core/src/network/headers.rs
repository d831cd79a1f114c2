//! Headers of requests and responses: checked, and credentials kept out of sight.

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};

/// Shorter values are not masked: that would garble ordinary text.
const SHORTEST_SECRET: usize = 6;

/// Add a header; a later one of the same name replaces an earlier one.
///
/// # Errors
/// What is wrong with it, without its value.
pub fn set(headers: &mut HeaderMap, name: &str, value: &str) -> Result<(), String> {
    let key = HeaderName::from_bytes(name.as_bytes())
        .map_err(|_| format!("{name:?} is no name of a header"))?;
    let mut value = HeaderValue::from_str(value)
        .map_err(|_| format!("the value of {name:?} has a control character"))?;
    if !value.as_bytes().is_ascii() {
        return Err(format!("the value of {name:?} is not ASCII"));
    }
    value.set_sensitive(is_secret(key.as_str()));
    headers.insert(key, value);
    Ok(())
}

/// The values of sensitive headers, with and without the scheme, longest first.
pub fn secrets(headers: &HeaderMap) -> Vec<String> {
    let mut found = Vec::new();
    for value in headers.values().filter(|value| value.is_sensitive()) {
        let Ok(text) = value.to_str() else { continue };
        found.push(text.to_owned());
        found.extend(text.rsplit_once(' ').map(|(_, bare)| bare.to_owned()));
    }
    found.retain(|text| text.len() >= SHORTEST_SECRET);
    found.sort_by_key(|text| std::cmp::Reverse(text.len()));
    found
}

/// The headers of a response: names in lower case, repeated ones joined with a comma.
pub fn fields(headers: &HeaderMap) -> Vec<(String, String)> {
    let mut found: Vec<(String, String)> = Vec::with_capacity(headers.len());
    for (name, value) in headers {
        let text: String = value
            .as_bytes()
            .iter()
            .map(|&byte| char::from(byte))
            .collect();
        match found.iter_mut().find(|(known, _)| known == name.as_str()) {
            Some((_, joined)) => {
                joined.push_str(", ");
                joined.push_str(&text);
            }
            None => found.push((name.as_str().to_owned(), text)),
        }
    }
    found
}

fn is_secret(name: &str) -> bool {
    const WORDS: [&str; 8] = [
        "auth",
        "cookie",
        "token",
        "secret",
        "passw",
        "credential",
        "signature",
        "key",
    ];
    WORDS.iter().any(|word| name.contains(word))
}
