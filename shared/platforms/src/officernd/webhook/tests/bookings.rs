//! Bookings that take place once.

use domain::{
    facts::{Attendee, BookingKind},
    intake::Contact,
};

use super::*;
use crate::address_of;

const V2: &str = include_str!("../../../../../../tests/fixtures/officernd/v2_booking_created_response.json");
const PAGE: &str = include_str!("../../../../../../tests/fixtures/officernd/v2_bookings_page.json");

fn booking_of(object: &Value) -> Booking {
    let what = news(&hook("booking.updated", object)).pop().unwrap().what;
    let What::Entitlement(Entitlement::Booking(booking)) = what else { panic!("{what:?}") };
    booking
}

fn booking(changes: &Value) -> Booking {
    booking_of(&object(BOOKING, changes))
}

/// ORD-20, ORD-21: the room for the member it is booked for.
#[test]
fn the_known_booking_is_told_alike_under_both_sets_of_names() {
    let expected = Booking {
        id: "684c86cc78775bf2b5307d6c".to_owned(),
        resource: "6842be2a3c80dc718b3ba4b8".to_owned(),
        kind: BookingKind::Room,
        location: Some(LONDON.into()),
        starts: at("2025-10-31T13:00:00Z"),
        ends: at("2025-10-31T13:30:00Z"),
        status: BookingStatus::Confirmed,
        booker: Some(Attendee::Member("684c7cc078775bf2b52dd162".into())),
        invitees: BTreeSet::new(),
    };
    assert_eq!(booking(&json!({})), expected);
    assert_eq!(booking_of(&parsed(V2)), expected);
}

/// R11; real answers leave out flags that are not set.
#[test]
fn tentative_and_cancelled_go_by_either_name() {
    for (changes, expected) in [
        (json!({"tentative": true}), BookingStatus::Tentative),
        (json!({"tentative": "(absent)", "isTentative": true}), BookingStatus::Tentative),
        (json!({"canceled": true}), BookingStatus::Cancelled),
        (json!({"canceled": "(absent)", "isCancelled": true, "tentative": true}), BookingStatus::Cancelled),
        (json!({"canceled": null, "tentative": "(absent)"}), BookingStatus::Confirmed),
    ] {
        assert_eq!(booking(&changes).status, expected, "{changes}");
    }
    let odd = hook("booking.updated", &object(BOOKING, &json!({"canceled": "yes"})));
    assert_fault(&odd, "data.object.canceled: must be true or false");
}

/// ORD-25, ORD-26: guests by name and address, members by id; a guest known only by an id is nobody until it is looked up.
#[test]
fn whoever_is_invited_is_told_as_far_as_that_can_be_known() {
    let gina = json!({"_id": "v1", "name": "Gina Guest", "email": "gina@example.com"});
    let sent = object(
        BOOKING,
        &json!({"members": ["m2", {"_id": "m3"}], "visitors": [gina, "v2", {"name": "No Address"}, {"email": "no address"}]}),
    );

    let news = news(&hook("booking.updated", &sent));

    let address = address_of("gina@example.com").unwrap();
    let contact = Contact { name: Some("Gina Guest".to_owned()), email: "gina@example.com".to_owned() };
    assert_eq!(news[0].what, What::Contact(contact));
    assert_eq!(news[0].subject.to_string(), format!("address/{address}"));
    let What::Entitlement(Entitlement::Booking(booking)) = &news[1].what else { panic!("{news:?}") };
    let invited = [Attendee::Member("m2".into()), Attendee::Member("m3".into()), Attendee::Address(address)];
    assert_eq!(booking.invitees, BTreeSet::from(invited));
}

#[test]
fn a_booking_that_names_only_a_company_is_nobodys() {
    assert_eq!(booking(&json!({"member": null, "team": "t1"})).booker, None);
}

/// A real page has bookings without resource, company and location.
#[test]
fn a_booking_that_reserves_nothing_is_gone() {
    for real in parsed(PAGE)["results"].as_array().unwrap() {
        let news = news(&hook("booking.updated", real));

        assert_eq!(removed(&news), [format!("booking/{}", real["_id"].as_str().unwrap())]);
        assert_eq!(news.len(), 1);
    }
}

#[test]
fn when_it_is_has_no_default() {
    for field in ["_id", "start", "end"] {
        let sent = object(BOOKING, &json!({ field: null }));

        assert_fault(&hook("booking.created", &sent), &format!("data.object.{field}: is missing"));
    }
    let empty = hook("booking.created", &object(BOOKING, &json!({"start": {}})));
    assert_fault(&empty, "data.object.start: must be");
    let mars = hook("booking.created", &object(BOOKING, &json!({"timezone": "Mars/Base"})));
    assert_fault(&mars, "data.object.timezone: must be an IANA time zone");
}

/// R18, ALL-10.
#[test]
fn a_booking_that_ends_before_it_starts_counts_as_cancelled() {
    for ends in ["2025-10-31T13:00:00Z", "2025-10-31T12:00:00Z"] {
        assert_eq!(booking(&json!({"end": {"dateTime": ends}})).status, BookingStatus::Cancelled, "{ends}");
    }
}

#[test]
fn a_booking_by_the_day_is_placed_in_its_zone_and_its_end_is_the_first_day_after() {
    let days = booking(&json!({"start": {"date": "2025-10-31"}, "end": {"date": "2025-11-01"}}));

    assert_eq!((days.starts, days.ends), (at("2025-10-31T04:00:00Z"), at("2025-11-01T04:00:00Z")));
}

#[test]
fn a_booking_that_moves_to_another_time_stays_the_same_booking() {
    let sent = object(BOOKING, &json!({}));
    let news = news(&changed("booking.updated", &sent, &json!({"start": {"dateTime": "2025-10-30T13:00:00Z"}})));

    assert_eq!((news.len(), news[0].subject.id.as_str()), (1, "684c86cc78775bf2b5307d6c"));
}

#[test]
fn what_lies_elsewhere_is_gone() {
    let news = news(&hook("booking.updated", &object(BOOKING, &json!({"office": "rome"}))));

    assert_eq!(removed(&news), ["booking/684c86cc78775bf2b5307d6c"]);
}
