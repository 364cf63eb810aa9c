//! How coworking platforms tell what they know: deliveries are proven, read and turned into news, all without I/O.
//!
//! The order is always the same: [`verify`] a delivery, [`Delivery::read`] it, ask [`Delivery::subjects`] what has to be
//! known to take it in, then turn it into [`Delivery::news`]. The one part that talks to the network is
//! [`Api`], for what a delivery leaves out.
//!
//! This is the only place where a civil date meets a location's time zone.

mod address;
mod answer;
mod api;
mod attendees;
mod connection;
mod delivery;
mod digest;
mod events;
mod fields;
pub mod hooks;
mod ids;
mod moment;
pub mod nexudus;
pub mod officernd;
mod origin;
mod place;
mod reader;
#[cfg(test)]
mod samples;
mod signature;
mod source;
pub mod spacebring;
mod unplaced;

pub use address::address_of;
pub use answer::PlatformError;
pub use api::Api;
pub use connection::{Connection, untold_without_login};
pub use delivery::{Delivery, Received};
pub use events::snapshot::{Provenance, Snapshot, Table};
pub use fields::Unreadable;
pub use origin::Origin;
pub use reader::{Asked, Portion, Reader, groups_are_read};
pub use signature::{Proof, Refused, is_signing_secret, verify};
pub use source::{CUSTOM_ACS, NoSuchSource, Source};
