//! One request over the shared HTTP client, its answer into records. Source: spec/alchemy.md, 8.2.

use std::future::poll_fn;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context as Task, Poll};
use std::time::Duration;

use bytes::Bytes;
use futures_util::FutureExt;
use http_body::Body as _;
use reqwest::header::HeaderMap;
use reqwest::{Body, Client, Response, Url};

use crate::dialect::{Context, Dialect};
use crate::error_body::error_from_response;
use crate::handoff::shared::{Shared, Stop, Stream};
use crate::network::client::ClientConfig;
use crate::network::clock::{Clock, Late};
use crate::network::failures::{network_error, redirected, too_late};
use crate::network::headers::{fields, secrets};
use crate::network::lingering::{Lingering, Soon};
use crate::network::process::Process;
use crate::record::{ErrorInfo, Record};

const ERROR_BODY_BYTES: usize = 64 * 1024;
/// A batch is handed over when it is that long, even if more is there.
const BATCH_RECORDS: usize = 1024;

/// How long things may take; `None` for ever.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Timeouts {
    /// Until a connection is there.
    pub connect: Option<Duration>,
    /// Without a byte; connecting counts, too.
    pub idle: Option<Duration>,
    /// Without data, while comments keep the stream alive.
    pub stall: Option<Duration>,
    /// For the whole answer.
    pub total: Option<Duration>,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            connect: Some(Duration::from_secs(10)),
            idle: Some(Duration::from_secs(120)),
            stall: Some(Duration::from_secs(600)),
            total: None,
        }
    }
}

/// A request for one answer.
#[derive(Debug, Clone)]
pub struct Call {
    /// Where it goes.
    pub url: Url,
    /// All headers but those that HTTP needs; credentials marked sensitive.
    pub headers: HeaderMap,
    /// The body, JSON.
    pub body: Bytes,
    /// How long it may take.
    pub timeouts: Timeouts,
    /// How the endpoint answers.
    pub dialect: Dialect,
    /// The provider's name, for errors.
    pub provider: String,
    /// The id of the requested model.
    pub model: String,
    /// Which way to the network.
    pub client: ClientConfig,
}

impl Call {
    /// Send it.
    ///
    /// # Errors
    /// The configuration of the client cannot be used, or the process gets no threads.
    pub fn open(mut self) -> Result<Stream, Box<ErrorInfo>> {
        let process = Process::current().map_err(|error| no_threads(&error))?;
        self.client.connect = self.timeouts.connect;
        let client = process.client(&self.client)?;
        let secrets = secrets(&self.headers);
        let shared = Shared::new(self.dialect.clone(), self.context(Vec::new()), secrets);
        let stream = Stream::new(Arc::clone(&shared)).map_err(|error| no_threads(&error))?;
        let work = guarded(self, client, Arc::clone(&shared), process.lingering());
        let task = process.runtime().spawn(work).abort_handle();
        shared.stop_by(Stop::Task(task));
        Ok(stream)
    }

    fn context(&self, headers: Vec<(String, String)>) -> Context {
        Context {
            provider: self.provider.clone(),
            model: self.model.clone(),
            headers,
        }
    }

    /// Scheme, host and port, for messages.
    fn place(&self) -> String {
        self.url.origin().ascii_serialization()
    }
}

/// Return the error of a process that gets no threads.
pub fn no_threads(error: &std::io::Error) -> Box<ErrorInfo> {
    let message = format!("No threads for the network: {error}.");
    Box::new(ErrorInfo::new("internal", message))
}

/// Return the error that a panic becomes.
pub fn panicked(panic: &(dyn std::any::Any + Send)) -> ErrorInfo {
    let text = panic.downcast_ref::<&str>().copied();
    let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    let text = text.unwrap_or("no reason given");
    ErrorInfo::new(
        "internal",
        format!("alchemy_llm_py failed: {text}. This is a bug."),
    )
}

async fn guarded(call: Call, client: Client, shared: Arc<Shared>, lingering: &Lingering) {
    let work = AssertUnwindSafe(run(&call, client, &shared, lingering)).catch_unwind();
    match work.await {
        Ok(Ok(())) => {}
        Ok(Err(info)) => shared.fail(*info),
        Err(panic) => shared.fail(panicked(panic.as_ref())),
    }
}

async fn run(
    call: &Call,
    client: Client,
    shared: &Shared,
    lingering: &Lingering,
) -> Result<(), Box<ErrorInfo>> {
    let mut clock = Clock::new(&call.timeouts);
    lingering.handover(&call.place()).await;
    let response = head(call, client, &mut clock).await?;
    let status = response.status().as_u16();
    let headers = fields(response.headers());
    if !(200..300).contains(&status) {
        let info = match response.headers().get("location") {
            Some(place) if status < 400 => {
                redirected(&call.url, status, place.to_str().unwrap_or(""))
            }
            _ => refusal(call, status, &headers, response, &mut clock).await,
        };
        return Err(Box::new(info));
    }
    *shared.decoder() = crate::decoder::Decoder::new(call.dialect.clone(), call.context(headers));
    let mut body = Body::from(response);
    if let Some(soon) = pump(call, &mut body, shared, &mut clock, lingering).await {
        soon.read(&mut body).await;
    }
    Ok(())
}

async fn head(call: &Call, client: Client, clock: &mut Clock) -> Result<Response, Box<ErrorInfo>> {
    let request = client
        .post(call.url.clone())
        .headers(call.headers.clone())
        .body(call.body.clone())
        .send();
    match clock.within(request).await {
        Ok(Ok(response)) => Ok(response),
        Ok(Err(error)) => Err(network_error(&error, &call.place(), &call.timeouts)),
        Err(late) => Err(too_late(&call.place(), late)),
    }
    .map_err(Box::new)
}

/// Read the body until its end or the terminal record; tell if its connection can be used again.
async fn pump<'a>(
    call: &Call,
    body: &mut Body,
    shared: &Shared,
    clock: &mut Clock,
    lingering: &'a Lingering,
) -> Option<Soon<'a>> {
    let mut batch = Vec::new();
    loop {
        let state = poll_fn(|task| read(task, body, shared, &mut batch, clock)).await;
        match state {
            State::Open => {}
            State::Ended => shared.decoder().close(&mut batch),
            State::Failed(error) => {
                let info = network_error(&error, &call.place(), &call.timeouts);
                shared.decoder().cut(info, &mut batch);
            }
            State::Late(late) => shared
                .decoder()
                .cut(too_late(&call.place(), late), &mut batch),
        }
        let is_over = batch.last().is_some_and(Record::is_terminal);
        let is_done = matches!(batch.last(), Some(Record::Done { .. }));
        // Before the reader learns of the end: its next request shall find the connection.
        let soon = is_done.then(|| lingering.begin(&call.place()));
        shared.push(&mut batch);
        if is_over {
            return soon;
        }
        if !shared.queue.has_room() {
            shared.queue.room().await;
            clock.byte();
        }
    }
}

enum State {
    Open,
    Ended,
    Failed(reqwest::Error),
    Late(Late),
}

/// Take what the network has, all of it: many chunks of HTTP may have come in one read.
fn read(
    task: &mut Task<'_>,
    body: &mut Body,
    shared: &Shared,
    batch: &mut Vec<Record>,
    clock: &mut Clock,
) -> Poll<State> {
    loop {
        match Pin::new(&mut *body).poll_frame(task) {
            Poll::Ready(Some(Ok(frame))) => {
                let Some(bytes) = frame.data_ref() else {
                    continue;
                };
                let mut decoder = shared.decoder();
                decoder.feed(bytes, batch);
                clock.fed(decoder.data_lines());
                if decoder.is_over() || batch.len() >= BATCH_RECORDS {
                    return Poll::Ready(State::Open);
                }
            }
            Poll::Ready(Some(Err(error))) => return Poll::Ready(State::Failed(error)),
            Poll::Ready(None) => return Poll::Ready(State::Ended),
            Poll::Pending if batch.is_empty() => return clock.poll_late(task).map(State::Late),
            // The connection's own task has yet to run: it may have more of the same read.
            Poll::Pending if clock.may_look_again() => {
                task.waker().wake_by_ref();
                return Poll::Pending;
            }
            Poll::Pending => return Poll::Ready(State::Open),
        }
    }
}

async fn refusal(
    call: &Call,
    status: u16,
    headers: &[(String, String)],
    response: Response,
    clock: &mut Clock,
) -> ErrorInfo {
    let mut body = Body::from(response);
    let mut found = Vec::new();
    while found.len() < ERROR_BODY_BYTES {
        let frame = poll_fn(|task| Pin::new(&mut body).poll_frame(task));
        let Ok(Some(Ok(frame))) = clock.within(frame).await else {
            break;
        };
        found.extend_from_slice(frame.data_ref().map_or(&[], |bytes| &bytes[..]));
    }
    found.truncate(ERROR_BODY_BYTES);
    error_from_response(&call.provider, status, headers, &found)
}
