//! The canonical feed, as a platform without webhooks of its own would tell it.

use serde_json::{Value, json};

use crate::{
    deliveries::event,
    tenants,
    world::{Setting, World},
};

/// The tenant `harbour` with one location and one account.
pub(crate) fn document(platform: &str, mappings: &[Value]) -> Value {
    let mut document = tenants::with_platform("harbour", platform, "Europe/London");
    document["mappings"] = Value::from(mappings);
    document
}

/// The same with what differs from the preset.
pub(crate) fn document_with(platform: &str, mappings: &[Value], policy: Value) -> Value {
    let mut document = document(platform, mappings);
    document["policy"] = policy;
    document
}

pub(crate) async fn world_of(document: Value) -> World {
    World::of(Setting::of(document)).await
}

pub(crate) fn plan(id: &str, groups: &[u64]) -> Value {
    json!({"kind": "plan", "id": id, "groups": groups})
}

/// One event, taken in and acted upon.
pub(crate) async fn tell(world: &World, kind: &str, data: Value) {
    world.tell(&[now(world, kind, data)]).await;
}

/// One event of this instant, not told yet.
pub(crate) fn now(world: &World, kind: &str, data: Value) -> Value {
    // Whatever says something else, or the same later, is another event.
    event(&format!("{kind} {data} at {}", world.now()), kind, world.now(), data)
}

/// An active member.
pub(crate) fn member(id: u64, full_name: &str, email: &str) -> Value {
    json!({"id": id.to_string(), "full_name": full_name, "email": email, "status": "active"})
}

/// A membership of one member that runs since the day before the first.
pub(crate) fn membership(id: &str, plan: &str, member: u64) -> Value {
    json!({"id": id, "plan": plan, "member": member.to_string(), "starts": "2026-03-01", "status": "active"})
}

/// The same of a team.
pub(crate) fn of_team(id: &str, plan: &str, team: &str) -> Value {
    json!({"id": id, "plan": plan, "team": team, "starts": "2026-03-01", "status": "active"})
}

/// A confirmed booking of a room by a member.
pub(crate) fn booking(id: &str, room: u64, member: u64, (from, to): (&str, &str)) -> Value {
    json!({"id": id, "resource": room.to_string(), "kind": "room", "starts": crate::world::at(from),
        "ends": crate::world::at(to), "status": "confirmed", "booker": {"member": member.to_string()}})
}

/// What is told, with these fields in place of its own.
pub(crate) fn but(mut data: Value, fields: &Value) -> Value {
    for (name, value) in fields.as_object().unwrap() {
        data[name] = value.clone();
    }
    data
}

/// What is told, cancelled.
pub(crate) fn cancelled(data: Value) -> Value {
    but(data, &json!({"status": "cancelled"}))
}
