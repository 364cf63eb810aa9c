//! Which request about events means what.
//!
//! Source: apidocs.brivo.com (2025-11-25), sections Event and Event Subscription; `/activities` is deprecated and not simulated.

use super::listing::Kind;
use crate::brivo::account::Account;
use crate::brivo::ask::{Ask, Outcome};

/// What a request asks about events, or changes in the subscriptions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::brivo) enum EventOperation {
    List(Kind),
    Count(Kind),
    ListSubscriptions,
    Subscribe,
    ReadSubscription(u64),
    ReplaceSubscription(u64),
    DeleteSubscription(u64),
}

impl EventOperation {
    pub(in crate::brivo) fn of(method: &str, segments: &[&str]) -> Option<Self> {
        let number = |segment: &str| segment.parse().ok();
        Some(match (method, segments) {
            ("GET", ["events", "access"]) => Self::List(Kind::Access),
            ("GET", ["events", "audit"]) => Self::List(Kind::Audit),
            ("GET", ["events", "counts", "access"]) => Self::Count(Kind::Access),
            ("GET", ["events", "counts", "audit"]) => Self::Count(Kind::Audit),
            ("GET", ["event-subscriptions"]) => Self::ListSubscriptions,
            ("POST", ["event-subscriptions"]) => Self::Subscribe,
            ("GET", ["event-subscriptions", id]) => Self::ReadSubscription(number(id)?),
            ("PUT", ["event-subscriptions", id]) => Self::ReplaceSubscription(number(id)?),
            ("DELETE", ["event-subscriptions", id]) => Self::DeleteSubscription(number(id)?),
            _ => return None,
        })
    }

    /// The members documented for the body.
    pub(in crate::brivo) fn documented(&self) -> &'static [&'static str] {
        match self {
            Self::Subscribe | Self::ReplaceSubscription(_) => &["name", "url", "errorEmail", "criteria"],
            Self::List(_)
            | Self::Count(_)
            | Self::ListSubscriptions
            | Self::ReadSubscription(_)
            | Self::DeleteSubscription(_) => &[],
        }
    }
}

impl Account {
    pub(in crate::brivo) fn tend_events(&mut self, operation: &EventOperation, ask: &Ask<'_>) -> Outcome {
        match *operation {
            EventOperation::List(kind) => self.list_events(kind, ask),
            EventOperation::Count(kind) => self.count_events(kind, ask),
            EventOperation::ListSubscriptions => self.list_subscriptions(ask),
            EventOperation::Subscribe => self.create_subscription(ask),
            EventOperation::ReadSubscription(id) => self.read_subscription(id),
            EventOperation::ReplaceSubscription(id) => self.replace_subscription(id, ask),
            EventOperation::DeleteSubscription(id) => self.delete_subscription(id),
        }
    }
}
