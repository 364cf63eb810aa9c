//! The machine itself: the records of an account and the answers about them.

use std::collections::{BTreeMap, VecDeque};

use jiff::Timestamp;
use serde_json::{Value, json};

use super::dates;
use super::entity::{Entity, Record};
use super::listing;
use super::login::Logins;
use super::seeds::{self, Booking, Business, Contract, Customer, Resource, Team, TimePass};
use super::throttle::{Limits, Throttle};
use super::trouble::{self, Trouble};
use crate::form;
use crate::message::{Answer, Call, Request, Response};

/// Where every path starts.
const API_PREFIX: &str = "/api";

/// One Nexudus account.
#[derive(Clone, Debug, Default)]
pub struct Model {
    limits: Limits,
    throttle: Throttle,
    logins: Logins,
    records: BTreeMap<Entity, BTreeMap<u64, Record>>,
    changes: u64,
    troubles: VecDeque<Option<Trouble>>,
    calls: Vec<Call>,
}

impl Model {
    /// An empty account that nobody may use yet.
    pub fn new(limits: Limits) -> Self {
        Self { limits, ..Self::default() }
    }

    /// Answers one request.
    pub fn handle(&mut self, request: &Request, now: Timestamp) -> Answer {
        let trouble = self.troubles.pop_front().flatten();
        let answer = match trouble {
            Some(trouble) => trouble.answer(),
            None => Answer::Response(self.respond(request, now)),
        };
        self.calls.push(Call::of(request, &answer, now));
        answer
    }

    fn respond(&mut self, request: &Request, now: Timestamp) -> Response {
        if !self.throttle.admit(self.limits, now) {
            return trouble::throttled();
        }
        let path = request.path.strip_prefix(API_PREFIX).unwrap_or_default();
        if (request.method.as_str(), path) == ("POST", "/token") {
            return self.logins.exchange(request, now);
        }
        if !self.logins.admit(request, now) {
            return trouble::message(401, "Authorization has been denied for this request.");
        }
        if let Some((entity, id)) = Entity::at(path)
            && !self.logins.may(request, &entity.role(id, &request.query))
        {
            return trouble::message(401, "Authorization has been denied for this request.");
        }
        let found = match (request.method.as_str(), Entity::at(path)) {
            ("GET", Some((entity, ""))) => Some(self.list(entity, &request.query)),
            ("GET", Some((entity, id))) => {
                id.parse().ok().and_then(|id| self.record(entity, id)).map(|record| Response::json(200, record))
            }
            _ => None,
        };
        found.unwrap_or_else(|| trouble::message(404, "Not found."))
    }

    fn list(&self, entity: Entity, query: &str) -> Response {
        let empty = BTreeMap::new();
        let records = self.records.get(&entity).unwrap_or(&empty);
        let query = form::pairs(query);
        let body = match query.get("id") {
            Some(ids) => listing::batch(entity, records, ids),
            None => listing::page(entity, records, &query),
        };
        Response::json(200, &body)
    }

    fn record(&self, entity: Entity, id: u64) -> Option<&Record> {
        self.records.get(&entity)?.get(&id)
    }

    /// Puts a record in its place; the first time it is created, later it is updated.
    fn put(&mut self, entity: Entity, id: u64, mut record: Record, now: Timestamp) {
        let changed_on = json!(dates::with_ticks(now, self.changes));
        self.changes += 1;
        let existing = self.record(entity, id);
        let created_on = existing.and_then(|existing| existing.get("CreatedOn")).cloned();
        record.insert("CreatedOn".to_owned(), created_on.unwrap_or_else(|| changed_on.clone()));
        record.insert("UpdatedOn".to_owned(), changed_on);
        self.records.entry(entity).or_default().insert(id, record);
    }
}

/// Preparing and observing a model.
impl Model {
    /// Registers an administrator who may read everything.
    pub fn add_administrator(&mut self, email: &str, password: &str) {
        self.logins.add(email, password, None);
    }

    /// Registers an administrator who has these roles alone, such as `Coworker-Read`.
    pub fn add_restricted_administrator(&mut self, email: &str, password: &str, roles: &[&str]) {
        self.logins.add(email, password, Some(roles.iter().map(|role| (*role).to_owned()).collect()));
    }

    /// Adds or updates a customer.
    pub fn put_customer(&mut self, customer: &Customer, now: Timestamp) {
        self.put(Entity::Coworker, customer.id, customer.record(), now);
    }

    /// Adds or updates a contract.
    pub fn put_contract(&mut self, contract: &Contract, now: Timestamp) {
        let coworker = self.record(Entity::Coworker, contract.coworker_id);
        let record = contract.record(coworker);
        self.put(Entity::CoworkerContract, contract.id, record, now);
    }

    /// Adds or updates a pass.
    pub fn put_time_pass(&mut self, pass: &TimePass, now: Timestamp) {
        self.put(Entity::CoworkerTimePass, pass.id, pass.record(), now);
    }

    /// Adds or updates a team.
    pub fn put_team(&mut self, team: &Team, now: Timestamp) {
        self.put(Entity::Team, team.id, team.record(), now);
    }

    /// Adds or updates a booking.
    pub fn put_booking(&mut self, booking: &Booking, now: Timestamp) {
        let resource = self.record(Entity::Resource, booking.resource_id);
        let coworker = booking.coworker_id.and_then(|id| self.record(Entity::Coworker, id));
        let record = booking.record(resource, coworker, now);
        self.put(Entity::Booking, booking.id, record, now);
    }

    /// Adds or updates a resource.
    pub fn put_resource(&mut self, resource: &Resource, now: Timestamp) {
        self.put(Entity::Resource, resource.id, resource.record(), now);
    }

    /// Adds or updates a location.
    pub fn put_business(&mut self, business: &Business, now: Timestamp) {
        self.put(Entity::Business, business.id, business.record(), now);
    }

    /// Adds or updates a time zone under its Windows name, such as `GMT Standard Time`.
    pub fn put_time_zone(&mut self, id: u64, windows_name: &str, now: Timestamp) {
        let record = seeds::time_zone(id, windows_name);
        self.put(Entity::SimpleTimeZone, id, record, now);
    }

    /// Writes one field of a record, documented or not; nothing if there is no such record.
    pub fn set(&mut self, entity: Entity, id: u64, field: (&str, Value), now: Timestamp) {
        if let Some(mut record) = self.record(entity, id).cloned() {
            record.insert(field.0.to_owned(), field.1);
            self.put(entity, id, record, now);
        }
    }

    /// Deletes a record.
    pub fn remove(&mut self, entity: Entity, id: u64) {
        if let Some(records) = self.records.get_mut(&entity) {
            records.remove(&id);
        }
    }

    /// Orders trouble for the next `times` calls, after any ordered before.
    pub fn inject(&mut self, trouble: Trouble, times: usize) {
        self.inject_after(0, trouble, times);
    }

    /// Orders trouble for `times` calls that come after `spared` more, after any ordered before.
    pub fn inject_after(&mut self, spared: usize, trouble: Trouble, times: usize) {
        self.troubles.extend(std::iter::repeat_n(None, spared));
        self.troubles.extend(std::iter::repeat_n(Some(trouble), times));
    }

    /// Forgets all troubles.
    pub fn clear_troubles(&mut self) {
        self.troubles.clear();
    }

    /// Every request, oldest first.
    pub fn calls(&self) -> &[Call] {
        &self.calls
    }

    /// The body of a webhook about a record: the whole record in an array of one, with no event name.
    ///
    /// Source: help.nexudus.com/docs/verifying-webhooks-created-via-the-api (2026-11-21).
    pub fn webhook_body(&self, entity: Entity, id: u64) -> Option<String> {
        let record = self.record(entity, id)?;
        Some(json!([record]).to_string())
    }
}
