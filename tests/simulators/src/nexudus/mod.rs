//! A Nexudus account: the parts of its REST API that tell who may be where, and its webhooks.
//!
//! [`Model`] is the machine and [`NexudusServer`] puts it on a local port. Simulated are both ways to
//! log in, the lists and records of customers, contracts, passes, teams, bookings, resources,
//! locations and time zones, the registration of webhooks, and throttling. [`Model::webhook_body`] and [`signature`] make what a webhook would deliver.
//!
//! Source: developers.nexudus.com and help.nexudus.com as of 2026-11-21, and a booking captured in
//! 2022.

mod dates;
mod entity;
mod hooks;
mod listing;
mod login;
mod model;
mod seeds;
mod server;
mod throttle;
mod trouble;
mod webhook;

pub use entity::Entity;
pub use model::Model;
pub use seeds::{Booking, Business, Contract, Customer, Resource, Team, TimePass};
pub use server::NexudusServer;
pub use throttle::Limits;
pub use trouble::Trouble;
pub use webhook::{Hashing, signature};
