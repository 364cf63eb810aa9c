//! Sending without a port: whoever drives the model takes what is due and says how it went.

use jiff::{SignedDuration, Timestamp};

use super::delivery::{Delivery, DeliveryAttempt, DeliveryHabits, Mail};
use crate::brivo::model::Model;

impl Model {
    /// Changes how notifications are sent from now on.
    pub fn set_delivery_habits(&mut self, habits: DeliveryHabits) {
        self.state.account.journal.habits = habits;
    }

    /// Whether a notification waits, be it due or not.
    pub fn has_deliveries(&self) -> bool {
        !self.state.account.journal.outbox.is_empty()
    }

    /// The notifications that are due, in the order they go; each is to be sent once and then told to
    /// [`Model::settle_delivery`].
    pub fn take_deliveries(&mut self, now: Timestamp) -> Vec<Delivery> {
        let outbox = &mut self.state.account.journal.outbox;
        let (due, waiting) = std::mem::take(outbox).into_iter().partition(|delivery| delivery.due <= now);
        *outbox = waiting;
        due
    }

    /// Takes note of the answer to a notification, `None` if there was none: all but 200 is a failure, which is tried again or
    /// mailed to the subscriber.
    pub fn settle_delivery(&mut self, delivery: Delivery, status: Option<u16>, now: Timestamp) {
        let journal = &mut self.state.account.journal;
        journal.attempts.push(DeliveryAttempt {
            at: now,
            subscription: delivery.subscription,
            uuid: delivery.uuid.clone(),
            attempt: delivery.attempt,
            status,
        });
        if status == Some(200) {
            return;
        }
        if delivery.attempt <= journal.habits.retries {
            let due = now + SignedDuration::from_secs(i64::from(journal.habits.retry_after_seconds));
            journal.outbox.push(Delivery { due, attempt: delivery.attempt + 1, ..delivery });
        } else if let Some(subscription) = journal.subscriptions.get(&delivery.subscription) {
            let to = subscription.error_email.clone();
            journal.mails.push(Mail { at: now, to, subscription: delivery.subscription, uuid: delivery.uuid });
        }
    }

    /// Every notification sent, oldest first.
    pub fn delivery_attempts(&self) -> &[DeliveryAttempt] {
        &self.state.account.journal.attempts
    }

    /// Every mail about notifications that were given up, oldest first.
    pub fn mails(&self) -> &[Mail] {
        &self.state.account.journal.mails
    }
}
