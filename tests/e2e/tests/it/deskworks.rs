//! Deskworks: its preset as it stands, told over the feed.

use serde_json::{Value, json};
use simulators::brivo::Change;

use crate::{
    feed::{but, cancelled, document, member, membership, now, of_team, plan, tell, world_of},
    tenants::{self, ROOM},
    world::{ANNA, BEN, NONE, World, at},
};

const OFFICE: u64 = 501;
const OPEN_SPACE: u64 = 502;
const ROOMS: u64 = 503;

/// Two products with a group each, one without, and a room.
async fn deskworks() -> World {
    let mappings = [
        plan("office", &[OFFICE]),
        plan("open-space", &[OPEN_SPACE]),
        plan("mailbox", &[]),
        tenants::resource(ROOM, &[ROOMS]),
    ];
    let world = world_of(document("deskworks", &mappings)).await;
    tell(&world, "member.upserted", member(ANNA, "Anna Example", "anna@example.com")).await;
    tell(&world, "member.upserted", member(BEN, "Ben Example", "ben@example.com")).await;
    world
}

async fn bill(world: &World, billing: Value) {
    tell(world, "membership.upserted", billing).await;
}

async fn anna_and_ben_are_a_company(world: &World) {
    tell(world, "team.upserted", json!({"id": "t1", "members": [ANNA.to_string(), BEN.to_string()]})).await;
}

/// DWK-09, DWK-10: the member and nobody else has the group of the product.
#[tokio::test]
async fn a_member_with_recurring_billing_is_in_the_group_of_its_product() {
    let world = deskworks().await;

    bill(&world, membership("b1", "office", ANNA)).await;
    bill(&world, membership("b2", "open-space", BEN)).await;

    assert_eq!((world.groups(ANNA), world.groups(BEN)), (vec![OFFICE], vec![OPEN_SPACE]));
    assert!(!world.is_suspended(ANNA) && !world.is_suspended(BEN));
}

/// DWK-11: the company's billing counts for everyone in it, also for whoever joins later, until they leave it.
#[tokio::test]
async fn a_co_member_has_the_group_of_the_companys_billing() {
    let world = deskworks().await;
    tell(&world, "team.upserted", json!({"id": "t1", "members": [ANNA.to_string()]})).await;

    bill(&world, of_team("b1", "office", "t1")).await;
    assert_eq!((world.groups(ANNA), world.groups(BEN)), (vec![OFFICE], vec![]));
    anna_and_ben_are_a_company(&world).await;
    assert_eq!((world.groups(ANNA), world.groups(BEN)), (vec![OFFICE], vec![OFFICE]));
    tell(&world, "team.upserted", json!({"id": "t1", "members": [BEN.to_string()]})).await;
    assert_eq!((world.groups(ANNA), world.groups(BEN)), (vec![], vec![OFFICE]));
    assert!(world.is_suspended(ANNA));
}

/// DWK-12, INV-3: both groups, and the end of one leaves the other's.
#[tokio::test]
async fn own_and_company_billing_add_up_and_end_apart() {
    let world = deskworks().await;
    anna_and_ben_are_a_company(&world).await;
    bill(&world, of_team("b1", "office", "t1")).await;

    bill(&world, membership("b2", "open-space", ANNA)).await;
    assert_eq!((world.groups(ANNA), world.groups(BEN)), (vec![OFFICE, OPEN_SPACE], vec![OFFICE]));

    bill(&world, cancelled(of_team("b1", "office", "t1"))).await;
    assert_eq!((world.groups(ANNA), world.groups(BEN)), (vec![OPEN_SPACE], vec![]));
    assert_eq!((world.is_suspended(ANNA), world.is_suspended(BEN)), (false, true));
}

/// DWK-13: neither an error for the sender nor one on the member.
#[tokio::test]
async fn a_product_without_a_group_gives_nothing_and_is_no_error() {
    let mut world = deskworks().await;
    world.new_calls();

    bill(&world, membership("b1", "mailbox", ANNA)).await;
    bill(&world, membership("b2", "never-mapped", ANNA)).await;

    assert_eq!(world.new_calls(), [""; 0]);
    assert_eq!(world.groups(ANNA), NONE);
    let access = world.access(ANNA).await;
    assert_eq!((&access["last_error"], &access["groups"]), (&Value::Null, &json!([])));
}

/// DWK-16: one call, in which the new group comes no later than the old one goes.
#[tokio::test]
async fn another_product_moves_the_member_in_one_call_without_a_gap() {
    let mut world = deskworks().await;
    bill(&world, membership("b1", "office", ANNA)).await;
    world.run_until(at("08:10")).await;
    world.new_calls();

    bill(&world, membership("b1", "open-space", ANNA)).await;
    assert_eq!(world.new_writes(), ["change groups"]);
    assert_eq!((world.stays(ANNA, OFFICE), world.stays(ANNA, OPEN_SPACE)), gapless("08:00:00", "08:10:00"));

    // So it is when the old billing ends and a new one begins in one delivery.
    world.run_until(at("08:20")).await;
    let ended = now(&world, "membership.upserted", cancelled(membership("b1", "open-space", ANNA)));
    let begun = now(&world, "membership.upserted", membership("b2", "office", ANNA));
    world.tell(&[ended, begun]).await;
    assert_eq!(world.new_writes().iter().filter(|call| *call == "change groups").count(), 1);
    assert_eq!(world.groups(ANNA), [OFFICE]);
    let last: Vec<_> = world.brivo.history().iter().rev().take(2).map(|change| change.at).collect();
    assert_eq!(last, [at("08:20"); 2]);
    assert!(world.brivo.history().iter().any(|change| change.change == Change::Left));
}

fn gapless(from: &str, at: &str) -> (Vec<String>, Vec<String>) {
    (vec![format!("{from} to {at}")], vec![format!("{at} to")])
}

/// DWK-33: a whole stay, from the first billing to the last, touches users and groups and never a fob, card or pass.
#[tokio::test]
async fn credentials_are_never_touched() {
    let mut world = deskworks().await;
    bill(&world, membership("b1", "office", ANNA)).await;
    bill(&world, membership("b1", "open-space", ANNA)).await;
    tell(&world, "member.upserted", json!({"id": ANNA.to_string(), "full_name": "Anna Married", "status": "active"}))
        .await;
    tell(&world, "member.upserted", json!({"id": ANNA.to_string(), "status": "inactive"})).await;
    tell(&world, "member.upserted", json!({"id": ANNA.to_string(), "status": "active"})).await;
    world.run_until(at("12:30")).await;
    world.document["policy"] = json!({"deprovision": "delete"});
    world.put_tenant().await;
    bill(&world, cancelled(membership("b1", "open-space", ANNA))).await;

    assert!(world.user(ANNA).is_none());
    let writes: Vec<_> = world.brivo.calls().into_iter().filter(|call| call.method != "GET").collect();
    let of_known_kind = |path: &str| {
        let segments: Vec<&str> = path.trim_start_matches("/v1/api").trim_start_matches('/').split('/').collect();
        matches!(
            segments.as_slice(),
            ["oauth", "token"] | ["users"] | ["users", _] | ["users", _, "groups" | "suspended"]
        )
    };
    assert!(writes.len() > 10 && writes.iter().all(|call| of_known_kind(&call.path)), "{writes:?}");
}

/// DWK-34: what a group opens is Brivo's: an office member is in the office's group and in no other.
#[tokio::test]
async fn a_product_is_given_as_its_group_and_nothing_else_is_asked_of_brivo() {
    let mut world = deskworks().await;
    bill(&world, but(membership("b1", "office", ANNA), &json!({"products": ["coffee"]}))).await;
    world.run_until(at("12:00")).await;

    assert_eq!(world.groups(ANNA), [OFFICE]);
    let calls = world.brivo.calls();
    assert!(calls.iter().all(|call| !call.path.contains("access-point") && !call.path.contains("sites")), "{calls:?}");
}
