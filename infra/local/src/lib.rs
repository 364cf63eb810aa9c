//! The whole bundle on one machine: the mirror image of `infra/aws`.
//!
//! Every function's own handler runs here, behind one port, with an in-process queue and scheduler on a clock that may be
//! moved by hand, an embedded DynamoDB engine, and simulators of Brivo and of the platform where no real ones are named.

pub mod bundle;
pub mod cli;
mod clock_routes;
mod data;
mod demo;
mod driver;
mod engine;
mod keys;
mod mail_routes;
mod operator;
mod output;
mod simulation;
mod time;

use clap::Parser;

pub use bundle::Bundle;

/// The program.
///
/// # Errors
/// If it cannot start.
pub fn main() -> anyhow::Result<()> {
    let arguments = cli::Arguments::parse();
    if arguments.is_for_people() {
        runtime::logging::start_quiet_local_logging();
    } else {
        runtime::logging::start_local_logging();
    }
    let tokio = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    tokio.block_on(arguments.run())
}
