//! The keys of the deployment: the data keys and their rotation, and the Brivo API key for all.

use std::{fs, os::unix::fs::PermissionsExt};

use serde_json::{Value, json};

use crate::{
    bundle::{ADMIN_KEY, Answer, Bundle, answer},
    feed::{document, member, membership, plan, tell},
    tenants::{API_KEY, CLIENT_ID, CLIENT_SECRET, OTHER_ROOM, ROOM},
    world::{ANNA, NONE, Setting, World, at, private_file},
};

const DAY: u64 = 501;

async fn under_older_keys(world: &World) -> Value {
    let (_, status) = world.bundle.api(&format!("/tenants/{}/status", world.tenant)).await;
    status["secrets"]["under_older_keys"].clone()
}

/// After a rotation all goes on as before, and the old key can be dropped once nothing needs it.
#[tokio::test]
async fn the_data_key_can_be_rotated_and_the_old_one_dropped() {
    let mut world = World::of(Setting { keeps_data: true, ..Setting::nexudus() }).await;
    world.book(1, ROOM, ANNA, ("08:00", "10:00")).await;
    let data = world.data().clone();
    let (done, complaint) = Bundle::command(&["new-data-key"], &data);
    assert!(!done && complaint.contains("stop it first"), "{complaint}");

    world.bundle.kill();
    assert_eq!(Bundle::command(&["new-data-key"], &data), (true, String::new()));
    let (done, complaint) = Bundle::command(&["drop-old-data-keys"], &data);
    assert!(!done && complaint.contains("start the bundle once"), "{complaint}");
    world.restart();

    assert_eq!(under_older_keys(&world).await, 0);
    world.book(2, OTHER_ROOM, ANNA, ("08:00", "10:00")).await;
    assert_eq!(world.groups(ANNA), [501, 502]);
    world.bundle.kill();
    let (done, complaint) = Bundle::command(&["drop-old-data-keys"], &data);
    assert!(done, "{complaint}");
    let about = |name: &str| fs::metadata(data.join(name)).unwrap();
    assert_eq!(about("data.key").len(), 32);
    let others = [about("data.key"), about("state.db")].map(|file| file.permissions().mode() & 0o077);
    assert_eq!(others, [0, 0], "what is kept is for nobody else to read");
    world.restart();
    world.run_until(at("10:15")).await;
    assert_eq!(world.groups(ANNA), NONE);
}

/// A key that is gone is told where somebody looks, with what to do, and doing it mends all.
#[tokio::test]
async fn a_lost_data_key_is_told_and_the_document_put_again_mends_it() {
    let mut world = World::of(Setting { keeps_data: true, ..Setting::nexudus() }).await;
    world.book(1, ROOM, ANNA, ("09:00", "10:00")).await;
    world.bundle.kill();
    private_file(&world.data().join("data.key"), "another key of 32 bytes, no less");
    world.restart();

    world.run_until(at("08:55")).await;
    let error = world.access(ANNA).await["last_error"].as_str().unwrap().to_owned();
    assert!(error.contains("put that key back, or give the secret anew"), "{error}");
    assert_ne!(under_older_keys(&world).await, 0);
    world.reconnect("planted-refresh-token-after-the-loss").await;
    world.run_until(at("09:10")).await;

    assert_eq!(world.groups(ANNA), [501]);
    assert_eq!(under_older_keys(&world).await, 0);
}

/// A tenant whose account names no key.
fn without_key(platform: &str, vendor_key: Option<&'static str>) -> Setting {
    let mut document = document(platform, &[plan("day", &[DAY])]);
    document["accounts"][0].as_object_mut().unwrap().remove("api_key");
    Setting { vendor_key, ..Setting::of(document) }
}

async fn gives_access(world: &World) {
    tell(world, "member.upserted", member(ANNA, "Anna Example", "anna@example.com")).await;
    tell(world, "membership.upserted", membership("s1", "day", ANNA)).await;
}

async fn link(world: &World) -> Answer {
    let path = format!("/api/v1/tenants/{}/accounts/hq/link", world.tenant);
    answer(world.bundle.post(&path).bearer_auth(ADMIN_KEY)).await
}

async fn offer(world: &World, key: &str) -> Answer {
    let call = world.bundle.post("/api/v1/brivo-api-key").bearer_auth(ADMIN_KEY);
    answer(call.json(&json!({"api_key": key}))).await
}

/// The same where the policy says so and not the preset.
fn held_by_vendor(mut setting: Setting) -> Setting {
    setting.document["policy"] = json!({"api_key": "vendor"});
    setting
}

/// CWK-02: whoever runs Latchwork holds one key for all, and the operator never types it.
#[tokio::test]
async fn an_operator_needs_no_key_where_one_is_held_for_all() {
    let world = World::of(held_by_vendor(without_key("deskworks", Some(API_KEY)))).await;

    gives_access(&world).await;

    assert_eq!(world.groups(ANNA), [DAY]);
    assert_eq!(link(&world).await.0, 200);
    let coworks = World::of(without_key("coworks", Some(API_KEY))).await;
    assert_eq!(link(&coworks).await.0, 200, "it is the preset of Coworks");
}

/// CWK-02: a missing activation is explained with the dealer step, where the operator looks and where the member is looked up.
#[tokio::test]
async fn a_missing_activation_is_explained_with_the_dealer_step() {
    let world = World::of(held_by_vendor(without_key("deskworks", None))).await;
    gives_access(&world).await;

    let (status, refused) = link(&world).await;
    let access = world.access(ANNA).await;
    let (_, preflight) = world.bundle.api("/tenants/harbour/accounts/hq/preflight").await;

    assert_eq!(status, 400, "{refused}");
    for told in [refused.to_string(), access["last_error"].to_string(), preflight.to_string()] {
        assert!(told.contains("accounts.hq.api_key (or one that whoever runs Latchwork holds"), "{told}");
        assert!(told.contains("your Brivo dealer activates API access"), "{told}");
    }
    assert_eq!(world.groups(ANNA), NONE);
}

/// NEX-02, CWK-02: the key for all is not for operators who are to bring their own.
#[tokio::test]
async fn an_operator_who_is_to_bring_a_key_is_told_so() {
    for platform in ["nexudus", "deskworks", "spacebring", "officernd"] {
        let world = World::of(without_key(platform, Some(API_KEY))).await;

        let (status, body) = link(&world).await;

        assert_eq!(status, 400, "{platform}");
        assert_eq!(body["error"], "accounts.hq.api_key is missing in the tenant document", "{platform}");
    }
}

/// CWK-02, ORD-03: a new key for all is tried with connected accounts before it takes the old one's place, and comes back sealed.
#[tokio::test]
async fn a_new_key_for_all_is_tried_before_the_swap() {
    let setting = held_by_vendor(without_key("deskworks", Some(API_KEY)));
    let mut world = World::of(Setting { keeps_data: true, ..setting }).await;
    gives_access(&world).await;

    let (status, refused) = offer(&world, "planted-key-of-nobody").await;
    assert_eq!(status, 400, "{refused}");
    assert!(refused["error"].as_str().unwrap().starts_with("account hq of tenant harbour: Brivo does not accept"));
    assert_eq!(offer(&world, "").await.0, 400);
    world.brivo.edit(|model, _| model.add_application(CLIENT_ID, CLIENT_SECRET, "planted-new-key")).unwrap();
    let (status, taken) = offer(&world, "planted-new-key").await;

    assert_eq!((status, &taken["tried"], &taken["left"]), (200, &json!(1), &json!(0)), "{taken}");
    assert!(taken["sealed"].as_str().unwrap().starts_with("lw1."), "{taken}");
    assert!(!taken.to_string().contains("planted-new-key"));
    private_file(world.flags.brivo_api_key_file.as_ref().unwrap(), "planted-new-key\n");
    world.restart();
    world.new_calls();
    tell(&world, "membership.removed", json!({"id": "s1"})).await;
    assert_eq!(world.groups(ANNA), NONE);
}

/// CWK-02, ORD-03: an account that goes over to a key of its own has that tried first as well.
#[tokio::test]
async fn an_own_key_in_place_of_that_for_all_is_tried_first() {
    let world = World::of(held_by_vendor(without_key("deskworks", Some(API_KEY)))).await;
    let mut document = world.document.clone();
    document["accounts"][0]["api_key"] = json!("planted-key-of-nobody");

    let (status, body) = world.bundle.put_tenant("harbour", &document).await;

    assert_eq!(status, 400, "{body}");
    assert!(body["faults"][0].as_str().unwrap().starts_with("accounts.hq.api_key: Brivo does not accept it"), "{body}");
    gives_access(&world).await;
    assert_eq!(world.groups(ANNA), [DAY]);
}
