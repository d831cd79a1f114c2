//! The numbers that records begin with.

use pyo3::prelude::*;

pub const START: u8 = 0;
pub const TEXT_START: u8 = 1;
pub const TEXT_DELTA: u8 = 2;
pub const TEXT_END: u8 = 3;
pub const THINKING_START: u8 = 4;
pub const THINKING_DELTA: u8 = 5;
pub const THINKING_END: u8 = 6;
pub const TOOL_CALL_START: u8 = 7;
pub const TOOL_CALL_DELTA: u8 = 8;
pub const TOOL_CALL_END: u8 = 9;
pub const DONE: u8 = 10;
pub const ERROR: u8 = 11;

/// Put each number into the module under its name, and all names in order as `RECORD_TYPES`.
pub fn add(module: &Bound<'_, PyModule>) -> PyResult<()> {
    let names = [
        "START",
        "TEXT_START",
        "TEXT_DELTA",
        "TEXT_END",
        "THINKING_START",
        "THINKING_DELTA",
        "THINKING_END",
        "TOOL_CALL_START",
        "TOOL_CALL_DELTA",
        "TOOL_CALL_END",
        "DONE",
        "ERROR",
    ];
    for (number, name) in names.iter().enumerate() {
        module.add(*name, number)?;
    }
    let types = names.map(str::to_lowercase);
    module.add(
        "RECORD_TYPES",
        pyo3::types::PyTuple::new(module.py(), types)?,
    )
}
