//! Access codes and mobile passes: what opens doors, beside the groups.

use serde_json::{Value, json};
use simulators::brivo::{ErrorBody, Misbehaviour, Times};

use crate::{
    bundle::{ADMIN_KEY, answer},
    disconnecting::disconnect,
    feed::{but, document, document_with, member, membership, plan, tell, world_of},
    world::{ANNA, BEN, NONE, Setting, World, at},
};

const DAY: u64 = 501;

/// A user's access code as Brivo shows it.
fn pin(world: &World, member: u64) -> Option<String> {
    let shown = world.brivo_shows(&format!("users/{}/credentials", world.user(member).unwrap().0));
    let pin = shown["data"].as_array().unwrap().iter().find(|one| one["credentialFormat"]["id"] == 2);
    pin.map(|pin| pin["encodedCredential"].as_str().unwrap().to_owned())
}

/// Every invitation of a user: address and status.
fn invitations(world: &World, member: u64) -> Vec<(String, String)> {
    let path = format!("users/{}/credentials/digital-invitations?filter=status__eq:all", world.user(member).unwrap().0);
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let shown = world.brivo_shows(&path);
    shown["data"].as_array().unwrap().iter().map(|one| (text(&one["referenceId"]), text(&one["status"]))).collect()
}

fn invited(address: &str, status: &str) -> (String, String) {
    (address.to_owned(), status.to_owned())
}

/// The person claims the invitation that waits, on the telephone.
fn claim(world: &World, member: u64) {
    let path = format!("users/{}/credentials/digital-invitations", world.user(member).unwrap().0);
    let shown = world.brivo_shows(&path);
    let (address, code) = (shown["data"][0]["referenceId"].as_str(), shown["data"][0]["accessCode"].as_str());
    world.brivo.edit(|model, now| model.redeem(address.unwrap(), code.unwrap(), now)).unwrap().unwrap();
}

/// How many mobile passes a user has.
fn passes(world: &World, member: u64) -> usize {
    let shown = world.brivo_shows(&format!("users/{}/credentials", world.user(member).unwrap().0));
    shown["data"].as_array().unwrap().len()
}

/// Staff takes a user's mobile pass away, on Brivo's pages.
fn take_pass(world: &World, member: u64) {
    let user = world.user(member).unwrap();
    world.brivo.edit(|model, _| model.take_cards_by_hand(user)).unwrap();
}

/// Disconnects the account and takes away all that was granted there.
async fn revoke_all(world: &World) {
    let (_, body) = disconnect(world, json!({"access": "revoke"})).await;
    let (status, body) = disconnect(world, json!({"access": "revoke", "hash": body["plan"]["hash"]})).await;
    assert_eq!(status, 200, "{body}");
    world.settle().await;
}

fn is_invite(call: &str) -> bool {
    call.starts_with("POST") && call.contains("digital-invitations")
}

/// What the API says of a member's credentials.
async fn credentials(world: &World, member: u64) -> Value {
    world.access(member).await["accounts"][0]["credentials"].clone()
}

/// Whom the API lists as waiting, and for what.
async fn waiting(world: &World) -> Vec<(String, String)> {
    let (status, body) = world.bundle.api(&format!("/tenants/{}/credentials", world.tenant)).await;
    assert_eq!(status, 200, "{body}");
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    body["waiting"].as_array().unwrap().iter().map(|one| (text(&one["member"]), text(&one["waits_for"]))).collect()
}

mod access_codes {
    use super::*;

    async fn deskworks(policy: Value) -> World {
        let world = world_of(document_with("deskworks", &[plan("office", &[DAY])], policy)).await;
        for (id, number) in [("b1", ANNA), ("b2", BEN)] {
            tell(&world, "membership.upserted", membership(id, "office", number)).await;
        }
        world
    }

    fn anna(code: impl Into<Value>) -> Value {
        let code: Value = code.into();
        but(member(ANNA, "Anna Example", "anna@example.com"), &json!({ "access_code": code }))
    }

    fn ben(code: impl Into<Value>) -> Value {
        let code: Value = code.into();
        but(member(BEN, "Ben Example", "ben@example.com"), &json!({ "access_code": code }))
    }

    /// DWK-14, DWK-15, DWK-17, DWK-18: the code is the user's PIN; the same one again costs nothing, another one a write.
    #[tokio::test]
    async fn the_access_code_becomes_the_pin() {
        let mut world = deskworks(json!({})).await;

        tell(&world, "member.upserted", anna("48151")).await;
        assert_eq!((pin(&world, ANNA), world.groups(ANNA)), (Some("48151".to_owned()), vec![DAY]));
        world.new_calls();

        world.run_until(at("08:10")).await;
        tell(&world, "member.upserted", anna("48151")).await;
        assert_eq!(world.new_writes(), [""; 0]);

        tell(&world, "member.upserted", anna("62342")).await;
        assert_eq!(pin(&world, ANNA), Some("62342".to_owned()));
        assert_eq!(world.new_writes(), ["patch"]);
        assert_eq!(credentials(&world, ANNA).await["access_code"], "sent");
    }

    /// DWK-19: clearing the code removes the PIN, and the rest of the person stays.
    #[tokio::test]
    async fn clearing_the_code_removes_the_pin() {
        let world = deskworks(json!({})).await;
        tell(&world, "member.upserted", anna("48151")).await;

        tell(&world, "member.upserted", anna(Value::Null)).await;

        assert_eq!((pin(&world, ANNA), world.groups(ANNA)), (None, vec![DAY]));
        assert_eq!(credentials(&world, ANNA).await["access_code"], "none");
    }

    /// DWK-19, X21: where Brivo keeps a PIN that it was to clear, the PIN has an end in the past, which no later write moves
    /// before there is another code.
    #[tokio::test]
    async fn a_pin_that_brivo_does_not_clear_opens_nothing_any_more() {
        for backstop in ["off", "pin"] {
            let document = document_with("deskworks", &[plan("office", &[DAY])], json!({"backstop": backstop}));
            let mut setting = Setting::of(document);
            setting.brivo.null_clears_pin = false;
            let mut world = World::of(setting).await;
            tell(&world, "membership.upserted", membership("b1", "office", ANNA)).await;
            tell(&world, "member.upserted", anna("48151")).await;
            assert_eq!(world.profile(ANNA).effective_to, None);

            tell(&world, "member.upserted", anna(Value::Null)).await;
            assert_eq!(world.profile(ANNA).effective_to, Some(at("08:00")), "{backstop}");

            world.run_until(at("09:00")).await;
            tell(&world, "member.upserted", but(anna(Value::Null), &json!({"full_name": "Anna Other"}))).await;
            let until = but(membership("b1", "office", ANNA), &json!({"ends": "2026-03-08"}));
            tell(&world, "membership.upserted", until).await;
            world.run_until(at("2026-03-03T09:00:00Z")).await;
            assert_eq!(world.profile(ANNA).last_name, "Other");
            assert_eq!(world.profile(ANNA).effective_to, Some(at("08:00")), "{backstop}");

            tell(&world, "member.upserted", anna("62342")).await;
            assert_eq!(pin(&world, ANNA), Some("62342".to_owned()));
            let ends = (backstop == "pin").then(|| at("2026-03-09T00:00:00Z"));
            assert_eq!(world.profile(ANNA).effective_to, ends, "{backstop}");
        }
    }

    /// DWK-19: a code that somebody else has is reported on that member, keeps back neither name nor groups, and is sent once
    /// it is free.
    #[tokio::test]
    async fn a_code_that_somebody_has_is_reported_and_keeps_nothing_else_back() {
        let mut world = deskworks(json!({})).await;
        tell(&world, "member.upserted", anna("48151")).await;

        tell(&world, "member.upserted", ben("48151")).await;
        assert_eq!((pin(&world, BEN), world.groups(BEN)), (None, vec![DAY]));
        let access = world.access(BEN).await;
        assert!(access["last_error"].as_str().unwrap().contains("refused the access code"), "{access}");
        assert_eq!(waiting(&world).await, [(BEN.to_string(), "other_code".to_owned())]);
        tell(&world, "member.upserted", but(ben("48151"), &json!({"full_name": "Ben Other"}))).await;
        assert_eq!(world.profile(BEN).last_name, "Other");

        tell(&world, "member.upserted", anna(Value::Null)).await;
        world.run_until(at("14:10")).await;
        assert_eq!(pin(&world, BEN), Some("48151".to_owned()));
        assert_eq!(world.access(BEN).await["last_error"], Value::Null);
    }

    /// DWK-19: whatever is no code at all is Brivo's to refuse.
    #[tokio::test]
    async fn a_code_that_is_none_keeps_nothing_else_back() {
        for code in ["1", "abcd", "1234567890", "1111"] {
            let world = deskworks(json!({})).await;

            tell(&world, "member.upserted", anna(code)).await;

            assert_eq!((pin(&world, ANNA), world.groups(ANNA)), (None, vec![DAY]), "{code}");
        }
    }

    /// DWK-26, DWK-28: after the deletion the code is nobody's, and Brivo takes it for somebody else.
    #[tokio::test]
    async fn after_a_deletion_the_code_is_free() {
        let mut world = deskworks(json!({"deprovision": "delete"})).await;
        tell(&world, "member.upserted", anna("48151")).await;

        tell(&world, "member.upserted", but(anna("48151"), &json!({"status": "inactive"}))).await;
        world.run_until(at("08:10")).await;
        assert!(world.user(ANNA).is_none());

        tell(&world, "member.upserted", ben("48151")).await;
        assert_eq!(pin(&world, BEN), Some("48151".to_owned()));
    }

    /// DWK-33, INV-4: a PIN that staff gave is never touched.
    #[tokio::test]
    async fn a_pin_of_staff_stays() {
        let world = deskworks(json!({})).await;
        tell(&world, "member.upserted", member(ANNA, "Anna Example", "anna@example.com")).await;
        let user = world.user(ANNA).unwrap();
        world.brivo.edit(|model, now| model.write_pin_by_hand(user, "73519", now)).unwrap();

        tell(&world, "member.upserted", anna(Value::Null)).await;

        assert_eq!(pin(&world, ANNA), Some("73519".to_owned()));
    }

    /// Whom staff had given a PIN before we came, or after, without our doing.
    async fn with_a_pin_of_staff(is_adopted: bool) -> World {
        let mut setting = Setting::of(document_with("deskworks", &[plan("office", &[DAY])], json!({})));
        if is_adopted {
            setting.before = |brivo| {
                brivo
                    .edit(|model, now| {
                        let user = model.create_by_hand("Anna", "Example", "anna@example.com", now);
                        model.write_pin_by_hand(user, "73519", now);
                    })
                    .unwrap();
            };
        }
        let world = World::of(setting).await;
        tell(&world, "membership.upserted", membership("b1", "office", ANNA)).await;
        if !is_adopted {
            tell(&world, "member.upserted", member(ANNA, "Anna Example", "anna@example.com")).await;
            let user = world.user(ANNA).unwrap();
            world.brivo.edit(|model, now| model.write_pin_by_hand(user, "73519", now)).unwrap();
        }
        world
    }

    /// DWK-33, DWK-18, INV-4: a PIN that staff gave is not written over by the platform's code, which keeps nothing else back and is
    /// told; once staff took theirs away ours follows.
    #[tokio::test]
    async fn a_pin_of_staff_is_not_written_over() {
        for is_adopted in [true, false] {
            let mut world = with_a_pin_of_staff(is_adopted).await;

            tell(&world, "member.upserted", anna("48151")).await;
            assert_eq!((pin(&world, ANNA), world.groups(ANNA)), (Some("73519".to_owned()), vec![DAY]));
            let access = world.access(ANNA).await;
            assert!(access["last_error"].as_str().unwrap().contains("one that we did not send"), "{access}");
            assert_eq!(access["accounts"][0]["credentials"]["access_code"], "not_ours");
            tell(&world, "member.upserted", anna(Value::Null)).await;
            tell(&world, "member.upserted", anna("62342")).await;
            assert_eq!(pin(&world, ANNA), Some("73519".to_owned()));

            let user = world.user(ANNA).unwrap();
            world.brivo.edit(|model, now| model.take_pin_by_hand(user, now)).unwrap();
            world.run_until(at("14:10")).await;
            assert_eq!(pin(&world, ANNA), Some("62342".to_owned()), "adopted: {is_adopted}");
            assert_eq!(world.access(ANNA).await["last_error"], Value::Null);
            assert_eq!(credentials(&world, ANNA).await["access_code"], "sent");
        }
    }

    /// DWK-33, DWK-18: staff had given the very code that the platform tells: nobody has anything to do.
    #[tokio::test]
    async fn a_pin_of_staff_that_is_the_platforms_code_is_left_as_it_is() {
        let mut world = with_a_pin_of_staff(true).await;

        tell(&world, "member.upserted", anna("73519")).await;
        world.run_until(at("2026-03-03T08:00:00Z")).await;

        assert_eq!(world.access(ANNA).await["last_error"], Value::Null);
        tell(&world, "member.upserted", anna(Value::Null)).await;
        assert_eq!(pin(&world, ANNA), Some("73519".to_owned()), "it is not ours to take away");
    }

    /// ALL-05: a time-out after which nobody knows whether the code arrived.
    #[tokio::test]
    async fn an_answer_that_got_lost_costs_one_more_write() {
        let mut world = deskworks(json!({})).await;
        tell(&world, "member.upserted", member(ANNA, "Anna Example", "anna@example.com")).await;
        world.fault(("PATCH", "/users/*"), Misbehaviour::AppliedThenDropped, Times::Count(1));

        tell(&world, "member.upserted", anna("48151")).await;
        world.run_until(at("08:01")).await;

        assert_eq!(pin(&world, ANNA), Some("48151".to_owned()));
    }
}

mod by_brivos_mail {
    use super::*;

    fn campus() -> Value {
        let mut document = document("coworks", &[plan("desk", &[DAY])]);
        document["managed_groups"] = json!([DAY]);
        document
    }

    async fn coworks() -> World {
        world_of(campus()).await
    }

    fn anna() -> Value {
        but(member(ANNA, "Anna Example", "anna@example.com"), &json!({"door_access": {"groups": [DAY]}}))
    }

    /// CWK-12, CWK-13, CWK-15, ORD-46, ORD-49: one invitation, with Brivo's mail, to the member's address; saving again sends
    /// no second.
    #[tokio::test]
    async fn a_member_with_door_access_is_invited_once() {
        let mut world = coworks().await;

        tell(&world, "member.upserted", anna()).await;

        let invites: Vec<String> = world.new_calls().into_iter().filter(|call| is_invite(call)).collect();
        assert_eq!(invites.len(), 1);
        assert!(invites[0].contains("sendInvitationEmail=true"), "{invites:?}");
        assert_eq!(invitations(&world, ANNA), [invited("anna@example.com", "PENDING")]);
        assert_eq!(credentials(&world, ANNA).await["pass"]["state"], "pending");

        world.run_until(at("08:30")).await;
        tell(&world, "member.upserted", anna()).await;
        assert!(!world.new_calls().iter().any(|call| is_invite(call)));
    }

    /// CWK-14, NEX-29: whoever claimed it has access without anybody's doing, and is never invited again.
    #[tokio::test]
    async fn a_pass_that_was_claimed_is_recognised() {
        let mut world = coworks().await;
        tell(&world, "member.upserted", anna()).await;
        claim(&world, ANNA);

        world.run_until(at("2026-03-06T08:00:00Z")).await;

        assert_eq!(invitations(&world, ANNA), [invited("anna@example.com", "REDEEMED")]);
        assert_eq!(credentials(&world, ANNA).await["pass"]["state"], "claimed");
        assert_eq!((waiting(&world).await, world.groups(ANNA)), (vec![], vec![DAY]));
    }

    #[tokio::test]
    async fn an_invitation_that_nobody_claims_expires_and_is_told() {
        let mut world = coworks().await;
        tell(&world, "member.upserted", anna()).await;

        world.run_until(at("2026-03-06T08:00:00Z")).await;

        assert_eq!(invitations(&world, ANNA), [invited("anna@example.com", "EXPIRED")]);
        assert_eq!(waiting(&world).await, [(ANNA.to_string(), "invitation".to_owned())]);
    }

    /// NEX-29: on request another code is sent, and the one before is good no more.
    #[tokio::test]
    async fn on_request_the_member_is_invited_again() {
        let world = coworks().await;
        tell(&world, "member.upserted", anna()).await;
        let again = || async {
            let path = format!("/api/v1/tenants/{}/members/{ANNA}/invitation", world.tenant);
            let asked = answer(world.bundle.post(&path).bearer_auth(ADMIN_KEY)).await;
            world.settle().await;
            asked.0
        };

        assert_eq!(again().await, 200);
        let statuses: Vec<String> = invitations(&world, ANNA).into_iter().map(|(_, status)| status).collect();
        assert_eq!(statuses.iter().filter(|status| *status == "PENDING").count(), 1, "{statuses:?}");
        assert_eq!(statuses.iter().filter(|status| *status == "CANCELLED").count(), 1, "{statuses:?}");

        claim(&world, ANNA);
        assert_eq!(again().await, 409, "it was claimed, and nobody had noticed");
        assert_eq!(invitations(&world, ANNA).iter().filter(|(_, status)| status == "PENDING").count(), 0);
        // All of this was one instant, and it is somebody else's turn by now.
        world.step(at("08:01")).await;
        assert_eq!((credentials(&world, ANNA).await["pass"]["state"].clone(), again().await), ("claimed".into(), 409));
    }

    /// X13, CWK-15: staff takes a claimed pass away at Brivo: nobody is invited behind their back, and once they ask there is a new
    /// invitation, one.
    #[tokio::test]
    async fn a_pass_that_staff_took_away_is_given_anew_on_request() {
        let mut world = coworks().await;
        tell(&world, "member.upserted", anna()).await;
        claim(&world, ANNA);
        world.run_until(at("2026-03-04T08:00:00Z")).await;
        assert_eq!(credentials(&world, ANNA).await["pass"]["state"], "claimed");
        take_pass(&world, ANNA);
        world.run_until(at("2026-03-06T08:00:00Z")).await;
        assert_eq!(invitations(&world, ANNA), [invited("anna@example.com", "REDEEMED")]);

        let path = format!("/api/v1/tenants/{}/members/{ANNA}/invitation", world.tenant);
        let (status, body) = answer(world.bundle.post(&path).bearer_auth(ADMIN_KEY)).await;
        world.settle().await;

        assert_eq!(status, 200, "{body}");
        let mut statuses: Vec<String> = invitations(&world, ANNA).into_iter().map(|(_, status)| status).collect();
        statuses.sort();
        assert_eq!(statuses, ["PENDING", "REDEEMED"]);
    }

    /// CWK-15, ALL-05: the answer to an invitation gets lost: it is looked for, and no second mail goes out.
    #[tokio::test]
    async fn an_invitation_whose_answer_got_lost_is_not_repeated() {
        let mut world = coworks().await;
        let path = ("POST", "/users/*/credentials/digital-invitations");
        world.fault(path, Misbehaviour::AppliedThenDropped, Times::Count(1));

        tell(&world, "member.upserted", anna()).await;
        world.run_until(at("08:01")).await;

        assert_eq!(invitations(&world, ANNA), [invited("anna@example.com", "PENDING")]);
        assert_eq!(world.new_calls().iter().filter(|call| is_invite(call)).count(), 1);
        assert_eq!(credentials(&world, ANNA).await["pass"]["state"], "pending");
    }

    /// D12, SPB-34, ALL-04: no pass left is told, the groups are in step all the same, and once there is one it is given.
    #[tokio::test]
    async fn without_a_pass_left_the_groups_are_in_step_all_the_same() {
        let mut world = coworks().await;
        world.brivo.edit(|model, _| model.allot_passes(0, 0)).unwrap();

        tell(&world, "member.upserted", anna()).await;
        assert_eq!((world.groups(ANNA), invitations(&world, ANNA)), (vec![DAY], vec![]));
        assert_eq!(waiting(&world).await, [(ANNA.to_string(), "stock".to_owned())]);
        let error = world.access(ANNA).await["last_error"].clone();
        assert!(error.as_str().unwrap().contains("none left"), "{error}");

        world.brivo.edit(|model, _| model.allot_passes(1, 0)).unwrap();
        world.run_until(at("09:05")).await;
        assert_eq!(invitations(&world, ANNA), [invited("anna@example.com", "PENDING")]);
    }

    /// ORD-48: an account without mobile passes is told of clearly, and the groups are in step all the same.
    #[tokio::test]
    async fn an_account_without_mobile_passes_keeps_nobody_out() {
        let world = coworks().await;
        world.brivo.edit(|model, _| model.offer_mobile_passes(false)).unwrap();

        tell(&world, "member.upserted", anna()).await;

        assert_eq!(world.groups(ANNA), [DAY]);
        let error = world.access(ANNA).await["last_error"].clone();
        assert!(error.as_str().unwrap().contains("no mobile pass"), "{error}");
    }

    /// ALL-05: Brivo is out of order for a moment.
    #[tokio::test]
    async fn an_invitation_is_made_once_brivo_is_back() {
        let mut world = coworks().await;
        let down = Misbehaviour::ServerError { status: 503, body: ErrorBody::Json };
        world.fault(("POST", "/users/*/credentials/digital-invitations"), down, Times::Count(3));

        tell(&world, "member.upserted", anna()).await;
        assert_eq!(world.groups(ANNA), [DAY]);
        world.run_until(at("08:05")).await;

        assert_eq!(invitations(&world, ANNA), [invited("anna@example.com", "PENDING")]);
    }

    /// X13, SPB-32: whoever has a pass already, from staff, is adopted and not invited.
    #[tokio::test]
    async fn who_has_a_pass_already_is_not_invited() {
        let mut setting = Setting::of(campus());
        setting.before = |brivo| {
            brivo
                .edit(|model, now| {
                    let user = model.create_by_hand("Anna", "Example", "anna@example.com", now);
                    model.give_pass_by_hand(user, "anna@example.com", now);
                })
                .unwrap();
        };
        let world = World::of(setting).await;

        tell(&world, "member.upserted", anna()).await;

        assert_eq!((world.groups(ANNA), invitations(&world, ANNA)), (vec![DAY], vec![]));
        assert_eq!(credentials(&world, ANNA).await["pass"]["state"], "claimed");
    }

    /// CWK-14, NEX-29, ALL-15: a pass that was claimed while nobody looked is known to be ours when its person leaves: they are
    /// not invited twice, and it is taken away with all that was granted, whether or not Brivo's answer told its id.
    #[tokio::test]
    async fn a_pass_that_was_claimed_unnoticed_is_ours_to_take_away() {
        for is_answer_lost in [false, true] {
            let mut world = coworks().await;
            if is_answer_lost {
                let path = ("POST", "/users/*/credentials/digital-invitations");
                world.fault(path, Misbehaviour::AppliedThenDropped, Times::Count(1));
            }
            tell(&world, "member.upserted", anna()).await;
            world.run_until(at("08:01")).await;
            claim(&world, ANNA);

            tell(&world, "member.upserted", but(anna(), &json!({"door_access": {"groups": []}}))).await;
            tell(&world, "member.upserted", anna()).await;
            assert_eq!(invitations(&world, ANNA), [invited("anna@example.com", "REDEEMED")]);
            assert_eq!(credentials(&world, ANNA).await["pass"]["state"], "claimed");

            revoke_all(&world).await;
            assert_eq!((world.groups(ANNA), passes(&world, ANNA)), (NONE.to_vec(), 0));
        }
    }

    /// ALL-15: the same where the disconnecting itself finds that it was claimed.
    #[tokio::test]
    async fn whoever_disconnects_takes_away_a_pass_that_was_claimed_unnoticed() {
        let world = coworks().await;
        tell(&world, "member.upserted", anna()).await;
        claim(&world, ANNA);
        assert_eq!(passes(&world, ANNA), 1);

        revoke_all(&world).await;

        assert_eq!((world.groups(ANNA), passes(&world, ANNA)), (NONE.to_vec(), 0));
        assert_eq!(invitations(&world, ANNA), [invited("anna@example.com", "REDEEMED")]);
    }

    /// NEX-29: while Brivo cannot say whether the pass was claimed, nobody is told that a new code is on its way.
    #[tokio::test]
    async fn nobody_is_invited_again_while_brivo_cannot_be_asked() {
        let world = coworks().await;
        tell(&world, "member.upserted", anna()).await;
        let down = Misbehaviour::ServerError { status: 503, body: ErrorBody::Json };
        world.fault(("GET", "/users/*/credentials/digital-invitations"), down, Times::Always);

        let path = format!("/api/v1/tenants/{}/members/{ANNA}/invitation", world.tenant);
        let (status, body) = answer(world.bundle.post(&path).bearer_auth(ADMIN_KEY)).await;

        assert_eq!(status, 503, "{body}");
        assert_eq!(invitations(&world, ANNA), [invited("anna@example.com", "PENDING")]);
    }

    /// D11: who leaves is not left with an invitation that could be claimed later; a claimed pass stays.
    #[tokio::test]
    async fn who_leaves_is_not_left_with_an_invitation() {
        let world = coworks().await;
        tell(&world, "member.upserted", anna()).await;

        tell(&world, "member.upserted", but(anna(), &json!({"door_access": {"groups": []}}))).await;

        assert_eq!(
            (world.groups(ANNA), invitations(&world, ANNA)),
            (NONE.to_vec(), vec![invited("anna@example.com", "CANCELLED")])
        );
    }
}

mod from_staff {
    use super::*;

    /// SPB-29, SPB-30, SPB-31, SPB-34: the group is there at once, nobody is sent anything, the person is listed as waiting
    /// until staff gave a credential.
    #[tokio::test]
    async fn a_new_person_waits_for_staff_with_the_groups_set() {
        let mut world = world_of(document("spacebring", &[plan("flex", &[DAY])])).await;
        tell(&world, "member.upserted", member(ANNA, "Anna Example", "anna@example.com")).await;
        tell(&world, "membership.upserted", membership("s1", "flex", ANNA)).await;

        assert_eq!((world.groups(ANNA), invitations(&world, ANNA)), (vec![DAY], vec![]));
        assert_eq!(waiting(&world).await, [(ANNA.to_string(), "credential".to_owned())]);

        let (_, body) = world.bundle.api(&format!("/tenants/{}/credentials", world.tenant)).await;
        assert_eq!(body["waiting"][0]["looked_at"], json!("2026-03-02T08:00:00Z"), "{body}");

        world.run_until(at("10:30")).await;
        let user = world.user(ANNA).unwrap();
        world
            .brivo
            .edit(|model, now| {
                let card = model.add_card(7, 4711);
                model.assign_by_hand(user, card, now);
            })
            .unwrap();
        assert_eq!(waiting(&world).await.len(), 1, "nobody has looked since");
        world.run_until(at("12:05")).await;
        assert_eq!(waiting(&world).await, []);
    }

    /// SPB-32: whom staff gave a credential before we came does not wait.
    #[tokio::test]
    async fn who_is_adopted_with_a_credential_does_not_wait() {
        let mut setting = Setting::of(document("spacebring", &[plan("flex", &[DAY])]));
        setting.before = |brivo| {
            brivo
                .edit(|model, now| {
                    let user = model.create_by_hand("Anna", "Example", "anna@example.com", now);
                    let card = model.add_card(7, 4711);
                    model.assign_by_hand(user, card, now);
                })
                .unwrap();
        };
        let world = World::of(setting).await;

        tell(&world, "member.upserted", member(ANNA, "Anna Example", "anna@example.com")).await;
        tell(&world, "membership.upserted", membership("s1", "flex", ANNA)).await;

        assert_eq!((world.groups(ANNA), waiting(&world).await), (vec![DAY], vec![]));
        assert_eq!(world.users().len(), 1);
    }
}

mod by_our_mail {
    use super::*;
    use crate::tenants::{OTHER_ROOM, ROOM};

    async fn mailing(policy: Value) -> World {
        let mut document = crate::tenants::nexudus();
        document["code_mail"] = json!({"from": "Acme doors <doors@acme.example>"});
        document["policy"] = policy;
        world_of(document).await
    }

    /// The mails so far: when, to whom, and the text.
    async fn mails(world: &World) -> Vec<(String, String, String)> {
        let (status, body) = answer(world.bundle.get("/local/mails")).await;
        assert_eq!(status, 200, "{body}");
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        body.as_array()
            .unwrap()
            .iter()
            .map(|mail| (text(&mail["at"]), text(&mail["to"]), text(&mail["text"])))
            .collect()
    }

    async fn sent(world: &World) -> Vec<(String, String)> {
        mails(world).await.into_iter().map(|(at, to, _)| (at, to)).collect()
    }

    fn to_anna(at: &str) -> (String, String) {
        (format!("2026-03-02T{at}Z"), "anna@planted.example".to_owned())
    }

    /// The pass code of the invitation that waits.
    fn pass_code(world: &World, member: u64) -> String {
        let path = format!("users/{}/credentials/digital-invitations", world.user(member).unwrap().0);
        world.brivo_shows(&path)["data"][0]["accessCode"].as_str().unwrap().to_owned()
    }

    /// NEX-23, NEX-25, NEX-26, NEX-27: fifteen minutes before the start, to the address that is the pass id; Brivo sends none.
    #[tokio::test]
    async fn the_code_comes_a_quarter_of_an_hour_before_the_booking() {
        let mut world = mailing(json!({})).await;
        world.book(1, ROOM, ANNA, ("10:00", "11:00")).await;

        world.run_until(at("09:44:59")).await;
        assert_eq!(mails(&world).await, []);
        assert_eq!(invitations(&world, ANNA), []);
        world.run_until(at("09:45")).await;

        assert_eq!(sent(&world).await, [to_anna("09:45:00")]);
        assert_eq!(invitations(&world, ANNA), [invited("anna@planted.example", "PENDING")]);
        let text = mails(&world).await.remove(0).2;
        assert!(text.contains(&pass_code(&world, ANNA)) && text.contains("anna@planted.example"), "{text}");
        let invite = world.new_calls().into_iter().find(|call| is_invite(call)).unwrap();
        assert!(invite.contains("sendInvitationEmail=false"), "{invite}");
        assert_eq!(world.groups(ANNA), NONE);
        assert_eq!(world.groups_at("09:50", ANNA).await, [501]);
        claim(&world, ANNA);
    }

    /// NEX-24, X4: the page's other number.
    #[tokio::test]
    async fn notify_lead_says_when() {
        let mut world = mailing(json!({"notify_lead": "PT10M"})).await;
        world.book(1, ROOM, ANNA, ("10:00", "11:00")).await;

        world.run_until(at("09:55")).await;

        assert_eq!(sent(&world).await, [to_anna("09:50:00")]);
    }

    /// NEX-21, NEX-23: who books at the door is told at once.
    #[tokio::test]
    async fn who_books_at_the_last_minute_is_told_at_once() {
        let mut world = mailing(json!({})).await;

        world.book(1, ROOM, ANNA, ("08:03", "09:00")).await;

        assert_eq!((sent(&world).await, world.groups(ANNA)), (vec![to_anna("08:00:00")], vec![501]));
    }

    /// NEX-29: a second booking sends no second code, neither while the first waits nor once it was claimed.
    #[tokio::test]
    async fn a_second_booking_sends_no_second_code() {
        let mut world = mailing(json!({})).await;
        world.book(1, ROOM, ANNA, ("10:00", "11:00")).await;
        world.book(2, OTHER_ROOM, ANNA, ("10:30", "12:00")).await;
        world.book(3, ROOM, ANNA, ("16:00", "17:00")).await;
        world.run_until(at("10:40")).await;
        assert_eq!(sent(&world).await.len(), 1);
        claim(&world, ANNA);

        world.run_until(at("17:30")).await;

        assert_eq!(sent(&world).await.len(), 1);
        assert_eq!(invitations(&world, ANNA), [invited("anna@planted.example", "REDEEMED")]);
    }

    /// NEX-23, NEX-29, X13: whoever has no pass any more, because staff took it away, gets a code for the next booking.
    #[tokio::test]
    async fn whose_pass_staff_took_away_gets_a_code_for_the_next_booking() {
        let mut world = mailing(json!({})).await;
        world.book(1, ROOM, ANNA, ("09:00", "10:00")).await;
        world.run_until(at("08:50")).await;
        claim(&world, ANNA);
        world.book(2, ROOM, ANNA, ("11:00", "12:00")).await;
        world.run_until(at("12:30")).await;
        assert_eq!(sent(&world).await.len(), 1);
        take_pass(&world, ANNA);

        world.book(3, ROOM, ANNA, ("14:00", "15:00")).await;
        world.run_until(at("14:30")).await;

        assert_eq!(sent(&world).await, [to_anna("08:45:00"), to_anna("13:45:00")]);
        assert_eq!(credentials(&world, ANNA).await["pass"]["state"], "pending");
    }

    /// NEX-47, D11: the invitation to the address before is taken back, the user patched, a new code sent there.
    #[tokio::test]
    async fn with_another_address_a_new_code_is_sent_there() {
        let mut world = mailing(json!({})).await;
        world.book(1, ROOM, ANNA, ("10:00", "11:00")).await;
        world.run_until(at("09:50")).await;

        let moved = crate::world::customer(ANNA, "Anna Planted-Nameson", "anna@moved.example");
        world.nexudus.edit(|model, now| model.put_customer(&moved, now));
        world.deliver("CoworkerUpdate", &world.body(simulators::nexudus::Entity::Coworker, ANNA)).await;

        assert_eq!(world.profile(ANNA).emails[0].address, "anna@moved.example");
        let mut shown = invitations(&world, ANNA);
        shown.sort();
        assert_eq!(shown, [invited("anna@moved.example", "PENDING"), invited("anna@planted.example", "CANCELLED")]);
        let to: Vec<String> = mails(&world).await.into_iter().map(|(_, to, _)| to).collect();
        assert_eq!(to, ["anna@planted.example", "anna@moved.example"]);
    }

    /// NEX-47: a pass that was claimed is kept, and no code is sent.
    #[tokio::test]
    async fn with_another_address_a_claimed_pass_is_kept() {
        let mut world = mailing(json!({})).await;
        world.book(1, ROOM, ANNA, ("10:00", "11:00")).await;
        world.run_until(at("09:50")).await;
        claim(&world, ANNA);

        let moved = crate::world::customer(ANNA, "Anna Planted-Nameson", "anna@moved.example");
        world.nexudus.edit(|model, now| model.put_customer(&moved, now));
        world.deliver("CoworkerUpdate", &world.body(simulators::nexudus::Entity::Coworker, ANNA)).await;
        world.run_until(at("10:30")).await;

        assert_eq!(world.profile(ANNA).emails[0].address, "anna@moved.example");
        assert_eq!(invitations(&world, ANNA), [invited("anna@planted.example", "REDEEMED")]);
        assert_eq!(sent(&world).await.len(), 1);
    }

    /// NEX-08, NEX-26: without a sender nobody is told a code, and everything else goes on.
    #[tokio::test]
    async fn without_a_sender_nobody_is_invited() {
        let mut world = World::start().await;
        world.book(1, ROOM, ANNA, ("10:00", "11:00")).await;

        world.run_until(at("10:30")).await;

        assert_eq!((world.groups(ANNA), invitations(&world, ANNA)), (vec![501], vec![]));
    }
}
