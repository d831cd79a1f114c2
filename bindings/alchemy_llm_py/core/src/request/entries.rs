//! What a model is asked, checked. Source: spec/agent.md, 3.

use crate::request::argument::Arg;

/// What a model is asked.
#[derive(Debug, Clone, Default)]
pub struct ContextSpec {
    /// The system prompt: its texts, some with a breakpoint.
    pub system: Vec<Piece>,
    /// The conversation.
    pub messages: Vec<Entry>,
    /// The tools on offer.
    pub tools: Vec<ToolSpec>,
}

/// A message.
#[derive(Debug, Clone, PartialEq)]
pub enum Entry {
    /// Of the user.
    User(Vec<Piece>),
    /// Of a model.
    Assistant(AssistantEntry),
    /// Of a tool.
    Result(ResultEntry),
}

/// A part that a user or a tool sends.
#[derive(Debug, Clone, PartialEq)]
pub enum Piece {
    /// A text, with the JSON of its breakpoint.
    Text(String, Option<String>),
    /// An image, by URL.
    Image {
        /// `http`, `https` or `data`.
        url: String,
        /// As told.
        mime_type: Option<String>,
        /// How closely to look.
        detail: Option<String>,
    },
}

/// What a model said.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct AssistantEntry {
    /// The API that it came by; `None` counts as the current one, as with the next two.
    pub api: Option<String>,
    /// Whose model it was.
    pub provider: Option<String>,
    /// Which model.
    pub model: Option<String>,
    /// Whether it failed or was aborted: such messages are not sent.
    pub has_failed: bool,
    /// Its parts.
    pub parts: Vec<Said>,
}

/// A part of what a model said.
#[derive(Debug, Clone, PartialEq)]
pub enum Said {
    /// A text, with the JSON of its breakpoint.
    Text(String, Option<String>),
    /// Thinking, with its signature.
    Thinking(String, Option<String>),
    /// A tool call; the arguments are the text of a JSON object.
    Call {
        /// Its id.
        id: String,
        /// The tool.
        name: String,
        /// JSON.
        arguments: String,
    },
}

/// What a tool gave.
#[derive(Debug, Clone, PartialEq)]
pub struct ResultEntry {
    /// The call that it answers.
    pub id: String,
    /// The tool.
    pub name: String,
    /// Its parts.
    pub pieces: Vec<Piece>,
    /// Whether it failed.
    pub is_error: bool,
}

/// A tool on offer.
#[derive(Debug, Clone, PartialEq)]
pub struct ToolSpec {
    /// 1 to 64 of A-Z a-z 0-9 _ -.
    pub name: String,
    /// For the model.
    pub description: String,
    /// JSON Schema.
    pub parameters: Arg,
    /// JSON of its breakpoint.
    pub cache_control: Option<String>,
}
