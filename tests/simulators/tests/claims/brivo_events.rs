//! Listing what happened.

use serde_json::{Value, json};
use simulators::brivo::DeliveryHabits;

use crate::brivo_bench::Bench;
use crate::brivo_places::built;
use crate::brivo_swipes::{member, post, swipe};

fn uuids(list: &Value) -> Vec<&str> {
    list["data"].as_array().unwrap().iter().map(|row| row["uuid"].as_str().unwrap()).collect()
}

async fn count(bench: &Bench, filter: &str) -> Value {
    bench.get(&format!("/events/counts/access?filter={filter}")).await.1["count"].clone()
}

#[tokio::test]
async fn an_event_names_who_where_and_when_and_is_never_allowed_by_its_own_account() {
    let bench = built().await;
    let user = member(&bench).await;
    swipe(&bench, 11).await;
    let (_, list) = bench.get("/events/access").await;
    assert_eq!((&list["pageSize"], list.get("count")), (&json!(20), None));
    let event = &list["data"][0];
    assert_eq!(event["securityAction"], json!({"securityActionId": 2004, "action": "Open", "exception": false}));
    assert_eq!(event["actor"], json!({"id": user, "name": "Jane Doe"}));
    let door = json!({"id": 11, "name": "Front Door", "deviceType": {"id": 1, "name": "Door"}});
    assert_eq!((&event["eventObject"], &event["site"]), (&door, &json!({"id": 70, "siteName": "Home base"})));
    assert_eq!(
        (&event["occurred"], &event["eventData"]["actionAllowed"]),
        (&json!("2026-11-21T09:00:00.123Z"), &json!(false))
    );
}

#[tokio::test]
async fn events_come_newest_first_and_the_offset_is_the_time_of_the_last() {
    let bench = built().await;
    member(&bench).await;
    for _ in 0..5 {
        swipe(&bench, 11).await;
        bench.clock.advance(60);
    }
    let (_, first) = bench.get("/events/access?pageSize=2").await;
    let last = first["data"][1]["occurred"].as_str().unwrap();
    let (_, second) = bench.get(&format!("/events/access?pageSize=2&offset={last}")).await;
    assert_eq!(uuids(&second)[0], uuids(&first)[1]);
    assert_eq!(first["data"][0]["occurred"], "2026-11-21T09:04:00.123Z");
    for query in ["pageSize=101", "offset=20"] {
        assert_eq!(bench.get(&format!("/events/access?{query}")).await.0, 400, "{query}");
    }
}

#[tokio::test]
async fn without_a_time_the_events_of_today_in_utc_are_told() {
    let bench = built().await;
    member(&bench).await;
    swipe(&bench, 11).await;
    bench.clock.advance(15 * 3600);
    assert_eq!(bench.get("/events/access").await.1["data"], json!([]));
    assert_eq!(count(&bench, "occurred__gt:2026-11-21T09:30:00Z").await, 1);
}

#[tokio::test]
async fn bounds_are_cut_to_the_hour_and_no_more_than_a_day_apart() {
    let bench = built().await;
    member(&bench).await;
    swipe(&bench, 11).await;
    bench.clock.advance(2 * 3600);
    assert_eq!(count(&bench, "occurred__gt:2026-11-21T09:59:59Z;occurred__lt:2026-11-21T10:30:00Z").await, 1);
    assert_eq!(count(&bench, "occurred__lt:2026-11-21T09:59:59Z").await, 0);
    for filter in [
        "occurred__gt:2026-11-20T09:00:00Z;occurred__lt:2026-11-21T10:00:00Z",
        "occurred__gt:2026-11-19T09:00:00Z",
        "occurred__eq:2026-11-21T09:00:00Z",
        "occurred__gt:today",
    ] {
        assert_eq!(bench.get(&format!("/events/access?filter={filter}")).await.0, 400, "{filter}");
    }
}

#[tokio::test]
async fn a_late_event_is_found_by_when_it_was_processed() {
    let bench = built().await;
    member(&bench).await;
    let habits = DeliveryHabits { processing_delay_seconds: 3600, ..DeliveryHabits::default() };
    bench.brivo.edit(|model, _| model.set_delivery_habits(habits)).unwrap();
    swipe(&bench, 11).await;
    assert_eq!(count(&bench, "").await, 0);
    bench.clock.advance(3600);
    assert_eq!(count(&bench, "").await, 1);
    assert_eq!(count(&bench, "processed__gt:2026-11-21T10:00:00Z").await, 1);
    assert_eq!(count(&bench, "processed__gt:2026-11-21T10:00:01Z").await, 0);
    let both = "processed__gt:2026-11-21T10:00:00Z;occurred__gt:2026-11-21T09:00:00Z";
    let (status, refusal) = bench.get(&format!("/events/access?filter={both}")).await;
    let message = "Invalid filters: the filter by occurred time and processed time cannot be applied at the same time";
    assert_eq!((status, refusal["message"].as_str()), (400, Some(message)));
}

#[tokio::test]
async fn events_are_found_by_door_or_site_and_by_whether_they_are_exceptions() {
    let bench = built().await;
    member(&bench).await;
    swipe(&bench, 11).await;
    swipe(&bench, 13).await;
    for (filter, expected) in [
        ("object__eq:11", 1),
        ("site__eq:71", 1),
        ("site__eq:70,71", 2),
        ("event_type__eq:exception", 1),
        ("event_type__eq:non_exception", 1),
        ("event_type__eq:camera", 0),
    ] {
        assert_eq!(count(&bench, filter).await, expected, "{filter}");
    }
    for filter in ["object__eq:11;site__eq:70", "actor__eq:5", "event_type__eq:loud", "object__gt:5"] {
        assert_eq!(bench.get(&format!("/events/access?filter={filter}")).await.0, 400, "{filter}");
    }
}

#[tokio::test]
async fn opening_from_afar_is_an_event_of_the_administrator() {
    let bench = built().await;
    bench.send("POST", "/access-points/11/activate", Value::Null).await;
    let (_, list) = bench.get("/events/access").await;
    let event = &list["data"][0];
    assert_eq!(event["securityAction"]["securityActionId"], 5064);
    assert_eq!(event["actor"], json!({"id": 5001, "name": "simulated-admin"}));
}

#[tokio::test]
async fn what_staff_does_is_in_the_audit_journal_from_the_first_ordered_edit_on() {
    let bench = built().await;
    let user = bench.add_user("Jane", "Doe", "j");
    for edit in [json!({"edit": "suspend", "user": user}), json!({"edit": "join", "user": user, "group": 1})] {
        assert_eq!(post(&bench, "edits", edit).await.0, 200);
        bench.clock.advance(1);
    }
    let (_, list) = bench.get("/events/audit?filter=event_type__eq:user").await;
    assert_eq!(uuids(&list).len(), 2);
    let joined = &list["data"][0];
    assert_eq!((&joined["eventObject"]["id"], joined.get("site")), (&json!(user), None));
    assert_eq!(joined["eventData"]["userGroupObjectId"], 1);
    assert_eq!(bench.get("/events/counts/audit?filter=actor__eq:5001").await.1["count"], 2);
    assert_eq!(bench.get("/events/audit?filter=actor__eq:1;object__eq:2").await.0, 400);
    assert_eq!(count(&bench, "").await, 0);
}
