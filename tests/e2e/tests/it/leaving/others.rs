//! A user whom staff suspended.

use super::*;

fn suspend_by_hand(world: &World) {
    let user = world.user(ANNA).unwrap();
    world.brivo.edit(|model, now| model.suspend_by_hand(user, now)).unwrap();
}

fn reinstate_by_hand(world: &World) {
    let user = world.user(ANNA).unwrap();
    world.brivo.edit(|model, now| model.reinstate_by_hand(user, now)).unwrap();
}

/// X2, INV-4: only our own suspension is lifted by us.
#[tokio::test]
async fn whoever_staff_suspended_stays_suspended_when_coming_back() {
    let mut world = deskworks().await;
    suspend_by_hand(&world);
    world.new_calls();

    tell(&world, "membership.upserted", cancelled(billing())).await;
    assert_eq!(world.new_writes(), ["change groups"]);
    assert_eq!(world.access(ANNA).await["accounts"][0]["suspended_by"], "others");

    world.run_until(at("08:10")).await;
    tell(&world, "membership.upserted", billing()).await;
    assert_eq!(world.new_writes(), ["change groups"]);
    assert_eq!((world.groups(ANNA), world.is_suspended(ANNA)), (vec![OFFICE], true));
    let error = world.access(ANNA).await["last_error"].clone();
    assert!(error.as_str().unwrap().contains("somebody suspended this user"), "{error}");
}

/// X2: what staff takes back is known at the next look, and the next suspension is ours again.
#[tokio::test]
async fn what_staff_takes_back_is_known_by_the_next_booking_and_the_next_suspension_is_ours() {
    let mut world = deskworks().await;
    suspend_by_hand(&world);
    tell(&world, "membership.upserted", cancelled(billing())).await;
    tell(&world, "booking.upserted", booking("r1", ROOM, ANNA, ("08:40", "08:50"))).await;
    assert!(world.access(ANNA).await["last_error"].is_string());

    reinstate_by_hand(&world);
    world.run_until(at("08:30")).await;
    assert_eq!((world.groups(ANNA), world.is_suspended(ANNA)), (vec![ROOMS], false));
    assert_eq!(world.access(ANNA).await["last_error"], Value::Null);

    world.run_until(at("08:50")).await;
    assert_eq!((world.groups(ANNA), world.is_suspended(ANNA)), (vec![], true));
    assert_eq!(world.access(ANNA).await["accounts"][0]["suspended_by"], "us");
}

/// X2, R28: under a policy that never suspends, what staff did is neither looked for nor undone.
#[tokio::test]
async fn a_policy_that_never_suspends_leaves_the_suspension_of_staff_alone() {
    let mut world = world_under("officernd", json!({})).await;
    suspend_by_hand(&world);
    world.new_calls();

    tell(&world, "membership.upserted", cancelled(billing())).await;
    world.run_until(at("08:10")).await;
    tell(&world, "membership.upserted", billing()).await;

    assert_eq!(world.new_writes(), ["change groups", "change groups"]);
    assert!(world.is_suspended(ANNA));
}
