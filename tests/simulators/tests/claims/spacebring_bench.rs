//! A served Spacebring with one location, two people and what they hold.

use jiff::Timestamp;
use reqwest::Client;
use serde_json::Value;
use simulators::spacebring::{
    Booking, Company, Limits, Location, Membership, Model, Person, Resource, SpacebringServer, Subscription,
};

use crate::brivo_bench::parts;
use simulators::clock::TestClock;

pub(crate) struct Bench {
    pub(crate) spacebring: SpacebringServer,
    pub(crate) clock: TestClock,
    pub(crate) http: Client,
}

impl Bench {
    pub(crate) async fn start() -> Self {
        Self::with(Limits::Off).await
    }

    pub(crate) async fn with(limits: Limits) -> Self {
        let clock = TestClock::new();
        let mut model = Model::new(limits);
        model.add_client("client", "sec:ret");
        let spacebring = SpacebringServer::start(model, clock.reader(), 0).await.unwrap();
        spacebring.edit(furnish);
        Self { spacebring, clock, http: Client::builder().no_proxy().build().unwrap() }
    }

    pub(crate) async fn get(&self, path: &str) -> (u16, Value) {
        let url = format!("{}{path}", self.spacebring.base_url());
        parts(self.http.get(url).basic_auth("client", Some("sec:ret")).send().await.unwrap()).await
    }
}

pub(crate) fn person(name: &str) -> Person {
    let email = Some(format!("{}@example.com", name.to_lowercase()));
    Person { name: Some(name.to_owned()), surname: Some("Example".to_owned()), email }
}

pub(crate) fn membership(id: &str) -> Membership {
    Membership {
        id: id.to_owned(),
        location: "loc-1".to_owned(),
        company: Some("c-1".to_owned()),
        status: "approved".to_owned(),
        kind: "member".to_owned(),
        user: person("Zoë"),
    }
}

pub(crate) fn booking(id: &str) -> Booking {
    Booking {
        id: id.to_owned(),
        resource: "r-1".to_owned(),
        status: "confirmed".to_owned(),
        starts: "2026-11-21T11:00:00Z".parse().unwrap(),
        ends: "2026-11-21T12:00:00Z".parse().unwrap(),
        owner: (Some("m-1".to_owned()), person("Zoë")),
        ..Booking::default()
    }
}

fn furnish(model: &mut Model, now: Timestamp) {
    let text = str::to_owned;
    let location = Location { id: text("loc-1"), title: text("Main"), time_zone: text("Europe/Berlin") };
    model.put_location(&location);
    let room = Resource { id: text("r-1"), location: text("loc-1"), kind: text("meetingRoom"), brivo_group: Some(502) };
    model.put_resource(&room);
    model.put_company(&Company { id: text("c-1"), location: text("loc-1"), title: text("Sample") }, now);
    model.put_membership(&membership("m-1"), now);
    model.put_membership(&membership("m-2"), now);
    let subscription = Subscription {
        id: text("s-1"),
        location: text("loc-1"),
        company: Some(text("c-1")),
        status: text("active"),
        starts: "2026-11-01T00:00:00Z".parse().unwrap(),
        plan: text("p-1"),
        brivo_group: Some(501),
        ..Subscription::default()
    };
    model.put_subscription(&subscription, now);
    model.put_booking(&booking("b-1"), now);
}
