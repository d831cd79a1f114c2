//! The functions of the module.

use alchemy_stream::{
    headers, settings, Arg, Ask, Call, ErrorInfo, Names, Read, ReadOptions, Reader, Refused,
};
use pyo3::exceptions::{PyRuntimeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList};
use pyo3::wrap_pyfunction;

use crate::arguments::{self, arg};
use crate::events;
use crate::handle::OpenAICompletionsStream;

/// Add them to the module.
pub fn add(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(collect_openai_completions, module)?)?;
    module.add_function(wrap_pyfunction!(openai_completions_stream, module)?)?;
    module.add_function(wrap_pyfunction!(open_stream, module)?)
}

/// Ask a model; return its answer at once, before it is there.
///
/// Raises ValueError for arguments that cannot be used, and RuntimeError where a key is missing.
/// What fails later is an `error` event.
#[pyfunction]
#[pyo3(signature = (model, context, options = None))]
fn openai_completions_stream(
    py: Python<'_>,
    model: &Bound<'_, PyAny>,
    context: &Bound<'_, PyAny>,
    options: Option<&Bound<'_, PyAny>>,
) -> PyResult<OpenAICompletionsStream> {
    let model = arguments::model(model)?;
    let context = arguments::context(context)?;
    let options = options.map_or(Ok(Arg::Null), arguments::options)?;
    let reader = py.detach(|| Ask::new(&model, &context, &options).and_then(Ask::open));
    match reader {
        Ok(reader) => Ok(OpenAICompletionsStream::new(reader)),
        Err(Refused::Argument(complaint)) => Err(refused(complaint)),
        Err(Refused::Setup(message)) => Err(PyRuntimeError::new_err(message)),
    }
}

/// Ask a model and wait for its whole answer; return all events and the final message.
///
/// Raises as `openai_completions_stream`. The `partial` of all events is the final message.
#[pyfunction]
#[pyo3(signature = (model, context, options = None))]
fn collect_openai_completions<'py>(
    py: Python<'py>,
    model: &Bound<'py, PyAny>,
    context: &Bound<'py, PyAny>,
    options: Option<&Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyDict>> {
    let stream = openai_completions_stream(py, model, context, options)?;
    let (message, events) = (PyDict::new(py), PyList::empty(py));
    while let Read::Here(event) = stream.blocking(py, None, |reader| reader.event(false))? {
        if let Some(finished) = &event.message {
            message.update(events::message(py, finished)?.as_mapping())?;
        }
        events.append(events::with_partial(py, &event, Some(&message))?)?;
    }
    let found = PyDict::new(py);
    found.set_item("events", events)?;
    found.set_item("final_message", message)?;
    Ok(found)
}

/// Send a body that is made already, and return its answer at once, before it is there.
///
/// Raises ValueError for arguments that cannot be used. What fails later is a record.
#[pyfunction]
#[pyo3(signature = (
    url, headers, body, *, timeouts=None, dialect=None, provider="", proxy=None, ca_file=None,
    verify=true, coalesce=false, keep_message=true
))]
#[allow(clippy::too_many_arguments)] // they are keywords
fn open_stream(
    py: Python<'_>,
    url: &str,
    headers: Vec<(String, String)>,
    body: &[u8],
    timeouts: Option<&Bound<'_, PyDict>>,
    dialect: Option<&Bound<'_, PyDict>>,
    provider: &str,
    proxy: Option<String>,
    ca_file: Option<String>,
    verify: bool,
    coalesce: bool,
    keep_message: bool,
) -> PyResult<OpenAICompletionsStream> {
    let text = |value: Option<String>| value.map_or(Arg::Null, Arg::Text);
    let way = settings::client(&text(proxy), &text(ca_file), &Arg::Bool(verify));
    let model = alchemy_stream::model_of(body);
    let call = Call {
        url: alchemy_stream::read_url(url).map_err(refused)?,
        headers: header_map(&headers)?,
        body: body.to_vec().into(),
        timeouts: settings::timeouts(&optional(timeouts)?, "timeouts").map_err(refused)?,
        dialect: settings::dialect(&optional(dialect)?, "dialect").map_err(refused)?,
        provider: provider.to_owned(),
        model: model.clone(),
        client: way.map_err(refused)?,
    };
    let names = Names {
        api: "openai-completions".to_owned(),
        provider: provider.to_owned(),
        model,
    };
    let options = ReadOptions {
        names,
        coalesce,
        bare: !keep_message,
    };
    let stream = py.detach(|| call.open()).map_err(|info| unopened(&info))?;
    Ok(OpenAICompletionsStream::new(Reader::new(stream, options)))
}

fn header_map(pairs: &[(String, String)]) -> PyResult<alchemy_stream::HeaderMap> {
    let mut found = alchemy_stream::HeaderMap::new();
    for (at, (name, value)) in pairs.iter().enumerate() {
        headers::set(&mut found, name, value)
            .map_err(|reason| refused(format!("headers[{at}]: {reason}")))?;
    }
    Ok(found)
}

fn optional(dict: Option<&Bound<'_, PyDict>>) -> PyResult<Arg> {
    dict.map_or(Ok(Arg::Null), |dict| arg(dict))
}

fn refused(complaint: String) -> PyErr {
    PyValueError::new_err(complaint)
}

fn unopened(info: &ErrorInfo) -> PyErr {
    if info.kind == "invalid_request" {
        return PyValueError::new_err(info.message.clone());
    }
    PyRuntimeError::new_err(info.message.clone())
}
