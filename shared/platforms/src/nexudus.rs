//! Nexudus: webhooks that carry one entity and no event name, a REST API for the rest, and the groups that it works out itself.

pub(crate) mod access;
mod booking;
mod client;
mod contract;
mod coworker;
mod late_passes;
mod pass;
mod reader;
mod team;
pub(crate) mod webhook;

pub(crate) use access::CustomerGroups;
pub use access::access_groups;
pub use client::{Client, Customer};
pub use reader::Reader;
pub(crate) use webhook::{Hook, action_name, actions};

use std::collections::BTreeMap;

use serde_json::Value;

use crate::fields;

/// Whether the document says that the login may read lists: `platform_api.lists = "read"`.
pub(crate) fn lists_are_read(settings: &BTreeMap<String, String>) -> bool {
    settings.get("lists").is_some_and(|lists| lists == "read")
}

/// Reads an id of Nexudus: a whole number other than 0, which its software writes where there is none.
///
/// Text is taken if it is of ASCII letters, digits and `-`, so that a body signed in its ASCII form vouches for it.
fn id(value: &Value) -> Result<String, String> {
    let id = fields::id(value).ok().filter(|id| id != "0");
    id.filter(|id| id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-'))
        .ok_or_else(|| "must be an id: a whole number other than 0".to_owned())
}

/// Reads an id that may be 0, which means that there is none.
fn id_or_none(value: &Value) -> Result<Option<String>, String> {
    if value.as_u64() == Some(0) { Ok(None) } else { id(value).map(Some) }
}

/// Whether a text is what Nexudus' ids are: a whole number other than 0.
pub(crate) fn is_id(text: &str) -> bool {
    text.parse::<u64>().is_ok_and(|id| id != 0 && id.to_string() == text)
}

fn truth(value: &Value) -> Result<bool, String> {
    value.as_bool().ok_or_else(|| "must be true or false".to_owned())
}
