//! Items as DynamoDB holds them: keys and counters as attributes, everything else as JSON in `body`.

use std::{collections::HashMap, fmt::Display};

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::Timestamp;
use serde::{Serialize, de::DeserializeOwned};

use super::errors::unusable;
use crate::{StoreError, keys::Key};

/// An item.
pub(super) type Item = HashMap<String, AttributeValue>;

/// The meaning of what is stored; grows when the meaning changes, so that old items can be told and read.
///
/// 2: what lies with members and teams says of when it is, and stays for a while, as `gone`, when it is taken away. In 1
/// it says neither, and is there if it counts.
pub(super) const SCHEMA: i64 = 2;

/// Text.
pub(super) fn s(text: impl Into<String>) -> AttributeValue {
    AttributeValue::S(text.into())
}

/// A number.
pub(super) fn n(number: impl Display) -> AttributeValue {
    AttributeValue::N(format!("{number}"))
}

/// An instant as stored, rounded up, so that what is due then really is.
pub(super) fn millis(at: Timestamp) -> i64 {
    let rest = at.subsec_nanosecond().rem_euclid(1_000_000);
    at.as_millisecond().saturating_add(i64::from(rest > 0))
}

/// An instant as stored where two are compared: to the nanosecond, which 21 of the 38 digits of a number hold for every
/// instant there is.
pub(super) fn nanos(at: Timestamp) -> AttributeValue {
    n(at.as_nanosecond())
}

/// An item's key.
pub(super) fn key_item(key: &Key) -> Item {
    Item::from([("pk".to_owned(), s(&key.pk)), ("sk".to_owned(), s(&key.sk))])
}

/// An item with a value as its body.
pub(super) fn body<T: Serialize>(what: &'static str, key: &Key, value: &T, version: u64) -> Result<Item, StoreError> {
    let mut item = key_item(key);
    item.insert("body".to_owned(), s(json(what, value)?));
    item.insert("version".to_owned(), n(version));
    item.insert("schema".to_owned(), n(SCHEMA));
    Ok(item)
}

/// A value as JSON.
pub(super) fn json<T: Serialize>(what: &'static str, value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|error| unusable(what, &error))
}

/// The value in an item's body.
pub(super) fn bodied<T: DeserializeOwned>(what: &'static str, item: &Item) -> Result<T, StoreError> {
    parsed(what, item, "body")?.ok_or_else(|| unusable(what, &"it has no body"))
}

/// The JSON value in an attribute, if the attribute is there.
pub(super) fn parsed<T: DeserializeOwned>(
    what: &'static str,
    item: &Item,
    name: &'static str,
) -> Result<Option<T>, StoreError> {
    let Some(AttributeValue::S(json)) = item.get(name) else {
        return Ok(None);
    };
    // serde_json's messages can quote the data; the place is enough to find it.
    serde_json::from_str(json).map(Some).map_err(|error| {
        unusable(what, &format!("{:?} error at line {} column {}", error.classify(), error.line(), error.column()))
    })
}

/// A text attribute.
pub(super) fn text(item: &Item, name: &'static str) -> Result<String, StoreError> {
    match item.get(name) {
        Some(AttributeValue::S(text)) => Ok(text.clone()),
        _ => Err(unusable(name, &"it is missing")),
    }
}

/// A counter; 0 if it is not there.
pub(super) fn number(item: &Item, name: &'static str) -> Result<u64, StoreError> {
    match item.get(name) {
        None => Ok(0),
        Some(AttributeValue::N(digits)) => digits.parse().map_err(|error| unusable(name, &error)),
        Some(_) => Err(unusable(name, &"it is no number")),
    }
}

/// An instant.
pub(super) fn instant(item: &Item, name: &'static str) -> Result<Option<Timestamp>, StoreError> {
    let Some(AttributeValue::N(digits)) = item.get(name) else {
        return Ok(None);
    };
    let millis: i64 = digits.parse().map_err(|error| unusable(name, &error))?;
    // Rounding up can leave the last representable instant behind by less than a millisecond.
    Ok(Some(Timestamp::from_millisecond(millis).unwrap_or(Timestamp::MAX)))
}
