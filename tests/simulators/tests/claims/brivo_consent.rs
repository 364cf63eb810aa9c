//! How an administrator lets an application in, and what the code is good for.

use serde_json::json;
use simulators::brivo::{ApplicationKind, Options, Return, SecondUse};

use crate::brivo_bench::{Bench, parts, unlimited};
use crate::brivo_browser::{BACK, Browser, exchange, page};

#[tokio::test]
async fn the_log_in_page_asks_for_administrator_id_and_password_and_fetches_nothing() {
    let bench = Bench::start().await;
    let query = [("response_type", "code"), ("client_id", "client"), ("state", "\"><b>")];
    let login = Browser::at(&bench).open(&query).await;
    assert_eq!(login.status, 200);
    assert!(login.html.contains("Administrator ID") && login.html.contains("type=\"password\""));
    assert!(login.html.contains("width=device-width") && !login.html.contains("http"));
    assert_eq!(login.hidden["state"], "\"><b>");
}

#[tokio::test]
async fn a_wrong_password_asks_again() {
    let bench = Bench::start().await;
    let again = Browser::at(&bench).log_in("s", "guess").await;
    assert!(again.html.contains("wrong") && again.html.contains("type=\"password\""));
    assert!(!again.html.contains("guess"));
}

#[tokio::test]
async fn allowing_sends_the_browser_to_the_registered_address_with_code_and_state() {
    let bench = Bench::start().await;
    let target = Browser::at(&bench).decide("a b", "allow").await;
    let (address, rest) = target.split_once("?code=").unwrap();
    let (code, state) = rest.split_once("&state=").unwrap();
    assert_eq!((address, state), (BACK, "a%20b"));
    assert_eq!(exchange(&bench, code, &[("client_id", "client")]).await.0, 200);
}

#[tokio::test]
async fn denying_sends_the_browser_back_with_an_error_and_the_state() {
    let bench = Bench::start().await;
    let target = Browser::at(&bench).decide("s", "deny").await;
    assert_eq!(target, format!("{BACK}?error=access_denied&state=s"));
}

#[tokio::test]
async fn the_browser_can_be_sent_back_with_a_post() {
    let bench = Bench::with(Options { browser_returns: Return::Posted, ..unlimited() }).await;
    let browser = Browser::at(&bench);
    let question = browser.log_in("s", "open sesame").await;
    let back = page(browser.send(&question, &[("decision", "allow")]).await).await;
    assert_eq!(back.status, 200);
    let action = back.html.split_once("method=\"post\" action=\"").unwrap().1.split_once('"').unwrap().0;
    assert!(action.starts_with(&format!("{BACK}?code=")) && action.ends_with("&amp;state=s"), "{action}");
}

#[tokio::test]
async fn an_unknown_application_gets_a_page_and_no_redirect() {
    let bench = Bench::start().await;
    let browser = Browser::at(&bench);
    let unknown = browser.open(&[("response_type", "code"), ("client_id", "other")]).await;
    assert_eq!((unknown.status, unknown.html.contains("Unknown application")), (400, true));
    let implicit = browser.open(&[("response_type", "token"), ("client_id", "client")]).await;
    assert_eq!(implicit.status, 400);
}

#[tokio::test]
async fn a_question_is_answered_once() {
    let bench = Bench::start().await;
    let browser = Browser::at(&bench);
    let question = browser.log_in("s", "open sesame").await;
    browser.send(&question, &[("decision", "deny")]).await;
    assert_eq!(browser.send(&question, &[("decision", "allow")]).await.status(), 400);
}

#[tokio::test]
async fn a_code_lives_five_minutes_and_works_once() {
    let bench = Bench::start().await;
    let browser = Browser::at(&bench);
    let (first, second) = (browser.code().await, browser.code().await);
    bench.clock.advance(299);
    assert_eq!(exchange(&bench, &first, &[]).await.0, 200);
    let refused = (401, json!({"error": "invalid_grant", "error_description": "Bad credentials"}));
    assert_eq!(exchange(&bench, &first, &[]).await, refused);
    bench.clock.advance(1);
    assert_eq!(exchange(&bench, &second, &[]).await, refused);
}

#[tokio::test]
async fn a_code_is_good_for_its_application_and_its_redirect_alone() {
    let bench = Bench::start().await;
    let browser = Browser::at(&bench);
    bench.brivo.edit(|model, _| model.add_application("other", "secret", "key")).unwrap();
    let code = browser.code().await;
    let form = [("grant_type", "authorization_code"), ("code", code.as_str())];
    let url = format!("{}/oauth/token", bench.brivo.auth_url());
    let call = bench.http.post(url).basic_auth("other", Some("secret")).header("api-key", "key");
    assert_eq!(parts(call.form(&form).send().await.unwrap()).await.0, 401);

    let code = browser.code().await;
    assert_eq!(exchange(&bench, &code, &[("redirect_uri", "https://evil.example.com")]).await.0, 401);
    let code = browser.code().await;
    assert_eq!(exchange(&bench, &code, &[("redirect_uri", BACK)]).await.0, 200);
}

#[tokio::test]
async fn a_second_use_of_a_code_leaves_the_first_tokens_alone() {
    let bench = Bench::start().await;
    let code = Browser::at(&bench).code().await;
    let (_, tokens) = exchange(&bench, &code, &[]).await;
    exchange(&bench, &code, &[]).await;
    assert_eq!(bench.refresh(tokens["refresh_token"].as_str().unwrap()).await.0, 200);
}

#[tokio::test]
async fn a_second_use_of_a_code_can_end_all_tokens_that_came_from_it() {
    let bench = Bench::with(Options { second_use_of_code: SecondUse::EndsTokens, ..unlimited() }).await;
    let code = Browser::at(&bench).code().await;
    let (_, tokens) = exchange(&bench, &code, &[]).await;
    let (_, refreshed) = bench.refresh(tokens["refresh_token"].as_str().unwrap()).await;
    let access = refreshed["access_token"].as_str().unwrap();
    assert_eq!(bench.api_call("GET", "/users", access).send().await.unwrap().status(), 200);

    assert_eq!(exchange(&bench, &code, &[]).await.0, 401);

    assert_eq!(bench.api_call("GET", "/users", access).send().await.unwrap().status(), 401);
    assert_eq!(bench.refresh(refreshed["refresh_token"].as_str().unwrap()).await.0, 401);
}

#[tokio::test]
async fn an_application_is_for_consent_or_for_passwords_not_for_both() {
    let bench = Bench::start().await;
    let browser = Browser::at(&bench);
    let code = browser.code().await;
    let password = [("grant_type", "password"), ("username", "admin7"), ("password", "open sesame")];
    let kind = |kind| bench.brivo.edit(|model, _| model.set_application_kind("client", kind)).unwrap();

    kind(ApplicationKind::ThreeLegged);
    let (status, refusal) = parts(bench.token_call().form(&password).send().await.unwrap()).await;
    assert_eq!((status, refusal["error"].as_str()), (401, Some("invalid_client")));

    kind(ApplicationKind::Password);
    assert_eq!(bench.token_call().form(&password).send().await.unwrap().status(), 200);
    assert_eq!(exchange(&bench, &code, &[]).await.0, 401);
    assert_eq!(browser.open(&[("response_type", "code"), ("client_id", "client")]).await.status, 400);
}
