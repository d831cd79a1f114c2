//! Data lines -> the JSON objects in them. Source: spec/openrouter.md, 9 (F2, F5, F8, F9).

use crate::chunk::Node;
use crate::forgiving::{forgiving_json, Fault};
use crate::record::ErrorInfo;
use crate::trouble::no_chunk;

const DONE: &[u8] = b"[DONE]";
/// Of one object; all of them are read again with each further one.
const MOST_LINES: usize = 500;
const MOST_BYTES: usize = 256 * 1024;

/// What a line says.
#[derive(Debug, PartialEq)]
pub enum Payload<'a> {
    /// Nothing, or the beginning of an object.
    Nothing,
    /// The end mark.
    End,
    /// An object.
    Object(Node<'a>),
}

/// Reads lines one after another; one object may stand on several of them.
#[derive(Debug, Default)]
pub struct Payloads {
    /// Lines of an object that is not complete yet.
    begun: Vec<u8>,
}

impl Payloads {
    /// Return what the line says.
    ///
    /// # Errors
    /// It is no object.
    pub fn read<'a>(&mut self, raw: &'a [u8]) -> Result<Payload<'a>, Box<ErrorInfo>> {
        if !self.begun.is_empty() {
            let mut joined = std::mem::take(&mut self.begun);
            joined.push(b'\n');
            joined.extend_from_slice(raw);
            return self.second_try(&joined);
        }
        if raw == DONE {
            return Ok(Payload::End);
        }
        match serde_json::from_slice::<Node<'a>>(raw) {
            Ok(found) if found.is_object() => Ok(Payload::Object(found)),
            Ok(_) => Err(unreadable(raw)),
            Err(_) => self.second_try(raw),
        }
    }

    /// Say that nothing follows.
    ///
    /// # Errors
    /// An object was not complete.
    pub fn close(&self) -> Result<(), Box<ErrorInfo>> {
        if self.begun.is_empty() {
            Ok(())
        } else {
            Err(unreadable(&self.begun))
        }
    }

    fn second_try(&mut self, raw: &[u8]) -> Result<Payload<'static>, Box<ErrorInfo>> {
        let bare = raw.trim_ascii();
        if bare.is_empty() {
            return Ok(Payload::Nothing);
        }
        if bare == DONE {
            return Ok(Payload::End);
        }
        if bare.ends_with(b"\n[DONE]") {
            return Err(unreadable(raw)); // the lines before the mark were no object
        }
        match forgiving_json(&String::from_utf8_lossy(raw)) {
            Ok(found) if found.is_object() => Ok(Payload::Object(found)),
            Err(Fault::Cut) if may_go_on(raw) => {
                self.begun = raw.to_vec();
                Ok(Payload::Nothing)
            }
            _ => Err(unreadable(raw)),
        }
    }
}

fn may_go_on(raw: &[u8]) -> bool {
    raw.first() == Some(&b'{')
        && raw.len() < MOST_BYTES
        && memchr::memchr_iter(b'\n', raw).count() < MOST_LINES
}

fn unreadable(raw: &[u8]) -> Box<ErrorInfo> {
    Box::new(no_chunk(&String::from_utf8_lossy(raw)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_may_stand_on_several_lines() {
        let mut reader = Payloads::default();
        for line in ["{", "\"a\":", "[1,"] {
            assert_eq!(reader.read(line.as_bytes()), Ok(Payload::Nothing));
        }
        assert!(reader.close().is_err());
        assert!(matches!(reader.read(b"2]}"), Ok(Payload::Object(_))));
        assert_eq!(reader.close(), Ok(()));
        assert_eq!(reader.read(b" [DONE] "), Ok(Payload::End));
    }

    #[test]
    fn what_is_no_object_is_shown() {
        let message = |raw: &[u8]| Payloads::default().read(raw).unwrap_err().message;
        let complaint = "The server sent data that is no chunk of an answer";
        assert_eq!(message(b"null"), format!("{complaint}: 'null'"));
        assert_eq!(
            message(b"{oops\xff}"),
            format!("{complaint}: '{{oops\u{fffd}}}'")
        );
        assert_eq!(message(b" {"), format!("{complaint}: '{{'"));
    }

    #[test]
    fn an_object_without_end_is_given_up() {
        let mut reader = Payloads::default();
        let mut line = b"{\"a\":[1,".to_vec();
        let lines = (0..1000).take_while(|_| {
            let is_fine = reader.read(&line).is_ok();
            line = b"1,".to_vec();
            is_fine
        });
        assert_eq!(lines.count(), MOST_LINES);
        let long = [b"{\"a\":\"".as_slice(), &vec![b'x'; MOST_BYTES], b"\","].concat();
        assert!(Payloads::default().read(&long).is_err());
    }

    #[test]
    fn the_mark_in_an_object_that_has_begun_is_an_error() {
        let mut reader = Payloads::default();
        assert_eq!(reader.read(b"{"), Ok(Payload::Nothing));
        assert!(reader.read(b"[DONE]").is_err());
    }
}
