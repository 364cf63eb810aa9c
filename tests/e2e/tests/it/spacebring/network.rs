//! A network of Spacebring's whose hooks come through Svix.

use jiff::Timestamp;
use serde_json::{Value, json};
use simulators::spacebring::{
    Attempt, Booking, Company, Endpoint, Limits, Location, Membership, Model, Person, Resource, Subscription,
};

use crate::{
    deliveries::{self, accepted},
    feed::{document, world_of},
    tenants::SECOND_SIGNING_SECRET,
    world::{World, at},
};

pub(crate) const ANNA: &str = "5d0a6a3e-0000-4000-8000-000000000001";
pub(crate) const BEN: &str = "5d0a6a3e-0000-4000-8000-000000000002";
pub(crate) const COMPANY: &str = "c0a8d3d0-0000-4000-8000-000000000001";

/// A meeting room, a hot desk and a parking lot.
pub(crate) const ROOM: &str = "room-1";
pub(super) const DESK: &str = "desk-1";
pub(super) const LOT: &str = "lot-1";

/// The tenant `harbour`, what its Spacebring network holds, and where Svix sends its hooks.
pub(super) struct Network {
    pub(super) world: World,
    pub(super) model: Model,
    pub(super) svix: Endpoint,
}

impl Network {
    /// With the members Anna and Ben, the second one of a company.
    pub(super) async fn open(mappings: &[Value]) -> Self {
        let mut network = Self::of_nobody(mappings).await;
        network.tell_member(ANNA, "Anna", None).await;
        network.model.put_company(&company(), network.world.now());
        network.tell("company.created", COMPANY).await;
        network.tell_member(BEN, "Ben", Some(COMPANY)).await;
        network
    }

    pub(super) async fn of_nobody(mappings: &[Value]) -> Self {
        let world = world_of(document("spacebring", mappings)).await;
        let mut model = Model::new(Limits::Off);
        let zone = "Europe/London".to_owned();
        model.put_location(&Location { id: "main".to_owned(), title: "Main".to_owned(), time_zone: zone });
        for (id, kind) in [(ROOM, "meetingRoom"), (DESK, "hotDesk"), (LOT, "parkingLot")] {
            let (id, location, kind) = (id.to_owned(), "main".to_owned(), kind.to_owned());
            model.put_resource(&Resource { id, location, kind, brivo_group: None });
        }
        Self { world, model, svix: Endpoint::new(SECOND_SIGNING_SECRET) }
    }

    /// Somebody who joins, maybe as one of a company.
    pub(super) async fn tell_member(&mut self, id: &str, name: &str, company: Option<&str>) {
        self.model.put_membership(&member(id, name, company), self.world.now());
        self.tell("membership.created", id).await;
    }

    /// The hook about a record as it is, delivered and acted upon.
    pub(super) async fn tell(&mut self, event: &str, id: &str) {
        let body = self.model.webhook_body(event, id).unwrap();
        self.deliver(event, &body).await;
    }

    /// A hook with any body, delivered and acted upon; answers what it was answered.
    pub(super) async fn deliver(&mut self, event: &str, body: &Value) -> Value {
        let attempt = self.attempt(body, self.world.now());
        let World { bundle, tenant, .. } = &self.world;
        let receipt = accepted(deliveries::spacebring(bundle, tenant, endpoint_of(event), &attempt)).await;
        self.world.settle().await;
        receipt
    }

    /// The first attempt of a hook that Spacebring made at an instant, not sent.
    pub(super) fn attempt(&mut self, body: &Value, made: Timestamp) -> Attempt {
        let message = self.svix.message(body, made);
        self.svix.attempt(&message, self.world.now())
    }
}

/// The two endpoints that all events go to: nothing else tells that a subscription was deleted.
pub(super) fn endpoint_of(event: &str) -> &str {
    if event == "subscription.deleted" { event } else { "subscription.updated" }
}

pub(super) fn person(name: &str) -> Person {
    let email = format!("{}@example.com", name.to_lowercase());
    Person { name: Some(name.to_owned()), surname: Some("Example".to_owned()), email: Some(email) }
}

pub(crate) fn member(id: &str, name: &str, company: Option<&str>) -> Membership {
    Membership {
        id: id.to_owned(),
        location: "main".to_owned(),
        company: company.map(str::to_owned),
        status: "approved".to_owned(),
        kind: "member".to_owned(),
        user: person(name),
    }
}

pub(crate) fn company() -> Company {
    Company { id: COMPANY.to_owned(), location: "main".to_owned(), title: "Example Ltd".to_owned() }
}

/// A subscription of one member to a plan, since the day before the first.
pub(crate) fn subscription(id: &str, plan: &str, member: &str) -> Subscription {
    Subscription {
        id: id.to_owned(),
        location: "main".to_owned(),
        company: None,
        membership: Some(member.to_owned()),
        status: "active".to_owned(),
        starts: at("2026-03-01T00:00:00Z"),
        ends: None,
        plan: plan.to_owned(),
        brivo_group: None,
    }
}

/// A booking by Anna.
pub(crate) fn booking(id: &str, resource: &str, (from, to): (&str, &str)) -> Booking {
    Booking {
        id: id.to_owned(),
        resource: resource.to_owned(),
        status: "confirmed".to_owned(),
        starts: at(from),
        ends: at(to),
        owner: (Some(ANNA.to_owned()), person("Anna")),
        attendees: Vec::new(),
        weeks: 1,
    }
}

pub(crate) fn maps(kind: &str, id: &str, groups: &[u64]) -> Value {
    json!({"kind": kind, "id": id, "groups": groups})
}
