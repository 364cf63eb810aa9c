//! A Spacebring network: the lists of its REST API that tell who may be where, and its webhooks through Svix.
//!
//! [`Model`] is the machine and [`SpacebringServer`] puts it on a local port. [`Model::webhook_body`] makes what a webhook would
//! carry, and [`Endpoint`] what Svix puts around it: message ids, signatures, secrets that are rotated.
//!
//! Quirks kept: a list with no way to ask for what changed, removed members on a list of their own, bookings without location and
//! status, repeated bookings expanded on request only, and webhooks of which some do not name their event.
//!
//! Source: developer.spacebring.com as of 2026-11-21; `spec/openapi.json` of 2026-08-20 and `spec/webhook-events.json` of
//! 2026-07-04 in izak0s/spacebring-api; docs.svix.com as of 2026-11-21.

mod endpoint;
mod listing;
mod model;
mod record;
mod seeds;
mod server;
mod throttle;
mod trouble;
mod webhook;

pub use endpoint::{Attempt, Endpoint, Message};
pub use model::Model;
pub use record::Kind;
pub use seeds::{Booking, Company, DayPasses, Location, Membership, Person, Plan, Resource, Subscription};
pub use server::SpacebringServer;
pub use throttle::Limits;
pub use trouble::Trouble;
