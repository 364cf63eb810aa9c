//! What the calls about one user or all users send, and what they make of the answer.

use std::collections::BTreeSet;

use brivo::BrivoError;
use domain::{BrivoUserId, ExternalId};

use crate::fake::{Fake, reply, token};

const ID: BrivoUserId = BrivoUserId(7);

/// Source: Brivo API, `GET /users/{id}` and `PATCH /users/{id}`, 2025-11-25, other names.
const USER: &str = r#"{"id":7,"externalId":"acme:m1","firstName":"Zoe","lastName":"Example","suspended":false,
    "effectiveTo":"2026-11-22T09:00:00Z","emails":[{"address":"zoe@example.com","type":"work"}]}"#;

/// Source: Brivo API, `GET /users/{id}/suspended` and `PUT /users/{id}/suspended`, 2025-11-25.
const SUSPENDED: &str = r#"{"id":7,"suspended":true}"#;

fn reference() -> ExternalId {
    ExternalId::from("acme:m1")
}

fn is_unreadable<T>(outcome: Result<T, BrivoError>) -> bool {
    matches!(outcome, Err(error @ BrivoError::Unreadable { .. }) if error.outcome_unknown())
}

#[tokio::test]
async fn a_user_is_read_by_its_id_with_the_end_of_its_access_code() {
    let brivo = Fake::answering(|_| reply(200, USER)).await;
    let client = brivo.client();

    let user = client.user(&token(), ID).await.unwrap();

    assert_eq!(user.effective_to, Some("2026-11-22T09:00:00Z".parse().unwrap()));
    assert_eq!(brivo.lines(), ["GET /v1/api/users/7"]);
    assert!(is_unreadable(client.user(&token(), BrivoUserId(8)).await));
}

#[tokio::test]
async fn a_user_that_was_deleted_is_not_found() {
    let brivo = Fake::answering(|_| reply(404, r#"{"code":404,"message":"User not found"}"#)).await;
    let client = brivo.client();

    assert!(matches!(client.user(&token(), ID).await, Err(BrivoError::NotFound)));
    assert!(matches!(client.suspended(&token(), ID).await, Err(BrivoError::NotFound)));
    assert!(matches!(client.set_suspended(&token(), ID, true).await, Err(BrivoError::NotFound)));
    assert!(matches!(client.set_external_id(&token(), ID, &reference()).await, Err(BrivoError::NotFound)));
    assert!(matches!(client.set_pin_end(&token(), ID, None).await, Err(BrivoError::NotFound)));
}

#[tokio::test]
async fn all_users_are_read_by_the_hundred_with_their_addresses() {
    let brivo = Fake::answering(|seen| {
        let first = if seen.path.contains("offset=0") { 0 } else { 100 };
        let rows = (first..(first + 100).min(130))
            .map(|id| format!(r#"{{"id":{id},"emails":[{{"address":"m{id}@example.com","type":"Work"}}]}}"#));
        let rows = rows.collect::<Vec<_>>().join(",");
        reply(200, format!(r#"{{"data":[{rows}],"offset":{first},"pageSize":100,"count":130}}"#))
    })
    .await;

    let users = brivo.client().all_users(&token()).await.unwrap();

    let addresses: BTreeSet<&str> = users.iter().flat_map(|user| &user.emails).map(AsRef::as_ref).collect();
    assert_eq!((users.len(), addresses.len()), (130, 130));
    assert_eq!(brivo.lines(), ["0", "100"].map(|at| format!("GET /v1/api/users?offset={at}&pageSize=100")));
}

#[tokio::test]
async fn a_suspension_is_read_and_an_answer_without_it_is_not_taken_for_no() {
    let brivo = Fake::answering(|seen| match seen.path.as_str() {
        "/v1/api/users/8/suspended" => reply(200, r#"{"id":8}"#),
        _ => reply(200, SUSPENDED),
    })
    .await;
    let client = brivo.client();

    assert!(client.suspended(&token(), ID).await.unwrap());
    assert!(is_unreadable(client.suspended(&token(), BrivoUserId(8)).await));
    assert!(is_unreadable(client.suspended(&token(), BrivoUserId(9)).await));
}

#[tokio::test]
async fn suspending_is_put_with_the_flag_alone_and_its_answer_has_to_agree() {
    let brivo = Fake::answering(|_| reply(200, SUSPENDED)).await;
    let client = brivo.client();

    client.set_suspended(&token(), ID, true).await.unwrap();
    assert!(is_unreadable(client.set_suspended(&token(), ID, false).await));
    assert!(is_unreadable(client.set_suspended(&token(), BrivoUserId(8), true).await));

    assert_eq!(brivo.lines()[0], "PUT /v1/api/users/7/suspended");
    assert_eq!(brivo.seen()[0].body, r#"{"suspended":true}"#);
    assert_eq!(brivo.seen()[1].body, r#"{"suspended":false}"#);
}

/// `DWK-30`.
#[tokio::test]
async fn deleting_what_is_gone_counts_as_done() {
    for (status, body) in [(204, ""), (404, r#"{"code":404,"message":"User not found"}"#), (404, "")] {
        let brivo = Fake::answering(move |_| reply(status, body)).await;

        brivo.client().delete_user(&token(), ID).await.unwrap();

        assert_eq!(brivo.lines(), ["DELETE /v1/api/users/7"]);
        assert_eq!(brivo.seen()[0].body, "");
    }
}

/// `DWK-30`: only Brivo's own 404 says that the user is gone.
#[tokio::test]
async fn a_page_of_the_gateway_does_not_count_as_deleted() {
    let brivo = Fake::answering(|_| reply(404, "<h1>not here</h1>")).await;

    let error = brivo.client().delete_user(&token(), ID).await.unwrap_err();

    assert!(matches!(error, BrivoError::Misrouted), "{error:?}");
}

#[tokio::test]
async fn adopting_sends_the_reference_alone_and_its_answer_has_to_show_it() {
    let brivo = Fake::answering(|_| reply(200, USER)).await;
    let client = brivo.client();

    client.set_external_id(&token(), ID, &reference()).await.unwrap();
    assert!(is_unreadable(client.set_external_id(&token(), ID, &"acme:m2".into()).await));
    assert!(is_unreadable(client.set_external_id(&token(), BrivoUserId(8), &reference()).await));

    assert_eq!(brivo.lines()[0], "PATCH /v1/api/users/7");
    assert_eq!(brivo.seen()[0].body, r#"{"externalId":"acme:m1"}"#);
}

#[tokio::test]
async fn an_answer_that_leaves_the_reference_out_is_to_be_looked_at() {
    let brivo = Fake::answering(|_| reply(200, r#"{"id":7,"firstName":"Zoe","lastName":"Example"}"#)).await;

    assert!(is_unreadable(brivo.client().set_external_id(&token(), ID, &reference()).await));
}

#[tokio::test]
async fn the_end_of_an_access_code_is_sent_alone_in_utc_and_taken_away_with_null() {
    let brivo = Fake::answering(|_| reply(200, USER)).await;
    let client = brivo.client();

    let until = "2026-11-22T10:00:00.5+01:00".parse().unwrap();
    client.set_pin_end(&token(), ID, Some(until)).await.unwrap();
    client.set_pin_end(&token(), ID, None).await.unwrap();
    assert!(is_unreadable(client.set_pin_end(&token(), BrivoUserId(8), None).await));

    assert_eq!(brivo.lines()[0], "PATCH /v1/api/users/7");
    assert_eq!(brivo.seen()[0].body, r#"{"effectiveTo":"2026-11-22T09:00:00Z"}"#);
    assert_eq!(brivo.seen()[1].body, r#"{"effectiveTo":null}"#);
}

#[tokio::test]
async fn a_write_that_is_answered_with_nothing_has_succeeded() {
    let brivo = Fake::answering(|_| reply(204, "")).await;
    let client = brivo.client();

    client.set_suspended(&token(), ID, true).await.unwrap();
    client.set_external_id(&token(), ID, &reference()).await.unwrap();
    client.set_pin_end(&token(), ID, None).await.unwrap();
}
