//! Answers by the crate's own engine: a thread with a runtime for each. Source: spec/alchemy.md, 8.1.
//!
//! Dropping that runtime is the only way to end what the crate has begun.

use std::panic::{catch_unwind, AssertUnwindSafe};
use std::pin::pin;
use std::sync::Arc;

use alchemy_llm::types::{
    AnthropicMessages, Api, MinimaxCompletions, OpenAICompletions, ZaiCompletions,
};
use alchemy_llm::AssistantMessageEventStream;
use futures_util::future::{select, Either};
use futures_util::StreamExt;
use tokio::runtime::Builder;
use tokio::sync::oneshot;
use tokio::task::yield_now;

use crate::crate_events::Relay;
use crate::dialect::{Context, Dialect};
use crate::handoff::shared::{Shared, Stop, Stream};
use crate::network::engine::{no_threads, panicked};
use crate::network::process::Process;
use crate::record::{ErrorInfo, Record};
use crate::request::crate_request::CrateRequest;

/// Begin an answer.
///
/// # Errors
/// The process gets no thread.
pub fn open(request: CrateRequest) -> Result<Stream, Box<ErrorInfo>> {
    let context = Context {
        provider: request.model.provider.to_string(),
        model: request.model.id.clone(),
        ..Context::default()
    };
    let secrets = request.options.api_key.iter().filter(|key| key.len() > 5);
    let shared = Shared::new(Dialect::default(), context, secrets.cloned().collect());
    let stream = Stream::new(Arc::clone(&shared)).map_err(|error| no_threads(&error))?;
    let (stop, stopped) = oneshot::channel();
    shared.stop_by(Stop::Thread(stop));
    Process::current()
        .and_then(|process| process.spawn(move || guarded(&request, &shared, stopped)))
        .map_err(|error| no_threads(&error))?;
    Ok(stream)
}

fn guarded(request: &CrateRequest, shared: &Shared, stopped: oneshot::Receiver<()>) {
    match catch_unwind(AssertUnwindSafe(|| work(request, shared, stopped))) {
        Ok(Ok(())) => {}
        Ok(Err(info)) => shared.fail(*info),
        Err(panic) => shared.fail(panicked(panic.as_ref())),
    }
}

fn work(
    request: &CrateRequest,
    shared: &Shared,
    stopped: oneshot::Receiver<()>,
) -> Result<(), Box<ErrorInfo>> {
    let runtime = Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| no_threads(&error))?;
    let ended = runtime.block_on(async {
        let pump = pin!(pump(request, shared));
        match select(stopped, pump).await {
            Either::Left(_) => Ok(()),
            Either::Right((ended, _)) => ended,
        }
    });
    runtime.shutdown_background();
    ended
}

async fn pump(request: &CrateRequest, shared: &Shared) -> Result<(), Box<ErrorInfo>> {
    // The crate makes an HTTP client each time, which takes tens of milliseconds of a processor and
    // cannot be stopped: whoever is cancelled while it waits for its turn never begins.
    let process = Process::current().map_err(|error| no_threads(&error))?;
    let turn = process.turn().await;
    let mut events = begin(request)?;
    yield_now().await; // now its task does so
    drop(turn);
    let mut relay = Relay::new(request.model.provider.as_str());
    let mut batch = Vec::new();
    while let Some(event) = events.next().await {
        relay.take(event, &mut batch);
        while let Some(Some(event)) = futures_util::FutureExt::now_or_never(events.next()) {
            relay.take(event, &mut batch);
        }
        let is_over = batch.last().is_some_and(Record::is_terminal);
        shared.push(&mut batch);
        if is_over {
            return Ok(());
        }
        shared.queue.room().await;
    }
    Err(Box::new(ErrorInfo::protocol(
        "The crate's engine ended without an end.",
    )))
}

fn begin(request: &CrateRequest) -> Result<AssistantMessageEventStream, Box<ErrorInfo>> {
    let (context, options) = (&request.context, Some(request.options.clone()));
    let begun = match request.model.api {
        Api::AnthropicMessages => {
            let model = request.model_for(AnthropicMessages, None);
            alchemy_llm::stream(&model, context, options)
        }
        Api::MinimaxCompletions => {
            let model = request.model_for(MinimaxCompletions, None);
            alchemy_llm::stream(&model, context, options)
        }
        Api::ZaiCompletions => {
            let model = request.model_for(ZaiCompletions, None);
            alchemy_llm::stream(&model, context, options)
        }
        _ => {
            let compat = serde_json::Value::Object(request.model.compat.clone());
            let compat = serde_json::from_value(compat).ok();
            let model = request.model_for(OpenAICompletions, compat);
            alchemy_llm::stream(&model, context, options)
        }
    };
    begun.map_err(|error| Box::new(ErrorInfo::new("internal", error.to_string())))
}
