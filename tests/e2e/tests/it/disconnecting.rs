//! Disconnecting a Brivo account: what was granted stays, or is taken away once somebody has looked at it.

use serde_json::{Value, json};
use simulators::brivo::{Change, GroupId};

use crate::{
    browser::Browser,
    bundle::{ADMIN_KEY, answer},
    connecting::{account, decide, new_link, unconnected, world_of},
    tenants::{OTHER_ROOM, ROOM},
    world::{ANNA, BEN, NONE, Setting, World, at},
};

/// ALL-15, DWK-33: disconnected and left as is, nobody loses anything and nothing is written any more; connected again, what
/// changed meanwhile is done.
#[tokio::test]
async fn an_account_can_be_disconnected_and_left_as_it_is() {
    let mut world = world_of(Setting::nexudus()).await;
    world.book(1, ROOM, ANNA, ("08:00", "10:00")).await;
    world.book(2, OTHER_ROOM, BEN, ("08:00", "15:00")).await;
    world.new_calls();

    let (status, body) = disconnect(&world, json!({"access": "leave"})).await;
    assert_eq!((status, &body["disconnected"]), (200, &json!("leave")), "{body}");
    world.run_until(at("12:00")).await;

    assert_eq!(world.all_new_calls(), Vec::<String>::new());
    assert_eq!((world.groups(ANNA), world.groups(BEN)), (vec![501], vec![502]));
    assert_eq!(account(&world).await["disconnected"], "leave");
    let access = world.access(ANNA).await;
    assert!(access["notices"][0].as_str().unwrap().contains("hq was disconnected"), "{access}");
    world.put_tenant().await;
    assert_eq!(world.new_calls(), Vec::<String>::new(), "the same document does not connect it");

    decide(&Browser::new(), &new_link(&world).await, "allow").await;
    world.settle().await;
    assert_eq!((world.groups(ANNA), world.groups(BEN)), (NONE.to_vec(), vec![502]));
    assert_eq!(account(&world).await["disconnected"], Value::Null);
}

/// ALL-15: what cannot be taken away is not said to be.
#[tokio::test]
async fn nothing_is_revoked_in_an_account_out_of_reach() {
    let world = world_of(unconnected()).await;

    let (status, body) = disconnect(&world, json!({"access": "revoke"})).await;

    assert_eq!(status, 409, "{body}");
    assert!(body["error"].as_str().unwrap().contains("connected"), "{body}");
    assert_eq!(account(&world).await["disconnected"], Value::Null);
    assert_eq!(disconnect(&world, json!({"access": "leave"})).await.0, 200);
}

/// A link from before does not connect what was disconnected after it, and an account that is taken out of the document and put
/// back stays disconnected.
#[tokio::test]
async fn what_was_disconnected_stays_so_until_somebody_connects_it_anew() {
    let world = world_of(Setting::nexudus()).await;
    let old = new_link(&world).await;
    disconnect(&world, json!({"access": "leave"})).await;

    assert_eq!(Browser::new().open(&old).await.status, 404);
    let mut document = world.document.clone();
    document["accounts"][0]["id"] = json!("annex");
    document["accounts"][0].as_object_mut().unwrap().remove("refresh_token");
    document["locations"][0]["account"] = json!("annex");
    let (status, body) = world.bundle.put_tenant("acme", &document).await;
    assert_eq!(status, 200, "{body}");
    world.put_tenant().await;
    assert_eq!(account(&world).await["disconnected"], "leave");
}

/// ALL-15, INV-4: what we granted is shown before it is taken away, and nothing else is.
#[tokio::test]
async fn an_account_can_be_disconnected_and_all_that_was_granted_taken_away() {
    let mut world = world_of(Setting::nexudus()).await;
    world.book(1, ROOM, ANNA, ("08:00", "10:00")).await;
    world.book(2, OTHER_ROOM, BEN, ("08:00", "15:00")).await;
    world.book(3, ROOM, BEN, ("16:00", "17:00")).await;
    let user = world.user(ANNA).unwrap();
    world.brivo.edit(|model, now| model.change_by_hand(user, GroupId(518), Change::Joined, now)).unwrap();
    world.new_calls();

    let (status, body) = disconnect(&world, json!({"access": "revoke"})).await;
    assert_eq!(status, 409, "{body}");
    let plan = &body["plan"];
    assert_eq!(plan["people"], 2);
    assert_eq!(plan["writes"][ANNA.to_string()][0]["write"], "remove from 501");
    let (status, _) = disconnect(&world, json!({"access": "revoke", "hash": "another"})).await;
    assert_eq!((status, world.new_calls()), (409, vec![]));

    let (status, body) = disconnect(&world, json!({"access": "revoke", "hash": plan["hash"]})).await;
    assert_eq!((status, &body["disconnected"]), (200, &json!("revoke")), "{body}");
    world.settle().await;

    assert_eq!((world.groups(ANNA), world.groups(BEN)), (vec![518], NONE.to_vec()));
    assert_eq!(world.new_writes(), ["change groups", "change groups"]);
    assert!(!world.is_suspended(ANNA) && world.standings(BEN).len() == 1);
    world.run_until(at("18:00")).await;
    assert_eq!(world.new_calls(), Vec::<String>::new(), "later bookings change nothing");
    assert_eq!(account(&world).await["connected"], false, "the tokens are forgotten");
}

pub(crate) async fn disconnect(world: &World, body: Value) -> (u16, Value) {
    let path = format!("/api/v1/tenants/{}/accounts/hq/disconnect", world.tenant);
    answer(world.bundle.post(&path).bearer_auth(ADMIN_KEY).json(&body)).await
}
