//! What is sent to subscribers, and how reliably.
//!
//! Source: apidocs.brivo.com (2025-11-25), section Event Subscription: a failed notification is mailed to `errorEmail`. Nothing is
//! said about repeats, order or waiting, so each is a switch; only 200 is a success, as a public client in production found.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::brivo::fault::Times;

/// How notifications are sent; as it stands by default, each once, in order, at once, and never again.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DeliveryHabits {
    /// How often one is sent again that was not answered with 200.
    pub retries: u32,
    /// How long after the failure, in seconds.
    pub retry_after_seconds: u32,
    /// Which are sent twice.
    pub duplicates: Option<Times>,
    /// Which are not sent at all; nobody is told.
    pub drops: Option<Times>,
    /// Whether the newest of those that wait goes first.
    pub newest_first: bool,
    /// How long after it occurred an event is processed, in seconds: until then neither a listing nor a notification knows it.
    pub processing_delay_seconds: u32,
}

impl DeliveryHabits {
    pub(super) fn processing_delay(&self) -> SignedDuration {
        SignedDuration::from_secs(i64::from(self.processing_delay_seconds))
    }
}

/// A notification on its way: one POST of `body`, which is JSON, to `url`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    /// Tells it from all others.
    pub id: u64,
    /// The subscription it is for.
    pub subscription: u64,
    /// Where it goes; a part of it may be the subscriber's secret.
    pub url: String,
    /// The event it is about.
    pub uuid: String,
    /// What it says.
    pub body: String,
    /// When it may go.
    pub due: Timestamp,
    /// Which attempt it is, from 1.
    pub attempt: u32,
}

/// A notification that was sent, or that nobody took.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeliveryAttempt {
    /// When the answer came, or the attempt ended without one.
    pub at: Timestamp,
    /// The subscription it was for.
    pub subscription: u64,
    /// The event it was about.
    pub uuid: String,
    /// Which attempt it was, from 1.
    pub attempt: u32,
    /// The status it was answered with.
    pub status: Option<u16>,
}

/// A mail about a notification that was given up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mail {
    /// When it was sent.
    pub at: Timestamp,
    /// The subscription's `errorEmail`.
    pub to: String,
    /// The subscription.
    pub subscription: u64,
    /// The event nobody took.
    pub uuid: String,
}
