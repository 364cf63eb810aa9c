//! Users that were in Brivo before we came.

use serde_json::json;
use simulators::brivo::Model;

use super::{by_hand, change, pass};
use crate::{
    tenants::{OTHER_ROOM, ROOM},
    world::{ANNA, BEN, World, at},
};
use simulators::brivo::{Change, Profile, UserId};

const ANNAS: &str = "anna@planted.example";

/// A user with Anna's address, made by hand and in a group of the staff's own choice.
fn like_anna(world: &World) -> UserId {
    let make = |model: &mut Model, now| model.create_by_hand("A.", "Nameson", &ANNAS.to_uppercase(), now);
    world.brivo.edit(make).unwrap()
}

/// R28, CWK-26: the only user with the member's address becomes hers, by our reference alone; repeating costs no write.
#[tokio::test]
async fn the_only_user_with_the_address_is_taken_on() {
    let mut world = World::start().await;
    let known = like_anna(&world);
    change(&world, known, 503, Change::Joined);
    pass(&world).await;
    world.new_calls();

    world.book(1, ROOM, ANNA, ("08:00", "11:00")).await;

    assert_eq!(world.user(ANNA), Some(known));
    assert_eq!(world.new_writes(), ["patch", "change groups"]);
    let profile = world.profile(ANNA);
    assert_eq!((profile.first_name.as_str(), profile.last_name.as_str()), ("A.", "Nameson"));
    assert_eq!(world.groups(ANNA), [501, 503]);
    let (_, audit) = world.bundle.api("/tenants/acme/members/31/audit").await;
    let actions: Vec<_> = audit["records"].as_array().unwrap().iter().map(|record| record["action"].clone()).collect();
    assert!(actions.contains(&json!("link user")), "{audit}");

    for _ in 0..2 {
        pass(&world).await;
    }
    assert_eq!(world.new_writes(), [""; 0]);
    // What was there before us is not ours to take away.
    world.run_until(at("11:15")).await;
    assert_eq!(world.groups(ANNA), [503]);
}

/// CWK-26: whoever nobody in Brivo stands for is made.
#[tokio::test]
async fn nobody_with_the_address_means_a_new_user() {
    let mut world = World::start().await;
    by_hand(&world, 1, 503);
    pass(&world).await;
    world.new_calls();

    world.book(1, ROOM, ANNA, ("08:00", "11:00")).await;

    assert_eq!(world.new_writes(), ["create", "change groups"]);
}

/// R28: if several match, no user is made, and the member is told of; with one left it goes on.
#[tokio::test]
async fn several_users_with_the_address_are_told() {
    let mut world = World::start().await;
    let (first, second) = (like_anna(&world), like_anna(&world));
    pass(&world).await;
    world.new_calls();

    world.book(1, ROOM, ANNA, ("08:00", "11:00")).await;

    assert_eq!(world.new_writes(), [""; 0]);
    let told = world.access(ANNA).await;
    assert!(told["last_error"].as_str().unwrap().contains("several Brivo users"), "{told}");

    world.brivo.edit(|model, now| model.delete_by_hand(second, now)).unwrap();
    world.book(2, OTHER_ROOM, ANNA, ("08:00", "11:00")).await;
    assert_eq!(world.user(ANNA), Some(first));
    assert_eq!(world.groups(ANNA), [501, 502]);
}

/// R28: another application's user is not ours to take.
#[tokio::test]
async fn another_applications_user_is_told() {
    let mut world = World::start().await;
    let make = |model: &mut Model, now| {
        let user = model.create_by_hand("Anna", "Nameson", ANNAS, now);
        let profile = Profile { external_id: Some("payroll-9".to_owned()), ..model.profile_of(user).unwrap().clone() };
        model.delete_by_hand(user, now);
        model.add_user(profile, now)
    };
    world.brivo.edit(make).unwrap();
    pass(&world).await;
    world.new_calls();

    world.book(1, ROOM, ANNA, ("08:00", "11:00")).await;

    assert_eq!(world.new_writes(), [""; 0]);
    let told = world.access(ANNA).await;
    assert!(told["last_error"].as_str().unwrap().contains("another application"), "{told}");
    // Nobody else waits for that.
    world.book(2, ROOM, BEN, ("08:00", "11:00")).await;
    assert_eq!(world.groups(BEN), [501]);
}

/// B7: whoever bears our reference already is found by it, whatever their address became.
#[tokio::test]
async fn a_user_that_was_taken_on_is_known_by_our_reference() {
    let mut world = World::start().await;
    let known = like_anna(&world);
    pass(&world).await;
    world.book(1, ROOM, ANNA, ("08:00", "08:30")).await;
    world.run_until(at("09:30")).await;
    like_anna(&world);
    pass(&world).await;
    world.new_calls();

    world.book(2, OTHER_ROOM, ANNA, ("09:30", "11:00")).await;

    assert_eq!(world.user(ANNA), Some(known));
    assert_eq!(world.groups(ANNA), [502]);
    assert_eq!(world.new_writes(), ["change groups"]);
}
