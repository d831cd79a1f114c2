//! What is wrong with a chunk.

use crate::chunk::Node;
use crate::python_text::{clipped, repr_str};
use crate::record::ErrorInfo;

/// What is said of data that is no chunk; the data follows it.
pub const COMPLAINT: &str = "The server sent data that is no chunk of an answer";

const SHOWN_CHARS: usize = 200;

/// Why a chunk ends the answer.
#[derive(Debug)]
pub enum Trouble {
    /// A field has an impossible type; the error shows the whole chunk.
    Odd,
    /// What the error says.
    Told(Box<ErrorInfo>),
}

impl From<ErrorInfo> for Trouble {
    fn from(error: ErrorInfo) -> Self {
        Self::Told(Box::new(error))
    }
}

/// The error for what is no chunk; it shows how it begins.
pub fn no_chunk(text: &str) -> ErrorInfo {
    let shown = repr_str(clipped(text.trim(), SHOWN_CHARS));
    ErrorInfo::protocol(format!("{COMPLAINT}: {shown}"))
}

/// A text, where nothing is an empty one.
///
/// # Errors
/// It is something else.
pub fn text_of<'n>(value: Option<&'n Node<'_>>) -> Result<&'n str, Trouble> {
    match value {
        None | Some(Node::Null) => Ok(""),
        Some(Node::Text(text)) => Ok(text),
        Some(_) => Err(Trouble::Odd),
    }
}
