//! The presets under which leaving takes the groups and nothing else.

use super::*;

/// Ways to leave, each with what is told.
fn ways() -> [(&'static str, &'static str, Value); 4] {
    [
        ("cancelled", "membership.upserted", cancelled(billing())),
        ("ended", "membership.upserted", but(billing(), &json!({"ends": "2026-03-01"}))),
        ("inactive", "member.upserted", but(anna(), &json!({"status": "inactive"}))),
        ("removed", "member.removed", json!({"id": ANNA.to_string()})),
    ]
}

/// NEX-46, SPB-35, ORD-44, ORD-45, CWK-27, X1, INV-8: the account is kept as it is.
#[tokio::test]
async fn leaving_takes_the_groups_and_leaves_the_user_alone() {
    for platform in ["nexudus", "spacebring", "officernd", "coworks"] {
        for (way, kind, data) in ways() {
            let mut world = world_under(platform, json!({})).await;
            let user = world.user(ANNA);
            world.new_calls();

            tell(&world, kind, data).await;

            assert_eq!(world.new_writes(), ["change groups"], "{platform}, {way}");
            assert_eq!((world.groups(ANNA), world.user(ANNA)), (vec![], user), "{platform}, {way}");
            world.run_until(at("2026-03-05T08:00:00Z")).await;
            assert_eq!(world.standings(ANNA), ["08:00:00 Created"], "{platform}, {way}");
        }
    }
}

/// ORD-45: with the day passes gone as well.
#[tokio::test]
async fn with_the_day_passes_used_up_the_account_is_kept() {
    let day_pass = json!({"kind": "pass", "id": "day", "groups": [OFFICE]});
    let mut world = world_of(document("officernd", &[day_pass])).await;
    let pass = |remaining: u32| json!({"id": "p1", "pass": "day", "member": ANNA.to_string(), "remaining": remaining});
    tell(&world, "member.upserted", anna()).await;
    tell(&world, "pass.upserted", pass(1)).await;
    assert_eq!(world.groups(ANNA), [OFFICE]);
    world.new_calls();

    tell(&world, "pass.upserted", pass(0)).await;

    assert_eq!(world.new_writes(), ["change groups"]);
    assert_eq!((world.groups(ANNA), world.is_suspended(ANNA)), (vec![], false));
}

/// ORD-44, X1: a document that would have OfficeRnD delete is refused whole.
#[tokio::test]
async fn officernd_cannot_be_made_to_delete() {
    let world = world_under("officernd", json!({})).await;

    let deletes = document_with("officernd", &mappings(), json!({"deprovision": "delete"}));
    let (status, body) = world.bundle.put_tenant("harbour", &deletes).await;

    assert_eq!(status, 400, "{body}");
    assert!(body["faults"].to_string().contains("never_delete"), "{body}");
}

/// CWK-27: the same with the switch in the member's form, and changeable by one key.
#[tokio::test]
async fn door_access_switched_off_takes_the_chosen_groups_and_keeps_the_account_unless_policy_says_otherwise() {
    let choose = |groups: &[u64]| but(anna(), &json!({"door_access": {"groups": groups}}));
    for (policy, writes, suspended) in [
        (json!({}), &["change groups"][..], false),
        (json!({"deprovision": "suspend"}), &["change groups", "set suspension"][..], true),
    ] {
        let mut document = document_with("coworks", &[], policy);
        document["managed_groups"] = json!([OFFICE]);
        let mut world = world_of(document).await;
        tell(&world, "member.upserted", choose(&[OFFICE])).await;
        assert_eq!(world.groups(ANNA), [OFFICE]);
        world.new_calls();

        tell(&world, "member.upserted", choose(&[])).await;

        assert_eq!(world.new_writes(), writes);
        assert_eq!((world.groups(ANNA), world.is_suspended(ANNA)), (vec![], suspended));
    }
}
