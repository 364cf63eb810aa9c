//! Every refusal over real HTTP, by what the caller can do about it.

use std::time::Duration;

use brivo::{BrivoError, CredentialId};
use domain::BrivoUserId;

use crate::fake::{Fake, reply, token};

/// What the caller can do.
#[derive(Debug, PartialEq)]
enum Action {
    /// Ask for another token, once.
    Refresh,
    /// Have the key corrected.
    CorrectKey,
    /// Have a permission granted.
    GrantPermission,
    /// Wait, and repeat the call.
    Wait(Option<Duration>),
    /// Wait for the next period.
    WaitForQuota(Option<Duration>),
    /// Count it as gone.
    Forget,
    /// Decide by this status.
    Decide(u16),
    /// Look what became of it, after a wait.
    Look(Option<Duration>),
    /// Have the code corrected.
    FixOurCode,
}

fn action(error: &BrivoError) -> Action {
    match error {
        BrivoError::TokenRefused => Action::Refresh,
        BrivoError::KeyRefused => Action::CorrectKey,
        BrivoError::Forbidden { .. } => Action::GrantPermission,
        BrivoError::SlowDown { retry_after } => Action::Wait(*retry_after),
        BrivoError::QuotaSpent { retry_after } => Action::WaitForQuota(*retry_after),
        BrivoError::NotFound => Action::Forget,
        BrivoError::Rejected { status, .. } => Action::Decide(*status),
        BrivoError::Unavailable { retry_after, .. } => Action::Look(*retry_after),
        BrivoError::Misrouted => Action::FixOurCode,
        BrivoError::Disconnected
        | BrivoError::CodeRefused
        | BrivoError::BadApplication
        | BrivoError::Unreachable(_)
        | BrivoError::Interrupted(_)
        | BrivoError::Unreadable { .. }
        | BrivoError::Unsettled
        | BrivoError::Refreshing { .. }
        | BrivoError::Vault(_) => panic!("{error:?}"),
    }
}

type Headers = &'static [(&'static str, &'static str)];

const CODE: &str = "x-mashery-error-code";
const AFTER: &str = "retry-after";

/// Source: Brivo API, authentication errors and response codes, 2025-11-25; Mashery error codes, by support.mashery.com. The
/// dates are those of RFC 9110.
#[rustfmt::skip]
const REFUSALS: &[(u16, Headers, &str, Action)] = &[
    (401, &[], r#"{"error":"invalid_token","error_description":"Access token expired"}"#, Action::Refresh),
    (401, &[], r#"{"status":401,"error":"Unauthorized","message":"x","path":"/v1/api/users","timestamp":"y"}"#, Action::Refresh),
    (401, &[], "", Action::Refresh),
    (403, &[], "<h1>Developer Inactive</h1>", Action::CorrectKey),
    (403, &[(CODE, "ERR_403_NOT_AUTHORIZED")], "", Action::CorrectKey),
    (403, &[], r#"{"code":403,"message":"You are not allowed to perform that action"}"#, Action::GrantPermission),
    (403, &[], "", Action::GrantPermission),
    (403, &[(AFTER, "1")], "<h1>Developer Over Qps</h1>", Action::Wait(Some(Duration::from_secs(1)))),
    (403, &[(CODE, "ERR_403_SERVICE_OVER_QPS")], "", Action::Wait(None)),
    (429, &[(AFTER, "2")], "", Action::Wait(Some(Duration::from_secs(2)))),
    (403, &[(CODE, "ERR_403_DEVELOPER_OVER_RATE"), (AFTER, "86400")], "<h1>Developer Over Rate</h1>",
        Action::WaitForQuota(Some(Duration::from_hours(24)))),
    (403, &[(AFTER, "Tue, 01 Dec 2026 00:00:00 GMT"), ("date", "Mon, 30 Nov 2026 23:00:00 GMT")],
        "<h1>Developer Over Rate</h1>", Action::WaitForQuota(Some(Duration::from_hours(1)))),
    (404, &[], r#"{"code":404,"message":"User not found"}"#, Action::Forget),
    (404, &[], "", Action::Forget),
    (404, &[], "<html>nginx</html>", Action::FixOurCode),
    (596, &[(CODE, "ERR_596_SERVICE_NOT_FOUND")], "<h1>596 Service Not Found</h1>", Action::FixOurCode),
    (400, &[], r#"{"code":400,"message":"Invalid criteria provided"}"#, Action::Decide(400)),
    (409, &[], r#"{"message":"There is already a pending invitation for the cardHolder","code":409}"#, Action::Decide(409)),
    (412, &[], r#"{"code":412,"message":"Access point is not connected"}"#, Action::Decide(412)),
    (415, &[], "", Action::Decide(415)),
    (418, &[], "", Action::Look(None)),
    (500, &[], "<html></html>", Action::Look(None)),
    (502, &[(CODE, "ERR_502_BAD_GATEWAY")], "<h1>Bad Gateway</h1>", Action::Look(None)),
    (503, &[(AFTER, "30")], r#"{"code":503,"message":"Service unavailable"}"#, Action::Look(Some(Duration::from_secs(30)))),
    (504, &[(CODE, "ERR_504_GATEWAY_TIMEOUT")], "", Action::Look(None)),
];

/// `ALL-04`, `ALL-05`.
#[tokio::test]
async fn each_refusal_asks_for_its_own_action_and_is_asked_once() {
    for (status, headers, body, asked) in REFUSALS {
        let brivo = Fake::refusing(reply(*status, *body), headers.to_vec()).await;

        let error = brivo.client().credentials_of(&token(), BrivoUserId(7)).await.unwrap_err();

        assert_eq!(action(&error), *asked, "{status} {headers:?} {body}");
        assert_eq!(error.outcome_unknown(), matches!(asked, Action::Look(_)), "{status} {headers:?} {body}");
        assert_eq!(brivo.seen().len(), 1);
    }
}

#[tokio::test]
async fn a_success_of_somebody_in_between_is_not_taken_for_brivos() {
    let brivo = Fake::answering(|_| reply(200, "<html>we will be back soon</html>")).await;
    let (client, user) = (brivo.client(), BrivoUserId(7));

    let outcomes = [
        client.delete_user(&token(), user).await,
        client.unassign_credential(&token(), user, CredentialId(1)).await,
        client.revoke_credentials(&token(), user).await,
        client.clear_pin(&token(), user).await,
        client.cancel_invitation(&token(), user).await.map(drop),
    ];

    for outcome in outcomes {
        let error = outcome.unwrap_err();
        assert!(matches!(error, BrivoError::Unreadable { .. }) && error.outcome_unknown(), "{error:?}");
    }
}
