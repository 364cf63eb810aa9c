//! What the feed means, from bytes to news.

use std::collections::BTreeSet;

use domain::{
    GroupId,
    facts::{Attendee, Booking, BookingStatus, Change, MemberPatch, Membership, Pass},
    intake::Contact,
};
use http::HeaderMap;
use proptest::prelude::*;
use serde_json::{Map, json};

use super::*;
use crate::{Proof, Source, samples::at};

mod attendees;
mod batches;
mod bookings;
mod envelope;
mod members;
mod memberships;
mod passes;
mod subjects;
mod teams;

pub(super) const NOW: &str = "2026-06-01T09:00:00Z";

fn tenant(locations: &[(&str, &str)]) -> Tenant {
    let locations = locations.iter().map(|(id, zone)| json!({"id": id, "time_zone": zone, "account": "hq"}));
    let locations: Vec<_> = locations.collect();
    serde_json::from_value(json!({"tenant": "acme", "platform": "coworks", "locations": locations})).unwrap()
}

pub(super) fn one_location() -> Tenant {
    tenant(&[("london", "Europe/London")])
}

pub(super) fn two_locations() -> Tenant {
    tenant(&[("london", "Europe/London"), ("lisbon", "Europe/Lisbon"), ("paris", "Europe/Paris")])
}

fn event_of(kind: &str, verb: &str, data: Value) -> Value {
    let id = data["id"].as_str().unwrap_or("?");
    let mut event = json!({
        "specversion": "1.0", "id": format!("e-{kind}-{id}"), "source": "crm", "type": format!("coworking.{kind}.{verb}"),
        "subject": format!("{kind}/{id}"), "time": NOW,
    });
    event["data"] = data;
    event
}

fn upserted(kind: &str, data: Value) -> Value {
    event_of(kind, "upserted", data)
}

/// The value with some fields set, or taken away where the change is the text `(absent)`.
fn with(mut value: Value, changes: Value) -> Value {
    let Value::Object(changes) = changes else { panic!("changes are an object") };
    for (name, change) in changes {
        if change == "(absent)" {
            value.as_object_mut().unwrap().remove(&name);
        } else {
            value[name] = change;
        }
    }
    value
}

fn member() -> Value {
    json!({"id": "m1", "first_name": "Ann", "last_name": "Bee", "email": "ann@example.com", "status": "active"})
}

fn membership() -> Value {
    json!({"id": "s1", "plan": "hot-desk", "member": "m1", "starts": "2026-06-30", "status": "active"})
}

fn booking() -> Value {
    json!({
        "id": "b7", "resource": "r1", "kind": "room", "starts": "2026-06-01T10:00:00Z", "ends": "2026-06-01T11:00:00Z",
        "status": "confirmed", "booker": {"member": "m1"},
    })
}

fn stranger() -> Value {
    json!({"name": "Gina Guest", "email": "gina@example.com"})
}

fn pass() -> Value {
    json!({"id": "p1", "pass": "day", "member": "m1", "valid_from": "2026-06-30", "valid_until": "2026-06-30"})
}

fn deliver(sent: &Value) -> Delivery {
    Delivery::read(&Source::Events, &HeaderMap::new(), sent.to_string().as_bytes(), at(NOW)).unwrap()
}

fn told(tenant: &Tenant, sent: &Value) -> Result<Vec<News>, Vec<String>> {
    deliver(sent).news(tenant, at(NOW), Proof::Whole).map_err(|unreadable| unreadable.faults)
}

fn news(sent: &Value) -> News {
    told(&one_location(), sent).unwrap().remove(0)
}

fn faults(sent: &Value) -> Vec<String> {
    told(&one_location(), sent).unwrap_err()
}

/// The one fault, which begins so.
#[track_caller]
fn assert_fault(sent: &Value, begins: &str) {
    let faults = faults(sent);
    assert_eq!(faults.len(), 1, "{faults:?}");
    assert!(faults[0].starts_with(begins), "{faults:?}");
}

fn patch(data: Value) -> MemberPatch {
    let what = news(&upserted("member", data)).what;
    let What::Member(patch) = what else { panic!("{what:?}") };
    patch
}

fn placed_membership(tenant: &Tenant, data: Value) -> Membership {
    let what = told(tenant, &upserted("membership", data)).unwrap().remove(0).what;
    let What::Entitlement(Entitlement::Membership(membership)) = what else { panic!("{what:?}") };
    membership
}

fn placed_booking(data: Value) -> Booking {
    // Whom addresses belong to comes first.
    let what = told(&one_location(), &upserted("booking", data)).unwrap().pop().unwrap().what;
    let What::Entitlement(Entitlement::Booking(booking)) = what else { panic!("{what:?}") };
    booking
}

fn placed_pass(tenant: &Tenant, data: Value) -> Pass {
    let what = told(tenant, &upserted("pass", data)).unwrap().remove(0).what;
    let What::Entitlement(Entitlement::Pass(pass)) = what else { panic!("{what:?}") };
    pass
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
        prop::sample::select(vec!["", "active", "9999-12-31", "0001-01-01", "2026-06-01T10:00:00Z"])
            .prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map("[a-z]{1,6}", inner, 0..4).prop_map(|map| Value::Object(Map::from_iter(map))),
        ]
    })
}

fn any_event() -> impl Strategy<Value = Value> {
    let full = [
        upserted("member", with(member(), json!({"teams": ["t1"], "door_access": {"groups": [1]}}))),
        upserted("team", json!({"id": "t1", "members": ["m1"]})),
        upserted(
            "membership",
            with(membership(), json!({"resources": [{"id": "d1", "location": "london"}], "ends": "2026-07-01"})),
        ),
        upserted("booking", with(booking(), json!({"invitees": [stranger(), {"member": "m2"}]}))),
        upserted("booking", with(booking(), json!({"booker": stranger()}))),
        upserted("pass", with(pass(), json!({"remaining": 2, "location": "london"}))),
        event_of("booking", "removed", json!({"id": "b7"})),
    ];
    let changed = (prop::sample::select(full.to_vec()), any::<prop::sample::Index>(), any::<bool>(), any_json());
    changed.prop_map(|(mut event, index, inside, value)| {
        let fields = if inside { event["data"].as_object_mut() } else { event.as_object_mut() }.unwrap();
        let name = index.get(&fields.keys().cloned().collect::<Vec<_>>()).clone();
        fields.insert(name, value);
        event
    })
}

proptest! {
    #[test]
    fn no_bytes_are_too_odd(body in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = Delivery::read(&Source::Events, &HeaderMap::new(), &body, at(NOW));
    }

    #[test]
    fn an_event_is_understood_or_its_faults_are_named(event in any_event()) {
        let delivery = deliver(&event);
        let _ = delivery.subjects();
        match delivery.news(&one_location(), at(NOW), Proof::Whole) {
            Ok(news) => {
                let whole = news.iter().filter(|news| !matches!(news.what, What::Contact(_)));
                prop_assert_eq!(whole.count() + delivery.ignored().count(), 1);
                prop_assert!(!matches!(news.last().map(|news| &news.what), Some(What::Contact(_))));
                for news in news {
                    prop_assert!(delivery.subjects().contains(&news.subject));
                    prop_assert!(news.as_of <= latest_believable(at(NOW)));
                }
            }
            Err(unreadable) => prop_assert!(!unreadable.faults.is_empty()),
        }
    }

    #[test]
    fn a_batch_is_taken_if_and_only_if_each_of_its_events_is(events in prop::collection::vec(any_event(), 0..5)) {
        let each = events.iter().all(|event| told(&one_location(), event).is_ok());

        prop_assert_eq!(told(&one_location(), &Value::from(events)).is_ok(), each);
    }
}
