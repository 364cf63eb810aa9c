//! What can go wrong on order at Brivo.

use std::time::Duration;

use serde_json::{Value, json};
use simulators::brivo::{ErrorBody, Fault, Match, Misbehaviour, Times};

use crate::brivo_bench::{Bench, parts};

/// The status of a write to the groups of a new user under a fault, and whether it was carried out.
async fn struck(what: Misbehaviour) -> (reqwest::Result<reqwest::Response>, bool) {
    let bench = Bench::start().await;
    bench.add_groups([1]);
    let id = bench.add_user("Ada", "Lovelace", "a");
    let token = bench.access_token().await;
    bench.brivo.inject(Fault { on: Match::call("POST", "/users/*/groups"), what, times: Times::Always }).unwrap();
    let call = bench.api_call("POST", &format!("/users/{id}/groups"), &token);
    let call = call.json(&json!({"addGroups": [1]})).timeout(Duration::from_millis(200));
    let outcome = call.send().await;
    (outcome, !bench.brivo.history().is_empty())
}

#[tokio::test]
async fn a_server_error_strikes_before_anything_is_done() {
    for (body, start) in [(ErrorBody::Json, "{"), (ErrorBody::Html, "<html>"), (ErrorBody::Empty, "")] {
        let (outcome, applied) = struck(Misbehaviour::ServerError { status: 503, body }).await;
        let response = outcome.unwrap();
        assert_eq!((response.status().as_u16(), applied), (503, false));
        assert!(response.text().await.unwrap().starts_with(start));
    }
}

#[tokio::test]
async fn an_error_may_hide_a_write_that_was_carried_out() {
    let (outcome, applied) = struck(Misbehaviour::AppliedThenError { status: 504 }).await;
    assert_eq!((outcome.unwrap().status().as_u16(), applied), (504, true));
}

#[tokio::test]
async fn a_connection_may_close_without_answer_after_the_write() {
    let (outcome, applied) = struck(Misbehaviour::AppliedThenDropped).await;
    let error = outcome.unwrap_err();
    assert!(error.is_request() && !error.is_timeout() && !error.is_decode(), "{error:?}");
    assert!(applied);
}

#[tokio::test]
async fn a_write_without_answer_is_carried_out_once_also_on_a_reused_connection() {
    let bench = Bench::start().await;
    let token = bench.access_token().await;
    assert_eq!(bench.api_call("GET", "/users", &token).send().await.unwrap().status(), 200);
    let what = Misbehaviour::AppliedThenDropped;
    bench.brivo.inject(Fault { on: Match::writes(), what, times: Times::Always }).unwrap();
    let call = bench.api_call("POST", "/users", &token);
    call.json(&json!({"firstName": "Ada", "lastName": "Lovelace"})).send().await.unwrap_err();
    assert_eq!(bench.get("/users").await.1["count"], 1);
}

#[tokio::test]
async fn an_answer_may_never_come_with_or_without_the_write() {
    let (outcome, applied) = struck(Misbehaviour::Hang).await;
    assert!(outcome.unwrap_err().is_timeout() && !applied);
    let (outcome, applied) = struck(Misbehaviour::AppliedThenHang).await;
    assert!(outcome.unwrap_err().is_timeout() && applied);
}

#[tokio::test]
async fn the_gateway_may_find_too_many_calls() {
    let cases = [
        (Misbehaviour::OverQps { retry_after_seconds: 2 }, 403, "ERR_403_DEVELOPER_OVER_QPS", "2"),
        (Misbehaviour::OverRate { retry_after_seconds: 86_400 }, 403, "ERR_403_DEVELOPER_OVER_RATE", "86400"),
        (Misbehaviour::TooMany, 429, "ERR_403_DEVELOPER_OVER_QPS", "1"),
    ];
    for (what, status, code, retry_after) in cases {
        let (outcome, applied) = struck(what).await;
        let response = outcome.unwrap();
        assert_eq!((response.status().as_u16(), applied), (status, false));
        assert_eq!(response.headers()["x-mashery-error-code"], code);
        assert_eq!(response.headers()["retry-after"], retry_after);
    }
}

#[tokio::test]
async fn key_token_and_teapot_may_be_refused_out_of_the_blue() {
    let cases =
        [(Misbehaviour::DeveloperInactive, 403), (Misbehaviour::TokenRefused, 401), (Misbehaviour::Teapot, 418)];
    for (what, status) in cases {
        let (outcome, applied) = struck(what).await;
        assert_eq!((outcome.unwrap().status().as_u16(), applied), (status, false));
    }
}

#[tokio::test]
async fn a_good_status_may_come_with_a_useless_body() {
    for (what, expected) in
        [(Misbehaviour::HtmlBody, "<html><body><h1>200</h1></body></html>"), (Misbehaviour::EmptyBody, "")]
    {
        let (outcome, applied) = struck(what).await;
        let response = outcome.unwrap();
        assert_eq!((response.status().as_u16(), applied), (200, true));
        assert_eq!(response.text().await.unwrap(), expected);
    }
}

#[tokio::test]
async fn a_fault_on_writes_spares_reads_and_the_token_endpoint() {
    let bench = Bench::start().await;
    bench.brivo.inject(Fault { on: Match::writes(), what: Misbehaviour::Teapot, times: Times::Always }).unwrap();
    assert_eq!(bench.get("/users").await.0, 200);
    assert_eq!(bench.send("DELETE", "/users/5", Value::Null).await.0, 418);
}

#[tokio::test]
async fn a_counted_fault_wears_off() {
    let bench = Bench::start().await;
    let what = Misbehaviour::TokenRefused;
    bench.brivo.inject(Fault { on: Match::call("GET", "/users"), what, times: Times::Count(2) }).unwrap();
    let mut statuses = Vec::new();
    for _ in 0..3 {
        statuses.push(bench.get("/users").await.0);
    }
    assert_eq!(statuses, [401, 401, 200]);
}

#[tokio::test]
async fn a_fault_by_chance_strikes_alike_for_the_same_seed() {
    let mut runs = Vec::new();
    for _ in 0..2 {
        let bench = Bench::start().await;
        let times = Times::Percent { percent: 50, seed: 7 };
        let what = Misbehaviour::Teapot;
        bench.brivo.inject(Fault { on: Match::call("GET", "/**"), what, times }).unwrap();
        let token = bench.access_token().await;
        let mut statuses = Vec::new();
        for _ in 0..20 {
            let response = bench.api_call("GET", "/groups", &token).send().await.unwrap();
            statuses.push(parts(response).await.0);
        }
        assert!(statuses.contains(&418) && statuses.contains(&200));
        runs.push(statuses);
    }
    assert_eq!(runs[0], runs[1]);
}
