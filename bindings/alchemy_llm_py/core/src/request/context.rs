//! Reading the dict `context`. Source: spec/alchemy.md, 2.3.

use crate::request::argument::{Arg, Complaint};
use crate::request::entries::{
    AssistantEntry, ContextSpec, Entry, Piece, ResultEntry, Said, ToolSpec,
};
use crate::request::json::json_text;

/// Read the dict.
///
/// # Errors
/// A field is wrong.
pub fn read_context(arg: &Arg) -> Result<ContextSpec, Complaint> {
    if !matches!(arg, Arg::Map(_)) {
        return Err(arg.must("context", "a dict"));
    }
    let messages = arg.get("messages").list("messages")?;
    let tools = arg.get("tools").list("tools")?;
    Ok(ContextSpec {
        system: system(arg.get("system_prompt"))?,
        messages: each(messages, "messages", message)?,
        tools: each(tools, "tools", tool)?,
    })
}

fn each<T>(
    items: &[Arg],
    place: &str,
    read: impl Fn(&Arg, &str) -> Result<T, Complaint>,
) -> Result<Vec<T>, Complaint> {
    items
        .iter()
        .enumerate()
        .map(|(at, item)| read(item, &format!("{place}[{at}]")))
        .collect()
}

fn system(arg: &Arg) -> Result<Vec<Piece>, Complaint> {
    let found = match arg {
        Arg::Map(_) => vec![piece(arg, "system_prompt")?],
        _ => pieces(arg, "system_prompt")?,
    };
    for piece in &found {
        if matches!(piece, Piece::Image { .. }) {
            return Err("system_prompt cannot hold an image".to_owned());
        }
    }
    let is_blank = |piece: &Piece| matches!(piece, Piece::Text(text, _) if text.trim().is_empty());
    Ok(if found.iter().all(is_blank) {
        Vec::new()
    } else {
        found
    })
}

fn message(arg: &Arg, place: &str) -> Result<Entry, Complaint> {
    if !matches!(arg, Arg::Map(_)) {
        return Err(arg.must(place, "a dict"));
    }
    let content = format!("{place}.content");
    let role = format!("{place}.role");
    match arg.get("role").text(&role)? {
        "user" => pieces(arg.get("content"), &content).map(Entry::User),
        "assistant" => assistant(arg, place).map(Entry::Assistant),
        "tool_result" => result(arg, place).map(Entry::Result),
        other => Err(format!(
            "{role} is {other:?}; there are user, assistant, tool_result"
        )),
    }
}

fn pieces(arg: &Arg, place: &str) -> Result<Vec<Piece>, Complaint> {
    match arg {
        Arg::Text(text) => Ok(vec![Piece::Text(text.clone(), None)]),
        _ => each(arg.list(place)?, place, piece),
    }
}

fn piece(arg: &Arg, place: &str) -> Result<Piece, Complaint> {
    let kind = format!("{place}.type");
    match arg.get("type").text(&kind)? {
        "text" => {
            let text = arg.get("text").text(&format!("{place}.text"))?;
            Ok(Piece::Text(text.to_owned(), breakpoint(arg, place)?))
        }
        "image" => image(arg, place),
        other => Err(format!("{kind} is {other:?}; there are text, image")),
    }
}

fn image(arg: &Arg, place: &str) -> Result<Piece, Complaint> {
    let mime_type = arg
        .get("mime_type")
        .maybe_text(&format!("{place}.mime_type"))?;
    let data = arg
        .get("data_base64")
        .maybe_text(&format!("{place}.data_base64"))?;
    let here = format!("{place}.url");
    let url = match data {
        Some(data) => format!("data:{};base64,{data}", mime_type.unwrap_or("image/png")),
        None => arg.get("url").text(&here)?.to_owned(),
    };
    let is_url = ["https://", "http://", "data:"]
        .iter()
        .any(|scheme| url.starts_with(scheme));
    if !is_url {
        let beginning: String = url.chars().take(30).collect();
        return Err(format!("{here} is {beginning:?}, no http(s) or data: URL"));
    }
    let detail = arg.get("detail").maybe_text(&format!("{place}.detail"))?;
    Ok(Piece::Image {
        url,
        mime_type: mime_type.map(str::to_owned),
        detail: detail.map(str::to_owned),
    })
}

fn breakpoint(arg: &Arg, place: &str) -> Result<Option<String>, Complaint> {
    let place = format!("{place}.cache_control");
    let found = arg.get("cache_control");
    if found.is_null() {
        return Ok(None);
    }
    found.fields(&place)?;
    json_text(found, &place).map(Some)
}

fn assistant(arg: &Arg, place: &str) -> Result<AssistantEntry, Complaint> {
    let name = |field: &str| -> Result<Option<String>, Complaint> {
        let found = arg.get(field).maybe_text(&format!("{place}.{field}"))?;
        Ok(found.filter(|text| !text.is_empty()).map(str::to_owned))
    };
    let content = format!("{place}.content");
    let mut parts = Vec::new();
    match arg.get("content") {
        Arg::Text(text) => parts.push(Said::Text(text.clone(), None)),
        found => {
            for (at, part) in found.list(&content)?.iter().enumerate() {
                if !part.is_null() {
                    parts.push(said(part, &format!("{content}[{at}]"))?);
                }
            }
        }
    }
    let reason = name("stop_reason")?;
    Ok(AssistantEntry {
        api: name("api")?,
        provider: name("provider")?,
        model: name("model")?,
        has_failed: matches!(reason.as_deref(), Some("error" | "aborted")),
        parts,
    })
}

fn said(arg: &Arg, place: &str) -> Result<Said, Complaint> {
    let field = |name: &str| {
        arg.get(name)
            .text(&format!("{place}.{name}"))
            .map(str::to_owned)
    };
    let kind = format!("{place}.type");
    match arg.get("type").text(&kind)? {
        "text" => Ok(Said::Text(field("text")?, breakpoint(arg, place)?)),
        "thinking" => {
            let here = format!("{place}.thinking_signature");
            let signature = arg.get("thinking_signature").maybe_text(&here)?;
            let signature = signature.filter(|text| !text.is_empty()).map(str::to_owned);
            Ok(Said::Thinking(field("thinking")?, signature))
        }
        "tool_call" => Ok(Said::Call {
            id: field("id")?,
            name: field("name")?,
            arguments: arguments(arg, &format!("{place}.arguments"))?,
        }),
        other => Err(format!(
            "{kind} is {other:?}; there are text, thinking, tool_call"
        )),
    }
}

/// Arguments that could not be read are not sent: `partial_json` says so.
fn arguments(arg: &Arg, place: &str) -> Result<String, Complaint> {
    let found = arg.get("arguments");
    if matches!(arg.get("partial_json"), Arg::Text(_)) || found.is_null() {
        return Ok("{}".to_owned());
    }
    found.fields(place)?;
    json_text(found, place)
}

fn result(arg: &Arg, place: &str) -> Result<ResultEntry, Complaint> {
    let name = arg
        .get("tool_name")
        .maybe_text(&format!("{place}.tool_name"))?;
    Ok(ResultEntry {
        id: arg
            .get("tool_call_id")
            .text(&format!("{place}.tool_call_id"))?
            .to_owned(),
        name: name.unwrap_or_default().to_owned(),
        pieces: pieces(arg.get("content"), &format!("{place}.content"))?,
        is_error: arg
            .get("is_error")
            .flag(&format!("{place}.is_error"))?
            .unwrap_or(false),
    })
}

fn tool(arg: &Arg, place: &str) -> Result<ToolSpec, Complaint> {
    let here = format!("{place}.name");
    let name = arg.get("name").text(&here)?;
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"_-".contains(&byte);
    if name.is_empty() || name.len() > 64 || !name.bytes().all(fits) {
        return Err(format!(
            "{here} is {name:?}; use 1 to 64 of A-Z a-z 0-9 _ -"
        ));
    }
    let description = arg
        .get("description")
        .maybe_text(&format!("{place}.description"))?;
    let parameters = arg.get("parameters");
    parameters.fields(&format!("{place}.parameters"))?;
    Ok(ToolSpec {
        name: name.to_owned(),
        description: description.unwrap_or_default().to_owned(),
        parameters: parameters.clone(),
        cache_control: breakpoint(arg, place)?,
    })
}
