//! An end of access that Brivo keeps by itself, should we be away: X21.

use jiff::Timestamp;
use serde_json::json;

use crate::{
    feed::{booking, cancelled, document, document_with, member, membership, plan, tell, world_of},
    tenants::{self, OTHER_ROOM, ROOM},
    world::{ANNA, World, at},
};

const NOTHING: [&str; 0] = [];

/// Anna under Nexudus' preset with a room from ten to eleven, and so a window until a quarter past.
async fn world_with(policy: serde_json::Value) -> World {
    let mappings = [tenants::resource(ROOM, &[501]), tenants::resource(OTHER_ROOM, &[502]), plan("office", &[503])];
    let world = world_of(document_with("nexudus", &mappings, policy)).await;
    tell(&world, "member.upserted", member(ANNA, "Anna Example", "anna@example.com")).await;
    tell(&world, "booking.upserted", booking("r1", ROOM, ANNA, ("10:00", "11:00"))).await;
    world
}

async fn world_with_backstop() -> World {
    world_with(json!({"backstop": "pin"})).await
}

fn end(world: &World) -> Option<Timestamp> {
    world.profile(ANNA).effective_to
}

/// X21, INV-1: the end is there before the window opens and is that of the last reason.
#[tokio::test]
async fn the_end_is_that_of_the_last_window() {
    let mut world = world_with_backstop().await;
    assert_eq!(end(&world), Some(at("11:15:00")));

    tell(&world, "booking.upserted", booking("r2", OTHER_ROOM, ANNA, ("13:00", "14:00"))).await;
    assert_eq!(end(&world), Some(at("14:15:00")));
    // One that ends before moves nothing.
    world.new_calls();
    tell(&world, "booking.upserted", booking("r3", OTHER_ROOM, ANNA, ("12:00", "12:30"))).await;
    assert_eq!(world.new_calls(), NOTHING);
}

/// X21: an extension moves the end before the old one comes; a booking cut short brings it forward.
#[tokio::test]
async fn the_end_moves_with_the_booking_before_the_old_end_comes() {
    let mut world = world_with_backstop().await;
    world.run_until(at("11:14:59")).await;
    world.new_calls();

    tell(&world, "booking.upserted", booking("r1", ROOM, ANNA, ("10:00", "12:00"))).await;
    assert_eq!((end(&world), world.groups(ANNA)), (Some(at("12:15:00")), vec![501]));
    assert_eq!(world.new_writes(), ["patch"]);

    tell(&world, "booking.upserted", booking("r1", ROOM, ANNA, ("10:00", "11:30"))).await;
    assert_eq!(end(&world), Some(at("11:45:00")));
    world.run_until(at("18:00")).await;
    assert_eq!(world.stays(ANNA, 501), ["09:50:00 to 11:45:00"]);
    assert_eq!(world.new_writes(), ["patch", "change groups"], "the end that has passed stays");
}

/// X21: only people all of whose reasons end have one.
#[tokio::test]
async fn a_standing_reason_takes_the_end_away_until_it_is_over_itself() {
    let world = world_with_backstop().await;

    tell(&world, "membership.upserted", membership("s1", "office", ANNA)).await;
    assert_eq!((end(&world), world.groups(ANNA)), (None, vec![503]));

    tell(&world, "membership.upserted", cancelled(membership("s1", "office", ANNA))).await;
    assert_eq!((end(&world), world.groups(ANNA)), (Some(at("11:15:00")), vec![]));
}

/// X21: of the profile nothing else is touched, and an edit of it leaves the end.
#[tokio::test]
async fn end_and_profile_leave_each_other_alone() {
    let world = world_with_backstop().await;

    tell(&world, "member.upserted", member(ANNA, "Anna Married", "anna@example.com")).await;
    tell(&world, "booking.upserted", booking("r1", ROOM, ANNA, ("10:00", "12:00"))).await;

    let profile = world.profile(ANNA);
    assert_eq!((profile.last_name.as_str(), profile.effective_to), ("Married", Some(at("12:15:00"))));
    assert_eq!(profile.emails.len(), 1);
}

/// X21: whoever comes back has the new end, and the switch takes it away again.
#[tokio::test]
async fn the_next_booking_has_its_own_end_and_the_switch_takes_it_away() {
    let mut world = world_with_backstop().await;
    world.run_until(at("12:00")).await;
    assert_eq!(end(&world), Some(at("11:15:00")));
    tell(&world, "booking.upserted", booking("r2", ROOM, ANNA, ("14:00", "15:00"))).await;
    assert_eq!(end(&world), Some(at("15:15:00")));

    world.document["policy"] = json!({});
    world.put_tenant().await;

    assert_eq!(end(&world), None);
}

/// X21: no preset asks for it.
#[tokio::test]
async fn without_the_switch_no_end_is_ever_sent() {
    for platform in ["nexudus", "officernd", "spacebring", "coworks", "deskworks"] {
        let mut world = world_of(document(platform, &[tenants::resource(ROOM, &[501])])).await;
        tell(&world, "member.upserted", member(ANNA, "Anna Example", "anna@example.com")).await;
        tell(&world, "booking.upserted", booking("r1", ROOM, ANNA, ("10:00", "11:00"))).await;
        tell(&world, "booking.upserted", booking("r1", ROOM, ANNA, ("10:00", "12:00"))).await;
        world.run_until(at("18:00")).await;

        assert!(!world.new_writes().contains(&"patch".to_owned()), "{platform}");
        assert_eq!(end(&world), None, "{platform}");
    }
}
