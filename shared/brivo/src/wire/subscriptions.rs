//! Who is told of events.

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

use super::or_default;
use crate::{SiteId, SubscriptionId};

/// A subscription to events; printed, neither the URL nor the address shows.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Subscription {
    /// Brivo's id.
    pub id: SubscriptionId,
    /// Its name, which is free.
    #[serde(default, deserialize_with = "or_default")]
    pub name: String,
    /// Where events are sent. A delivery carries no signature, so that the URL is all that tells it from a made-up one.
    #[serde(default)]
    pub url: Option<SecretString>,
    /// Who is written to when a delivery fails.
    #[serde(default)]
    pub error_email: Option<SecretString>,
    /// All of which an event has to meet.
    #[serde(default, deserialize_with = "or_default")]
    pub criteria: Vec<Criterion>,
}

impl Subscription {
    /// What it watches; `None` for criteria other than those we make.
    pub fn watch(&self) -> Option<Watch> {
        match self.criteria.as_slice() {
            [] => Some(Watch::AllDoors),
            [one] => one.watch(),
            _ => None,
        }
    }
}

/// A condition on events, in Brivo's words.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct Criterion {
    /// `SITE`, `USER`, `ACCESS-POINT` or `AUDIT`.
    #[serde(rename = "criteriaType")]
    pub of: String,
    /// `EQ` or `NE`.
    #[serde(rename = "criteriaOperationType")]
    pub operation: String,
    /// An id; of `AUDIT` 1 for audit events and 0 for access events.
    #[serde(rename = "criteriaValue")]
    pub value: i64,
}

impl Criterion {
    fn equal(of: &str, value: i64) -> Self {
        Self { of: of.to_owned(), operation: "EQ".to_owned(), value }
    }

    fn watch(&self) -> Option<Watch> {
        match (self.of.as_str(), self.operation.as_str(), self.value) {
            ("SITE", "EQ", site) => Some(Watch::Site(SiteId(site))),
            ("AUDIT", "EQ", 0) => Some(Watch::AllDoors),
            ("AUDIT", "EQ", 1) => Some(Watch::Changes),
            _ => None,
        }
    }
}

/// What a subscription of ours watches. There is no condition on what happened: the receiver has to choose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Watch {
    /// The access events of all sites.
    AllDoors,
    /// The access events of one site; two sites in one subscription would never be met.
    Site(SiteId),
    /// What administrators change: users, groups, credentials.
    Changes,
}

impl Watch {
    fn criteria(self) -> Vec<Criterion> {
        match self {
            Self::AllDoors => Vec::new(),
            Self::Site(site) => vec![Criterion::equal("SITE", site.0)],
            Self::Changes => vec![Criterion::equal("AUDIT", 1)],
        }
    }
}

/// A subscription to be made.
#[derive(Clone, Debug)]
pub struct NewSubscription {
    /// Its name, which is free.
    pub name: String,
    /// Where events are sent, with something in its path that nobody can guess.
    pub url: SecretString,
    /// Who is written to when a delivery fails.
    pub error_email: SecretString,
    /// What it watches.
    pub watch: Watch,
}

/// The same as it is sent.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SubscriptionBody<'a> {
    name: &'a str,
    url: &'a str,
    error_email: &'a str,
    criteria: Vec<Criterion>,
}

impl<'a> From<&'a NewSubscription> for SubscriptionBody<'a> {
    fn from(new: &'a NewSubscription) -> Self {
        Self {
            name: &new.name,
            url: new.url.expose_secret(),
            error_email: new.error_email.expose_secret(),
            criteria: new.watch.criteria(),
        }
    }
}
