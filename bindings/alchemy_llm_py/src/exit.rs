//! The end of the interpreter: no stream may delay it.

use pyo3::prelude::*;
use pyo3::wrap_pyfunction;

/// End every open stream: whoever waits for one gets its terminal record.
#[pyfunction]
fn _cancel_all(py: Python<'_>) {
    py.detach(alchemy_stream::cancel_all);
}

/// Have the streams cancelled before the interpreter waits for its threads.
pub fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    let py = module.py();
    let hook = wrap_pyfunction!(_cancel_all, module)?;
    // Runs before threads are joined; `atexit` runs after that, which is too late for a thread
    // that waits for a stream.
    let early = py.import("threading")?.getattr("_register_atexit");
    let done = early.and_then(|register| register.call1((&hook,)));
    if done.is_err() {
        py.import("atexit")?.call_method1("register", (hook,))?;
    }
    Ok(())
}
