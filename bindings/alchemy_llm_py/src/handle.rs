//! The handle of one answer. Source: spec/alchemy.md, 8.3.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use alchemy_stream::{Read, Reader, Record, Waker};
use pyo3::exceptions::{PyOSError, PyRuntimeError};
use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList};

use crate::events;
use crate::records;
use crate::wakeup::Wakeup;

/// How long a blocked call does not look whether Ctrl-C was pressed.
const SLICE: Duration = Duration::from_millis(50);

/// One answer on its way. Every method may be called from any thread.
///
/// Read it with one of `next_event`, `next_batch` and `drain`; each record goes to one caller.
/// Leaving its `with` block, `close()` or the last reference to it closes the connection.
#[pyclass(frozen, module = "alchemy_llm_py")]
pub struct OpenAICompletionsStream {
    reader: Reader,
    waker: Mutex<Option<Arc<Py<PyAny>>>>,
}

impl OpenAICompletionsStream {
    pub fn new(reader: Reader) -> Self {
        Self {
            reader,
            waker: Mutex::new(None),
        }
    }

    fn keep(&self, waker: Option<Arc<Py<PyAny>>>) -> Option<Arc<Py<PyAny>>> {
        let mut kept = self.waker.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::replace(&mut kept, waker)
    }

    fn refuse_if_bare(&self) -> PyResult<()> {
        if self.reader.is_bare() {
            return Err(PyRuntimeError::new_err(
                "This stream builds no message: open it with keep_message=True.",
            ));
        }
        Ok(())
    }

    /// Read again and again until something is there or the time is over.
    pub fn blocking<T>(
        &self,
        py: Python<'_>,
        timeout: Option<Duration>,
        read: impl Fn(&Reader) -> Read<T>,
    ) -> PyResult<Read<T>> {
        let deadline = timeout.map(|limit| Instant::now() + limit);
        loop {
            match read(&self.reader) {
                Read::Later => {}
                found => return Ok(found),
            }
            let left = deadline.map_or(SLICE, |end| {
                SLICE.min(end.saturating_duration_since(Instant::now()))
            });
            if left.is_zero() {
                return Ok(Read::Later);
            }
            py.detach(|| self.reader.wait(left));
            py.check_signals()?;
        }
    }
}

#[pymethods]
impl OpenAICompletionsStream {
    /// Return the next event; None after the terminal one. Blocks.
    ///
    /// With `partial`, each event shows the message so far, at a cost that grows with it.
    #[pyo3(signature = (partial = true))]
    fn next_event<'py>(
        &self,
        py: Python<'py>,
        partial: bool,
    ) -> PyResult<Option<Bound<'py, PyDict>>> {
        let partial = partial && !self.reader.is_bare();
        match self.blocking(py, None, |reader| reader.event(partial))? {
            Read::Here(event) => events::dict(py, &event).map(Some),
            _ => Ok(None),
        }
    }

    /// Return the final message. Blocks; events can be read before, after and meanwhile.
    fn result<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        self.refuse_if_bare()?;
        match self.blocking(py, None, Reader::result)? {
            Read::Here(message) => events::message(py, &message),
            _ => Err(PyRuntimeError::new_err("The stream was closed.")),
        }
    }

    /// Return the message as far as it was read.
    fn snapshot<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        self.refuse_if_bare()?;
        events::message(py, &self.reader.snapshot())
    }

    /// Return the records that wait, at most `max` if that is not 0; None after the last.
    #[pyo3(signature = (max = 0))]
    fn drain<'py>(&self, py: Python<'py>, max: usize) -> PyResult<Option<Bound<'py, PyList>>> {
        batch(py, self.reader.batch(max))
    }

    /// Return the records that wait, at least one; [] if none came in time. Blocks.
    #[pyo3(signature = (timeout = None))]
    fn next_batch<'py>(
        &self,
        py: Python<'py>,
        timeout: Option<f64>,
    ) -> PyResult<Option<Bound<'py, PyList>>> {
        let timeout = timeout.map(|seconds| {
            Duration::try_from_secs_f64(seconds.max(0.0)).unwrap_or(Duration::MAX / 4)
        });
        batch(py, self.blocking(py, timeout, |reader| reader.batch(0))?)
    }

    /// Return a descriptor that is readable while records wait. The stream owns it.
    ///
    /// It is closed when the terminal record is taken, and by `close()`.
    fn fileno(&self) -> PyResult<i32> {
        self.reader
            .fileno()
            .map_err(|error| PyOSError::new_err(error.to_string()))
    }

    /// Have a function called, from another thread, each time records begin to wait.
    #[pyo3(signature = (waker))]
    fn set_waker(&self, py: Python<'_>, waker: Option<Py<PyAny>>) {
        let kept = waker.map(Arc::new);
        let wake = kept
            .clone()
            .map(|function| -> Waker { Arc::new(move || call(&function)) });
        let old = self.keep(kept);
        py.detach(|| self.reader.set_waker(wake));
        drop(old);
    }

    /// Have a `Wakeup` told this key each time records begin to wait; in place of any waker.
    fn set_wakeup(&self, wakeup: &Wakeup, key: u64) {
        self.reader.set_waker(Some(wakeup.waker(key)));
        drop(self.keep(None));
    }

    /// Close the connection; what waits can be read, then an error, reason `aborted`.
    fn cancel(&self, py: Python<'_>) {
        py.detach(|| self.reader.cancel());
    }

    /// Close the connection and forget what waits.
    fn close(&self, py: Python<'_>) {
        py.detach(|| self.reader.close());
        drop(self.keep(None));
    }

    fn __enter__(this: Py<Self>) -> Py<Self> {
        this
    }

    #[pyo3(signature = (*_exception))]
    fn __exit__(&self, py: Python<'_>, _exception: &Bound<'_, pyo3::types::PyTuple>) {
        self.close(py);
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        if let Ok(Some(waker)) = self.waker.try_lock().as_deref() {
            visit.call(&**waker)?;
        }
        Ok(())
    }

    fn __clear__(&self) {
        self.reader.set_waker(None);
        drop(self.keep(None));
    }
}

fn batch(py: Python<'_>, found: Read<Vec<Record>>) -> PyResult<Option<Bound<'_, PyList>>> {
    match found {
        Read::Here(found) => records::list(py, found).map(Some),
        Read::Later => Ok(Some(PyList::empty(py))),
        Read::Over => Ok(None),
    }
}

fn call(function: &Py<PyAny>) {
    // Without an interpreter there is nobody to wake.
    Python::try_attach(|py| {
        if let Err(error) = function.call0(py) {
            error.write_unraisable(py, Some(function.bind(py)));
        }
    });
}
