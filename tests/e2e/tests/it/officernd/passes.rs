//! What day passes give.

use serde_json::{Value, json};
use simulators::officernd::Entity::Pass;

use super::{ANNA, BEN, OFFICE, Space, TEAM, maps};
use crate::{
    feed::but,
    world::{NONE, at},
};

/// A pass of Anna's with two days, since the day before the first.
fn pass(id: &str, changes: &Value) -> Value {
    let pass = json!({"_id": id, "count": 2, "usedCount": 0, "status": "valid", "member": ANNA, "location": OFFICE,
        "validFrom": "2026-03-01T00:00:00.000Z", "validTo": "2026-03-31T00:00:00.000Z"});
    but(pass, changes)
}

async fn with_passes() -> Space {
    Space::open(&[maps("pass", "day", &[501])]).await
}

/// ORD-28, ORD-30.
#[tokio::test]
async fn a_member_has_the_groups_of_day_passes_until_the_last_of_them_is_used() {
    let mut space = with_passes().await;

    space.tell(Pass, "pass.created", &pass("d1", &json!({}))).await;
    space.tell(Pass, "pass.created", &pass("d2", &json!({"count": 1}))).await;
    assert_eq!((space.world.groups(ANNA), space.world.groups(BEN)), (vec![501], NONE.to_vec()));
    space.tell(Pass, "pass.updated", &pass("d1", &json!({"usedCount": 1}))).await;
    space.tell(Pass, "pass.updated", &pass("d1", &json!({"usedCount": 2, "status": "used"}))).await;
    assert_eq!(space.world.groups(ANNA), [501], "there is one left");
    space.tell(Pass, "pass.updated", &pass("d2", &json!({"count": 1, "usedCount": 1, "status": "used"}))).await;

    assert_eq!(space.world.groups(ANNA), NONE);
    assert_eq!(space.world.stays(ANNA, 501), ["08:00:00 to 08:00:00"]);
}

/// ORD-29, ORD-31, ORD-32: a pass of the company is everybody's, from the day on which it begins to that on which it ends.
#[tokio::test]
async fn a_pass_of_the_company_lets_all_of_it_in_for_the_days_on_which_it_is_valid() {
    let mut space = with_passes().await;
    let days = json!({"member": null, "company": TEAM, "status": "pending",
        "validFrom": "2026-03-04T00:00:00.000Z", "validTo": "2026-03-05T00:00:00.000Z"});

    space.tell(Pass, "pass.created", &pass("d1", &days)).await;
    assert_eq!(space.world.groups(ANNA), NONE, "it is yet to begin");
    space.world.run_until(at("2026-03-08T00:00:00Z")).await;

    for member in [ANNA, BEN] {
        assert_eq!(space.world.stays(member, 501), ["2026-03-04T00:00:00Z to 2026-03-06T00:00:00Z"], "{member}");
    }
}
