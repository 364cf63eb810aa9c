//! The lists that are read, each a page at a time, and what they tell in the words of webhooks.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use domain::{
    LocationId, MemberId, Subject, TeamId,
    facts::{BookingKind, BookingStatus},
    intake::{EventKey, News},
    tenant::Tenant,
};
use jiff::Timestamp;
use reqwest::StatusCode;

use super::{
    Client, Cursor, List, Page,
    records::{self, Plan, Resource, Site},
};
use crate::{
    PlatformError,
    fields::Fields,
    spacebring::{
        booking::{self, Known},
        company, day_pass,
        entity::Entity,
        member, subscription,
    },
};

/// How many pages of one balance are read, each of a hundred lines.
const LONGEST_BALANCE: usize = 10;

/// One thing that was read; it tells what a webhook about it would.
pub struct Told(Entity);

impl fmt::Debug for Told {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Told").field(&self.subjects()).finish()
    }
}

impl Told {
    /// Every subject whose record has to be known to take it in.
    pub fn subjects(&self) -> BTreeSet<Subject> {
        self.0.subjects()
    }

    /// Whoever can hold day passes, if it is a membership or a company.
    pub(in crate::spacebring) fn customer(&self) -> Option<Customer> {
        match &self.0 {
            Entity::Membership(membership) => Some(Customer::Member(MemberId::new(membership.id.as_str()))),
            Entity::Company(company) => Some(Customer::Company(TeamId::new(company.subject().id))),
            Entity::Booking(_) | Entity::DayPass(_) | Entity::Left(_) | Entity::Subscription(_) | Entity::Gone(_) => {
                None
            }
        }
    }

    /// What it tells, true as of `read_at`: the instant before its page was asked for.
    ///
    /// That holds also for what has an `updateDate`, so that a reading sets right whatever a hook told wrongly or not at all. A
    /// deletion is of when it happened. Nothing is told of a subscription that stands and is empty: an answer that lacks its
    /// items by mistake looks the same, so that it counts as missing.
    pub fn news(&self, event: &EventKey, tenant: &Tenant, read_at: Timestamp) -> Vec<News> {
        if let Entity::Subscription(subscription) = &self.0
            && subscription.stands_empty()
        {
            return Vec::new();
        }
        self.0.pieces(tenant, read_at).into_iter().map(|piece| piece.came_with(event)).collect()
    }
}

/// Which bookings are asked for.
#[derive(Clone, Copy, Debug)]
pub struct Bookings<'a> {
    /// Where.
    pub location: &'a LocationId,
    /// How they stand: the API lists them by that and shows it with none.
    pub status: BookingStatus,
    /// Those that end then or later.
    pub end_from: Timestamp,
    /// Those that start then or earlier.
    pub start_until: Timestamp,
    /// What sort of thing each resource is, as [`Client::resources`] tells: a booking may not say.
    pub kinds: &'a BTreeMap<String, BookingKind>,
}

/// Who can hold day passes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Customer {
    /// A person, by membership.
    Member(MemberId),
    /// A company.
    Company(TeamId),
}

impl Client {
    /// A page of the network's locations: `GET /locations/v1`.
    ///
    /// # Errors
    /// Spacebring gave no usable answer.
    pub async fn locations(&self, from: Option<&Cursor>) -> Result<Page<Site>, PlatformError> {
        self.page(List { path: "/locations/v1", name: "locations", query: &[] }, from, records::site).await
    }

    /// A page of a location's memberships: `GET /community/memberships/v1?locationRef=`. Deleted ones are not among them.
    ///
    /// # Errors
    /// Spacebring gave no usable answer.
    pub async fn memberships(&self, location: &LocationId, from: Option<&Cursor>) -> Result<Page<Told>, PlatformError> {
        let list = List {
            path: "/community/memberships/v1",
            name: "memberships",
            query: &[("locationRef", location.as_str())],
        };
        self.page(list, from, |fields| member::read(fields).map(Entity::Membership).map(Told)).await
    }

    /// A page of a location's deleted memberships: `GET /community/memberships/v1/deleted?locationRef=`.
    ///
    /// No webhook tells of them.
    ///
    /// # Errors
    /// Spacebring gave no usable answer.
    pub async fn deleted_memberships(
        &self,
        location: &LocationId,
        from: Option<&Cursor>,
    ) -> Result<Page<Told>, PlatformError> {
        let list = List {
            path: "/community/memberships/v1/deleted",
            name: "memberships",
            query: &[("locationRef", location.as_str())],
        };
        self.page(list, from, |fields| member::read_deleted(fields).map(Entity::Left).map(Told)).await
    }

    /// A page of a location's companies: `GET /community/companies/v1?locationRef=`.
    ///
    /// # Errors
    /// Spacebring gave no usable answer.
    pub async fn companies(&self, location: &LocationId, from: Option<&Cursor>) -> Result<Page<Told>, PlatformError> {
        let list =
            List { path: "/community/companies/v1", name: "companies", query: &[("locationRef", location.as_str())] };
        self.page(list, from, |fields| company::read(fields).map(Entity::Company).map(Told)).await
    }

    /// A page of a location's subscriptions: `GET /subscriptions/v1?locationRef=`.
    ///
    /// Without a `status` it lists those that stand or were never begun; one that was cancelled is missing.
    ///
    /// # Errors
    /// Spacebring gave no usable answer.
    pub async fn subscriptions(
        &self,
        location: &LocationId,
        from: Option<&Cursor>,
    ) -> Result<Page<Told>, PlatformError> {
        let list =
            List { path: "/subscriptions/v1", name: "subscriptions", query: &[("locationRef", location.as_str())] };
        self.page(list, from, |fields| subscription::read(fields).map(Entity::Subscription).map(Told)).await
    }

    /// A page of bookings, the earliest first and repeated ones as single occurrences:
    /// `GET /resources/bookings/v1?locationRef=&status=&endDate[gte]=&startDate[lte]=&singleBookings=true&order=startDate:asc`.
    ///
    /// # Errors
    /// Spacebring gave no usable answer.
    pub async fn bookings(&self, asked: Bookings<'_>, from: Option<&Cursor>) -> Result<Page<Told>, PlatformError> {
        let (end_from, start_until) = (asked.end_from.to_string(), asked.start_until.to_string());
        let status = match asked.status {
            BookingStatus::Confirmed => "confirmed",
            BookingStatus::Tentative => "tentative",
            BookingStatus::Cancelled => "canceled",
        };
        let query = [
            ("locationRef", asked.location.as_str()),
            ("status", status),
            ("endDate[gte]", &end_from),
            ("startDate[lte]", &start_until),
            ("singleBookings", "true"),
            ("order", "startDate:asc"),
        ];
        let list = List { path: "/resources/bookings/v1", name: "bookings", query: &query };
        let known = Known { status: asked.status, location: Some(asked.location), kinds: asked.kinds };
        self.page(list, from, |fields| booking::read(fields, known).map(Entity::Booking).map(Told)).await
    }

    /// All day passes that somebody has left: `GET /transactions/v1/balances/{customerId}/day_passes`, to its end.
    ///
    /// Ids are UUIDs. With any other no call is made, so that no id can change the URL's path.
    ///
    /// # Errors
    /// Spacebring gave no usable answer, or one without an end.
    pub async fn day_passes(&self, customer: &Customer, location: &LocationId) -> Result<Page<Told>, PlatformError> {
        let id = match customer {
            Customer::Member(member) => member.as_str(),
            Customer::Company(company) => company.as_str(),
        };
        let mut balance = Page { items: Vec::new(), faults: Vec::new(), unread: Vec::new(), next: None };
        if id.is_empty() || !id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') {
            return Ok(balance);
        }
        let path = format!("/transactions/v1/balances/{id}/day_passes");
        let read = |fields: &mut Fields<'_, '_>| day_pass::read(fields, customer, location);
        let (mut lines, mut from) = (Vec::new(), None);
        for _ in 0..LONGEST_BALANCE {
            let list = List { path: &path, name: "balances", query: &[] };
            let page = self.page(list, from.as_ref(), read).await?;
            lines.extend(page.items);
            balance.faults.extend(page.faults);
            balance.unread.extend(page.unread);
            from = page.next;
            if from.is_none() {
                let passes = day_pass::together(lines).into_iter();
                balance.items = passes.map(|pass| Told(Entity::DayPass(pass))).collect();
                return Ok(balance);
            }
        }
        Err(PlatformError::unreadable(StatusCode::OK))
    }

    /// A page of a location's plans: `GET /plans/v1?locationRef=`.
    ///
    /// # Errors
    /// Spacebring gave no usable answer.
    pub async fn plans(&self, location: &LocationId, from: Option<&Cursor>) -> Result<Page<Plan>, PlatformError> {
        let list = List { path: "/plans/v1", name: "plans", query: &[("locationRef", location.as_str())] };
        self.page(list, from, |fields| records::plan(fields, location)).await
    }

    /// A page of a location's rooms, desks, offices and parking lots: `GET /resources/v1?locationRef=`.
    ///
    /// # Errors
    /// Spacebring gave no usable answer.
    pub async fn resources(
        &self,
        location: &LocationId,
        from: Option<&Cursor>,
    ) -> Result<Page<Resource>, PlatformError> {
        let list = List { path: "/resources/v1", name: "resources", query: &[("locationRef", location.as_str())] };
        self.page(list, from, |fields| records::resource(fields, location)).await
    }
}
