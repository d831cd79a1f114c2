//! Chunks that differ in one text alone, known by their bytes: the hot path of the decoder.
//!
//! Nearly all chunks of an answer are the same bytes around another text. Once one of them was
//! read in full, its beginning and end are remembered; between them a chunk of the same kind has
//! one JSON string, and everything else in it was just taken note of: a pattern holds until the
//! next chunk that is read in full.

use memchr::memchr2;

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
        // The place in the bytes; an owned text is elsewhere and fails one of the checks.
        let begin = (said.text.as_ptr() as usize).checked_sub(raw.as_ptr() as usize)?;
        let end = begin.checked_add(said.text.len())?;
        if raw.get(begin..end)? != said.text.as_bytes() || raw.get(end) != Some(&b'"') {
            return None;
        }
        let prefix = raw.get(..begin.checked_sub(1)?)?;
        self.prefix.clear();
        self.prefix.extend_from_slice(prefix);
        self.suffix.clear();
        self.suffix.extend_from_slice(&raw[end + 1..]);
        Some(said.kind)
    }
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
    fn a_text_from_elsewhere_makes_no_pattern() {
        let raw = br#"{"a":"x"}"#;
        let mut pattern = learned(r#"{"a":"x"}"#, "x");
        let (kind, text) = (Kind::Text, String::from("x"));
        pattern.learn(raw, Some(Said { kind, text: &text }));
        assert_eq!(pattern.read(raw), None);
        pattern.learn(raw, None);
        assert_eq!(pattern.read(raw), None);
    }
}
