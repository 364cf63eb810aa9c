//! Calls to Spacebring's REST API: one page of one list at a time, read only.
//!
//! The API has no list of what changed since an instant, so that lists are read whole; and what is missing from a list that was
//! read to its end is gone. Ten calls a second are allowed for a network; the client does not wait, that is for its caller. What
//! cannot be read on a page is left out and named in [`Page::faults`]: one bad record does not hide the others, and whoever
//! compares a list with what is known sees that it is not whole.
//!
//! Source: developer.spacebring.com; Spacebring's `OpenAPI` as kept in izak0s/spacebring-api, 2026-08-20; 2026-11.

use std::fmt;

use reqwest::{Response, StatusCode};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

use super::id;
use crate::{
    PlatformError,
    answer::{read, retry_after, unavailable},
    fields::{Faults, Fields, Read, json},
};

mod lists;
mod records;

pub use lists::{Bookings, Customer, Told};
pub use records::{Plan, Resource, Site};

/// How many things a page holds: the most there can be, since calls are what is scarce.
const PAGE: &str = "100";

/// The longest answer read, in bytes: a hundred subscriptions of a few ten thousand each.
const LONGEST_ANSWER: usize = 8 << 20;

/// The longest mark of a page that is taken, in bytes.
const LONGEST_CURSOR: usize = 4 << 10;

/// Reads one Spacebring network.
///
/// Client id and secret, sent as HTTP Basic, are made by the network's owner in Network settings › Developers, and need no token.
/// Scopes and the header `spacebring-network-id` belong to OAuth with a person's consent, which is not used.
#[derive(Clone)]
pub struct Client {
    http: reqwest::Client,
    base_url: String,
    id: String,
    secret: SecretString,
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("base_url", &self.base_url).finish_non_exhaustive()
    }
}

/// One page of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T> {
    /// What could be read, in Spacebring's order.
    pub items: Vec<T>,
    /// What is wrong with the rest, each with its place: `bookings[3].startDate: …`.
    pub faults: Vec<String>,
    /// The ids of the rest; none for one that does not tell it.
    pub unread: Vec<Option<String>>,
    /// Where the next page begins; none after the last.
    pub next: Option<Cursor>,
}

/// Where a page begins. Good only for the same question again.
#[derive(Clone, PartialEq, Eq)]
pub struct Cursor(pub(super) String);

impl fmt::Debug for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Cursor(..)")
    }
}

/// Which list is asked for, and where the answer has it.
struct List<'a> {
    path: &'a str,
    name: &'a str,
    query: &'a [(&'a str, &'a str)],
}

impl Client {
    /// Where Spacebring's API is.
    pub const BASE_URL: &'static str = "https://api.spacebring.com";

    /// Talks to `base_url`, such as [`Self::BASE_URL`], with client id, client secret and the time-outs of `http`.
    pub fn new(http: reqwest::Client, base_url: &str, id: &str, secret: SecretString) -> Self {
        let base_url = base_url.trim_end_matches('/').to_owned();
        Self { http, base_url, id: id.to_owned(), secret }
    }

    async fn page<T>(
        &self,
        list: List<'_>,
        from: Option<&Cursor>,
        read: impl Fn(&mut Fields<'_, '_>) -> Read<T>,
    ) -> Result<Page<T>, PlatformError> {
        let cursor = from.map(|Cursor(cursor)| ("nextPageToken", cursor.as_str()));
        let query: Vec<_> = list.query.iter().copied().chain([("limit", PAGE)]).chain(cursor).collect();
        let answer = self.get(list.path, &query).await?;
        let mut faults = Faults::default();
        let page = page(&answer, list.name, read, &mut faults);
        let page = faults.none_or(page).map_err(PlatformError::of_faults)?;
        match page {
            Ok(page) if page.next.is_none() || page.next.as_ref() != from => Ok(page),
            // It would be read for ever.
            Ok(_) | Err(_) => Err(PlatformError::unreadable(StatusCode::OK)),
        }
    }

    async fn get(&self, path: &str, query: &[(&str, &str)]) -> Result<Value, PlatformError> {
        let request = self.http.get(format!("{}{path}", self.base_url)).query(query);
        let request = request.basic_auth(&self.id, Some(self.secret.expose_secret()));
        let response = request.send().await.map_err(unavailable)?;
        if response.status() != StatusCode::OK {
            return Err(classify(&response));
        }
        json(&read(response, LONGEST_ANSWER).await?).map_err(PlatformError::of_faults)
    }
}

fn page<T>(
    answer: &Value,
    name: &str,
    read: impl Fn(&mut Fields<'_, '_>) -> Read<T>,
    faults: &mut Faults,
) -> Read<Page<T>> {
    let mut fields = Fields::of(answer, "", faults)?;
    let list = |value: &Value| value.as_array().cloned().ok_or_else(|| "must be a list".to_owned());
    let rows = fields.required(name, list);
    let next = fields.optional("nextPageToken", cursor);
    let (mut of_rows, mut items, mut unread) = (Faults::default(), Vec::new(), Vec::new());
    for (number, row) in rows?.iter().enumerate() {
        let at = format!("{name}[{number}]");
        match Fields::of(row, &at, &mut of_rows).and_then(|mut fields| read(&mut fields)) {
            Ok(item) => items.push(item),
            Err(_) => unread.push(row.get("id").and_then(|value| id(value).ok())),
        }
    }
    let faults = of_rows.none_or(()).err().map(|unreadable| unreadable.faults).unwrap_or_default();
    Ok(Page { items, faults, unread, next: next?.flatten() })
}

fn cursor(value: &Value) -> Result<Option<Cursor>, String> {
    let cursor = value.as_str().filter(|cursor| cursor.len() <= LONGEST_CURSOR);
    let cursor = cursor.ok_or_else(|| format!("must be a text of at most {LONGEST_CURSOR} bytes"))?;
    Ok(Some(cursor).filter(|cursor| !cursor.is_empty()).map(|cursor| Cursor(cursor.to_owned())))
}

/// Source: developer.spacebring.com, rate limits (429 beyond ten calls a second); whether it tells how long to wait is not said.
fn classify(response: &Response) -> PlatformError {
    match response.status() {
        StatusCode::TOO_MANY_REQUESTS => PlatformError::Throttled { retry_after: retry_after(response) },
        StatusCode::UNAUTHORIZED | StatusCode::PAYMENT_REQUIRED | StatusCode::FORBIDDEN => PlatformError::Refused,
        status if status.is_server_error() => PlatformError::Unavailable(None),
        status => PlatformError::unreadable(status),
    }
}

#[cfg(test)]
mod tests;
