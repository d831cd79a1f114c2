//! A request in the crate's own types, for its engine. Source: spec/alchemy.md, 5.2 and 5.3.

use std::collections::HashMap;

use alchemy_llm::providers::openai_completions::{ReasoningEffort, ToolChoice};
use alchemy_llm::types::{
    Api, AssistantMessage, Content, Context, ImageContent, InputType, Message, ModelCost,
    StopReason, TextContent, Tool, ToolResultContent, ToolResultMessage, Usage, UserContent,
    UserContentBlock, UserMessage,
};
use alchemy_llm::OpenAICompletionsOptions;
use reqwest::header::HeaderMap;

use crate::request::argument::{Arg, Complaint};
use crate::request::entries::{AssistantEntry, ContextSpec, Entry, Piece, ResultEntry, Said};
use crate::request::history::fitted;
use crate::request::model::ModelSpec;
use crate::request::options::OptionSpec;

/// What the crate takes where no key is needed; it cannot leave the header out.
const NO_KEY: &str = "none";

/// What the crate's engine needs.
pub struct CrateRequest {
    /// Whose model.
    pub model: ModelSpec,
    /// What it is asked.
    pub context: Context,
    /// How.
    pub options: OpenAICompletionsOptions,
}

impl CrateRequest {
    /// Make it.
    ///
    /// # Errors
    /// The crate cannot send something.
    pub fn new(
        model: &ModelSpec,
        context: &ContextSpec,
        options: &OptionSpec,
        key: Option<String>,
    ) -> Result<Self, Complaint> {
        if !options.extra_body.is_empty() {
            let why = "cannot be sent by the crate's engine: it has no fields but its own";
            return Err(format!("options.extra_body {why}"));
        }
        let entries = fitted(model, &context.messages);
        let messages = entries.iter().enumerate();
        let messages: Result<_, _> = messages
            .map(|(at, entry)| message(model, entry, &format!("messages[{at}]")))
            .collect();
        Ok(Self {
            context: Context {
                system_prompt: system(&context.system),
                messages: messages?,
                tools: tools(context)?,
            },
            options: crate_options(model, options, key)?,
            model: model.clone(),
        })
    }

    /// The crate's model, for one of its APIs.
    pub fn model_for<T: alchemy_llm::types::ApiType>(
        &self,
        api: T,
        compat: Option<T::Compat>,
    ) -> alchemy_llm::types::Model<T> {
        let model = &self.model;
        let mut input = vec![InputType::Text];
        if model.takes_images {
            input.push(InputType::Image);
        }
        alchemy_llm::types::Model {
            id: model.id.clone(),
            name: model.name.clone(),
            api,
            provider: model.provider.clone(),
            base_url: model.url.as_str().trim_end_matches('/').to_owned(),
            reasoning: model.reasons,
            input,
            cost: ModelCost {
                input: 0.0,
                output: 0.0,
                cache_read: 0.0,
                cache_write: 0.0,
            },
            context_window: model.context_window,
            max_tokens: model.max_tokens,
            headers: strings(&model.headers),
            compat,
        }
    }
}

fn system(pieces: &[Piece]) -> Option<String> {
    let texts: Vec<_> = pieces
        .iter()
        .filter_map(|piece| match piece {
            Piece::Text(text, _) => Some(text.as_str()),
            Piece::Image { .. } => None,
        })
        .collect();
    (!texts.is_empty()).then(|| texts.join("\n"))
}

fn tools(context: &ContextSpec) -> Result<Option<Vec<Tool>>, Complaint> {
    let tools = context.tools.iter().enumerate();
    let tools: Result<Vec<_>, Complaint> = tools
        .map(|(at, tool)| {
            let mut parameters = tool.parameters.object(&format!("tools[{at}].parameters"))?;
            if parameters.is_empty() {
                parameters.insert("type".to_owned(), "object".into());
                parameters.insert("properties".to_owned(), serde_json::json!({}));
            }
            Ok(Tool::new(&tool.name, &tool.description, parameters.into()))
        })
        .collect();
    Ok(Some(tools?).filter(|tools| !tools.is_empty()))
}

fn crate_options(
    model: &ModelSpec,
    options: &OptionSpec,
    key: Option<String>,
) -> Result<OpenAICompletionsOptions, Complaint> {
    let effort = options.effort.as_ref().or(model.effort.as_ref());
    Ok(OpenAICompletionsOptions {
        api_key: Some(key.unwrap_or_else(|| NO_KEY.to_owned())),
        temperature: options.temperature,
        max_tokens: options.max_tokens,
        tool_choice: choice(&options.tool_choice)?,
        reasoning_effort: effort.map(|word| match word.as_str() {
            "minimal" => ReasoningEffort::Minimal,
            "low" => ReasoningEffort::Low,
            "medium" => ReasoningEffort::Medium,
            "high" => ReasoningEffort::High,
            _ => ReasoningEffort::Xhigh,
        }),
        headers: strings(&options.headers),
        zai: None,
    })
}

fn choice(choice: &Arg) -> Result<Option<ToolChoice>, Complaint> {
    Ok(match choice {
        Arg::Null => None,
        Arg::Text(word) => Some(match word.as_str() {
            "auto" => ToolChoice::Auto,
            "none" => ToolChoice::None,
            "required" => ToolChoice::Required,
            name => ToolChoice::Function {
                name: name.to_owned(),
            },
        }),
        _ => return Err(choice.must("options.tool_choice", "a string for the crate's engine")),
    })
}

fn strings(headers: &HeaderMap) -> Option<HashMap<String, String>> {
    let found: HashMap<_, _> = headers
        .iter()
        .filter_map(|(name, value)| Some((name.to_string(), value.to_str().ok()?.to_owned())))
        .collect();
    (!found.is_empty()).then_some(found)
}

fn message(model: &ModelSpec, entry: &Entry, place: &str) -> Result<Message, Complaint> {
    Ok(match entry {
        Entry::User(pieces) => Message::User(UserMessage {
            content: user(pieces, place)?,
            timestamp: 0,
        }),
        Entry::Assistant(said) => Message::Assistant(assistant(model, said)),
        Entry::Result(result) => Message::ToolResult(tool_result(model, result, place)?),
    })
}

fn user(pieces: &[Piece], place: &str) -> Result<UserContent, Complaint> {
    let blocks: Result<Vec<_>, Complaint> = pieces
        .iter()
        .enumerate()
        .map(|(at, piece)| {
            Ok(match piece {
                Piece::Text(text, _) => UserContentBlock::Text(plain(text)),
                Piece::Image { url, .. } => {
                    UserContentBlock::Image(image(url, &format!("{place}.content[{at}]"))?)
                }
            })
        })
        .collect();
    Ok(UserContent::Multi(blocks?))
}

fn assistant(model: &ModelSpec, said: &AssistantEntry) -> AssistantMessage {
    let parts = said.parts.iter().map(|part| match part {
        Said::Text(text, _) => Content::text(text),
        Said::Thinking(text, signature) => Content::Thinking {
            inner: alchemy_llm::types::ThinkingContent {
                thinking: text.clone(),
                thinking_signature: signature.clone(),
            },
        },
        Said::Call {
            id,
            name,
            arguments,
        } => {
            let arguments = serde_json::from_str(arguments);
            Content::tool_call(id.as_str(), name, arguments.unwrap_or_default())
        }
    });
    AssistantMessage {
        content: parts.collect(),
        api: model.api,
        provider: model.provider.clone(),
        model: model.id.clone(),
        usage: Usage::default(),
        stop_reason: StopReason::Stop,
        error_message: None,
        timestamp: 0,
    }
}

fn tool_result(
    model: &ModelSpec,
    result: &ResultEntry,
    place: &str,
) -> Result<ToolResultMessage, Complaint> {
    let mut content = Vec::new();
    for (at, piece) in result.pieces.iter().enumerate() {
        let place = format!("{place}.content[{at}]");
        content.push(match piece {
            Piece::Text(text, _) => ToolResultContent::Text(plain(text)),
            Piece::Image { .. } if model.api != Api::AnthropicMessages => {
                let api = model.api;
                return Err(format!(
                    "{place}: the crate sends no images of tools by {api}"
                ));
            }
            Piece::Image { url, .. } => ToolResultContent::Image(image(url, &place)?),
        });
    }
    Ok(ToolResultMessage {
        tool_call_id: result.id.as_str().into(),
        tool_name: result.name.clone(),
        content,
        details: None,
        is_error: result.is_error,
        timestamp: 0,
    })
}

fn plain(text: &str) -> TextContent {
    TextContent {
        text: text.to_owned(),
        text_signature: None,
    }
}

fn image(url: &str, place: &str) -> Result<ImageContent, Complaint> {
    let unusable = || format!("{place}.url: the crate's engine sends data:<type>;base64 URLs only");
    let (head, data) = url
        .strip_prefix("data:")
        .and_then(|rest| rest.split_once(','))
        .ok_or_else(unusable)?;
    let kind = head.strip_suffix(";base64").ok_or_else(unusable)?;
    ImageContent::from_base64(data.trim(), kind.to_owned()).map_err(|_| unusable())
}
