//! What becomes of the Brivo user of somebody who has no reason any more, and of whoever comes back.

use serde_json::{Value, json};
use simulators::brivo::{GroupId, UserId};

use crate::{
    feed::{booking, but, cancelled, document, document_with, member, membership, plan, tell, world_of},
    tenants::{self, ROOM},
    world::{ANNA, BEN, NONE, World, at},
};

mod centres;
mod deleting;
mod keeping;
mod others;
mod switching;

const OFFICE: u64 = 501;
const ROOMS: u64 = 502;

fn anna() -> Value {
    member(ANNA, "Anna Example", "anna@example.com")
}

fn ben() -> Value {
    member(BEN, "Ben Example", "ben@example.com")
}

/// Anna's recurring billing of an office.
fn billing() -> Value {
    membership("b1", "office", ANNA)
}

fn mappings() -> [Value; 2] {
    [plan("office", &[OFFICE]), tenants::resource(ROOM, &[ROOMS])]
}

/// A world in which Anna has her billing.
async fn world_under(platform: &str, policy: Value) -> World {
    let world = world_of(document_with(platform, &mappings(), policy)).await;
    tell(&world, "member.upserted", anna()).await;
    tell(&world, "membership.upserted", billing()).await;
    assert_eq!(world.groups(ANNA), [OFFICE]);
    world
}

async fn deskworks() -> World {
    world_under("deskworks", json!({})).await
}

/// R16, DWK-23: a new member exists in Brivo at once and can open nothing until there is a reason.
#[tokio::test]
async fn a_new_member_is_made_suspended_and_let_in_with_the_first_billing() {
    let mut world = world_of(document("deskworks", &mappings())).await;

    tell(&world, "member.upserted", anna()).await;
    assert_eq!(world.new_writes(), ["create", "set suspension"]);
    assert!(world.is_suspended(ANNA));

    tell(&world, "membership.upserted", billing()).await;
    assert_eq!(world.new_writes(), ["change groups", "set suspension"]);
    assert!(!world.is_suspended(ANNA));
}

/// R16: neither an inactive member nor somebody of another platform is made without a reason.
#[tokio::test]
async fn who_is_not_active_or_not_of_deskworks_is_not_made_without_a_reason() {
    let world = world_of(document("deskworks", &mappings())).await;
    tell(&world, "member.upserted", but(anna(), &json!({"status": "inactive"}))).await;
    assert_eq!(world.users().len(), 0);

    for platform in ["officernd", "spacebring", "coworks", "nexudus"] {
        let world = world_of(document(platform, &mappings())).await;
        tell(&world, "member.upserted", anna()).await;
        assert_eq!(world.users().len(), 0, "{platform}");
    }
}

/// DWK-22, DWK-23, X23: groups first, so that a half-done leaving has taken what matters.
#[tokio::test]
async fn whose_billing_is_cancelled_loses_the_groups_and_is_then_suspended() {
    let mut world = deskworks().await;
    let user = world.user(ANNA);
    world.run_until(at("08:10")).await;
    world.new_calls();

    tell(&world, "membership.upserted", cancelled(billing())).await;

    assert_eq!(world.new_writes(), ["change groups", "set suspension"]);
    assert_eq!((world.groups(ANNA), world.is_suspended(ANNA), world.user(ANNA)), (vec![], true, user));
    let access = world.access(ANNA).await;
    assert_eq!((&access["suspended"], &access["accounts"][0]["suspended_by"]), (&json!(true), &json!("us")));
    assert_eq!(access["accounts"][0]["no_reason_since"], "2026-03-02T08:10:00Z");

    // And nothing more, however long it lasts.
    world.run_until(at("2026-03-04T08:00:00Z")).await;
    assert_eq!(world.new_writes(), [""; 0]);
}

/// DWK-21: whoever is made inactive in Deskworks is inactive in Brivo, whatever billing still runs.
#[tokio::test]
async fn a_member_made_inactive_is_suspended_and_active_again_has_everything_back() {
    let mut world = deskworks().await;
    let user = world.user(ANNA);
    world.new_calls();

    tell(&world, "member.upserted", but(anna(), &json!({"status": "inactive"}))).await;
    assert_eq!(world.new_writes(), ["change groups", "set suspension"]);
    assert_eq!((world.groups(ANNA), world.is_suspended(ANNA)), (vec![], true));

    world.run_until(at("08:30")).await;
    tell(&world, "member.upserted", anna()).await;
    assert_eq!(world.new_writes(), ["change groups", "set suspension"]);
    assert_eq!((world.groups(ANNA), world.is_suspended(ANNA), world.user(ANNA)), (vec![OFFICE], false, user));
}

/// DWK-21: so is a member who is removed altogether.
#[tokio::test]
async fn a_member_who_is_removed_is_suspended() {
    let mut world = deskworks().await;
    world.new_calls();

    tell(&world, "member.removed", json!({"id": ANNA.to_string()})).await;

    assert_eq!(world.new_writes(), ["change groups", "set suspension"]);
    assert_eq!((world.groups(ANNA), world.is_suspended(ANNA)), (vec![], true));
}

/// DWK-24, DWK-25, R17, R32: the same user is reinstated as soon as the reservation is known; the group opens in its window.
#[tokio::test]
async fn a_reservation_lifts_the_suspension_when_it_becomes_known() {
    let mut world = deskworks().await;
    let user = world.user(ANNA);
    tell(&world, "membership.upserted", cancelled(billing())).await;
    world.run_until(at("08:20")).await;
    world.new_calls();

    tell(&world, "booking.upserted", booking("r1", ROOM, ANNA, ("10:00", "11:00"))).await;
    assert_eq!(world.new_writes(), ["set suspension"]);
    assert_eq!((world.groups(ANNA), world.is_suspended(ANNA)), (vec![], false));

    world.run_until(at("18:00")).await;
    assert_eq!(world.new_writes(), ["change groups", "change groups", "set suspension"]);
    assert_eq!(world.stays(ANNA, ROOMS), ["09:50:00 to 11:00:00"]);
    let standings = ["08:00:00 Created", "08:00:00 Suspended", "08:00:00 Reinstated", "08:00:00 Suspended"];
    assert_eq!(world.standings(ANNA), [&standings[..], &["08:20:00 Reinstated", "11:00:00 Suspended"]].concat());
    assert_eq!(world.user(ANNA), user);
}

/// DWK-25, X23, R32: with an open window the groups come before the suspension is lifted.
#[tokio::test]
async fn a_reservation_that_runs_already_gives_the_groups_before_it_lets_in() {
    let mut world = deskworks().await;
    tell(&world, "membership.upserted", cancelled(billing())).await;
    world.new_calls();

    tell(&world, "booking.upserted", booking("r1", ROOM, ANNA, ("07:30", "08:30"))).await;

    assert_eq!(world.new_writes(), ["change groups", "set suspension"]);
    assert_eq!((world.groups(ANNA), world.is_suspended(ANNA)), (vec![ROOMS], false));
}

/// DWK-25: an upcoming reservation keeps whoever leaves from being suspended; when it is cancelled, nothing does.
#[tokio::test]
async fn who_has_a_reservation_to_come_is_not_suspended_until_it_is_cancelled() {
    let mut world = deskworks().await;
    let reservation = booking("r1", ROOM, ANNA, ("2026-03-20T10:00:00Z", "2026-03-20T11:00:00Z"));
    tell(&world, "booking.upserted", reservation.clone()).await;
    world.new_calls();

    tell(&world, "membership.upserted", cancelled(billing())).await;
    assert_eq!(world.new_writes(), ["change groups"]);
    assert_eq!((world.groups(ANNA), world.is_suspended(ANNA)), (vec![], false));

    tell(&world, "booking.upserted", cancelled(reservation)).await;
    assert_eq!(world.new_writes(), ["set suspension"]);
    assert!(world.is_suspended(ANNA));
}

/// DWK-24: at any time later, however long after.
#[tokio::test]
async fn a_member_who_comes_back_after_a_week_is_the_same_user() {
    let mut world = deskworks().await;
    let user = world.user(ANNA);
    tell(&world, "membership.upserted", cancelled(billing())).await;
    world.run_until(at("2026-03-09T08:00:00Z")).await;

    tell(&world, "membership.upserted", membership("b2", "office", ANNA)).await;

    assert_eq!((world.groups(ANNA), world.is_suspended(ANNA), world.user(ANNA)), (vec![OFFICE], false, user));
    assert_eq!(world.users().len(), 1);
}

fn members_of(world: &World, group: u64) -> Vec<UserId> {
    world.brivo.read(|model| model.members_of(GroupId(group))).into_iter().collect()
}
