//! Where requests go.

use reqwest::Url;

/// Read the URL of an endpoint.
///
/// # Errors
/// It is no absolute http(s) URL, or it holds a user or password, which are not shown.
pub fn read_url(text: &str) -> Result<Url, String> {
    let unusable = |reason: &str| format!("The URL cannot be used: {reason}.");
    let url = Url::parse(text.trim()).map_err(|error| unusable(&error.to_string()))?;
    if !matches!(url.scheme(), "http" | "https") || url.host().is_none() {
        return Err(unusable(
            "it must begin with http:// or https:// and name a host",
        ));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(unusable(
            "credentials belong into a header, not into the URL",
        ));
    }
    Ok(url)
}
