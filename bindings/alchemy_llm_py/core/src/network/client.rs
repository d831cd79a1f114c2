//! HTTP clients: one for each way to the network.

use std::time::Duration;

use reqwest::{redirect, Certificate, Client, Proxy};

use crate::record::ErrorInfo;

const IDLE_CONNECTION: Duration = Duration::from_secs(60);

/// What a client is made for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct ClientConfig {
    /// Longest time until a connection is there.
    pub connect: Option<Duration>,
    /// URL of the proxy; `None` for the environment's, empty for none at all.
    pub proxy: Option<String>,
    /// PEM file of the only authorities that are trusted; `None` for the system's.
    pub ca_file: Option<String>,
    /// Take any certificate.
    pub insecure: bool,
}

/// Make a client. It follows no redirects: they would take a body and a key elsewhere.
///
/// # Errors
/// A file or the proxy cannot be used; kind `invalid_request`.
pub fn client(config: &ClientConfig) -> Result<Client, Box<ErrorInfo>> {
    let mut builder = Client::builder()
        .redirect(redirect::Policy::none())
        .pool_idle_timeout(IDLE_CONNECTION)
        .tcp_nodelay(true)
        .danger_accept_invalid_certs(config.insecure);
    if let Some(connect) = config.connect {
        builder = builder.connect_timeout(connect);
    }
    match config.proxy.as_deref() {
        None => {}
        Some("") => builder = builder.no_proxy(),
        Some(url) => builder = builder.proxy(proxy(url)?),
    }
    if let Some(path) = &config.ca_file {
        builder = builder.tls_built_in_root_certs(false);
        for certificate in authorities(path)? {
            builder = builder.add_root_certificate(certificate);
        }
    }
    builder
        .build()
        .map_err(|error| refused(&format!("No HTTP client can be made: {error}.")))
}

fn proxy(url: &str) -> Result<Proxy, Box<ErrorInfo>> {
    // The URL may hold a password: it is not shown.
    Proxy::all(url).map_err(|_| refused("The proxy is not a URL like http://host:port."))
}

fn authorities(path: &str) -> Result<Vec<Certificate>, Box<ErrorInfo>> {
    let unusable = |reason: String| refused(&format!("The file {path} cannot be used: {reason}."));
    let pem = std::fs::read(path).map_err(|error| unusable(error.to_string()))?;
    let found = Certificate::from_pem_bundle(&pem).map_err(|error| unusable(error.to_string()))?;
    if found.is_empty() {
        return Err(unusable("it holds no certificate".to_owned()));
    }
    Ok(found)
}

fn refused(message: &str) -> Box<ErrorInfo> {
    Box::new(ErrorInfo::new("invalid_request", message))
}
