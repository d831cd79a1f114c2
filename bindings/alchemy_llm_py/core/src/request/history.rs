//! A history made fit for a model, by the crate's rules and ours. Source: spec/agent.md, 9.

use std::collections::{HashMap, HashSet};

use alchemy_llm::types::{
    Api, AssistantMessage, Content, Message, Provider, StopReason, TextContent, ThinkingContent,
    ToolCall, ToolResultMessage, Usage, UserContent, UserMessage,
};
use alchemy_llm::{transform_messages_simple, TargetModel};
use serde_json::Value;

use crate::request::entries::{AssistantEntry, Entry, Piece, ResultEntry, Said};
use crate::request::model::ModelSpec;

const LONGEST_ID: usize = 64;
const MISTRAL_ID: usize = 9;

/// Return the messages to send: no failed ones, each call with its result, and the thinking of
/// other models as text.
pub fn fitted(model: &ModelSpec, entries: &[Entry]) -> Vec<Entry> {
    let target = TargetModel {
        api: model.api,
        provider: model.provider.clone(),
        model_id: model.id.clone(),
    };
    let messages: Vec<_> = entries
        .iter()
        .enumerate()
        .map(|(at, entry)| message(at, entry, &target))
        .collect();
    let changed = transform_messages_simple(&messages, &target);
    let mut found: Vec<_> = changed
        .into_iter()
        .map(|message| entry(message, entries))
        .collect();
    drop_strays(&mut found);
    rename(&mut found, model);
    found
}

/// The crate's form of a message. What it cannot hold is found again by its number.
fn message(at: usize, entry: &Entry, target: &TargetModel) -> Message {
    let number = i64::try_from(at).unwrap_or(i64::MAX);
    match entry {
        Entry::User(_) => Message::User(UserMessage {
            content: UserContent::Text(String::new()),
            timestamp: number,
        }),
        Entry::Result(result) => Message::ToolResult(ToolResultMessage {
            tool_call_id: result.id.as_str().into(),
            tool_name: result.name.clone(),
            content: Vec::new(),
            details: Some(Value::from(number)),
            is_error: result.is_error,
            timestamp: number,
        }),
        Entry::Assistant(said) => Message::Assistant(AssistantMessage {
            content: said.parts.iter().enumerate().map(content).collect(),
            api: api(said, target.api),
            provider: said
                .provider
                .as_deref()
                .map_or_else(|| target.provider.clone(), provider),
            model: said
                .model
                .clone()
                .unwrap_or_else(|| target.model_id.clone()),
            usage: Usage::default(),
            stop_reason: if said.has_failed {
                StopReason::Error
            } else {
                StopReason::Stop
            },
            error_message: None,
            timestamp: number,
        }),
    }
}

fn provider(name: &str) -> Provider {
    name.parse()
        .unwrap_or_else(|_| Provider::Custom(name.to_owned()))
}

/// An API that the crate does not know is none of those that can be asked.
fn api(said: &AssistantEntry, target: Api) -> Api {
    match said.api.as_deref() {
        None => target,
        Some("openrouter" | "openai") => Api::OpenAICompletions,
        Some(name) => name.parse().unwrap_or(Api::BedrockConverseStream),
    }
}

fn content((at, part): (usize, &Said)) -> Content {
    match part {
        Said::Text(text, _) => Content::Text {
            inner: TextContent {
                text: text.clone(),
                text_signature: None,
            },
        },
        Said::Thinking(text, signature) => Content::Thinking {
            inner: ThinkingContent {
                thinking: text.clone(),
                thinking_signature: signature.clone(),
            },
        },
        Said::Call {
            id,
            name,
            arguments,
        } => Content::ToolCall {
            inner: ToolCall {
                id: if id.is_empty() {
                    format!("call_{at}").into()
                } else {
                    id.as_str().into()
                },
                name: name.clone(),
                arguments: Value::String(arguments.clone()),
                thought_signature: None,
            },
        },
    }
}

fn entry(message: Message, entries: &[Entry]) -> Entry {
    let original = |number: i64| usize::try_from(number).ok().and_then(|at| entries.get(at));
    match message {
        Message::User(user) => original(user.timestamp)
            .cloned()
            .unwrap_or_else(|| Entry::User(Vec::new())),
        Message::ToolResult(result) => {
            let number = result.details.as_ref().and_then(Value::as_i64);
            match number.and_then(original) {
                Some(known) => known.clone(),
                None => Entry::Result(missing(&result)),
            }
        }
        Message::Assistant(said) => {
            let known = match original(said.timestamp) {
                Some(Entry::Assistant(known)) => known.parts.as_slice(),
                _ => &[],
            };
            let parts = said.content.into_iter();
            Entry::Assistant(AssistantEntry {
                parts: parts.filter_map(|part| self::said(part, known)).collect(),
                ..AssistantEntry::default()
            })
        }
    }
}

fn missing(result: &ToolResultMessage) -> ResultEntry {
    ResultEntry {
        id: result.tool_call_id.to_string(),
        name: result.tool_name.clone(),
        pieces: vec![Piece::Text("No result provided".to_owned(), None)],
        is_error: true,
    }
}

/// Return a part as ours; blank text says nothing.
fn said(content: Content, known: &[Said]) -> Option<Said> {
    match content {
        Content::Text { inner } if inner.text.trim().is_empty() => None,
        Content::Text { inner } => {
            let same = known.iter().find_map(|part| match part {
                Said::Text(text, control) if *text == inner.text => Some(control.clone()),
                _ => None,
            });
            Some(Said::Text(inner.text, same.flatten()))
        }
        Content::Thinking { inner } => {
            Some(Said::Thinking(inner.thinking, inner.thinking_signature))
        }
        Content::ToolCall { inner } => Some(Said::Call {
            id: inner.id.into_inner(),
            name: inner.name,
            arguments: inner.arguments.as_str().unwrap_or("{}").to_owned(),
        }),
        Content::Image { .. } => None,
    }
}

/// Drop answers that say nothing, and results that answer no call of the message before them.
fn drop_strays(entries: &mut Vec<Entry>) {
    let mut open = HashSet::new();
    entries.retain(|entry| match entry {
        Entry::User(_) => {
            open.clear();
            true
        }
        Entry::Assistant(said) => {
            open = said.parts.iter().filter_map(call_id).collect();
            !said.parts.is_empty()
        }
        Entry::Result(result) => open.remove(&result.id),
    });
}

fn call_id(part: &Said) -> Option<String> {
    match part {
        Said::Call { id, .. } => Some(id.clone()),
        _ => None,
    }
}

/// Give calls and their results ids that every endpoint takes.
fn rename(entries: &mut [Entry], model: &ModelSpec) {
    let is_strict = model.has("requires_mistral_tool_ids") || model.is_at("mistral.ai");
    let mut names: HashMap<String, String> = HashMap::new();
    for entry in entries {
        match entry {
            Entry::User(_) => {}
            Entry::Result(result) => result.id = renamed(&mut names, &result.id, is_strict),
            Entry::Assistant(said) => {
                for part in &mut said.parts {
                    if let Said::Call { id, .. } = part {
                        *id = renamed(&mut names, id, is_strict);
                    }
                }
            }
        }
    }
}

fn renamed(names: &mut HashMap<String, String>, id: &str, is_strict: bool) -> String {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || (!is_strict && b"_-".contains(&byte));
    let is_short = if is_strict {
        id.len() == MISTRAL_ID
    } else {
        id.len() <= LONGEST_ID
    };
    if is_short && id.bytes().all(fits) {
        return id.to_owned();
    }
    let number = names.len();
    let made = || format!("c{number:0width$}", width = MISTRAL_ID - 1);
    names.entry(id.to_owned()).or_insert_with(made).clone()
}
