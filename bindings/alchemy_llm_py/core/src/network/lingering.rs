//! Answers whose last event is read but whose body is not over: their connections come back soon.
//!
//! A provider says `[DONE]` a moment before its body ends. The reader has all of the answer then,
//! but the connection is free only once those few bytes are read. The next request to the same
//! server waits a moment for it: opening a connection takes longer. Source: spec/openrouter.md, 11.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use http_body::Body as _;
use reqwest::Body;
use tokio::runtime::Handle;
use tokio::sync::Notify;
use tokio::time::{sleep, timeout};

const LONGEST: Duration = Duration::from_secs(1);
const MOST_BYTES: usize = 64 * 1024;
const HANDOVER: Duration = Duration::from_millis(20);
/// Turns that the HTTP client takes to put a free connection into its pool, on one thread.
const POOLING_TURNS: usize = 3;
/// The time for it where it has to wake another thread: turns of this one say nothing then.
const POOLING: Duration = Duration::from_millis(1);

/// The ends that are being read.
#[derive(Default)]
pub struct Lingering(Mutex<Vec<End>>);

#[derive(Clone)]
struct End {
    place: String,
    over: Arc<Notify>,
}

/// An answer whose connection comes back when this is dropped.
pub struct Soon<'a> {
    lingering: &'a Lingering,
    end: End,
}

impl Lingering {
    /// Tell that a connection to a server comes back soon. To be told before the answer's end.
    pub fn begin(&self, place: &str) -> Soon<'_> {
        let end = End {
            place: place.to_owned(),
            over: Arc::default(),
        };
        self.ends().push(end.clone());
        Soon {
            lingering: self,
            end,
        }
    }

    /// Wait for a connection to a server, if one comes back soon that nobody else waits for.
    pub async fn handover(&self, place: &str) {
        let found = {
            let mut ends = self.ends();
            let at = ends.iter().position(|end| end.place == place);
            at.map(|at| ends.swap_remove(at))
        };
        if let Some(end) = found {
            let _ = timeout(HANDOVER, end.over.notified()).await;
        }
    }

    fn ends(&self) -> std::sync::MutexGuard<'_, Vec<End>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Soon<'_> {
    /// Read the few bytes that may be left.
    pub async fn read(self, body: &mut Body) {
        let rest = async {
            let mut left = MOST_BYTES;
            while let Some(Ok(frame)) = poll_fn(|task| Pin::new(&mut *body).poll_frame(task)).await
            {
                left = left.saturating_sub(frame.data_ref().map_or(0, |bytes| bytes.len()));
                if left == 0 {
                    break;
                }
            }
        };
        let _ = timeout(LONGEST, rest).await;
        if Handle::current().metrics().num_workers() > 1 {
            sleep(POOLING).await;
            return;
        }
        for _ in 0..POOLING_TURNS {
            tokio::task::yield_now().await;
        }
    }
}

impl Drop for Soon<'_> {
    fn drop(&mut self) {
        let over = &self.end.over;
        let is_other = |end: &End| !Arc::ptr_eq(&end.over, over);
        self.lingering.ends().retain(is_other);
        over.notify_one();
    }
}
