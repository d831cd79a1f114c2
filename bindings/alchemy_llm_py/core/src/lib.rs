//! Streams of chat completions: bytes in, compact records out. Pure Rust, without Python.
//!
//! Source: spec/alchemy.md, 8; the decoder equals that of `jackfield_openai`, and the same byte
//! fixtures drive both.

mod answer;
mod call;
mod chunk;
mod chunks;
mod crate_engine;
mod crate_events;
pub mod decoder;
mod delta;
pub mod dialect;
pub mod error_body;
mod forgiving;
pub mod handoff;
mod lines;
pub mod network;
mod payloads;
mod plain;
mod python_text;
pub mod record;
pub mod request;
pub mod sse;
mod tool_calls;
mod trouble;
pub mod usage;

pub use decoder::Decoder;
pub use dialect::{Context, Dialect, FinishReason};
pub use error_body::{error_from_object, error_from_response};
pub use handoff::assembly::{Message, Names, Part};
pub use handoff::queue::Waker;
pub use handoff::reader::{Event, Read, ReadOptions, Reader};
pub use handoff::wakeup::Wakeup;
pub use network::client::ClientConfig;
pub use network::engine::{Call, Timeouts};
pub use network::headers;
pub use network::process::cancel_all;
pub use network::url::read_url;
pub use record::{DoneReason, ErrorInfo, ErrorReason, Meta, Record};
pub use request::argument::Arg;
pub use request::ask::{Ask, Refused};
pub use request::peek::{arguments_so_far, model_of};
pub use request::settings;
pub use reqwest::header::HeaderMap;
pub use usage::Usage;
