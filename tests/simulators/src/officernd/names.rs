//! The names that version 1 of the API has for the same fields, which webhooks were seen to use.
//!
//! Source: cschouten/tap-officernd schemas of members, memberships and bookings; receivers of `member.updated` (2026-11-21).

use serde_json::{Value, json};

use super::entity::{Entity, Record};

/// Fields of any record that go by another name, newer name first.
const RENAMED: [(&str, &str); 6] = [
    ("company", "team"),
    ("location", "office"),
    ("isCancelled", "canceled"),
    ("isTentative", "tentative"),
    ("isFree", "free"),
    ("title", "summary"),
];

/// A record under the names of version 1.
pub(super) fn in_version_1(entity: Entity, record: &Record) -> Record {
    let mut renamed: Record =
        record.iter().map(|(name, value)| (older(entity, name).to_owned(), value.clone())).collect();
    match entity {
        Entity::Booking => {
            for name in ["start", "end"] {
                if let Some(instant) = renamed.get_mut(name) {
                    *instant = json!({ "dateTime": instant.take() });
                }
            }
        }
        // The state that lists show is the calculated one; the other says whether the account was approved.
        Entity::Member => {
            if let Some(status) = renamed.insert("status".to_owned(), Value::from("active")) {
                renamed.insert("calculatedStatus".to_owned(), status);
            }
        }
        Entity::Company
        | Entity::Membership
        | Entity::Pass
        | Entity::Location
        | Entity::Floor
        | Entity::Resource
        | Entity::Assignment
        | Entity::Visitor => {}
    }
    renamed
}

fn older(entity: Entity, name: &str) -> &str {
    if entity == Entity::Booking && name == "resource" {
        return "resourceId";
    }
    RENAMED.iter().find(|(newer, _)| *newer == name).map_or(name, |(_, older)| older)
}
