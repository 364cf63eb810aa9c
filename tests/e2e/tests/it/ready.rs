//! The look at Brivo a quarter of an hour before a booking starts, and the alarm.

use serde_json::Value;
use simulators::brivo::{ErrorBody, Misbehaviour, Times};

use crate::{
    feed::{booking, document, document_with, member, tell, world_of},
    tenants::{self, OTHER_ROOM, ROOM},
    world::{ANNA, NONE, World, at},
};

const ALARM: &str = "a booking starts within minutes, and its person could not get in";

/// The alarms raised so far, as they were logged.
fn alarms(world: &World) -> Vec<String> {
    world.stderr().lines().filter(|line| line.contains(ALARM)).map(str::to_owned).collect()
}

/// Anna with a booking from 08:50 on, whose window opens at 08:40; she is looked at between two full reads.
async fn world_with_a_booking() -> World {
    let mappings = [tenants::resource(ROOM, &[501]), tenants::resource(OTHER_ROOM, &[502])];
    let world = world_of(document("officernd", &mappings)).await;
    tell(&world, "member.upserted", member(ANNA, "Anna Planted-Nameson", "anna@example.com")).await;
    tell(&world, "booking.upserted", booking("r1", ROOM, ANNA, ("08:50", "09:50"))).await;
    assert_eq!((world.users().len(), world.groups(ANNA)), (1, NONE.to_vec()));
    world
}

/// ALL-17: one call says that all is well.
#[tokio::test]
async fn brivo_is_looked_at_once_a_quarter_of_an_hour_before_a_booking() {
    let mut world = world_with_a_booking().await;
    world.run_until(at("08:34:59")).await;
    world.new_calls();

    world.run_until(at("08:35:00")).await;
    assert_eq!(world.new_calls(), ["token", "read user"]);

    world.run_until(at("08:39:59")).await;
    assert_eq!(world.new_calls(), [""; 0]);
    assert_eq!(world.groups_at("08:40:00", ANNA).await, [501]);
    assert_eq!(alarms(&world), [""; 0]);
}

/// ALL-17: also where the window is open by then.
#[tokio::test]
async fn brivo_is_looked_at_though_the_window_is_open() {
    let mappings = [tenants::resource(ROOM, &[501])];
    let mut world = world_of(document("spacebring", &mappings)).await;
    tell(&world, "member.upserted", member(ANNA, "Anna Planted-Nameson", "anna@example.com")).await;
    tell(&world, "booking.upserted", booking("r1", ROOM, ANNA, ("08:50", "09:50"))).await;
    world.run_until(at("08:34:59")).await;
    assert_eq!(world.groups(ANNA), [501]);
    world.new_calls();

    world.run_until(at("08:35:00")).await;

    assert_eq!(world.new_calls(), ["token", "read user"]);
}

/// ALL-17: a write within that quarter is a look as well.
#[tokio::test]
async fn a_booking_that_opens_at_once_needs_no_look() {
    let mut world = world_with_a_booking().await;
    world.run_until(at("08:36")).await;
    world.new_calls();

    tell(&world, "booking.upserted", booking("r2", OTHER_ROOM, ANNA, ("08:40", "08:45"))).await;
    world.run_until(at("08:38")).await;

    assert_eq!(world.new_calls(), ["change groups"]);
}

/// ALL-17, ALL-13, INV-2: a user whom somebody deleted is there again before the window opens.
#[tokio::test]
async fn a_user_deleted_by_hand_is_made_again_in_time() {
    let mut world = world_with_a_booking().await;
    world.run_until(at("08:20")).await;
    world.delete_by_hand(ANNA);

    world.run_until(at("08:35")).await;
    assert_eq!((world.users().len(), world.groups(ANNA)), (1, NONE.to_vec()));

    assert_eq!(world.groups_at("08:40:00", ANNA).await, [501]);
    assert_eq!((world.access(ANNA).await["last_error"].clone(), alarms(&world).len()), (Value::Null, 0));
}

/// ALL-17, X2: whom staff suspended is not let in by us, so somebody has to know in time.
#[tokio::test]
async fn a_user_suspended_by_staff_raises_the_alarm_in_ids() {
    let mut world = world_with_a_booking().await;
    world.run_until(at("08:20")).await;
    let user = world.user(ANNA).unwrap();
    world.brivo.edit(|model, now| model.suspend_by_hand(user, now)).unwrap();
    assert_eq!(alarms(&world), [""; 0]);

    world.run_until(at("08:35")).await;

    let [alarm] = alarms(&world).try_into().unwrap();
    assert!(alarm.contains("ERROR") && alarm.contains("harbour") && alarm.contains("31"), "{alarm}");
    assert!(alarm.contains("somebody suspended this user"), "{alarm}");
    assert!(!alarm.contains("Anna") && !alarm.contains("Planted") && !alarm.contains("anna@"), "{alarm}");
    let access = world.access(ANNA).await;
    assert!(access["last_error"].as_str().unwrap().contains("suspended"), "{access}");
    assert_eq!(access["accounts"][0]["suspended_by"], "others");
    world.run_until(at("09:50")).await;
    assert!(world.is_suspended(ANNA));
}

/// ALL-17, INV-2: a Brivo that does not answer raises the alarm at least five minutes before the booking, once however often
/// it is asked, and is asked on.
#[tokio::test]
async fn a_brivo_that_is_down_raises_the_alarm_and_lets_in_when_it_is_back() {
    for what in [Misbehaviour::ServerError { status: 503, body: ErrorBody::Html }, Misbehaviour::DeveloperInactive] {
        let mut world = world_with_a_booking().await;
        world.run_until(at("08:20")).await;
        world.fault(("GET", "/**"), what.clone(), Times::Always);
        world.fault(("POST", "/**"), what.clone(), Times::Always);

        world.run_until(at("08:45")).await;
        // Of a key that is dead there is one alarm for all bookings.
        assert_eq!(world.stderr().lines().filter(|line| line.contains("ERROR")).count(), 1, "{what:?}");
        assert!(world.access(ANNA).await["last_error"].is_string());
        assert_eq!(world.groups(ANNA), NONE);

        world.brivo.edit(|model, _| model.clear_faults()).unwrap();
        assert_eq!(world.groups_at("08:46:01", ANNA).await, [501], "{what:?}");
        assert_eq!(world.access(ANNA).await["last_error"], Value::Null, "{what:?}");
    }
}

/// ALL-17: nobody is alarmed about a booking that is over or moved.
#[tokio::test]
async fn a_booking_that_was_cancelled_is_not_looked_at() {
    let mut world = world_with_a_booking().await;
    tell(&world, "booking.removed", serde_json::json!({"id": "r1"})).await;
    world.new_calls();

    world.run_until(at("08:59")).await;

    assert_eq!(world.new_calls(), [""; 0]);
}

/// ALL-17: each booking is looked at before it starts, whatever was seen for the one before.
#[tokio::test]
async fn each_booking_has_a_look_of_its_own() {
    let policy = serde_json::json!({"lead": "PT5M", "credential": "none"});
    let mut world = world_of(document_with("officernd", &[tenants::resource(ROOM, &[501])], policy)).await;
    tell(&world, "member.upserted", member(ANNA, "Anna Planted-Nameson", "anna@example.com")).await;
    tell(&world, "booking.upserted", booking("r1", ROOM, ANNA, ("08:25", "08:30"))).await;
    tell(&world, "booking.upserted", booking("r2", ROOM, ANNA, ("08:50", "08:55"))).await;
    world.new_calls();

    world.run_until(at("08:59")).await;

    let mut calls = world.new_calls();
    calls.retain(|call| call != "token");
    let visit = ["read user", "change groups", "change groups"];
    assert_eq!(calls, [visit, visit].concat());
}

/// ALL-17: an alarm is raised for each booking, since whoever heard the first may think it is over.
#[tokio::test]
async fn each_booking_has_an_alarm_of_its_own() {
    let mut world = world_with_a_booking().await;
    tell(&world, "booking.upserted", booking("r2", OTHER_ROOM, ANNA, ("09:30", "09:45"))).await;
    world.run_until(at("08:20")).await;
    let user = world.user(ANNA).unwrap();
    world.brivo.edit(|model, now| model.suspend_by_hand(user, now)).unwrap();

    world.run_until(at("09:40")).await;

    assert_eq!(alarms(&world).len(), 2);
}
