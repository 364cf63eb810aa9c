//! How Brivo gives out tokens, and for how long.

use serde_json::{Value, json};
use simulators::brivo::{Options, Rotation};

use crate::brivo_bench::{Bench, CONSENT, parts, unlimited};

const FORTNIGHT_SECONDS: i64 = 1_209_600;

fn refresh_token(tokens: &Value) -> String {
    tokens["refresh_token"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_refresh_gives_both_tokens_scope_and_jti() {
    let bench = Bench::start().await;
    let (status, tokens) = bench.refresh(CONSENT).await;
    assert_eq!(status, 200);
    assert_eq!(tokens["token_type"], "bearer");
    assert_eq!(tokens["expires_in"], 300);
    assert_eq!(tokens["scope"], "brivo.api");
    assert_eq!(tokens["jti"].as_str().unwrap().len(), 36);
    assert_eq!(tokens["access_token"].as_str().unwrap().split('.').count(), 3);
    assert_ne!(tokens["refresh_token"], CONSENT);
}

#[tokio::test]
async fn parameters_may_stand_in_the_query_with_an_empty_body() {
    let bench = Bench::start().await;
    let call = bench.token_call().query(&[("grant_type", "refresh_token"), ("refresh_token", CONSENT)]);
    assert_eq!(call.send().await.unwrap().status(), 200);
}

#[tokio::test]
async fn parameters_may_stand_in_a_multipart_form() {
    let bench = Bench::start().await;
    let part = |name: &str, value: &str| {
        format!("--frontier\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
    };
    let body = [&part("grant_type", "refresh_token"), &part("refresh_token", CONSENT), "--frontier--\r\n"].concat();
    let call = bench.token_call().header("content-type", "multipart/form-data; boundary=frontier").body(body);
    assert_eq!(call.send().await.unwrap().status(), 200);
    assert_eq!(bench.brivo.violations(), Vec::<String>::new());
}

#[tokio::test]
async fn a_json_body_is_not_read() {
    let bench = Bench::start().await;
    let call = bench.token_call().json(&json!({"grant_type": "refresh_token", "refresh_token": CONSENT}));
    let (status, body) = parts(call.send().await.unwrap()).await;
    assert_eq!((status, body["error"].as_str()), (400, Some("invalid_request")));
}

#[tokio::test]
async fn missing_and_wrong_basic_are_refused_in_two_styles() {
    let bench = Bench::start().await;
    let url = format!("{}/oauth/token", bench.brivo.auth_url());
    let none = bench.http.post(&url).header("api-key", "key").send().await.unwrap();
    let (status, body) = parts(none).await;
    assert_eq!((status, body["error"].as_str()), (401, Some("unauthorized")));
    let wrong = bench.http.post(&url).header("api-key", "key").basic_auth("client", Some("guess"));
    let (status, body) = parts(wrong.send().await.unwrap()).await;
    assert_eq!(status, 401);
    let expected =
        json!({"status": 401, "error": "Unauthorized", "message": "Bad credentials", "path": "/oauth/token"});
    assert_eq!(body, expected);
}

#[tokio::test]
async fn an_unknown_refresh_token_is_an_invalid_grant() {
    let bench = Bench::start().await;
    let (status, body) = bench.refresh("made-up").await;
    assert_eq!(status, 401);
    assert_eq!(body, json!({"error": "invalid_grant", "error_description": "Bad credentials"}));
}

#[tokio::test]
async fn client_credentials_are_not_supported() {
    let bench = Bench::start().await;
    let call = bench.token_call().form(&[("grant_type", "client_credentials")]);
    let (status, body) = parts(call.send().await.unwrap()).await;
    assert_eq!((status, body["error"].as_str()), (400, Some("unsupported_grant_type")));
}

#[tokio::test]
async fn the_password_grant_takes_the_administrator_id() {
    let bench = Bench::start().await;
    bench.brivo.edit(|model, _| model.add_administrator("admin7", "open sesame")).unwrap();
    let form = |password: &'static str| [("grant_type", "password"), ("username", "admin7"), ("password", password)];
    let right = bench.token_call().form(&form("open sesame")).send().await.unwrap();
    assert_eq!(right.status(), 200);
    let wrong = bench.token_call().form(&form("guess")).send().await.unwrap();
    assert_eq!(wrong.status(), 401);
}

#[tokio::test]
async fn an_access_token_ends_with_its_seconds() {
    let bench = Bench::with(Options { access_token_seconds: 60, ..unlimited() }).await;
    let token = bench.access_token().await;
    bench.clock.advance(59);
    assert_eq!(bench.api_call("GET", "/users", &token).send().await.unwrap().status(), 200);
    bench.clock.advance(1);
    assert_eq!(bench.api_call("GET", "/users", &token).send().await.unwrap().status(), 401);
}

#[tokio::test]
async fn a_refresh_token_ends_after_fourteen_days() {
    let bench = Bench::start().await;
    bench.clock.advance(FORTNIGHT_SECONDS);
    assert_eq!(bench.refresh(CONSENT).await.0, 401);
}

#[tokio::test]
async fn each_refresh_starts_fourteen_new_days() {
    let bench = Bench::start().await;
    bench.clock.advance(FORTNIGHT_SECONDS - 1);
    let (_, tokens) = bench.refresh(CONSENT).await;
    bench.clock.advance(FORTNIGHT_SECONDS - 1);
    assert_eq!(bench.refresh(&refresh_token(&tokens)).await.0, 200);
}

#[tokio::test]
async fn in_grace_a_used_refresh_token_works_a_little_longer() {
    let bench = Bench::with(Options { rotation: Rotation::Grace { seconds: 60 }, ..unlimited() }).await;
    bench.refresh(CONSENT).await;
    bench.clock.advance(59);
    assert_eq!(bench.refresh(CONSENT).await.0, 200);
    bench.clock.advance(1);
    assert_eq!(bench.refresh(CONSENT).await.0, 401);
}

#[tokio::test]
async fn under_strict_rotation_a_used_refresh_token_is_spent() {
    let bench = Bench::with(Options { rotation: Rotation::Strict, ..unlimited() }).await;
    let (_, tokens) = bench.refresh(CONSENT).await;
    assert_eq!(bench.refresh(CONSENT).await.0, 401);
    assert_eq!(bench.refresh(&refresh_token(&tokens)).await.0, 200);
}

#[tokio::test]
async fn accepting_a_known_refresh_token_again_does_not_revive_it() {
    let bench = Bench::with(Options { rotation: Rotation::Strict, ..unlimited() }).await;
    bench.refresh(CONSENT).await;
    bench.register();
    assert_eq!(bench.refresh(CONSENT).await.0, 401);
}

#[tokio::test]
async fn without_rotation_a_used_refresh_token_keeps_working() {
    let bench = Bench::with(Options { rotation: Rotation::KeepsWorking, ..unlimited() }).await;
    bench.refresh(CONSENT).await;
    bench.clock.advance(FORTNIGHT_SECONDS / 2);
    assert_eq!(bench.refresh(CONSENT).await.0, 200);
}
