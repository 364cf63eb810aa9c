//! What strict mode finds at Brivo.

use serde_json::json;
use simulators::brivo::{Fault, Match, Misbehaviour, Options, Strictness, Times};

use crate::brivo_bench::{Bench, CONSENT, unlimited};

fn grace() -> serde_json::Value {
    json!({"firstName": "Grace", "lastName": "Hopper", "externalId": "g"})
}

#[tokio::test]
async fn a_careful_client_gives_no_cause() {
    let bench = Bench::start().await;
    bench.add_groups([1]);
    bench.get("/administrators/whoami").await;
    bench.get("/users/g/external").await;
    let (_, user) = bench.send("POST", "/users", grace()).await;
    let id = &user["id"];
    bench.send("POST", &format!("/users/{id}/groups"), json!({"addGroups": [1]})).await;
    bench.send("PATCH", &format!("/users/{id}"), json!({"firstName": "Rear Admiral Grace"})).await;
    bench.send("PUT", &format!("/groups/1/users/{id}"), json!({})).await;
    assert_eq!(bench.brivo.violations(), Vec::<String>::new());
}

#[tokio::test]
async fn an_undocumented_path_is_written_down() {
    let bench = Bench::start().await;
    bench.get("/users/5/friends").await;
    let expected = "GET /v1/api/users/5/friends: not a documented path and verb, or not simulated";
    assert_eq!(bench.brivo.violations(), [expected]);
}

#[tokio::test]
async fn an_undocumented_field_is_written_down_and_ignored() {
    let bench = Bench::start().await;
    let id = bench.add_user("Ada", "Lovelace", "a");
    let body = json!({"suspended": true, "emails": [{"address": "a@example.com", "type": "work", "primary": true}]});
    let (status, user) = bench.send("PATCH", &format!("/users/{id}"), body).await;
    assert_eq!((status, user["suspended"].as_bool()), (200, Some(false)));
    let path = format!("PATCH /v1/api/users/{id}");
    let expected = [format!("{path}: unknown field suspended"), format!("{path}: unknown field emails.primary")];
    assert_eq!(bench.brivo.violations(), expected);
}

#[tokio::test]
async fn a_missing_key_and_a_missing_bearer_are_written_down() {
    let bench = Bench::start().await;
    let url = format!("{}/v1/api/users", bench.brivo.api_url());
    bench.http.get(url).send().await.unwrap();
    let expected = ["GET /v1/api/users: without api-key", "GET /v1/api/users: without bearer token"];
    assert_eq!(bench.brivo.violations(), expected);
}

#[tokio::test]
async fn put_on_a_user_is_written_down() {
    let bench = Bench::start().await;
    let id = bench.add_user("Ada", "Lovelace", "a");
    bench.send("PUT", &format!("/users/{id}"), json!({"firstName": "Ada", "lastName": "King"})).await;
    assert_eq!(bench.brivo.violations().len(), 1);
}

const STRANGER: &str = "that the client neither made nor gave its external id";

#[tokio::test]
async fn deleting_or_suspending_a_stranger_is_written_down_and_carried_out() {
    let bench = Bench::start().await;
    let edit = |model: &mut simulators::brivo::Model, now| model.create_by_hand("Ada", "King", "ada@example.com", now);
    let id = bench.brivo.edit(edit).unwrap();
    for suspended in [true, false] {
        bench.send("PUT", &format!("/users/{id}/suspended"), json!({"suspended": suspended})).await;
    }
    bench.send("DELETE", &format!("/users/{id}"), serde_json::Value::Null).await;
    let suspending = format!("PUT /v1/api/users/{id}/suspended: changes the suspension of a user {STRANGER}");
    let deleting = format!("DELETE /v1/api/users/{id}: deletes a user {STRANGER}");
    assert_eq!(bench.brivo.violations(), [suspending.clone(), suspending, deleting]);
    assert_eq!(bench.get(&format!("/users/{id}")).await.0, 404);
}

/// A seeded external id is somebody else's, such as another integration's.
#[tokio::test]
async fn another_integrations_user_is_a_stranger_too() {
    let bench = Bench::start().await;
    let id = bench.add_user("Ada", "Lovelace", "other:1");
    bench.send("DELETE", &format!("/users/{id}"), serde_json::Value::Null).await;
    assert_eq!(bench.brivo.violations().len(), 1);
}

#[tokio::test]
async fn whom_the_client_made_or_adopted_it_may_suspend_and_delete() {
    let bench = Bench::start().await;
    let edit = |model: &mut simulators::brivo::Model, now| model.create_by_hand("Ada", "King", "ada@example.com", now);
    let adopted = bench.brivo.edit(edit).unwrap();
    bench.send("PATCH", &format!("/users/{adopted}"), json!({"externalId": "a"})).await;
    bench.get("/users/g/external").await;
    let what = Misbehaviour::AppliedThenDropped;
    bench.brivo.inject(Fault { on: Match::call("POST", "/users"), what, times: Times::Count(1) }).unwrap();
    let token = bench.access_token().await;
    assert!(bench.api_call("POST", "/users", &token).json(&grace()).send().await.is_err());
    let made = bench.brivo.read(|model| model.user_by_external_id("g")).unwrap();
    for id in [adopted, made] {
        bench.send("PUT", &format!("/users/{id}/suspended"), json!({"suspended": true})).await;
        bench.send("DELETE", &format!("/users/{id}"), serde_json::Value::Null).await;
        bench.send("DELETE", &format!("/users/{id}"), serde_json::Value::Null).await;
    }
    assert_eq!(bench.brivo.violations(), Vec::<String>::new());
}

#[tokio::test]
async fn writing_anything_but_the_external_id_makes_nobody_the_clients_own() {
    let bench = Bench::start().await;
    let id = bench.add_user("Ada", "Lovelace", "a");
    bench.send("PATCH", &format!("/users/{id}"), json!({"firstName": "Augusta"})).await;
    bench.send("DELETE", &format!("/users/{id}"), serde_json::Value::Null).await;
    assert_eq!(bench.brivo.violations().len(), 1);
}

#[tokio::test]
async fn creating_a_user_that_cannot_be_found_again_is_written_down() {
    let bench = Bench::start().await;
    bench.send("POST", "/users", json!({"firstName": "Ada", "lastName": "Lovelace"})).await;
    let expected = "POST /v1/api/users: creates a user without an external id to find it by";
    assert_eq!(bench.brivo.violations(), [expected]);
}

#[tokio::test]
async fn creating_a_user_without_looking_first_is_written_down() {
    let bench = Bench::start().await;
    bench.send("POST", "/users", grace()).await;
    let expected = "POST /v1/api/users: creates a user without looking for it first";
    assert_eq!(bench.brivo.violations(), [expected]);
}

#[tokio::test]
async fn an_attempt_with_unclear_outcome_uses_the_look_up() {
    let bench = Bench::start().await;
    let what = Misbehaviour::AppliedThenError { status: 503 };
    bench.brivo.inject(Fault { on: Match::call("POST", "/users"), what, times: Times::Count(1) }).unwrap();
    bench.get("/users/g/external").await;
    bench.send("POST", "/users", grace()).await;
    assert!(bench.brivo.violations().is_empty());
    bench.send("POST", "/users", grace()).await;
    assert_eq!(bench.brivo.violations().len(), 1);
}

#[tokio::test]
async fn an_attempt_that_surely_failed_leaves_the_look_up_standing() {
    let bench = Bench::start().await;
    let what = Misbehaviour::OverQps { retry_after_seconds: 1 };
    bench.brivo.inject(Fault { on: Match::call("POST", "/users"), what, times: Times::Count(1) }).unwrap();
    bench.get("/users/g/external").await;
    assert_eq!(bench.send("POST", "/users", grace()).await.0, 403);
    assert_eq!(bench.send("POST", "/users", grace()).await.0, 200);
    assert!(bench.brivo.violations().is_empty());
}

#[tokio::test]
async fn two_refreshes_of_one_token_at_once_are_written_down() {
    let bench = Bench::start().await;
    tokio::join!(bench.refresh(CONSENT), bench.refresh(CONSENT));
    assert_eq!(bench.brivo.violations(), ["POST /oauth/token: two refreshes of one token at the same time"]);
}

#[tokio::test]
async fn refreshing_again_after_a_lost_answer_is_careful() {
    let bench = Bench::start().await;
    let what = Misbehaviour::AppliedThenError { status: 504 };
    bench.brivo.inject(Fault { on: Match::call("POST", "/oauth/token"), what, times: Times::Count(1) }).unwrap();
    assert_eq!(bench.refresh(CONSENT).await.0, 504);
    assert_eq!(bench.refresh(CONSENT).await.0, 200);
    assert!(bench.brivo.violations().is_empty());
}

#[tokio::test]
async fn a_lenient_model_writes_nothing_down() {
    let bench = Bench::with(Options { strictness: Strictness::Lenient, ..unlimited() }).await;
    bench.get("/users/5/friends").await;
    bench.send("POST", "/users", grace()).await;
    assert!(bench.brivo.violations().is_empty());
}
