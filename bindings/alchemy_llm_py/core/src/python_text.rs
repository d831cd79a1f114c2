//! Values as Python writes them, because our errors show them so.

use serde_json::Value;

use crate::chunk::Node;

/// `repr` of a value.
pub fn repr(value: &Node<'_>) -> String {
    let mut text = String::new();
    write_repr(value, &mut text);
    text
}

/// `str` of a value.
pub fn str_of(value: &Node<'_>) -> String {
    value.as_str().map_or_else(|| repr(value), str::to_owned)
}

/// `str` of a value.
pub fn str_of_value(value: &Value) -> String {
    str_of(&node_of(value))
}

/// `json.dumps(value, ensure_ascii=False)`.
pub fn dumps(value: &Value) -> String {
    let mut text = String::new();
    write_json(value, &mut text);
    text
}

/// `repr` of a text.
pub fn repr_str(text: &str) -> String {
    let mut found = String::new();
    write_quoted(text, &mut found);
    found
}

/// `repr` of bytes.
pub fn repr_bytes(bytes: &[u8]) -> String {
    let quote = quote_for(bytes.contains(&b'\''), bytes.contains(&b'"'));
    let mut text = format!("b{quote}");
    for &byte in bytes {
        match byte {
            b'\n' => text.push_str("\\n"),
            b'\r' => text.push_str("\\r"),
            b'\t' => text.push_str("\\t"),
            b'\\' => text.push_str("\\\\"),
            _ if char::from(byte) == quote => text.extend(['\\', quote]),
            0x20..=0x7e => text.push(char::from(byte)),
            _ => text.push_str(&format!("\\x{byte:02x}")),
        }
    }
    text.push(quote);
    text
}

/// The first characters of a text.
pub fn clipped(text: &str, chars: usize) -> &str {
    text.char_indices()
        .nth(chars)
        .map_or(text, |(end, _)| &text[..end])
}

fn write_repr(value: &Node<'_>, text: &mut String) {
    match value {
        Node::Null => text.push_str("None"),
        Node::Bool(true) => text.push_str("True"),
        Node::Bool(false) => text.push_str("False"),
        Node::Int(number) => text.push_str(&number.to_string()),
        Node::Large(number) => text.push_str(&number.to_string()),
        Node::Float(number) => text.push_str(&float(*number)),
        Node::Text(found) => write_quoted(found, text),
        Node::List(items) => {
            text.push('[');
            write_all(items, text, write_repr);
            text.push(']');
        }
        Node::Object(fields) => {
            text.push('{');
            write_all(fields, text, |(name, item), text| {
                write_quoted(name, text);
                text.push_str(": ");
                write_repr(item, text);
            });
            text.push('}');
        }
    }
}

fn write_json(value: &Value, text: &mut String) {
    match value {
        Value::Array(items) => {
            text.push('[');
            write_all(items, text, write_json);
            text.push(']');
        }
        Value::Object(fields) => {
            text.push('{');
            write_all(fields, text, |(name, item), text| {
                text.push_str(&Value::from(name.as_str()).to_string());
                text.push_str(": ");
                write_json(item, text);
            });
            text.push('}');
        }
        Value::Number(number) if number.is_f64() => {
            text.push_str(&float(number.as_f64().unwrap_or_default()));
        }
        other => text.push_str(&other.to_string()),
    }
}

fn write_all<T>(
    items: impl IntoIterator<Item = T>,
    text: &mut String,
    write: impl Fn(T, &mut String),
) {
    for (place, item) in items.into_iter().enumerate() {
        if place > 0 {
            text.push_str(", ");
        }
        write(item, text);
    }
}

/// A number as Python writes it: 1e16 is `1e+16`, and 1e15 is written in full.
fn float(number: f64) -> String {
    if number.is_nan() {
        return "nan".to_owned();
    }
    if number.is_infinite() {
        return if number > 0.0 { "inf" } else { "-inf" }.to_owned();
    }
    let shortest = format!("{number:e}");
    let (digits, exponent) = shortest.split_once('e').unwrap_or((&shortest, "0"));
    let power: i32 = exponent.parse().unwrap_or(0);
    if (-4..16).contains(&power) {
        return format!("{number:?}");
    }
    let sign = if power < 0 { '-' } else { '+' };
    format!("{digits}e{sign}{:02}", power.abs())
}

fn write_quoted(text: &str, found: &mut String) {
    let quote = quote_for(text.contains('\''), text.contains('"'));
    found.push(quote);
    for letter in text.chars() {
        match letter {
            '\n' => found.push_str("\\n"),
            '\r' => found.push_str("\\r"),
            '\t' => found.push_str("\\t"),
            '\\' => found.push_str("\\\\"),
            _ if letter == quote => found.extend(['\\', quote]),
            _ if is_printable(letter) => found.push(letter),
            _ => match u32::from(letter) {
                code @ ..=0xff => found.push_str(&format!("\\x{code:02x}")),
                code @ ..=0xffff => found.push_str(&format!("\\u{code:04x}")),
                code => found.push_str(&format!("\\U{code:08x}")),
            },
        }
    }
    found.push(quote);
}

fn quote_for(has_single: bool, has_double: bool) -> char {
    if has_single && !has_double {
        '"'
    } else {
        '\''
    }
}

/// As `str.isprintable`, but for rare blanks, marks and code points without a character.
fn is_printable(letter: char) -> bool {
    !letter.is_control()
        && (letter == ' ' || !letter.is_whitespace())
        && !matches!(u32::from(letter), 0xad | 0x200b..=0x200f | 0x202a..=0x202e
            | 0x2060..=0x206f | 0xe000..=0xf8ff | 0xfeff | 0xfff9..=0xfffb | 0xe0000..)
}

fn node_of(value: &Value) -> Node<'_> {
    serde::Deserialize::deserialize(value).unwrap_or(Node::Null)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_look_as_in_python() {
        let body = r#"{"a":[null,true,1,-2.0,1e16,1e-7,0.0001,1.5],"b'":"it's \n\\ \u0001é\u200b","c":"\"'"}"#;
        let node: Node = serde_json::from_str(body).unwrap();
        assert_eq!(
            repr(&node),
            r#"{'a': [None, True, 1, -2.0, 1e+16, 1e-07, 0.0001, 1.5], "b'": "it's \n\\ \x01é\u200b", 'c': '"\''}"#
        );
        assert_eq!(repr_bytes(b"a'\n\xff"), r#"b"a'\n\xff""#);
    }

    #[test]
    fn json_looks_as_in_python() {
        let value: Value = serde_json::from_str(r#"{"a":[1,1e20],"é":"\n","z":null}"#).unwrap();
        assert_eq!(dumps(&value), r#"{"a": [1, 1e+20], "é": "\n", "z": null}"#);
        assert_eq!(str_of_value(&Value::from("x")), "x");
        assert_eq!(str_of_value(&Value::Bool(true)), "True");
    }

    #[test]
    fn clipping_counts_characters() {
        assert_eq!(clipped("é😀x", 2), "é😀");
        assert_eq!(clipped("é", 2), "é");
    }
}
