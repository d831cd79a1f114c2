//! Records between the task that reads the network and whoever takes them. Bounded.
//!
//! One lock and one wake-up for a batch, whatever its length. Source: spec/alchemy.md, 8.3 to 8.7.

use std::collections::VecDeque;
use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use tokio::sync::Notify;

use crate::handoff::signal::Signal;
use crate::record::Record;

/// Most bytes that wait before the task stops reading the socket.
pub const LIMIT_BYTES: usize = 1 << 20;

/// What is called once per change from empty to not empty.
pub type Waker = Arc<dyn Fn() + Send + Sync>;

/// A bounded queue of records, the last of which is terminal.
#[derive(Default)]
pub struct Queue {
    state: Mutex<State>,
    ready: Condvar,
    room: Notify,
}

#[derive(Default)]
struct State {
    records: VecDeque<Record>,
    bytes: usize,
    sleepers: usize,
    is_over: bool,
    is_taken: bool,
    signal: Option<Signal>,
    waker: Option<Waker>,
}

impl Queue {
    /// Append a batch and empty it. What comes after a terminal record is dropped.
    pub fn push(&self, batch: &mut Vec<Record>) {
        let waker = {
            let mut state = self.lock();
            if state.is_over || batch.is_empty() {
                batch.clear();
                return;
            }
            let was_empty = state.records.is_empty();
            state.add(batch);
            if was_empty {
                state.raise();
            }
            if state.sleepers > 0 {
                self.ready.notify_all();
            }
            state.waker.clone().filter(|_| was_empty)
        };
        // Not under the lock: it may wait for somebody who waits for the lock.
        if let Some(wake) = waker {
            wake();
        }
    }

    /// Take what waits, at most `max` records if that is not 0; `None` after the terminal one.
    pub fn take(&self, max: usize) -> Option<Vec<Record>> {
        let mut state = self.lock();
        if state.is_taken {
            return None;
        }
        let was_full = state.is_full();
        let taken = state.remove(max);
        if was_full && !state.is_full() {
            self.room.notify_one();
        }
        Some(taken)
    }

    /// Wait until something can be taken; false if that did not happen in time. Blocks.
    pub fn wait(&self, timeout: Duration) -> bool {
        let deadline = Instant::now() + timeout;
        let mut state = self.lock();
        while state.records.is_empty() && !state.is_taken {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return false;
            }
            state.sleepers += 1;
            let (woken, _) = self
                .ready
                .wait_timeout(state, left)
                .unwrap_or_else(|poisoned| poisoned.into_inner());
            state = woken;
            state.sleepers -= 1;
        }
        true
    }

    /// Wait until there is room for more.
    pub async fn room(&self) {
        while !self.has_room() {
            self.room.notified().await;
        }
    }

    /// Whether there is room for more.
    pub fn has_room(&self) -> bool {
        let state = self.lock();
        state.is_over || !state.is_full()
    }

    /// Whether the terminal record is there, or was.
    pub fn is_over(&self) -> bool {
        self.lock().is_over
    }

    /// Whether the terminal record was taken.
    pub fn is_taken(&self) -> bool {
        self.lock().is_taken
    }

    /// The descriptor that is readable while records wait, made when first asked for.
    ///
    /// # Errors
    /// There is none: the stream is over, or the system has nothing of the kind.
    pub fn fileno(&self) -> io::Result<i32> {
        let mut state = self.lock();
        if state.is_taken {
            return Err(io::Error::other("the stream is over"));
        }
        if state.signal.is_none() {
            let signal = Signal::new()?;
            if !state.records.is_empty() {
                signal.raise();
            }
            state.signal = Some(signal);
        }
        Ok(state.signal.as_ref().map_or(-1, Signal::fileno))
    }

    /// Set what is called when the queue is no longer empty; called at once if it is not.
    pub fn set_waker(&self, waker: Option<Waker>) {
        let waiting = {
            let mut state = self.lock();
            state.waker.clone_from(&waker);
            !state.records.is_empty()
        };
        if let (Some(wake), true) = (waker, waiting) {
            wake();
        }
    }

    /// Drop what waits; nothing can be taken any more. The descriptor is closed.
    pub fn close(&self) {
        let waker = {
            let mut state = self.lock();
            state.is_over = true;
            state.is_taken = true;
            state.records = VecDeque::new();
            state.bytes = 0;
            state.signal = None;
            self.ready.notify_all();
            state.waker.take()
        };
        self.room.notify_one();
        drop(waker);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state
            .lock()
            .unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

impl State {
    fn add(&mut self, batch: &mut Vec<Record>) {
        self.bytes += batch.iter().map(weight).sum::<usize>();
        self.is_over = batch.last().is_some_and(Record::is_terminal);
        if self.records.is_empty() {
            self.records = std::mem::take(batch).into();
        } else {
            self.records.extend(batch.drain(..));
        }
    }

    fn remove(&mut self, max: usize) -> Vec<Record> {
        let taken = if max == 0 || max >= self.records.len() {
            self.bytes = 0;
            std::mem::take(&mut self.records).into()
        } else {
            let taken: Vec<_> = self.records.drain(..max).collect();
            self.bytes -= taken.iter().map(weight).sum::<usize>();
            taken
        };
        if taken.last().is_some_and(Record::is_terminal) {
            self.is_taken = true;
            self.signal = None;
            self.waker = None;
        } else if self.records.is_empty() && !taken.is_empty() {
            if let Some(signal) = &self.signal {
                signal.lower();
            }
        }
        taken
    }

    fn raise(&self) {
        if let Some(signal) = &self.signal {
            signal.raise();
        }
    }

    fn is_full(&self) -> bool {
        self.bytes >= LIMIT_BYTES
    }
}

/// What a record costs in memory, about.
fn weight(record: &Record) -> usize {
    record.payload_len() + std::mem::size_of::<Record>()
}
