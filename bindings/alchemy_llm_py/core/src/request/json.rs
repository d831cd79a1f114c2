//! Arguments -> the text of JSON: UTF-8, no blanks, integers exact, keys in their order.

use std::fmt::Write;

use crate::request::argument::{Arg, Complaint};

/// The text of a value.
///
/// # Errors
/// JSON cannot hold it.
pub fn json_text(arg: &Arg, place: &str) -> Result<String, Complaint> {
    let mut text = String::new();
    write(arg, place, &mut text)?;
    Ok(text)
}

/// A JSON string.
pub fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// Fields of a JSON object, in the order in which they were first set.
#[derive(Debug, Default)]
pub struct Fields(Vec<(String, String)>);

impl Fields {
    /// Set a field to a value that is JSON.
    pub fn set(&mut self, name: &str, json: impl Into<String>) -> &mut Self {
        match self.0.iter_mut().find(|(known, _)| known == name) {
            Some((_, value)) => *value = json.into(),
            None => self.0.push((name.to_owned(), json.into())),
        }
        self
    }

    /// Set a field to a text.
    pub fn text(&mut self, name: &str, value: &str) -> &mut Self {
        self.set(name, quoted(value))
    }

    /// The object.
    pub fn json(&self) -> String {
        let fields = self.0.iter();
        let fields: Vec<_> = fields
            .map(|(name, value)| format!("{}:{value}", quoted(name)))
            .collect();
        format!("{{{}}}", fields.join(","))
    }
}

/// A JSON array of values that are JSON.
pub fn array(items: &[String]) -> String {
    format!("[{}]", items.join(","))
}

fn write(arg: &Arg, place: &str, text: &mut String) -> Result<(), Complaint> {
    match arg {
        Arg::Null => text.push_str("null"),
        Arg::Bool(flag) => text.push_str(if *flag { "true" } else { "false" }),
        Arg::Int(number) => {
            let _ = write!(text, "{number}");
        }
        Arg::Big(digits) => text.push_str(digits),
        Arg::Float(number) => {
            let found = serde_json::Number::from_f64(*number)
                .ok_or_else(|| format!("{place} is {number}, which JSON cannot hold"))?;
            let _ = write!(text, "{found}");
        }
        Arg::Text(found) => text.push_str(&quoted(found)),
        Arg::List(items) => {
            text.push('[');
            for (at, item) in items.iter().enumerate() {
                text.push_str(if at == 0 { "" } else { "," });
                write(item, &format!("{place}[{at}]"), text)?;
            }
            text.push(']');
        }
        Arg::Map(fields) => {
            text.push('{');
            for (at, (name, value)) in fields.iter().enumerate() {
                text.push_str(if at == 0 { "" } else { "," });
                text.push_str(&quoted(name));
                text.push(':');
                write(value, &format!("{place}.{name}"), text)?;
            }
            text.push('}');
        }
        Arg::Other(name) => return Err(format!("{place} is {name}, which JSON cannot hold")),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn large_integers_stay_exact_and_keys_in_order() {
        let big = Arg::Big("123456789012345678901234567890".to_owned());
        let arg = Arg::Map(vec![
            ("b".to_owned(), big),
            ("a".to_owned(), Arg::Float(1.0)),
        ]);
        let text = json_text(&arg, "x").unwrap();
        assert_eq!(text, r#"{"b":123456789012345678901234567890,"a":1.0}"#);
    }

    #[test]
    fn what_is_no_json_is_named_with_its_place() {
        let arg = Arg::Map(vec![(
            "a".to_owned(),
            Arg::List(vec![Arg::Float(f64::NAN)]),
        )]);
        let complaint = json_text(&arg, "messages[0]").unwrap_err();
        assert_eq!(complaint, "messages[0].a[0] is NaN, which JSON cannot hold");
    }
}
