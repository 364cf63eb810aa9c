//! What each call sends, and what it makes of the answer.

use std::{
    collections::BTreeSet,
    error::Error,
    io::Read,
    net::{Ipv4Addr, TcpListener},
    sync::Arc,
};

use brivo::{BrivoError, UserPatch};
use domain::{BrivoUserId, GroupId, profile::Profile};
use tokio::net::TcpSocket;

use crate::fake::{Fake, application, client_of, reply, token};

/// Source: Brivo API, `POST /users` and `GET /users/{externalId}/external`, recorded 2017-09-13, other names.
const USER: &str = r#"{"id":7,"externalId":"acme:m1","firstName":"Zoe","lastName":"Example","suspended":false}"#;

/// Source: Brivo API, `POST /users/{id}/groups`, 2025-11-25.
const GROUPS: &str = r#"{"count":2,"data":[{"id":3,"name":"Members"},{"id":5,"name":"Staff"}]}"#;

/// Source: Brivo API, token response, recorded 2017-09-13.
const GRANT: &str =
    r#"{"access_token":"a2","token_type":"bearer","refresh_token":"r2","expires_in":299,"scope":"brivo.api"}"#;

fn profile() -> Profile {
    Profile { first: "Zoe".into(), last: "Example".into(), email: None, phone: None }
}

fn ids(numbers: &[i64]) -> BTreeSet<GroupId> {
    numbers.iter().copied().map(GroupId).collect()
}

/// DWK-02.
#[tokio::test]
async fn a_call_carries_key_and_token_and_an_encoded_reference() {
    let brivo = Fake::answering(|_| reply(200, USER)).await;

    let user = brivo.client().user_by_external_id(&token(), &"acme:m1".into()).await.unwrap().unwrap();

    let seen = &brivo.seen()[0];
    assert_eq!(user.id, BrivoUserId(7));
    assert_eq!(seen.line(), "GET /v1/api/users/acme%3Am1/external");
    assert_eq!(seen.header("api-key"), "the-key");
    assert_eq!(seen.header("authorization"), "bearer the-token");
}

#[tokio::test]
async fn a_reference_that_nobody_has_is_no_user_and_no_error() {
    let brivo = Fake::answering(|_| reply(404, r#"{"code":404,"message":"Requested user not found"}"#)).await;

    assert_eq!(brivo.client().user_by_external_id(&token(), &"acme:m1".into()).await.unwrap(), None);
}

#[tokio::test]
async fn another_persons_user_is_never_taken_for_ours() {
    let brivo = Fake::answering(|_| reply(200, USER)).await;

    let found = brivo.client().user_by_external_id(&token(), &"acme:m2".into()).await;
    let made = brivo.client().create_user(&token(), &"acme:m2".into(), &profile()).await;

    assert!(matches!(found, Err(BrivoError::Unreadable { .. })));
    assert!(matches!(made, Err(error) if error.outcome_unknown()));
}

#[tokio::test]
async fn a_user_is_made_with_post_and_changed_with_patch_never_with_put() {
    let brivo = Fake::answering(|_| reply(200, USER)).await;
    let client = brivo.client();

    client.create_user(&token(), &"acme:m1".into(), &profile()).await.unwrap();
    let patch = UserPatch { first: Some("Zoe"), emails: Some(Vec::new()), ..UserPatch::default() };
    client.patch_user(&token(), BrivoUserId(7), &patch).await.unwrap();
    client.patch_user(&token(), BrivoUserId(7), &UserPatch::default()).await.unwrap();

    assert_eq!(brivo.lines(), ["POST /v1/api/users", "PATCH /v1/api/users/7"]);
    assert_eq!(brivo.seen()[1].body, r#"{"firstName":"Zoe","emails":[]}"#);
    assert_eq!(brivo.seen()[1].header("content-type"), "application/json");
}

#[tokio::test]
async fn groups_change_in_one_call_whose_answer_is_what_the_user_has_then() {
    let brivo = Fake::answering(|_| reply(200, GROUPS)).await;

    let groups = brivo.client().change_groups(&token(), BrivoUserId(7), &ids(&[5]), &ids(&[])).await.unwrap();

    assert_eq!(groups, ids(&[3, 5]));
    assert_eq!(brivo.lines(), ["POST /v1/api/users/7/groups"]);
    assert_eq!(brivo.seen()[0].body, r#"{"addGroups":[5]}"#);
}

#[tokio::test]
async fn an_answer_that_does_not_say_which_groups_is_not_taken_for_none() {
    let brivo = Fake::answering(|seen| match seen.path.as_str() {
        "/v1/api/users/1/groups" => reply(200, r#"{"count":0}"#),
        "/v1/api/users/2/groups" => reply(200, "{}"),
        _ => reply(200, "<html>we will be back soon</html>"),
    })
    .await;
    let client = brivo.client();

    assert_eq!(client.groups_of(&token(), BrivoUserId(1)).await.unwrap(), ids(&[]));
    for user in [2, 3] {
        let error = client.groups_of(&token(), BrivoUserId(user)).await.unwrap_err();
        assert!(matches!(error, BrivoError::Unreadable { expected: "list of groups" }), "{error:?}");
    }
}

#[tokio::test]
async fn a_refresh_is_a_form_with_basic_and_key() {
    let brivo = Fake::answering(|_| reply(200, GRANT)).await;

    let grant = brivo.client().refresh(&application(), &"r/1".into()).await.unwrap();

    let seen = &brivo.seen()[0];
    assert_eq!(grant.expires_in.as_secs(), 299);
    assert_eq!(seen.line(), "POST /oauth/token");
    assert_eq!(seen.body, "grant_type=refresh_token&refresh_token=r%2F1");
    assert_eq!(seen.header("content-type"), "application/x-www-form-urlencoded");
    assert_eq!(seen.header("authorization"), "Basic dGhlLWNsaWVudDp0aGUtY2xpZW50LXNlY3JldA==");
    assert_eq!(seen.header("api-key"), "the-key");
}

#[tokio::test]
async fn a_redirect_is_not_followed_with_the_key_in_hand() {
    let brivo = Fake::answering(|_| reply(302, "")).await;

    let error = brivo.client().whoami(&token()).await.unwrap_err();

    assert!(matches!(error, BrivoError::Unavailable { status: 302, .. }), "{error:?}");
    assert_eq!(brivo.seen().len(), 1);
}

#[tokio::test]
async fn without_a_connection_nothing_was_written() {
    let held = held_port();

    let error =
        client_of(held.local_addr().unwrap()).create_user(&token(), &"acme:m1".into(), &profile()).await.unwrap_err();

    assert!(matches!(error, BrivoError::Unreachable(_)), "{error:?}");
    assert!(error.is_transient() && !error.outcome_unknown());
}

#[tokio::test]
async fn after_a_connection_that_broke_off_the_outcome_is_unknown() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let server = std::thread::spawn(move || {
        let (mut connection, _) = listener.accept().unwrap();
        let read = connection.read(&mut [0; 4096]).unwrap();
        assert!(read > 0);
    });

    let error = client_of(address).create_user(&token(), &"acme:m1".into(), &profile()).await.unwrap_err();

    server.join().unwrap();
    assert!(matches!(error, BrivoError::Interrupted(_)), "{error:?}");
    assert!(error.is_transient() && error.outcome_unknown());
}

#[tokio::test]
async fn no_failure_shows_an_address_a_token_or_a_key() {
    let held = held_port();
    let client = client_of(held.local_addr().unwrap());

    let error = client.user_by_external_id(&token(), &"acme:m1".into()).await.unwrap_err();

    let text = format!("{error} {error:?} {:?} {client:?} {:?}", error.source(), application());
    for secret in ["acme", "the-token", "the-key", "the-client-secret", "/v1/api"] {
        assert!(!text.contains(secret), "{secret} in {text}");
    }
}

#[tokio::test]
async fn a_key_that_can_be_no_header_is_refused_without_a_call() {
    let hosts = brivo::Hosts { auth: "http://127.0.0.1:9".into(), api: "http://127.0.0.1:9".into() };
    let client = brivo::Client::new(Arc::new(brivo::http_client().unwrap()), hosts, "key\n".into());

    assert!(matches!(client.whoami(&token()).await, Err(BrivoError::KeyRefused)));
}

/// A port where nobody listens, held so that no other test gets it.
fn held_port() -> TcpSocket {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind((Ipv4Addr::LOCALHOST, 0).into()).unwrap();
    socket
}
