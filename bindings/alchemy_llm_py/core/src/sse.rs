//! Server-sent events: bytes in, values of `data` lines out, however the bytes are cut.
//!
//! Lines end in `\n`, `\r\n` or `\r` and nothing else. For protocols with one line of JSON per
//! event: blank lines, comments and all other fields are passed over. A line is copied only if a
//! read cut it, and no byte is searched twice. Source: spec/openrouter.md, 9 (F1 to F7).

use std::ops::ControlFlow;

use memchr::memchr2;

use crate::record::ErrorInfo;

/// Longest line, if nothing else is said.
pub const MAX_LINE_BYTES: usize = 16 * 1024 * 1024;

/// Splits one stream into its `data` lines.
#[derive(Debug)]
pub struct DataLines {
    max_line: usize,
    /// The last byte was a CR: an LF now is its second half.
    skips_lf: bool,
    /// The line that has not ended yet.
    kept: Vec<u8>,
}

impl DataLines {
    /// Lines of at most so many bytes; 0 for the default.
    pub fn new(max_line: usize) -> Self {
        Self {
            max_line: if max_line == 0 {
                MAX_LINE_BYTES
            } else {
                max_line
            },
            skips_lf: false,
            kept: Vec::new(),
        }
    }

    /// Give `take` the value of each `data` line that `bytes` completes, until it breaks.
    ///
    /// # Errors
    /// A line is longer than the limit.
    pub fn feed(
        &mut self,
        bytes: &[u8],
        mut take: impl FnMut(&[u8]) -> ControlFlow<()>,
    ) -> Result<(), Box<ErrorInfo>> {
        let mut rest = self.without_second_half(bytes);
        while let Some(end) = memchr2(b'\n', b'\r', rest) {
            let (line, is_cr) = (&rest[..end], rest[end] == b'\r');
            rest = &rest[end + 1..];
            if is_cr {
                self.skips_lf = true;
                rest = self.without_second_half(rest);
            }
            if self.line(line, &mut take)?.is_break() {
                return Ok(());
            }
        }
        self.keep(rest)
    }

    /// Give `take` the value of a `data` line that the end of the stream cut off.
    pub fn close(&mut self, take: impl FnOnce(&[u8]) -> ControlFlow<()>) {
        let kept = std::mem::take(&mut self.kept);
        if let Some(value) = data_of(&kept) {
            let _ = take(value);
        }
    }

    fn line(
        &mut self,
        line: &[u8],
        take: &mut impl FnMut(&[u8]) -> ControlFlow<()>,
    ) -> Result<ControlFlow<()>, Box<ErrorInfo>> {
        if self.kept.is_empty() {
            self.check(line.len())?;
            return Ok(data_of(line).map_or(ControlFlow::Continue(()), take));
        }
        self.keep(line)?;
        let flow = data_of(&self.kept).map_or(ControlFlow::Continue(()), take);
        self.kept.clear();
        Ok(flow)
    }

    fn without_second_half<'a>(&mut self, bytes: &'a [u8]) -> &'a [u8] {
        if !self.skips_lf || bytes.is_empty() {
            return bytes;
        }
        self.skips_lf = false;
        bytes.strip_prefix(b"\n").unwrap_or(bytes)
    }

    fn keep(&mut self, piece: &[u8]) -> Result<(), Box<ErrorInfo>> {
        self.kept.extend_from_slice(piece);
        self.check(self.kept.len())
    }

    fn check(&self, length: usize) -> Result<(), Box<ErrorInfo>> {
        if length <= self.max_line {
            return Ok(());
        }
        let limit = with_commas(self.max_line);
        let error = ErrorInfo::protocol(format!(
            "The server sent an event stream with a line of more than {limit} bytes."
        ));
        Err(Box::new(error.with_hint(
            "Nothing sane is that long; the connection was closed.",
        )))
    }
}

/// A number with commas between thousands.
pub fn with_commas(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

fn data_of(line: &[u8]) -> Option<&[u8]> {
    let value = line.strip_prefix(b"data:")?;
    Some(value.strip_prefix(b" ").unwrap_or(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(pieces: &[&[u8]], limit: usize) -> Result<Vec<String>, Box<ErrorInfo>> {
        let mut reader = DataLines::new(limit);
        let mut found = Vec::new();
        let mut take = |line: &[u8]| {
            found.push(String::from_utf8_lossy(line).into_owned());
            ControlFlow::Continue(())
        };
        for piece in pieces {
            reader.feed(piece, &mut take)?;
        }
        reader.close(&mut take);
        Ok(found)
    }

    #[test]
    fn every_line_ending_ends_a_line_wherever_it_is_cut() {
        let body = b"data: a\r\n\r\n: c\rdata:b\r\rdata\nevent: x\ndata:  c\n\ndata: rest";
        let expected = ["a", "b", " c", "rest"];
        for at in 0..body.len() {
            assert_eq!(lines(&[&body[..at], &body[at..]], 0).unwrap(), expected);
        }
        let single: Vec<&[u8]> = body.chunks(1).collect();
        assert_eq!(lines(&single, 0).unwrap(), expected);
    }

    #[test]
    fn a_line_over_the_limit_is_an_error_whole_or_in_pieces() {
        assert!(lines(&[b"data: 4567\n"], 10).is_ok());
        for pieces in [
            &[&b"data: 45678\n"[..]][..],
            &[b"data: 4", b"5678"],
            &[b"data: 456", b"78\n"],
        ] {
            let error = lines(pieces, 10).unwrap_err();
            assert_eq!(error.kind, "protocol");
            assert!(error.message.contains("a line of more than 10 bytes"));
        }
        assert_eq!(with_commas(16_777_216), "16,777,216");
    }

    #[test]
    fn a_break_ends_the_reading() {
        let mut count = 0;
        let mut reader = DataLines::new(0);
        reader
            .feed(b"data: 1\ndata: 2\n", |_| {
                count += 1;
                ControlFlow::Break(())
            })
            .unwrap();
        assert_eq!(count, 1);
    }
}
