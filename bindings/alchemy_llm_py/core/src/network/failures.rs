//! What goes wrong on the network, in the words of the transport `httpx`.

use std::error::Error;
use std::io;

use reqwest::Url;

use crate::network::clock::Late;
use crate::network::engine::Timeouts;
use crate::record::ErrorInfo;

/// Return the error for one of the HTTP client's.
///
/// `place` is scheme, host and port of the server; URLs and headers are never shown.
pub fn network_error(error: &reqwest::Error, place: &str, timeouts: &Timeouts) -> ErrorInfo {
    if error.is_connect() {
        return connect_error(error, place, timeouts);
    }
    if error.is_builder() || error.is_request() && error.is_body() {
        let message = format!("The request to {place} is not valid HTTP.");
        return ErrorInfo::new("invalid_request", message);
    }
    if error.is_decode() {
        return ErrorInfo::protocol(format!("{place} compressed its answer badly."));
    }
    if let Some(reason) = nonsense(error) {
        return ErrorInfo::protocol(format!("{place} does not speak proper HTTP: {reason}."));
    }
    lost(place, &reason(error))
}

/// Return the error for a connection that ended before its answer did.
fn lost(place: &str, reason: &str) -> ErrorInfo {
    let message = format!("The connection to {place} was lost: {reason}.");
    ErrorInfo::new("connection", message).retryable()
}

/// Return the error for anything that took too long.
fn timed_out(message: String) -> ErrorInfo {
    ErrorInfo::new("timeout", message).retryable()
}

/// Return the error for an answer that leads elsewhere.
pub fn redirected(url: &Url, status: u16, location: &str) -> ErrorInfo {
    let target = url.join(location).map_or_else(
        |_| "a place that cannot be read".to_owned(),
        |mut url| {
            url.set_query(None);
            // They can be set: the URL has a host. If not, there are none.
            let _ = url.set_username("");
            let _ = url.set_password(None);
            url.to_string()
        },
    );
    let message = format!(
        "{} answered {status}: it wants the request at {target}. A POST is not sent on by itself.",
        url.origin().ascii_serialization()
    );
    let mut info = ErrorInfo::new("redirect", message)
        .with_hint("If you trust the new location, set `base_url` to it.");
    info.status = Some(status);
    info.details.insert("location".to_owned(), target.into());
    info
}

/// Return the error for an answer that is late.
pub fn too_late(place: &str, late: Late) -> ErrorInfo {
    let seconds = late.limit().as_secs_f64();
    match late {
        Late::Idle(_) => timed_out(format!("{place} sent nothing for {seconds} s.")),
        Late::Stall(_) => timed_out(format!(
            "The server sent no event for {seconds} s, only signs of life."
        )),
        Late::Total(_) => timed_out(format!(
            "{place} had not sent its whole answer when the time of the call was over."
        )),
    }
}

/// Say that the request cannot have reached the server.
fn unsent(mut info: ErrorInfo) -> ErrorInfo {
    info.details.insert("unsent".to_owned(), true.into());
    info
}

fn connect_error(error: &reqwest::Error, place: &str, timeouts: &Timeouts) -> ErrorInfo {
    if error.is_timeout() {
        let told = timeouts
            .connect
            .map_or("the time allowed".to_owned(), |limit| {
                format!("{} s", limit.as_secs_f64())
            });
        return unsent(timed_out(format!(
            "No connection to {place} within {told}."
        )));
    }
    let text = reason(error);
    if text.contains("certificate") {
        let message = format!("The certificate of {place} is not trusted: {text}.");
        return ErrorInfo::new("connection", message)
            .with_hint("If the server is your own, name its authority in `ca_file`.");
    }
    let message = format!("No connection to {place}: {text}.");
    unsent(ErrorInfo::new("connection", message).retryable())
}

/// Return the innermost reason without URL and without its number.
fn reason(error: &reqwest::Error) -> String {
    let mut innermost: &dyn Error = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    if let Some(problem) = innermost.downcast_ref::<io::Error>() {
        if problem.kind() == io::ErrorKind::ConnectionReset {
            return "reset".to_owned();
        }
    }
    let text = innermost.to_string();
    let text = text.split(" (os error").next().unwrap_or_default();
    text.trim_end_matches('.').to_owned()
}

/// Tell broken HTTP from a connection that was cut.
fn nonsense(error: &reqwest::Error) -> Option<String> {
    let text = reason(error);
    let is_cut = [
        "unexpected",
        "closed",
        "reset",
        "incomplete",
        "broken pipe",
        "eof",
        "connection",
    ]
    .iter()
    .any(|word| text.to_lowercase().contains(word));
    (!is_cut && error.to_string().contains("error")).then_some(text)
}
