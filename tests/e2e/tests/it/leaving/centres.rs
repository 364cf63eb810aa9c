//! Two centres of one Brivo account, and two accounts.

use super::*;
use crate::tenants::{API_KEY, CLIENT_ID, CLIENT_SECRET};

const LONDON: u64 = 501;
const BERLIN: u64 = 503;

/// Two centres; `second_account` is the account that guards the second.
fn centres(second_account: &str, policy: Value) -> Value {
    let at = |centre: &str, group: u64| json!({"kind": "plan", "id": "office", "groups": [group], "location": centre});
    let mut document = document_with("deskworks", &[at("london", LONDON), at("berlin", BERLIN)], policy);
    document["locations"] = json!([
        {"id": "london", "name": "London", "time_zone": "Europe/London", "account": "hq", "site": 1},
        {"id": "berlin", "name": "Berlin", "time_zone": "Europe/Berlin", "account": second_account, "site": 2},
    ]);
    document
}

fn billing_at(id: &str, centre: &str) -> Value {
    but(membership(id, "office", ANNA), &json!({"location": centre}))
}

/// DWK-06, DWK-07: each centre gives what it lists, on one account and to one user.
#[tokio::test]
async fn two_centres_of_one_account_share_the_user_and_each_gives_its_own_groups() {
    let world = world_of(centres("hq", json!({}))).await;
    tell(&world, "member.upserted", anna()).await;

    tell(&world, "membership.upserted", billing_at("b1", "london")).await;
    assert_eq!(world.groups(ANNA), [LONDON]);
    tell(&world, "membership.upserted", billing_at("b2", "berlin")).await;
    assert_eq!(world.groups(ANNA), [LONDON, BERLIN]);
    tell(&world, "membership.upserted", cancelled(billing_at("b1", "london"))).await;

    assert_eq!((world.groups(ANNA), world.is_suspended(ANNA)), (vec![BERLIN], false));
    assert_eq!(world.users().len(), 1);
}

/// DWK-08: a change at one centre leaves what the other gives as it is, without a call for its people.
#[tokio::test]
async fn a_change_at_one_centre_costs_the_people_of_the_other_no_call() {
    let mut world = world_of(centres("hq", json!({}))).await;
    tell(&world, "member.upserted", anna()).await;
    tell(&world, "membership.upserted", billing_at("b1", "berlin")).await;
    tell(&world, "member.upserted", ben()).await;
    tell(&world, "membership.upserted", but(membership("b2", "office", BEN), &json!({"location": "london"}))).await;
    world.new_calls();

    world.document["mappings"][0]["groups"] = json!([511]);
    world.put_tenant().await;

    assert_eq!(world.new_writes(), ["change groups"]);
    assert_eq!((world.groups(ANNA), world.groups(BEN)), (vec![BERLIN], vec![511]));
}

/// DWK-29, X19, INV-8: the whole account is the scope of the decision.
#[tokio::test]
async fn a_user_is_deleted_only_when_no_centre_of_the_account_has_a_reason() {
    let world = world_of(centres("hq", json!({"deprovision": "delete"}))).await;
    tell(&world, "member.upserted", anna()).await;
    tell(&world, "membership.upserted", billing_at("b1", "london")).await;
    tell(&world, "membership.upserted", billing_at("b2", "berlin")).await;

    tell(&world, "membership.upserted", cancelled(billing_at("b1", "london"))).await;
    assert_eq!(world.groups(ANNA), [BERLIN]);
    tell(&world, "membership.upserted", cancelled(billing_at("b2", "berlin"))).await;

    assert_eq!(world.users().len(), 0);
}

/// X19: with centres that differ the mildest decides about the account.
#[tokio::test]
async fn a_centre_that_only_suspends_keeps_the_user_of_the_account() {
    let mut document = centres("hq", json!({"deprovision": "delete"}));
    document["locations"][1]["policy"] = json!({"deprovision": "suspend"});
    let world = world_of(document).await;
    tell(&world, "member.upserted", anna()).await;
    tell(&world, "membership.upserted", billing_at("b1", "london")).await;

    tell(&world, "membership.upserted", cancelled(billing_at("b1", "london"))).await;

    assert_eq!((world.users().len(), world.is_suspended(ANNA)), (1, true));
}

/// X17, X19, DWK-29: another account is another user; what happens there keeps nobody in this one.
#[tokio::test]
async fn a_reason_in_another_account_keeps_nobody_in_this_one() {
    let mut document = centres("east", json!({"deprovision": "delete", "account_scope": "location"}));
    document["accounts"].as_array_mut().unwrap().push(json!({
        "id": "east", "region": "us", "api_key": API_KEY, "client_id": CLIENT_ID,
        "client_secret": CLIENT_SECRET, "refresh_token": "planted-refresh-token-of-the-east",
    }));
    let mut world = world_of(document).await;
    // The second account cannot be reached with its token, and holds up nothing in the first.
    tell(&world, "member.upserted", anna()).await;
    tell(&world, "membership.upserted", billing_at("b1", "london")).await;
    tell(&world, "membership.upserted", billing_at("b2", "berlin")).await;
    assert_eq!(world.groups(ANNA), [LONDON]);

    tell(&world, "membership.upserted", cancelled(billing_at("b1", "london"))).await;

    assert_eq!(world.users().len(), 0);
    world.take_turns().await;
    assert!(world.access(ANNA).await["last_error"].as_str().unwrap().contains("east"));
}
