//! The operations on subscriptions.
//!
//! Source: apidocs.brivo.com (2025-11-25), section Event Subscription. Assumed: name, address and mail address are wanted, the
//! address is one of http or https, a user in a criterion has to exist, and a PUT keeps the secret word.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;

use super::subscription::{Criterion, Kind, Subscription};
use crate::brivo::account::Account;
use crate::brivo::ask::{Ask, Outcome};
use crate::brivo::ids::{AccessPointId, SiteId, UserId};
use crate::brivo::paging::Page;
use crate::brivo::{filter, refusal};
use crate::message::Response;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Body {
    name: String,
    url: String,
    error_email: String,
    #[serde(default)]
    criteria: Vec<Criterion>,
}

impl Account {
    pub(super) fn list_subscriptions(&self, ask: &Ask<'_>) -> Outcome {
        let page = Page::read(&ask.query)?;
        let conditions = filter::read_texts(&ask.query, &["name"])?;
        let found = self.journal.subscriptions.iter();
        let found = found.filter(|(_, one)| conditions.iter().all(|condition| condition.is_in(&one.name)));
        Ok(page.of(found.map(|(id, one)| one.view(*id)).collect()))
    }

    pub(super) fn create_subscription(&mut self, ask: &Ask<'_>) -> Outcome {
        let secret = [self.random.next(), self.random.next()].map(u64::to_be_bytes).concat();
        let subscription = self.subscription(ask, STANDARD.encode(secret))?;
        let id = self.journal.next_id();
        self.journal.keeps_audit |= subscription.wants_audit();
        self.journal.subscriptions.insert(id, subscription);
        self.read_subscription(id)
    }

    pub(super) fn read_subscription(&self, id: u64) -> Outcome {
        Ok(Response::json(200, &self.known_subscription(id)?.view(id)))
    }

    pub(super) fn replace_subscription(&mut self, id: u64, ask: &Ask<'_>) -> Outcome {
        let secret_word = self.known_subscription(id)?.secret_word.clone();
        let subscription = self.subscription(ask, secret_word)?;
        self.journal.keeps_audit |= subscription.wants_audit();
        self.journal.subscriptions.insert(id, subscription);
        self.read_subscription(id)
    }

    /// What waits for a deleted subscription is not sent.
    pub(super) fn delete_subscription(&mut self, id: u64) -> Outcome {
        self.known_subscription(id)?;
        self.journal.subscriptions.remove(&id);
        self.journal.outbox.retain(|delivery| delivery.subscription != id);
        Ok(Response::empty(204))
    }

    fn known_subscription(&self, id: u64) -> Result<&Subscription, Response> {
        let subscription = self.journal.subscriptions.get(&id);
        subscription.ok_or_else(|| refusal::coded(404, "Event subscription not found"))
    }

    fn subscription(&mut self, ask: &Ask<'_>, secret_word: String) -> Result<Subscription, Response> {
        let Body { name, url, error_email, mut criteria } = ask.body()?;
        let is_url = url.starts_with("http://") || url.starts_with("https://");
        if name.is_empty() || error_email.is_empty() || !is_url {
            return Err(refusal::invalid_criteria());
        }
        for criterion in &mut criteria {
            self.check_criterion(criterion)?;
            criterion.id = self.journal.next_id();
        }
        Ok(Subscription { name, url, error_email, criteria, secret_word })
    }

    fn check_criterion(&self, criterion: &Criterion) -> Result<(), Response> {
        let value = criterion.criteria_value;
        let (is_known, message) = match criterion.criteria_type {
            Kind::Site => {
                let is_known = self.premises.sites.contains_key(&SiteId(value));
                (is_known, "Event subscription contained invalid Site criteria")
            }
            Kind::AccessPoint => {
                let is_known = self.premises.access_points.contains_key(&AccessPointId(value));
                (is_known, "Event subscription contained invalid Device criteria")
            }
            Kind::User => (self.users.contains_key(&UserId(value)), "Invalid criteria provided"),
            Kind::Audit => (value <= 1, "Invalid criteria provided"),
        };
        if is_known { Ok(()) } else { Err(refusal::coded(400, message)) }
    }
}
