//! An OfficeRnD Flex organization: the parts of its REST API (version 2) that tell who may be where, and its webhooks.
//!
//! [`Model`] is the machine and [`OfficerndServer`] puts it on a local port; one port serves both the API and the identity
//! host. Simulated are tokens by client credentials, lists with cursors, the rate limit headers, and the registration of webhooks.
//! [`Model::webhook_body`] and [`signature`] make what a webhook would deliver, under the names of version 1 or 2.
//!
//! Source: developer.officernd.com as of 2026-11-21, officernd/webhooks-demo, and answers seen in public code.

mod entity;
mod hooks;
mod listing;
mod model;
mod names;
mod server;
mod throttle;
mod tokens;
mod trouble;

pub use entity::Entity;
pub use hooks::{Names, signature};
pub use model::Model;
pub use server::OfficerndServer;
pub use throttle::Limits;
pub use trouble::Trouble;
