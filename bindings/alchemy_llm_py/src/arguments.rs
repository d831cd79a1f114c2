//! Objects of Python -> plain values, for whoever checks them.

use alchemy_stream::Arg;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyFloat, PyInt, PyList, PyString, PyTuple};

/// Deeper objects are taken for something that is no JSON; so are those that hold themselves.
const DEEPEST: usize = 100;

/// Return the value of an object; what JSON cannot hold becomes `Arg::Other`.
pub fn arg(object: &Bound<'_, PyAny>) -> PyResult<Arg> {
    at_depth(object, 0)
}

/// Return the dict `model`: the keys that mean something; others may hold anything.
pub fn model(object: &Bound<'_, PyAny>) -> PyResult<Arg> {
    const KEYS: [&str; 11] = [
        "id",
        "base_url",
        "provider",
        "name",
        "headers",
        "reasoning",
        "context_window",
        "max_tokens",
        "api",
        "input",
        "compat",
    ];
    picked(object, &KEYS)
}

/// Return the dict `options`, likewise.
pub fn options(object: &Bound<'_, PyAny>) -> PyResult<Arg> {
    const KEYS: [&str; 14] = [
        "api_key",
        "temperature",
        "max_tokens",
        "tool_choice",
        "reasoning_effort",
        "headers",
        "extra_body",
        "timeouts",
        "proxy",
        "ca_file",
        "verify",
        "dialect",
        "engine",
        "coalesce",
    ];
    picked(object, &KEYS)
}

/// Return the dict `context`, likewise in its messages: their `details` are nobody's business.
pub fn context(object: &Bound<'_, PyAny>) -> PyResult<Arg> {
    let Arg::Map(mut fields) = picked(object, &["system_prompt", "tools"])? else {
        return arg(object);
    };
    let messages = object.cast::<PyDict>()?.get_item("messages")?;
    let messages = messages.map_or(Ok(Arg::Null), |found| self::messages(&found))?;
    fields.push(("messages".to_owned(), messages));
    Ok(Arg::Map(fields))
}

fn messages(object: &Bound<'_, PyAny>) -> PyResult<Arg> {
    const KEYS: [&str; 9] = [
        "role",
        "content",
        "stop_reason",
        "api",
        "provider",
        "model",
        "tool_call_id",
        "tool_name",
        "is_error",
    ];
    if !object.is_instance_of::<PyList>() && !object.is_instance_of::<PyTuple>() {
        return arg(object);
    }
    let items: PyResult<Vec<_>> = object
        .try_iter()?
        .map(|item| picked(&item?, &KEYS))
        .collect();
    items.map(Arg::List)
}

fn picked(object: &Bound<'_, PyAny>, keys: &[&str]) -> PyResult<Arg> {
    let Ok(dict) = object.cast::<PyDict>() else {
        return arg(object);
    };
    let mut fields = Vec::new();
    for key in keys {
        if let Some(found) = dict.get_item(key)? {
            fields.push(((*key).to_owned(), arg(&found)?));
        }
    }
    Ok(Arg::Map(fields))
}

fn at_depth(object: &Bound<'_, PyAny>, depth: usize) -> PyResult<Arg> {
    if object.is_none() {
        return Ok(Arg::Null);
    }
    if let Ok(text) = object.cast::<PyString>() {
        return Ok(Arg::Text(string(text)?));
    }
    if let Ok(flag) = object.cast::<PyBool>() {
        return Ok(Arg::Bool(flag.is_true()));
    }
    if object.is_instance_of::<PyInt>() {
        return integer(object);
    }
    if let Ok(number) = object.cast::<PyFloat>() {
        return Ok(Arg::Float(number.value()));
    }
    if depth >= DEEPEST {
        return Ok(Arg::Other("a deeper object than can be sent".to_owned()));
    }
    if let Ok(dict) = object.cast::<PyDict>() {
        return map(dict, depth);
    }
    if object.is_instance_of::<PyList>() || object.is_instance_of::<PyTuple>() {
        let items: PyResult<Vec<_>> = object
            .try_iter()?
            .map(|item| at_depth(&item?, depth + 1))
            .collect();
        return items.map(Arg::List);
    }
    Ok(Arg::Other(object.get_type().name()?.to_string()))
}

fn map(dict: &Bound<'_, PyDict>, depth: usize) -> PyResult<Arg> {
    let mut fields = Vec::with_capacity(dict.len());
    for (key, value) in dict.iter() {
        let Ok(key) = key.cast::<PyString>() else {
            let kind = key.get_type().name()?;
            return Ok(Arg::Other(format!("a dict with a key of type {kind}")));
        };
        fields.push((string(key)?, at_depth(&value, depth + 1)?));
    }
    Ok(Arg::Map(fields))
}

fn integer(object: &Bound<'_, PyAny>) -> PyResult<Arg> {
    match object.extract::<i64>() {
        Ok(number) => Ok(Arg::Int(number)),
        Err(_) => Ok(Arg::Big(
            object
                .py()
                .get_type::<PyInt>()
                .call_method1("__repr__", (object,))?
                .extract()?,
        )),
    }
}

/// Return the text without lone surrogates: they have no form in UTF-8.
pub fn string(text: &Bound<'_, PyString>) -> PyResult<String> {
    if let Ok(clean) = text.to_str() {
        return Ok(clean.to_owned());
    }
    let bytes: Vec<u8> = text
        .call_method1("encode", ("utf-8", "ignore"))?
        .extract()?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
