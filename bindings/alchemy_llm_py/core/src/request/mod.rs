//! What callers ask for: arguments, checked and made into requests.

pub mod argument;
pub mod ask;
pub mod body;
pub mod context;
pub mod crate_request;
pub mod entries;
pub mod history;
pub mod json;
pub mod keys;
pub mod messages;
pub mod model;
pub mod options;
pub mod peek;
pub mod settings;
