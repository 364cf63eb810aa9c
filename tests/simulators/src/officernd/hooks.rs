//! Webhooks: what is registered, what is delivered, and the signature under it.
//!
//! Source: developer.officernd.com/docs/webhooks-getting-started; officernd/webhooks-demo index.js; the event list and the
//! registration of Skrapion/n8n-nodes-officernd (2026-11-21).

use std::fmt::Write as _;

use hmac::{Hmac, KeyInit as _, Mac as _};
use jiff::Timestamp;
use serde_json::{Map, Value, json};
use sha2::Sha256;

use super::entity::{Entity, Record};
use super::{listing, names};

/// Under which names an object is delivered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Names {
    /// Those of version 1, as was seen.
    Version1,
    /// Those of version 2, which newer hooks may use.
    Version2,
}

/// The value of `officernd-signature` for a body sent at this instant: HMAC-SHA256 in hex of the body, a dot and the seconds.
///
/// The vendor's sample takes the parts by position; `key` is what the second part is called, `signature` or `v1`.
pub fn signature(secret: &str, body: &str, sent_at: Timestamp, key: &str) -> String {
    let seconds = sent_at.as_second();
    // HMAC takes keys of any length, so there is always a code to hash into.
    let Ok(mut code) = Hmac::<Sha256>::new_from_slice(secret.as_bytes()) else { return String::new() };
    code.update(format!("{body}.{seconds}").as_bytes());
    let hex = code.finalize().into_bytes().iter().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    });
    format!("t={seconds},{key}={hex}")
}

/// The envelope about a record; `before` is what it was, of which only what changed is shown.
pub(super) fn envelope(
    (event, kind): (&str, &str),
    entity: Entity,
    (record, before): (&Record, Option<&Record>),
    names: Names,
    now: Timestamp,
) -> Value {
    let under = |record: &Record| match names {
        Names::Version1 => names::in_version_1(entity, record),
        Names::Version2 => record.clone(),
    };
    let object = under(record);
    let mut data = Map::from_iter([("object".to_owned(), listing::shown(&object))]);
    if let Some(before) = before.map(under) {
        let changed = before.iter().filter(|(name, value)| object.get(*name) != Some(value));
        let changed = changed.map(|(name, value)| (name.clone(), value.clone())).collect();
        data.insert("previousAttributes".to_owned(), changed);
    }
    json!({"event": event, "eventType": kind, "createdAt": super::model::written(now), "data": data})
}

/// A webhook as `POST /webhooks` made it, with its secret; without a URL there is none.
pub(super) fn made(id: &str, secret: &str, asked: &Value) -> Option<Record> {
    asked.get("url")?.as_str()?;
    let made = json!({
        "_id": id,
        "url": asked.get("url"),
        "description": asked.get("description"),
        "eventTypes": asked.get("eventTypes"),
        "secret": secret,
        "isEnabled": asked.get("isEnabled").and_then(Value::as_bool).unwrap_or(true),
    });
    made.as_object().cloned()
}
