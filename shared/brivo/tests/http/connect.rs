//! What an administrator's consent is exchanged for, and what each refusal of it asks of whom.

use brivo::{BrivoError, TokenGrant};
use secrecy::ExposeSecret;

use crate::fake::{Fake, application, reply};

/// Source: Brivo API, token response, 2025-11-25; `scope` and `jti` recorded 2017-09-13; the life as of 2026-09-28.
const GRANT: &str = r#"{"access_token":"a1","token_type":"bearer","refresh_token":"r1","expires_in":300,
    "scope":"brivo.api","jti":"11111111-2222-3333-4444-555555555555"}"#;

/// Source: Brivo API, wrong credentials, 2025-11-25; that a bad code looks the same is assumed.
const INVALID_GRANT: &str = r#"{"error":"invalid_grant","error_description":"Invalid authorization code: c/1"}"#;

/// Source: Brivo API, wrong Basic, 2025-11-25.
const WRONG_BASIC: &str = r#"{"status":401,"error":"Unauthorized","message":"Bad credentials","path":"/oauth/token"}"#;

const REDIRECT: &str = "https://console.example/brivo/callback?tenant=acme";

async fn connect(brivo: &Fake) -> Result<TokenGrant, BrivoError> {
    brivo.client().connect(&application(), &"c/1".into(), REDIRECT).await
}

async fn refused(status: u16, body: &'static str) -> BrivoError {
    connect(&Fake::answering(move |_| reply(status, body)).await).await.unwrap_err()
}

#[tokio::test]
async fn a_code_is_exchanged_in_a_form_with_basic_and_key() {
    let brivo = Fake::answering(|_| reply(200, GRANT)).await;

    let grant = connect(&brivo).await.unwrap();

    let seen = &brivo.seen()[0];
    assert_eq!((grant.access.expose_secret(), grant.refresh.expose_secret()), ("a1", "r1"));
    assert_eq!(grant.expires_in.as_secs(), 300);
    assert_eq!(seen.line(), "POST /oauth/token");
    assert_eq!(
        seen.body,
        "grant_type=authorization_code&code=c%2F1\
         &redirect_uri=https%3A%2F%2Fconsole.example%2Fbrivo%2Fcallback%3Ftenant%3Dacme\
         &client_id=the-client&client_secret=the-client-secret"
    );
    assert_eq!(seen.header("content-type"), "application/x-www-form-urlencoded");
    assert_eq!(seen.header("authorization"), "Basic dGhlLWNsaWVudDp0aGUtY2xpZW50LXNlY3JldA==");
    assert_eq!(seen.header("api-key"), "the-key");
}

#[tokio::test]
async fn a_refused_code_asks_for_consent_and_not_for_another_application_or_key() {
    assert!(matches!(refused(401, INVALID_GRANT).await, BrivoError::CodeRefused));
    assert!(matches!(refused(400, INVALID_GRANT).await, BrivoError::CodeRefused));
    assert!(matches!(refused(401, WRONG_BASIC).await, BrivoError::BadApplication));
    assert!(matches!(refused(403, "<h1>Developer Inactive</h1>").await, BrivoError::KeyRefused));
    assert!(matches!(refused(503, "").await, BrivoError::Unavailable { status: 503, .. }));
}

#[tokio::test]
async fn a_refused_code_shows_nowhere_and_is_sent_once() {
    let brivo = Fake::answering(|_| reply(400, INVALID_GRANT)).await;

    let error = connect(&brivo).await.unwrap_err();

    assert_eq!(error.to_string(), "brivo refused the authorisation code");
    assert!(!format!("{error:?}").contains("c/1"));
    assert!(!error.is_transient() && !error.outcome_unknown());
    assert_eq!(brivo.seen().len(), 1);
}

#[tokio::test]
async fn a_connection_that_could_never_be_refreshed_is_none() {
    let brivo = Fake::answering(|_| reply(200, r#"{"access_token":"a1","expires_in":300}"#)).await;

    let error = connect(&brivo).await.unwrap_err();

    assert!(matches!(error, BrivoError::Unreadable { expected: "token response" }), "{error:?}");
}

#[tokio::test]
async fn tokens_are_not_printed() {
    let brivo = Fake::answering(|_| reply(200, GRANT)).await;

    let grant = connect(&brivo).await.unwrap();

    assert!(!format!("{grant:?}").contains("a1") && !format!("{grant:?}").contains("r1"));
}
