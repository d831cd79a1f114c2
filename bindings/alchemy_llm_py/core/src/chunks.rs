//! Chunks of an answer: what stands around the deltas, and how the answer ends.
//!
//! Source: spec/openrouter.md, 9 to 12 and 16; spec/rulings.md; the same as
//! `jackfield_openai.decode`.

use serde_json::Value;

use crate::chunk::Node;
use crate::delta::Deltas;
use crate::dialect::{Dialect, FinishReason};
use crate::error_body::error_from_object;
use crate::plain::Said;
use crate::python_text::{repr, repr_str, str_of};
use crate::record::{DoneReason, ErrorInfo, Record};
use crate::trouble::{no_chunk, Trouble};
use crate::usage::Usage;

/// Reads the chunks of one answer.
#[derive(Debug)]
pub struct Chunks {
    /// What the deltas said.
    pub deltas: Deltas,
    /// A chunk with a choice was there.
    pub has_begun: bool,
    /// The finish reason; empty for none yet.
    pub finish: String,
    dialect: Dialect,
    has_usage: bool,
    is_filtered: bool,
}

impl Chunks {
    /// For an answer that has not begun.
    pub fn new(mut dialect: Dialect) -> Self {
        Self {
            deltas: Deltas::new(std::mem::take(&mut dialect.reasoning_fields)),
            has_begun: false,
            finish: String::new(),
            dialect,
            has_usage: false,
            is_filtered: false,
        }
    }

    /// Take one chunk, or an answer that is not streamed.
    ///
    /// Return the text that is all that it says, or the error object in it.
    ///
    /// # Errors
    /// Its fields have impossible types.
    pub fn take<'n, 'a>(
        &mut self,
        chunk: &'n Node<'a>,
        model: &str,
        out: &mut Vec<Record>,
    ) -> Result<Found<'n, 'a>, Box<ErrorInfo>> {
        self.read(chunk, model, out)
            .map_err(|trouble| match trouble {
                Trouble::Odd => Box::new(no_chunk(&repr(chunk))),
                Trouble::Told(error) => error,
            })
    }

    /// End the answer; `was_marked` tells whether the end mark was there.
    ///
    /// # Errors
    /// The answer is incomplete or empty, or was filtered.
    pub fn finish(
        &mut self,
        was_marked: bool,
        out: &mut Vec<Record>,
    ) -> Result<DoneReason, Box<ErrorInfo>> {
        if self.finish.is_empty() && !was_marked {
            let error = ErrorInfo::new("connection", "Stream ended before finish_reason");
            return Err(Box::new(error.retryable()));
        }
        self.end_all(out);
        if self.is_filtered {
            self.sign_thinking();
            return Err(Box::new(ErrorInfo::new(
                "content_filter",
                "The provider's content filter ended the answer.",
            )));
        }
        let is_cut = self.meaning(&self.finish) == FinishReason::Length;
        let answer = &self.deltas.answer;
        if !answer.has_content() && !is_cut && answer.meta.usage.output == 0 {
            let error = ErrorInfo::new("empty", "The provider sent an empty answer.");
            let hint = "Try again; some models do so when they start.";
            return Err(Box::new(error.retryable().with_hint(hint)));
        }
        self.sign_thinking();
        self.deltas.answer.start(out);
        Ok(match (is_cut, self.deltas.calls.is_empty()) {
            (true, _) => DoneReason::Length,
            (false, true) => DoneReason::Stop,
            (false, false) => DoneReason::ToolCalls,
        })
    }

    fn read<'n, 'a>(
        &mut self,
        chunk: &'n Node<'a>,
        model: &str,
        out: &mut Vec<Record>,
    ) -> Result<Found<'n, 'a>, Trouble> {
        self.envelope(chunk, model);
        let (mut said, mut error) = (None, chunk.told("error"));
        if let Some(choices) = chunk.told("choices") {
            if let Some(choice) = first_choice(choices)? {
                error = error.or_else(|| choice.told("error"));
                said = self.choice(choice, error.is_some(), out)?;
            }
        } else if error.is_none() && chunk.get("choices").is_none() && is_error(chunk) {
            error = Some(chunk);
        }
        Ok(error.map_or(Found::Said(said), Found::Error))
    }

    /// Read what stands around the choices.
    fn envelope(&mut self, chunk: &Node<'_>, model: &str) {
        let meta = &mut self.deltas.answer.meta;
        if meta.response_id.is_none() {
            meta.response_id = chunk.told("id").map(str_of);
        }
        if let Some(told) = chunk.told("model") {
            if told.as_str() == Some(model) {
                meta.response_model = None;
            } else if told.as_str().is_none() || told.as_str() != meta.response_model.as_deref() {
                meta.response_model = Some(str_of(told));
            }
        }
        for name in &self.dialect.metadata_fields {
            if let Some(value) = chunk.told(name) {
                meta.metadata.insert(name.clone(), value.to_value());
            }
        }
        match chunk.get("usage") {
            Some(usage) if *usage != Node::Null => self.count(usage),
            _ => {
                if let Some(groq) = chunk.get("x_groq") {
                    groq.get("usage")
                        .into_iter()
                        .for_each(|usage| self.count(usage));
                }
            }
        }
    }

    fn count(&mut self, usage: &Node<'_>) {
        if usage.is_object() {
            self.has_usage = true;
            self.deltas.answer.meta.usage = Usage::from_openai(&usage.to_value());
        }
    }

    fn choice<'n>(
        &mut self,
        choice: &'n Node<'_>,
        failed: bool,
        out: &mut Vec<Record>,
    ) -> Result<Option<Said<'n>>, Trouble> {
        if !self.has_usage {
            choice
                .get("usage")
                .into_iter()
                .for_each(|usage| self.count(usage));
        }
        let delta = choice.get("delta").filter(|delta| **delta != Node::Null);
        let message = choice.get("message").filter(|one| one.is_object());
        let mut said = None;
        match (delta, message) {
            (None, Some(message)) => self.deltas.take_whole(message, out)?,
            (Some(delta), _) if delta.is_telling() => {
                if self.finish.is_empty() {
                    said = self.deltas.take_delta(delta, out)?;
                } else {
                    self.late(delta)?;
                }
            }
            _ => {}
        }
        self.has_begun |= !failed || self.deltas.answer.has_content();
        let Some(reason) = choice.told("finish_reason") else {
            return Ok(said);
        };
        self.finished(reason, choice, failed, out)?;
        Ok(None)
    }

    /// Pass over what comes after the finish reason; count it. Source: spec/rulings.md.
    fn late(&mut self, delta: &Node<'_>) -> Result<(), Trouble> {
        if !delta.is_object() {
            return Err(Trouble::Odd);
        }
        let names = ["content", "refusal", "tool_calls", "function_call"];
        let fields = self.deltas.reasoning_fields.iter().map(String::as_str);
        if names
            .into_iter()
            .chain(fields)
            .any(|name| delta.told(name).is_some())
        {
            let metadata = &mut self.deltas.answer.meta.metadata;
            let count = metadata.get("ignored_chunks").and_then(Value::as_u64);
            metadata.insert(
                "ignored_chunks".to_owned(),
                Value::from(count.unwrap_or(0) + 1),
            );
        }
        Ok(())
    }

    fn finished(
        &mut self,
        reason: &Node<'_>,
        choice: &Node<'_>,
        failed: bool,
        out: &mut Vec<Record>,
    ) -> Result<(), Trouble> {
        let Some(word) = reason.as_str() else {
            return Err(no_chunk(&format!("finish_reason: {}", repr(reason))).into());
        };
        if word == "error" {
            if failed {
                return Ok(()); // the error object says more
            }
            let error = ErrorInfo::new("server", "Provider finish_reason: error");
            return Err(error.retryable().into());
        }
        if !self.finish.is_empty() {
            return Ok(());
        }
        word.clone_into(&mut self.finish);
        let native = choice.told("native_finish_reason").unwrap_or(reason);
        self.deltas.answer.meta.raw_stop_reason = Some(str_of(native));
        self.end_all(out);
        let meaning = self.meaning(word);
        self.is_filtered = meaning == FinishReason::ContentFilter;
        if meaning == FinishReason::Error {
            let told = repr_str(word);
            let text = format!("The provider ended the answer with the reason {told}.");
            return Err(ErrorInfo::protocol(text).into());
        }
        Ok(())
    }

    fn meaning(&self, reason: &str) -> FinishReason {
        FinishReason::from_word(reason)
            .or_else(|| self.dialect.finish_aliases.get(reason).copied())
            .unwrap_or(self.dialect.unknown_finish)
    }

    fn end_all(&mut self, out: &mut Vec<Record>) {
        self.deltas.calls.end(out);
        self.deltas.answer.end_block(out);
    }

    /// Note how the thinking parts are to be sent back.
    fn sign_thinking(&mut self) {
        let field = self.deltas.reasoning_field.clone();
        self.deltas.answer.meta.thinking_signature = field;
    }
}

/// What a chunk says.
#[derive(Debug)]
pub enum Found<'n, 'a> {
    /// The text that is all that it says, if there is one.
    Said(Option<Said<'n>>),
    /// An error.
    Error(&'n Node<'a>),
}

/// The error in an answer.
pub fn told_error(provider: &str, error: &Node<'_>, headers: &[(String, String)]) -> ErrorInfo {
    error_from_object(provider, &error.to_value(), None, headers)
}

/// Return the choice of index 0 or without an index.
fn first_choice<'n, 'a>(choices: &'n Node<'a>) -> Result<Option<&'n Node<'a>>, Trouble> {
    let Node::List(choices) = choices else {
        return Err(Trouble::Odd);
    };
    for choice in choices {
        if !choice.is_object() {
            return Err(Trouble::Odd);
        }
        if choice.told("index").is_none() {
            return Ok(Some(choice));
        }
    }
    Ok(None)
}

/// Tell whether an object without choices is an error in a form without `error`.
fn is_error(chunk: &Node<'_>) -> bool {
    let has = |name| chunk.get(name).is_some();
    chunk.get("object").and_then(Node::as_str) == Some("error")
        || (!has("usage") && (has("message") || has("detail")))
}
