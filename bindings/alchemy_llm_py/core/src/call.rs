//! A tool call and the argument text collected so far.

use std::borrow::Cow;
use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::SystemTime;

use serde_json::Value;

use crate::chunk::Node;
use crate::forgiving::forgiving_json;
use crate::record::Record;
use crate::tool_calls::impossible;
use crate::trouble::Trouble;

/// The `index` of a fragment; numbers are compared as numbers.
#[derive(Debug, Clone, PartialEq)]
pub enum Slot {
    /// A whole number.
    Number(i64),
    /// Whatever else stood there.
    Other(Value),
}

impl Slot {
    /// Return the index; None if there is none.
    pub fn of(index: Option<&Node<'_>>) -> Option<Self> {
        match index? {
            Node::Null => None,
            Node::Int(number) => Some(Self::Number(*number)),
            Node::Bool(value) => Some(Self::Number(i64::from(*value))),
            // The cast changes nothing: the number is whole and small.
            #[allow(clippy::cast_possible_truncation)]
            Node::Float(number) if number.fract() == 0.0 && number.abs() < 1e15 => {
                Some(Self::Number(*number as i64))
            }
            other => Some(Self::Other(other.to_value())),
        }
    }
}

impl From<usize> for Slot {
    fn from(position: usize) -> Self {
        Self::Number(i64::try_from(position).unwrap_or(i64::MAX))
    }
}

/// One call.
#[derive(Debug)]
pub struct Call {
    /// The index on the wire.
    pub slot: Option<Slot>,
    /// The id on the wire; empty for none yet.
    pub wire_id: String,
    /// The id of the answer's part.
    pub id: String,
    /// The tool's name as far as it is known.
    pub name: String,
    /// The arguments so far.
    pub text: String,
    place: usize,
    is_open: bool,
}

impl Call {
    /// Begin a call; without an id, or with one that another call has, it gets a fresh one.
    pub fn new(
        place: usize,
        slot: Option<Slot>,
        wire_id: &str,
        name: &str,
        is_id_used: bool,
    ) -> Self {
        Self {
            slot,
            wire_id: wire_id.to_owned(),
            id: if wire_id.is_empty() || is_id_used {
                fresh_id()
            } else {
                wire_id.to_owned()
            },
            name: name.to_owned(),
            text: String::new(),
            place,
            is_open: true,
        }
    }

    /// Its first record.
    pub fn start(&self) -> Record {
        Record::ToolCallStart {
            index: self.place,
            id: self.id.clone(),
            name: self.name.clone(),
        }
    }

    /// Its last record; None if it was there.
    pub fn end(&mut self) -> Option<Record> {
        std::mem::take(&mut self.is_open).then(|| Record::ToolCallEnd {
            index: self.place,
            id: self.id.clone(),
            name: self.name.clone(),
            arguments_json: self.text.clone(),
        })
    }

    /// Its place in the content; None if it has ended.
    pub fn open_place(&self) -> Option<usize> {
        self.is_open.then_some(self.place)
    }

    /// Tell whether the arguments are a JSON object, so that nothing can follow.
    pub fn is_complete(&self) -> bool {
        self.text.trim_end().ends_with('}')
            && forgiving_json(&self.text).is_ok_and(|found| found.is_object())
    }

    /// Tell whether there are no arguments yet, or all.
    pub fn is_settled(&self) -> bool {
        self.text.is_empty() || self.is_complete()
    }

    /// Tell whether these are the complete arguments once more.
    pub fn repeats(&self, arguments: &str) -> bool {
        arguments == self.text && self.is_complete()
    }
}

/// Return an id or a name; nothing is an empty one, and whole numbers are taken.
///
/// # Errors
/// It is something else.
pub fn word_of<'n>(value: Option<&'n Node<'_>>, what: &str) -> Result<Cow<'n, str>, Trouble> {
    match value {
        None | Some(Node::Null) => Ok(Cow::Borrowed("")),
        Some(Node::Text(text)) => Ok(Cow::Borrowed(text)),
        Some(Node::Int(number)) => Ok(Cow::Owned(number.to_string())),
        Some(Node::Large(number)) => Ok(Cow::Owned(number.to_string())),
        Some(odd) => Err(impossible(
            &format!("The {what} of a tool call is"),
            odd,
            "a string",
        )),
    }
}

/// Return arguments as text; an object becomes JSON.
///
/// # Errors
/// They are something else.
pub fn arguments_of<'n>(value: Option<&'n Node<'_>>) -> Result<Cow<'n, str>, Trouble> {
    match value {
        None | Some(Node::Null) => Ok(Cow::Borrowed("")),
        Some(Node::Text(text)) => Ok(Cow::Borrowed(text)),
        Some(Node::Object(_)) => {
            Ok(Cow::Owned(value.map_or_else(String::new, |object| {
                object.to_value().to_string()
            })))
        }
        Some(odd) => Err(impossible(
            "The arguments of a tool call are",
            odd,
            "a string",
        )),
    }
}

/// An id that no other call has: `call_` and 24 hexadecimal digits.
fn fresh_id() -> String {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let random = || {
        let mut hasher = RandomState::new().build_hasher();
        hasher.write_u64(count);
        hasher.write_u32(std::process::id()); // a forked child has the same keys and count
        if let Ok(now) = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH) {
            hasher.write_u128(now.as_nanos());
        }
        hasher.finish()
    };
    let digits = format!("{:016x}{:016x}", random(), random());
    format!("call_{}", &digits[..24])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fresh_ids_are_different_and_long() {
        let ids: std::collections::HashSet<_> = (0..1000).map(|_| fresh_id()).collect();
        assert_eq!(ids.len(), 1000);
        assert!(ids.iter().all(|id| id.len() == 29));
    }

    #[test]
    fn numbers_are_one_index_however_written() {
        let node = |text: &'static str| serde_json::from_str::<Node>(text).unwrap();
        assert_eq!(Slot::of(Some(&node("1.0"))), Slot::of(Some(&node("1"))));
        assert_ne!(Slot::of(Some(&node("\"1\""))), Slot::of(Some(&node("1"))));
        assert_eq!(Slot::of(Some(&Node::Null)), None);
    }
}
