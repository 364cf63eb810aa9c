//! What a webhook and a run cost: every request to DynamoDB, to Brivo and to the queue, counted and kept.

mod bench;
mod recorder;
mod shared;

pub use bench::{Bench, TABLE, engine_client, install_acme, recorded_client, start_engine};
pub use recorder::{Recorder, Request};
pub use shared::Shared;
