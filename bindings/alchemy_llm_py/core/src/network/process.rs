//! What the process has once: worker threads, HTTP clients, the list of open streams.
//!
//! A fork leaves the child none of the threads: it gets everything anew, and what it inherited
//! is never touched, not even to free it. Source: spec/alchemy.md, 4.

use std::collections::HashMap;
use std::io;
use std::sync::atomic::{AtomicPtr, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use tokio::runtime::{Builder, Runtime};
use tokio::sync::{Semaphore, SemaphorePermit};

use crate::handoff::shared::Shared;
use crate::network::client::{client, ClientConfig};
use crate::network::lingering::Lingering;
use crate::record::ErrorInfo;

const THREADS_VARIABLE: &str = "ALCHEMY_LLM_PY_THREADS";
const DEFAULT_THREADS: usize = 1;
const MOST_THREADS: usize = 256;
const MOST_CLIENTS: usize = 64;
/// How long the end of the process waits for threads of the crate's engine.
const LONGEST_EXIT: Duration = Duration::from_millis(800);
const EXIT_STEP: Duration = Duration::from_millis(1);

static CURRENT: AtomicPtr<Process> = AtomicPtr::new(std::ptr::null_mut());

/// What belongs to one process.
pub struct Process {
    pid: u32,
    runtime: Runtime,
    clients: Mutex<HashMap<ClientConfig, reqwest::Client>>,
    streams: Mutex<HashMap<u64, Weak<Shared>>>,
    threads: Mutex<Vec<JoinHandle<()>>>,
    turns: Semaphore,
    next: AtomicU64,
    lingering: Lingering,
}

impl Process {
    /// That of this process, made on first use and kept until its end.
    ///
    /// # Errors
    /// The system gives no threads.
    pub fn current() -> io::Result<&'static Self> {
        let found = CURRENT.load(Ordering::Acquire);
        // SAFETY: what is stored comes from `Box::leak` and is never freed.
        #[allow(unsafe_code)]
        if let Some(process) = unsafe { found.as_ref() } {
            if process.is_mine() {
                return Ok(process);
            }
        }
        let made: &'static Self = Box::leak(Box::new(Self::new()?));
        let pointer = std::ptr::from_ref(made).cast_mut();
        match CURRENT.compare_exchange(found, pointer, Ordering::AcqRel, Ordering::Acquire) {
            Ok(_) => Ok(made),
            Err(_) => Self::current(), // another thread was first; ours stays idle
        }
    }

    fn new() -> io::Result<Self> {
        let count = AtomicU64::new(0);
        let runtime = Builder::new_multi_thread()
            .worker_threads(threads())
            .thread_name_fn(move || {
                format!("alchemy-llm-{}", count.fetch_add(1, Ordering::Relaxed))
            })
            .enable_all()
            .build()?;
        Ok(Self {
            pid: std::process::id(),
            runtime,
            clients: Mutex::default(),
            streams: Mutex::default(),
            threads: Mutex::default(),
            turns: Semaphore::new(thread::available_parallelism().map_or(1, usize::from)),
            next: AtomicU64::new(1),
            lingering: Lingering::default(),
        })
    }

    /// Whether it belongs to the process that asks, not to a parent of it.
    pub fn is_mine(&self) -> bool {
        self.pid == std::process::id()
    }

    /// The worker threads.
    pub fn runtime(&self) -> &Runtime {
        &self.runtime
    }

    /// The client for a way to the network; connections are pooled in it.
    ///
    /// # Errors
    /// The configuration cannot be used.
    pub fn client(&self, config: &ClientConfig) -> Result<reqwest::Client, Box<ErrorInfo>> {
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(client) = clients.get(config) {
            return Ok(client.clone());
        }
        let made = client(config)?;
        if clients.len() >= MOST_CLIENTS {
            clients.clear();
        }
        clients.insert(config.clone(), made.clone());
        Ok(made)
    }

    /// Connections that come back soon.
    pub fn lingering(&self) -> &Lingering {
        &self.lingering
    }

    /// Run something on a thread of its own, which `cancel_all` waits for.
    ///
    /// # Errors
    /// The system gives no thread.
    pub fn spawn(&self, work: impl FnOnce() + Send + 'static) -> io::Result<()> {
        let name = "alchemy-llm-crate".to_owned();
        let thread = thread::Builder::new().name(name).spawn(work)?;
        let mut threads = self.threads.lock().unwrap_or_else(PoisonError::into_inner);
        threads.retain(|thread| !thread.is_finished());
        threads.push(thread);
        Ok(())
    }

    /// Wait until a processor is free for such a thread. To be kept while it is needed.
    pub async fn turn(&self) -> Option<SemaphorePermit<'_>> {
        self.turns.acquire().await.ok()
    }

    /// Wait for the threads: OpenSSL must not be taken from one that uses it.
    fn join(&self) {
        let mut threads = self.threads.lock().unwrap_or_else(PoisonError::into_inner);
        let last = Instant::now() + LONGEST_EXIT;
        for thread in threads.drain(..) {
            while !thread.is_finished() {
                if Instant::now() > last {
                    return;
                }
                thread::sleep(EXIT_STEP);
            }
            let _ = thread.join(); // a panic was told already
        }
    }

    /// Note an open stream, for `cancel_all`.
    pub fn add(&self, stream: &Arc<Shared>) -> u64 {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        self.streams().insert(number, Arc::downgrade(stream));
        number
    }

    /// Forget a stream that is over.
    pub fn remove(&self, number: u64) {
        self.streams().remove(&number);
    }

    fn streams(&self) -> std::sync::MutexGuard<'_, HashMap<u64, Weak<Shared>>> {
        self.streams.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// End every open stream of this process, for its exit: whoever waits for one goes on.
pub fn cancel_all() {
    let found = CURRENT.load(Ordering::Acquire);
    // SAFETY: as in `Process::current`.
    #[allow(unsafe_code)]
    let Some(process) = (unsafe { found.as_ref() }) else {
        return;
    };
    if !process.is_mine() {
        return;
    }
    let open: Vec<_> = process
        .streams()
        .values()
        .filter_map(Weak::upgrade)
        .collect();
    for stream in open {
        stream.cancel();
    }
    process.join();
}

fn threads() -> usize {
    let told = std::env::var(THREADS_VARIABLE).ok();
    told.and_then(|text| text.trim().parse().ok())
        .filter(|count| (1..=MOST_THREADS).contains(count))
        .unwrap_or(DEFAULT_THREADS)
}
