//! Bytes of an answer -> records. Pure: no I/O.

use crate::dialect::{Context, Dialect};
use crate::record::{ErrorInfo, Record};

/// Decodes the body of one answer.
#[derive(Debug)]
pub struct Decoder {
    dialect: Dialect,
    context: Context,
    is_over: bool,
}

impl Decoder {
    /// A decoder for one answer.
    pub fn new(dialect: Dialect, context: Context) -> Self {
        Self {
            dialect,
            context,
            is_over: false,
        }
    }

    /// Take what one network read gave. Whatever fails ends the answer with an `Error` record.
    pub fn feed(&mut self, bytes: &[u8], out: &mut Vec<Record>) {
        let _ = (bytes, out, &self.dialect);
    }

    /// Take note that the body ended as it should; the terminal record is made, if it was not yet.
    pub fn close(&mut self, out: &mut Vec<Record>) {
        let _ = out;
        self.is_over = true;
    }

    /// Take note that the transfer broke off: an error, unless the finish reason was there.
    pub fn cut(&mut self, error: ErrorInfo, out: &mut Vec<Record>) {
        let _ = (error, out, &self.context);
        self.is_over = true;
    }

    /// End the answer with an error, whatever was there.
    pub fn fail(&mut self, error: ErrorInfo, out: &mut Vec<Record>) {
        let _ = (error, out);
        self.is_over = true;
    }

    /// End the answer because the caller wants no more of it.
    pub fn abort(&mut self, out: &mut Vec<Record>) {
        let _ = out;
        self.is_over = true;
    }

    /// Whether the terminal record was made; nothing more is read then.
    pub fn is_over(&self) -> bool {
        self.is_over
    }

    /// How many `data` lines there were: comments alone keep no answer alive for ever.
    pub fn data_lines(&self) -> u64 {
        0
    }
}
