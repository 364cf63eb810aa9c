//! Killed at any moment, started again on the same data: nothing that was answered 200 is lost, nobody is made twice.

use std::time::{Duration, Instant};

use reqwest::RequestBuilder;
use serde_json::json;
use simulators::{
    brivo::{Misbehaviour, Times},
    nexudus::Entity,
};

use crate::{
    deliveries,
    tenants::{OTHER_ROOM, ROOM, SHARING_ROOM},
    world::{ANNA, BEN, NONE, Setting, World, at, customer},
};

async fn on_disk() -> World {
    World::of(Setting { keeps_data: true, ..Setting::nexudus() }).await
}

/// Starts something and kills the bundle twice: while a call hangs that Brivo did not carry out, and, after a new start,
/// while one hangs that it did.
pub(crate) async fn kill_twice_at(world: &mut World, call: (&str, &str), trigger: RequestBuilder) {
    let once = Times::Count(1);
    world.fault(call, Misbehaviour::Hang, once);
    world.fault(call, Misbehaviour::AppliedThenHang, once);
    let before = hanging(world);
    let triggered = tokio::spawn(trigger.send());
    until_hanging(world, before + 1).await;
    world.restart();
    until_hanging(world, before + 2).await;
    world.restart();
    // Answered or cut off: either may be.
    drop(triggered.await);
    world.settle().await;
}

/// How many calls got no answer so far.
fn hanging(world: &World) -> usize {
    world.brivo.calls().iter().filter(|call| call.status.is_none()).count()
}

async fn until_hanging(world: &World, count: usize) {
    let started = Instant::now();
    while hanging(world) < count {
        // The bundle gives up after ten.
        assert!(started.elapsed() < Duration::from_secs(9), "nothing hangs: {:?}", world.brivo.calls());
        tokio::task::yield_now().await;
    }
}

/// A day with twelve kills, one in each half of each call that is made.
#[tokio::test]
async fn a_kill_at_any_call_to_brivo_changes_nothing_in_the_end() {
    let mut world = on_disk().await;
    let book = |world: &mut World, id, room, member, window| {
        let body = world.put_booking(id, room, Some(member), window);
        deliveries::nexudus(&world.bundle, "acme", "BookingCreate", &body)
    };

    // The token of the first reading is over.
    world.run_until(at("08:05")).await;
    let first = book(&mut world, 1, ROOM, ANNA, ("10:00", "11:00"));
    kill_twice_at(&mut world, ("POST", "/oauth/token"), first).await;
    assert_eq!(world.users().len(), 1);
    world.run_until(at("08:09:50")).await;
    let second = book(&mut world, 2, OTHER_ROOM, BEN, ("08:30", "09:30"));
    kill_twice_at(&mut world, ("GET", "/users/*/external"), second).await;
    assert_eq!(world.users().len(), 2);

    world.delete_by_hand(BEN);
    let again = book(&mut world, 3, OTHER_ROOM, BEN, ("08:05", "09:30"));
    kill_twice_at(&mut world, ("POST", "/users"), again).await;
    world.take_turns().await;
    assert_eq!(world.groups(BEN), [502]);

    world.run_until(at("09:49:59")).await;
    world.set_clock(at("09:50:00"));
    let step = world.bundle.step(at("09:50:00"));
    kill_twice_at(&mut world, ("POST", "/users/*/groups"), step).await;
    assert_eq!(world.groups(ANNA), [501]);

    let changed = customer(ANNA, "Anna Planted-Married", "married@planted.example");
    world.nexudus.edit(|model, now| model.put_customer(&changed, now));
    let body = world.body(Entity::Coworker, ANNA);
    let told = deliveries::nexudus(&world.bundle, "acme", "CoworkerUpdate", &body);
    kill_twice_at(&mut world, ("PATCH", "/users/*"), told).await;

    world.run_until(at("11:14:59")).await;
    world.set_clock(at("11:15:00"));
    let step = world.bundle.step(at("11:15:00"));
    kill_twice_at(&mut world, ("POST", "/users/*/groups"), step).await;
    assert_eq!(world.groups(ANNA), NONE);

    world.run_until(at("18:00")).await;
    assert_eq!(world.stays(ANNA, 501), ["09:50:00 to 11:15:00"]);
    assert_eq!(world.stays(BEN, 502).len(), 1);
    let users = world.users();
    assert_eq!(users.len(), 2);
    assert!(users.iter().any(|user| user["lastName"] == "Planted-Married"));
    for member in [ANNA, BEN] {
        assert_eq!(world.access(member).await["last_error"], serde_json::Value::Null);
    }
}

/// What was put holds, though the file of the flags still says otherwise.
#[tokio::test]
async fn a_restart_with_the_same_flags_does_not_undo_what_was_put() {
    let mut world = on_disk().await;
    world.document["policy"] = json!({"lead": "PT20M"});
    world.reconnect("planted-refresh-token-of-the-put").await;

    world.restart();
    world.book(1, ROOM, ANNA, ("10:00", "11:00")).await;
    world.run_until(at("18:00")).await;

    assert_eq!(world.stays(ANNA, 501), ["09:40:00 to 11:15:00"]);
}

/// INV-6: killed the moment a webhook is answered.
#[tokio::test]
async fn every_webhook_that_was_answered_200_is_acted_upon_after_a_kill() {
    let mut world = on_disk().await;
    let deliver = async |world: &mut World, action: &str, body: &str| {
        deliveries::accepted(deliveries::nexudus(&world.bundle, "acme", action, body)).await;
        world.restart();
    };

    let body = world.put_booking(1, ROOM, Some(ANNA), ("08:00", "09:00"));
    deliver(&mut world, "BookingCreate", &body).await;
    world.settle().await;
    assert_eq!(world.groups(ANNA), [501]);
    let body = world.put_booking(1, SHARING_ROOM, Some(ANNA), ("08:00", "10:00"));
    deliver(&mut world, "BookingUpdate", &body).await;
    let body = world.put_booking(2, OTHER_ROOM, Some(BEN), ("08:30", "10:00"));
    deliver(&mut world, "BookingCreate", &body).await;
    // Known after the kill, and dropped as what it is: a repeat.
    deliver(&mut world, "BookingCreate", &body).await;
    assert_eq!(world.groups_at("08:20:00", BEN).await, [502]);
    assert_eq!(world.groups(ANNA), [501, 503]);
    deliver(&mut world, "BookingDelete", &body).await;
    world.settle().await;
    assert_eq!(world.groups(BEN), NONE);

    world.run_until(at("18:00")).await;
    assert_eq!(world.stays(ANNA, 501), ["08:00:00 to 10:15:00"]);
    assert_eq!(world.stays(BEN, 502), ["08:20:00 to 08:20:00"]);
}

/// INV-6: killed while several webhooks about one person are on their way in.
#[tokio::test]
async fn a_kill_among_deliveries_loses_none_that_was_answered() {
    let mut world = on_disk().await;
    // A refresh whose answer dies with the bundle would look careless from outside.
    world.book(1, ROOM, BEN, ("08:00", "09:00")).await;
    let mut answered = Vec::new();
    for (round, answers) in [1, 3, 0, 5].into_iter().enumerate() {
        let mut deliveries = tokio::task::JoinSet::new();
        for number in 0..6 {
            let id = 100 * (u64::try_from(round).unwrap() + 1) + number;
            let body = world.put_booking(id, OTHER_ROOM, Some(ANNA), ("12:00", "13:00"));
            let delivery = deliveries::nexudus(&world.bundle, "acme", "BookingCreate", &body);
            deliveries.spawn(async move { (id, delivery.send().await.map(|answer| answer.status().as_u16())) });
        }
        let mut note = |(id, status): (u64, Result<u16, reqwest::Error>)| match status {
            Ok(status) => {
                assert_eq!(status, 200);
                answered.push(id);
            }
            Err(cut_off) => assert!(!cut_off.is_builder()),
        };
        for _ in 0..answers {
            note(deliveries.join_next().await.unwrap().unwrap());
        }
        tokio::task::yield_now().await;
        world.restart();
        while let Some(delivery) = deliveries.join_next().await {
            note(delivery.unwrap());
        }
    }
    world.settle().await;

    let access = world.access(ANNA).await;
    let reasons = access["groups"][0]["reasons"].as_array().unwrap();
    for id in answered {
        let fact = format!("booking/{id}");
        assert!(reasons.iter().any(|reason| reason["fact"] == fact.as_str()), "{fact} is lost: {access}");
    }
    world.run_until(at("18:00")).await;
    assert_eq!(world.stays(ANNA, 502), ["11:50:00 to 13:15:00"]);
}

/// A bundle that was off while windows opened and closed catches up at once, and does not open what is over.
#[tokio::test]
async fn a_bundle_that_was_off_for_hours_is_in_step_after_its_start() {
    let mut world = on_disk().await;
    world.book(1, ROOM, ANNA, ("08:00", "09:00")).await;
    world.book(2, OTHER_ROOM, ANNA, ("10:00", "11:00")).await;
    world.book(3, SHARING_ROOM, BEN, ("11:30", "13:00")).await;

    world.bundle.kill();
    world.set_clock(at("12:00"));
    world.flags.start_at = at("12:00");
    world.restart();
    world.settle().await;

    assert_eq!(world.groups(ANNA), NONE);
    assert_eq!(world.stays(ANNA, 502), [""; 0]);
    assert_eq!(world.groups(BEN), [501, 503]);
    assert_eq!(world.bundle.clock().await.0, at("12:00"));
}

/// INV-2: a message that was on its way to somebody died with the process, in the middle of a run of theirs; they are in on time all
/// the same.
#[tokio::test]
async fn whoever_was_being_looked_at_when_the_process_died_is_woken_in_time() {
    let mut world = on_disk().await;
    world.book(1, ROOM, ANNA, ("10:00", "11:00")).await;
    // The look before the booking has sent for the start of the window.
    world.run_until(at("09:46")).await;
    let body = world.put_booking(2, OTHER_ROOM, Some(ANNA), ("09:50", "12:00"));
    let open = deliveries::nexudus(&world.bundle, "acme", "BookingCreate", &body);

    kill_twice_at(&mut world, ("POST", "/users/*/groups"), open).await;
    world.run_until(at("11:20")).await;

    assert_eq!(world.stays(ANNA, 501), ["09:50:00 to 11:15:00"]);
}
