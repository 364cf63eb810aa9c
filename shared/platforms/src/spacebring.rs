//! Spacebring: webhooks through Svix, some of them without the name of their event, and a REST API for the rest.
//!
//! What Spacebring calls a membership is somebody at one location: a member here, known by the membership's id, because bookings,
//! subscriptions and companies name people by it. Ids of users are no keys: they are numbers in some bodies and UUIDs in others.
//! So somebody with memberships at two locations is two members. What it calls a subscription is a membership here.
//!
//! Source: developer.spacebring.com; its `OpenAPI` and its catalogue of webhooks as kept in izak0s/spacebring-api; 2026-11.

mod booking;
mod client;
mod company;
mod day_pass;
mod entity;
mod location;
mod member;
mod message;
mod person;
mod reader;
mod subscription;
pub(crate) mod webhook;

pub use client::{Bookings, Client, Cursor, Customer, Page, Plan, Resource, Site, Told};
pub use reader::Reader;
pub(crate) use webhook::{Hook, events};

use domain::GroupId;
use serde_json::Value;

use crate::fields;

/// Reads an id: a UUID, in some bodies a number, for one of many occurrences `{id}_{date}`.
fn id(value: &Value) -> Result<String, String> {
    fields::id(value)
}

/// Reads `brivoGroupRef`, the number of a Brivo group.
fn group(value: &Value) -> Result<GroupId, String> {
    let number = value.as_i64().filter(|number| *number > 0);
    number.map(GroupId).ok_or_else(|| "must be the number of a Brivo group".to_owned())
}
