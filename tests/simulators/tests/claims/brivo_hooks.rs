//! What tests may ask of a served Brivo beside its API.

use serde_json::{Value, json};

use crate::brivo_bench::{Bench, CONSENT, hook, post_hook};

#[tokio::test]
async fn groups_and_faults_can_be_ordered_and_history_read_without_keys() {
    let bench = Bench::start().await;
    assert_eq!(post_hook(&bench, "groups", json!({"id": 7, "name": "Members"})).await, 204);
    let id = bench.add_user("Ada", "Lovelace", "a");
    bench.send("PUT", &format!("/groups/7/users/{id}"), Value::Null).await;
    let fault = json!({"on": {"methods": "writes"}, "what": {"server_error": {"status": 503, "body": "json"}}});
    assert_eq!(post_hook(&bench, "faults", fault).await, 204);
    assert_eq!(bench.send("DELETE", &format!("/groups/7/users/{id}"), Value::Null).await.0, 503);
    let change = json!({
        "at": bench.clock.now(), "user": id, "external_id": "a", "group": 7, "change": "joined",
    });
    assert_eq!(hook(&bench, "history").await, json!([change]));
    assert_eq!(hook(&bench, "violations").await, json!([]));
}

#[tokio::test]
async fn calls_are_listed_without_the_secrets_of_the_token_endpoint() {
    let bench = Bench::start().await;
    let call = bench.token_call().query(&[("grant_type", "refresh_token"), ("refresh_token", CONSENT)]);
    call.send().await.unwrap();
    bench.get("/users?pageSize=5").await;
    let calls = hook(&bench, "calls").await;
    assert!(!calls.to_string().contains(CONSENT));
    let last = calls.as_array().unwrap().last().unwrap();
    let expected = json!({
        "at": bench.clock.now(), "host": "api", "method": "GET", "path": "/v1/api/users?pageSize=5", "status": 200,
    });
    assert_eq!(*last, expected);
}
