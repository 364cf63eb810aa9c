//! What every event says of itself.

use super::*;

#[test]
fn news_carries_event_subject_and_time() {
    let news = news(&upserted("booking", booking()));

    assert_eq!(news.event, EventKey { source: "crm".to_owned(), id: "e-booking-b7".to_owned() });
    assert_eq!(news.subject, Subject::new(SubjectKind::Booking, "b7"));
    assert_eq!(news.as_of, at(NOW));
}

#[test]
fn every_field_of_the_envelope_has_to_be_there() {
    for field in ["specversion", "id", "source", "type", "subject", "time", "data"] {
        let sent = with(upserted("member", member()), json!({ field: "(absent)" }));

        assert_fault(&sent, &format!("{field}: is missing; it must be"));
    }
}

#[test]
fn other_versions_of_cloud_events_are_a_fault() {
    assert_fault(
        &with(upserted("member", member()), json!({"specversion": "0.3"})),
        "specversion: must be one of: 1.0",
    );
}

#[test]
fn a_removal_holds_from_the_time_of_the_event() {
    for kind in ["member", "team", "membership", "booking", "pass"] {
        let news = news(&event_of(kind, "removed", json!({"id": "x1"})));

        assert_eq!(news.what, What::Removed);
        assert_eq!(news.as_of, at(NOW));
        assert_eq!(news.subject.to_string(), format!("{kind}/x1"));
    }
}

#[test]
fn ids_may_be_numbers() {
    let sent = json!({
        "specversion": "1.0", "id": 12, "source": "crm", "type": "coworking.booking.removed",
        "subject": "booking/7", "time": NOW, "data": {"id": 7},
    });

    assert_eq!(news(&sent).event.id, "12");
    assert_eq!(news(&sent).subject.id, "7");
}

#[test]
fn subject_and_data_have_to_be_about_the_same_thing() {
    let sent = upserted("booking", booking());

    assert_fault(&with(sent.clone(), json!({"subject": "booking/b8"})), "data.id: is not the id of the subject");
    assert_fault(&with(sent.clone(), json!({"subject": "pass/b7"})), "subject: must be booking/ID");
    assert_fault(&with(sent, json!({"subject": "b7"})), "subject: must be booking/ID");
}

#[test]
fn ids_with_a_slash_stay_whole() {
    let sent = event_of("booking", "removed", json!({"id": "2026/06/b7"}));

    assert_eq!(news(&sent).subject.id, "2026/06/b7");
}

#[test]
fn unknown_types_are_accepted_and_tell_nothing() {
    for kind in ["coworking.member.merged", "coworking.door.upserted", "com.example.lead", "coworking.member"] {
        let sent = json!({"specversion": "1.0", "id": "e1", "source": "crm", "type": kind});

        let delivery = deliver(&sent);

        assert_eq!(delivery.ignored().collect::<Vec<_>>(), [kind]);
        assert_eq!(delivery.events().count(), 1);
        assert_eq!(delivery.news(&one_location(), at(NOW), Proof::Whole), Ok(vec![]));
    }
}

#[test]
fn unknown_fields_are_ignored() {
    let sent = with(upserted("booking", with(booking(), json!({"colour": {"r": 1}}))), json!({"traceparent": 5}));

    assert!(told(&one_location(), &sent).is_ok());
}

/// R25: more than five minutes in the future.
#[test]
fn an_event_from_the_future_is_refused() {
    let sent = |time: &str| with(upserted("booking", booking()), json!({ "time": time }));

    assert!(told(&one_location(), &sent("2026-06-01T09:05:00Z")).is_ok());
    assert_fault(&sent("2026-06-01T09:05:00.000000001Z"), "time: is more than five minutes in the future");
}

/// ALL-07: not JSON.
#[test]
fn what_is_no_json_is_unreadable() {
    for body in [&b""[..], b"<html>", b"{\"a\":", b"\xff\xfe", b"specversion=1.0"] {
        let unreadable = Delivery::read(&Source::Events, &HeaderMap::new(), body, at(NOW)).unwrap_err();

        assert!(unreadable.faults[0].starts_with("the body: must be JSON in UTF-8"), "{unreadable}");
    }
    assert_fault(&json!("text"), "the body: must be a JSON object");
}

#[test]
fn faults_say_nothing_of_what_people_wrote() {
    let data = with(member(), json!({"status": "ann@example.com", "phone": ["+44 20 7946 0000"]}));

    let faults = faults(&upserted("member", data)).join(" ");

    assert!(!faults.contains("ann@") && !faults.contains("7946"), "{faults}");
}
