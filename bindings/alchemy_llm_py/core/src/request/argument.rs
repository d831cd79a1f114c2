//! Plain values that callers hand over, and reading them with the path for complaints.

use serde_json::{Map, Number, Value};

/// A value of a caller.
#[derive(Debug, Clone, PartialEq)]
pub enum Arg {
    /// Nothing.
    Null,
    /// True or false.
    Bool(bool),
    /// An integer.
    Int(i64),
    /// An integer of any size, in digits.
    Big(String),
    /// Any other number, infinite ones included.
    Float(f64),
    /// A text.
    Text(String),
    /// Values in order.
    List(Vec<Arg>),
    /// Values by name.
    Map(Vec<(String, Arg)>),
    /// What JSON cannot hold; the name of its type.
    Other(String),
}

/// What is wrong with an argument, and where.
pub type Complaint = String;

static NULL: Arg = Arg::Null;

impl Arg {
    /// Its type in the words of Python.
    pub fn kind(&self) -> &str {
        match self {
            Self::Null => "None",
            Self::Bool(_) => "bool",
            Self::Int(_) | Self::Big(_) => "int",
            Self::Float(_) => "float",
            Self::Text(_) => "str",
            Self::List(_) => "list",
            Self::Map(_) => "dict",
            Self::Other(name) => name,
        }
    }

    /// The field of that name; nothing if there is none.
    pub fn get(&self, name: &str) -> &Self {
        match self {
            Self::Map(fields) => fields
                .iter()
                .find(|(key, _)| key == name)
                .map_or(&NULL, |(_, value)| value),
            _ => &NULL,
        }
    }

    /// Whether it is nothing.
    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// The text.
    ///
    /// # Errors
    /// It is none.
    pub fn text(&self, place: &str) -> Result<&str, Complaint> {
        match self {
            Self::Text(text) => Ok(text),
            _ => Err(self.must(place, "a string")),
        }
    }

    /// The text, unless there is nothing.
    ///
    /// # Errors
    /// It is something else.
    pub fn maybe_text(&self, place: &str) -> Result<Option<&str>, Complaint> {
        match self {
            Self::Null => Ok(None),
            _ => self.text(place).map(Some),
        }
    }

    /// The list; nothing counts as an empty one.
    ///
    /// # Errors
    /// It is something else.
    pub fn list(&self, place: &str) -> Result<&[Self], Complaint> {
        match self {
            Self::Null => Ok(&[]),
            Self::List(items) => Ok(items),
            _ => Err(self.must(place, "a list")),
        }
    }

    /// The fields; nothing counts as none.
    ///
    /// # Errors
    /// It is something else.
    pub fn fields(&self, place: &str) -> Result<&[(String, Self)], Complaint> {
        match self {
            Self::Null => Ok(&[]),
            Self::Map(fields) => Ok(fields),
            _ => Err(self.must(place, "a dict")),
        }
    }

    /// True or false, unless there is nothing.
    ///
    /// # Errors
    /// It is something else.
    pub fn flag(&self, place: &str) -> Result<Option<bool>, Complaint> {
        match self {
            Self::Null => Ok(None),
            Self::Bool(flag) => Ok(Some(*flag)),
            _ => Err(self.must(place, "True or False")),
        }
    }

    /// A finite number, unless there is nothing.
    ///
    /// # Errors
    /// It is something else.
    #[allow(clippy::cast_precision_loss)] // seconds and temperatures are small
    pub fn number(&self, place: &str) -> Result<Option<f64>, Complaint> {
        match self {
            Self::Null => Ok(None),
            Self::Int(number) => Ok(Some(*number as f64)),
            Self::Float(number) if number.is_finite() => Ok(Some(*number)),
            _ => Err(self.must(place, "a finite number")),
        }
    }

    /// A positive integer, unless there is nothing.
    ///
    /// # Errors
    /// It is something else.
    pub fn count(&self, place: &str) -> Result<Option<u32>, Complaint> {
        match self {
            Self::Null => Ok(None),
            Self::Int(number) if *number > 0 => u32::try_from(*number)
                .map(Some)
                .map_err(|_| format!("{place} is {number}; that is too much")),
            Self::Int(number) => Err(format!("{place} is {number}; it must be 1 or more")),
            _ => Err(self.must(place, "a positive integer")),
        }
    }

    /// The same as JSON.
    ///
    /// # Errors
    /// JSON cannot hold it.
    pub fn json(&self, place: &str) -> Result<Value, Complaint> {
        Ok(match self {
            Self::Null => Value::Null,
            Self::Bool(flag) => Value::Bool(*flag),
            Self::Int(number) => Value::Number((*number).into()),
            Self::Big(digits) => Value::Number(
                digits
                    .parse::<u64>()
                    .map(Number::from)
                    .or_else(|_| digits.parse::<Number>())
                    .map_err(|_| format!("{place} is an integer that is too large"))?,
            ),
            Self::Float(number) => Value::Number(
                Number::from_f64(*number)
                    .ok_or_else(|| format!("{place} is {number}, which JSON cannot hold"))?,
            ),
            Self::Text(text) => Value::String(text.clone()),
            Self::List(items) => Value::Array(
                items
                    .iter()
                    .enumerate()
                    .map(|(at, item)| item.json(&format!("{place}[{at}]")))
                    .collect::<Result<_, _>>()?,
            ),
            Self::Map(_) => Value::Object(self.object(place)?),
            Self::Other(name) => return Err(format!("{place} is {name}, which JSON cannot hold")),
        })
    }

    /// The same as a JSON object; nothing counts as an empty one.
    ///
    /// # Errors
    /// It is something else, or JSON cannot hold it.
    pub fn object(&self, place: &str) -> Result<Map<String, Value>, Complaint> {
        self.fields(place)?
            .iter()
            .map(|(name, value)| Ok((name.clone(), value.json(&format!("{place}.{name}"))?)))
            .collect()
    }

    /// Say what it must be.
    pub fn must(&self, place: &str, what: &str) -> Complaint {
        match self {
            Self::Null => format!("{place} is missing; it must be {what}"),
            _ => format!("{place} must be {what}, not {}", self.kind()),
        }
    }
}
