//! JSON that servers send although it is none. Source: spec/rulings.md.
//!
//! Raw control characters are read, lone surrogates become U+FFFD, NaN and Infinity are numbers.

use std::borrow::Cow;

use serde_json::Number;

use crate::chunk::Node;

const DEEPEST: usize = 900;

/// Why a text is no JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// It ends where more must follow, and not inside a string or a number.
    Cut,
    /// It is wrong.
    Wrong,
}

/// Return what the text says.
///
/// # Errors
/// It is not even forgiving JSON.
pub fn forgiving_json(text: &str) -> Result<Node<'static>, Fault> {
    let mut reader = Reader {
        text,
        bytes: text.as_bytes(),
        at: 0,
    };
    let found = reader.value(0)?;
    match reader.next() {
        None => Ok(found),
        Some(_) => Err(Fault::Wrong),
    }
}

struct Reader<'a> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
}

impl Reader<'_> {
    /// The next byte behind white space.
    fn next(&mut self) -> Option<u8> {
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.bytes.get(self.at) {
            self.at += 1;
        }
        self.bytes.get(self.at).copied()
    }

    fn value(&mut self, depth: usize) -> Result<Node<'static>, Fault> {
        if depth > DEEPEST {
            return Err(Fault::Wrong);
        }
        match self.next().ok_or(Fault::Cut)? {
            b'{' => self.object(depth),
            b'[' => self.list(depth),
            b'"' => Ok(Node::Text(Cow::Owned(self.string()?))),
            _ => self.word(),
        }
    }

    fn object(&mut self, depth: usize) -> Result<Node<'static>, Fault> {
        self.at += 1;
        let mut fields = Vec::new();
        if self.next() == Some(b'}') {
            self.at += 1;
            return Ok(Node::Object(fields));
        }
        loop {
            match self.next() {
                Some(b'"') => {}
                found => return Err(fault(found)),
            }
            let name = self.string()?;
            match self.next() {
                Some(b':') => self.at += 1,
                found => return Err(fault(found)),
            }
            fields.push((Cow::Owned(name), self.value(depth + 1)?));
            if self.is_last(b'}')? {
                return Ok(Node::Object(fields));
            }
        }
    }

    fn list(&mut self, depth: usize) -> Result<Node<'static>, Fault> {
        self.at += 1;
        let mut items = Vec::new();
        if self.next() == Some(b']') {
            self.at += 1;
            return Ok(Node::List(items));
        }
        loop {
            items.push(self.value(depth + 1)?);
            if self.is_last(b']')? {
                return Ok(Node::List(items));
            }
        }
    }

    /// Take what follows an item: a comma, or the end.
    fn is_last(&mut self, end: u8) -> Result<bool, Fault> {
        match self.next() {
            Some(found) if found == end || found == b',' => {
                self.at += 1;
                Ok(found == end)
            }
            found => Err(fault(found)),
        }
    }

    fn word(&mut self) -> Result<Node<'static>, Fault> {
        let rest = &self.bytes[self.at..];
        let length = rest
            .iter()
            .position(|byte| !byte.is_ascii_alphanumeric() && !b"+-.".contains(byte))
            .unwrap_or(rest.len());
        let word = self.text.get(self.at..self.at + length).unwrap_or("");
        self.at += length;
        match word {
            "null" => Ok(Node::Null),
            "true" => Ok(Node::Bool(true)),
            "false" => Ok(Node::Bool(false)),
            "NaN" => Ok(Node::Float(f64::NAN)),
            "Infinity" => Ok(Node::Float(f64::INFINITY)),
            "-Infinity" => Ok(Node::Float(f64::NEG_INFINITY)),
            _ => number(word),
        }
    }

    fn string(&mut self) -> Result<String, Fault> {
        self.at += 1;
        let mut found = String::new();
        loop {
            let rest = &self.bytes[self.at..];
            let length = memchr::memchr2(b'"', b'\\', rest).ok_or(Fault::Wrong)?;
            found.push_str(&self.text[self.at..self.at + length]);
            self.at += length + 1;
            if rest[length] == b'"' {
                return Ok(found);
            }
            found.push(self.escaped()?);
        }
    }

    fn escaped(&mut self) -> Result<char, Fault> {
        let letter = *self.bytes.get(self.at).ok_or(Fault::Wrong)?;
        self.at += 1;
        Ok(match letter {
            b'"' | b'\\' | b'/' => char::from(letter),
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => return self.unicode(),
            _ => return Err(Fault::Wrong),
        })
    }

    fn unicode(&mut self) -> Result<char, Fault> {
        let first = self.hex(self.at).ok_or(Fault::Wrong)?;
        self.at += 4;
        if (0xD800..0xDC00).contains(&first) && self.bytes[self.at..].starts_with(b"\\u") {
            if let Some(second @ 0xDC00..=0xDFFF) = self.hex(self.at + 2) {
                self.at += 6;
                let point = 0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00);
                return Ok(char::from_u32(point).unwrap_or(char::REPLACEMENT_CHARACTER));
            }
        }
        Ok(char::from_u32(first).unwrap_or(char::REPLACEMENT_CHARACTER))
    }

    fn hex(&self, at: usize) -> Option<u32> {
        let digits = self.bytes.get(at..at + 4)?;
        digits.iter().try_fold(0, |number, &digit| {
            Some(number * 16 + char::from(digit).to_digit(16)?)
        })
    }
}

fn fault(found: Option<u8>) -> Fault {
    found.map_or(Fault::Cut, |_| Fault::Wrong)
}

/// A number; beyond the largest it is infinity.
fn number(word: &str) -> Result<Node<'static>, Fault> {
    if let Ok(number) = serde_json::from_str::<Number>(word) {
        let whole = number.as_i64().map(Node::Int);
        let whole = whole.or_else(|| number.as_u64().map(Node::Large));
        return Ok(whole.unwrap_or_else(|| Node::Float(number.as_f64().unwrap_or_default())));
    }
    let number: f64 = word.parse().map_err(|_| Fault::Wrong)?;
    match word.trim_start_matches('-').bytes().next() {
        Some(b'0'..=b'9') if number.is_infinite() => Ok(Node::Float(number)),
        _ => Err(Fault::Wrong),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_servers_send_is_read() {
        let found = forgiving_json(
            "{\"a\":\"x\ty\u{1}\\u00e9\\ud83d\\ude00\",\"b\":[NaN,-Infinity,1e400]}",
        );
        let found = found.unwrap();
        assert_eq!(found.get("a").unwrap().as_str(), Some("x\ty\u{1}é😀"));
        let Some(Node::List(items)) = found.get("b") else {
            panic!("no list")
        };
        assert!(matches!(items[0], Node::Float(number) if number.is_nan()));
        assert_eq!(
            items[1..],
            [Node::Float(f64::NEG_INFINITY), Node::Float(f64::INFINITY)]
        );
    }

    #[test]
    fn each_half_of_a_pair_alone_is_replaced() {
        let found = forgiving_json(r#""\ud83db\ude00\ud83d\ud83d\ude00""#).unwrap();
        assert_eq!(found.as_str(), Some("\u{fffd}b\u{fffd}\u{fffd}😀"));
    }

    #[test]
    fn a_cut_between_values_is_told_from_nonsense() {
        for cut in [
            "",
            "{",
            "{\"a\"",
            "{\"a\":",
            "{\"a\": 1",
            "{\"a\":1,",
            "{\"a\":[1,",
            "{\"a\":[{}",
        ] {
            assert_eq!(forgiving_json(cut), Err(Fault::Cut), "{cut}");
        }
        for wrong in [
            "{\"a",
            "{\"a\":tr",
            "{\"a\":-",
            "{a",
            "{} x",
            "[1,]",
            "\"\\x\"",
            "01",
            "{1}",
        ] {
            assert_eq!(forgiving_json(wrong), Err(Fault::Wrong), "{wrong}");
        }
    }

    #[test]
    fn nesting_has_an_end() {
        assert!(forgiving_json(&format!("{}{}", "[".repeat(800), "]".repeat(800))).is_ok());
        assert_eq!(forgiving_json(&"[".repeat(5000)), Err(Fault::Wrong));
    }
}
