//! What a webhook and a run cost: every request to DynamoDB, to Brivo and to the queue, counted and kept.

mod bench;
mod recorder;

pub use bench::Bench;
pub use recorder::{Recorder, Request};
