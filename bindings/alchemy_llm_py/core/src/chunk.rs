//! A chunk of an answer as a tree that borrows its texts from the bytes.
//!
//! A tree and not structs with fields, because any field may be missing, null or of a wrong type,
//! and what then happens is the decoder's business. Source: spec/alchemy.md, 8.2.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

/// One JSON value.
#[derive(Debug, Clone, PartialEq)]
pub enum Node<'a> {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// An integer of 64 bits.
    Int(i64),
    /// A larger one.
    Large(u64),
    /// Any other number.
    Float(f64),
    /// A string; borrowed if nothing in it is escaped.
    Text(Cow<'a, str>),
    /// An array.
    List(Vec<Node<'a>>),
    /// An object, in the order of the bytes; of equal names the last counts.
    Object(Vec<(Cow<'a, str>, Node<'a>)>),
}

impl<'a> Node<'a> {
    /// The field of an object; None for missing ones and for other values.
    pub fn get(&self, name: &str) -> Option<&Self> {
        match self {
            Self::Object(fields) => fields
                .iter()
                .rev()
                .find_map(|(key, value)| (key == name).then_some(value)),
            _ => None,
        }
    }

    /// The field, if it says anything: not missing, null, empty, zero or false.
    pub fn told(&self, name: &str) -> Option<&Self> {
        self.get(name).filter(|value| value.is_telling())
    }

    /// Whether it is anything but null, empty, zero or false: what Python calls true.
    pub fn is_telling(&self) -> bool {
        match self {
            Self::Null => false,
            Self::Bool(value) => *value,
            Self::Int(value) => *value != 0,
            Self::Large(value) => *value != 0,
            Self::Float(value) => *value != 0.0,
            Self::Text(text) => !text.is_empty(),
            Self::List(items) => !items.is_empty(),
            Self::Object(fields) => !fields.is_empty(),
        }
    }

    /// The text of a string.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Whether it is an object.
    pub fn is_object(&self) -> bool {
        matches!(self, Self::Object(_))
    }

    /// The same value, owned. What is no number in JSON (infinity) becomes null.
    pub fn to_value(&self) -> Value {
        match self {
            Self::Null => Value::Null,
            Self::Bool(value) => Value::Bool(*value),
            Self::Int(value) => Value::from(*value),
            Self::Large(value) => Value::from(*value),
            Self::Float(value) => Number::from_f64(*value).map_or(Value::Null, Value::Number),
            Self::Text(text) => Value::from(text.as_ref()),
            Self::List(items) => items.iter().map(Node::to_value).collect(),
            Self::Object(fields) => {
                let mut map = Map::with_capacity(fields.len());
                for (name, value) in fields {
                    map.insert(name.to_string(), value.to_value());
                }
                Value::Object(map)
            }
        }
    }
}

/// What iterating a value gives in Python: elements, names of fields, characters; None for others.
pub fn items_of<'n>(value: &'n Node<'_>) -> Option<Vec<Cow<'n, Node<'n>>>> {
    let text = |text: &str| Cow::Owned(Node::Text(Cow::Owned(text.to_owned())));
    match value {
        Node::List(items) => Some(items.iter().map(Cow::Borrowed).collect()),
        Node::Object(fields) => Some(fields.iter().map(|(name, _)| text(name)).collect()),
        Node::Text(all) => Some(all.chars().map(|one| text(&one.to_string())).collect()),
        _ => None,
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Node<'a> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(NodeVisitor)
    }
}

struct NodeVisitor;

impl<'de> Visitor<'de> for NodeVisitor {
    type Value = Node<'de>;

    fn expecting(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Node<'de>, E> {
        Ok(Node::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Node<'de>, E> {
        Ok(Node::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Node<'de>, E> {
        Ok(Node::Int(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Node<'de>, E> {
        Ok(i64::try_from(value).map_or(Node::Large(value), Node::Int))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Node<'de>, E> {
        Ok(Node::Float(value))
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Node<'de>, E> {
        Ok(Node::Text(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Node<'de>, E> {
        Ok(Node::Text(Cow::Owned(text.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut from: A) -> Result<Node<'de>, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = from.next_element()? {
            items.push(item);
        }
        Ok(Node::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut from: A) -> Result<Node<'de>, A::Error> {
        let mut fields = Vec::with_capacity(8);
        while let Some(Name(name)) = from.next_key()? {
            fields.push((name, from.next_value()?));
        }
        Ok(Node::Object(fields))
    }
}

/// The name of a field, borrowed where it can be.
struct Name<'a>(Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Name<'a> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        match from.deserialize_str(NodeVisitor)? {
            Node::Text(text) => Ok(Self(text)),
            _ => Err(serde::de::Error::custom("a name that is no string")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_without_escapes_are_borrowed() {
        let body = r#"{"a":"plain","b":"es\"caped","a":2}"#;
        let node: Node = serde_json::from_str(body).unwrap();
        let Node::Object(fields) = &node else {
            panic!("no object")
        };
        assert!(matches!(
            &fields[0],
            (Cow::Borrowed("a"), Node::Text(Cow::Borrowed("plain")))
        ));
        assert!(matches!(&fields[1].1, Node::Text(Cow::Owned(text)) if text == "es\"caped"));
        assert_eq!(node.get("a"), Some(&Node::Int(2)));
    }

    #[test]
    fn values_survive_the_change_of_type() {
        let body = r#"{"a":[1,-2,1.5,18446744073709551615,null,true,"x"],"b":{}}"#;
        let node: Node = serde_json::from_str(body).unwrap();
        let value: Value = serde_json::from_str(body).unwrap();
        assert_eq!(node.to_value(), value);
    }

    #[test]
    fn null_empty_zero_and_false_say_nothing() {
        let node: Node = serde_json::from_str(r#"[null,"",0,0.0,false,[],{}]"#).unwrap();
        let Node::List(items) = node else {
            panic!("no list")
        };
        assert!(items.iter().all(|item| !item.is_telling()));
    }
}
