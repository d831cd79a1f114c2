//! Events of the crate -> records. Its snapshots are passed over.

use std::collections::BTreeMap;

use alchemy_llm::types::{
    AssistantMessage, AssistantMessageEvent as Event, Content, StopReason, StopReasonSuccess,
};

use crate::error_body::error_from_response;
use crate::record::{DoneReason, ErrorInfo, ErrorReason, Meta, Record};
use crate::usage::Usage;

/// Turns the events of one answer into records.
pub struct Relay {
    provider: String,
    arguments: BTreeMap<usize, String>,
    calls: usize,
}

impl Relay {
    /// A relay for one answer.
    pub fn new(provider: &str) -> Self {
        Self {
            provider: provider.to_owned(),
            arguments: BTreeMap::new(),
            calls: 0,
        }
    }

    /// Take an event.
    pub fn take(&mut self, event: Event, out: &mut Vec<Record>) {
        out.push(match event {
            Event::Start { .. } => Record::Start { response_id: None },
            Event::TextStart { content_index, .. } => Record::TextStart(content_index),
            Event::TextDelta {
                content_index,
                delta,
                ..
            } => Record::TextDelta(content_index, delta),
            Event::TextEnd { content_index, .. } => Record::TextEnd(content_index),
            Event::ThinkingStart { content_index, .. } => Record::ThinkingStart(content_index),
            Event::ThinkingDelta {
                content_index,
                delta,
                ..
            } => Record::ThinkingDelta(content_index, delta),
            Event::ThinkingEnd { content_index, .. } => Record::ThinkingEnd(content_index),
            Event::ToolCallStart {
                content_index,
                partial,
            } => self.call_start(content_index, &partial),
            Event::ToolCallDelta {
                content_index,
                delta,
                ..
            } => {
                let arguments = self.arguments.entry(content_index).or_default();
                arguments.push_str(&delta);
                if delta.is_empty() {
                    return;
                }
                Record::ToolCallDelta(content_index, delta)
            }
            Event::ToolCallEnd {
                content_index,
                tool_call,
                ..
            } => {
                // Not the crate's value: it makes `{}` of what it cannot read.
                let arguments_json = self.arguments.remove(&content_index);
                Record::ToolCallEnd {
                    index: content_index,
                    id: tool_call.id.to_string(),
                    name: tool_call.name,
                    arguments_json: arguments_json.unwrap_or_default(),
                }
            }
            Event::Done { reason, message } => self.done(reason, &message),
            Event::Error { error, .. } => {
                let text = error.error_message.as_deref().unwrap_or_default();
                failed(failure(&self.provider, text), &error)
            }
        });
    }

    fn call_start(&mut self, index: usize, partial: &AssistantMessage) -> Record {
        self.calls += 1;
        let (id, name) = match partial.content.get(index) {
            Some(Content::ToolCall { inner }) => (inner.id.to_string(), inner.name.clone()),
            _ => (String::new(), String::new()),
        };
        Record::ToolCallStart { index, id, name }
    }

    fn done(&self, reason: StopReasonSuccess, message: &AssistantMessage) -> Record {
        if message.stop_reason == StopReason::Error {
            let info = ErrorInfo::new(
                "content_filter",
                "The provider's content filter ended the answer.",
            );
            return failed(info, message);
        }
        let reason = match reason {
            StopReasonSuccess::Length => DoneReason::Length,
            _ if self.calls > 0 => DoneReason::ToolCalls,
            _ => DoneReason::Stop,
        };
        Record::Done {
            reason,
            meta: Box::new(meta(message)),
        }
    }
}

fn failed(info: ErrorInfo, message: &AssistantMessage) -> Record {
    Record::Error {
        reason: ErrorReason::Error,
        info: Box::new(info),
        meta: Box::new(meta(message)),
    }
}

fn meta(message: &AssistantMessage) -> Meta {
    let usage = &message.usage;
    let signature = message.content.iter().find_map(|part| match part {
        Content::Thinking { inner } => inner.thinking_signature.clone(),
        _ => None,
    });
    Meta {
        usage: Usage {
            input: usage.input.into(),
            output: usage.output.into(),
            cache_read: usage.cache_read.into(),
            cache_write: usage.cache_write.into(),
            total_tokens: usage.total_tokens.into(),
            ..Usage::default()
        },
        thinking_signature: signature.filter(|text| !text.is_empty()),
        ..Meta::default()
    }
}

/// The crate has only words for what failed; a status stands in them.
fn failure(provider: &str, text: &str) -> ErrorInfo {
    if let Some(rest) = text.strip_prefix("API returned error: ") {
        if let Some((status, body)) = rest.split_once(" - ") {
            if let Ok(status) = status.trim().parse() {
                return error_from_response(provider, status, &[], body.as_bytes());
            }
        }
    }
    let mut info = if text.starts_with("HTTP request failed") {
        // The rest of the text is the URL, which may hold a key.
        let message = "The crate's engine lost the connection, or got none.";
        ErrorInfo::new("connection", message).retryable()
    } else {
        ErrorInfo::protocol(text)
    };
    info.provider = provider.to_owned();
    info
}
