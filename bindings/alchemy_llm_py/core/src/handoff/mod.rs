//! From the task that reads the network to whoever reads the answer.

pub mod assembly;
pub mod queue;
pub mod reader;
pub mod shared;
pub mod signal;
pub mod wakeup;
