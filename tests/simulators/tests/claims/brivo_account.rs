//! The users of a Brivo account.

use serde_json::{Value, json};

use crate::brivo_bench::Bench;

fn ada() -> Value {
    json!({
        "firstName": "Ada",
        "middleName": "K",
        "lastName": "Lovelace",
        "externalId": "nexudus:3032",
        "pin": "5279",
        "emails": [{"address": "ada@example.com", "type": "work"}],
    })
}

async fn created(bench: &Bench) -> u64 {
    let (status, user) = bench.send("POST", "/users", ada()).await;
    assert_eq!(status, 200);
    user["id"].as_u64().unwrap()
}

#[tokio::test]
async fn creating_a_user_answers_200_with_the_user_and_whole_seconds() {
    let bench = Bench::start().await;
    let (status, user) = bench.send("POST", "/users", ada()).await;
    assert_eq!(status, 200);
    assert_eq!(user["externalId"], "nexudus:3032");
    assert_eq!(user["suspended"], false);
    assert_eq!(user["created"], "2026-11-21T09:00:00Z");
    assert_eq!(user["emails"], json!([{"address": "ada@example.com", "type": "work"}]));
}

#[tokio::test]
async fn members_without_a_value_are_left_out() {
    let bench = Bench::start().await;
    let (_, user) = bench.send("POST", "/users", json!({"firstName": "Ada", "lastName": "Lovelace"})).await;
    let absent = ["externalId", "middleName", "pin", "effectiveFrom", "emails", "phoneNumbers", "customFields"];
    assert!(absent.iter().all(|name| user.get(name).is_none()), "{user}");
}

#[tokio::test]
async fn custom_fields_are_empty_on_reading_and_absent_after_creation() {
    let bench = Bench::start().await;
    let id = created(&bench).await;
    let (_, user) = bench.get(&format!("/users/{id}")).await;
    assert_eq!(user["customFields"], json!([]));
}

#[tokio::test]
async fn a_user_needs_both_names() {
    let bench = Bench::start().await;
    for body in [json!({"firstName": "Ada"}), json!({"firstName": "", "lastName": "Lovelace"}), json!([])] {
        let (status, refusal) = bench.send("POST", "/users", body).await;
        assert_eq!(status, 400);
        assert_eq!(refusal, json!({"code": 400, "message": "Invalid criteria provided"}));
    }
}

#[tokio::test]
async fn an_external_id_is_unique_in_the_account() {
    let bench = Bench::start().await;
    created(&bench).await;
    assert_eq!(bench.send("POST", "/users", ada()).await.0, 400);
    let other = bench.add_user("Charles", "Babbage", "other");
    let taken = json!({"externalId": "nexudus:3032"});
    assert_eq!(bench.send("PATCH", &format!("/users/{other}"), taken).await.0, 400);
}

#[tokio::test]
async fn a_number_as_external_id_comes_back_as_text() {
    let bench = Bench::start().await;
    let body = json!({"firstName": "Ada", "lastName": "Lovelace", "externalId": 3032});
    let (_, user) = bench.send("POST", "/users", body).await;
    assert_eq!(user["externalId"], "3032");
}

#[tokio::test]
async fn a_user_is_found_by_its_encoded_external_id() {
    let bench = Bench::start().await;
    let id = bench.add_user("Ada", "Lovelace", "space/a b+c:ö");
    let (status, user) = bench.get("/users/space%2Fa%20b+c%3A%C3%B6/external").await;
    assert_eq!((status, user["id"].as_u64()), (200, Some(id.0)));
    let (status, refusal) = bench.get("/users/unknown/external").await;
    assert_eq!((status, refusal["message"].as_str()), (404, Some("User not found")));
}

#[tokio::test]
async fn patch_keeps_what_it_does_not_mention() {
    let bench = Bench::start().await;
    let id = created(&bench).await;
    bench.clock.advance(60);
    let (status, user) = bench.send("PATCH", &format!("/users/{id}"), json!({"lastName": "King"})).await;
    assert_eq!((status, user["lastName"].as_str()), (200, Some("King")));
    assert_eq!((user["firstName"].as_str(), user["pin"].as_str()), (Some("Ada"), Some("5279")));
    assert_eq!(user["updated"], "2026-11-21T09:01:00Z");
}

#[tokio::test]
async fn patch_replaces_a_list_whole() {
    let bench = Bench::start().await;
    let id = created(&bench).await;
    let emails = json!([{"address": "new@example.com", "type": "home"}]);
    let (_, user) = bench.send("PATCH", &format!("/users/{id}"), json!({"emails": emails})).await;
    assert_eq!(user["emails"], emails);
}

#[tokio::test]
async fn put_drops_what_it_does_not_repeat_but_keeps_groups_and_suspension() {
    let bench = Bench::start().await;
    bench.add_groups([1]);
    let id = created(&bench).await;
    bench.send("PUT", &format!("/groups/1/users/{id}"), Value::Null).await;
    bench.send("PUT", &format!("/users/{id}/suspended"), json!({"suspended": true})).await;
    let body = json!({"firstName": "Ada", "lastName": "King"});
    let (status, user) = bench.send("PUT", &format!("/users/{id}"), body).await;
    assert_eq!(status, 200);
    assert!(user.get("pin").is_none() && user.get("externalId").is_none() && user.get("emails").is_none());
    assert_eq!(user["suspended"], true);
    assert_eq!(bench.get(&format!("/users/{id}/groups")).await.1["count"], 1);
}

#[tokio::test]
async fn suspension_is_a_resource_of_its_own() {
    let bench = Bench::start().await;
    let id = created(&bench).await;
    let path = format!("/users/{id}/suspended");
    let answer = bench.send("PUT", &path, json!({"suspended": true})).await;
    assert_eq!(answer, (200, json!({"id": id, "suspended": true})));
    assert_eq!(bench.get(&path).await, (200, json!({"id": id, "suspended": true})));
    assert_eq!(bench.send("PUT", &path, json!({})).await.0, 400);
    assert_eq!(bench.get("/users/1/suspended").await.0, 404);
}

#[tokio::test]
async fn deleting_a_user_ends_its_memberships_and_frees_its_external_id() {
    let bench = Bench::start().await;
    bench.add_groups([1]);
    let id = created(&bench).await;
    bench.send("PUT", &format!("/groups/1/users/{id}"), Value::Null).await;
    assert_eq!(bench.send("DELETE", &format!("/users/{id}"), Value::Null).await.0, 204);
    assert_eq!(bench.get(&format!("/users/{id}")).await.0, 404);
    assert_eq!(bench.send("DELETE", &format!("/users/{id}"), Value::Null).await.0, 404);
    assert_eq!(bench.brivo.history().len(), 2);
    assert_ne!(created(&bench).await, id);
}
