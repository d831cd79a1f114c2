//! Settings that both kinds of call take: times, the way to the network, the dialect.

use std::time::Duration;

use crate::dialect::Dialect;
use crate::network::client::ClientConfig;
use crate::network::engine::Timeouts;
use crate::request::argument::{Arg, Complaint};

/// Longer than any answer; a timer cannot hold what is much longer.
const FOR_EVER: f64 = 1e9;

/// Read `{"connect", "idle", "stall", "total"}` in seconds; None for ever, missing the default.
///
/// # Errors
/// A key or value is wrong.
pub fn timeouts(arg: &Arg, place: &str) -> Result<Timeouts, Complaint> {
    let mut found = Timeouts::default();
    for (name, value) in arg.fields(place)? {
        let here = format!("{place}.{name}");
        let limit = duration(value, &here)?;
        match name.as_str() {
            "connect" => found.connect = limit,
            "idle" => found.idle = limit,
            "stall" => found.stall = limit,
            "total" => found.total = limit,
            _ => {
                return Err(format!(
                    "{here} is unknown; there are connect, idle, stall, total"
                ))
            }
        }
    }
    Ok(found)
}

fn duration(value: &Arg, place: &str) -> Result<Option<Duration>, Complaint> {
    if matches!(value, Arg::Float(seconds) if *seconds == f64::INFINITY) {
        return Ok(None);
    }
    match value.number(place)? {
        None => Ok(None),
        Some(seconds) if seconds >= FOR_EVER => Ok(None),
        Some(seconds) if seconds > 0.0 => Ok(Some(Duration::from_secs_f64(seconds))),
        Some(seconds) => Err(format!("{place} is {seconds}; it must be more than 0")),
    }
}

/// Read how an endpoint answers: the names of `jackfield_openai.dialect`.
///
/// # Errors
/// A value is wrong.
pub fn dialect(arg: &Arg, place: &str) -> Result<Dialect, Complaint> {
    if arg.is_null() {
        return Ok(Dialect::default());
    }
    let found = serde_json::Value::Object(arg.object(place)?);
    serde_json::from_value(found).map_err(|error| format!("{place}: {error}"))
}

/// Read `proxy`, `ca_file` and `verify`.
///
/// # Errors
/// A value is wrong.
pub fn client(proxy: &Arg, ca_file: &Arg, verify: &Arg) -> Result<ClientConfig, Complaint> {
    Ok(ClientConfig {
        connect: None,
        proxy: proxy.maybe_text("proxy")?.map(str::to_owned),
        ca_file: ca_file.maybe_text("ca_file")?.map(str::to_owned),
        insecure: !verify.flag("verify")?.unwrap_or(true),
    })
}
