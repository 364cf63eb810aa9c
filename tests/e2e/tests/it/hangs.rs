//! ALL-05: calls that never come back. Each takes as long in earnest as the client waits, so they are few.

use simulators::brivo::{Misbehaviour, Times};

use crate::{
    tenants::ROOM,
    world::{ANNA, NONE, World, at},
};

#[tokio::test]
async fn a_creation_that_hangs_after_it_was_applied_makes_no_second_user() {
    let mut world = World::start().await;
    world.fault(("POST", "/users"), Misbehaviour::AppliedThenHang, Times::Count(1));

    world.book(1, ROOM, ANNA, ("08:00", "11:00")).await;
    world.run_until(at("08:00:02")).await;

    assert_eq!((world.groups(ANNA), world.users().len()), (vec![501], 1));
}

/// ALL-11: facts that come in while a run is under way do not cost the member the wake-up that the run arranges.
#[tokio::test]
async fn a_webhook_during_a_run_loses_no_wake_up() {
    let mut world = World::start().await;
    world.book(1, ROOM, ANNA, ("10:00", "11:00")).await;
    world.run_until(at("09:49:59")).await;
    world.fault(("POST", "/users/*/groups"), Misbehaviour::AppliedThenHang, Times::Count(1));

    let body = world.put_booking(2, ROOM, Some(ANNA), ("18:00", "19:00"));
    let is_held_up = || world.brivo.calls().last().is_some_and(|call| call.status.is_none());
    let news = async {
        while !is_held_up() {
            tokio::task::yield_now().await;
        }
        world.deliver("BookingCreate", &body).await;
    };
    tokio::join!(world.step(at("09:50:00")), news);

    assert_eq!(world.groups_at("11:14:59", ANNA).await, [501]);
    assert_eq!(world.groups_at("11:15:00", ANNA).await, NONE);
    assert_eq!(world.groups_at("17:49:59", ANNA).await, NONE);
    assert_eq!(world.groups_at("17:50:00", ANNA).await, [501]);
}

#[tokio::test]
async fn a_grant_that_hangs_is_made_and_a_revoke_that_hangs_as_well() {
    let mut world = World::start().await;
    world.book(1, ROOM, ANNA, ("10:00", "11:00")).await;

    world.fault(("POST", "/users/*/groups"), Misbehaviour::Hang, Times::Count(1));
    assert_eq!(world.groups_at("09:50:02", ANNA).await, [501]);
    world.fault(("POST", "/users/*/groups"), Misbehaviour::AppliedThenHang, Times::Count(1));
    assert_eq!(world.groups_at("11:15:02", ANNA).await, NONE);
}
