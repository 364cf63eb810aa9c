//! OfficeRnD's own webhooks, from its signature to the groups in Brivo.

use jiff::Timestamp;
use serde_json::{Value, json};
use simulators::officernd::{Entity, Limits, Model, Names};

use crate::{
    deliveries::{self, accepted},
    feed::document,
    tenants::PATH_SECRET,
    world::{MORNING, Setting, World, at},
};

mod bookings;
mod deliver;
mod memberships;
mod passes;

/// Ids of the payloads in `tests/fixtures/officernd`.
const OFFICE: &str = "5e9b84959a6d250158f3cdf8";
const TEAM: &str = "6842be293c80dc718b3ba345";
const PLAN: &str = "6842be293c80dc718b3ba300";
const ROOM: &str = "6842be2a3c80dc718b3ba4b8";
const ANNA: &str = "684c7cc078775bf2b52dd162";

const OTHER_ROOM: &str = "6842be2a3c80dc718b3ba4b9";
const BEN: &str = "684c7cc078775bf2b52dd163";

/// The tenant `harbour`, and what its OfficeRnD organization holds.
struct Space {
    world: World,
    model: Model,
    /// Under which names hooks carry what they tell.
    names: Names,
}

impl Space {
    /// With the members Anna and Ben, both of one company.
    async fn open(mappings: &[Value]) -> Self {
        let mut space = Self::open_at(MORNING, mappings).await;
        space.tell(Entity::Company, "company.created", &json!({"_id": TEAM, "name": "Example Ltd"})).await;
        space.tell(Entity::Member, "member.created", &member(ANNA, "Anna Example", "anna@example.com")).await;
        space.tell(Entity::Member, "member.created", &member(BEN, "Ben Example", "ben@example.com")).await;
        space
    }

    /// With nobody, at another instant.
    async fn open_at(instant: &str, mappings: &[Value]) -> Self {
        let mut document = document("officernd", mappings);
        document["locations"][0]["id"] = json!(OFFICE);
        let world = World::of(Setting { start_at: at(instant), ..Setting::of(document) }).await;
        Self { world, model: Model::new("harbour", Limits::Off), names: Names::Version1 }
    }

    /// Something made or changed, its hook delivered and acted upon.
    async fn tell(&mut self, entity: Entity, kind: &str, record: &Value) {
        let body = self.hook((entity, kind), record, self.world.now());
        self.deliver(&body).await;
    }

    /// Something removed, its hook delivered and acted upon.
    async fn remove(&mut self, entity: Entity, kind: &str, id: &str) {
        let body = self.removal((entity, kind), id, self.world.now());
        self.deliver(&body).await;
    }

    /// The hook of something made or changed at an instant, not delivered.
    fn hook(&mut self, (entity, kind): (Entity, &str), record: &Value, at: Timestamp) -> String {
        self.model.put(entity, record, at);
        let id = record["_id"].as_str().unwrap();
        self.model.webhook_body((entity, id), kind, self.names, at).unwrap()
    }

    /// The hook of something removed at an instant, not delivered.
    fn removal(&mut self, (entity, kind): (Entity, &str), id: &str, at: Timestamp) -> String {
        self.model.remove(entity, id);
        self.model.webhook_body((entity, id), kind, self.names, at).unwrap()
    }

    /// A hook delivered and acted upon; answers what it was answered.
    async fn deliver(&self, body: &str) -> Value {
        let World { bundle, tenant, .. } = &self.world;
        let receipt = accepted(deliveries::officernd(bundle, tenant, body, self.world.now())).await;
        self.world.settle().await;
        receipt
    }
}

/// Where hooks of the tenant go.
fn url() -> String {
    format!("/hooks/officernd/harbour/{PATH_SECRET}")
}

/// An active member of the company.
fn member(id: &str, name: &str, email: &str) -> Value {
    json!({"_id": id, "name": name, "email": email, "company": TEAM, "location": OFFICE, "status": "active"})
}

/// An approved membership of the whole company, since the day before the first.
fn membership(id: &str, plan: &str) -> Value {
    json!({"_id": id, "plan": plan, "company": TEAM, "location": OFFICE, "status": "approved", "type": "month_to_month",
        "calculatedStatus": "active", "startDate": "2026-03-01T00:00:00.000Z"})
}

/// A booking of a room by Anna.
fn booking(id: &str, room: &str, (from, to): (&str, &str)) -> Value {
    json!({"_id": id, "resource": room, "location": OFFICE, "member": ANNA, "company": TEAM, "timezone": "Europe/London",
        "start": at(from), "end": at(to), "recurrence": {"rrule": null, "exdates": []}, "members": [], "visitors": [],
        "isCancelled": false, "isTentative": false, "title": "Standup"})
}

fn maps(kind: &str, id: &str, groups: &[u64]) -> Value {
    json!({"kind": kind, "id": id, "groups": groups})
}
