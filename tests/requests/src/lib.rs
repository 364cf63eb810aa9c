//! What a webhook and a run cost: every request to DynamoDB, to Brivo and to the queue, counted and kept.

mod bench;
mod recorder;

pub use bench::{Bench, engine_client, start_engine};
pub use recorder::{Recorder, Request};
