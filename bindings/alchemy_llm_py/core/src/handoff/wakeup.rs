//! One descriptor for all streams that an event loop waits for.
//!
//! The loop watches it from the first stream to its own end: a stream costs no system call.

use std::io;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::handoff::signal::Signal;

/// Tells by numbers which streams have begun to have something.
#[derive(Debug)]
pub struct Wakeup {
    signal: Signal,
    keys: Mutex<Vec<u64>>,
}

impl Wakeup {
    /// One that nothing was told.
    ///
    /// # Errors
    /// The process has no descriptor left, or the system has nothing of the kind.
    pub fn new() -> io::Result<Self> {
        Ok(Self {
            signal: Signal::new()?,
            keys: Mutex::default(),
        })
    }

    /// The descriptor that is readable while there are keys to take.
    pub fn fileno(&self) -> i32 {
        self.signal.fileno()
    }

    /// Tell that the stream with this key has something.
    pub fn tell(&self, key: u64) {
        let was_empty = {
            let mut keys = self.keys();
            keys.push(key);
            keys.len() == 1
        };
        // Not under the lock: whoever wakes up takes it at once.
        if was_empty {
            self.signal.raise();
        }
    }

    /// Take the keys that were told, in order.
    pub fn ready(&self) -> Vec<u64> {
        // In this order: a key that is told in between is taken, or raises the signal again.
        self.signal.lower();
        std::mem::take(&mut self.keys())
    }

    fn keys(&self) -> MutexGuard<'_, Vec<u64>> {
        self.keys.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::sync::Arc;

    use super::Wakeup;

    #[test]
    fn keys_come_once_and_in_order() {
        let wakeup = Wakeup::new().unwrap();
        assert!(wakeup.ready().is_empty());
        wakeup.tell(7);
        wakeup.tell(3);
        assert_eq!(wakeup.ready(), [7, 3]);
        assert!(wakeup.ready().is_empty());
    }

    #[test]
    fn no_key_of_another_thread_is_lost() {
        let wakeup = Arc::new(Wakeup::new().unwrap());
        let teller = Arc::clone(&wakeup);
        let thread = std::thread::spawn(move || (0..10_000).for_each(|key| teller.tell(key)));
        let mut found = Vec::new();
        while found.len() < 10_000 {
            found.extend(wakeup.ready());
        }
        thread.join().unwrap();
        assert!(found.into_iter().eq(0..10_000));
    }
}
