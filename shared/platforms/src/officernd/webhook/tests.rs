//! What hooks of OfficeRnD mean, from bytes to news.

use domain::facts::{
    Booking, BookingStatus, Change, Entitlement, MemberPatch, MemberStatus, Membership, MembershipStatus, Pass,
};
use http::HeaderMap;
use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::{
    Proof, Source,
    samples::{at, tenant_at, with},
};

mod bookings;
mod memberships;
mod passes;
mod people;
mod series;

const NOW: &str = "2025-10-31T09:00:00Z";
const LONDON: &str = "5e9b84959a6d250158f3cdf8";

const MEMBER: &str = include_str!("../../../../../tests/fixtures/officernd/webhook_member_updated.json");
const MEMBERSHIP: &str = include_str!("../../../../../tests/fixtures/officernd/webhook_membership_created.json");
const BOOKING: &str = include_str!("../../../../../tests/fixtures/officernd/webhook_booking_created_v1names.json");
const CHECKIN: &str = include_str!("../../../../../tests/fixtures/officernd/webhook_checkin_created.json");
const CHECKOUT: &str = include_str!("../../../../../tests/fixtures/officernd/webhook_checkin_updated_checkout.json");

fn tenant() -> Tenant {
    tenant_at("officernd", LONDON, "Europe/London")
}

fn parsed(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

fn deliver(sent: &Value) -> Delivery {
    Delivery::read(&Source::Officernd, &HeaderMap::new(), sent.to_string().as_bytes(), at(NOW)).unwrap()
}

fn told(sent: &Value) -> Result<Vec<News>, Vec<String>> {
    deliver(sent).news(&tenant(), at(NOW), Proof::Whole).map_err(|unreadable| unreadable.faults)
}

fn news(sent: &Value) -> Vec<News> {
    told(sent).unwrap()
}

/// A hook of this type about the object.
fn hook(kind: &str, object: &Value) -> Value {
    json!({"event": "e1", "eventType": kind, "createdAt": "2025-10-31T08:00:01Z", "data": {"object": object}})
}

/// A hook about the object, of which some fields were something else before.
fn changed(kind: &str, object: &Value, previous: &Value) -> Value {
    let mut sent = hook(kind, object);
    sent["data"]["previousAttributes"] = previous.clone();
    sent
}

/// The object of a fixture with some fields changed.
fn object(fixture: &str, changes: &Value) -> Value {
    with(parsed(fixture)["data"]["object"].clone(), changes)
}

fn subjects(news: &[News], is: impl Fn(&What) -> bool) -> Vec<String> {
    news.iter().filter(|news| is(&news.what)).map(|news| news.subject.to_string()).collect()
}

fn removed(news: &[News]) -> Vec<String> {
    subjects(news, |what| *what == What::Removed)
}

fn faults(sent: &Value) -> Vec<String> {
    told(sent).unwrap_err()
}

/// The one fault, which begins so.
#[track_caller]
fn assert_fault(sent: &Value, begins: &str) {
    let faults = faults(sent);
    assert_eq!(faults.len(), 1, "{faults:?}");
    assert!(faults[0].starts_with(begins), "{faults:?}");
}

#[test]
fn types_that_do_not_bear_on_access_are_accepted_and_tell_nothing() {
    let others = [
        "contract.created",
        "fee.updated",
        "invoice.charge.created",
        "occupancyslot.created",
        "member.paymentdetails.removed",
        "visit.created",
        "soon",
    ];
    let others = others.map(|kind| hook(kind, &json!({"anything": 1})));
    for sent in [parsed(CHECKIN), parsed(CHECKOUT)].iter().chain(&others) {
        let delivery = deliver(sent);

        assert_eq!(delivery.ignored().collect::<Vec<_>>(), [sent["eventType"].as_str().unwrap()]);
        assert_eq!(delivery.events().count(), 1);
        assert_eq!(delivery.news(&tenant(), at(NOW), Proof::Whole), Ok(vec![]));
    }
}

/// ALL-07: a repeat has the same key, whatever its bytes.
#[test]
fn a_delivery_is_known_again_by_the_id_of_its_event() {
    let delivery = deliver(&parsed(MEMBER));

    let key = &delivery.events().next().unwrap().key;
    assert_eq!((key.source.as_str(), key.id.as_str()), ("officernd", "684c86cc78775bf2b5307d6c"));
    assert!(delivery.news(&tenant(), at(NOW), Proof::Whole).unwrap().iter().all(|news| news.event == *key));
}

#[test]
fn an_envelope_that_lacks_something_is_a_fault_with_its_name() {
    let member = hook("member.updated", &object(MEMBER, &json!({})));
    assert_fault(&with(member.clone(), &json!({"event": "(absent)"})), "event: is missing");
    assert_fault(&with(member.clone(), &json!({"eventType": null})), "eventType: is missing");
    for data in [json!("(absent)"), json!({}), json!({"object": null}), json!({"object": "m1"}), json!([])] {
        assert_fault(&with(member.clone(), &json!({ "data": data })), "data.object: is missing");
    }
    assert_fault(&json!([member]), "the body: must be a JSON object");
    assert!(Delivery::read(&Source::Officernd, &HeaderMap::new(), b"{", at(NOW)).is_err());
}

#[test]
fn a_removal_without_its_time_or_its_thing_is_a_fault() {
    let sent = hook("member.removed", &json!({"_id": "m1"}));

    assert_fault(&with(sent, &json!({"createdAt": "(absent)"})), "createdAt: is missing");
    assert_fault(&hook("booking.removed", &json!({"start": "2025-11-01T10:00:00Z"})), "data.object._id: is missing");
}

#[test]
fn ids_of_any_shape_are_taken_and_fields_nobody_knows_are_passed_over() {
    let sent = object(MEMBER, &json!({"_id": 7, "team": {"_id": "t/1", "name": "Team"}, "shoeSize": [43]}));

    let news = news(&hook("member.created", &sent));

    assert_eq!(news[0].subject.to_string(), "member/7");
    let What::Member(patch) = &news[0].what else { panic!("{news:?}") };
    assert_eq!(patch.teams, Change::Set(["t/1".into()].into()));
}

#[test]
fn a_clock_that_runs_ahead_does_not_keep_later_news_out() {
    let ahead = news(&hook("member.updated", &object(MEMBER, &json!({"modifiedAt": "2099-01-01T00:00:00Z"}))));

    assert_eq!(ahead[0].as_of, at("2025-10-31T09:05:00Z"));
}

#[test]
fn without_a_time_of_change_it_is_as_of_its_creation_or_else_of_the_event() {
    let as_of = |changes: Value| news(&hook("member.updated", &object(MEMBER, &changes)))[0].as_of;

    assert_eq!(as_of(json!({})), at("2025-10-12T18:27:12.786Z"));
    assert_eq!(as_of(json!({"modifiedAt": "(absent)"})), at("2022-03-11T16:08:57.350Z"));
    assert_eq!(as_of(json!({"modifiedAt": null, "createdAt": null})), at("2025-10-31T08:00:01Z"));
}

fn any_hook() -> impl Strategy<Value = Value> {
    let things = [
        ("member", object(MEMBER, &json!({}))),
        ("membership", object(MEMBERSHIP, &json!({}))),
        ("booking", object(BOOKING, &json!({"visitors": [{"name": "Gina", "email": "gina@example.com"}]}))),
        ("booking", object(BOOKING, &json!({"recurrence": {"rrule": "FREQ=DAILY", "exdates": []}}))),
        ("pass", passes::pass(&json!({}))),
        ("company", json!({"_id": "t1", "name": "Example", "modifiedAt": NOW})),
    ];
    let odd = prop::sample::select(vec![
        json!(null),
        json!(""),
        json!(0),
        json!(-1.5),
        json!(true),
        json!([]),
        json!({}),
        json!([1, "x"]),
        json!({"_id": "x"}),
        json!({"dateTime": "9999-12-30T00:00:00Z"}),
        json!("0001-01-01T00:00:00Z"),
        json!("2025-11-01"),
    ]);
    let verb = prop::sample::select(vec!["created", "updated", "removed"]);
    (prop::sample::select(things.to_vec()), any::<prop::sample::Index>(), odd, verb, any::<bool>()).prop_map(
        |((kind, mut object), index, odd, verb, was)| {
            let name = index.get(&object.as_object().unwrap().keys().cloned().collect::<Vec<_>>()).clone();
            let previous = if was { json!({ name.as_str(): odd.clone() }) } else { json!({}) };
            if !was {
                object[name.as_str()] = odd;
            }
            changed(&format!("{kind}.{verb}"), &object, &previous)
        },
    )
}

proptest! {
    #[test]
    fn no_bytes_are_too_odd(body in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = Delivery::read(&Source::Officernd, &HeaderMap::new(), &body, at(NOW));
    }

    #[test]
    fn a_hook_is_understood_or_its_faults_are_named(sent in any_hook()) {
        let delivery = deliver(&sent);
        let subjects = delivery.subjects();
        match delivery.news(&tenant(), at(NOW), Proof::Whole) {
            Ok(news) => {
                prop_assert!(!news.is_empty());
                for news in &news {
                    prop_assert!(news.as_of <= at("2025-10-31T09:05:00Z"));
                    prop_assert!(subjects.contains(&news.subject) || news.what == What::Removed || news.subject.id.contains('_'));
                    if let What::Entitlement(Entitlement::Booking(booking)) = &news.what {
                        prop_assert!(booking.starts < booking.ends || booking.status == BookingStatus::Cancelled);
                    }
                }
                // One thing is told once.
                let mut told: Vec<_> = news.iter().map(|news| &news.subject).collect();
                told.sort();
                told.dedup();
                prop_assert_eq!(told.len(), news.len());
            }
            Err(unreadable) => prop_assert!(!unreadable.faults.is_empty()),
        }
    }
}
