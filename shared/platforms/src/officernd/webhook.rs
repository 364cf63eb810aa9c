//! Webhooks of OfficeRnD: an envelope with the event's id and type, and the thing as it is now.
//!
//! Shape: `{event, eventType, createdAt, data: {object, previousAttributes?}}`, where `previousAttributes` has the old values of
//! what changed. Nothing is promised about order or repeats: the event's id tells a repeat, the thing's `modifiedAt` what is newer.
//!
//! A removal is as of the event, which comes after the last change of what it removes: OfficeRnD may give back what was archived,
//! so that it is not final.
//!
//! A booking that changes takes with it what it was before: the bookings that its old values made and its new ones do not. What
//! becomes of single occurrences OfficeRnD tells by `occupancyslot.removed`, whose shape is not documented; it has to name the
//! booking and the start. `occupancyslot.created` tells nothing that the booking itself does not, and is not used.
//!
//! Source: developer.officernd.com/docs/webhooks-getting-started; officernd/webhooks-demo; the event list of
//! Skrapion/n8n-nodes-officernd; receivers in public code; 2026-11.

use std::collections::BTreeSet;

use domain::{
    Subject,
    intake::{EventKey, News, What},
    tenant::Tenant,
};
use jiff::Timestamp;
use serde_json::{Map, Value};

use super::{
    booking::{self, id_of_occurrence},
    either,
    entity::{Entity, Kind, Telling},
    membership, reference,
};
use crate::{
    Delivery, Received, Unreadable,
    delivery::Content,
    fields::{Faults, Fields, Read, id, json},
    moment::instant,
};

/// A delivery of one hook.
pub(crate) struct Hook {
    key: EventKey,
    /// When it came in.
    received_at: Timestamp,
    /// The instant it is true of.
    as_of: Timestamp,
    happened: Happened,
}

/// What happened.
enum Happened {
    /// Something is this now; before, if that is told, it was something else.
    Is { entity: Box<Entity>, before: Option<Box<Entity>>, leaves_desks: bool },
    /// Something is gone; the whole of it is told as it was, or only its id.
    Gone { kind: Kind, id: String, was: Option<Box<Entity>> },
    /// One occurrence of a booking is gone.
    OccurrenceGone { booking: String, start: Timestamp },
    /// Nothing that bears on access.
    Other,
}

/// What an event's type says.
#[derive(Clone, Copy)]
enum Type {
    Created(Kind),
    Updated(Kind),
    Removed(Kind),
    SlotRemoved,
}

const KINDS: [(&str, Kind); 5] = [
    ("member", Kind::Member),
    ("company", Kind::Company),
    ("membership", Kind::Membership),
    ("booking", Kind::Booking),
    ("pass", Kind::Pass),
];

/// Where the thing stands in the envelope.
const OBJECT: &str = "data.object";

/// Reads what a hook delivered at `now`. Types that are not used are accepted whatever they carry.
pub(crate) fn read(body: &[u8], now: Timestamp) -> Result<Delivery, Unreadable> {
    let sent = json(body)?;
    let mut faults = Faults::default();
    let (received, ignored, hook) = match envelope(&sent, &mut faults) {
        Ok((key, name, created)) => {
            let used = meaning(&name);
            let ignored = if used.is_none() { BTreeSet::from([name]) } else { BTreeSet::new() };
            let hook = match used {
                Some(what) => happened(what, created, &sent, &mut faults).ok(),
                None => Some((now, Happened::Other)),
            };
            let hook = hook.map(|(as_of, happened)| Hook { key: key.clone(), received_at: now, as_of, happened });
            (vec![Received::new(key, &sent)], ignored, hook)
        }
        Err(_) => (Vec::new(), BTreeSet::new(), None),
    };
    Ok(Delivery { received, ignored, content: Content::Officernd(hook), faults })
}

fn envelope(sent: &Value, faults: &mut Faults) -> Read<(EventKey, String, Option<Timestamp>)> {
    let mut fields = Fields::of(sent, "", faults)?;
    let event = fields.required("event", id);
    let name = fields.required("eventType", id);
    let created = fields.optional("createdAt", instant);
    Ok((EventKey { source: "officernd".to_owned(), id: event? }, name?, created?))
}

fn meaning(name: &str) -> Option<Type> {
    let (thing, verb) = name.split_once('.')?;
    if name == "occupancyslot.removed" {
        return Some(Type::SlotRemoved);
    }
    let (_, kind) = KINDS.into_iter().find(|(word, _)| *word == thing)?;
    match verb {
        "created" => Some(Type::Created(kind)),
        "updated" => Some(Type::Updated(kind)),
        "removed" => Some(Type::Removed(kind)),
        _ => None,
    }
}

/// What happened, and the instant that is true of.
fn happened(what: Type, created: Option<Timestamp>, sent: &Value, faults: &mut Faults) -> Read<(Timestamp, Happened)> {
    let mut fields = Fields::of(sent, "", faults)?;
    let object = sent.get("data").and_then(|data| data.get("object")).filter(|object| object.is_object());
    let Some(object) = object else { return Err(fields.note(OBJECT, "is missing; it must be a JSON object")) };
    let previous = sent.get("data").and_then(|data| data.get("previousAttributes")).and_then(Value::as_object);
    match what {
        Type::Created(kind) | Type::Updated(kind) => {
            let entity = Entity::read(kind, object, OBJECT, created, faults)?;
            let before = previous.and_then(|previous| before(kind, object, previous, entity.as_of()));
            // What is new had none.
            let leaves_desks = matches!(what, Type::Created(_)) || membership::leaves_desks(previous);
            let (entity, before) = (Box::new(entity), before.map(Box::new));
            Ok((entity.as_of(), Happened::Is { entity, before, leaves_desks }))
        }
        Type::Removed(kind) => {
            let Some(at) = created else { return Err(fields.note("createdAt", "is missing; it must be an instant")) };
            let id = Fields::of(object, OBJECT, faults)?.required("_id", reference)?;
            // As much as can be read of it: one may come with no more than its id.
            let was = Entity::read(kind, object, OBJECT, Some(at), &mut Faults::default()).ok().map(Box::new);
            Ok((at, Happened::Gone { kind, id, was }))
        }
        Type::SlotRemoved => {
            let Some(at) = created else { return Err(fields.note("createdAt", "is missing; it must be an instant")) };
            let mut slot = Fields::of(object, OBJECT, faults)?;
            let booking = either(&mut slot, ["booking", "bookingId"], reference);
            let start = slot.required("start", start_of_slot);
            match booking? {
                Some(booking) => Ok((at, Happened::OccurrenceGone { booking, start: start? })),
                None => Err(slot.note("booking", "is missing; it must be an id")),
            }
        }
    }
}

fn start_of_slot(value: &Value) -> Result<Timestamp, String> {
    instant(value.get("dateTime").unwrap_or(value))
}

/// The thing with the old values of what changed.
fn before(kind: Kind, object: &Value, previous: &Map<String, Value>, as_of: Timestamp) -> Option<Entity> {
    let mut old = object.as_object()?.clone();
    old.extend(previous.iter().map(|(name, value)| (name.clone(), value.clone())));
    Entity::read(kind, &Value::Object(old), OBJECT, Some(as_of), &mut Faults::default()).ok()
}

impl Hook {
    /// The subjects of what is told, and whose records are needed beside it.
    pub(crate) fn subjects(&self) -> BTreeSet<Subject> {
        let now = self.received_at;
        match &self.happened {
            Happened::Is { entity, before, .. } => {
                before.iter().flat_map(|before| before.subjects(now)).chain(entity.subjects(now)).collect()
            }
            Happened::Gone { kind, id, was } => {
                was.iter().flat_map(|was| was.subjects(now)).chain([kind.subject(id)]).collect()
            }
            Happened::OccurrenceGone { booking, start } => {
                BTreeSet::from([booking::subject(&id_of_occurrence(booking, *start))])
            }
            Happened::Other => BTreeSet::new(),
        }
    }

    /// What the hook tells.
    pub(crate) fn news(&self, tenant: &Tenant, now: Timestamp, faults: &mut Faults) -> Vec<News> {
        let telling = Telling { event: &self.key, tenant, now, directory: None };
        let gone = |kind: Kind, ids: BTreeSet<String>| {
            let removed = |id: String| telling.piece(kind.subject(&id), self.as_of, What::Removed);
            ids.into_iter().map(removed).collect::<Vec<_>>()
        };
        match &self.happened {
            Happened::Is { entity, before, leaves_desks } => {
                let Ok(told) = entity.tell(&telling, faults) else { return Vec::new() };
                let mut ids = before.as_ref().map(|before| before.ids(tenant, now)).unwrap_or_default();
                let of_desks = membership::ids_of_desks(entity.id()).filter(|_| entity.kind() == Kind::Membership);
                if *leaves_desks {
                    of_desks.for_each(|id| _ = ids.remove(&id));
                } else {
                    ids.extend(of_desks);
                }
                ids.retain(|id| !told.iter().any(|news| news.subject == entity.kind().subject(id)));
                gone(entity.kind(), ids).into_iter().chain(told).collect()
            }
            Happened::Gone { kind, id, was } => {
                let mut ids = was.as_ref().map(|was| was.ids(tenant, now)).unwrap_or_default();
                ids.insert(id.clone());
                if *kind == Kind::Membership {
                    ids.extend(membership::ids_of_desks(id));
                }
                gone(*kind, ids)
            }
            Happened::OccurrenceGone { booking, start } => {
                gone(Kind::Booking, BTreeSet::from([id_of_occurrence(booking, *start)]))
            }
            Happened::Other => Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests;
