//! A change of the leave policy.

use super::*;
use crate::bundle::{ADMIN_KEY, answer};

async fn switch(world: &mut World, deprovision: &str) {
    world.document["policy"] = json!({"deprovision": deprovision});
    world.put_tenant().await;
}

async fn ben_comes(world: &World) {
    tell(world, "member.upserted", ben()).await;
    tell(world, "membership.upserted", membership("b2", "office", BEN)).await;
}

async fn ben_leaves(world: &World) {
    tell(world, "membership.upserted", cancelled(membership("b2", "office", BEN))).await;
}

/// DWK-35: the plan is empty for whoever left before, and so is what happens.
#[tokio::test]
async fn from_suspend_to_delete_only_who_leaves_later_is_deleted() {
    let mut world = deskworks().await;
    ben_comes(&world).await;
    tell(&world, "membership.upserted", cancelled(billing())).await;
    assert!(world.is_suspended(ANNA));
    world.new_calls();

    switch(&mut world, "delete").await;
    let (status, plan) = world.bundle.api("/tenants/harbour/plan").await;
    assert_eq!((status, &plan["people"], &plan["writes"]), (200, &json!(0), &json!({})), "{plan}");
    world.run_until(at("12:30")).await;
    assert_eq!(world.new_writes(), [""; 0]);

    ben_leaves(&world).await;
    assert_eq!((world.user(ANNA).is_some(), world.user(BEN).is_some()), (true, false));
    assert!(world.is_suspended(ANNA));

    // Whoever comes back and leaves again leaves later.
    tell(&world, "membership.upserted", billing()).await;
    assert!(!world.is_suspended(ANNA));
    tell(&world, "membership.upserted", cancelled(billing())).await;
    assert_eq!(world.users().len(), 0);
}

/// DWK-35: and back: whoever still waits for the deletion is spared.
#[tokio::test]
async fn from_delete_to_suspend_who_still_waits_is_not_deleted() {
    let mut world = world_under("deskworks", json!({"deprovision": "delete", "delete_after": "PT2H"})).await;
    ben_comes(&world).await;
    tell(&world, "membership.upserted", cancelled(billing())).await;
    assert_eq!((world.users().len(), world.groups(ANNA)), (2, NONE.to_vec()));

    switch(&mut world, "suspend").await;
    world.run_until(at("18:00")).await;
    assert_eq!(world.users().len(), 2);

    ben_leaves(&world).await;
    assert_eq!((world.groups(BEN), world.is_suspended(BEN)), (vec![], true));
}

/// DWK-35: applied on purpose, after its plan was seen, the new policy acts on whoever left before as well.
#[tokio::test]
async fn applied_to_those_who_have_left_the_new_policy_acts_on_them_too() {
    let mut world = deskworks().await;
    tell(&world, "membership.upserted", cancelled(billing())).await;
    switch(&mut world, "delete").await;
    assert!(world.is_suspended(ANNA));

    let (_, plan) = world.bundle.api("/tenants/harbour/plan?leavers=all").await;
    assert_eq!(plan["people"], json!(1), "{plan}");
    assert!(world.user(ANNA).is_some());

    let chosen = json!({"hash": plan["hash"], "leavers": "all"});
    let request = world.bundle.post("/api/v1/tenants/harbour/plan/apply").bearer_auth(ADMIN_KEY).json(&chosen);
    let (status, body) = answer(request).await;
    world.settle().await;
    assert_eq!((status, world.user(ANNA).is_some()), (200, false), "{body}");
}
