//! How a served Brivo outlives its process.

use reqwest::Client;
use serde_json::{Value, json};
use simulators::brivo::{BrivoServer, GroupId};

use crate::brivo_bench::{Bench, parts, unlimited};
use crate::clock::TestClock;

async fn opened(file: &std::path::Path, clock: TestClock) -> Bench {
    let brivo = BrivoServer::open(file.to_owned(), clock.reader(), unlimited()).await.unwrap();
    Bench { brivo, clock, http: Client::builder().no_proxy().build().unwrap() }
}

#[tokio::test]
async fn a_stopped_simulator_is_found_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("brivo.json");
    let clock = TestClock::new();
    let before = opened(&file, clock.clone()).await;
    before.register();
    before.add_groups([1]);
    let id = before.add_user("Ada", "Lovelace", "a");
    let token = before.access_token().await;
    before.send("PUT", &format!("/groups/1/users/{id}"), Value::Null).await;
    let history = before.brivo.history();
    drop(before);

    let after = opened(&file, clock).await;
    assert_eq!(after.brivo.history(), history);
    assert!(after.brivo.read(|model| model.groups_of("a").contains(&GroupId(1))));
    let response = after.api_call("GET", "/users/a/external", &token).send().await.unwrap();
    assert_eq!(parts(response).await.1["id"], json!(id));
}

#[tokio::test]
async fn a_change_is_kept_before_it_is_answered() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("brivo.json");
    let bench = opened(&file, TestClock::new()).await;
    bench.register();
    bench.send("POST", "/users", json!({"firstName": "Ada", "lastName": "Lovelace", "externalId": "a"})).await;
    let kept = std::fs::read_to_string(&file).unwrap();
    assert!(kept.contains("Lovelace"));
}

#[tokio::test]
async fn a_change_that_cannot_be_kept_is_not_confirmed() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("brivo.json");
    let bench = opened(&file, TestClock::new()).await;
    bench.register();
    let token = bench.access_token().await;
    drop(folder);
    let response = bench.api_call("DELETE", "/users/5", &token).send().await.unwrap();
    assert_eq!(response.status(), 500);
}

#[tokio::test]
async fn a_closed_server_answers_no_more_even_on_open_connections() {
    let bench = Bench::start().await;
    let Bench { brivo, http, .. } = bench;
    let url = format!("{}/_sim/calls", brivo.api_url());
    assert_eq!(http.get(&url).send().await.unwrap().status(), 200);
    drop(brivo);
    assert!(http.get(&url).send().await.is_err());
}
