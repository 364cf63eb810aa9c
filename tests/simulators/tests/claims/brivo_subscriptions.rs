//! Being told what happened.

use serde_json::{Value, json};
use simulators::brivo::{Delivery, DeliveryHabits, Times};

use crate::brivo_bench::{Bench, post_hook};
use crate::brivo_places::built;
use crate::brivo_subscriber::Subscriber;
use crate::brivo_swipes::{member, post, swipe};

fn set(bench: &Bench, habits: DeliveryHabits) {
    bench.brivo.edit(|model, _| model.set_delivery_habits(habits)).unwrap();
}

/// What waits to be sent at a place that nobody serves; the model itself is asked, so nothing is on its way.
fn due(bench: &Bench) -> Vec<Delivery> {
    let now = bench.clock.now();
    bench.brivo.read(|model| model.clone().take_deliveries(now))
}

#[tokio::test]
async fn a_subscription_is_made_read_changed_and_deleted() {
    let bench = built().await;
    let subscriber = Subscriber::start().await;
    let criteria = json!([{"criteriaType": "SITE", "criteriaOperationType": "EQ", "criteriaValue": 70}]);
    let made = subscriber.subscribe(&bench, &criteria).await;
    assert_eq!(made["criteria"][0]["criteriaValue"], 70);
    assert_eq!(made["encryptedSecretWord"].as_str().unwrap().len(), 24);
    let path = format!("/event-subscriptions/{}", made["id"]);
    assert_eq!(bench.get(&path).await, (200, made.clone()));
    let mut body = subscriber.subscription(&json!([]));
    body["name"] = json!("Renamed");
    let (status, changed) = bench.send("PUT", &path, body).await;
    assert_eq!(
        (status, &changed["criteria"], &changed["encryptedSecretWord"]),
        (200, &json!([]), &made["encryptedSecretWord"])
    );
    assert_eq!(bench.get("/event-subscriptions?filter=name__eq:rena").await.1["count"], 1);
    assert_eq!(bench.send("DELETE", &path, Value::Null).await.0, 204);
    let refusal = json!({"code": 404, "message": "Event subscription not found"});
    assert_eq!(bench.send("DELETE", &path, Value::Null).await, (404, refusal));
}

#[tokio::test]
async fn criteria_about_nothing_are_refused() {
    let bench = built().await;
    let subscriber = Subscriber::start().await;
    for (kind, value, message) in [
        ("SITE", 1, "Event subscription contained invalid Site criteria"),
        ("ACCESS-POINT", 1, "Event subscription contained invalid Device criteria"),
        ("USER", 1, "Invalid criteria provided"),
        ("AUDIT", 2, "Invalid criteria provided"),
        ("ACTION", 2004, "Invalid criteria provided"),
    ] {
        let criteria = json!([{"criteriaType": kind, "criteriaOperationType": "EQ", "criteriaValue": value}]);
        let answer = bench.send("POST", "/event-subscriptions", subscriber.subscription(&criteria)).await;
        assert_eq!(answer, (400, json!({"code": 400, "message": message})), "{kind}");
    }
}

#[tokio::test]
async fn an_event_is_told_as_one_object_about_a_user_by_its_number() {
    let bench = built().await;
    let user = member(&bench).await;
    let mut subscriber = Subscriber::start().await;
    subscriber.subscribe(&bench, &json!([])).await;
    assert_eq!(swipe(&bench, 11).await, 2004);
    let told = subscriber.told().await;
    assert_eq!((&told["objectType"], &told["accountId"]), (&json!("ACCESS_POINT"), &json!(50122)));
    assert_eq!(told["actor"], json!({"id": user, "objectType": "USER", "name": "Jane Doe"}));
    assert_eq!(told["eventObject"]["deviceType"], json!({"id": 1, "name": "DOOR"}));
    assert_eq!(
        (&told["occurred"], &told["eventData"]["actionAllowed"]),
        (&json!("2026-11-21T09:00:00Z"), &json!(false))
    );
    let (_, list) = bench.get("/events/access").await;
    assert_eq!(list["data"][0]["uuid"], told["uuid"]);
}

#[tokio::test]
async fn all_criteria_have_to_hold() {
    let bench = built().await;
    let user = member(&bench).await;
    let subscriber = Subscriber::start().await;
    let is = |kind: &str, operation: &str, value: u64| json!({"criteriaType": kind, "criteriaOperationType": operation, "criteriaValue": value});
    let far = DeliveryHabits { processing_delay_seconds: 1, ..DeliveryHabits::default() };
    set(&bench, far);
    for (criteria, expected) in [
        (json!([is("SITE", "EQ", 70)]), 1),
        (json!([is("SITE", "EQ", 70), is("SITE", "EQ", 71)]), 0),
        (json!([is("SITE", "NE", 71), is("USER", "EQ", user.0)]), 1),
        (json!([is("ACCESS-POINT", "NE", 11)]), 0),
        (json!([is("AUDIT", "EQ", 1)]), 0),
        (json!([is("AUDIT", "EQ", 0)]), 1),
    ] {
        let made = subscriber.subscribe(&bench, &criteria).await;
        swipe(&bench, 11).await;
        let waiting = bench.brivo.read(|model| {
            let later = bench.clock.now() + jiff::SignedDuration::from_secs(1);
            model.clone().take_deliveries(later).len()
        });
        assert_eq!(waiting, expected, "{criteria}");
        bench.send("DELETE", &format!("/event-subscriptions/{}", made["id"]), Value::Null).await;
    }
}

#[tokio::test]
async fn changes_by_staff_are_told_to_who_subscribed_to_the_audit_journal() {
    let bench = built().await;
    let user = bench.add_user("Jane", "Doe", "j");
    let mut subscriber = Subscriber::start().await;
    let audit = json!([{"criteriaType": "AUDIT", "criteriaOperationType": "EQ", "criteriaValue": 1}]);
    subscriber.subscribe(&bench, &audit).await;
    post(&bench, "edits", json!({"edit": "join", "user": user, "group": 1})).await;
    let told = subscriber.told().await;
    assert_eq!(
        (&told["securityAction"]["securityActionId"], &told["eventData"]["userGroupName"]),
        (&json!(4001), &json!("Group 01"))
    );
    assert_eq!(told["actor"]["objectType"], "ADMINISTRATOR");
}

#[tokio::test]
async fn anything_but_200_is_a_failure_that_is_tried_again_and_mailed_in_the_end() {
    let bench = built().await;
    member(&bench).await;
    let mut subscriber = Subscriber::start().await;
    subscriber.subscribe(&bench, &json!([])).await;
    set(&bench, DeliveryHabits { retries: 1, ..DeliveryHabits::default() });
    subscriber.answer_next(202);
    subscriber.answer_next(500);
    swipe(&bench, 11).await;
    let first = subscriber.told().await;
    assert_eq!(subscriber.told().await, first);
    swipe(&bench, 11).await;
    assert_ne!(subscriber.told().await["uuid"], first["uuid"]);

    let mails = bench.brivo.read(|model| model.mails().to_vec());
    assert_eq!((mails.len(), mails[0].to.as_str()), (1, "operator@example.com"));
    let attempts = bench.brivo.read(|model| model.delivery_attempts().to_vec());
    let seen: Vec<(u32, Option<u16>)> = attempts.iter().map(|attempt| (attempt.attempt, attempt.status)).collect();
    assert_eq!(seen[..2], [(1, Some(500)), (2, Some(202))]);
}

#[tokio::test]
async fn a_failed_notification_waits_before_it_is_tried_again() {
    let bench = built().await;
    member(&bench).await;
    let subscriber = Subscriber::start().await;
    subscriber.subscribe(&bench, &json!([])).await;
    let late = DeliveryHabits {
        retries: 1,
        retry_after_seconds: 60,
        processing_delay_seconds: 1,
        ..DeliveryHabits::default()
    };
    set(&bench, late);
    swipe(&bench, 11).await;
    let mut model = bench.brivo.read(Clone::clone);
    let seconds = |seconds| bench.clock.now() + jiff::SignedDuration::from_secs(seconds);
    let delivery = model.take_deliveries(seconds(1)).remove(0);

    model.settle_delivery(delivery, None, seconds(2));

    assert_eq!(model.take_deliveries(seconds(61)), []);
    let again = model.take_deliveries(seconds(62)).remove(0);
    assert_eq!((again.attempt, model.has_deliveries()), (2, false));
    model.settle_delivery(again, None, seconds(63));
    assert_eq!((model.mails().len(), model.has_deliveries()), (1, false));
}

#[tokio::test]
async fn a_notification_can_be_sent_twice() {
    let bench = built().await;
    member(&bench).await;
    let mut subscriber = Subscriber::start().await;
    subscriber.subscribe(&bench, &json!([])).await;
    set(&bench, DeliveryHabits { duplicates: Some(Times::Count(1)), ..DeliveryHabits::default() });
    swipe(&bench, 11).await;
    assert_eq!(subscriber.told().await, subscriber.told().await);
}

#[tokio::test]
async fn a_notification_can_be_lost_while_the_listing_knows_the_event() {
    let bench = built().await;
    member(&bench).await;
    let mut subscriber = Subscriber::start().await;
    subscriber.subscribe(&bench, &json!([])).await;
    assert_eq!(post_hook(&bench, "delivery-habits", json!({"drops": {"count": 1}})).await, 204);
    swipe(&bench, 11).await;
    swipe(&bench, 12).await;
    assert_eq!(subscriber.told().await["eventObject"]["id"], 12);
    assert_eq!(bench.get("/events/counts/access").await.1["count"], 2);
}

#[tokio::test]
async fn notifications_can_come_out_of_order_and_late() {
    let bench = built().await;
    member(&bench).await;
    let mut subscriber = Subscriber::start().await;
    subscriber.subscribe(&bench, &json!([])).await;
    let habits = DeliveryHabits { newest_first: true, processing_delay_seconds: 60, ..DeliveryHabits::default() };
    set(&bench, habits);
    swipe(&bench, 11).await;
    swipe(&bench, 12).await;
    assert_eq!(due(&bench), []);
    bench.clock.advance(60);
    let doors = [subscriber.told().await, subscriber.told().await].map(|told| told["eventObject"]["id"].clone());
    assert_eq!(doors, [12, 11]);
}

#[tokio::test]
async fn a_list_of_deliveries_names_no_address() {
    let bench = built().await;
    member(&bench).await;
    let mut subscriber = Subscriber::start().await;
    subscriber.subscribe(&bench, &json!([])).await;
    for _ in 0..2 {
        swipe(&bench, 11).await;
        subscriber.told().await;
    }
    let listed = crate::brivo_bench::hook(&bench, "deliveries").await;
    assert_eq!(listed[0]["status"], 200);
    assert!(!listed.to_string().contains("secret"));
}
