//! Bookings that recur.

use super::*;

/// Fridays from nine to ten in New York, whose clocks change on 2 November.
fn fridays(changes: &Value) -> Value {
    let weekly = json!({
        "start": {"dateTime": "2025-10-31T13:00:00Z"}, "end": {"dateTime": "2025-10-31T14:00:00Z"},
        "recurrence": {"rrule": "FREQ=WEEKLY;BYDAY=FR;COUNT=3", "exdates": []}, "_id": "b1", "seriesEnd": null,
    });
    with(object(BOOKING, &weekly), changes)
}

fn bookings(news: &[News]) -> Vec<(&str, String)> {
    let told = news.iter().filter_map(|news| {
        let What::Entitlement(Entitlement::Booking(booking)) = &news.what else { return None };
        Some((booking.id.as_str(), booking.starts.to_string()))
    });
    told.collect()
}

/// ORD-22: each occurrence is a booking of its own, at the same local time.
#[test]
fn every_occurrence_is_a_booking_with_an_id_of_its_own() {
    let delivery = deliver(&hook("booking.created", &fridays(&json!({}))));

    let news = delivery.news(&tenant(), at(NOW), Proof::Whole).unwrap();

    let expected = [
        ("b1_20251031T130000Z", "2025-10-31T13:00:00Z".to_owned()),
        ("b1_20251107T140000Z", "2025-11-07T14:00:00Z".to_owned()),
        ("b1_20251114T140000Z", "2025-11-14T14:00:00Z".to_owned()),
    ];
    assert_eq!(bookings(&news), expected);
    // It may have been a booking of one time before.
    assert_eq!(removed(&news), ["booking/b1"]);
    assert!(news.iter().all(|news| delivery.subjects().contains(&news.subject)));
    let What::Entitlement(Entitlement::Booking(last)) = &news.last().unwrap().what else { panic!("{news:?}") };
    assert_eq!(last.ends, at("2025-11-14T15:00:00Z"));
}

#[test]
fn occurrences_are_told_for_five_weeks_from_the_one_that_just_ended() {
    let daily = json!({
        "start": {"dateTime": "2025-10-01T13:00:00Z"}, "end": {"dateTime": "2025-10-01T14:00:00Z"},
        "recurrence": {"rrule": "FREQ=DAILY"}, "timezone": "UTC",
    });

    let news = news(&hook("booking.updated", &fridays(&daily)));

    let told = bookings(&news);
    assert_eq!(told.first().unwrap().1, "2025-10-30T13:00:00Z");
    assert_eq!(told.last().unwrap().1, "2025-12-04T13:00:00Z");
    assert_eq!(told.len(), 36);
}

#[test]
fn an_exception_is_no_occurrence_and_is_told_as_gone() {
    let recurrence = json!({"rrule": "FREQ=WEEKLY;BYDAY=FR;COUNT=3", "exdates": ["2025-11-07T14:00:00.000Z"]});

    let news = news(&hook("booking.updated", &fridays(&json!({ "recurrence": recurrence }))));

    assert_eq!(bookings(&news).len(), 2);
    assert_eq!(removed(&news), ["booking/b1", "booking/b1_20251107T140000Z"]);
}

#[test]
fn occurrences_from_the_end_of_the_series_on_are_none() {
    let ended = news(&hook("booking.updated", &fridays(&json!({"seriesEnd": "2025-11-07T15:00:00Z"}))));
    let like_the_first = news(&hook("booking.updated", &fridays(&json!({"seriesEnd": "2025-10-31T14:00:00Z"}))));

    assert_eq!((bookings(&ended).len(), bookings(&like_the_first).len()), (2, 3));
}

#[test]
fn a_removed_slot_takes_one_occurrence_away() {
    for start in [json!("2025-11-07T14:00:00.000Z"), json!({"dateTime": "2025-11-07T14:00:00Z"})] {
        for name in ["booking", "bookingId"] {
            let news = news(&hook("occupancyslot.removed", &json!({"_id": "s1", name: "b1", "start": start})));

            assert_eq!(removed(&news), ["booking/b1_20251107T140000Z"]);
            assert_eq!((news.len(), news[0].as_of), (1, at("2025-10-31T08:00:01Z")));
        }
    }
    assert_fault(&hook("occupancyslot.removed", &json!({"start": NOW})), "data.object.booking: is missing");
    assert_fault(&hook("occupancyslot.removed", &json!({"booking": "b1"})), "data.object.start: is missing");
}

#[test]
fn a_series_that_changes_takes_its_old_occurrences_along() {
    let later = json!({"start": {"dateTime": "2025-10-31T15:00:00Z"}, "end": {"dateTime": "2025-10-31T16:00:00Z"}});
    let before = fridays(&json!({}));
    let previous = json!({"start": before["start"], "end": before["end"]});

    let news = news(&changed("booking.updated", &fridays(&later), &previous));

    let gone =
        ["booking/b1", "booking/b1_20251031T130000Z", "booking/b1_20251107T140000Z", "booking/b1_20251114T140000Z"];
    let mut removed = removed(&news);
    removed.sort();
    assert_eq!(removed, gone);
    assert_eq!(bookings(&news)[1].0, "b1_20251107T160000Z");
}

#[test]
fn a_series_that_becomes_one_booking_leaves_that_one() {
    let once = fridays(&json!({"recurrence": {"rrule": null}}));
    let previous = json!({"recurrence": fridays(&json!({}))["recurrence"]});

    let news = news(&changed("booking.updated", &once, &previous));

    assert_eq!(bookings(&news), [("b1", "2025-10-31T13:00:00Z".to_owned())]);
    assert_eq!(removed(&news).len(), 3);
}

/// ORD-26.
#[test]
fn a_cancelled_or_removed_series_gives_nothing_any_more() {
    let cancelled = news(&hook("booking.updated", &fridays(&json!({"canceled": true}))));
    let removed_series = news(&hook("booking.removed", &fridays(&json!({}))));

    let stands = |news: &News| match &news.what {
        What::Entitlement(Entitlement::Booking(booking)) => booking.status == BookingStatus::Confirmed,
        What::Entitlement(_) | What::Member(_) | What::Team(_) | What::Contact(_) | What::Removed => false,
    };
    assert!(cancelled.len() == 4 && !cancelled.iter().any(stands));
    assert_eq!(removed(&removed_series).len(), 4);
}

#[test]
fn a_series_needs_a_zone() {
    let sent = hook("booking.created", &fridays(&json!({"timezone": null, "office": null})));
    let place = |id: &str, zone: &str| json!({"id": id, "time_zone": zone, "account": "hq"});
    let two = [place(LONDON, "Europe/London"), place("rome", "Europe/Rome")];
    let tenant: Tenant =
        serde_json::from_value(json!({"tenant": "acme", "platform": "officernd", "locations": two})).unwrap();

    let faults = deliver(&sent).news(&tenant, at(NOW), Proof::Whole).unwrap_err().faults;
    assert!(faults[0].starts_with("data.object.timezone: is missing"), "{faults:?}");
    // Its location's, or that of the tenant's only one.
    for placed in [json!({"timezone": null}), json!({"timezone": null, "office": null})] {
        let news = news(&hook("booking.created", &fridays(&placed)));
        assert_eq!(bookings(&news)[1].0, "b1_20251107T130000Z");
    }
}
