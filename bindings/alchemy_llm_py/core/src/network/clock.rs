//! When an answer is late. Costs nothing per read: the timer is set anew only when it rings.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::time::{sleep_until, Instant, Sleep};

use crate::network::engine::Timeouts;

/// Which limit was passed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Late {
    /// No byte for so long.
    Idle(Duration),
    /// No data for so long.
    Stall(Duration),
    /// Not complete after so long.
    Total(Duration),
}

impl Late {
    /// The limit.
    pub fn limit(self) -> Duration {
        match self {
            Self::Idle(limit) | Self::Stall(limit) | Self::Total(limit) => limit,
        }
    }
}

/// Watches the limits of one answer.
pub struct Clock {
    idle: Option<Duration>,
    stall: Option<Duration>,
    total: Option<Duration>,
    begin: Instant,
    last_byte: Instant,
    last_data: Instant,
    lines: u64,
    looked_again: bool,
    alarm: Option<Pin<Box<Sleep>>>,
}

impl Clock {
    /// A clock that starts now.
    pub fn new(timeouts: &Timeouts) -> Self {
        let now = Instant::now();
        let mut clock = Self {
            idle: timeouts.idle,
            stall: timeouts.stall,
            total: timeouts.total,
            begin: now,
            last_byte: now,
            last_data: now,
            lines: 0,
            looked_again: false,
            alarm: None,
        };
        clock.alarm = clock.next().map(|(when, _)| Box::pin(sleep_until(when)));
        clock
    }

    /// Note that the server is alive, as far as we let it.
    pub fn byte(&mut self) {
        self.last_byte = Instant::now();
        self.last_data = self.last_byte;
    }

    /// Note a piece of the body; `lines` is the number of data lines so far.
    pub fn fed(&mut self, lines: u64) {
        self.last_byte = Instant::now();
        if lines != self.lines {
            self.lines = lines;
            self.last_data = self.last_byte;
        }
        self.looked_again = false;
    }

    /// Whether to look once more before a batch is handed over; true once per piece.
    pub fn may_look_again(&mut self) -> bool {
        !std::mem::replace(&mut self.looked_again, true)
    }

    /// Ready when a limit has passed.
    pub fn poll_late(&mut self, task: &mut Context<'_>) -> Poll<Late> {
        loop {
            let Some(alarm) = &mut self.alarm else {
                return Poll::Pending;
            };
            if alarm.as_mut().poll(task).is_pending() {
                return Poll::Pending;
            }
            let Some((when, late)) = self.next() else {
                return Poll::Pending;
            };
            if when <= Instant::now() {
                return Poll::Ready(late);
            }
            if let Some(alarm) = &mut self.alarm {
                alarm.as_mut().reset(when);
            }
        }
    }

    /// Wait for something, but not longer than the limits allow.
    ///
    /// # Errors
    /// A limit has passed.
    pub async fn within<T>(&mut self, work: impl Future<Output = T>) -> Result<T, Late> {
        let mut work = std::pin::pin!(work);
        let found = std::future::poll_fn(|task| match work.as_mut().poll(task) {
            Poll::Ready(value) => Poll::Ready(Ok(value)),
            Poll::Pending => self.poll_late(task).map(Err),
        });
        let found = found.await;
        self.byte();
        found
    }

    /// Return the limit that passes first, and when.
    fn next(&self) -> Option<(Instant, Late)> {
        let limits = [
            self.idle
                .map(|limit| (self.last_byte + limit, Late::Idle(limit))),
            self.stall
                .map(|limit| (self.last_data + limit, Late::Stall(limit))),
            self.total
                .map(|limit| (self.begin + limit, Late::Total(limit))),
        ];
        limits.into_iter().flatten().min_by_key(|(when, _)| *when)
    }
}
