//! Records -> tuples, the form in which many of them cost little.

use alchemy_stream::Record;
use pyo3::prelude::*;
use pyo3::types::{PyList, PyTuple};

use crate::numbers;
use crate::values;

/// Return the tuples of a batch.
pub fn list(py: Python<'_>, records: Vec<Record>) -> PyResult<Bound<'_, PyList>> {
    let tuples: Vec<_> = records
        .iter()
        .map(|record| tuple(py, record))
        .collect::<PyResult<_>>()?;
    PyList::new(py, tuples)
}

/// Return the tuple of a record: its number, then what it carries.
fn tuple<'py>(py: Python<'py>, record: &Record) -> PyResult<Bound<'py, PyTuple>> {
    match record {
        Record::Start { response_id } => (numbers::START, response_id).into_pyobject(py),
        Record::TextStart(at) => (numbers::TEXT_START, at).into_pyobject(py),
        Record::TextDelta(at, text) => (numbers::TEXT_DELTA, at, text).into_pyobject(py),
        Record::TextEnd(at) => (numbers::TEXT_END, at).into_pyobject(py),
        Record::ThinkingStart(at) => (numbers::THINKING_START, at).into_pyobject(py),
        Record::ThinkingDelta(at, text) => (numbers::THINKING_DELTA, at, text).into_pyobject(py),
        Record::ThinkingEnd(at) => (numbers::THINKING_END, at).into_pyobject(py),
        Record::ToolCallStart { index, id, name } => {
            (numbers::TOOL_CALL_START, index, id, name).into_pyobject(py)
        }
        Record::ToolCallDelta(at, text) => (numbers::TOOL_CALL_DELTA, at, text).into_pyobject(py),
        Record::ToolCallEnd {
            index,
            id,
            name,
            arguments_json,
        } => (numbers::TOOL_CALL_END, index, id, name, arguments_json).into_pyobject(py),
        Record::Done { reason, meta } => {
            (numbers::DONE, reason.as_str(), values::meta(py, meta)?).into_pyobject(py)
        }
        Record::Error { reason, info, meta } => (
            numbers::ERROR,
            reason.as_str(),
            values::info(py, info)?,
            values::meta(py, meta)?,
        )
            .into_pyobject(py),
    }
}
