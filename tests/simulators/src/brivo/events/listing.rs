//! The operations that list and count events.
//!
//! Source: apidocs.brivo.com (2025-11-25), section Event: newest first, no total, and an offset that is the least `occurred` of the
//! page before. Assumed: an event at the offset itself is told again, as pages may be cut between events of one instant.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::event::Event;
use super::window::Window;
use crate::brivo::account::Account;
use crate::brivo::ask::{Ask, Outcome};
use crate::brivo::filter::{self, Condition, Operator};
use crate::brivo::paging;
use crate::brivo::refusal;
use crate::message::Response;

/// Which of the two journals is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::brivo) enum Kind {
    /// What happened at doors.
    Access,
    /// What administrators did.
    Audit,
}

const ACCESS_TYPES: &[&str] = &["non_exception", "exception", "camera", "video_linkable"];

const AUDIT_TYPES: &[&str] = &[
    "account",
    "administrator",
    "badge",
    "control_panel",
    "credential",
    "custom_field",
    "device",
    "group",
    "holiday",
    "ipac",
    "notification",
    "permission_template",
    "report",
    "schedule",
    "site",
    "user",
    "video",
];

impl Account {
    pub(super) fn list_events(&self, kind: Kind, ask: &Ask<'_>) -> Outcome {
        let size = paging::size(&ask.query)?;
        let offset = match ask.query.get("offset") {
            Some(text) => text.parse().map_err(|_| refusal::invalid_listing())?,
            None => Timestamp::MAX,
        };
        let mut found = self.events_asked_for(kind, ask)?;
        found.retain(|event| event.occurred <= offset);
        let rows: Vec<Value> = found.into_iter().take(size).map(Event::row).collect();
        Ok(Response::json(200, &json!({"data": rows, "pageSize": size})))
    }

    pub(super) fn count_events(&self, kind: Kind, ask: &Ask<'_>) -> Outcome {
        let found = self.events_asked_for(kind, ask)?;
        Ok(Response::json(200, &json!({"count": found.len()})))
    }

    /// Newest first, without those that were not processed yet.
    fn events_asked_for(&self, kind: Kind, ask: &Ask<'_>) -> Result<Vec<&Event>, Response> {
        let conditions = filter::read(&ask.query)?;
        check(kind, &conditions)?;
        let window = Window::read(&conditions, ask.now)?;
        let is_meant = |event: &&Event| {
            (event.subject.is_some() == (kind == Kind::Audit))
                && event.processed <= ask.now
                && window.covers(event)
                && conditions.iter().all(|condition| holds(condition, kind, event))
        };
        let mut found: Vec<&Event> = self.journal.events.iter().rev().filter(is_meant).collect();
        found.sort_by_key(|event| std::cmp::Reverse(event.occurred));
        Ok(found)
    }
}

/// Of the fields that name a thing, one may be asked about; each with `eq`, and an `event_type` by its documented names.
fn check(kind: Kind, conditions: &[Condition]) -> Result<(), Response> {
    let (things, types) = match kind {
        Kind::Access => (["object", "site"].as_slice(), ACCESS_TYPES),
        Kind::Audit => (["actor", "object", "schedule", "holiday"].as_slice(), AUDIT_TYPES),
    };
    let mut named = 0;
    for Condition { field, operator, values } in conditions {
        let is_right = match field.as_str() {
            "occurred" => true,
            "processed" => kind == Kind::Access,
            "event_type" => *operator == Operator::Eq && values.iter().all(|value| types.contains(&value.as_str())),
            field if things.contains(&field) => {
                named += 1;
                *operator == Operator::Eq && values.iter().all(|value| value.parse::<u64>().is_ok())
            }
            _ => false,
        };
        if !is_right || named > 1 {
            return Err(refusal::invalid_criteria());
        }
    }
    Ok(())
}

fn holds(condition: &Condition, kind: Kind, event: &Event) -> bool {
    let is_asked = |id: Option<u64>| id.is_some_and(|id| condition.is_one_of(&id.to_string()));
    match (kind, condition.field.as_str()) {
        (Kind::Access, "object") => is_asked(event.place.as_ref().map(|place| place.door.0)),
        (Kind::Access, "site") => is_asked(event.place.as_ref().map(|place| place.site.0)),
        (Kind::Access, "event_type") => {
            let name = if event.action.exception { "exception" } else { "non_exception" };
            condition.is_one_of(name)
        }
        (Kind::Audit, "actor") => is_asked(event.actor.as_ref().map(|actor| actor.id)),
        (Kind::Audit, "object") => is_asked(event.subject.as_ref().map(|subject| subject.id)),
        (Kind::Audit, "schedule" | "holiday") => false,
        (Kind::Audit, "event_type") => event.subject.as_ref().is_some_and(|subject| condition.is_one_of(&subject.kind)),
        (Kind::Access | Kind::Audit, _) => true,
    }
}
