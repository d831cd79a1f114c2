//! Reading a stream: event by event, batch by batch, or only its result. From any thread.

use std::collections::VecDeque;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::handoff::assembly::{coalesce, Message, Names, Part};
use crate::handoff::queue::Waker;
use crate::handoff::shared::{Shared, Stream};
use crate::record::{ErrorInfo, ErrorReason, Meta, Record};

/// How a stream is read.
#[derive(Debug, Clone, Default)]
pub struct ReadOptions {
    /// Whose message it is.
    pub names: Names,
    /// Join neighbouring deltas of one block inside a batch.
    pub coalesce: bool,
    /// Do not build the message: `result`, `snapshot` and `partial` are then the reader's affair.
    pub bare: bool,
}

/// An event with what it shows beside its record.
#[derive(Debug, PartialEq)]
pub struct Event {
    /// What happened.
    pub record: Record,
    /// The message so far; of a terminal record always.
    pub message: Option<Message>,
    /// The whole text of the block, if it ended.
    pub content: Option<String>,
}

/// What a read gave.
#[derive(Debug, PartialEq)]
pub enum Read<T> {
    /// It is there.
    Here(T),
    /// It may come.
    Later,
    /// Nothing comes any more.
    Over,
}

/// Reads one stream. Every record goes to exactly one caller.
pub struct Reader {
    stream: Stream,
    options: ReadOptions,
    state: Mutex<State>,
    told: AtomicBool,
}

struct State {
    message: Message,
    ahead: VecDeque<Record>, // taken for `result`, still to be delivered
    result: Option<Arc<Message>>,
    is_over: bool,
}

impl Reader {
    /// A reader of a stream that nobody has read from.
    pub fn new(stream: Stream, options: ReadOptions) -> Self {
        let state = Mutex::new(State {
            message: Message::new(options.names.clone()),
            ahead: VecDeque::new(),
            result: None,
            is_over: false,
        });
        Self {
            stream,
            options,
            state,
            told: AtomicBool::new(false),
        }
    }

    /// Whether the message is not built.
    pub fn is_bare(&self) -> bool {
        self.options.bare
    }

    /// The next event, with the message so far if that is wanted.
    pub fn event(&self, with_message: bool) -> Read<Event> {
        let Some(shared) = self.stream.get() else {
            return self.inherited_event();
        };
        let mut state = self.state();
        if state.is_over {
            return Read::Over;
        }
        match state.take(shared, 1).and_then(|mut found| found.pop()) {
            Some(record) => Read::Here(state.event(record, with_message, self.options.bare)),
            None if shared.queue.is_taken() => Read::Over,
            None => Read::Later,
        }
    }

    /// All records that wait, or `max` of them if that is not 0; an empty list if none does.
    pub fn batch(&self, max: usize) -> Read<Vec<Record>> {
        let Some(shared) = self.stream.get() else {
            return self.inherited_batch();
        };
        let mut state = self.state();
        let Some(found) = state.take(shared, max).filter(|_| !state.is_over) else {
            return Read::Over;
        };
        if found.is_empty() {
            return Read::Later;
        }
        let found = if self.options.coalesce {
            coalesce(found)
        } else {
            found
        };
        if !self.options.bare {
            found.iter().for_each(|record| state.message.apply(record));
        }
        state.is_over = found.last().is_some_and(Record::is_terminal);
        Read::Here(found)
    }

    /// The final message; the events before it stay to be read.
    pub fn result(&self) -> Read<Arc<Message>> {
        let Some(shared) = self.stream.get() else {
            return Read::Here(Arc::new(self.inherited_message()));
        };
        let mut state = self.state();
        if let Some(found) = &state.result {
            return Read::Here(Arc::clone(found));
        }
        while let Some(found) = shared.queue.take(0).filter(|found| !found.is_empty()) {
            state.ahead.extend(found);
        }
        let mut message = state.message.clone();
        if message.end.is_none() {
            if !state.ahead.back().is_some_and(Record::is_terminal) {
                return if shared.queue.is_taken() {
                    Read::Over
                } else {
                    Read::Later
                };
            }
            state.ahead.iter().for_each(|record| message.apply(record));
        }
        let message = Arc::new(message);
        state.result = Some(Arc::clone(&message));
        Read::Here(message)
    }

    /// The message as far as it was read.
    pub fn snapshot(&self) -> Message {
        if self.stream.get().is_none() {
            return Message::new(self.options.names.clone());
        }
        self.state().message.clone()
    }

    /// Wait until there is something to read; false if that did not happen in time. Blocks.
    pub fn wait(&self, timeout: Duration) -> bool {
        self.stream
            .get()
            .is_none_or(|shared| shared.queue.wait(timeout))
    }

    /// The descriptor that is readable while records wait.
    ///
    /// # Errors
    /// There is none.
    pub fn fileno(&self) -> io::Result<i32> {
        let shared = self.stream.get();
        shared.map_or_else(|| Err(io::Error::other(INHERITED)), |it| it.queue.fileno())
    }

    /// Set what is called, from another thread, when records begin to wait.
    pub fn set_waker(&self, waker: Option<Waker>) {
        if let Some(shared) = self.stream.get() {
            shared.queue.set_waker(waker);
        }
    }

    /// Close the connection; what waits can be read, then an error, reason `aborted`.
    pub fn cancel(&self) {
        if let Some(shared) = self.stream.get() {
            shared.cancel();
        }
    }

    /// Close the connection and forget what waits.
    pub fn close(&self) {
        if let Some(shared) = self.stream.get() {
            shared.close();
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn inherited_event(&self) -> Read<Event> {
        match self.inherited_batch() {
            Read::Here(mut found) => found.pop().map_or(Read::Over, |record| {
                let message = Some(self.inherited_message());
                Read::Here(Event {
                    record,
                    message,
                    content: None,
                })
            }),
            _ => Read::Over,
        }
    }

    fn inherited_batch(&self) -> Read<Vec<Record>> {
        if self.told.swap(true, Ordering::Relaxed) {
            return Read::Over;
        }
        Read::Here(vec![inherited()])
    }

    fn inherited_message(&self) -> Message {
        let mut message = Message::new(self.options.names.clone());
        message.apply(&inherited());
        message
    }
}

impl State {
    /// Take records in order; `None` if nothing comes any more.
    fn take(&mut self, shared: &Shared, max: usize) -> Option<Vec<Record>> {
        if self.ahead.is_empty() {
            return shared.queue.take(max);
        }
        let count = if max == 0 {
            self.ahead.len()
        } else {
            max.min(self.ahead.len())
        };
        Some(self.ahead.drain(..count).collect())
    }

    fn event(&mut self, record: Record, with_message: bool, is_bare: bool) -> Event {
        self.is_over = record.is_terminal();
        if !is_bare || self.is_over {
            self.message.apply(&record);
        }
        let content = match &record {
            Record::TextEnd(at) | Record::ThinkingEnd(at) => match self.message.content.get(*at) {
                Some(Part::Text(text) | Part::Thinking(text)) => Some(text.clone()),
                _ => None,
            },
            _ => None,
        };
        let message = (with_message || self.is_over).then(|| self.message.clone());
        Event {
            record,
            message,
            content,
        }
    }
}

const INHERITED: &str = "the stream belongs to the process that this one was forked from";

fn inherited() -> Record {
    let message = format!("Nothing can be read: {INHERITED}. Open streams after the fork.");
    Record::Error {
        reason: ErrorReason::Error,
        info: Box::new(ErrorInfo::new("internal", message)),
        meta: Box::new(Meta::default()),
    }
}
