//! One subscription: where it sends, and which events it wants.
//!
//! Source: apidocs.brivo.com (2025-11-25), section Event Subscription. All criteria have to hold. What NE says of a criterion AUDIT,
//! and of an event without the thing it compares, is assumed: the opposite of EQ.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::event::Event;

/// A subscription as the account keeps it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Subscription {
    pub(super) name: String,
    pub(super) url: String,
    pub(super) error_email: String,
    pub(super) criteria: Vec<Criterion>,
    /// Sixteen bytes that nobody is known to have made use of, in Base64.
    pub(super) secret_word: String,
}

/// One condition of a subscription.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Criterion {
    /// Given by Brivo.
    #[serde(default)]
    pub(super) id: u64,
    pub(super) criteria_type: Kind,
    pub(super) criteria_operation_type: Comparison,
    pub(super) criteria_value: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING-KEBAB-CASE")]
pub(super) enum Kind {
    Site,
    User,
    AccessPoint,
    Audit,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub(super) enum Comparison {
    Eq,
    Ne,
}

impl Subscription {
    pub(super) fn view(&self, id: u64) -> Value {
        json!({
            "id": id,
            "name": self.name,
            "url": self.url,
            "errorEmail": self.error_email,
            "criteria": self.criteria,
            "encryptedSecretWord": self.secret_word,
        })
    }

    /// Events at doors are wanted unless a criterion says that those of the audit journal are.
    pub(super) fn wants(&self, event: &Event) -> bool {
        let about_audit = |criterion: &Criterion| criterion.criteria_type == Kind::Audit;
        let is_default_right = event.subject.is_none() || self.criteria.iter().any(about_audit);
        is_default_right && self.criteria.iter().all(|criterion| criterion.holds(event))
    }

    pub(super) fn wants_audit(&self) -> bool {
        self.criteria.iter().any(|criterion| criterion.criteria_type == Kind::Audit)
    }
}

impl Criterion {
    fn holds(&self, event: &Event) -> bool {
        let found = match self.criteria_type {
            Kind::Site => event.place.as_ref().map(|place| place.site.0),
            Kind::AccessPoint => event.place.as_ref().map(|place| place.door.0),
            Kind::User => event.actor.as_ref().filter(|actor| actor.is_user).map(|actor| actor.id),
            Kind::Audit => Some(u64::from(event.subject.is_some())),
        };
        let is_equal = found == Some(self.criteria_value);
        match self.criteria_operation_type {
            Comparison::Eq => is_equal,
            Comparison::Ne => !is_equal,
        }
    }
}
