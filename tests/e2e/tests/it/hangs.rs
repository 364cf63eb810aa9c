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

#[tokio::test]
async fn a_grant_that_hangs_is_made_and_a_revoke_that_hangs_as_well() {
    let mut world = World::start().await;
    world.book(1, ROOM, ANNA, ("10:00", "11:00")).await;

    world.fault(("POST", "/users/*/groups"), Misbehaviour::Hang, Times::Count(1));
    assert_eq!(world.groups_at("09:50:02", ANNA).await, [501]);
    world.fault(("POST", "/users/*/groups"), Misbehaviour::AppliedThenHang, Times::Count(1));
    assert_eq!(world.groups_at("11:15:02", ANNA).await, NONE);
}
