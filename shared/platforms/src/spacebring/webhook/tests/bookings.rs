//! Bookings and the people they name.

use domain::facts::Attendee;

use super::*;

fn sent(event: &str, changes: &Value) -> Value {
    json!({"type": event, "booking": booking(changes)})
}

fn booked(changes: &Value) -> Booking {
    match entitlement(news(None, &sent("booking.created", changes)).last().unwrap()) {
        Some(Entitlement::Booking(booking)) => booking,
        other => panic!("{other:?}"),
    }
}

fn zoe() -> Attendee {
    Attendee::Address(address_of("zoe@example.com").unwrap())
}

/// SPB-15: a room that is booked by a member.
#[test]
fn a_booking_is_the_owners_from_start_to_end() {
    let told = news(None, &sent("booking.created", &json!({})));

    let expected = Booking {
        id: "b-7".to_owned(),
        resource: "r-3".to_owned(),
        kind: BookingKind::Room,
        location: None,
        starts: at("2026-06-01T10:00:00Z"),
        ends: at("2026-06-01T11:00:00Z"),
        status: BookingStatus::Confirmed,
        booker: Some(Attendee::Member("m-1".into())),
        invitees: BTreeSet::new(),
    };
    let booking = of(&told, SubjectKind::Booking, "b-7");
    assert_eq!(booking.what, What::Entitlement(Entitlement::Booking(expected)));
    assert_eq!(booking.as_of, at("2026-06-01T08:00:00.09Z"));
    assert_eq!(booking.event.id, "msg_1");
}

/// R22: whoever was not told of yet is known by what the booking says, and by what a membership says once one tells.
#[test]
fn a_booking_hints_who_its_owner_is() {
    let told = news(None, &sent("booking.created", &json!({})));

    let owner = of(&told, SubjectKind::Member, "m-1");
    let expected = MemberPatch {
        first_name: Change::Set("Zoë".to_owned()),
        last_name: Change::Set("Example".to_owned()),
        full_name: Change::Clear,
        email: Change::Set("zoe@example.com".to_owned()),
        address: Change::Set(address_of("zoe@example.com").unwrap()),
        status: Change::Set(MemberStatus::Active),
        ..MemberPatch::default()
    };
    assert_eq!((&owner.what, owner.as_of), (&What::Member(expected), HINT));
}

/// SPB-16: whoever books without a membership is known by their address.
#[test]
fn a_booking_without_a_membership_is_that_of_an_address() {
    let told = news(None, &sent("booking.created", &json!({"membershipRefOwner": null})));

    let Some(Entitlement::Booking(booking)) = told.last().and_then(entitlement) else { panic!("{told:?}") };
    assert_eq!(booking.booker, Some(zoe()));
    let What::Contact(contact) = &told[0].what else { panic!("{told:?}") };
    assert_eq!((contact.name.as_deref(), contact.email.as_str()), (Some("Zoë Example"), "zoe@example.com"));
}

/// R12: nobody can tell who that is.
#[test]
fn a_booking_that_names_nobody_is_nobodys() {
    for nobody in [
        json!({"membershipRefOwner": null, "userOwner": null}),
        json!({"membershipRefOwner": "(absent)", "userOwner": "(absent)"}),
        json!({"membershipRefOwner": null, "userOwner": user("Zoë", " ")}),
        json!({"membershipRefOwner": null, "userOwner": user("Zoë", "no address")}),
    ] {
        assert_eq!(booked(&nobody).booker, None, "{nobody}");
    }
}

/// SPB-19: who is invited, by membership or by address; whoever booked is no invitee.
#[test]
fn attendees_are_invited() {
    let attendees = json!([
        {"membershipRef": "m-1", "user": user("Zoë", "zoe@example.com")},
        {"membershipRef": "m-2", "user": user("Ben", "ben@example.com")},
        {"user": user("Guest", "guest@example.com")},
        {"membershipRef": null, "user": null},
    ]);

    let guest = Attendee::Address(address_of("guest@example.com").unwrap());
    let sent = sent("booking.created", &json!({"attendees": attendees}));
    let told = news(None, &sent);
    let Some(Entitlement::Booking(booking)) = told.last().and_then(entitlement) else { panic!("{told:?}") };
    assert_eq!(booking.invitees, BTreeSet::from([Attendee::Member("m-2".into()), guest]));
    let subjects = deliver(None, &sent).subjects();
    for piece in &told {
        assert!(subjects.contains(&piece.subject), "{}", piece.subject);
    }
}

/// SPB-17, SPB-18, SPB-20: the kind decides whether invitees count.
#[test]
fn the_type_of_its_resource_is_the_kind_of_a_booking() {
    for (word, kind) in [
        ("hotDesk", BookingKind::Desk),
        ("dedicatedDesk", BookingKind::Desk),
        ("parkingLot", BookingKind::Parking),
        ("office", BookingKind::Office),
        ("room", BookingKind::Room),
        ("phoneBooth", BookingKind::Room),
        ("equipment", BookingKind::Other),
        ("some string", BookingKind::Other),
    ] {
        assert_eq!(booked(&json!({"resourceType": word})).kind, kind, "{word}");
    }
}

/// R11: no access until confirmed.
#[test]
fn a_booking_says_whether_it_stands() {
    for (word, status) in [
        ("tentative", BookingStatus::Tentative),
        ("confirmed", BookingStatus::Confirmed),
        ("canceled", BookingStatus::Cancelled),
    ] {
        assert_eq!(booked(&json!({"status": word})).status, status, "{word}");
    }
    assert!(told(None, &sent("booking.created", &json!({"status": "likely"}))).is_err());
}

/// R18: a hook is not refused for it.
#[test]
fn a_booking_that_ends_before_it_starts_counts_as_cancelled() {
    for ends in ["2026-06-01T10:00:00Z", "2026-06-01T09:00:00Z"] {
        assert_eq!(booked(&json!({"endDate": ends})).status, BookingStatus::Cancelled, "{ends}");
    }
}

#[test]
fn an_occurrence_of_a_repeated_booking_is_a_booking_of_its_own() {
    let id = "b-7_2026-06-08T10:00:00.000Z";

    let told = news(None, &sent("booking.deleted", &json!({"id": id})));

    assert_eq!(told.len(), 1);
    assert_eq!((told[0].subject.id.as_str(), told[0].as_of, &told[0].what), (id, FINAL, &What::Removed));
}

/// ALL-02: an update that is held up for an hour does not bring back what was deleted meanwhile.
#[test]
fn a_deleted_booking_is_gone_for_good_whichever_hook_tells_it() {
    for (event, changes) in [
        ("booking.deleted", json!({})),
        ("booking.updated", json!({"deleteDate": "2026-06-01T08:30:00Z"})),
        ("booking.deleted", json!({"endDate": "(absent)", "createDate": "(absent)"})),
    ] {
        let told = news(None, &sent(event, &changes));

        assert_eq!((told.len(), told[0].as_of, &told[0].what), (1, FINAL, &What::Removed), "{event}");
    }
}

/// ALL-02: what was told last counts, in whichever order it arrives.
#[test]
fn a_change_is_of_its_update_date_else_of_when_its_message_was_made() {
    for (event, changes, as_of) in [
        ("booking.created", json!({}), "2026-06-01T08:00:00.09Z"),
        ("booking.updated", json!({"updateDate": "2026-06-01T08:30:00Z"}), "2026-06-01T08:30:00Z"),
        ("booking.updated", json!({}), NOW),
        ("booking.paid", json!({}), NOW),
        ("booking.approved", json!({}), NOW),
        ("booking.updated", json!({"updateDate": "2030-01-01T00:00:00Z"}), "2026-06-01T09:05:00Z"),
    ] {
        let told = news(None, &sent(event, &changes));

        assert_eq!(of(&told, SubjectKind::Booking, "b-7").as_of, at(as_of), "{event} {changes}");
    }
}

/// ALL-02: `svix-timestamp` is that of the attempt.
#[test]
fn a_message_that_is_sent_again_is_no_newer_than_it_was() {
    let made = at("2017-10-10T04:00:47Z");
    let body = sent("booking.updated", &json!({})).to_string();
    let later = made + SignedDuration::from_hours(10);

    let headers = headers("msg_0ujtsYcgvSTl8PAuAdqWYSMnLOv", later);
    let delivery = Delivery::read(&source(None), &headers, body.as_bytes(), later).unwrap();

    let told = delivery.news(&tenant(), later, Proof::Whole).unwrap();
    assert_eq!(of(&told, SubjectKind::Booking, "b-7").as_of, made);
}

#[test]
fn a_booking_without_the_name_of_its_event_is_told_by_its_shape_or_the_url() {
    for event in [None, Some("booking.updated")] {
        let told = news(event, &json!({"booking": booking(&json!({}))}));

        assert!(of(&told, SubjectKind::Booking, "b-7").as_of == at(NOW), "{event:?}");
    }
    let gone = news(Some("booking.deleted"), &json!({"booking": booking(&json!({})), "type": "some string"}));
    assert_eq!(gone[0].what, What::Removed);
}
