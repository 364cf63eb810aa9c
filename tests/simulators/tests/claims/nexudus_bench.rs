//! A served Nexudus with one location, one room, two customers and a booking.

use reqwest::{Client, RequestBuilder};
use serde_json::Value;
use simulators::nexudus::{Booking, Business, Customer, Limits, Model, NexudusServer, Resource};

use crate::brivo_bench::parts;
use simulators::clock::TestClock;

pub(crate) struct Bench {
    pub(crate) nexudus: NexudusServer,
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
        model.add_administrator("admin@example.com", "pass:word");
        let nexudus = NexudusServer::start(model, clock.reader(), 0).await.unwrap();
        nexudus.edit(furnish);
        Self { nexudus, clock, http: Client::builder().no_proxy().build().unwrap() }
    }

    pub(crate) fn call(&self, path: &str) -> RequestBuilder {
        let url = format!("{}{path}", self.nexudus.base_url());
        self.http.get(url).basic_auth("admin@example.com", Some("pass:word"))
    }

    pub(crate) async fn get(&self, path: &str) -> (u16, Value) {
        parts(self.call(path).send().await.unwrap()).await
    }
}

pub(crate) fn zoe() -> Customer {
    Customer {
        id: 3033,
        unique_id: "4539cf82-ad6b-4832-90dc-83d1e8b43405".to_owned(),
        full_name: "Zoë Example".to_owned(),
        email: "zoe@example.com".to_owned(),
        mobile_phone: Some("+44 7700 900123".to_owned()),
        access_pincode: Some("11546".to_owned()),
        active: true,
        businesses: vec![101],
        ..Customer::default()
    }
}

fn furnish(model: &mut Model, now: jiff::Timestamp) {
    model.put_time_zone(34, "GMT Standard Time", now);
    let business = Business { id: 101, name: "Space Plus".to_owned(), simple_time_zone_id: 34, ..Business::default() };
    model.put_business(&business, now);
    let room = Resource { id: 7, name: "Small room".to_owned(), business_id: 101, ..Resource::default() };
    model.put_resource(&room, now);
    let ada = Customer {
        id: 3032,
        full_name: "Ada Lovelace".to_owned(),
        email: "ada@example.com".to_owned(),
        ..Customer::default()
    };
    model.put_customer(&ada, now);
    model.put_customer(&zoe(), now);
    let booking = Booking {
        id: 900,
        resource_id: 7,
        coworker_id: Some(3033),
        from_time: "2026-11-21T11:00:00Z".parse().unwrap(),
        to_time: "2026-11-21T12:00:00Z".parse().unwrap(),
        ..Booking::default()
    };
    model.put_booking(&booking, now);
}
