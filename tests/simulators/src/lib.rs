//! Stand-ins for the services outside Latchwork, faithful to their documents, quirks included.
//!
//! Each simulator is a synchronous state machine that is handed a request and the instant, and a
//! front that puts it on a local port. A simulation drives the machine; a test of the whole drives
//! the port. No simulator reads a clock, and none shares code with the client that talks to it.

pub mod brivo;
pub mod clock;
pub mod message;
pub mod nexudus;
pub mod officernd;
pub mod serving;
pub mod spacebring;

mod form;
mod random;
