//! Everything that is remembered about events.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::delivery::{Delivery, DeliveryAttempt, DeliveryHabits, Mail};
use super::event::Event;
use super::subscription::Subscription;
use crate::brivo::fault::Times;

/// Apart from the numbers of everything else.
const FIRST_SUBSCRIPTION: u64 = 4_000_001;

/// The events of an account, the subscriptions, and what was sent.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(in crate::brivo) struct Journal {
    pub(super) events: Vec<Event>,
    pub(super) subscriptions: BTreeMap<u64, Subscription>,
    /// Whether changes of users and memberships are written down too: a simulation that asks nobody about them saves it.
    pub(super) keeps_audit: bool,
    pub(super) habits: DeliveryHabits,
    pub(super) outbox: Vec<Delivery>,
    pub(super) attempts: Vec<DeliveryAttempt>,
    pub(super) mails: Vec<Mail>,
    made: u64,
    pub(super) sent: u64,
}

impl Journal {
    pub(super) fn next_id(&mut self) -> u64 {
        self.made += 1;
        FIRST_SUBSCRIPTION + self.made - 1
    }

    /// Writes an event down and prepares what is sent about it.
    pub(super) fn record(&mut self, mut event: Event) {
        // Told and compared in thousandths, so that an instant that was told finds the event again.
        let millisecond = event.occurred.as_millisecond();
        event.occurred = Timestamp::from_millisecond(millisecond).unwrap_or(event.occurred);
        event.processed = event.occurred + self.habits.processing_delay();
        let told: Vec<u64> =
            self.subscriptions.iter().filter(|(_, one)| one.wants(&event)).map(|(id, _)| *id).collect();
        for subscription in told {
            self.prepare(subscription, &event);
        }
        self.events.push(event);
    }

    fn prepare(&mut self, subscription: u64, event: &Event) {
        if self.habits.drops.as_mut().is_some_and(Times::strikes) {
            return;
        }
        let is_doubled = self.habits.duplicates.as_mut().is_some_and(Times::strikes);
        for _ in 0..if is_doubled { 2 } else { 1 } {
            self.sent += 1;
            let Some(known) = self.subscriptions.get(&subscription) else {
                return;
            };
            let delivery = Delivery {
                id: self.sent,
                subscription,
                url: known.url.clone(),
                uuid: event.uuid.clone(),
                body: event.notification().to_string(),
                due: event.processed,
                attempt: 1,
            };
            let at = if self.habits.newest_first { 0 } else { self.outbox.len() };
            self.outbox.insert(at, delivery);
        }
    }
}
