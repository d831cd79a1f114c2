//! One answer on its way: the queue, what fills it, and how that is stopped.

use std::io;
use std::mem::ManuallyDrop;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::Value;
use tokio::task::AbortHandle;

use crate::decoder::Decoder;
use crate::dialect::{Context, Dialect};
use crate::handoff::queue::Queue;
use crate::network::process::Process;
use crate::record::{ErrorInfo, Record};

const MASK: &str = "********";

/// What the reader of an answer and the task that fills it have in common.
pub struct Shared {
    /// The records.
    pub queue: Queue,
    decoder: Mutex<Decoder>,
    stop: Mutex<Option<Stop>>,
    secrets: Vec<String>,
}

/// How the work behind a stream is ended.
pub enum Stop {
    /// A task of the shared runtime.
    Task(AbortHandle),
    /// A thread with a runtime of its own, which ends when this is dropped.
    Thread(tokio::sync::oneshot::Sender<()>),
}

impl Shared {
    /// A stream that nothing fills yet.
    ///
    /// `secrets` are masked in the texts of errors.
    pub fn new(dialect: Dialect, context: Context, secrets: Vec<String>) -> Arc<Self> {
        Arc::new(Self {
            queue: Queue::default(),
            decoder: Mutex::new(Decoder::new(dialect, context)),
            stop: Mutex::new(None),
            secrets,
        })
    }

    /// Say how the work is ended; it is at once if nobody wants it any more.
    pub fn stop_by(&self, stop: Stop) {
        *lock(&self.stop) = Some(stop);
        if self.queue.is_taken() {
            self.stop();
        }
    }

    /// The decoder.
    pub fn decoder(&self) -> MutexGuard<'_, Decoder> {
        lock(&self.decoder)
    }

    /// Hand over a batch and empty it.
    pub fn push(&self, batch: &mut Vec<Record>) {
        if let Some(Record::Error { info, .. }) = batch.last_mut() {
            mask(info, &self.secrets);
        }
        self.queue.push(batch);
    }

    /// End the answer with an error, unless it is over.
    pub fn fail(&self, info: ErrorInfo) {
        self.end(|decoder, out| decoder.fail(info, out));
    }

    /// Stop the work; the reader gets what waits, then an error, reason `aborted`.
    pub fn cancel(&self) {
        if !self.queue.is_over() {
            self.stop();
            self.end(Decoder::abort);
        }
    }

    /// Stop the work; the reader gets nothing more.
    pub fn close(&self) {
        if !self.queue.is_over() {
            self.stop();
        }
        self.queue.close();
    }

    fn end(&self, make: impl FnOnce(&mut Decoder, &mut Vec<Record>)) {
        let mut out = Vec::new();
        {
            let mut decoder = self.decoder();
            if !decoder.is_over() {
                make(&mut decoder, &mut out);
            }
        }
        self.push(&mut out);
    }

    fn stop(&self) {
        match lock(&self.stop).take() {
            Some(Stop::Task(task)) => task.abort(),
            Some(Stop::Thread(thread)) => drop(thread),
            None => {}
        }
    }
}

/// The reader's end of a stream. Dropping it closes the connection.
pub struct Stream {
    // What was inherited by a fork is not freed: its locks may be held by threads that are gone.
    shared: ManuallyDrop<Arc<Shared>>,
    process: &'static Process,
    number: u64,
}

impl Stream {
    /// The reader's end of what belongs to this process.
    ///
    /// # Errors
    /// The process gets no threads.
    pub fn new(shared: Arc<Shared>) -> io::Result<Self> {
        let process = Process::current()?;
        let number = process.add(&shared);
        Ok(Self {
            shared: ManuallyDrop::new(shared),
            process,
            number,
        })
    }

    /// The stream, or `None` in a process that inherited it by a fork.
    pub fn get(&self) -> Option<&Shared> {
        self.process.is_mine().then_some(&self.shared)
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        if self.process.is_mine() {
            self.process.remove(self.number);
            self.shared.close();
            // SAFETY: nothing uses it afterwards.
            #[allow(unsafe_code)]
            unsafe {
                ManuallyDrop::drop(&mut self.shared);
            }
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Replace secrets in all that an error says.
fn mask(info: &mut ErrorInfo, secrets: &[String]) {
    for secret in secrets {
        for text in [&mut info.message, &mut info.hint] {
            mask_text(text, secret);
        }
        info.details
            .values_mut()
            .for_each(|value| mask_value(value, secret));
    }
}

fn mask_text(text: &mut String, secret: &str) {
    if text.contains(secret) {
        *text = text.replace(secret, MASK);
    }
}

fn mask_value(value: &mut Value, secret: &str) {
    match value {
        Value::String(text) => mask_text(text, secret),
        Value::Array(items) => items.iter_mut().for_each(|item| mask_value(item, secret)),
        Value::Object(fields) => fields
            .values_mut()
            .for_each(|item| mask_value(item, secret)),
        _ => {}
    }
}
