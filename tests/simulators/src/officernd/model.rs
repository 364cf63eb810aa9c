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
    hides_secrets: bool,
    events: u64,
    random: Random,
    troubles: VecDeque<Trouble>,
    /// The answers to so many writes are lost.
    lost_answers: usize,
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
            // Which scope a change takes is not documented.
            ("POST" | "PUT", "webhooks", _) => "flex.settings.webhooks.create",
            (_, _, Some(entity)) => entity.scope(),
            (_, _, None) => return not_found(),
        };
        if let Err(refusal) = self.tokens.admit(request, scope, now) {
            return refusal;
        }
        let Some(headers) = self.throttle.admit(self.limits, now) else { return throttle::refused() };
        let answer = match (request.method.as_str(), name, Entity::at(name)) {
            ("GET", "webhooks", _) => Response::json(200, &json!({"results": self.listed_hooks()})),
            ("POST", "webhooks", _) => self.register(request),
            ("PUT", "webhooks", _) => self.change_hook(id, request),
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

    /// The webhooks as the list shows them: whether with their secrets is not documented.
    fn listed_hooks(&self) -> Vec<Record> {
        let is_shown = |name: &str| name != "secret" || !self.hides_secrets;
        let shown = |hook: &Record| hook.clone().into_iter().filter(|(name, _)| is_shown(name)).collect();
        self.hooks.iter().map(shown).collect()
    }

    fn change_hook(&mut self, id: &str, request: &Request) -> Response {
        let asked: Value = serde_json::from_slice(&request.body).unwrap_or_default();
        let known = self.hooks.iter_mut().find(|hook| hook.get("_id").and_then(Value::as_str) == Some(id));
        let secret = |hook: &Record| hook.get("secret").and_then(Value::as_str).unwrap_or_default().to_owned();
        match known.map(|known| (hooks::made(id, &secret(known), &asked), known)) {
            Some((Some(changed), known)) => {
                known.clone_from(&changed);
                Response::json(200, &changed)
            }
            Some((None, _)) => Response::json(400, &json!({"message": "url is required"})),
            None => not_found(),
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

    /// From now on the list of webhooks shows no secrets.
    pub fn hide_secrets(&mut self) {
        self.hides_secrets = true;
    }

    /// The webhooks with their secrets, in the order in which they were made.
    pub fn hooks(&self) -> Vec<Value> {
        self.hooks.iter().cloned().map(Value::Object).collect()
    }

    /// Adds a webhook as an administrator does in the settings, and answers its id.
    pub fn add_hook(&mut self, url: &str, event_types: &[&str]) -> String {
        let (id, secret) = (self.random.uuid(), self.random.uuid());
        let asked = json!({"url": url, "eventTypes": event_types});
        self.hooks.extend(hooks::made(&id, &secret, &asked));
        id
    }

    /// Switches a webhook off or on, as OfficeRnD or somebody may do.
    pub fn enable_hook(&mut self, id: &str, is_enabled: bool) {
        for hook in self.hooks.iter_mut().filter(|hook| hook.get("_id").and_then(Value::as_str) == Some(id)) {
            hook.insert("isEnabled".to_owned(), json!(is_enabled));
        }
    }

    /// Deletes a webhook, as an administrator does in the settings.
    pub fn remove_hook(&mut self, id: &str) {
        self.hooks.retain(|hook| hook.get("_id").and_then(Value::as_str) != Some(id));
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

    /// The next `times` writes are done, and their answers lost on the way.
    pub fn lose_answers(&mut self, times: usize) {
        self.lost_answers = times;
    }

    /// Every request, oldest first.
    pub fn calls(&self) -> &[Call] {
        &self.calls
    }
}
