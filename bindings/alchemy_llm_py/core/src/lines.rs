//! Data lines of an answer -> records, and the end of the answer.

use std::ops::ControlFlow;

use crate::chunk::Node;
use crate::chunks::{told_error, Chunks, Found};
use crate::dialect::{Context, Dialect};
use crate::error_body::request_id;
use crate::payloads::{Payload, Payloads};
use crate::plain::{Kind, Pattern};
use crate::python_text::repr_bytes;
use crate::record::{DoneReason, ErrorInfo, ErrorReason, Record};

const SHOWN_BYTES: usize = 200;

/// Reads data lines.
#[derive(Debug)]
pub struct Reader {
    chunks: Chunks,
    payloads: Payloads,
    pattern: Pattern,
    context: Context,
    /// How many lines there were.
    pub data_lines: u64,
    /// The end mark was there.
    is_marked: bool,
    /// The terminal record was made.
    pub is_over: bool,
}

impl Reader {
    /// For an answer that has not begun.
    pub fn new(dialect: Dialect, context: Context) -> Self {
        Self {
            chunks: Chunks::new(dialect),
            payloads: Payloads::default(),
            pattern: Pattern::default(),
            context,
            data_lines: 0,
            is_marked: false,
            is_over: false,
        }
    }

    /// Take the value of one `data` line; break once the answer is over.
    pub fn line(&mut self, raw: &[u8], out: &mut Vec<Record>) -> ControlFlow<()> {
        self.data_lines += 1;
        if let Some((kind, text)) = self.pattern.read(raw) {
            let deltas = &mut self.chunks.deltas;
            match kind {
                Kind::Text => deltas.answer.text(text, out),
                Kind::Thinking => deltas.answer.thinking(text, out),
                Kind::Arguments if deltas.calls.may_repeat(text.len()) => {
                    return self.whole(raw, out)
                }
                Kind::Arguments => {
                    if deltas.calls.grow(text, out).is_err() {
                        return self.whole(raw, out);
                    }
                }
            }
            return ControlFlow::Continue(());
        }
        self.whole(raw, out)
    }

    /// Read a line in full.
    fn whole(&mut self, raw: &[u8], out: &mut Vec<Record>) -> ControlFlow<()> {
        match self.payloads.read(raw) {
            Ok(Payload::Nothing) => {}
            Ok(Payload::Object(chunk)) => self.chunk(raw, &chunk, out),
            Ok(Payload::End) => {
                self.is_marked = true;
                self.end(out);
            }
            Err(error) => self.fail(*error, out),
        }
        if self.is_over {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    }

    fn chunk(&mut self, raw: &[u8], chunk: &Node<'_>, out: &mut Vec<Record>) {
        match self.chunks.take(chunk, &self.context.model, out) {
            // What it said may differ from what the chunks of the old pattern say.
            Ok(Found::Said(said)) => self.pattern.learn(raw, said),
            Ok(Found::Error(error)) => {
                let Context {
                    provider, headers, ..
                } = &self.context;
                self.fail(told_error(provider, error, headers), out);
            }
            Err(error) => self.fail(*error, out),
        }
    }

    /// Read an answer that is one JSON object.
    pub fn object(&mut self, body: &[u8], out: &mut Vec<Record>) {
        let first = first_item(body);
        let body = first.as_deref().unwrap_or(body);
        let found = match self.payloads.read(body).and_then(|found| {
            self.payloads.close()?;
            Ok(found)
        }) {
            Ok(Payload::Object(found)) if found.is_telling() => found,
            Ok(_) => {
                let text = "The server answered with an empty object.";
                return self.fail(ErrorInfo::protocol(text), out);
            }
            Err(error) => return self.fail(*error, out),
        };
        self.chunk(&[], &found, out);
        if self.is_over {
            return;
        }
        if found.told("choices").is_none() {
            let shown = repr_bytes(&body[..body.len().min(SHOWN_BYTES)]);
            let text = format!("The server answered without `choices`: {shown}");
            return self.fail(ErrorInfo::protocol(text), out);
        }
        self.is_marked = true;
        self.end(out);
    }

    /// Take note that no line follows.
    pub fn close(&mut self, out: &mut Vec<Record>) {
        if self.is_over {
            return;
        }
        match self.payloads.close() {
            Ok(()) => self.end(out),
            Err(error) => self.fail(*error, out),
        }
    }

    /// Take note that the transfer broke off.
    pub fn cut(&mut self, error: ErrorInfo, out: &mut Vec<Record>) {
        if self.chunks.finish.is_empty() {
            return self.fail(error, out);
        }
        if !self.is_over {
            let metadata = &mut self.chunks.deltas.answer.meta.metadata;
            metadata.insert("truncated".to_owned(), true.into());
            self.end(out);
        }
    }

    fn end(&mut self, out: &mut Vec<Record>) {
        match self.chunks.finish(self.is_marked, out) {
            Ok(reason) => self.done(reason, out),
            Err(error) => self.fail(*error, out),
        }
    }

    fn done(&mut self, reason: DoneReason, out: &mut Vec<Record>) {
        self.is_over = true;
        let meta = Box::new(std::mem::take(&mut self.chunks.deltas.answer.meta));
        out.push(Record::Done { reason, meta });
    }

    /// Say in an error whose it is, and emit the `start` that it comes after, if any.
    pub fn fail(&mut self, mut error: ErrorInfo, out: &mut Vec<Record>) {
        if self.is_over {
            return;
        }
        let answer = &mut self.chunks.deltas.answer;
        if error.provider.is_empty() {
            error.provider.clone_from(&self.context.provider);
        }
        error.request_id = error
            .request_id
            .filter(|id| !id.is_empty())
            .or_else(|| request_id(&self.context.headers))
            .or_else(|| answer.meta.response_id.clone());
        if self.chunks.has_begun {
            answer.start(out);
        }
        self.end_badly(ErrorReason::Error, error, out);
    }

    /// End the answer as it is.
    pub fn end_badly(&mut self, reason: ErrorReason, info: ErrorInfo, out: &mut Vec<Record>) {
        self.is_over = true;
        let (info, meta) = (
            Box::new(info),
            Box::new(std::mem::take(&mut self.chunks.deltas.answer.meta)),
        );
        out.push(Record::Error { reason, info, meta });
    }
}

/// The first item of a list, which one service wraps its errors in.
fn first_item(body: &[u8]) -> Option<Vec<u8>> {
    let items: Vec<serde_json::Value> = serde_json::from_slice(body).ok()?;
    serde_json::to_vec(items.first()?).ok()
}
