//! Listings: which part of them is asked for, and the envelope it comes in.
//!
//! Source: apidocs.brivo.com (2025-11-25), "Pagination"; that `count` is the total is recorded
//! (2017-09-13). What a page size above 100 does is not known; a refusal is assumed.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::refusal;
use crate::message::Response;

/// The part of a listing that was asked for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Page {
    offset: usize,
    size: usize,
}

impl Page {
    pub(super) fn read(query: &BTreeMap<String, String>) -> Result<Self, Response> {
        Ok(Self { offset: number(query, "offset", 0)?, size: size(query)? })
    }

    /// This part of `rows`, in the envelope.
    pub(super) fn of(self, rows: Vec<Value>) -> Response {
        let count = rows.len();
        let part: Vec<Value> = rows.into_iter().skip(self.offset).take(self.size).collect();
        self.envelope(&part, count)
    }

    /// This part of what is listed, each as its row, in the envelope: of many, the rows of this part alone are made.
    pub(super) fn of_many<T>(self, listed: &[T], row: impl Fn(&T) -> Value) -> Response {
        let part: Vec<Value> = listed.iter().skip(self.offset).take(self.size).map(row).collect();
        self.envelope(&part, listed.len())
    }

    fn envelope(self, part: &[Value], count: usize) -> Response {
        let envelope = json!({
            "data": part,
            "offset": self.offset,
            "pageSize": self.size,
            "count": count,
        });
        Response::json(200, &envelope)
    }
}

/// How many rows a page holds.
pub(super) fn size(query: &BTreeMap<String, String>) -> Result<usize, Response> {
    let size = number(query, "pageSize", 20)?;
    if (1..=100).contains(&size) { Ok(size) } else { Err(refusal::invalid_listing()) }
}

fn number(query: &BTreeMap<String, String>, name: &str, default: usize) -> Result<usize, Response> {
    match query.get(name) {
        Some(text) => text.parse().map_err(|_| refusal::invalid_listing()),
        None => Ok(default),
    }
}

/// The envelope of the listings that come whole.
pub(super) fn whole(rows: &[Value]) -> Response {
    Response::json(200, &json!({"data": rows, "count": rows.len()}))
}
