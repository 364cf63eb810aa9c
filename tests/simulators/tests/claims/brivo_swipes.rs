//! What a door does, and what is said about it.

use serde_json::{Value, json};
use simulators::brivo::{Change, GroupId, UserId};

use crate::brivo_bench::{Bench, parts};
use crate::brivo_places::built;

pub(crate) async fn post(bench: &Bench, hook: &str, body: Value) -> (u16, Value) {
    let url = format!("{}/_sim/{hook}", bench.brivo.api_url());
    parts(bench.http.post(url).json(&body).send().await.unwrap()).await
}

/// A member of the group that passes the front door, and the member's card.
pub(crate) async fn member(bench: &Bench) -> UserId {
    let user = bench.add_user("Jane", "Doe", "j");
    bench.brivo.edit(|model, now| model.change_by_hand(user, GroupId(1), Change::Joined, now)).unwrap();
    let (status, _) = post(bench, "cards", json!({"facility_code": 1, "card_number": 200, "holder": user})).await;
    assert_eq!(status, 200);
    user
}

/// What the action of a swipe with the member's card is at this door.
pub(crate) async fn swipe(bench: &Bench, door: u64) -> Value {
    present(bench, door, json!({"card": {"facility_code": 1, "card_number": 200}})).await
}

async fn present(bench: &Bench, door: u64, presented: Value) -> Value {
    let (status, swiped) = post(bench, "swipes", json!({"door": door, "presented": presented})).await;
    assert_eq!(status, 200);
    swiped["securityActionId"].clone()
}

#[tokio::test]
async fn a_member_passes_where_the_group_may_and_is_refused_elsewhere() {
    let bench = built().await;
    member(&bench).await;
    assert_eq!((swipe(&bench, 11).await, swipe(&bench, 12).await), (json!(2004), json!(5018)));
    assert_eq!(post(&bench, "swipes", json!({"door": 99, "presented": {"pin": "5279"}})).await.0, 404);
}

#[tokio::test]
async fn a_suspended_user_is_refused_and_a_reinstated_one_is_not() {
    let bench = built().await;
    let user = member(&bench).await;
    for (edit, expected) in [("suspend", 5017), ("reinstate", 2004)] {
        post(&bench, "edits", json!({"edit": edit, "user": user})).await;
        assert_eq!(swipe(&bench, 11).await, expected);
    }
}

#[tokio::test]
async fn a_card_opens_within_its_dates_alone() {
    let bench = built().await;
    let user = member(&bench).await;
    let (_, held) = bench.get(&format!("/users/{user}/credentials")).await;
    let path = format!("/users/{user}/credentials/{}", held["data"][0]["id"]);
    bench.send("PUT", &path, json!({"effectiveTo": "2026-11-21T09:01:00Z"})).await;
    assert_eq!(swipe(&bench, 11).await, 2004);
    bench.clock.advance(60);
    assert_eq!(swipe(&bench, 11).await, 5017);
}

#[tokio::test]
async fn a_pin_opens_within_its_dates_alone() {
    let bench = built().await;
    let user = member(&bench).await;
    let pin = json!({"pin": "5279", "effectiveTo": "2026-11-21T09:01:00Z"});
    bench.send("PATCH", &format!("/users/{user}"), pin).await;
    assert_eq!(present(&bench, 11, json!({"pin": "5279"})).await, 2004);
    bench.clock.advance(60);
    assert_eq!(present(&bench, 11, json!({"pin": "5279"})).await, 5017);
    assert_eq!(present(&bench, 11, json!({"pin": "8137"})).await, 5012);
}

#[tokio::test]
async fn a_pass_opens_until_it_is_taken() {
    let bench = built().await;
    let user = member(&bench).await;
    let emails = json!({"emails": [{"address": "jane@example.com", "type": "work"}]});
    bench.send("PATCH", &format!("/users/{user}"), emails).await;
    let path = format!("/users/{user}/credentials/digital-invitations");
    let (_, invitation) = bench.send("POST", &path, json!({"referenceId": "jane@example.com"})).await;
    let pass = json!({"credential": invitation["credentialId"]});
    assert_eq!(present(&bench, 11, pass.clone()).await, 5012);
    let code = json!({"referenceId": "jane@example.com", "accessCode": invitation["accessCode"]});
    assert_eq!(post(&bench, "redemptions", code).await.0, 200);
    assert_eq!(present(&bench, 11, pass.clone()).await, 2004);
    bench.send("DELETE", &format!("/users/{user}/credentials/{}", invitation["credentialId"]), Value::Null).await;
    assert_eq!(present(&bench, 11, pass).await, 5012);
}

#[tokio::test]
async fn an_unknown_card_leaves_its_bits_from_which_it_can_be_made() {
    let bench = built().await;
    assert_eq!(present(&bench, 11, json!({"bits": {"hex": "2020190", "length": 26}})).await, 5012);
    let (_, events) = bench.get("/events/access").await;
    let event = &events["data"][0];
    assert_eq!((event.get("actor"), &event["securityAction"]["exception"]), (None, &json!(true)));
    let data = &event["eventData"];
    assert_eq!((&data["unknownWeigand"], &data["credentialBitLength"]), (&json!("2020190"), &json!(26)));
    assert_eq!(data["credentials"][0]["reference_id"], "2020190");
    let body = json!({"credentialFormat": {"id": 100}, "encodedCredential": data["unknownWeigand"]});
    assert_eq!(bench.send("POST", "/credentials", body).await.0, 201);
}
