//! The machine itself: the records of an account and the answers about them.

use std::collections::{BTreeMap, VecDeque};

use jiff::Timestamp;
use serde_json::{Value, json};

use super::dates;
use super::entity::{Entity, Record};
use super::hooks;
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
    /// The answers to so many writes are lost.
    lost_answers: usize,
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
            None => self.answer(request, now),
        };
        self.calls.push(Call::of(request, &answer, now));
        answer
    }

    fn answer(&mut self, request: &Request, now: Timestamp) -> Answer {
        let is_lost = self.lost_answers > 0 && request.method != "GET" && !request.path.ends_with("/token");
        let response = self.respond(request, now);
        if is_lost {
            self.lost_answers -= 1;
            return Answer::Dropped;
        }
        Answer::Response(response)
    }

    fn respond(&mut self, request: &Request, now: Timestamp) -> Response {
        let is_write = matches!(request.method.as_str(), "POST" | "PUT") && !request.path.ends_with("/token");
        if !self.throttle.admit(self.limits, is_write, now) {
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
            && !self.logins.may(request, &entity.role_of(&request.method, id, &request.query))
        {
            return trouble::message(401, "Authorization has been denied for this request.");
        }
        let found = match (request.method.as_str(), Entity::at(path)) {
            ("GET", Some((entity, ""))) => Some(self.list(entity, &request.query)),
            ("GET", Some((entity, id))) => {
                id.parse().ok().and_then(|id| self.record(entity, id)).map(|record| Response::json(200, record))
            }
            ("POST", Some((Entity::WebHook, ""))) => Some(self.make_hook(request, now)),
            ("PUT", Some((Entity::WebHook, ""))) => self.change_hook(request, now),
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

    fn make_hook(&mut self, request: &Request, now: Timestamp) -> Response {
        let asked: Value = serde_json::from_slice(&request.body).unwrap_or_default();
        let id = self.next_hook_id();
        match hooks::made(&asked, id, self.businesses()) {
            Ok(record) => {
                self.put(Entity::WebHook, id, record, now);
                hooks::written(id, "created")
            }
            Err(wrong) => hooks::refused(wrong),
        }
    }

    /// None if there is no such hook.
    fn change_hook(&mut self, request: &Request, now: Timestamp) -> Option<Response> {
        let asked: Value = serde_json::from_slice(&request.body).unwrap_or_default();
        let id = asked.get("Id").and_then(Value::as_u64)?;
        let known = self.record(Entity::WebHook, id)?;
        Some(match hooks::changed(&asked, known, self.businesses()) {
            Ok(record) => {
                self.put(Entity::WebHook, id, record, now);
                hooks::written(id, "updated")
            }
            Err(wrong) => hooks::refused(wrong),
        })
    }

    fn next_hook_id(&self) -> u64 {
        let hooks = self.records.get(&Entity::WebHook);
        hooks.and_then(BTreeMap::last_key_value).map_or(1, |(id, _)| id + 1)
    }

    fn businesses(&self) -> &BTreeMap<u64, Record> {
        static NONE: BTreeMap<u64, Record> = BTreeMap::new();
        self.records.get(&Entity::Business).unwrap_or(&NONE)
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

    /// Adds a webhook as an administrator does in the settings, and answers its id; none if Nexudus would not take it.
    pub fn add_hook(&mut self, business: u64, action: u64, url: &str, now: Timestamp) -> Option<u64> {
        let id = self.next_hook_id();
        let asked = json!({"BusinessId": business, "Name": "Hook", "Action": action, "URL": url, "Active": true});
        let record = hooks::made(&asked, id, self.businesses()).ok()?;
        self.put(Entity::WebHook, id, record, now);
        Some(id)
    }

    /// The webhooks as the API shows each alone, in the order of their ids.
    pub fn hooks(&self) -> Vec<Value> {
        let hooks = self.records.get(&Entity::WebHook).into_iter().flat_map(BTreeMap::values);
        hooks.map(|record| Value::Object(record.clone())).collect()
    }

    /// The webhooks that deliver an action at a location: the id of each, and where.
    pub fn deliveries(&self, action: u64, business: u64) -> Vec<(u64, String)> {
        let hooks = self.records.get(&Entity::WebHook).into_iter().flatten();
        let delivers = hooks.filter(|(_, record)| hooks::delivers(record, action, business));
        let url = |record: &Record| record.get("URL").and_then(Value::as_str).unwrap_or_default().to_owned();
        delivers.map(|(id, record)| (*id, url(record))).collect()
    }

    /// Notes how a delivery of a hook was answered; the tenth failure in a row switches the hook off.
    pub fn note_delivery(&mut self, hook: u64, status: u16, now: Timestamp) {
        if let Some(record) = self.records.get_mut(&Entity::WebHook).and_then(|hooks| hooks.get_mut(&hook)) {
            hooks::note(record, status, json!(dates::with_ticks(now, self.changes)));
        }
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

    /// The next `times` writes are done, and their answers lost on the way.
    pub fn lose_answers(&mut self, times: usize) {
        self.lost_answers = times;
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
