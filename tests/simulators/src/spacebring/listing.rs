//! Lists: filters, occurrences, order and pages.
//!
//! Source: `spec/openapi.json` (2026-08-20), parameters of the lists. That a token of another question is refused is assumed.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};

use super::record::{Kind, Record, Shown, show, text};
use super::trouble::refusal;
use crate::message::Response;

type Query = BTreeMap<String, String>;

/// The page of `records` that `query` asks for.
pub(super) fn page<'r>(
    (kind, name): (Kind, &str),
    records: impl Iterator<Item = &'r Record>,
    query: &Query,
) -> Response {
    let asks = |name: &str| query.get(name).filter(|value| !value.is_empty()).cloned();
    let place = asks("locationRef");
    if kind != Kind::Location && place.is_none() && asks("resourceRef").is_none() {
        return refusal(400, "invalidParams");
    }
    let status = asks("status");
    // One status, of those that there are: a list of several in one parameter is documented nowhere.
    if status.as_ref().is_some_and(|status| !kind.statuses().contains(&status.as_str())) {
        return refusal(400, "invalidParams");
    }
    let has_status = |record: &Record| match &status {
        Some(status) => *status == record.status,
        None => !kind.hidden().contains(&record.status.as_str()),
    };
    let is_single = asks("singleBookings").is_some_and(|asked| asked == "true");
    let found =
        records.filter(|record| place.as_ref().is_none_or(|place| record.location == *place) && has_status(record));
    let found = found.flat_map(|record| if is_single { occurrences(record) } else { vec![record.shown.clone()] });
    let mut found: Vec<Shown> = found.filter(|shown| passes(shown, query)).collect();
    if asks("order").is_some_and(|order| order == "startDate:asc") {
        found.sort_by_key(|shown| instant(shown, "startDate"));
    }
    part(name, &found, query)
}

/// The page of a list that is asked for.
pub(super) fn part(name: &str, found: &[Shown], query: &Query) -> Response {
    let asks = |name: &str| query.get(name).filter(|value| !value.is_empty()).cloned();
    // Omitted or invalid is 25, above 100 is 100.
    let limit = asks("limit").and_then(|limit| limit.parse().ok()).filter(|limit| *limit > 0).unwrap_or(25).min(100);
    let Some(begin) = begin(query) else { return refusal(400, "invalidPageToken") };
    let listed: Value = found.iter().skip(begin).take(limit).cloned().collect();
    let mut body = Map::from_iter([(name.to_owned(), listed)]);
    if begin + limit < found.len() {
        body.insert("nextPageToken".to_owned(), json!(token(query, begin + limit)));
    }
    Response::json(200, &body)
}

/// A token is good for the same question only.
fn token(query: &Query, begin: usize) -> String {
    let question = query.iter().filter(|(name, _)| *name != "nextPageToken" && *name != "limit");
    let question: Vec<String> = question.map(|(name, value)| format!("{name}={value}")).collect();
    format!("{begin}~{}", question.join("~"))
}

fn begin(query: &Query) -> Option<usize> {
    let Some(given) = query.get("nextPageToken") else { return Some(0) };
    let begin = given.split_once('~')?.0.parse().ok()?;
    (token(query, begin) == *given).then_some(begin)
}

fn passes(shown: &Shown, query: &Query) -> bool {
    query.iter().all(|(name, wanted)| {
        if let Some((field, bound)) = name.strip_suffix(']').and_then(|name| name.split_once('[')) {
            let (Some(at), Ok(wanted)) = (instant(shown, field), wanted.parse::<Timestamp>()) else { return false };
            return match bound {
                "gt" => at > wanted,
                "gte" => at >= wanted,
                "lt" => at < wanted,
                "lte" => at <= wanted,
                _ => true,
            };
        }
        match name.as_str() {
            "companyRef" | "resourceRef" | "userRef" => text(shown, name) == Some(wanted),
            "userEmail" => shown.get("user").and_then(|user| user.get("email")?.as_str()) == Some(wanted),
            _ => true,
        }
    })
}

/// A repeated booking as single occurrences, `{id}_{isoDate}`; one that is not repeated as it is.
fn occurrences(record: &Record) -> Vec<Shown> {
    if record.weeks == 1 {
        return vec![record.shown.clone()];
    }
    (0..record.weeks).filter_map(|week| occurrence(&record.shown, week)).collect()
}

fn occurrence(repeated: &Shown, week: u32) -> Option<Shown> {
    let later = SignedDuration::from_hours(7 * 24) * i32::try_from(week).ok()?;
    let (starts, ends) = (instant(repeated, "startDate")? + later, instant(repeated, "endDate")? + later);
    let mut shown = repeated.clone();
    show(&mut shown, "id", format!("{}_{starts}", text(repeated, "id")?));
    show(&mut shown, "startDate", starts.to_string());
    show(&mut shown, "endDate", ends.to_string());
    Some(shown)
}

fn instant(shown: &Shown, name: &str) -> Option<Timestamp> {
    text(shown, name)?.parse().ok()
}
