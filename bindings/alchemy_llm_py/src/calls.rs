//! The functions of the module.

use alchemy_stream::{headers, settings, Arg, Call, ErrorInfo, Names, ReadOptions, Reader};
use pyo3::exceptions::{PyRuntimeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::PyDict;
use pyo3::wrap_pyfunction;

use crate::arguments::arg;
use crate::handle::OpenAICompletionsStream;

/// Add them to the module.
pub fn add(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(open_stream, module)?)
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
