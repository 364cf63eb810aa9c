//! Spacebring: people whose credentials staff sees to, locations with Brivo accounts of their own, and its webhooks.

use serde_json::{Value, json};
use simulators::brivo::{Change, ErrorBody, GroupId, Misbehaviour, Times};

use crate::{
    feed::{booking, but, cancelled, document, member, membership, plan, tell, world_of},
    tenants::{self, API_KEY, CLIENT_ID, CLIENT_SECRET, ROOM},
    world::{ANNA, BEN, NONE, World, at},
};

mod bookings;
mod deliver;
pub(crate) mod network;
mod subscriptions;

const MEMBERS: u64 = 501;
const ROOMS: u64 = 502;
const OF_STAFF: u64 = 518;

async fn spacebring() -> World {
    world_of(document("spacebring", &[plan("office", &[MEMBERS]), tenants::resource(ROOM, &[ROOMS])])).await
}

fn anna() -> Value {
    member(ANNA, "Anna Example", "anna@example.com")
}

fn ben() -> Value {
    member(BEN, "Ben Example", "ben@example.com")
}

/// SPB-32, R28: whoever has a user with a pass already goes on with it: nothing is made and nothing of it is touched.
#[tokio::test]
async fn a_customer_who_is_in_brivo_already_is_given_groups_and_nothing_else() {
    let mut world = spacebring().await;
    let add_by_hand = |model: &mut simulators::brivo::Model, now| {
        let user = model.create_by_hand("Anna", "Example", "anna@example.com", now);
        model.change_by_hand(user, GroupId(OF_STAFF), Change::Joined, now);
        user
    };
    let user = world.brivo.edit(add_by_hand).unwrap();
    world.run_until(at("09:10")).await;
    world.new_calls();

    tell(&world, "member.upserted", anna()).await;
    tell(&world, "membership.upserted", membership("s1", "office", ANNA)).await;

    assert_eq!((world.user(ANNA), world.groups(ANNA)), (Some(user), vec![MEMBERS, OF_STAFF]));
    let writes = world.new_writes();
    assert!(!writes.contains(&"create".to_owned()) && writes.contains(&"change groups".to_owned()), "{writes:?}");
    assert_eq!(world.users().len(), 1);
    tell(&world, "membership.upserted", cancelled(membership("s1", "office", ANNA))).await;
    assert_eq!(world.groups(ANNA), [OF_STAFF], "what staff gave is theirs");
}

/// SPB-33, SPB-34: a new person is in the groups before there is a credential, and is written to by nobody but Brivo.
#[tokio::test]
async fn a_new_person_is_in_the_groups_before_there_is_a_credential_and_is_sent_nothing() {
    let mut world = spacebring().await;

    tell(&world, "member.upserted", anna()).await;
    tell(&world, "membership.upserted", membership("s1", "office", ANNA)).await;
    tell(&world, "booking.upserted", booking("r1", ROOM, ANNA, ("10:00", "11:00"))).await;
    assert_eq!(world.groups(ANNA), [MEMBERS]);
    assert_eq!(world.groups_at("09:30:00", ANNA).await, [MEMBERS, ROOMS]);
    world.run_until(at("18:00")).await;

    let calls = world.brivo.calls();
    // It is looked now and then whether staff has given a credential.
    let names = |word: &str| calls.iter().any(|call| call.method != "GET" && call.path.contains(word));
    assert!(!names("credential") && !names("invitation") && !names("pass"), "{calls:?}");
    assert_eq!(world.new_writes(), ["create", "change groups", "change groups", "change groups"]);
}

/// Two locations, each with an account; the second's is connected with `token`.
fn two_locations(token: &str) -> Value {
    let at = |location: &str, group: u64| but(plan("office", &[group]), &json!({"location": location}));
    let mut document = document("spacebring", &[at("main", MEMBERS), at("east", OF_STAFF)]);
    document["accounts"].as_array_mut().unwrap().push(json!({
        "id": "east", "region": "us", "api_key": API_KEY, "client_id": CLIENT_ID,
        "client_secret": CLIENT_SECRET, "refresh_token": token,
    }));
    document["locations"]
        .as_array_mut()
        .unwrap()
        .push(json!({"id": "east", "name": "East", "time_zone": "Europe/London", "account": "east", "site": 2}));
    document
}

fn subscribed(id: &str, member: u64, location: &str) -> Value {
    but(membership(id, "office", member), &json!({"location": location}))
}

/// SPB-37, SPB-03, INV-9: the people of the location that is connected notice nothing, before and after.
#[tokio::test]
async fn a_location_that_is_disconnected_and_connected_again_leaves_the_others_untouched() {
    let mut world = world_of(two_locations("planted-token-that-was-withdrawn")).await;
    tell(&world, "member.upserted", anna()).await;
    tell(&world, "member.upserted", ben()).await;
    tell(&world, "membership.upserted", subscribed("s1", ANNA, "main")).await;
    tell(&world, "membership.upserted", subscribed("s2", BEN, "east")).await;

    assert_eq!((world.groups(ANNA), world.groups(BEN)), (vec![MEMBERS], NONE.to_vec()));
    assert_eq!(world.access(ANNA).await["last_error"], Value::Null);
    assert!(world.access(BEN).await["last_error"].as_str().unwrap().contains("east"));
    let (_, status) = world.bundle.api("/tenants/harbour/status").await;
    assert_eq!(
        (&status["accounts"][0]["connected"], &status["accounts"][1]["connected"]),
        (&json!(true), &json!(false))
    );

    let token = "planted-token-of-a-new-consent";
    world.brivo.edit(|model, now| model.accept_refresh_token(CLIENT_ID, token, now)).unwrap();
    world.document = two_locations(token);
    world.put_tenant().await;

    assert_eq!((world.groups(ANNA), world.groups(BEN)), (vec![MEMBERS], vec![OF_STAFF]));
    assert_eq!(world.stays(ANNA, MEMBERS), ["08:00:00 to"]);
    assert_eq!(world.access(BEN).await["last_error"], Value::Null);
}

/// ALL-05, SPB-37: what fails in one account is not tried again in the same run, though the person lacks a user in another.
#[tokio::test]
async fn trouble_in_an_account_is_met_once_in_a_run_though_a_user_is_missing_in_another() {
    let mut world = world_of(two_locations("planted-token-that-was-withdrawn")).await;
    tell(&world, "member.upserted", anna()).await;
    tell(&world, "membership.upserted", subscribed("s1", ANNA, "main")).await;
    tell(&world, "membership.upserted", subscribed("s2", ANNA, "east")).await;
    assert_eq!(world.groups(ANNA), [MEMBERS]);
    let down = Misbehaviour::ServerError { status: 503, body: ErrorBody::Json };
    world.fault(("POST", "/users/*/groups"), down, Times::Always);
    world.new_calls();

    tell(&world, "membership.upserted", cancelled(subscribed("s1", ANNA, "main"))).await;

    let writes = world.new_writes();
    assert_eq!(writes, ["change groups", "change groups"], "the call, and once more after a look");
}
