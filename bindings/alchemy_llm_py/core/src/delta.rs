//! A delta of an answer: thinking, text, tool calls, and what else stands in it.
//!
//! Source: spec/openrouter.md, 10.3 to 10.5; spec/rulings.md; the same as
//! `jackfield_openai.delta`.

use serde_json::{Map, Value};

use crate::answer::Answer;
use crate::chunk::{items_of, Node};
use crate::plain::{Kind, Said};
use crate::python_text::repr;
use crate::record::Record;
use crate::tool_calls::ToolCalls;
use crate::trouble::{no_chunk, text_of, Trouble};

/// Tells an answer what its deltas say.
#[derive(Debug)]
pub struct Deltas {
    /// The answer that grows.
    pub answer: Answer,
    /// Its calls.
    pub calls: ToolCalls,
    /// Fields of a delta that hold thinking.
    pub reasoning_fields: Vec<String>,
    /// In which of them the first thinking came.
    pub reasoning_field: Option<String>,
}

impl Deltas {
    /// For an answer that has not begun.
    pub fn new(reasoning_fields: Vec<String>) -> Self {
        Self {
            answer: Answer::new(),
            calls: ToolCalls::default(),
            reasoning_fields,
            reasoning_field: None,
        }
    }

    /// Read an answer that is not streamed: its calls are whole and in order.
    ///
    /// # Errors
    /// A field has an impossible type.
    pub fn take_whole(&mut self, message: &Node<'_>, out: &mut Vec<Record>) -> Result<(), Trouble> {
        self.texts(message, out)?;
        self.others(message, None, out)?;
        let calls = message.told("tool_calls");
        for (position, call) in elements(calls)?.iter().enumerate() {
            self.calls
                .take(call, Some(position), &mut self.answer, out)?;
        }
        Ok(())
    }

    /// Read a delta; return the text that is all that it says, if there is one.
    ///
    /// # Errors
    /// A field has an impossible type.
    pub fn take_delta<'n>(
        &mut self,
        delta: &'n Node<'_>,
        out: &mut Vec<Record>,
    ) -> Result<Option<Said<'n>>, Trouble> {
        let Node::Object(fields) = delta else {
            return Err(Trouble::Odd);
        };
        if let [(name, Node::Text(text))] = fields.as_slice() {
            if name == "content" {
                self.answer.text(text.to_string(), out);
                let kind = Kind::Text;
                return Ok(Some(Said { kind, text }));
            }
        }
        let has_details = delta.told("reasoning_details").is_some();
        let said = self.texts(delta, out)?;
        let (has_more, arguments) = self.others(delta, delta.told("tool_calls"), out)?;
        Ok(match said {
            _ if has_details => None,
            Texts::None => arguments,
            Texts::One(said) if !has_more => Some(said),
            _ => None,
        })
    }

    /// Take thinking and content.
    fn texts<'n>(
        &mut self,
        delta: &'n Node<'_>,
        out: &mut Vec<Record>,
    ) -> Result<Texts<'n>, Trouble> {
        let thinking = self.reasoning(delta, out)?;
        let Some(content) = delta.told("content") else {
            return Ok(thinking.map_or(Texts::None, Texts::One));
        };
        let Some(text) = content.as_str() else {
            self.parts(content, out)?;
            return Ok(Texts::Several);
        };
        self.answer.text(text.to_owned(), out);
        let kind = Kind::Text;
        Ok(match thinking {
            None => Texts::One(Said { kind, text }),
            Some(_) => Texts::Several,
        })
    }

    /// Take what is neither content nor thinking; tell whether there was anything, and return
    /// the arguments that are all of it.
    fn others<'n>(
        &mut self,
        delta: &'n Node<'_>,
        calls: Option<&'n Node<'_>>,
        out: &mut Vec<Record>,
    ) -> Result<(bool, Option<Said<'n>>), Trouble> {
        let mut arguments = None;
        let mut has_more = calls.is_some();
        if let Some(refusal) = delta.told("refusal") {
            self.answer.text(text_of(Some(refusal))?.to_owned(), out);
            self.note("refusal", Value::Bool(true));
            has_more = true;
        }
        let legacy = delta.told("function_call");
        has_more |= legacy.is_some();
        match calls {
            Some(Node::List(fragments)) => {
                for fragment in fragments {
                    arguments = self.calls.take(fragment, None, &mut self.answer, out)?;
                }
                if fragments.len() > 1 {
                    arguments = None;
                }
            }
            Some(odd) => {
                for fragment in elements(Some(odd))?.iter() {
                    self.calls.take(fragment, None, &mut self.answer, out)?;
                }
            }
            None => {
                if let Some(function) = legacy {
                    self.calls.take_legacy(function, &mut self.answer, out)?;
                }
            }
        }
        let is_alone = !self.collect(delta)? && delta.told("refusal").is_none() && legacy.is_none();
        let kind = Kind::Arguments;
        let said = arguments.filter(|_| is_alone);
        Ok((has_more || !is_alone, said.map(|text| Said { kind, text })))
    }

    /// Take what is collected in the metadata; tell whether there was anything.
    fn collect(&mut self, delta: &Node<'_>) -> Result<bool, Trouble> {
        let mut has_any = false;
        for name in ["annotations", "images"] {
            if let Some(more) = delta.told(name) {
                for item in elements(Some(more))?.iter() {
                    push(&mut self.answer.meta.metadata, name, item.to_value());
                }
                has_any = true;
            }
        }
        Ok(has_any)
    }

    fn reasoning<'n>(
        &mut self,
        delta: &'n Node<'_>,
        out: &mut Vec<Record>,
    ) -> Result<Option<Said<'n>>, Trouble> {
        let found = self.reasoning_fields.iter().find_map(|name| {
            let text = delta.get(name)?.as_str()?;
            (!text.is_empty()).then_some((name, text))
        });
        if let Some((name, text)) = found {
            if self.reasoning_field.is_none() {
                self.reasoning_field = Some(name.clone());
            }
            self.answer.thinking(text.to_owned(), out);
            let kind = Kind::Thinking;
            return Ok(Some(Said { kind, text }));
        }
        if let Some(details) = delta.told("reasoning_details") {
            self.answer.thinking(detail_text(details)?, out);
        }
        Ok(None)
    }

    /// Take a content that is a list of parts, as some services send it.
    fn parts(&mut self, parts: &Node<'_>, out: &mut Vec<Record>) -> Result<(), Trouble> {
        let Node::List(parts) = parts else {
            return Err(no_chunk(&format!("content: {}", repr(parts))).into());
        };
        for part in parts {
            if !part.is_object() {
                return Err(Trouble::Odd);
            }
            match part.get("type").and_then(Node::as_str) {
                Some("text") => {
                    let text = text_of(part.get("text"))?;
                    self.answer.text(text.to_owned(), out);
                }
                Some("thinking") => self.thinking_part(part, out)?,
                _ => push(&mut self.answer.meta.metadata, "parts", part.to_value()),
            }
        }
        Ok(())
    }

    fn thinking_part(&mut self, part: &Node<'_>, out: &mut Vec<Record>) -> Result<(), Trouble> {
        let thinking = part.get("thinking").ok_or(Trouble::Odd)?;
        let Node::List(items) = thinking else {
            let text = text_of(Some(thinking))?;
            self.answer.thinking(text.to_owned(), out);
            return Ok(());
        };
        for item in items {
            if !item.is_object() {
                return Err(Trouble::Odd);
            }
            let text = text_of(item.get("text"))?;
            self.answer.thinking(text.to_owned(), out);
        }
        Ok(())
    }

    fn note(&mut self, name: &str, value: Value) {
        self.answer.meta.metadata.insert(name.to_owned(), value);
    }
}

/// How many texts of thinking and content a delta had.
enum Texts<'n> {
    None,
    One(Said<'n>),
    Several,
}

type Elements<'n> = Vec<std::borrow::Cow<'n, Node<'n>>>;

/// What a loop over the value meets; nothing for a missing one.
fn elements<'n>(value: Option<&'n Node<'_>>) -> Result<Elements<'n>, Trouble> {
    value.map_or_else(|| Ok(Vec::new()), |one| items_of(one).ok_or(Trouble::Odd))
}

fn push(metadata: &mut Map<String, Value>, name: &str, value: Value) {
    let list = metadata
        .entry(name)
        .or_insert_with(|| Value::Array(Vec::new()));
    if let Value::Array(items) = list {
        items.push(value);
    }
}

fn detail_text(details: &Node<'_>) -> Result<String, Trouble> {
    let mut text = String::new();
    for detail in elements(Some(details))?.iter() {
        let told = detail.told("text").or_else(|| detail.told("summary"));
        text.push_str(text_of(told)?);
    }
    Ok(text)
}
