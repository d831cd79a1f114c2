//! What callers ask for: arguments, checked and made into requests.

pub mod argument;
pub mod context;
pub mod json;
pub mod keys;
pub mod model;
pub mod options;
pub mod peek;
pub mod settings;
