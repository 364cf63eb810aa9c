//! The machine itself: the records of an organization and the answers about them.

use std::collections::{BTreeMap, VecDeque};

use jiff::Timestamp;
use serde_json::{Value, json};

use super::entity::{Entity, Record};
use super::hooks::{self, Names};
use super::listing;
use super::throttle::{self, Limits, Throttle};
use super::tokens::Tokens;
use super::trouble::Trouble;
use crate::form;
use crate::message::{Answer, Call, Request, Response};
use crate::random::Random;

/// Where every path of the API starts.
const API_PREFIX: &str = "/api/v2/organizations/";

/// One OfficeRnD organization.
#[derive(Clone, Debug, Default)]
pub struct Model {
    slug: String,
    limits: Limits,
    throttle: Throttle,
    tokens: Tokens,
    records: BTreeMap<Entity, BTreeMap<String, Record>>,
    /// What each record was before its last change.
    before: BTreeMap<(Entity, String), Record>,
    hooks: Vec<Record>,
    events: u64,
    random: Random,
    troubles: VecDeque<Trouble>,
    /// How many calls go well before any trouble.
    patience: usize,
    calls: Vec<Call>,
}

/// An instant as OfficeRnD writes it, with milliseconds.
pub(super) fn written(instant: Timestamp) -> String {
    instant.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string()
}

impl Model {
    /// An empty organization that no application may use yet.
    pub fn new(slug: &str, limits: Limits) -> Self {
        Self { slug: slug.to_owned(), limits, ..Self::default() }
    }

    /// Answers one request.
    pub fn handle(&mut self, request: &Request, now: Timestamp) -> Answer {
        let trouble = if self.patience == 0 { self.troubles.pop_front() } else { None };
        self.patience = self.patience.saturating_sub(1);
        let answer = match trouble {
            Some(trouble) => trouble.answer(),
            None => Answer::Response(self.respond(request, now)),
        };
        self.calls.push(Call::of(request, &answer, now));
        answer
    }

    fn respond(&mut self, request: &Request, now: Timestamp) -> Response {
        if (request.method.as_str(), request.path.as_str()) == ("POST", "/oauth/token") {
            return self.tokens.exchange(request, now);
        }
        let Some(path) = request.path.strip_prefix(API_PREFIX) else { return not_found() };
        let (slug, path) = path.split_once('/').unwrap_or((path, ""));
        if slug != self.slug {
            // Seen so: a wrong slug is no 404.
            return Response::json(500, &json!({"message": "Internal server error"}));
        }
        let (name, id) = path.split_once('/').unwrap_or((path, ""));
        let scope = match (request.method.as_str(), name, Entity::at(name)) {
            ("GET", "webhooks", _) => "flex.settings.webhooks.read",
            ("POST", "webhooks", _) => "flex.settings.webhooks.create",
            (_, _, Some(entity)) => entity.scope(),
            (_, _, None) => return not_found(),
        };
        if let Err(refusal) = self.tokens.admit(request, scope, now) {
            return refusal;
        }
        let Some(headers) = self.throttle.admit(self.limits, now) else { return throttle::refused() };
        let answer = match (request.method.as_str(), name, Entity::at(name)) {
            ("GET", "webhooks", _) => Response::json(200, &json!({"results": self.hooks})),
            ("POST", "webhooks", _) => self.register(request),
            ("GET", _, Some(entity)) => self.read(entity, id, request),
            _ => not_found(),
        };
        headers.into_iter().fold(answer, |answer, (name, value)| answer.with_header(name, value))
    }

    fn read(&self, entity: Entity, id: &str, request: &Request) -> Response {
        let empty = BTreeMap::new();
        let records = self.records.get(&entity).unwrap_or(&empty);
        if !id.is_empty() {
            return records.get(id).map_or_else(not_found, |record| Response::json(200, &listing::shown(record)));
        }
        match listing::page(records, &form::pairs(&request.query)) {
            Some(page) => Response::json(200, &page),
            None => Response::json(400, &json!({"message": "Invalid cursor"})),
        }
    }

    fn register(&mut self, request: &Request) -> Response {
        let asked = serde_json::from_slice(&request.body).unwrap_or_default();
        let (id, secret) = (self.random.uuid(), self.random.uuid());
        match hooks::made(&id, &secret, &asked) {
            Some(hook) => {
                self.hooks.push(hook.clone());
                Response::json(201, &hook)
            }
            None => Response::json(400, &json!({"message": "url is required"})),
        }
    }
}

fn not_found() -> Response {
    Response::json(404, &json!({"message": "Not found"}))
}

/// Preparing and observing a model.
impl Model {
    /// Registers an application.
    pub fn add_application(&mut self, client_id: &str, client_secret: &str) {
        self.tokens.add(client_id, client_secret);
    }

    /// Makes every token given so far useless, long before its time.
    pub fn revoke_tokens(&mut self) {
        self.tokens.revoke();
    }

    /// Adds or changes a record, under the names of version 2; nothing if it has no `_id`.
    pub fn put(&mut self, entity: Entity, record: &Value, now: Timestamp) {
        let Some(id) = record.get("_id").and_then(Value::as_str) else { return };
        let records = self.records.entry(entity).or_default();
        let before = records.remove(id);
        let created = before.as_ref().and_then(|before| before.get("createdAt")).cloned();
        let mut record: Record = record.as_object().cloned().unwrap_or_default();
        record.insert("createdAt".to_owned(), created.unwrap_or_else(|| json!(written(now))));
        record.insert("modifiedAt".to_owned(), json!(written(now)));
        records.insert(id.to_owned(), record);
        if let Some(before) = before {
            self.before.insert((entity, id.to_owned()), before);
        }
    }

    /// Deletes a record; what it was is still there for a webhook.
    pub fn remove(&mut self, entity: Entity, id: &str) {
        let removed = self.records.get_mut(&entity).and_then(|records| records.remove(id));
        if let Some(removed) = removed {
            self.before.insert((entity, id.to_owned()), removed);
        }
    }

    /// The body of a webhook about a record as it is, or was if it is gone; none if it never was.
    ///
    /// `kind` is the event's type, such as `booking.updated`. Every call is another event.
    pub fn webhook_body(
        &mut self,
        (entity, id): (Entity, &str),
        kind: &str,
        names: Names,
        now: Timestamp,
    ) -> Option<String> {
        let before = self.before.get(&(entity, id.to_owned()));
        let is = self.records.get(&entity).and_then(|records| records.get(id));
        let told = match is {
            Some(record) => (record, before),
            None => (before?, None),
        };
        self.events += 1;
        let event = format!("{:024x}", self.events);
        Some(hooks::envelope((&event, kind), entity, told, names, now).to_string())
    }

    /// Orders trouble for the next `times` calls, after any ordered before.
    pub fn inject(&mut self, trouble: Trouble, times: usize) {
        self.troubles.extend(std::iter::repeat_n(trouble, times));
    }

    /// The same once so many calls have gone well.
    pub fn inject_after(&mut self, calls: usize, trouble: Trouble, times: usize) {
        self.patience = calls;
        self.inject(trouble, times);
    }

    /// Every request, oldest first.
    pub fn calls(&self) -> &[Call] {
        &self.calls
    }
}
