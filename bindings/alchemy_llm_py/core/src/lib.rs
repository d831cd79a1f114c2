//! Streams of chat completions: bytes in, compact records out. Pure Rust, without Python.
//!
//! Source: spec/alchemy.md, 8; the decoder equals that of `jackfield_openai`, and the same byte
//! fixtures drive both.

pub mod decoder;
pub mod dialect;
pub mod error_body;
pub mod record;
pub mod usage;

pub use decoder::Decoder;
pub use dialect::{Context, Dialect, FinishReason};
pub use error_body::{error_from_object, error_from_response};
pub use record::{DoneReason, ErrorInfo, ErrorReason, Meta, Record};
pub use usage::Usage;
