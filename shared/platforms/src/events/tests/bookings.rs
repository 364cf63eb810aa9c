//! `coworking.booking.*`.

use super::*;

#[test]
fn a_booking_of_a_member_is_kept() {
    let booking =
        placed_booking(with(booking(), json!({"location": "london", "status": "tentative", "kind": "parking"})));

    let expected = Booking {
        id: "b7".to_owned(),
        resource: "r1".to_owned(),
        kind: domain::facts::BookingKind::Parking,
        location: Some("london".into()),
        starts: at("2026-06-01T10:00:00Z"),
        ends: at("2026-06-01T11:00:00Z"),
        status: BookingStatus::Tentative,
        booker: Some(Attendee::Member("m1".into())),
        invitees: BTreeSet::new(),
    };
    assert_eq!(booking, expected);
}

/// R18, ALL-10: zero length or end before start is refused, and the same again on a repeat.
#[test]
fn a_booking_has_to_end_after_it_starts() {
    for ends in ["2026-06-01T10:00:00Z", "2026-06-01T09:59:59Z", "2026-06-01T12:00:00+02:00"] {
        let sent = upserted("booking", with(booking(), json!({ "ends": ends })));

        assert_fault(&sent, "data.ends: must be later than starts");
        assert_fault(&sent, "data.ends: must be later than starts");
    }
}

#[test]
fn a_cancellation_is_taken_whatever_its_times() {
    let data = with(booking(), json!({"status": "cancelled", "ends": "2026-06-01T10:00:00Z"}));

    assert_eq!(placed_booking(data).status, BookingStatus::Cancelled);
}

#[test]
fn a_booking_of_an_unknown_location_is_a_fault_even_if_no_date_needs_one() {
    let sent = upserted("booking", with(booking(), json!({"location": "rome"})));

    assert_fault(&sent, "data.location: the tenant has no location \"rome\"");
}

/// ALL-10: one minute long, five years ahead, long past.
#[test]
fn odd_but_possible_times_are_taken() {
    for (starts, ends) in [
        ("2026-06-01T10:00:00Z", "2026-06-01T10:01:00Z"),
        ("2031-06-01T10:00:00Z", "2031-06-01T11:00:00Z"),
        ("1999-06-01T10:00:00Z", "1999-06-01T11:00:00Z"),
        ("0001-01-01T00:00:00Z", "9999-12-30T00:00:00Z"),
        ("2026-06-01", "2026-06-01"),
    ] {
        let booking = placed_booking(with(booking(), json!({"starts": starts, "ends": ends})));

        assert!(booking.starts < booking.ends, "{starts}");
    }
}
