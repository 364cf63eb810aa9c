//! A delivery from the moment its bytes arrive until it has become news.

use std::{collections::BTreeSet, fmt};

use domain::{
    Subject,
    intake::{EventKey, News},
    tenant::Tenant,
};
use http::HeaderMap;
use jiff::{SignedDuration, Timestamp};
use secrecy::SecretString;
use serde_json::Value;

use crate::{Proof, Source, Unreadable, events, fields::Faults, nexudus, officernd, spacebring};

/// How far a sender's clock may be off: five minutes either way, as Standard Webhooks has it.
pub(crate) const CLOCK_TOLERANCE: SignedDuration = SignedDuration::from_mins(5);

/// Fields that open doors; their values are never kept with an event.
const CREDENTIALS: [&str; 4] = ["access_code", "AccessPincode", "AccessCardId", "KeyFobNumber"];

/// A body that was read but not yet believed.
///
/// Some of it may be faulty; [`Self::news`] then tells every fault and gives nothing.
pub struct Delivery {
    pub(crate) received: Vec<Received>,
    pub(crate) ignored: BTreeSet<String>,
    pub(crate) content: Content,
    pub(crate) faults: Faults,
}

impl fmt::Debug for Delivery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Delivery").field("received", &self.received).finish_non_exhaustive()
    }
}

/// What was delivered, in the terms of its sender.
pub(crate) enum Content {
    Events(Vec<events::Event>),
    Nexudus(nexudus::Hook),
    /// None if its faults left nothing to tell.
    NexudusAccess(Option<Box<nexudus::CustomerGroups>>),
    /// None if its faults left nothing to tell.
    Officernd(Option<officernd::Hook>),
    Spacebring(Box<spacebring::Hook>),
}

/// One event as it came in, for the event log and to know it again.
#[derive(Clone, PartialEq, Eq)]
pub struct Received {
    /// What makes it the same event when it comes again.
    pub key: EventKey,
    /// The event's own JSON, with personal data but without the values of access codes, cards and fobs.
    pub body: String,
}

impl fmt::Debug for Received {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Received").field("key", &self.key).finish_non_exhaustive()
    }
}

impl Received {
    pub(crate) fn new(key: EventKey, sent: &Value) -> Self {
        Self { key, body: without_credentials(sent).to_string() }
    }
}

impl Delivery {
    /// Reads a body, which may be anything, as it came in at `now` with these headers, of which none is believed either.
    ///
    /// # Errors
    /// It is not JSON, or neither URL nor headers say what it is. All other faults come out with the news, so that the
    /// sender hears of those that show only with the tenant at the same time.
    pub fn read(source: &Source, headers: &HeaderMap, body: &[u8], now: Timestamp) -> Result<Self, Unreadable> {
        match source {
            Source::Events => events::read(body),
            Source::Nexudus { action, location } => {
                nexudus::webhook::read(action.as_deref(), location.as_ref(), body, now)
            }
            Source::NexudusAccess => nexudus::access::read(body),
            Source::Officernd => officernd::webhook::read(body, now),
            Source::Spacebring { event } => spacebring::webhook::read(event.as_deref(), headers, body),
        }
    }

    /// The events that were delivered, each once, in the order sent.
    pub fn events(&self) -> impl Iterator<Item = &Received> {
        self.received.iter()
    }

    /// What the sender calls those events that tell nothing we use; worth a line in the log.
    pub fn ignored(&self) -> impl Iterator<Item = &str> {
        self.ignored.iter().map(String::as_str)
    }

    /// Every subject whose record has to be known to take the delivery in.
    ///
    /// These are the subjects of the events, the members and teams that hold or pay for something, and the e-mail addresses
    /// that members have or bookings name. The members that a team names are not among them: they may be thousands.
    pub fn subjects(&self) -> BTreeSet<Subject> {
        match &self.content {
            Content::Events(events) => events.iter().flat_map(events::Event::subjects).collect(),
            Content::Nexudus(hook) => hook.subjects(),
            Content::NexudusAccess(told) => told.iter().flat_map(|told| told.subjects()).collect(),
            Content::Officernd(hook) => hook.iter().flat_map(officernd::Hook::subjects).collect(),
            Content::Spacebring(hook) => hook.subjects(),
        }
    }

    /// The access codes that are told in clear, each with its event and its member. They are no part of [`Self::news`]: they are
    /// to be sealed and put into the patch of their member.
    pub fn access_codes(&self) -> impl Iterator<Item = (&EventKey, &Subject, &SecretString)> {
        let events = match &self.content {
            Content::Events(events) => events.as_slice(),
            Content::Nexudus(_) | Content::NexudusAccess(_) | Content::Officernd(_) | Content::Spacebring(_) => &[],
        };
        events.iter().filter_map(events::Event::access_code)
    }

    /// What the delivery says about the tenant's people and what they hold, in the order sent.
    ///
    /// # Errors
    /// Every fault of the delivery. It gives all of its news or none.
    pub fn news(&self, tenant: &Tenant, now: Timestamp, proof: Proof) -> Result<Vec<News>, Unreadable> {
        let mut faults = self.faults.clone();
        let news = match &self.content {
            Content::Events(events) => {
                let told = events.iter().map(|event| event.news(tenant, now, &mut faults));
                told.filter_map(Result::ok).flatten().collect()
            }
            Content::Nexudus(hook) => hook.news(tenant, now, proof, &mut faults),
            Content::NexudusAccess(told) => told.iter().flat_map(|told| told.news(tenant, now, &mut faults)).collect(),
            Content::Officernd(hook) => hook.iter().flat_map(|hook| hook.news(tenant, now, &mut faults)).collect(),
            Content::Spacebring(hook) => hook.news(tenant, now),
        };
        faults.none_or(news)
    }
}

/// The last instant that is not in the future for a sender whose clock is a little ahead of ours.
pub(crate) fn latest_believable(now: Timestamp) -> Timestamp {
    now.checked_add(CLOCK_TOLERANCE).unwrap_or(Timestamp::MAX)
}

fn without_credentials(sent: &Value) -> Value {
    match sent {
        Value::Object(fields) => {
            let kept = fields.iter().map(|(name, value)| {
                let opens_doors = CREDENTIALS.iter().any(|credential| credential.eq_ignore_ascii_case(name));
                let withheld = opens_doors && !value.is_null();
                let value = if withheld { Value::from("(withheld)") } else { without_credentials(value) };
                (name.clone(), value)
            });
            Value::Object(kept.collect())
        }
        Value::Array(list) => Value::Array(list.iter().map(without_credentials).collect()),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => sent.clone(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// DWK-20: a PIN is nowhere in clear, so the event log does not get it.
    #[test]
    fn access_codes_are_not_kept_with_the_event() {
        let key = EventKey { source: "crm".to_owned(), id: "e1".to_owned() };
        let sent = json!([{"FullName": "Ann", "AccessPincode": "11546", "data": {"access_code": 4711, "id": "m1"}}]);

        let received = Received::new(key, &sent);

        assert!(received.body.contains("Ann") && received.body.contains("m1"));
        assert!(!received.body.contains("11546") && !received.body.contains("4711"));
    }

    #[test]
    fn what_people_wrote_does_not_show_in_debug_output() {
        let key = EventKey { source: "crm".to_owned(), id: "e1".to_owned() };

        let shown = format!("{:?}", Received::new(key, &json!({"email": "ann@example.com"})));

        assert!(shown.contains("e1") && !shown.contains("ann@"));
    }
}
