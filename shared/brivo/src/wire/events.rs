//! What happened at doors.

use domain::{BrivoUserId, DoorId};
use jiff::Timestamp;
use serde::Deserialize;

use super::{WHOLE_SECONDS, instant};
use crate::{ActionId, ActorId, EventId, SiteId, paging::PAGE_SIZE};

/// Something that happened, without anybody's name.
///
/// Source: Brivo API, `GET /events/access`, 2026-09-28. Its `actionAllowed` is false even where a door opened, and is not
/// read.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(from = "EventJson")]
pub struct Event {
    /// The same wherever the event is delivered.
    pub id: EventId,
    /// What happened.
    pub action: ActionId,
    /// Who did it, if anybody.
    pub actor: Option<ActorId>,
    /// At which access point or other thing, if any.
    pub object: Option<DoorId>,
    /// Where, if it says so.
    pub site: Option<SiteId>,
    /// When, by the panel's clock.
    pub occurred_at: Timestamp,
    /// When Brivo learnt of it; long after, if the panel was offline.
    pub processed_at: Option<Timestamp>,
}

/// How an attempt at a door ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventOutcome {
    /// The door opened.
    Granted,
    /// It did not.
    Denied,
}

impl Event {
    /// How an attempt at a door ended; `None` for what is not known to be one.
    ///
    /// Source: the list of actions is not public. 2004, 5006, 5012, 5017, 5018 and 5034 are as integrators saw them, the rest
    /// of 5012 to 5018 is inferred from the members they carry. Brivo's own `exception` does not tell: 5034 comes without
    /// it, and alarms that are no attempts with it.
    pub fn outcome(&self) -> Option<EventOutcome> {
        match self.action.0 {
            2004 => Some(EventOutcome::Granted),
            5006 | 5012..=5018 | 5034 => Some(EventOutcome::Denied),
            _ => None,
        }
    }

    /// The user at the door; `None` where an administrator acted, or nobody who is known.
    pub fn user(&self) -> Option<BrivoUserId> {
        self.outcome()?;
        self.actor.map(|actor| BrivoUserId(actor.0))
    }
}

/// Which instant of an event counts. Brivo takes one of them, not both.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventTime {
    /// When it happened.
    Occurred,
    /// When Brivo learnt of it, by which nothing is missed that a panel tells late.
    Processed,
}

impl EventTime {
    fn word(self) -> &'static str {
        match self {
            Self::Occurred => "occurred",
            Self::Processed => "processed",
        }
    }

    fn of(self, event: &Event) -> Option<Timestamp> {
        match self {
            Self::Occurred => Some(event.occurred_at),
            Self::Processed => event.processed_at,
        }
    }
}

/// Which events to list. Brivo cuts both bounds off to the hour, and refuses more than 24 hours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EventQuery {
    /// By which instant.
    pub by: EventTime,
    /// After this one.
    pub after: Timestamp,
    /// Before this one.
    pub before: Timestamp,
    /// At one site, or at all of them.
    pub site: Option<SiteId>,
}

impl EventQuery {
    pub(crate) fn filter(&self) -> String {
        let (word, site) = (self.by.word(), self.site.map(|site| format!(";site__eq:{site}")).unwrap_or_default());
        let [after, before] = [self.after, self.before].map(|at| WHOLE_SECONDS.timestamp_to_string(&at));
        format!("{word}__gt:{after};{word}__lt:{before}{site}")
    }
}

/// Some of the events asked for, newest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventPage {
    /// The events.
    pub events: Vec<Event>,
    /// Where the next page begins; `None` after the last.
    ///
    /// Events of the same instant may lie on both sides of it: take each [`Event::id`] once, and stop at a page that has
    /// nothing new.
    pub next: Option<Timestamp>,
}

impl EventPage {
    pub(crate) fn of(events: Vec<Event>, by: EventTime) -> Self {
        let oldest = events.iter().filter_map(|event| by.of(event)).min();
        let next = oldest.filter(|_| events.len() >= PAGE_SIZE);
        Self { events, next }
    }
}

/// A list of events, which has no total; an empty one may be left out, as with every list.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct EventList {
    data: Option<Vec<Event>>,
    page_size: Option<usize>,
}

impl EventList {
    /// The entries; `None` if this is no list at all.
    pub(crate) fn entries(self) -> Option<Vec<Event>> {
        self.data.or(self.page_size.map(|_| Vec::new()))
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct EventJson {
    uuid: EventId,
    security_action: Action,
    #[serde(default)]
    actor: Option<Reference<ActorId>>,
    #[serde(default)]
    event_object: Option<Reference<DoorId>>,
    #[serde(default)]
    site: Option<Reference<SiteId>>,
    occurred: Timestamp,
    #[serde(default, deserialize_with = "instant")]
    processed: Option<Timestamp>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Action {
    security_action_id: ActionId,
}

#[derive(Deserialize)]
struct Reference<I> {
    #[serde(default = "Option::default")]
    id: Option<I>,
}

impl From<EventJson> for Event {
    fn from(json: EventJson) -> Self {
        Self {
            id: json.uuid,
            action: json.security_action.security_action_id,
            actor: json.actor.and_then(|actor| actor.id),
            object: json.event_object.and_then(|object| object.id),
            site: json.site.and_then(|site| site.id),
            occurred_at: json.occurred,
            processed_at: json.processed,
        }
    }
}
