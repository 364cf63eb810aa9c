//! Access codes: set, set with an end, taken away, and shown nowhere.

use brivo::BrivoError;
use domain::BrivoUserId;
use secrecy::SecretString;

use crate::fake::{Fake, reply, token};

const ID: BrivoUserId = BrivoUserId(442_211);

/// Source: Brivo API, `PATCH /users/{id}`, 2026-09-28, shortened.
const USER: &str = r#"{"id":442211,"externalId":"Star Lord","firstName":"Changed Peter","lastName":"Quill","pin":"5678",
    "effectiveFrom":"2015-04-14T18:17:49Z","effectiveTo":"2020-12-31T23:59:59Z","suspended":false}"#;

/// The same after the code is gone: null and empty members are left out.
const WITHOUT: &str = r#"{"id":442211,"firstName":"Changed Peter","lastName":"Quill"}"#;

fn pin() -> SecretString {
    "5678".into()
}

fn is_unreadable(outcome: Result<(), BrivoError>) -> bool {
    matches!(outcome, Err(error @ BrivoError::Unreadable { .. }) if error.outcome_unknown())
}

#[tokio::test]
async fn a_code_is_patched_alone_or_together_with_its_end() {
    let brivo = Fake::answering(|_| reply(200, USER)).await;
    let client = brivo.client();

    client.set_pin(&token(), ID, &pin()).await.unwrap();
    client.set_pin_until(&token(), ID, &pin(), "2026-11-22T10:00:00.5+01:00".parse().unwrap()).await.unwrap();

    assert_eq!(brivo.lines(), ["PATCH /v1/api/users/442211"; 2]);
    assert_eq!(brivo.seen()[0].body, r#"{"pin":"5678"}"#);
    assert_eq!(brivo.seen()[1].body, r#"{"pin":"5678","effectiveTo":"2026-11-22T09:00:00Z"}"#);
    assert_eq!(brivo.seen()[0].header("api-key"), "the-key");
}

#[tokio::test]
async fn a_code_is_taken_away_with_null() {
    for (status, body) in [(200, WITHOUT), (200, r#"{"id":442211,"pin":""}"#), (204, "")] {
        let brivo = Fake::answering(move |_| reply(status, body)).await;

        brivo.client().clear_pin(&token(), ID).await.unwrap();

        assert_eq!(brivo.lines(), ["PATCH /v1/api/users/442211"]);
        assert_eq!(brivo.seen()[0].body, r#"{"pin":null}"#);
    }
}

/// Nobody documents that null clears: what is still there must not be believed gone.
#[tokio::test]
async fn a_code_that_the_answer_still_shows_does_not_count_as_taken_away() {
    let brivo = Fake::answering(|_| reply(200, USER)).await;

    assert!(is_unreadable(brivo.client().clear_pin(&token(), ID).await));
}

#[tokio::test]
async fn an_answer_with_another_code_or_another_user_is_to_be_looked_at() {
    let brivo = Fake::answering(|_| reply(200, USER)).await;
    let client = brivo.client();

    assert!(is_unreadable(client.set_pin(&token(), ID, &"9753".into()).await));
    assert!(is_unreadable(client.set_pin(&token(), BrivoUserId(1), &pin()).await));
}

#[tokio::test]
async fn an_answer_that_shows_no_code_does_not_contradict() {
    let brivo = Fake::answering(|_| reply(200, WITHOUT)).await;

    brivo.client().set_pin(&token(), ID, &pin()).await.unwrap();
}

#[tokio::test]
async fn a_refusal_never_repeats_the_digits() {
    // Source: none; a 400 that quotes the code is assumed possible, because no text for a code in use is documented.
    for status in [400, 403] {
        let brivo = Fake::answering(move |_| reply(status, r#"{"code":400,"message":"PIN 5678 is in use"}"#)).await;

        let error = brivo.client().set_pin(&token(), ID, &pin()).await.unwrap_err();

        assert!(!format!("{error} {error:?}").contains("5678"), "{error:?}");
    }
}
