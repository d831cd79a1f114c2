//! From a request to bytes: HTTP client, threads, limits of time.

pub mod client;
pub mod clock;
pub mod engine;
pub mod failures;
pub mod headers;
pub mod lingering;
pub mod process;
pub mod url;
