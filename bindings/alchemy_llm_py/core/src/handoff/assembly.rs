//! The message that records tell of, as far as they were read.

use std::time::{SystemTime, UNIX_EPOCH};

use crate::record::{ErrorInfo, Meta, Record};

/// A part of a message.
#[derive(Debug, Clone, PartialEq)]
pub enum Part {
    /// What the model says.
    Text(String),
    /// What it thinks.
    Thinking(String),
    /// A tool that it wants.
    ToolCall {
        /// The call's id.
        id: String,
        /// The tool's name.
        name: String,
        /// The argument text so far.
        arguments: String,
        /// Whether it is complete.
        is_ended: bool,
    },
}

/// How a message ended.
#[derive(Debug, Clone, PartialEq)]
pub struct End {
    /// `stop`, `length`, `tool_calls`, `error` or `aborted`.
    pub reason: &'static str,
    /// Why, if it failed.
    pub info: Option<Box<ErrorInfo>>,
    /// What is known about it.
    pub meta: Box<Meta>,
}

/// Whose message it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Names {
    /// The API.
    pub api: String,
    /// The provider.
    pub provider: String,
    /// The requested model.
    pub model: String,
}

/// A message that grows with its records.
#[derive(Debug, Clone, PartialEq)]
pub struct Message {
    /// Whose it is.
    pub names: Names,
    /// When it was begun, in milliseconds since 1970.
    pub timestamp: u64,
    /// Its parts.
    pub content: Vec<Part>,
    /// The provider's id of it.
    pub response_id: Option<String>,
    /// How it ended, once it did.
    pub end: Option<End>,
}

impl Message {
    /// An empty message, begun now.
    pub fn new(names: Names) -> Self {
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        let millis = now.map_or(0, |passed| passed.as_millis());
        Self {
            names,
            timestamp: u64::try_from(millis).unwrap_or(u64::MAX),
            content: Vec::new(),
            response_id: None,
            end: None,
        }
    }

    /// Take a record; they come in order.
    pub fn apply(&mut self, record: &Record) {
        match record {
            Record::Start { response_id } => self.response_id.clone_from(response_id),
            Record::TextStart(_) => self.content.push(Part::Text(String::new())),
            Record::ThinkingStart(_) => self.content.push(Part::Thinking(String::new())),
            Record::TextDelta(at, more)
            | Record::ThinkingDelta(at, more)
            | Record::ToolCallDelta(at, more) => self.append(*at, more),
            Record::ToolCallStart { id, name, .. } => self.content.push(Part::ToolCall {
                id: id.clone(),
                name: name.clone(),
                arguments: String::new(),
                is_ended: false,
            }),
            Record::ToolCallEnd {
                index,
                id,
                name,
                arguments_json,
            } => self.end_call(*index, id, name, arguments_json),
            Record::TextEnd(_) | Record::ThinkingEnd(_) => {}
            Record::Done { reason, meta } => self.finish(reason.as_str(), None, meta),
            Record::Error { reason, info, meta } => self.finish(reason.as_str(), Some(info), meta),
        }
    }

    fn append(&mut self, at: usize, more: &str) {
        if let Some(
            Part::Text(text)
            | Part::Thinking(text)
            | Part::ToolCall {
                arguments: text, ..
            },
        ) = self.content.get_mut(at)
        {
            text.push_str(more);
        }
    }

    fn end_call(&mut self, at: usize, id: &str, name: &str, arguments: &str) {
        if let Some(part) = self.content.get_mut(at) {
            *part = Part::ToolCall {
                id: id.to_owned(),
                name: name.to_owned(),
                arguments: arguments.to_owned(),
                is_ended: true,
            };
        }
    }

    fn finish(&mut self, reason: &'static str, info: Option<&ErrorInfo>, meta: &Meta) {
        if meta.response_id.is_some() {
            self.response_id.clone_from(&meta.response_id);
        }
        self.end = Some(End {
            reason,
            info: info.cloned().map(Box::new),
            meta: Box::new(meta.clone()),
        });
    }
}

/// Joins neighbouring deltas of one block: fewer, longer records.
pub fn coalesce(records: Vec<Record>) -> Vec<Record> {
    let mut joined: Vec<Record> = Vec::with_capacity(records.len());
    for record in records {
        match (joined.last_mut(), &record) {
            (Some(Record::TextDelta(at, text)), Record::TextDelta(index, more))
            | (Some(Record::ThinkingDelta(at, text)), Record::ThinkingDelta(index, more))
            | (Some(Record::ToolCallDelta(at, text)), Record::ToolCallDelta(index, more))
                if at == index =>
            {
                text.push_str(more);
            }
            _ => joined.push(record),
        }
    }
    joined
}
