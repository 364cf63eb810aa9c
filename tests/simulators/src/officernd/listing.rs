//! Lists: filters, cursors and pages of at most 50.
//!
//! Source: developer.officernd.com, paging and filters (2026-11-21); a page of members and one of bookings in public code, whose
//! cursors are the base64 of `{"k":"_id","p":50,"v":"<last id>"}`.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::entity::Record;

/// The most rows of a page, which is also the default.
const MOST: usize = 50;

/// The page of `records` that `query` asks for; none for a cursor that this organization never gave.
///
/// What is null is left out of the rows, and the last page has no `cursorNext`.
pub(super) fn page(records: &BTreeMap<String, Record>, query: &BTreeMap<String, String>) -> Option<Value> {
    let limit = query.get("$limit").and_then(|text| text.parse().ok()).unwrap_or(MOST).clamp(1, MOST);
    let after = match query.get("$cursorNext") {
        Some(cursor) => Some(opened(cursor)?),
        None => None,
    };
    let passing: Vec<(&String, &Record)> = records.iter().filter(|(_, record)| passes(record, query)).collect();
    let before = passing.iter().filter(|(id, _)| after.as_ref().is_some_and(|after| *id <= after)).count();
    let rows: Vec<(&String, &Record)> = passing.iter().skip(before).take(limit).copied().collect();
    let mut page = Map::new();
    page.insert("rangeStart".to_owned(), json!(before + 1));
    page.insert("rangeEnd".to_owned(), json!(before + rows.len()));
    if let Some((last, _)) = rows.last().filter(|_| before + rows.len() < passing.len()) {
        page.insert("cursorNext".to_owned(), json!(cursor(limit, last)));
    }
    page.insert("results".to_owned(), rows.iter().map(|(_, record)| shown(record)).collect());
    Some(Value::Object(page))
}

/// A record as it is sent: without what is null.
pub(super) fn shown(record: &Record) -> Value {
    let kept = record.iter().filter(|(_, value)| !value.is_null());
    Value::Object(kept.map(|(name, value)| (name.clone(), value.clone())).collect())
}

fn cursor(limit: usize, last: &str) -> String {
    STANDARD_NO_PAD.encode(json!({"k": "_id", "p": limit, "v": last}).to_string())
}

fn opened(cursor: &str) -> Option<String> {
    let bytes = STANDARD_NO_PAD.decode(cursor).ok()?;
    let value: Value = serde_json::from_slice(&bytes).ok()?;
    value.get("v")?.as_str().map(str::to_owned)
}

/// Equality by name, and bounds on dates as `name[$gte]`; what starts with `$` is no filter.
fn passes(record: &Record, query: &BTreeMap<String, String>) -> bool {
    query.iter().filter(|(name, _)| !name.starts_with('$')).all(|(name, wanted)| match name.split_once("[$") {
        None => record.get(name).and_then(Value::as_str) == Some(wanted),
        Some((name, bound)) => {
            let date = |text: &str| text.parse::<Timestamp>().ok();
            let dates = record.get(name).and_then(Value::as_str).and_then(date).zip(date(wanted));
            dates.is_some_and(|(value, wanted)| match bound {
                "gte]" => value >= wanted,
                "gt]" => value > wanted,
                "lte]" => value <= wanted,
                "lt]" => value < wanted,
                _ => false,
            })
        }
    })
}
