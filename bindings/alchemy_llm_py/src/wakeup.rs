//! What an event loop watches for all of its streams.

use std::sync::Arc;

use pyo3::exceptions::PyOSError;
use pyo3::prelude::*;

/// One descriptor for many streams: an event loop watches it, and asks which of them to drain.
///
/// It is closed with the last reference to it.
#[pyclass(frozen, module = "alchemy_llm_py")]
pub struct Wakeup {
    inner: Arc<alchemy_stream::Wakeup>,
}

impl Wakeup {
    /// What a stream calls when it begins to have records: no Python is needed for it.
    pub fn waker(&self, key: u64) -> alchemy_stream::Waker {
        let inner = Arc::clone(&self.inner);
        Arc::new(move || inner.tell(key))
    }
}

#[pymethods]
impl Wakeup {
    #[new]
    fn new() -> PyResult<Self> {
        let inner =
            alchemy_stream::Wakeup::new().map_err(|error| PyOSError::new_err(error.to_string()))?;
        Ok(Self {
            inner: Arc::new(inner),
        })
    }

    /// Return the descriptor that is readable while `ready` has something to tell.
    fn fileno(&self) -> i32 {
        self.inner.fileno()
    }

    /// Tell a key, as a stream does; from any thread.
    fn tell(&self, key: u64) {
        self.inner.tell(key);
    }

    /// Return the keys of the streams that have begun to have records. Never blocks.
    fn ready(&self) -> Vec<u64> {
        self.inner.ready()
    }
}
