//! The machine itself: the records of a network and the answers about them.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::listing;
use super::record::{Kind, Record, Shown, show, text};
use super::seeds::{Booking, Company, DayPasses, Location, Membership, Plan, Resource, Subscription};
use super::throttle::{Limits, Throttle};
use super::trouble::{self, Trouble, refusal};
use super::webhook;
use crate::form;
use crate::message::{Answer, Call, Request, Response};

/// One Spacebring network.
#[derive(Clone, Debug, Default)]
pub struct Model {
    limits: Limits,
    throttle: Throttle,
    /// Secret by client id.
    clients: BTreeMap<String, String>,
    records: BTreeMap<Kind, BTreeMap<String, Record>>,
    balances: BTreeMap<String, Vec<DayPasses>>,
    /// Customers who have no balance, not even an empty one.
    strangers: BTreeSet<String>,
    troubles: VecDeque<Trouble>,
    calls: Vec<Call>,
}

impl Model {
    /// An empty network that nobody may read yet.
    pub fn new(limits: Limits) -> Self {
        Self { limits, ..Self::default() }
    }

    /// Answers one request.
    pub fn handle(&mut self, request: &Request, now: Timestamp) -> Answer {
        let answer = match self.troubles.pop_front() {
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
        if !self.admits(request) {
            return refusal(401, "unauthorized");
        }
        let path = request.path.as_str();
        let customer =
            path.strip_prefix("/transactions/v1/balances/").and_then(|rest| rest.strip_suffix("/day_passes"));
        match (request.method.as_str(), Kind::at(path), customer) {
            ("GET", Some((kind, name)), _) => {
                let records = self.records.get(&kind).into_iter().flat_map(BTreeMap::values);
                listing::page((kind, name), records, &form::pairs(&request.query))
            }
            ("GET", None, Some(customer)) if self.strangers.contains(customer) => refusal(404, "notFound"),
            ("GET", None, Some(customer)) => {
                let lines = self.balances.get(customer).into_iter().flatten();
                let balances: Vec<Shown> = lines.map(DayPasses::shown).collect();
                listing::part("balances", &balances, &form::pairs(&request.query))
            }
            _ => refusal(404, "notFound"),
        }
    }

    /// HTTP Basic with client id and secret.
    fn admits(&self, request: &Request) -> bool {
        let given = STANDARD.decode(request.authorization("basic").unwrap_or_default()).unwrap_or_default();
        let given = String::from_utf8_lossy(&given);
        given.split_once(':').is_some_and(|(id, secret)| self.clients.get(id).is_some_and(|known| known == secret))
    }

    fn put(&mut self, kind: Kind, id: &str, mut record: Record) {
        let records = self.records.entry(kind).or_default();
        // What changes was made when it was first put.
        if let Some(created_on) = records.get(id).and_then(|known| known.shown.get("createDate")) {
            show(&mut record.shown, "createDate", created_on.clone());
        }
        records.insert(id.to_owned(), record);
    }
}

/// Preparing and observing a model.
impl Model {
    /// Registers a client, as the network's owner does in its settings.
    pub fn add_client(&mut self, id: &str, secret: &str) {
        self.clients.insert(id.to_owned(), secret.to_owned());
    }

    /// Adds or updates a location.
    pub fn put_location(&mut self, location: &Location) {
        self.put(Kind::Location, &location.id, location.record());
    }

    /// Adds or updates a membership.
    pub fn put_membership(&mut self, membership: &Membership, now: Timestamp) {
        self.put(Kind::Membership, &membership.id, membership.record(now));
    }

    /// Deletes a membership: it leaves one list for another, and no webhook tells.
    pub fn delete_membership(&mut self, id: &str, now: Timestamp) {
        if let Some(mut record) = self.records.get_mut(&Kind::Membership).and_then(|records| records.remove(id)) {
            show(&mut record.shown, "deleteDate", now.to_string());
            self.put(Kind::DeletedMembership, id, record);
        }
    }

    /// Adds or updates a company.
    pub fn put_company(&mut self, company: &Company, now: Timestamp) {
        self.put(Kind::Company, &company.id, company.record(now));
    }

    /// Adds or updates a plan.
    pub fn put_plan(&mut self, plan: &Plan) {
        self.put(Kind::Plan, &plan.id, plan.record());
    }

    /// Adds or updates a resource.
    pub fn put_resource(&mut self, resource: &Resource) {
        self.put(Kind::Resource, &resource.id, resource.record());
    }

    /// Adds or updates a subscription.
    pub fn put_subscription(&mut self, subscription: &Subscription, now: Timestamp) {
        self.put(Kind::Subscription, &subscription.id, subscription.record(now));
    }

    /// Adds or updates a booking of a resource that is known.
    pub fn put_booking(&mut self, booking: &Booking, now: Timestamp) {
        let resource = self.records.get(&Kind::Resource).and_then(|records| records.get(&booking.resource));
        let location = resource.map(|record| record.location.clone()).unwrap_or_default();
        self.put(Kind::Booking, &booking.id, booking.record(&location, now));
    }

    /// Says what day passes a customer has left.
    pub fn put_day_passes(&mut self, customer: &str, balance: Vec<DayPasses>) {
        self.balances.insert(customer.to_owned(), balance);
    }

    /// Takes a customer's balance away: asking for it is an error.
    pub fn forget_customer(&mut self, customer: &str) {
        self.strangers.insert(customer.to_owned());
    }

    /// Shows a subscription with no items.
    pub fn empty_subscription(&mut self, id: &str) {
        if let Some(record) = self.records.get_mut(&Kind::Subscription).and_then(|records| records.get_mut(id)) {
            show(&mut record.shown, "items", json!([]));
        }
    }

    /// Orders trouble for the next call, after any ordered before.
    pub fn inject(&mut self, trouble: Trouble) {
        self.troubles.push_back(trouble);
    }

    /// Every request, oldest first.
    pub fn calls(&self) -> &[Call] {
        &self.calls
    }

    /// The body of a webhook about a record as it is now; none if there is no such record or no webhook of it.
    pub fn webhook_body(&self, event: &str, id: &str) -> Option<Value> {
        let kind = webhook::about(event)?;
        let record = self.records.get(&kind)?.get(id)?;
        let resource = text(&record.shown, "resourceRef");
        let resource = resource.and_then(|id| self.records.get(&Kind::Resource)?.get(id));
        Some(webhook::body(event, &record.shown, resource.map(|resource| &resource.shown)))
    }
}
