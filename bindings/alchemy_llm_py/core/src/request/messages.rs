//! Messages -> their JSON for chat completions. Source: spec/openrouter.md, 4, 6.3 and 7.

use crate::request::entries::{Entry, Piece, ResultEntry, Said};
use crate::request::json::{array, quoted, Fields};
use crate::request::model::ModelSpec;

const REASONING_FIELDS: [&str; 3] = ["reasoning", "reasoning_content", "reasoning_text"];

/// Most breakpoints that a request may have.
const MOST_BREAKPOINTS: usize = 4;

/// The JSON of each message.
pub fn messages(model: &ModelSpec, system: &[Piece], entries: &[Entry]) -> Vec<String> {
    let mut wire = Vec::new();
    if !system.is_empty() {
        wire.push(system_message(model, system, entries));
    }
    let mut images = Vec::new();
    for (at, entry) in entries.iter().enumerate() {
        match entry {
            Entry::User(pieces) => wire.push(user(&content(model, pieces))),
            Entry::Assistant(said) => wire.push(assistant(model, &said.parts)),
            Entry::Result(result) => {
                wire.push(tool(model, result));
                images.extend(result_images(model, result));
                let next = entries.get(at + 1);
                if !matches!(next, Some(Entry::Result(_))) {
                    end_results(model, &mut wire, &mut images, next);
                }
            }
        }
    }
    wire
}

/// Add what may only stand behind the last result of a batch.
fn end_results(
    model: &ModelSpec,
    wire: &mut Vec<String>,
    images: &mut Vec<String>,
    next: Option<&Entry>,
) {
    let is_user_next = !images.is_empty() || matches!(next, Some(Entry::User(_)));
    if is_user_next && model.has("requires_assistant_after_tool_result") {
        let words = Said::Text("I have the results of the tools.".to_owned(), None);
        wire.push(assistant(model, &[words]));
    }
    if !images.is_empty() {
        wire.push(user(&array(&std::mem::take(images))));
    }
}

fn system_message(model: &ModelSpec, system: &[Piece], entries: &[Entry]) -> String {
    let is_developer = model.reasons && model.has("supports_developer_role");
    let role = if is_developer { "developer" } else { "system" };
    let mut pieces = system.to_vec();
    let marks: Vec<_> = entries.iter().flat_map(breakpoints).collect();
    if let (Some(Piece::Text(_, control @ None)), Some(mark)) = (pieces.last_mut(), marks.first()) {
        if marks.len() < MOST_BREAKPOINTS {
            *control = Some(mark.clone());
        }
    }
    let mut fields = Fields::default();
    fields.text("role", role);
    fields.set("content", content(model, &pieces));
    fields.json()
}

fn breakpoints(entry: &Entry) -> Vec<String> {
    let of_piece = |piece: &Piece| match piece {
        Piece::Text(_, control) => control.clone(),
        Piece::Image { .. } => None,
    };
    match entry {
        Entry::User(pieces) => pieces.iter().filter_map(of_piece).collect(),
        Entry::Result(result) => result.pieces.iter().filter_map(of_piece).collect(),
        Entry::Assistant(said) => said
            .parts
            .iter()
            .filter_map(|part| match part {
                Said::Text(_, control) => control.clone(),
                _ => None,
            })
            .collect(),
    }
}

fn user(content: &str) -> String {
    let mut fields = Fields::default();
    fields.text("role", "user").set("content", content);
    fields.json()
}

/// A text, or a list of parts where it cannot be one.
fn content(model: &ModelSpec, pieces: &[Piece]) -> String {
    let is_plain = |piece: &Piece| matches!(piece, Piece::Text(_, None));
    if pieces.iter().all(is_plain) {
        return quoted(&joined(pieces));
    }
    let parts: Vec<_> = pieces.iter().map(|piece| part(model, piece)).collect();
    array(&parts)
}

fn joined(pieces: &[Piece]) -> String {
    let texts = pieces.iter().filter_map(|piece| match piece {
        Piece::Text(text, _) => Some(text.as_str()),
        Piece::Image { .. } => None,
    });
    texts.collect::<Vec<_>>().join("\n")
}

fn part(model: &ModelSpec, piece: &Piece) -> String {
    match piece {
        Piece::Text(text, control) => text_part(text, control.as_deref()),
        Piece::Image { mime_type, .. } if !model.takes_images => {
            let kind = mime_type.as_deref().unwrap_or("unknown type");
            text_part(&format!("[image omitted: {kind}]"), None)
        }
        Piece::Image { url, detail, .. } => {
            let mut image = Fields::default();
            image.text("url", url);
            if let Some(detail) = detail {
                image.text("detail", detail);
            }
            let mut fields = Fields::default();
            fields.text("type", "image_url");
            fields.set("image_url", image.json());
            fields.json()
        }
    }
}

fn text_part(text: &str, control: Option<&str>) -> String {
    let mut fields = Fields::default();
    fields.text("type", "text").text("text", text);
    if let Some(control) = control {
        fields.set("cache_control", control);
    }
    fields.json()
}

fn assistant(model: &ModelSpec, parts: &[Said]) -> String {
    let (mut texts, mut calls, mut thinking) = (Vec::new(), Vec::new(), Vec::new());
    for part in parts {
        match part {
            Said::Text(text, control) => texts.push((text.as_str(), control.as_deref())),
            Said::Thinking(text, _) if model.has("requires_thinking_as_text") => {
                texts.push((text.as_str(), None));
            }
            Said::Thinking(text, signature) => thinking.push((text.as_str(), signature.as_deref())),
            Said::Call {
                id,
                name,
                arguments,
            } => calls.push(call(id, name, arguments)),
        }
    }
    let mut fields = Fields::default();
    fields.text("role", "assistant");
    fields.set("content", said_content(&texts, !calls.is_empty()));
    replay(model, &thinking, &mut fields);
    if !calls.is_empty() {
        fields.set("tool_calls", array(&calls));
    }
    fields.json()
}

/// One string, since some models begin to imitate lists; parts only for a breakpoint.
fn said_content(texts: &[(&str, Option<&str>)], has_calls: bool) -> String {
    if texts.iter().any(|(_, control)| control.is_some()) {
        let parts: Vec<_> = texts
            .iter()
            .map(|(text, mark)| text_part(text, *mark))
            .collect();
        return array(&parts);
    }
    if texts.is_empty() && has_calls {
        return "null".to_owned();
    }
    quoted(&texts.iter().map(|(text, _)| *text).collect::<String>())
}

fn call(id: &str, name: &str, arguments: &str) -> String {
    let mut function = Fields::default();
    function.text("name", name).text("arguments", arguments);
    let mut fields = Fields::default();
    fields.text("id", id).text("type", "function");
    fields.set("function", function.json());
    fields.json()
}

/// Send a model's own thinking back in the field in which it came.
fn replay(model: &ModelSpec, thinking: &[(&str, Option<&str>)], fields: &mut Fields) {
    for name in REASONING_FIELDS {
        let texts: Vec<_> = thinking
            .iter()
            .filter(|(text, signature)| *signature == Some(name) && !text.is_empty())
            .map(|(text, _)| *text)
            .collect();
        if !texts.is_empty() {
            fields.text(name, &texts.join("\n"));
        }
    }
    if !model.is_at("openrouter.ai") {
        return;
    }
    let details: Vec<_> = thinking
        .iter()
        .filter_map(|(_, signature)| signature.and_then(|text| text.strip_prefix('[')))
        .filter_map(|text| text.trim_end().strip_suffix(']'))
        .filter(|text| !text.trim().is_empty())
        .map(str::to_owned)
        .collect();
    if !details.is_empty() {
        fields.set("reasoning_details", array(&details));
    }
}

fn tool(model: &ModelSpec, result: &ResultEntry) -> String {
    let is_text = |piece: &&Piece| matches!(piece, Piece::Text(..));
    let texts: Vec<_> = result.pieces.iter().filter(is_text).cloned().collect();
    let mut fields = Fields::default();
    fields.text("role", "tool").text("tool_call_id", &result.id);
    if model.has("requires_tool_result_name") {
        fields.text("name", &result.name);
    }
    if joined(&texts).is_empty() {
        fields.text(
            "content",
            if result.is_error {
                "Error"
            } else {
                "(no output)"
            },
        );
    } else {
        fields.set("content", content(model, &texts));
    }
    fields.json()
}

fn result_images(model: &ModelSpec, result: &ResultEntry) -> Vec<String> {
    let is_image = |piece: &&Piece| matches!(piece, Piece::Image { .. });
    let images = result.pieces.iter().filter(is_image);
    let mut parts: Vec<_> = images.map(|piece| part(model, piece)).collect();
    if !parts.is_empty() {
        parts.insert(
            0,
            text_part(&format!("Image from tool {}:", result.name), None),
        );
    }
    parts
}
