//! Passes on telephones: inviting, redeeming, cancelling, and running out of them.

use serde_json::{Value, json};
use simulators::brivo::UserId;

use crate::brivo_bench::{Bench, parts};

const HOURS_72: i64 = 72 * 60 * 60;

/// A user with an address and the path of the user's invitations.
fn invitee(bench: &Bench) -> (UserId, String) {
    let user = bench.brivo.edit(|model, now| model.create_by_hand("Ada", "King", "ada@example.com", now)).unwrap();
    (user, format!("/users/{user}/credentials/digital-invitations"))
}

async fn invite(bench: &Bench, path: &str) -> (u16, Value) {
    bench.send("POST", path, json!({"referenceId": "ada@example.com"})).await
}

async fn redeem(bench: &Bench, invitation: &Value) -> (u16, Value) {
    let body = json!({"referenceId": invitation["referenceId"], "accessCode": invitation["accessCode"]});
    let url = format!("{}/_sim/redemptions", bench.brivo.api_url());
    parts(bench.http.post(url).json(&body).send().await.unwrap()).await
}

#[tokio::test]
async fn an_invitation_has_a_code_of_eight_and_seventy_two_hours() {
    let bench = Bench::start().await;
    let (_, path) = invitee(&bench);
    let (status, invitation) = invite(&bench, &path).await;
    assert_eq!((status, &invitation["status"], &invitation["nfcEnabled"]), (200, &json!("PENDING"), &json!(false)));
    assert_eq!(invitation["accessCode"].as_str().unwrap().len(), 8);
    let dates = (&invitation["created"], &invitation["expiration"]);
    assert_eq!(dates, (&json!("2026-11-21T09:00:00.123Z"), &json!("2026-11-24T09:00:00.123Z")));
    assert!(invitation["credentialId"].is_u64());
}

#[tokio::test]
async fn a_user_has_one_pending_invitation_at_most_and_a_new_one_after_it_expired() {
    let bench = Bench::start().await;
    let (_, path) = invitee(&bench);
    invite(&bench, &path).await;
    let message = "There is already a pending invitation for the cardHolder. No new invitation will be generated";
    bench.clock.advance(HOURS_72 - 1);
    assert_eq!(invite(&bench, &path).await, (409, json!({"code": 409, "message": message})));
    bench.clock.advance(1);
    assert_eq!(bench.get(&path).await.1["count"], 0);
    assert_eq!(invite(&bench, &path).await.0, 200);
    assert_eq!(bench.get(&format!("{path}?filter=status__eq:expired")).await.1["count"], 1);
    assert_eq!(bench.get(&format!("{path}?filter=status__eq:all")).await.1["count"], 2);
    let refusal = json!({"code": 400, "message": "Invalid status provided"});
    assert_eq!(bench.get(&format!("{path}?filter=status__eq:lost")).await, (400, refusal));
}

#[tokio::test]
async fn cancelling_says_when_and_finds_nothing_a_second_time() {
    let bench = Bench::start().await;
    let (_, path) = invitee(&bench);
    invite(&bench, &path).await;
    let (status, cancelled) = bench.send("DELETE", &path, Value::Null).await;
    assert_eq!((status, &cancelled["status"]), (200, &json!("CANCELLED")));
    assert_eq!(cancelled["cancelDate"], "2026-11-21T09:00:00.123Z");
    let refusal = json!({"code": 404, "message": "Digital invitation not found"});
    assert_eq!(bench.send("DELETE", &path, Value::Null).await, (404, refusal));
    assert_eq!(invite(&bench, &path).await.0, 200);
    let missing = bench.send("DELETE", "/users/5/credentials/digital-invitations", Value::Null).await;
    assert_eq!((missing.0, missing.1["message"].as_str()), (404, Some("User not found")));
}

#[tokio::test]
async fn redeeming_makes_the_announced_credential_and_taking_it_ends_it() {
    let bench = Bench::start().await;
    let (user, path) = invitee(&bench);
    let (_, invitation) = invite(&bench, &path).await;
    let held = format!("/users/{user}/credentials");
    assert_eq!(bench.get(&held).await.1["count"], 0);

    assert_eq!(redeem(&bench, &invitation).await, (200, json!({"credentialId": invitation["credentialId"]})));

    let (_, list) = bench.get(&held).await;
    assert_eq!(
        (&list["data"][0]["id"], &list["data"][0]["credentialFormat"]["id"]),
        (&invitation["credentialId"], &json!(307))
    );
    assert_eq!(bench.get(&format!("{path}?filter=status__eq:redeemed")).await.1["count"], 1);
    assert_eq!(redeem(&bench, &invitation).await, (409, json!({"reason": "used"})));
    assert_eq!(bench.send("DELETE", &path, Value::Null).await.0, 404);
    let pass = format!("{held}/{}", invitation["credentialId"]);
    assert_eq!(bench.send("DELETE", &pass, Value::Null).await.0, 204);
    assert_eq!(bench.get(&format!("/credentials/{}", invitation["credentialId"])).await.0, 404);
}

#[tokio::test]
async fn what_expired_or_was_cancelled_or_never_was_is_not_redeemed() {
    let bench = Bench::start().await;
    let (_, path) = invitee(&bench);
    let (_, first) = invite(&bench, &path).await;
    bench.clock.advance(HOURS_72);
    assert_eq!(redeem(&bench, &first).await, (409, json!({"reason": "expired"})));
    let (_, second) = invite(&bench, &path).await;
    bench.send("DELETE", &path, Value::Null).await;
    assert_eq!(redeem(&bench, &second).await, (409, json!({"reason": "cancelled"})));
    let made_up = json!({"referenceId": "ada@example.com", "accessCode": "00000000"});
    assert_eq!(redeem(&bench, &made_up).await, (409, json!({"reason": "unknown"})));
}

#[tokio::test]
async fn pending_and_redeemed_passes_are_assigned_and_none_is_left_after_the_last() {
    let bench = Bench::start().await;
    bench.brivo.edit(|model, _| model.allot_passes(1, 0)).unwrap();
    let ((_, first), (_, second)) = (invitee(&bench), invitee(&bench));
    let allotment = "/credentials/digital/allotment";
    let (_, invitation) = invite(&bench, &first).await;
    for _ in 0..2 {
        assert_eq!(bench.get(allotment).await, (200, json!({"allotted": 1, "assigned": 1})));
        let refusal = json!({"code": 412, "message": "You don't have any Brivo Wallet Passes available."});
        assert_eq!(invite(&bench, &second).await, (412, refusal));
        redeem(&bench, &invitation).await;
    }
    assert_eq!(bench.get("/credentials/digital/allegion-allotment").await.1, json!({"allotted": 0, "assigned": 0}));
}

#[tokio::test]
async fn an_account_without_the_feature_invites_nobody() {
    let bench = Bench::start().await;
    bench.brivo.edit(|model, _| model.offer_mobile_passes(false)).unwrap();
    let (_, path) = invitee(&bench);
    assert_eq!(invite(&bench, &path).await.0, 412);
    assert_eq!(bench.get("/pass").await.0, 403);
}

#[tokio::test]
async fn an_invitation_needs_an_address_and_known_parameters() {
    let bench = Bench::start().await;
    let (_, path) = invitee(&bench);
    for query in ["language=tlh", "nfcEnabled=maybe", "sendInvitationEmail=1"] {
        assert_eq!(invite(&bench, &format!("{path}?{query}")).await.0, 400, "{query}");
    }
    assert_eq!(invite(&bench, &format!("{path}?nfcEnabled=true")).await.0, 412);
    assert_eq!(bench.send("POST", &path, json!({})).await.0, 400);
    assert_eq!(invite(&bench, &format!("{path}?sendInvitationEmail=true&language=de")).await.0, 200);
    let user = bench.add_user("Grace", "Hopper", "g");
    assert_eq!(invite(&bench, &format!("/users/{user}/credentials/digital-invitations")).await.0, 400);
}

#[tokio::test]
async fn revoking_credentials_cancels_the_invitation_and_takes_the_pass() {
    let bench = Bench::start().await;
    let (user, path) = invitee(&bench);
    invite(&bench, &path).await;
    bench.brivo.edit(|model, now| model.suspend_by_hand(user, now)).unwrap();
    let revoke = format!("/users/{user}/revoke-credentials");
    bench.send("POST", &revoke, Value::Null).await;
    assert_eq!(bench.get(&format!("{path}?filter=status__eq:cancelled")).await.1["count"], 1);
    let (_, invitation) = invite(&bench, &path).await;
    redeem(&bench, &invitation).await;
    bench.send("POST", &revoke, Value::Null).await;
    assert_eq!(bench.get(&format!("/users/{user}/credentials")).await.1["count"], 0);
}

#[tokio::test]
async fn inviting_who_holds_a_pass_is_written_down() {
    let bench = Bench::start().await;
    let (_, path) = invitee(&bench);
    let (_, invitation) = invite(&bench, &path).await;
    redeem(&bench, &invitation).await;
    assert_eq!(bench.brivo.violations(), Vec::<String>::new());
    invite(&bench, &path).await;
    assert_eq!(bench.brivo.violations(), [format!("POST /v1/api{path}: invites a user who holds a pass")]);
}

#[tokio::test]
async fn a_pass_goes_into_a_wallet_once_and_while_some_are_left() {
    let bench = Bench::start().await;
    let (user, path) = invitee(&bench);
    let (_, invitation) = invite(&bench, &path).await;
    redeem(&bench, &invitation).await;
    let credential = &invitation["credentialId"];
    let entry = json!({"userId": user, "accessCredentialId": credential, "referenceId": "ada@example.com"});
    let body = json!({"bmpCredentials": [entry]});
    let call = "/users/credentials/brivo-wallet-pass?nfcEnabled=true";
    assert_eq!(bench.send("POST", call, body.clone()).await.0, 412);
    bench.brivo.edit(|model, _| model.allot_passes(100, 1)).unwrap();
    let (status, echo) = bench.send("POST", call, body.clone()).await;
    assert_eq!((status, &echo["bmpCredentials"][0]["updated"]), (200, &json!(true)));
    assert_eq!(bench.send("POST", call, body.clone()).await.0, 409);
    assert_eq!(bench.send("POST", "/users/credentials/brivo-wallet-pass", body.clone()).await.0, 200);
    assert_eq!(bench.send("POST", call, body).await.0, 200);
}

#[tokio::test]
async fn a_visitor_comes_with_groups_and_a_pin_and_is_deleted_like_one() {
    let bench = Bench::start().await;
    bench.add_groups([1]);
    let visit = json!({
        "user": {
            "firstName": "Vera", "effectiveFrom": "2026-11-21T10:00:00Z", "effectiveTo": "2026-11-21T18:00:00Z",
            "emails": [{"address": "vera@example.com", "type": "home"}],
        },
        "groupIds": [1], "credentialType": "MOBILE_PASS",
    });
    let (status, visitor) = bench.send("POST", "/brivo-visitor/create-and-assign-visitor-user", visit).await;
    assert_eq!((status, &visitor["identityType"]), (200, &json!("Visitor")));
    assert_eq!((visitor["pin"].as_str().unwrap().len(), &visitor["lastName"]), (6, &json!("(simulated-admin)")));
    let id = &visitor["id"];
    assert_eq!(bench.get(&format!("/users/{id}/groups")).await.1["count"], 1);
    let invitations = format!("/users/{id}/credentials/digital-invitations");
    let (_, first) = bench.get(&invitations).await;
    let again = format!("/brivo-visitor/{id}/credentials/digital-invitation");
    assert_eq!(bench.send("POST", &again, Value::Null).await.0, 204);
    assert_ne!(bench.get(&invitations).await.1["data"][0]["id"], first["data"][0]["id"]);
    assert_eq!(bench.send("DELETE", &format!("/brivo-visitor/{id}"), Value::Null).await.0, 204);
    assert_eq!(bench.send("DELETE", &format!("/brivo-visitor/{id}"), Value::Null).await.0, 404);
}
