//! What Brivo and Nexudus hold before a day begins.

use jiff::{SignedDuration, Timestamp};
use simulators::{
    brivo::{GroupId, Model},
    nexudus::{self, Customer, Limits, Resource},
};

use crate::tenants::{self, API_KEY, CLIENT_ID, CLIENT_SECRET, PASSWORD, REFRESH_TOKEN, USERNAME};

pub(crate) const ANNA: u64 = 31;
pub(crate) const BEN: u64 = 32;
const NAMES: [(u64, &str, &str); 2] =
    [(ANNA, "Anna Planted-Nameson", "anna@planted.example"), (BEN, "Ben Planted-Nameson", "ben@planted.example")];

pub(crate) fn furnished(model: &mut Model, now: Timestamp) {
    model.add_application(CLIENT_ID, CLIENT_SECRET, API_KEY);
    model.accept_refresh_token(CLIENT_ID, REFRESH_TOKEN, now);
    for group in tenants::groups() {
        model.add_group(GroupId(group), &format!("Group {group}"));
    }
}

pub(crate) fn nexudus_account(now: Timestamp) -> nexudus::Model {
    let mut model = nexudus::Model::new(Limits::Off);
    model.add_administrator(USERNAME, PASSWORD);
    // Made some time ago.
    let made = now - SignedDuration::from_hours(24);
    for (id, full_name, email) in NAMES {
        model.put_customer(&customer(id, full_name, email), made);
    }
    let rooms = tenants::ROOM..=tenants::ROOM_WITH_UNKNOWN_GROUP;
    for id in rooms {
        model.put_resource(&Resource { id, name: format!("Room {id}"), business_id: 1, ..Resource::default() }, made);
    }
    model
}

pub(crate) fn customer(id: u64, full_name: &str, email: &str) -> Customer {
    Customer {
        id,
        unique_id: format!("00000000-0000-4000-b000-{id:012}"),
        full_name: full_name.to_owned(),
        email: email.to_owned(),
        active: true,
        businesses: vec![1],
        ..Customer::default()
    }
}
