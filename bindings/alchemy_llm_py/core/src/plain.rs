//! Chunks that differ in one text alone, known by their bytes: the hot path of the decoder.
//!
//! Nearly all chunks of an answer are the same bytes around another text. Once one of them was
//! read in full, its beginning and end are remembered; between them a chunk of the same kind has
//! one JSON string, and everything else in it was just taken note of: a pattern holds until the
//! next chunk that is read in full.

use memchr::{memchr, memchr2};

/// What the text of a chunk is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Of the answer.
    Text,
    /// Of the thinking.
    Thinking,
    /// The next piece of the arguments of the call that grew last.
    Arguments,
}

/// All that a chunk said.
#[derive(Debug, Clone, Copy)]
pub struct Said<'n> {
    /// What it is.
    pub kind: Kind,
    /// As decoded; borrowed from the bytes if nothing in it was escaped.
    pub text: &'n str,
}

/// The bytes around the text of the last chunk that said nothing else.
#[derive(Debug, Default)]
pub struct Pattern {
    kind: Option<Kind>,
    prefix: Vec<u8>,
    suffix: Vec<u8>,
}

impl Pattern {
    /// Return the text of a chunk that fits, and what it is.
    pub fn read(&self, raw: &[u8]) -> Option<(Kind, String)> {
        let kind = self.kind?;
        let rest = raw.strip_prefix(self.prefix.as_slice())?;
        let quoted = rest.strip_suffix(self.suffix.as_slice())?;
        Some((kind, text_of(quoted)?))
    }

    /// Remember the bytes around a text, or that there are none to remember.
    pub fn learn(&mut self, raw: &[u8], said: Option<Said<'_>>) {
        self.kind = said.and_then(|said| self.remember(raw, said));
    }

    fn remember(&mut self, raw: &[u8], said: Said<'_>) -> Option<Kind> {
        let (begin, end) = borrowed_place(raw, said.text).or_else(|| only_place(raw, said.text))?;
        let prefix = &raw[..begin];
        self.prefix.clear();
        self.prefix.extend_from_slice(prefix);
        self.suffix.clear();
        self.suffix.extend_from_slice(&raw[end..]);
        Some(said.kind)
    }
}

/// Return where the text stands, its quotes included, if it is a piece of the bytes.
fn borrowed_place(raw: &[u8], text: &str) -> Option<(usize, usize)> {
    let begin = (text.as_ptr() as usize).checked_sub(raw.as_ptr() as usize)?;
    let end = begin.checked_add(text.len())?;
    let is_inside = raw.get(begin..end)? == text.as_bytes() && raw.get(end) == Some(&b'"');
    is_inside.then_some((begin.checked_sub(1)?, end + 1))
}

/// Return where the text stands, its quotes included, if one string alone says it.
fn only_place(raw: &[u8], text: &str) -> Option<(usize, usize)> {
    let (mut at, mut found) = (0, None);
    while let Some(length) = memchr(b'"', raw.get(at..)?) {
        let begin = at + length;
        at = begin + 1;
        loop {
            let length = memchr2(b'\\', b'"', raw.get(at..)?)?;
            at += length + 1;
            if raw[at - 1] == b'"' {
                break;
            }
            at += 1;
        }
        if text_of(&raw[begin..at]).is_some_and(|one| one == text)
            && found.replace((begin, at)).is_some()
        {
            return None;
        }
    }
    found
}

/// Return what one JSON string says; None for anything else.
fn text_of(quoted: &[u8]) -> Option<String> {
    let inner = quoted.strip_prefix(b"\"")?.strip_suffix(b"\"")?;
    if memchr2(b'\\', b'"', inner).is_some() {
        return serde_json::from_slice(quoted).ok();
    }
    let is_clean = !inner
        .iter()
        .fold(false, |found, &byte| found | (byte < 0x20));
    let text = std::str::from_utf8(inner).ok()?;
    is_clean.then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn learned(raw: &str, text: &str) -> Pattern {
        let mut pattern = Pattern::default();
        let begin = raw.find(text).unwrap();
        let text = &raw[begin..begin + text.len()];
        let kind = Kind::Text;
        pattern.learn(raw.as_bytes(), Some(Said { kind, text }));
        pattern
    }

    #[test]
    fn another_text_in_the_same_place_is_read() {
        let pattern = learned(r#"{"a":"x","b":1}"#, "x");
        let read = |raw: &str| pattern.read(raw.as_bytes()).map(|(_, text)| text);
        assert_eq!(read(r#"{"a":"é","b":1}"#).as_deref(), Some("é"));
        assert_eq!(read(r#"{"a":"","b":1}"#).as_deref(), Some(""));
        assert_eq!(
            read(r#"{"a":"\"\u00e9\n","b":1}"#).as_deref(),
            Some("\"é\n")
        );
        for other in [
            r#"{"a":1,"b":1}"#,
            r#"{"a":"x","b":2}"#,
            r#"{"a":"x","a":"y","b":1}"#,
            r#"{"a":","b":1}"#,
            r#"{"a":"\ud800","b":1}"#,
            "{\"a\":\"\t\",\"b\":1}",
        ] {
            assert_eq!(read(other), None, "{other}");
        }
        assert_eq!(pattern.read(b"{\"a\":\"\xff\",\"b\":1}"), None);
    }

    #[test]
    fn an_escaped_text_is_found_where_it_stands_once() {
        let learn = |raw: &str, text: &str| {
            let mut pattern = Pattern::default();
            let kind = Kind::Text;
            pattern.learn(raw.as_bytes(), Some(Said { kind, text }));
            pattern.read(raw.as_bytes()).map(|(_, found)| found)
        };
        let text = String::from("x\"\n");
        assert_eq!(
            learn(r#"{"y\\":"z","a":"x\"\n"}"#, &text).as_deref(),
            Some("x\"\n")
        );
        assert_eq!(learn(r#"{"a":"x\"\n","b":"x\"\u000a"}"#, &text), None);
        assert_eq!(learn(r#"{"a":"y"}"#, &text), None);
        let mut pattern = learned(r#"{"a":"x"}"#, "x");
        pattern.learn(br#"{"a":"x"}"#, None);
        assert_eq!(pattern.read(br#"{"a":"x"}"#), None);
    }
}
