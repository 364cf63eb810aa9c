//! OfficeRnD Flex: webhooks in an envelope that says what happened, and a REST API for the rest.
//!
//! The two name the same fields differently. Webhooks use the names of version 1 of the API (`team`, `office`, `resourceId`,
//! `canceled`, `start.dateTime`), lists those of version 2 (`company`, `location`, `resource`, `isCancelled`, `start`). Whether
//! newer hooks use the newer names is not documented, so either is read wherever one can stand.
//!
//! A field that is empty is left out, so what is absent is `null`. Nothing that gives access has a default.
//!
//! Source: developer.officernd.com (members, memberships, bookings, passes, assignments, webhooks); the schemas of
//! cschouten/tap-officernd; answers and hooks in public code; 2026-11.

mod booking;
pub mod client;
mod directory;
mod entity;
mod member;
mod membership;
mod pass;
mod reader;
mod recurrence;
pub(crate) mod webhook;

pub use client::Client;
pub use directory::{Assignment, Directory, Floor, Location, Resource, Visitor};
pub use entity::{Entity, Kind};
pub use reader::Reader;
pub(crate) use webhook::Hook;

use domain::{MemberId, TeamId};
use serde_json::Value;

use crate::fields::{self, Fields, Read};

/// Reads an id, which may stand inside the thing it is the id of.
fn reference(value: &Value) -> Result<String, String> {
    fields::id(value.get("_id").unwrap_or(value))
        .map_err(|_| "must be an id, or an object that has it as \"_id\"".to_owned())
}

fn truth(value: &Value) -> Result<bool, String> {
    value.as_bool().ok_or_else(|| "must be true or false".to_owned())
}

/// A field that goes by either of two names, of which the first counts, and may be left out.
fn either<T>(
    fields: &mut Fields<'_, '_>,
    names: [&str; 2],
    read: impl Fn(&Value) -> Result<T, String>,
) -> Read<Option<T>> {
    let [first, second] = names;
    match fields.optional(first, &read)? {
        Some(value) => Ok(Some(value)),
        None => fields.optional(second, read),
    }
}

/// Who has something: a member, a company or both.
fn holder(fields: &mut Fields<'_, '_>) -> Read<(Option<MemberId>, Option<TeamId>)> {
    let member = fields.optional("member", reference);
    let company = either(fields, ["company", "team"], reference);
    match (member?, company?) {
        (None, None) => Err(fields.note("member", "is missing, and so is company; say whose it is")),
        (member, company) => Ok((member.map(MemberId::new), company.map(TeamId::new))),
    }
}

/// A text that is not blank.
fn optional_text(fields: &mut Fields<'_, '_>, name: &str) -> Read<Option<String>> {
    Ok(fields.optional(name, fields::text)?.filter(|text| !text.trim().is_empty()))
}
