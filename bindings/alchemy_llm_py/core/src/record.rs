//! What a decoder says: compact records, one for each event of an answer.
//!
//! Source: spec/alchemy.md, 8.3.

use serde_json::{Map, Value};

use crate::usage::Usage;

/// One event. The first field of those of a block is its index in the content.
///
/// Ends of text and thinking carry no text, because the receiver has it already.
#[derive(Debug, Clone, PartialEq)]
pub enum Record {
    /// The answer begins.
    Start {
        /// The provider's id of the answer, as far as it is known.
        response_id: Option<String>,
    },
    /// A text block begins.
    TextStart(usize),
    /// A piece of text.
    TextDelta(usize, String),
    /// A text block is complete.
    TextEnd(usize),
    /// A thinking block begins.
    ThinkingStart(usize),
    /// A piece of thinking.
    ThinkingDelta(usize, String),
    /// A thinking block is complete.
    ThinkingEnd(usize),
    /// A tool call begins.
    ToolCallStart {
        /// Place in the content.
        index: usize,
        /// The call's id, generated where the server sent none; the end may have another.
        id: String,
        /// The tool's name as far as it is known; the end has the whole.
        name: String,
    },
    /// A piece of argument JSON.
    ToolCallDelta(usize, String),
    /// A tool call is complete.
    ToolCallEnd {
        /// Place in the content.
        index: usize,
        /// The final id.
        id: String,
        /// The final name.
        name: String,
        /// All pieces joined; not checked to be JSON.
        arguments_json: String,
    },
    /// The answer is complete. Terminal.
    Done {
        /// How it ended.
        reason: DoneReason,
        /// What is known about it.
        meta: Box<Meta>,
    },
    /// The answer failed or was aborted; open blocks are not ended. Terminal.
    Error {
        /// Which of the two.
        reason: ErrorReason,
        /// Why.
        info: Box<ErrorInfo>,
        /// What is known about the answer.
        meta: Box<Meta>,
    },
}

impl Record {
    /// Whether nothing follows it.
    pub fn is_terminal(&self) -> bool {
        matches!(self, Self::Done { .. } | Self::Error { .. })
    }

    /// Bytes of text that it carries, for the limit of a queue.
    pub fn payload_len(&self) -> usize {
        match self {
            Self::TextDelta(_, text)
            | Self::ThinkingDelta(_, text)
            | Self::ToolCallDelta(_, text) => text.len(),
            Self::ToolCallStart { id, name, .. } => id.len() + name.len(),
            Self::ToolCallEnd {
                id,
                name,
                arguments_json,
                ..
            } => id.len() + name.len() + arguments_json.len(),
            _ => 0,
        }
    }
}

/// How a complete answer ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DoneReason {
    /// The model had said all.
    Stop,
    /// The longest answer was reached.
    Length,
    /// The model wants results of tools.
    ToolCalls,
}

impl DoneReason {
    /// The word in events.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Stop => "stop",
            Self::Length => "length",
            Self::ToolCalls => "tool_calls",
        }
    }
}

/// How an incomplete answer ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorReason {
    /// Something failed.
    Error,
    /// The caller wanted no more.
    Aborted,
}

impl ErrorReason {
    /// The word in events.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Aborted => "aborted",
        }
    }
}

/// What is known about an answer beside its content.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Meta {
    /// Token counts; zeros if unknown.
    pub usage: Usage,
    /// The provider's id of the answer.
    pub response_id: Option<String>,
    /// The model that answered, if it is not the requested one.
    pub response_model: Option<String>,
    /// The finish reason in the provider's words.
    pub raw_stop_reason: Option<String>,
    /// Signature of every thinking part: the field in which the thinking came.
    pub thinking_signature: Option<String>,
    /// Whatever else the provider said.
    pub metadata: Map<String, Value>,
}

/// Why an answer failed. Source: spec/openrouter.md, 13.3 and 13.5.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ErrorInfo {
    /// Short class of failure: `server`, `timeout`, `rate_limit` ...
    pub kind: String,
    /// What happened, for people.
    pub message: String,
    /// What to do next; empty when the message says it.
    pub hint: String,
    /// The provider's name; empty when unknown.
    pub provider: String,
    /// HTTP status, if there was one.
    pub status: Option<u16>,
    /// Whether the same request may succeed later.
    pub retryable: bool,
    /// Seconds to wait before that, as told by the provider.
    pub retry_after: Option<f64>,
    /// The provider's id of the failed request.
    pub request_id: Option<String>,
    /// Further fields of the provider's error body.
    pub details: Map<String, Value>,
}

impl ErrorInfo {
    /// An error of a kind; the rest is empty.
    pub fn new(kind: &str, message: impl Into<String>) -> Self {
        Self {
            kind: kind.to_owned(),
            message: message.into(),
            ..Self::default()
        }
    }

    /// The server sent what cannot be: never worth another try.
    pub fn protocol(message: impl Into<String>) -> Self {
        Self::new("protocol", message)
    }

    /// The same failure, worth another try.
    pub fn retryable(mut self) -> Self {
        self.retryable = true;
        self
    }

    /// The same failure with the next step.
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = hint.into();
        self
    }
}
