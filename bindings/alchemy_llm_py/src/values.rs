//! Values of Rust -> objects of Python.

use alchemy_stream::{ErrorInfo, Meta, Usage};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList};
use serde_json::{Map, Number, Value};

/// Return JSON as Python has it.
pub fn value<'py>(py: Python<'py>, value: &Value) -> PyResult<Bound<'py, PyAny>> {
    Ok(match value {
        Value::Null => py.None().into_bound(py),
        Value::Bool(flag) => flag.into_pyobject(py)?.to_owned().into_any(),
        Value::Number(found) => number(py, found)?,
        Value::String(text) => text.into_pyobject(py)?.into_any(),
        Value::Array(items) => {
            let list = PyList::empty(py);
            for item in items {
                list.append(self::value(py, item)?)?;
            }
            list.into_any()
        }
        Value::Object(fields) => object(py, fields)?.into_any(),
    })
}

/// Return a JSON object as a dict.
pub fn object<'py>(py: Python<'py>, fields: &Map<String, Value>) -> PyResult<Bound<'py, PyDict>> {
    let dict = PyDict::new(py);
    for (name, item) in fields {
        dict.set_item(name, value(py, item)?)?;
    }
    Ok(dict)
}

fn number<'py>(py: Python<'py>, number: &Number) -> PyResult<Bound<'py, PyAny>> {
    Ok(if let Some(small) = number.as_i64() {
        small.into_pyobject(py)?.into_any()
    } else if let Some(large) = number.as_u64() {
        large.into_pyobject(py)?.into_any()
    } else {
        number.as_f64().into_pyobject(py)?.into_any()
    })
}

/// Return token counts; source: spec/agent.md, 12.
pub fn usage<'py>(py: Python<'py>, meta: &Meta) -> PyResult<Bound<'py, PyDict>> {
    let dict = PyDict::new(py);
    let Usage {
        input,
        output,
        cache_read,
        cache_write,
        total_tokens,
        reasoning,
    } = meta.usage;
    let counts = [
        ("input", input),
        ("output", output),
        ("cache_read", cache_read),
        ("cache_write", cache_write),
        ("total_tokens", total_tokens),
        ("reasoning", reasoning),
    ];
    for (name, count) in counts {
        dict.set_item(name, count)?;
    }
    let cost = PyDict::new(py);
    for name in ["input", "output", "cache_read", "cache_write", "total"] {
        cost.set_item(name, 0.0)?;
    }
    dict.set_item("cost", cost)?;
    Ok(dict)
}

/// Return what is known about an answer.
pub fn meta<'py>(py: Python<'py>, meta: &Meta) -> PyResult<Bound<'py, PyDict>> {
    let dict = PyDict::new(py);
    dict.set_item("usage", usage(py, meta)?)?;
    dict.set_item("response_id", &meta.response_id)?;
    dict.set_item("response_model", &meta.response_model)?;
    dict.set_item("raw_stop_reason", &meta.raw_stop_reason)?;
    dict.set_item("thinking_signature", &meta.thinking_signature)?;
    dict.set_item("metadata", object(py, &meta.metadata)?)?;
    Ok(dict)
}

/// Return why an answer failed.
pub fn info<'py>(py: Python<'py>, info: &ErrorInfo) -> PyResult<Bound<'py, PyDict>> {
    let dict = PyDict::new(py);
    dict.set_item("kind", &info.kind)?;
    dict.set_item("message", &info.message)?;
    dict.set_item("hint", &info.hint)?;
    dict.set_item("provider", &info.provider)?;
    dict.set_item("status", info.status)?;
    dict.set_item("retryable", info.retryable)?;
    dict.set_item("retry_after", info.retry_after)?;
    dict.set_item("request_id", &info.request_id)?;
    dict.set_item("details", object(py, &info.details)?)?;
    Ok(dict)
}
