//! What a user opens doors with: read, dated, taken away.

use brivo::{BrivoError, CredentialId, FormatId, Validity};
use domain::BrivoUserId;
use secrecy::ExposeSecret;

use crate::fake::{Fake, reply, token};

const USER: BrivoUserId = BrivoUserId(7);
const CARD: CredentialId = CredentialId(38_981);

/// Source: Brivo API, `GET /users/{id}/credentials`, 2026-09-28: a card and a code as in the sample. The pass is made up of
/// the recorded format 307 and the reference of the documented invitation; the second date form is documented elsewhere.
const CREDENTIALS: &str = r#"{"data":[
    {"id":38981,"credentialFormat":{"id":100,"name":"HID 26 bit Card"},"referenceId":"329","encodedCredential":"28c0293",
     "fieldValues":[{"value":"329","credentialFieldId":1,"name":"acs.cards.format.card_number"}],"size":26,
     "accountId":5022,"effectiveFrom":"2016-05-13T04:00:00.000Z","effectiveTo":"2016-06-13T04:00:00Z"},
    {"id":611729,"credentialFormat":{"id":2,"name":"PIN Code"},"encodedCredential":"23354","fieldValues":[],"size":0,
     "accountId":5022,"effectiveFrom":"2016-05-13T04:00:00Z"},
    {"id":967377,"credentialFormat":{"id":307,"name":"Brivo Mobile Pass"},"referenceId":"john.doe@example.com"}
],"count":3}"#;

#[tokio::test]
async fn a_users_card_code_and_pass_are_told_apart_by_their_formats() {
    let brivo = Fake::answering(|_| reply(200, CREDENTIALS)).await;

    let credentials = brivo.client().credentials_of(&token(), USER).await.unwrap();

    let [card, code, pass] = credentials.as_slice() else { panic!("{credentials:?}") };
    assert_eq!((card.id, card.format.id), (CARD, FormatId(100)));
    assert_eq!(card.effective_from, "2016-05-13T04:00:00Z".parse().ok());
    assert_eq!(card.effective_to, "2016-06-13T04:00:00Z".parse().ok());
    assert!(code.is_pin() && !code.is_mobile_pass());
    assert_eq!(code.encoded_credential.as_ref().map(ExposeSecret::expose_secret), Some("23354"));
    assert_eq!((pass.id, pass.is_mobile_pass(), pass.is_pin()), (CredentialId(967_377), true, false));
    assert_eq!(brivo.lines(), ["GET /v1/api/users/7/credentials"]);
    assert_eq!(brivo.seen()[0].header("api-key"), "the-key");
}

#[tokio::test]
async fn neither_digits_nor_addresses_of_credentials_are_printed() {
    let brivo = Fake::answering(|_| reply(200, CREDENTIALS)).await;

    let printed = format!("{:?}", brivo.client().credentials_of(&token(), USER).await.unwrap());

    for secret in ["23354", "28c0293", "john.doe"] {
        assert!(!printed.contains(secret), "{secret} in {printed}");
    }
}

#[tokio::test]
async fn a_user_without_credentials_and_an_answer_without_a_list_are_not_the_same() {
    let empty = Fake::answering(|_| reply(200, r#"{"count":0}"#)).await;
    let strange = Fake::answering(|_| reply(200, "{}")).await;

    assert!(empty.client().credentials_of(&token(), USER).await.unwrap().is_empty());
    let error = strange.client().credentials_of(&token(), USER).await.unwrap_err();
    assert!(matches!(error, BrivoError::Unreadable { expected: "list of credentials" }), "{error:?}");
}

#[tokio::test]
async fn the_holder_of_a_card_is_a_user_or_nobody() {
    // Source: Brivo API, `GET /credentials/{id}/user`, 2025-11-25, and the 404 of an unassigned card.
    let brivo = Fake::answering(|seen| match seen.path.as_str() {
        "/v1/api/credentials/38981/user" => {
            reply(200, r#"{"id":7,"externalId":"acme:m1","firstName":"Zoe","lastName":"Example","suspended":false}"#)
        }
        _ => reply(404, r#"{"code":404,"message":"User not found"}"#),
    })
    .await;
    let client = brivo.client();

    assert_eq!(client.holder_of(&token(), CARD).await.unwrap(), Some(USER));
    assert_eq!(client.holder_of(&token(), CredentialId(1)).await.unwrap(), None);
}

#[tokio::test]
async fn a_credential_is_assigned_with_the_bounds_that_are_known_and_no_others() {
    let brivo = Fake::answering(|_| reply(204, "")).await;
    let client = brivo.client();

    let end = Validity { starts_at: None, ends_at: "2026-11-22T18:00:00Z".parse().ok() };
    client.assign_credential(&token(), USER, CARD, end).await.unwrap();
    client.assign_credential(&token(), USER, CARD, Validity::default()).await.unwrap();

    assert_eq!(brivo.lines(), ["PUT /v1/api/users/7/credentials/38981"; 2]);
    assert_eq!(brivo.seen()[0].body, r#"{"effectiveTo":"2026-11-22T18:00:00Z"}"#);
    assert_eq!(brivo.seen()[1].body, "{}");
    assert_eq!(brivo.seen()[0].header("content-type"), "application/json");
}

#[tokio::test]
async fn a_credential_that_cannot_be_assigned_is_rejected() {
    // Source: Brivo API, 400 of `PUT /users/{id}/credentials/{id}`, 2026-09-28.
    let brivo = Fake::answering(|_| reply(400, r#"{"code":400,"message":"Credential not valid"}"#)).await;

    let error = brivo.client().assign_credential(&token(), USER, CARD, Validity::default()).await.unwrap_err();

    assert!(matches!(error, BrivoError::Rejected { status: 400, .. }), "{error:?}");
}

#[tokio::test]
async fn taking_away_what_the_user_does_not_have_counts_as_done() {
    for (status, body) in [(204, ""), (404, r#"{"code":404,"message":"User not found"}"#)] {
        let brivo = Fake::answering(move |_| reply(status, body)).await;

        brivo.client().unassign_credential(&token(), USER, CARD).await.unwrap();

        assert_eq!(brivo.lines(), ["DELETE /v1/api/users/7/credentials/38981"]);
    }
}

#[tokio::test]
async fn taking_away_that_is_forbidden_does_not_count_as_done() {
    let brivo = Fake::answering(|_| reply(403, r#"{"code":403,"message":"You are not allowed"}"#)).await;

    let error = brivo.client().unassign_credential(&token(), USER, CARD).await.unwrap_err();

    assert!(matches!(error, BrivoError::Forbidden { .. }), "{error:?}");
}

#[tokio::test]
async fn everything_is_revoked_with_an_empty_post_and_only_of_a_suspended_user() {
    // Source: Brivo API, `POST /users/{id}/revoke-credentials`, 2026-09-28.
    let brivo = Fake::answering(|seen| match seen.path.as_str() {
        "/v1/api/users/7/revoke-credentials" => reply(200, ""),
        _ => reply(400, r#"{"code":400,"message":"Invalid criteria provided"}"#),
    })
    .await;
    let client = brivo.client();

    client.revoke_credentials(&token(), USER).await.unwrap();
    let error = client.revoke_credentials(&token(), BrivoUserId(8)).await.unwrap_err();

    assert_eq!(brivo.lines()[0], "POST /v1/api/users/7/revoke-credentials");
    assert_eq!((brivo.seen()[0].body.as_str(), brivo.seen()[0].header("content-length")), ("", "0"));
    assert!(matches!(error, BrivoError::Rejected { status: 400, .. }), "{error:?}");
}
