//! Lists: filters, order, pages, and the envelope.
//!
//! Source: developers.nexudus.com, list pages (2026-11-21). A filter that names no known field is
//! ignored without a word, as `UpdatedSince` was seen to be.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::dates;
use super::entity::{Entity, Record};

type Query = BTreeMap<String, String>;

/// The page of `records` that `query` asks for, in its envelope.
pub(super) fn page(entity: Entity, records: &BTreeMap<u64, Record>, query: &Query) -> Value {
    let mut found: Vec<&Record> = records.values().filter(|record| passes(entity, record, query)).collect();
    let order_field = query.get("orderBy").map_or("Id", String::as_str);
    let is_descending = matches!(query.get("dir").map(String::as_str), Some("-1" | "descending"));
    found.sort_by(|one, other| by_field(one, other, order_field));
    if is_descending {
        found.reverse();
    }
    let number = |name: &str, default: usize| {
        let given = query.get(name).and_then(|text| text.parse().ok());
        given.unwrap_or(default).max(1)
    };
    let (page, size, total) = (number("page", 1), number("size", 25), found.len());
    let before = (page - 1).saturating_mul(size);
    let rows: Vec<Record> = found.into_iter().skip(before).take(size).map(|record| entity.row(record)).collect();
    let last = before.saturating_add(rows.len());
    json!({
        "Records": rows,
        "CurrentPage": page,
        "CurrentPageSize": size,
        "CurrentOrderField": order_field,
        "CurrentSortDirection": if is_descending { -1 } else { 1 },
        "FirstItem": if rows.is_empty() { 0 } else { before + 1 },
        "LastItem": if rows.is_empty() { 0 } else { last },
        "TotalItems": total,
        "TotalPages": total.div_ceil(size),
        "HasNextPage": last < total,
        "HasPreviousPage": page > 1,
    })
}

/// The records with the ids of `[1,2,3]`, as a plain array without an envelope.
pub(super) fn batch(entity: Entity, records: &BTreeMap<u64, Record>, ids: &str) -> Value {
    let ids: Vec<u64> = serde_json::from_str(ids).unwrap_or_default();
    let rows = ids.iter().filter_map(|id| records.get(id));
    rows.map(|record| Value::Object(entity.row(record))).collect()
}

fn passes(entity: Entity, record: &Record, query: &Query) -> bool {
    query.iter().all(|(name, wanted)| {
        let (bound, name) = bound_of(name);
        let field = name
            .strip_prefix(entity.name())
            .and_then(|rest| rest.strip_prefix('_'))
            .and_then(|path| field(record, path));
        field.is_none_or(|value| bound.admits(value, wanted))
    })
}

/// How a filter's value bounds a field.
#[derive(Clone, Copy)]
enum Bound {
    Same,
    From,
    To,
}

fn bound_of(name: &str) -> (Bound, &str) {
    if let Some(name) = name.strip_prefix("from_") {
        (Bound::From, name)
    } else if let Some(name) = name.strip_prefix("to_") {
        (Bound::To, name)
    } else {
        (Bound::Same, name)
    }
}

/// `Resource_Name` is the field `ResourceName`; `Resource` alone is the field `ResourceId`.
fn field<'a>(record: &'a Record, path: &str) -> Option<&'a Value> {
    let name = path.replace('_', "");
    record.get(&name).or_else(|| record.get(&format!("{name}Id")))
}

impl Bound {
    fn admits(self, value: &Value, wanted: &str) -> bool {
        let dates = || Some((dates::read(value.as_str()?)?, dates::read(wanted)?));
        match self {
            Self::Same => text(value).eq_ignore_ascii_case(wanted),
            Self::From => dates().is_some_and(|(date, bound)| date >= bound),
            Self::To => dates().is_some_and(|(date, bound)| date <= bound),
        }
    }
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn by_field(one: &Record, other: &Record, name: &str) -> Ordering {
    let numbers = (one.get(name).and_then(Value::as_i64), other.get(name).and_then(Value::as_i64));
    match numbers {
        (Some(one), Some(other)) => one.cmp(&other),
        _ => one.get(name).map(text).cmp(&other.get(name).map(text)),
    }
}
