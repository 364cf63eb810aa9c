//! Webhooks: one record for each action at each location, made and changed by the API, switched off after ten failures.
//!
//! Source: learn.nexudus.com/rest-api/sys/post-webhooks and put-webhooks (fields, envelope, PUT to the collection with the `Id` in
//! the body); help.nexudus.com/v3/docs/failed-webhook-requests-and-retries (2026-11-21). What is refused, and with which texts,
//! is assumed; so is that an answer of 2xx sets `ErrorCount` back, which "in a row" implies, and switching a hook on as well.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::entity::Record;
use crate::message::Response;

/// How many failures in a row a hook outlives.
const MOST_FAILURES: u64 = 10;

/// The highest number of an action.
const LAST_ACTION: u64 = 90;

/// What a write is refused for: the field and a text.
type Wrong = (&'static str, &'static str);

/// A new record, as `POST /sys/webhooks` asks for it.
pub(super) fn made(asked: &Value, id: u64, businesses: &BTreeMap<u64, Record>) -> Result<Record, Wrong> {
    check(asked, businesses)?;
    let mut record = Record::new();
    let copied = ["BusinessId", "Name", "Description", "Action", "URL"].map(|name| (name, asked.get(name)));
    record.extend(copied.map(|(name, value)| (name.to_owned(), value.cloned().unwrap_or_default())));
    record.insert("Id".to_owned(), json!(id));
    record.insert("Active".to_owned(), json!(asked.get("Active").and_then(Value::as_bool).unwrap_or(false)));
    record.insert("ErrorCount".to_owned(), json!(0));
    record.insert("LastTrigger".to_owned(), Value::Null);
    record.insert("LastError".to_owned(), Value::Null);
    Ok(record)
}

/// A record after `PUT /sys/webhooks`: what is left out is emptied, but for what only Nexudus writes.
pub(super) fn changed(asked: &Value, known: &Record, businesses: &BTreeMap<u64, Record>) -> Result<Record, Wrong> {
    let id = known.get("Id").and_then(Value::as_u64).unwrap_or_default();
    let mut record = made(asked, id, businesses)?;
    for name in ["ErrorCount", "LastTrigger", "LastError"] {
        record.insert(name.to_owned(), known.get(name).cloned().unwrap_or_default());
    }
    if known.get("Active") == Some(&json!(false)) && record.get("Active") == Some(&json!(true)) {
        record.insert("ErrorCount".to_owned(), json!(0));
    }
    Ok(record)
}

fn check(asked: &Value, businesses: &BTreeMap<u64, Record>) -> Result<(), Wrong> {
    let number = |name: &str| asked.get(name).and_then(Value::as_u64);
    let has_text = |name: &str| asked.get(name).and_then(Value::as_str).is_some_and(|text| !text.is_empty());
    if !number("BusinessId").is_some_and(|id| businesses.contains_key(&id)) {
        return Err(("BusinessId", "The location does not exist."));
    }
    if !number("Action").is_some_and(|action| (2..=LAST_ACTION).contains(&action)) {
        return Err(("Action", "is a required field."));
    }
    let missing = ["Name", "URL"].into_iter().find(|name| !has_text(name));
    missing.map_or(Ok(()), |name| Err((name, "is a required field.")))
}

/// The answer to a write that went well.
pub(super) fn written(id: u64, was: &str) -> Response {
    let message = format!("WebHook record {id} was successfully {was}.");
    Response::json(
        200,
        &json!({"Status": 200, "Message": message, "Value": {"Id": id}, "WasSuccessful": true, "Errors": null}),
    )
}

/// The answer to one that did not: 200 all the same.
pub(super) fn refused((field, text): Wrong) -> Response {
    let errors = json!([{"AttemptedValue": null, "Message": text, "PropertyName": field}]);
    let message = format!("{field}: {text}");
    Response::json(
        200,
        &json!({"Status": 500, "Message": message, "Value": null, "WasSuccessful": false, "Errors": errors}),
    )
}

/// Whether a hook delivers this action at this location.
pub(super) fn delivers(record: &Record, action: u64, business: u64) -> bool {
    let is = |name: &str, value: u64| record.get(name).and_then(Value::as_u64) == Some(value);
    is("Action", action) && is("BusinessId", business) && record.get("Active") == Some(&json!(true))
}

/// Notes how a delivery was answered; the tenth failure in a row switches the hook off, and nobody is told.
pub(super) fn note(record: &mut Record, status: u16, at: Value) {
    record.insert("LastTrigger".to_owned(), at);
    if (200..300).contains(&status) {
        record.insert("ErrorCount".to_owned(), json!(0));
        return;
    }
    let failures = record.get("ErrorCount").and_then(Value::as_u64).unwrap_or_default() + 1;
    record.insert("ErrorCount".to_owned(), json!(failures));
    record.insert("LastError".to_owned(), json!(format!("The remote server returned an error: ({status}).")));
    if failures >= MOST_FAILURES {
        record.insert("Active".to_owned(), json!(false));
    }
}
