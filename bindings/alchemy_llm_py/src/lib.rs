//! Module `alchemy_llm_py`: streams of chat completions for Python. Source: spec/alchemy.md.
//!
//! Only what touches Python is here; the work is done in `alchemy_stream`.

use pyo3::prelude::*;

mod arguments;
mod calls;
mod events;
mod exit;
mod handle;
mod numbers;
mod records;
mod values;
mod wakeup;

/// Version of the crate `alchemy-llm` whose types, keys and other APIs are used.
const ALCHEMY_LLM_VERSION: &str = "0.2.0";

#[pymodule(gil_used = true)]
fn _native(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add("__version__", env!("CARGO_PKG_VERSION"))?;
    module.add("ALCHEMY_LLM_VERSION", ALCHEMY_LLM_VERSION)?;
    numbers::add(module)?;
    module.add_class::<handle::OpenAICompletionsStream>()?;
    module.add_class::<wakeup::Wakeup>()?;
    calls::add(module)?;
    exit::register(module)
}
