//! Events and messages -> dicts. Source: spec/alchemy.md, 3.

use alchemy_stream::{Event, Message, Part, Record};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyString};

use crate::values;

/// Return the dict of an event.
pub fn dict<'py>(py: Python<'py>, event: &Event) -> PyResult<Bound<'py, PyDict>> {
    let partial = event.message.as_ref();
    let partial = partial.map(|message| self::message(py, message));
    with_partial(py, event, partial.transpose()?.as_ref())
}

/// Return the dict of an event that shows this message.
pub fn with_partial<'py>(
    py: Python<'py>,
    event: &Event,
    partial: Option<&Bound<'py, PyDict>>,
) -> PyResult<Bound<'py, PyDict>> {
    let dict = PyDict::new(py);
    dict.set_item("type", word(&event.record))?;
    fields(py, &dict, event, partial)?;
    if let Some(partial) = partial {
        dict.set_item("partial", partial)?;
    }
    Ok(dict)
}

/// Return the dict of a message.
pub fn message<'py>(py: Python<'py>, message: &Message) -> PyResult<Bound<'py, PyDict>> {
    let signature = message.end.as_ref();
    let signature = signature.and_then(|end| end.meta.thinking_signature.as_deref());
    let content = PyList::empty(py);
    for part in &message.content {
        content.append(self::part(py, part, signature)?)?;
    }
    let dict = PyDict::new(py);
    dict.set_item("role", "assistant")?;
    dict.set_item("content", content)?;
    dict.set_item("stop_reason", message.end.as_ref().map(|end| end.reason))?;
    dict.set_item("timestamp", message.timestamp)?;
    dict.set_item("api", &message.names.api)?;
    dict.set_item("provider", &message.names.provider)?;
    dict.set_item("model", &message.names.model)?;
    end(py, &dict, message)?;
    Ok(dict)
}

fn end(py: Python<'_>, dict: &Bound<'_, PyDict>, message: &Message) -> PyResult<()> {
    let nothing = alchemy_stream::Meta::default();
    let end = message.end.as_ref();
    let meta = end.map_or(&nothing, |end| &end.meta);
    let info = end.and_then(|end| end.info.as_deref());
    dict.set_item("usage", values::usage(py, meta)?)?;
    dict.set_item("error_message", info.map(|info| info.message.as_str()))?;
    dict.set_item("response_id", &message.response_id)?;
    dict.set_item("response_model", &meta.response_model)?;
    dict.set_item("raw_stop_reason", &meta.raw_stop_reason)?;
    dict.set_item("metadata", values::object(py, &meta.metadata)?)
}

fn part<'py>(
    py: Python<'py>,
    part: &Part,
    signature: Option<&str>,
) -> PyResult<Bound<'py, PyDict>> {
    let dict = PyDict::new(py);
    match part {
        Part::Text(text) => {
            dict.set_item("type", "text")?;
            dict.set_item("text", text)?;
            dict.set_item("text_signature", py.None())?;
        }
        Part::Thinking(text) => {
            dict.set_item("type", "thinking")?;
            dict.set_item("thinking", text)?;
            dict.set_item("thinking_signature", signature)?;
        }
        Part::ToolCall {
            id,
            name,
            arguments,
            is_ended,
        } => call(py, &dict, (id, name), arguments, *is_ended)?,
    }
    Ok(dict)
}

fn call(
    py: Python<'_>,
    dict: &Bound<'_, PyDict>,
    (id, name): (&str, &str),
    arguments: &str,
    is_ended: bool,
) -> PyResult<()> {
    dict.set_item("type", "tool_call")?;
    dict.set_item("id", id)?;
    dict.set_item("name", name)?;
    let parsed = if is_ended {
        parsed(py, arguments)?
    } else {
        None
    };
    let raw = parsed.is_none().then_some(arguments);
    let object = match parsed {
        Some(object) => object,
        None if is_ended => PyDict::new(py),
        None => so_far(py, arguments)?,
    };
    dict.set_item("arguments", object)?;
    dict.set_item("partial_json", raw)
}

/// Return the arguments of a finished call; None if they are no JSON object.
///
/// Python reads them: its integers have no bounds.
fn parsed<'py>(py: Python<'py>, arguments: &str) -> PyResult<Option<Bound<'py, PyDict>>> {
    if arguments.trim().is_empty() {
        return Ok(Some(PyDict::new(py)));
    }
    let options = PyDict::new(py);
    options.set_item("strict", false)?;
    let text = PyString::new(py, arguments);
    let loads = py.import("json")?.getattr("loads")?;
    Ok(match loads.call((text,), Some(&options)) {
        Ok(found) => found.cast_into::<PyDict>().ok(),
        Err(_) => None,
    })
}

/// Return what can be told of arguments that are still coming.
fn so_far<'py>(py: Python<'py>, arguments: &str) -> PyResult<Bound<'py, PyDict>> {
    match alchemy_stream::arguments_so_far(arguments) {
        Some(found) => values::object(py, &found),
        None => Ok(PyDict::new(py)),
    }
}

fn word(record: &Record) -> &'static str {
    match record {
        Record::Start { .. } => "start",
        Record::TextStart(_) => "text_start",
        Record::TextDelta(..) => "text_delta",
        Record::TextEnd(_) => "text_end",
        Record::ThinkingStart(_) => "thinking_start",
        Record::ThinkingDelta(..) => "thinking_delta",
        Record::ThinkingEnd(_) => "thinking_end",
        Record::ToolCallStart { .. } => "tool_call_start",
        Record::ToolCallDelta(..) => "tool_call_delta",
        Record::ToolCallEnd { .. } => "tool_call_end",
        Record::Done { .. } => "done",
        Record::Error { .. } => "error",
    }
}

fn fields<'py>(
    py: Python<'py>,
    dict: &Bound<'py, PyDict>,
    event: &Event,
    message: Option<&Bound<'py, PyDict>>,
) -> PyResult<()> {
    match &event.record {
        Record::Start { .. } => Ok(()),
        Record::TextStart(at)
        | Record::ThinkingStart(at)
        | Record::ToolCallStart { index: at, .. } => dict.set_item("content_index", at),
        Record::TextDelta(at, text)
        | Record::ThinkingDelta(at, text)
        | Record::ToolCallDelta(at, text) => {
            dict.set_item("content_index", at)?;
            dict.set_item("delta", text)
        }
        Record::TextEnd(at) | Record::ThinkingEnd(at) => {
            dict.set_item("content_index", at)?;
            dict.set_item("content", event.content.as_deref().unwrap_or_default())
        }
        Record::ToolCallEnd {
            index,
            id,
            name,
            arguments_json,
        } => {
            dict.set_item("content_index", index)?;
            let call = PyDict::new(py);
            self::call(py, &call, (id, name), arguments_json, true)?;
            dict.set_item("tool_call", call)
        }
        Record::Done { reason, .. } => {
            dict.set_item("reason", reason.as_str())?;
            dict.set_item("message", message)
        }
        Record::Error { reason, info, .. } => {
            dict.set_item("reason", reason.as_str())?;
            dict.set_item("error", message)?;
            dict.set_item("info", values::info(py, info)?)
        }
    }
}
