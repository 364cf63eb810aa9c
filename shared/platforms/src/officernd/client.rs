//! The lists of OfficeRnD's REST API, version 2, page by page, and the webhooks that are registered.
//!
//! A list of things that access depends on gives [`Entity`]s, read by the same code as webhooks. A row that cannot be read is left
//! out and named in [`Page::faults`]: one bad record does not hide the others, and whoever compares a list with what is known
//! sees that it is not whole.
//!
//! No clock is read. A token is used until OfficeRnD refuses it, then asked for again once; the caller keeps the client, because
//! tokens may be asked for only about five times a minute.
//!
//! Source: developer.officernd.com (authentication, paging, filters); `EmpathDesign/OfficeRnD_MCP`; lukaszbros/officeRnd2Unify;
//! 2026-11.

use std::{
    fmt,
    sync::{Arc, Mutex},
    time::Duration,
};

use jiff::Timestamp;
use reqwest::{Method, StatusCode};
use secrecy::SecretString;
use serde_json::Value;

use super::{
    Assignment, Entity, Floor, Kind, Location, Resource, Visitor,
    directory::{read_assignment, read_floor, read_location, read_resource, read_visitor},
    reference,
};
use crate::{
    PlatformError,
    fields::{Faults, Fields, Read},
};

mod calls;
mod hooks;

use calls::{answer, unreadable};
pub use hooks::{EVENT_TYPES, NewWebhook, Webhook};

/// Where version 2 of the API is; other regions have their own.
pub const API: &str = "https://app.officernd.com/api/v2";

/// Where tokens are.
pub const IDENTITY: &str = "https://identity.officernd.com";

/// What reading the lists needs.
pub const READ_SCOPES: &str = "flex.community.members.read flex.community.companies.read flex.community.memberships.read \
    flex.community.visitors.read flex.space.bookings.read flex.space.passes.read flex.space.locations.read \
    flex.space.resources.read flex.space.assignments.read flex.space.floors.read";

/// What looking at webhooks and registering one needs besides. The verbs are as public code has them.
pub const WEBHOOK_SCOPES: &str = "flex.settings.webhooks.read flex.settings.webhooks.create";

/// The most rows of a page, which is also the default.
const ROWS: &str = "50";

/// How an application logs in, from Settings > Data & Extensibility > Developer Tools > Applications.
#[derive(Clone)]
pub struct Login {
    /// The slug of the organization. A wrong one is answered with status 500.
    pub organization: String,
    /// The client id of the application.
    pub client_id: String,
    /// Its secret.
    pub client_secret: SecretString,
    /// What it asks for, with spaces between: [`READ_SCOPES`], [`WEBHOOK_SCOPES`] or both.
    pub scopes: String,
}

impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Login").field("organization", &self.organization).finish_non_exhaustive()
    }
}

/// Reads the lists of one organization. Clones share their token.
#[derive(Clone, Debug)]
pub struct Client {
    http: reqwest::Client,
    api: String,
    identity: String,
    login: Login,
    token: Arc<Mutex<Option<SecretString>>>,
}

/// Where a list goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor(pub(super) String);

/// Which page of a list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ask {
    /// Where the page before ended; none for the first.
    pub after: Option<Cursor>,
    /// Only what was changed at or after this instant.
    pub modified_since: Option<Timestamp>,
}

/// Whose assignments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Occupied<'a> {
    /// Everything that was assigned through a membership, by its id.
    Through(&'a str),
    /// Everybody to whom a resource was assigned, by its id.
    Resource(&'a str),
}

/// A page of a list.
#[derive(Debug)]
pub struct Page<T> {
    /// What could be read, in the order sent.
    pub rows: Vec<T>,
    /// What is wrong with the other rows, each with its place: `results[3].startDate: …`.
    pub faults: Vec<String>,
    /// The ids of the other rows; none for one that does not tell it.
    pub unread: Vec<Option<String>>,
    /// Where the list goes on; none on the last page.
    pub next: Option<Cursor>,
    /// How long to rest before the next call, if the calls of this minute or day are used up.
    pub rest: Option<Duration>,
}

/// The path and the reader of a list.
type List<T> = (&'static str, fn(&Value, &str, &mut Faults) -> Read<T>);

fn entity(kind: Kind) -> List<Entity> {
    match kind {
        Kind::Member => ("members", |row, at, faults| Entity::read(Kind::Member, row, at, None, faults)),
        Kind::Company => ("companies", |row, at, faults| Entity::read(Kind::Company, row, at, None, faults)),
        Kind::Membership => ("memberships", |row, at, faults| Entity::read(Kind::Membership, row, at, None, faults)),
        Kind::Booking => ("bookings", |row, at, faults| Entity::read(Kind::Booking, row, at, None, faults)),
        Kind::Pass => ("passes", |row, at, faults| Entity::read(Kind::Pass, row, at, None, faults)),
    }
}

impl Client {
    /// Talks to `api` and `identity`, such as [`API`] and [`IDENTITY`], with the time-outs of `http`.
    pub fn new(http: reqwest::Client, api: &str, identity: &str, login: Login) -> Self {
        let [api, identity] = [api, identity].map(|url| url.trim_end_matches('/').to_owned());
        Self { http, api, identity, login, token: Arc::default() }
    }

    /// Talks to the vendor's own address unless `base` stands in for it, or that of a region.
    pub(crate) fn of(http: reqwest::Client, (base, region): (Option<&str>, Option<&str>), login: Login) -> Self {
        match base {
            Some(base) => Self::new(http, &format!("{}/api/v2", base.trim_end_matches('/')), base, login),
            None => Self::new(http, region.unwrap_or(API), IDENTITY, login),
        }
    }

    /// `GET /members`: everybody who has an account.
    ///
    /// # Errors
    /// OfficeRnD gave no usable answer.
    pub async fn members(&self, ask: &Ask) -> Result<Page<Entity>, PlatformError> {
        self.list(entity(Kind::Member), ask, None).await
    }

    /// `GET /companies`: every company. Who is of it is told by its members.
    ///
    /// # Errors
    /// OfficeRnD gave no usable answer.
    pub async fn companies(&self, ask: &Ask) -> Result<Page<Entity>, PlatformError> {
        self.list(entity(Kind::Company), ask, None).await
    }

    /// `GET /memberships`: every membership. Their desks are in [`Self::assignments`].
    ///
    /// # Errors
    /// OfficeRnD gave no usable answer.
    pub async fn memberships(&self, ask: &Ask) -> Result<Page<Entity>, PlatformError> {
        self.list(entity(Kind::Membership), ask, None).await
    }

    /// `GET /bookings`: every booking ever made. A series is as old as its first occurrence, so that no filter by start is safe.
    ///
    /// # Errors
    /// OfficeRnD gave no usable answer.
    pub async fn bookings(&self, ask: &Ask) -> Result<Page<Entity>, PlatformError> {
        self.list(entity(Kind::Booking), ask, None).await
    }

    /// `GET /passes`: every day pass. That one was removed is told by no webhook, only by its absence here.
    ///
    /// # Errors
    /// OfficeRnD gave no usable answer.
    pub async fn passes(&self, ask: &Ask) -> Result<Page<Entity>, PlatformError> {
        self.list(entity(Kind::Pass), ask, None).await
    }

    /// `GET /assignments?membership=…` or `?resource=…`: who has which desk. A list of all of them is not documented.
    ///
    /// # Errors
    /// OfficeRnD gave no usable answer.
    pub async fn assignments(&self, of: Occupied<'_>, ask: &Ask) -> Result<Page<Assignment>, PlatformError> {
        let filter = match of {
            Occupied::Through(membership) => ("membership", membership),
            Occupied::Resource(resource) => ("resource", resource),
        };
        let list: List<Assignment> =
            ("assignments", |row, at, faults| read_assignment(&mut Fields::of(row, at, faults)?));
        self.list(list, ask, Some(filter)).await
    }

    /// `GET /locations`: every location.
    ///
    /// # Errors
    /// OfficeRnD gave no usable answer.
    pub async fn locations(&self, ask: &Ask) -> Result<Page<Location>, PlatformError> {
        self.list(("locations", |row, at, faults| read_location(&mut Fields::of(row, at, faults)?)), ask, None).await
    }

    /// `GET /floors`: every floor.
    ///
    /// # Errors
    /// OfficeRnD gave no usable answer.
    pub async fn floors(&self, ask: &Ask) -> Result<Page<Floor>, PlatformError> {
        self.list(("floors", |row, at, faults| read_floor(&mut Fields::of(row, at, faults)?)), ask, None).await
    }

    /// `GET /resources`: everything that can be booked or assigned.
    ///
    /// # Errors
    /// OfficeRnD gave no usable answer.
    pub async fn resources(&self, ask: &Ask) -> Result<Page<Resource>, PlatformError> {
        self.list(("resources", |row, at, faults| read_resource(&mut Fields::of(row, at, faults)?)), ask, None).await
    }

    /// `GET /visitors`: everybody who was ever invited; bookings may name them only by id.
    ///
    /// # Errors
    /// OfficeRnD gave no usable answer.
    pub async fn visitors(&self, ask: &Ask) -> Result<Page<Visitor>, PlatformError> {
        self.list(("visitors", |row, at, faults| read_visitor(&mut Fields::of(row, at, faults)?)), ask, None).await
    }

    /// `GET /members/{id}` and the like: one thing as it is now; `None` if OfficeRnD knows none by this id.
    ///
    /// # Errors
    /// OfficeRnD gave no usable answer, or told of something else.
    pub async fn one(&self, kind: Kind, id: &str) -> Result<Option<Entity>, PlatformError> {
        let (path, read_row) = entity(kind);
        // An empty part of a path would ask for the list.
        if id.is_empty() {
            return Ok(None);
        }
        let response = self.send(Method::GET, &[path, id], |request| request).await?;
        if response.status() == StatusCode::NOT_FOUND {
            return Ok(None);
        }
        let (_, body) = answer(response).await?;
        match read_row(&body, "", &mut Faults::default()) {
            Ok(entity) if entity.id() == id => Ok(Some(entity)),
            Ok(_) | Err(_) => Err(unreadable()),
        }
    }

    async fn list<T>(
        &self,
        (path, read_row): List<T>,
        ask: &Ask,
        filter: Option<(&str, &str)>,
    ) -> Result<Page<T>, PlatformError> {
        let since = ask.modified_since.map(|since| format!("{since:.3}"));
        let mut query = vec![("$limit", ROWS)];
        query.extend(ask.after.as_ref().map(|Cursor(after)| ("$cursorNext", after.as_str())));
        query.extend(since.as_deref().map(|since| ("modifiedAt[$gte]", since)));
        query.extend(filter);
        let response = self.send(Method::GET, &[path], |request| request.query(&query)).await?;
        let (rest, body) = answer(response).await?;
        let rows = body.get("results").and_then(Value::as_array).ok_or_else(unreadable)?;
        let next = match body.get("cursorNext") {
            None | Some(Value::Null) => None,
            // The page it asked for would be read for ever.
            Some(Value::String(next)) if ask.after.as_ref().is_some_and(|Cursor(after)| after == next) => {
                return Err(unreadable());
            }
            Some(Value::String(next)) if !next.is_empty() => Some(Cursor(next.clone())),
            // Whether the list goes on cannot be told: taken for its end it would lack rows that nobody misses.
            Some(_) => return Err(unreadable()),
        };
        let mut faults = Faults::default();
        let (mut read, mut unread) = (Vec::new(), Vec::new());
        for (number, row) in rows.iter().enumerate() {
            match read_row(row, &format!("results[{number}]"), &mut faults) {
                Ok(row) => read.push(row),
                Err(_) => unread.push(row.get("_id").and_then(|id| reference(id).ok())),
            }
        }
        let faults = faults.none_or(()).err().map(|unreadable| unreadable.faults).unwrap_or_default();
        Ok(Page { rows: read, faults, unread, next, rest })
    }
}
