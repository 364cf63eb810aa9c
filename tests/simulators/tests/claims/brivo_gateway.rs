//! What the gateway before Brivo does.

use simulators::brivo::{Host, Model, Options};
use simulators::message::Request;

use crate::brivo_bench::{Bench, CONSENT, parts, unlimited};
use simulators::clock::TestClock;

#[tokio::test]
async fn without_a_known_key_the_api_answers_developer_inactive_in_html() {
    let bench = Bench::start().await;
    let url = format!("{}/v1/api/users", bench.brivo.api_url());
    for call in [bench.http.get(&url), bench.http.get(&url).header("api-key", "other")] {
        let response = call.send().await.unwrap();
        assert_eq!(response.status(), 403);
        assert_eq!(response.headers()["x-mashery-error-code"], "ERR_403_DEVELOPER_INACTIVE");
        assert_eq!(response.text().await.unwrap(), "<h1>Developer Inactive</h1>");
    }
}

#[tokio::test]
async fn the_key_is_checked_before_path_and_token() {
    let bench = Bench::start().await;
    let url = format!("{}/v1/api/no/such/path", bench.brivo.api_url());
    assert_eq!(bench.http.get(url).send().await.unwrap().status(), 403);
}

#[tokio::test]
async fn the_auth_host_wants_the_key_too() {
    let bench = Bench::start().await;
    let url = format!("{}/oauth/token", bench.brivo.auth_url());
    let call = bench.http.post(url).basic_auth("client", Some("secret"));
    let response = call.form(&[("grant_type", "refresh_token"), ("refresh_token", CONSENT)]).send().await.unwrap();
    assert_eq!(response.status(), 403);
    assert_eq!(response.text().await.unwrap(), "<h1>Developer Inactive</h1>");
}

#[tokio::test]
async fn the_auth_host_can_be_told_not_to_want_the_key() {
    let bench = Bench::with(Options { auth_wants_api_key: false, ..unlimited() }).await;
    let url = format!("{}/oauth/token", bench.brivo.auth_url());
    let call = bench.http.post(url).basic_auth("client", Some("secret"));
    let form = [("grant_type", "refresh_token"), ("refresh_token", CONSENT)];
    assert_eq!(call.form(&form).send().await.unwrap().status(), 200);
}

#[tokio::test]
async fn an_unknown_path_or_verb_is_596_in_html_even_without_a_token() {
    let bench = Bench::start().await;
    for (method, path) in [("GET", "/no/such/path"), ("PUT", "/users"), ("GET", "/users/"), ("GET", "/users/abc")] {
        let url = format!("{}/v1/api{path}", bench.brivo.api_url());
        let call = bench.http.request(method.parse().unwrap(), url).header("api-key", "key");
        let response = call.send().await.unwrap();
        assert_eq!(response.status().as_u16(), 596, "{method} {path}");
        assert_eq!(response.text().await.unwrap(), "<h1>596 Service Not Found</h1>");
    }
}

#[tokio::test]
async fn the_call_over_the_limit_of_the_second_is_refused_until_tokens_drip_in() {
    let bench = Bench::with(Options { requests_per_second: Some(3), ..Options::default() }).await;
    let token = bench.access_token().await;
    let call = || async { bench.api_call("GET", "/groups", &token).send().await.unwrap() };
    assert_eq!(call().await.status(), 200);
    assert_eq!(call().await.status(), 200);
    let over = call().await;
    assert_eq!(over.status(), 403);
    assert_eq!(over.headers()["x-mashery-error-code"], "ERR_403_DEVELOPER_OVER_QPS");
    assert_eq!(over.headers()["retry-after"], "1");
    assert_eq!(over.text().await.unwrap(), "<h1>Developer Over Qps</h1>");
    bench.clock.advance_ms(334);
    assert_eq!(call().await.status(), 200);
    assert_eq!(call().await.status(), 403);
}

#[tokio::test]
async fn the_call_over_the_limit_of_the_month_is_refused_until_the_month_ends() {
    let bench = Bench::with(Options { requests_per_month: Some(2), ..unlimited() }).await;
    assert_eq!(bench.get("/groups").await.0, 200);
    let url = format!("{}/v1/api/groups", bench.brivo.api_url());
    let over = bench.http.get(url).header("api-key", "key").send().await.unwrap();
    assert_eq!(over.status(), 403);
    assert_eq!(over.headers()["x-mashery-error-code"], "ERR_403_DEVELOPER_OVER_RATE");
    let seconds: i64 = over.headers()["retry-after"].to_str().unwrap().parse().unwrap();
    bench.clock.advance(seconds + 1);
    assert_eq!(bench.clock.now().to_string().get(..19), Some("2026-12-01T00:00:00"));
    assert_eq!(bench.get("/groups").await.0, 200);
}

#[tokio::test]
async fn answers_of_the_api_carry_the_recorded_headers() {
    let bench = Bench::start().await;
    let token = bench.access_token().await;
    let response = bench.api_call("GET", "/groups", &token).send().await.unwrap();
    let headers = response.headers();
    assert_eq!(headers["server"], "Mashery Proxy");
    assert_eq!(headers["content-type"], "application/json;charset=UTF-8");
    assert_eq!(headers["cache-control"], "no-cache, no-store, max-age=0, must-revalidate");
    assert_eq!(headers["x-content-type-options"], "nosniff");
}

#[tokio::test]
async fn a_missing_bearer_is_unauthorized_and_an_unknown_one_an_invalid_token() {
    let bench = Bench::start().await;
    let url = format!("{}/v1/api/users", bench.brivo.api_url());
    let call = bench.http.get(&url).header("api-key", "key");
    let (status, body) = parts(call.send().await.unwrap()).await;
    assert_eq!((status, body["error"].as_str()), (401, Some("unauthorized")));
    let response = bench.api_call("GET", "/users", "made-up").send().await.unwrap();
    let (status, body) = parts(response).await;
    assert_eq!((status, body["error"].as_str()), (401, Some("invalid_token")));
}

#[test]
fn the_machine_answers_without_a_port() {
    let now = TestClock::new().now();
    let mut model = Model::new(unlimited());
    model.add_application("client", "secret", "key");
    model.accept_refresh_token("client", CONSENT, now);
    let refresh = Request::new("POST", "/oauth/token")
        .with_header("Authorization", "Basic Y2xpZW50OnNlY3JldA==")
        .with_header("api-key", "key")
        .with_body(format!("grant_type=refresh_token&refresh_token={CONSENT}"));
    let tokens = model.handle(Host::Auth, &refresh, now).into_response().unwrap().body_json();
    let list = Request::new("GET", "/v1/api/users?pageSize=5")
        .with_header("Authorization", format!("bearer {}", tokens["access_token"].as_str().unwrap()))
        .with_header("api-key", "key");
    assert_eq!(model.handle(Host::Api, &list, now).status(), Some(200));
    assert_eq!(model.violations(), Vec::<String>::new());
}
