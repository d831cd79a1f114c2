//! Bytes of an answer -> records. Pure: no I/O.
//!
//! The body is an event stream, or one JSON object; which of the two is told by its first
//! character, because servers are careless with the content type. Source: spec/openrouter.md,
//! 9 (F10, F12), 14 and 16; the same as `jackfield_openai.body`.

use crate::dialect::{Context, Dialect};
use crate::lines::Reader;
use crate::record::{ErrorInfo, ErrorReason, Record};
use crate::sse::{with_commas, DataLines, MAX_LINE_BYTES};

/// What the message of an aborted answer says.
pub const ABORTED: &str = "Request was aborted";
const SPACE: &[u8] = b" \t\r\n\xef\xbb\xbf";

/// Decodes the body of one answer.
///
/// `feed` it what the network gives until `is_over`; say `close` or `cut` if the body ends before.
/// Whatever fails ends the answer with an `Error` record.
#[derive(Debug)]
pub struct Decoder {
    lines: DataLines,
    body: Body,
    max_bytes: usize,
    reader: Reader,
}

/// What kind of body it is.
#[derive(Debug)]
enum Body {
    Unknown,
    Events,
    Object(Vec<u8>),
}

impl Decoder {
    /// A decoder for one answer.
    pub fn new(dialect: Dialect, context: Context) -> Self {
        let max_bytes = match dialect.max_event_bytes {
            0 => MAX_LINE_BYTES,
            bytes => bytes,
        };
        Self {
            lines: DataLines::new(max_bytes),
            body: Body::Unknown,
            max_bytes,
            reader: Reader::new(dialect, context),
        }
    }

    /// Take what one network read gave.
    pub fn feed(&mut self, bytes: &[u8], out: &mut Vec<Record>) {
        if self.is_over() {
            return;
        }
        match &mut self.body {
            Body::Unknown => self.begin(bytes, out),
            Body::Events => self.events(bytes, out),
            Body::Object(collected) => {
                collected.extend_from_slice(bytes);
                if collected.len() > self.max_bytes {
                    let limit = with_commas(self.max_bytes);
                    let text = format!("The server's answer is larger than {limit} bytes.");
                    self.fail(ErrorInfo::protocol(text), out);
                }
            }
        }
    }

    /// Take note that the body ended as it should.
    pub fn close(&mut self, out: &mut Vec<Record>) {
        if self.is_over() {
            return;
        }
        if let Body::Object(body) = &mut self.body {
            let body = std::mem::take(body);
            return self.reader.object(body.trim_ascii_or_bom(), out);
        }
        let reader = &mut self.reader;
        self.lines.close(|line| reader.line(line, out));
        self.reader.close(out);
    }

    /// Take note that the transfer broke off: an error, unless the finish reason was there.
    pub fn cut(&mut self, error: ErrorInfo, out: &mut Vec<Record>) {
        self.reader.cut(error, out);
    }

    /// End the answer with an error, whatever was there.
    pub fn fail(&mut self, error: ErrorInfo, out: &mut Vec<Record>) {
        self.reader.fail(error, out);
    }

    /// End the answer because the caller wants no more of it.
    pub fn abort(&mut self, out: &mut Vec<Record>) {
        if !self.is_over() {
            let info = ErrorInfo::new("aborted", ABORTED);
            self.reader.end_badly(ErrorReason::Aborted, info, out);
        }
    }

    /// Whether the terminal record was made; nothing more is read then.
    pub fn is_over(&self) -> bool {
        self.reader.is_over
    }

    /// How many `data` lines there were: comments alone keep no answer alive for ever.
    pub fn data_lines(&self) -> u64 {
        self.reader.data_lines
    }

    fn begin(&mut self, bytes: &[u8], out: &mut Vec<Record>) {
        // Blank lines keep some connections alive before the answer begins.
        let start = bytes.without_leading_space();
        match start.first() {
            None => return,
            Some(b'<') => {
                let text = "The server answered with a web page instead of an answer.";
                let hint = "Check `base_url`: it mostly ends in /v1.";
                return self.fail(ErrorInfo::protocol(text).with_hint(hint), out);
            }
            Some(b'{' | b'[') => self.body = Body::Object(Vec::new()),
            Some(_) => self.body = Body::Events,
        }
        self.feed(start, out);
    }

    fn events(&mut self, bytes: &[u8], out: &mut Vec<Record>) {
        let reader = &mut self.reader;
        if let Err(error) = self.lines.feed(bytes, |line| reader.line(line, out)) {
            self.fail(*error, out);
        }
    }
}

/// Trimming of what stands around a body.
trait Trimmed {
    fn without_leading_space(&self) -> &Self;
    fn trim_ascii_or_bom(&self) -> &Self;
}

impl Trimmed for [u8] {
    fn without_leading_space(&self) -> &Self {
        let start = self.iter().position(|byte| !SPACE.contains(byte));
        &self[start.unwrap_or(self.len())..]
    }

    fn trim_ascii_or_bom(&self) -> &Self {
        let start = self.without_leading_space();
        let end = start.iter().rposition(|byte| !SPACE.contains(byte));
        &start[..end.map_or(0, |end| end + 1)]
    }
}
