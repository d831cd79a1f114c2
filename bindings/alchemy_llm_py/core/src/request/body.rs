//! The body of a chat completion request. Source: spec/openrouter.md, 3, 5, 6.1 and 16.

use crate::request::argument::{Arg, Complaint};
use crate::request::entries::{ContextSpec, Entry, Said, ToolSpec};
use crate::request::history::fitted;
use crate::request::json::{array, json_text, quoted, Fields};
use crate::request::messages::messages;
use crate::request::model::ModelSpec;
use crate::request::options::OptionSpec;

const NO_PARAMETERS: &str = r#"{"type":"object","properties":{}}"#;

/// Make the body.
///
/// # Errors
/// Something cannot be sent.
pub fn body(
    model: &ModelSpec,
    context: &ContextSpec,
    options: &OptionSpec,
) -> Result<Vec<u8>, Complaint> {
    let entries = fitted(model, &context.messages);
    let is_openrouter = model.is_at("openrouter.ai");
    let mut fields = Fields::default();
    fields.text("model", &model.id);
    fields.set(
        "messages",
        array(&messages(model, &context.system, &entries)),
    );
    fields.set("stream", "true");
    if !is_openrouter && !model.lacks("supports_usage_in_streaming") {
        fields.set("stream_options", r#"{"include_usage":true}"#);
    }
    if model.has("supports_store") {
        fields.set("store", "false");
    }
    let tools = tools(context, options, is_openrouter && has_calls(&entries))?;
    if let Some(tools) = tools {
        fields.set("tools", tools);
    }
    if !context.tools.is_empty() && !options.tool_choice.is_null() {
        fields.set("tool_choice", choice(&options.tool_choice, &context.tools)?);
    }
    sampling(model, options, &mut fields);
    reasoning(model, options, is_openrouter, &mut fields);
    for (name, value) in &options.extra_body {
        if name != "tools" {
            let place = format!("options.extra_body.{name}");
            fields.set(name, json_text(value, &place)?);
        }
    }
    Ok(fields.json().into_bytes())
}

/// Ours, then those of `extra_body`; `None` for no field at all.
fn tools(
    context: &ContextSpec,
    options: &OptionSpec,
    even_if_empty: bool,
) -> Result<Option<String>, Complaint> {
    let mut found = Vec::new();
    for (at, tool) in context.tools.iter().enumerate() {
        found.push(tool_json(tool, &format!("tools[{at}]"))?);
    }
    let more = options.extra_body.iter().find(|(name, _)| name == "tools");
    if let Some((_, more)) = more {
        let place = "options.extra_body.tools";
        for (at, tool) in more.list(place)?.iter().enumerate() {
            found.push(json_text(tool, &format!("{place}[{at}]"))?);
        }
    }
    Ok((!found.is_empty() || even_if_empty).then(|| array(&found)))
}

fn tool_json(tool: &ToolSpec, place: &str) -> Result<String, Complaint> {
    let mut function = Fields::default();
    function.text("name", &tool.name);
    function.text("description", &tool.description);
    let is_empty = matches!(&tool.parameters, Arg::Map(fields) if fields.is_empty());
    let parameters = if is_empty || tool.parameters.is_null() {
        NO_PARAMETERS.to_owned()
    } else {
        json_text(&tool.parameters, &format!("{place}.parameters"))?
    };
    function.set("parameters", parameters);
    let mut fields = Fields::default();
    fields.text("type", "function");
    fields.set("function", function.json());
    if let Some(control) = &tool.cache_control {
        fields.set("cache_control", control.as_str());
    }
    Ok(fields.json())
}

fn choice(choice: &Arg, tools: &[ToolSpec]) -> Result<String, Complaint> {
    let place = "options.tool_choice";
    let Arg::Text(word) = choice else {
        return json_text(choice, place);
    };
    if ["auto", "none", "required"].contains(&word.as_str()) {
        return Ok(quoted(word));
    }
    if tools.iter().any(|tool| tool.name == *word) {
        let name = quoted(word);
        return Ok(format!(
            r#"{{"type":"function","function":{{"name":{name}}}}}"#
        ));
    }
    let names: Vec<_> = tools.iter().map(|tool| tool.name.as_str()).collect();
    let names = names.join(", ");
    Err(format!(
        "{place} is {word:?}; the tools on offer are: {names}"
    ))
}

fn sampling(model: &ModelSpec, options: &OptionSpec, fields: &mut Fields) {
    if let Some(temperature) = options.temperature {
        fields.set(
            "temperature",
            serde_json::Value::from(temperature).to_string(),
        );
    }
    if let Some(most) = options.max_tokens {
        let default = if model.is_at("api.openai.com") {
            "max_completion_tokens"
        } else {
            "max_tokens"
        };
        let told = model.compat.get("max_tokens_field");
        let field = told.and_then(serde_json::Value::as_str).unwrap_or(default);
        fields.set(field, most.to_string());
    }
}

fn reasoning(model: &ModelSpec, options: &OptionSpec, is_openrouter: bool, fields: &mut Fields) {
    let effort = options.effort.as_ref().or(model.effort.as_ref());
    let Some(effort) = effort.filter(|_| !model.lacks("supports_reasoning_effort")) else {
        return;
    };
    if model
        .compat
        .get("thinking_format")
        .and_then(|it| it.as_str())
        == Some("zai")
    {
        fields.set("thinking", r#"{"type":"enabled"}"#);
    } else if is_openrouter {
        fields.set("reasoning", format!(r#"{{"effort":{}}}"#, quoted(effort)));
    } else {
        fields.text("reasoning_effort", effort);
    }
}

fn has_calls(entries: &[Entry]) -> bool {
    let is_call = |part: &Said| matches!(part, Said::Call { .. });
    entries
        .iter()
        .any(|entry| matches!(entry, Entry::Assistant(said) if said.parts.iter().any(is_call)))
}
