//! The two ways to log in at Nexudus.

use serde_json::json;

use crate::brivo_bench::parts;
use crate::nexudus_bench::Bench;

const PASSWORD_FORM: [(&str, &str); 3] =
    [("grant_type", "password"), ("username", "admin@example.com"), ("password", "pass:word")];

#[tokio::test]
async fn basic_login_works_on_every_path_and_a_bad_one_is_401() {
    let bench = Bench::start().await;
    assert_eq!(bench.get("/spaces/coworkers").await.0, 200);
    let url = format!("{}/spaces/coworkers", bench.nexudus.base_url());
    assert_eq!(bench.http.get(&url).send().await.unwrap().status(), 401);
    let wrong = bench.http.get(&url).basic_auth("admin@example.com", Some("guess"));
    assert_eq!(wrong.send().await.unwrap().status(), 401);
}

#[tokio::test]
async fn a_missing_role_is_401() {
    let bench = Bench::start().await;
    bench.nexudus.edit(|model, _| model.add_restricted_administrator("bridge@example.com", "word", &["Coworker-Read"]));
    let status = async |path: &str| {
        let url = format!("{}{path}", bench.nexudus.base_url());
        bench.http.get(url).basic_auth("bridge@example.com", Some("word")).send().await.unwrap().status().as_u16()
    };
    assert_eq!(status("/spaces/coworkers/3033").await, 200);
    assert_eq!(status("/spaces/coworkers/?id=[3033]").await, 200);
    assert_eq!(status("/spaces/coworkers").await, 401);
    assert_eq!(status("/spaces/bookings/900").await, 401);
}

#[tokio::test]
async fn the_token_endpoint_reads_a_form_and_gives_seven_days() {
    let bench = Bench::start().await;
    let url = format!("{}/token", bench.nexudus.base_url());
    let (status, tokens) = parts(bench.http.post(&url).form(&PASSWORD_FORM).send().await.unwrap()).await;
    assert_eq!((status, tokens["expires_in"].as_i64()), (200, Some(604_799)));
    let bearer = tokens["access_token"].as_str().unwrap();
    let list = format!("{}/spaces/coworkers", bench.nexudus.base_url());
    assert_eq!(bench.http.get(&list).bearer_auth(bearer).send().await.unwrap().status(), 200);
    bench.clock.advance(604_799);
    assert_eq!(bench.http.get(&list).bearer_auth(bearer).send().await.unwrap().status(), 401);
}

#[tokio::test]
async fn a_json_body_is_an_unsupported_grant_type() {
    let bench = Bench::start().await;
    let url = format!("{}/token", bench.nexudus.base_url());
    let body = json!({"grant_type": "password", "username": "admin@example.com", "password": "pass:word"});
    let answer = parts(bench.http.post(&url).json(&body).send().await.unwrap()).await;
    assert_eq!(answer, (400, json!({"error": "unsupported_grant_type"})));
}

#[tokio::test]
async fn a_refresh_wants_the_client_id_of_the_first_call() {
    let bench = Bench::start().await;
    let url = format!("{}/token", bench.nexudus.base_url());
    let mut form = PASSWORD_FORM.to_vec();
    form.push(("client_id", "latchwork"));
    let (_, tokens) = parts(bench.http.post(&url).form(&form).send().await.unwrap()).await;
    let mut form = vec![("grant_type", "refresh_token"), ("refresh_token", tokens["refresh_token"].as_str().unwrap())];
    assert_eq!(bench.http.post(&url).form(&form).send().await.unwrap().status(), 400);
    form.push(("client_id", "latchwork"));
    assert_eq!(bench.http.post(&url).form(&form).send().await.unwrap().status(), 200);
}
