//! Mobile passes: invited, listed, cancelled, and what stands in the way.

use brivo::{
    BrivoError, CredentialId, Delivery, Invitation, InvitationFilter, InvitationId, InvitationStatus, Invited, Language,
};
use domain::BrivoUserId;
use secrecy::{ExposeSecret, SecretString};

use crate::fake::{Fake, reply, token};

const USER: BrivoUserId = BrivoUserId(7);
const ADDRESS: &str = "john.doe@example.com";

/// Source: Brivo API, `POST /users/{id}/credentials/digital-invitations`, 2026-09-28, other address.
const MADE: &str = r#"{"id":740,"referenceId":"john.doe@example.com","credentialId":967377,"accessCode":"i9o7aR37",
    "created":"2016-01-20T14:59:36.345Z","expiration":"2016-01-23T14:59:36.345Z","status":"PENDING","nfcEnabled":false}"#;

/// Source: Brivo API, `DELETE /users/{id}/credentials/digital-invitations`, 2026-09-28, other address.
const CANCELLED: &str = r#"{"id":740,"referenceId":"john.doe@example.com","credentialId":967377,"accessCode":"i9o7aR37",
    "created":"2016-01-25T15:41:11.920Z","expiration":"2016-01-28T15:41:11.920Z","status":"CANCELLED",
    "nfcEnabled":false,"cancelDate":"2016-01-25T17:21:04.414Z"}"#;

/// Source: Brivo API, `GET /users/{id}/credentials/digital-invitations`, 2026-09-28, other address; both date forms.
const LISTED: &str = r#"{"data":[{"id":791,"referenceId":"john.doe@example.com","accessCode":"uQGg3Uyc",
    "created":"2016-01-25T15:48:52Z","expiration":"2016-01-28T15:48:52.339Z","status":"EXPIRED","nfcStatus":"active"}],
    "offset":0,"pageSize":20,"count":1}"#;

/// Source: Brivo API, 409 of the same POST, 2026-09-28.
const PENDING: &str = r#"{"code":409,
    "message":"There is already a pending invitation for the cardHolder. No new invitation will be generated"}"#;

/// Source: Brivo API, 412 of the same POST, 2026-09-28.
const NO_PASS: &str = r#"{"code":412,"message":"You don't have any Brivo Wallet Passes available."}"#;

async fn invite(brivo: &Fake, delivery: Delivery) -> Result<Invited, BrivoError> {
    brivo.client().invite(&token(), USER, ADDRESS, delivery).await
}

async fn invited(status: u16, body: &'static str) -> Result<Invited, BrivoError> {
    invite(&Fake::answering(move |_| reply(status, body)).await, Delivery::ByUs).await
}

fn text(secret: Option<&SecretString>) -> &str {
    secret.map(ExposeSecret::expose_secret).unwrap()
}

#[tokio::test]
async fn an_invitation_carries_the_code_and_the_credential_it_becomes() {
    let brivo = Fake::answering(|_| reply(200, MADE)).await;

    let Ok(Invited::Made(made)) = invite(&brivo, Delivery::ByBrivo(Language::German)).await else { panic!() };

    let seen = &brivo.seen()[0];
    assert_eq!(
        (made.id, made.credential, made.status),
        (InvitationId(740), Some(CredentialId(967_377)), InvitationStatus::Pending)
    );
    assert_eq!((text(made.address.as_ref()), text(made.pass_code.as_ref())), (ADDRESS, "i9o7aR37"));
    assert_eq!(made.expires_at, "2016-01-23T14:59:36.345Z".parse().ok());
    assert_eq!(
        seen.line(),
        "POST /v1/api/users/7/credentials/digital-invitations?sendInvitationEmail=true&nfcEnabled=false&language=de"
    );
    assert_eq!(seen.body, r#"{"referenceId":"john.doe@example.com"}"#);
    assert_eq!(seen.header("api-key"), "the-key");
}

#[tokio::test]
async fn brivo_sends_no_mail_unless_asked_to() {
    let brivo = Fake::answering(|_| reply(200, MADE)).await;

    invite(&brivo, Delivery::ByUs).await.unwrap();

    assert!(brivo.lines()[0].ends_with("?sendInvitationEmail=false&nfcEnabled=false&language=en"));
}

#[tokio::test]
async fn neither_the_address_nor_the_code_of_an_invitation_is_printed() {
    let printed = format!("{:?}", invited(200, MADE).await.unwrap());

    assert!(!printed.contains("john.doe") && !printed.contains("i9o7aR37"), "{printed}");
}

/// `ALL-04`.
#[tokio::test]
async fn what_stands_in_the_way_of_an_invitation_is_told_apart() {
    assert!(matches!(invited(409, PENDING).await, Ok(Invited::AlreadyPending)));
    assert!(matches!(invited(409, "").await, Ok(Invited::AlreadyPending)));
    let Ok(Invited::NoPassLeft { message }) = invited(412, NO_PASS).await else { panic!() };
    assert_eq!(message.as_deref(), Some("You don't have any Brivo Wallet Passes available."));
    let forbidden = r#"{"code":403,"message":"This functionality is unavailable for this admin"}"#;
    assert!(matches!(invited(403, forbidden).await, Err(BrivoError::Forbidden { message: Some(_) })));
    assert!(matches!(invited(403, "<h1>Developer Inactive</h1>").await, Err(BrivoError::KeyRefused)));
    assert!(matches!(invited(403, "<h1>Developer Over Qps</h1>").await, Err(BrivoError::SlowDown { .. })));
    let nobody = r#"{"code":404,"message":"User not found"}"#;
    assert!(matches!(invited(404, nobody).await, Err(BrivoError::NotFound)));
    let invalid = r#"{"code":400,"message":"Invalid criteria provided"}"#;
    assert!(matches!(invited(400, invalid).await, Err(BrivoError::Rejected { status: 400, .. })));
}

/// `ALL-04`, `ALL-05`: seen by a client of 2017, documented nowhere.
#[tokio::test]
async fn after_a_418_an_invitation_may_have_been_made() {
    let error = invited(418, "").await.unwrap_err();

    assert!(matches!(error, BrivoError::Unavailable { status: 418, .. }), "{error:?}");
    assert!(error.outcome_unknown() && error.is_transient());
}

#[tokio::test]
async fn invitations_are_listed_by_their_status_and_pending_ones_by_default() {
    let brivo = Fake::answering(|_| reply(200, LISTED)).await;
    let client = brivo.client();

    let all = client.invitations_of(&token(), USER, InvitationFilter::All).await.unwrap();
    for filter in [InvitationFilter::default(), InvitationFilter::Redeemed, InvitationFilter::Expired] {
        client.invitations_of(&token(), USER, filter).await.unwrap();
    }
    client.invitations_of(&token(), USER, InvitationFilter::Cancelled).await.unwrap();

    assert_eq!((all[0].id, all[0].status, all[0].credential), (InvitationId(791), InvitationStatus::Expired, None));
    assert_eq!(all[0].created_at, "2016-01-25T15:48:52Z".parse().ok());
    let asked = ["all", "pending", "redeemed", "expired", "cancelled"].map(|status| {
        format!(
            "GET /v1/api/users/7/credentials/digital-invitations?filter=status__eq%3A{status}&offset=0&pageSize=100"
        )
    });
    assert_eq!(brivo.lines(), asked);
}

#[tokio::test]
async fn a_status_nobody_has_heard_of_spoils_no_list() {
    let brivo = Fake::answering(|_| reply(200, r#"{"data":[{"id":1,"status":"REVOKED"}],"count":1}"#)).await;

    let all = brivo.client().invitations_of(&token(), USER, InvitationFilter::All).await.unwrap();

    assert_eq!(all.iter().map(|each: &Invitation| each.status).collect::<Vec<_>>(), [InvitationStatus::Unknown]);
}

#[tokio::test]
async fn cancelling_answers_the_cancelled_invitation() {
    let brivo = Fake::answering(|_| reply(200, CANCELLED)).await;

    let cancelled = brivo.client().cancel_invitation(&token(), USER).await.unwrap().unwrap();

    assert_eq!(cancelled.cancelled_at, "2016-01-25T17:21:04.414Z".parse().ok());
    assert_eq!(cancelled.credential, Some(CredentialId(967_377)));
    assert_eq!(brivo.lines(), ["DELETE /v1/api/users/7/credentials/digital-invitations"]);
}

#[tokio::test]
async fn cancelling_where_nothing_waits_counts_as_done() {
    for (status, body) in [(404, r#"{"code":404,"message":"Digital invitation not found"}"#), (204, "")] {
        let brivo = Fake::answering(move |_| reply(status, body)).await;

        assert!(brivo.client().cancel_invitation(&token(), USER).await.unwrap().is_none());
    }
}

#[tokio::test]
async fn an_invitation_that_is_shown_as_still_pending_is_not_taken_for_cancelled() {
    let brivo = Fake::answering(|_| reply(200, MADE)).await;

    let error = brivo.client().cancel_invitation(&token(), USER).await.unwrap_err();

    assert!(matches!(error, BrivoError::Unreadable { expected: "digital invitation" }), "{error:?}");
}

#[tokio::test]
async fn the_passes_that_are_left_are_counted_and_never_below_none() {
    // Source: Brivo API, `GET /credentials/digital/allotment`, 2026-09-28; the second is made up.
    for (body, left) in [(r#"{"allotted":500,"assigned":388}"#, 112), (r#"{"allotted":5,"assigned":7}"#, 0)] {
        let brivo = Fake::answering(move |_| reply(200, body)).await;

        let allotment = brivo.client().pass_allotment(&token()).await.unwrap();

        assert_eq!(allotment.left(), left);
        assert_eq!(brivo.lines(), ["GET /v1/api/credentials/digital/allotment"]);
    }
}
