//! How endpoints of the same API answer differently: by setting, not by the vendor's name.
//!
//! Source: spec/openrouter.md, 16. The same names and defaults as `jackfield_openai.dialect`;
//! fields that concern requests only are passed over.

use std::collections::HashMap;

use serde::Deserialize;

/// What the decoder must know about an endpoint.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Dialect {
    /// Fields of a delta that hold thinking; the first with text counts.
    pub reasoning_fields: Vec<String>,
    /// Other words for finish reasons.
    pub finish_aliases: HashMap<String, FinishReason>,
    /// What an unknown finish reason means: `stop` or `error`.
    pub unknown_finish: FinishReason,
    /// Fields of a chunk that are kept in the metadata; the last value counts.
    pub metadata_fields: Vec<String>,
    /// Longest line, or whole body where it is one JSON object; 0 for the default of 16 MiB.
    pub max_event_bytes: usize,
}

impl Default for Dialect {
    fn default() -> Self {
        let names = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
        let aliases = [
            ("end", FinishReason::Stop),
            ("eos", FinishReason::Stop),
            ("function_call", FinishReason::ToolCalls),
        ];
        Self {
            reasoning_fields: names(&["reasoning", "reasoning_content", "reasoning_text"]),
            finish_aliases: aliases
                .into_iter()
                .map(|(word, reason)| (word.to_owned(), reason))
                .collect(),
            unknown_finish: FinishReason::Stop,
            metadata_fields: names(&["provider", "service_tier", "system_fingerprint", "timings"]),
            max_event_bytes: 0,
        }
    }
}

/// What a finish reason means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FinishReason {
    /// The model had said all.
    Stop,
    /// The longest answer was reached.
    Length,
    /// The model wants results of tools.
    ToolCalls,
    /// A filter ended the answer.
    ContentFilter,
    /// The provider failed.
    Error,
}

impl FinishReason {
    /// The reason of one of the five words of the API.
    pub fn from_word(word: &str) -> Option<Self> {
        Some(match word {
            "stop" => Self::Stop,
            "length" => Self::Length,
            "tool_calls" => Self::ToolCalls,
            "content_filter" => Self::ContentFilter,
            "error" => Self::Error,
            _ => return None,
        })
    }
}

/// What belongs to one answer, not to the endpoint.
#[derive(Debug, Clone, Default)]
pub struct Context {
    /// The provider's name, for errors.
    pub provider: String,
    /// The id of the requested model.
    pub model: String,
    /// Of the response, names in lower case; for the request id of errors.
    pub headers: Vec<(String, String)>,
}
