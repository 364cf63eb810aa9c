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

use crate::{
    Origin, Proof, Source, Unreadable, events,
    fields::{Faults, json},
    nexudus, officernd,
    signature::standard::id_and_time,
    spacebring,
};

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
    /// Its place among those that came with it.
    pub number: usize,
}

impl fmt::Debug for Received {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Received").field("key", &self.key).finish_non_exhaustive()
    }
}

impl Received {
    pub(crate) fn new(key: EventKey, sent: &Value) -> Self {
        Self { key, body: with_credentials(sent.clone(), |value| Some(withheld(value))).to_string(), number: 0 }
    }
}

impl Delivery {
    /// Reads a body, which may be anything, as it came in at `now` with these headers, of which none is believed either.
    ///
    /// # Errors
    /// It is not JSON, or neither URL nor headers say what it is. All other faults come out with the news, so that the
    /// sender hears of those that show only with the tenant at the same time.
    pub fn read(source: &Source, headers: &HeaderMap, body: &[u8], now: Timestamp) -> Result<Self, Unreadable> {
        Self::of(source, id_and_time(headers), body, now)
    }

    /// Reads an event once more that was kept, as it came in then. Of access codes, cards and fobs it says nothing, not even that
    /// there are none: their values were never kept.
    ///
    /// # Errors
    /// As for [`Self::read`], where the meaning of the event has changed since.
    pub fn read_again(origin: &Origin, key: &EventKey, body: &str) -> Result<Self, Unreadable> {
        let source = Source::parse(&origin.platform, origin.event.as_deref(), origin.location.as_deref());
        let source = source.map_err(|error| Unreadable { faults: vec![format!("the URL: {error}")] })?;
        let told = with_credentials(json(body.as_bytes())?, |_| None).to_string();
        let message = origin.sent_at.map(|sent_at| (key.id.as_str(), sent_at));
        Self::of(&source, message, told.as_bytes(), origin.received_at)
    }

    fn of(
        source: &Source,
        message: Option<(&str, Timestamp)>,
        body: &[u8],
        now: Timestamp,
    ) -> Result<Self, Unreadable> {
        match source {
            Source::Events => events::read(body),
            Source::Nexudus { action, location } => {
                nexudus::webhook::read(action.as_deref(), location.as_ref(), body, now)
            }
            Source::NexudusAccess => nexudus::access::read(body),
            Source::Officernd => officernd::webhook::read(body, now),
            Source::Spacebring { event } => spacebring::webhook::read(event.as_deref(), message, body),
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

/// A body with something else for the values of the fields that open doors, or without these fields.
fn with_credentials(body: Value, instead: impl Fn(Value) -> Option<Value> + Copy) -> Value {
    match body {
        Value::Object(fields) => {
            let kept = fields.into_iter().filter_map(|(name, value)| {
                let opens_doors = CREDENTIALS.iter().any(|credential| credential.eq_ignore_ascii_case(&name));
                let value = if opens_doors { instead(value)? } else { with_credentials(value, instead) };
                Some((name, value))
            });
            Value::Object(kept.collect())
        }
        Value::Array(list) => Value::Array(list.into_iter().map(|value| with_credentials(value, instead)).collect()),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => body,
    }
}

/// What stands for a value that opens doors: that there is none may be kept.
fn withheld(value: Value) -> Value {
    if value.is_null() { value } else { Value::from("(withheld)") }
}

#[cfg(test)]
mod tests {
    use domain::{facts::Change, intake::What};
    use http::HeaderName;
    use serde_json::json;

    use super::*;
    use crate::samples::{at, tenant_at};

    /// DWK-20: a PIN is nowhere in clear, so the event log does not get it.
    #[test]
    fn access_codes_are_not_kept_with_the_event() {
        let key = EventKey { source: "crm".to_owned(), id: "e1".to_owned() };
        let sent = json!([{"FullName": "Ann", "AccessPincode": "11546", "data": {"access_code": 4711, "id": "m1"}}]);

        let received = Received::new(key, &sent);

        assert!(received.body.contains("Ann") && received.body.contains("m1"));
        assert!(!received.body.contains("11546") && !received.body.contains("4711"));
    }

    const SERIES: &str = include_str!("../../../tests/fixtures/officernd/webhook_booking_created_v1names.json");
    const NOW: &str = "2026-06-01T09:00:00Z";

    /// What is told of one who is read as it came in, and once more from what was kept; without the event that told it.
    fn told_twice(
        words: (&str, Option<&str>),
        sent: &Value,
        headers: &HeaderMap,
    ) -> [Vec<(Subject, Timestamp, What)>; 2] {
        let tenant = tenant_at("nexudus", "london", "Europe/London");
        let (received_at, proof) = (at(NOW), Proof::Whole);
        let (platform, event, location) = (words.0.to_owned(), words.1.map(str::to_owned), None);
        let origin = Origin { platform, event, location, received_at, sent_at: None, proof }.with_headers(headers);
        let source = Source::parse(words.0, words.1, None).unwrap();
        let first = Delivery::read(&source, headers, sent.to_string().as_bytes(), received_at).unwrap();
        let kept = first.events().next().unwrap().clone();
        // It goes to state and back.
        let origin: Origin = serde_json::from_str(&json!(origin).to_string()).unwrap();
        let again = Delivery::read_again(&origin, &kept.key, &kept.body).unwrap();
        let told = |delivery: &Delivery| {
            let news = delivery.news(&tenant, origin.received_at, origin.proof).unwrap();
            news.into_iter().map(|piece| (piece.subject, piece.as_of, piece.what)).collect()
        };
        [told(&first), told(&again)]
    }

    fn by_svix(sent_at: &str) -> HeaderMap {
        let seconds = at(sent_at).as_second().to_string();
        let headers =
            [("svix-id", "msg_1".to_owned()), ("svix-timestamp", seconds), ("svix-signature", "v1,AA".to_owned())];
        headers.into_iter().map(|(name, value)| (name.parse::<HeaderName>().unwrap(), value.parse().unwrap())).collect()
    }

    /// INV-7: also what says nothing of its time, and what was sent long after it was made.
    #[test]
    fn what_was_kept_tells_the_same_as_of_the_same_instant() {
        let booking = json!({"Id": 7, "ResourceId": 3, "CoworkerId": 9, "FromTime": "2026-06-01T10:00:00Z",
            "ToTime": "2026-06-01T11:00:00Z", "Tentative": false, "UpdatedOn": "2026-06-01T08:00:00Z"});
        let customer = json!([{"Id": 9, "FullName": "Zoë Example", "Email": "zoe@example.com", "Active": true, "AccessPincode": "1154"}]);
        let mut series: Value = serde_json::from_str(SERIES).unwrap();
        series["data"]["object"]["recurrence"]["rrule"] = json!("FREQ=WEEKLY;COUNT=100");
        let event = json!({"specversion": "1.0", "id": "e1", "source": "crm", "type": "coworking.booking.upserted",
            "subject": "booking/b7", "time": "2026-06-01T08:00:00Z", "data": {"id": "b7", "resource": "r1", "kind": "room",
                "starts": "2026-06-01T10:00:00Z", "ends": "2026-06-01T11:00:00Z", "status": "confirmed",
                "booker": {"name": "Gina Guest", "email": "gina@example.com"}}});
        let company =
            json!({"type": "company.created", "company": {"id": "c-1", "locationRef": "london", "title": "Acme"}});
        for (words, sent, headers) in [
            (("nexudus", Some("BookingUpdate")), booking, HeaderMap::new()),
            (("nexudus", Some("CoworkerUpdate")), customer, HeaderMap::new()),
            (("officernd", None), series, HeaderMap::new()),
            (("events", None), event, HeaderMap::new()),
            (("spacebring", Some("company.created")), company, by_svix("2026-06-01T08:30:00Z")),
        ] {
            let [first, again] = told_twice(words, &sent, &headers);

            assert!(!first.is_empty(), "{words:?}");
            assert_eq!(first, again, "{words:?}");
        }
    }

    /// DWK-20: what was withheld is not told, be it a code or that there is none.
    #[test]
    fn what_was_kept_says_nothing_of_access_codes() {
        for code in [json!("4711"), json!(null)] {
            let data = json!({"id": "m1", "full_name": "Ann", "status": "active", "access_code": code});
            let sent = json!({"specversion": "1.0", "id": "e1", "source": "crm", "type": "coworking.member.upserted",
                "subject": "member/m1", "time": "2026-06-01T08:00:00Z", "data": data});

            let [_, again] = told_twice(("events", None), &sent, &HeaderMap::new());

            let [(_, _, What::Member(patch))] = again.as_slice() else { panic!("{again:?}") };
            assert_eq!((&patch.access_code, &patch.full_name), (&Change::Keep, &Change::Set("Ann".to_owned())));
        }
    }

    #[test]
    fn what_cannot_be_read_any_more_says_why() {
        let (platform, received_at, proof) = ("fax".to_owned(), at(NOW), Proof::Whole);
        let origin = Origin { platform, event: None, location: None, received_at, sent_at: None, proof };
        let key = EventKey { source: "crm".to_owned(), id: "e1".to_owned() };

        let told = Delivery::read_again(&origin, &key, "{}").unwrap_err();
        assert!(told.faults[0].starts_with("the URL: there is no such platform"), "{told:?}");
        let told = Delivery::read_again(&Origin { platform: "events".to_owned(), ..origin }, &key, "{").unwrap_err();
        assert!(told.faults[0].contains("must be JSON"), "{told:?}");
    }

    #[test]
    fn what_people_wrote_does_not_show_in_debug_output() {
        let key = EventKey { source: "crm".to_owned(), id: "e1".to_owned() };

        let shown = format!("{:?}", Received::new(key, &json!({"email": "ann@example.com"})));

        assert!(shown.contains("e1") && !shown.contains("ann@"));
    }
}
