//! The access code and the mobile pass: what is sent, when somebody is invited, and what is never touched.

use std::collections::{BTreeMap, BTreeSet};

use domain::{
    CredentialId,
    access::{Desired, Nearness},
    case::{Case, Known},
    credentials::{Credentials, Invitation, MobilePass, PassState, PinRefusal, SealedCode, Seen, Sender, Waits},
    facts::{Change, MemberFacts, MemberPatch},
    ledger::AccountLedger,
    plan::{Existing, NoPass, Plan, ToldPin, Wanted, Write, revoke},
    policy::{Policy, PolicyChanges, ProfileField, ProfileMode},
    profile::Profile,
    reasons::reasons,
    rules::Rulebook,
    tenant::{Platform, Tenant, Way},
};
use jiff::Timestamp;
use proptest::prelude::*;

use crate::{
    planning::{carry_out, due_since, invitation, known, later, nobody, someone},
    world::{DAY, account, at, booking, holding, in_london, mapping, member, membership},
};

const MAIL: Sender = Sender::Us(Way::Mail);
const APP: Sender = Sender::Us(Way::App);

fn pin(text: &str) -> SealedCode {
    SealedCode::new(text)
}

/// The plan for Ann at a minute, who is to have this of credentials.
fn plan_at(minute: i64, wanted: Wanted<'static>, desired: &Desired, ledger: &AccountLedger, policy: &Policy) -> Plan {
    let ann = crate::planning::Someone { wanted, ..someone() };
    ann.plan(desired, ledger, policy, at(minute))
}

fn told(code: Option<&'static SealedCode>) -> Wanted<'static> {
    Wanted { pin: code.map_or(ToldPin::None, ToldPin::Code), ..Wanted::default() }
}

/// To be invited since this minute.
fn by(sender: Sender, minute: i64) -> Wanted<'static> {
    Wanted { sender: Some(sender), notify_at: Some(at(minute)), ..Wanted::default() }
}

fn leaked(text: &str) -> &'static SealedCode {
    Box::leak(Box::new(pin(text)))
}

/// Ann's user in group 501, of whom somebody has seen this.
fn seen(credentials: Credentials) -> AccountLedger {
    let seen = if credentials.seen == Seen::Unlooked { Seen::Something } else { credentials.seen };
    AccountLedger { credentials: Credentials { seen, ..credentials }, ..known(&[501]) }
}

fn pending(invitation: Invitation) -> AccountLedger {
    let state = PassState::Pending(Box::new(invitation));
    seen(Credentials {
        pass: MobilePass { state, invited_at: Some(at(0)), ..MobilePass::default() },
        ..Credentials::default()
    })
}

fn with_pass(state: PassState) -> AccountLedger {
    seen(Credentials { pass: MobilePass { state, ..MobilePass::default() }, ..Credentials::default() })
}

/// Ann's e-mail address, as Brivo has it.
fn address() -> String {
    known(&[]).profile.and_then(|profile: Profile| profile.email).unwrap()
}

fn inside() -> Desired {
    due_since(&[(501, 0)])
}

fn deskworks() -> Policy {
    Policy::preset(Platform::Deskworks)
}

fn invite(by_brivo: bool) -> Vec<Write> {
    vec![Write::Invite { address: address(), by_brivo }]
}

mod pins {
    use super::*;

    /// DWK-14, DWK-15, DWK-18: the code is sent, a new one too, and the same one never again.
    #[test]
    fn a_code_is_sent_once_and_again_when_it_changes() {
        let mut ledger = seen(Credentials::default());
        let mut sent = |code| {
            let plan = plan_at(0, told(Some(code)), &inside(), &ledger, &deskworks());
            carry_out(&plan, &mut ledger);
            plan.writes
        };

        assert_eq!(sent(leaked("one")), [Write::SetPin { pin: pin("one") }]);
        assert_eq!(sent(leaked("one")), []);
        assert_eq!(sent(leaked("two")), [Write::SetPin { pin: pin("two") }]);
    }

    /// DWK-19: clearing the code takes ours away; DWK-33: one that staff gave is never touched.
    #[test]
    fn only_a_code_of_ours_is_taken_away() {
        let ours = seen(Credentials { pin: Some(pin("one")), ..Credentials::default() });
        let theirs = seen(Credentials::default());

        assert_eq!(plan_at(0, told(None), &inside(), &ours, &deskworks()).writes, [Write::ClearPin]);
        assert_eq!(plan_at(0, told(None), &inside(), &theirs, &deskworks()).writes, []);
        assert_eq!(plan_at(0, Wanted::default(), &inside(), &ours, &deskworks()).writes, []);
    }

    /// DWK-19: a refused code is told and tried again after hours; a new code at once; groups and names go on.
    #[test]
    fn a_refused_code_keeps_nothing_else_back_and_is_not_hammered() {
        let mut ledger = seen(Credentials::default());
        ledger.credentials.pin_refused(pin("taken"), (at(0), PinRefusal::Code));
        ledger.groups = BTreeSet::new();

        let plan = plan_at(1, told(Some(leaked("taken"))), &inside(), &ledger, &deskworks());
        assert!(matches!(plan.writes.as_slice(), [Write::ChangeGroups { .. }]), "{:?}", plan.writes);
        assert!(plan.notices().iter().any(|notice| notice.contains("refused the access code")));
        assert_eq!(plan.next, Some(at(6 * 60)));

        let after = plan_at(6 * 60, told(Some(leaked("taken"))), &inside(), &ledger, &deskworks());
        assert_eq!(after.writes.last(), Some(&Write::SetPin { pin: pin("taken") }));
        let other = plan_at(1, told(Some(leaked("free"))), &inside(), &ledger, &deskworks());
        assert_eq!(other.writes.last(), Some(&Write::SetPin { pin: pin("free") }));
    }

    /// ALL-04: a permission that lacks is no fault of the code: it is told otherwise, and tried again sooner.
    #[test]
    fn a_code_that_we_were_not_permitted_to_set_is_tried_again_within_the_hour() {
        let mut ledger = seen(Credentials::default());
        ledger.credentials.pin_refused(pin("one"), (at(0), PinRefusal::Permission));

        let plan = plan_at(59, told(Some(leaked("one"))), &inside(), &ledger, &deskworks());
        assert_eq!((plan.writes.as_slice(), plan.next), (&[] as &[Write], Some(at(60))));
        assert!(plan.notices().iter().any(|notice| notice.contains("does not permit us")), "{:?}", plan.notices());
        assert_eq!(ledger.credentials.waits_for(), Some(Waits::Permission));
        let after = plan_at(60, told(Some(leaked("one"))), &inside(), &ledger, &deskworks());
        assert_eq!(after.writes, [Write::SetPin { pin: pin("one") }]);
    }

    /// DWK-33, DWK-18: a code that somebody else gave is not written over but told; ours is sent once theirs is gone.
    #[test]
    fn a_code_of_somebody_else_is_not_written_over() {
        let mut ledger = seen(Credentials::default());
        ledger.credentials.pin_looked(true, None, at(0));
        let sent = |minute, ledger: &AccountLedger| {
            plan_at(minute, told(Some(leaked("one"))), &inside(), ledger, &deskworks())
        };

        let plan = sent(1, &ledger);
        assert_eq!((plan.writes.as_slice(), plan.next), (&[] as &[Write], Some(at(6 * 60))));
        assert!(
            plan.notices().iter().any(|notice| notice.contains("one that we did not send")),
            "{:?}",
            plan.notices()
        );
        assert_eq!(plan_at(1, told(None), &inside(), &ledger, &deskworks()).writes, []);
        assert_eq!(revoke(&ledger, &BTreeSet::new()).writes.len(), 1, "the groups");

        // Brivo is looked at first.
        assert_eq!(sent(6 * 60, &ledger).writes, [Write::SetPin { pin: pin("one") }]);
        assert!(ledger.credentials.may_have_their_pin());
        ledger.credentials.pin_looked(false, None, at(6 * 60));
        carry_out(&sent(6 * 60, &ledger), &mut ledger);
        assert_eq!((ledger.credentials.pin.clone(), ledger.credentials.their_pin.clone()), (Some(pin("one")), None));
        assert!(!ledger.credentials.may_have_their_pin());
    }

    /// DWK-33, DWK-18: staff had given the very code that the platform tells: there is nothing to do until it tells another.
    #[test]
    fn a_code_of_somebody_else_that_is_the_platforms_is_nothing_to_tell_of() {
        let mut ledger = seen(Credentials::default());
        ledger.credentials.pin_looked(true, Some(pin("one")), at(0));
        let plan = |minute, code| plan_at(minute, told(Some(leaked(code))), &inside(), &ledger, &deskworks());

        for minute in [1, 9 * DAY] {
            let same = plan(minute, "one");
            assert_eq!((same.writes, same.next, same.pin_withheld), (vec![], None, false));
        }
        assert!(plan(1, "two").pin_withheld);
    }

    /// ALL-05, DWK-18: a code of ours whose answer got lost is not taken for somebody else's; DWK-33: one that nobody may look at
    /// is.
    #[test]
    fn a_code_whose_answer_got_lost_is_ours() {
        let mut lost = Credentials::default();
        lost.pin_unanswered(&pin("one"), at(0));
        lost.pin_looked(true, None, at(1));
        assert_eq!(lost.their_pin, None);

        let mut refused = Credentials::default();
        refused.pin_refused(pin("one"), (at(0), PinRefusal::Code));
        refused.pin_unanswered(&pin("one"), at(0));
        assert!(refused.may_have_their_pin());

        let mut hidden = [Credentials::default(), Credentials::of_new_user(at(0))];
        for known in &mut hidden {
            known.hidden(at(1));
        }
        assert_eq!(hidden.map(|known| known.their_pin.is_some()), [true, false]);
    }

    #[test]
    fn a_code_is_sent_only_where_policy_says_so_and_once_where_it_follows_no_edits() {
        let nexudus = Policy::preset(Platform::Nexudus);
        assert_eq!(
            plan_at(0, told(Some(leaked("one"))), &inside(), &seen(Credentials::default()), &nexudus).writes,
            []
        );

        let mut once = deskworks();
        once.profile_mode.insert(ProfileField::Pin, ProfileMode::CreateOnly);
        let had = seen(Credentials { pin: Some(pin("one")), ..Credentials::default() });
        assert_eq!(plan_at(0, told(Some(leaked("two"))), &inside(), &had, &once).writes, []);
        assert_eq!(plan_at(0, told(None), &inside(), &had, &once).writes, []);
        let none = seen(Credentials::default());
        assert_eq!(plan_at(0, told(Some(leaked("two"))), &inside(), &none, &once).writes.len(), 1);
    }

    /// DWK-28: with the user everything goes.
    #[test]
    fn after_a_deletion_nothing_of_the_code_is_left() {
        let mut ledger = seen(Credentials { pin: Some(pin("one")), ..Credentials::default() });

        ledger.user_gone();

        assert_eq!(ledger.credentials, Credentials::default());
    }

    /// ALL-15: whoever disconnects and revokes takes the code and the pass along.
    #[test]
    fn revoking_takes_codes_and_passes_of_ours_and_no_others() {
        let mut ledger = with_pass(PassState::Claimed { ours: Some(CredentialId(70)) });
        ledger.credentials.pin = Some(pin("one"));
        let writes = revoke(&ledger, &BTreeSet::new()).writes;
        assert_eq!(writes[1..], [Write::ClearPin, Write::RevokePass { credential: CredentialId(70) }]);

        let theirs = with_pass(PassState::Claimed { ours: None });
        assert_eq!(revoke(&theirs, &BTreeSet::new()).writes.len(), 1);
        let waits = pending(invitation(&address()));
        assert_eq!(revoke(&waits, &BTreeSet::new()).writes[1..], [Write::CancelInvitation]);
        let staffs = pending(Invitation { ours: false, ..invitation(&address()) });
        assert_eq!(revoke(&staffs, &BTreeSet::new()).writes.len(), 1);
    }
}

mod passes {
    use super::*;

    fn coworks() -> Policy {
        Policy::preset(Platform::Coworks)
    }

    fn plan_for(minute: i64, wanted: Wanted<'static>, desired: &Desired, ledger: &AccountLedger) -> Plan {
        plan_at(minute, wanted, desired, ledger, &coworks())
    }

    /// CWK-12, CWK-13, ORD-46, ORD-47: one invitation, to the address that Brivo has; by Brivo's mail or without.
    #[test]
    fn a_person_is_invited_once_for_a_reason() {
        for (sender, by_brivo) in [(Sender::Brivo, true), (MAIL, false), (APP, false)] {
            let mut ledger = seen(Credentials::default());

            let plan = plan_for(5, by(sender, 0), &inside(), &ledger);
            assert_eq!(plan.writes, invite(by_brivo));
            carry_out(&plan, &mut ledger);

            assert_eq!(plan_for(6, by(sender, 0), &inside(), &ledger).writes, []);
        }
    }

    /// NEX-29, X13: a second booking makes no second invitation while one waits, and none at all once a pass is claimed.
    #[test]
    fn nobody_is_invited_twice() {
        let waits = pending(invitation(&address()));
        assert_eq!(plan_for(60, by(MAIL, 50), &inside(), &waits).writes, []);

        let claimed = with_pass(PassState::Claimed { ours: None });
        assert_eq!(plan_for(60, by(MAIL, 50), &inside(), &claimed).writes, []);
    }

    /// NEX-29, X13, CWK-14: a claimed pass is looked at once for each new reason; only if it is gone then is the person invited.
    #[test]
    fn a_pass_that_staff_took_away_is_missed_at_the_next_reason() {
        let mut ledger = seen(Credentials::default());
        ledger.credentials.pass_claimed(Some(CredentialId(70)), at(10));
        assert!(!plan_for(20, by(MAIL, 0), &inside(), &ledger).unseen, "the reason it was given for");
        let next = plan_for(60, by(MAIL, 50), &inside(), &ledger);
        assert!(next.unseen && next.writes.is_empty());
        let leaves = plan_for(60, by(MAIL, 50), &nobody(), &ledger);
        assert!(!leaves.unseen);

        let mut still_there = ledger.clone();
        still_there.credentials.pass_claimed(None, at(60));
        assert_eq!(still_there.credentials.pass.state, PassState::Claimed { ours: Some(CredentialId(70)) });
        assert!(!plan_for(61, by(MAIL, 50), &inside(), &still_there).unseen, "once");

        let mut taken = ledger.clone();
        taken.credentials.pass_taken_by_others();
        assert_eq!(plan_for(20, by(MAIL, 0), &inside(), &taken).writes, [], "not at once");
        assert_eq!(plan_for(60, by(MAIL, 50), &inside(), &taken).writes, invite(false));
        taken.credentials.pass.again = true;
        assert_eq!(plan_for(20, by(MAIL, 0), &inside(), &taken).writes, invite(false), "on request");

        let mut hidden = ledger;
        hidden.credentials.hidden(at(60));
        assert!(!plan_for(61, by(MAIL, 50), &inside(), &hidden).unseen);
    }

    #[test]
    fn an_invitation_that_expired_is_followed_by_another_only_for_a_new_reason() {
        let mut ledger = pending(invitation(&address()));
        let over = 3 * DAY;
        let plan = plan_for(over, by(Sender::Brivo, 0), &inside(), &ledger);
        assert!(plan.unseen && plan.writes.is_empty());
        ledger.credentials.invitation_expired();

        assert_eq!(plan_for(over, by(Sender::Brivo, 0), &inside(), &ledger).writes, []);
        assert_eq!(plan_for(over + 9, by(Sender::Brivo, over), &inside(), &ledger).writes, invite(true));
    }

    /// Brivo's clock may be days behind: an invitation whose end has passed here and that still waits there is looked at once an hour.
    #[test]
    fn an_invitation_that_outlives_its_end_is_not_looked_at_all_the_time() {
        let mut ledger = pending(invitation(&address()));
        let over = 3 * DAY;
        assert!(plan_for(over, by(Sender::Brivo, 0), &inside(), &ledger).unseen);

        ledger.credentials.invitation_waits(at(over));

        let later = plan_for(over + 1, by(Sender::Brivo, 0), &inside(), &ledger);
        assert_eq!((later.unseen, later.next), (false, Some(at(over + 60))));
        assert!(plan_for(over + 60, by(Sender::Brivo, 0), &inside(), &ledger).unseen);
    }

    /// NEX-47, D11: the pending invitation is taken back and another one made; a claimed pass is kept.
    #[test]
    fn with_another_address_another_invitation_is_made() {
        let mut ledger = pending(invitation("before@example.com"));

        let first = plan_for(5, by(MAIL, 0), &inside(), &ledger);
        assert_eq!(first.writes, [Write::CancelInvitation]);
        carry_out(&first, &mut ledger);
        assert_eq!(plan_for(5, by(MAIL, 0), &inside(), &ledger).writes, invite(false));
    }

    #[test]
    fn an_invitation_of_staff_is_never_taken_back() {
        let staffs = pending(Invitation { ours: false, ..invitation("before@example.com") });

        for desired in [inside(), nobody()] {
            let plan = plan_for(5, by(MAIL, 0), &desired, &staffs);
            assert!(!plan.writes.contains(&Write::CancelInvitation));
        }
    }

    #[test]
    fn who_leaves_is_not_left_with_an_invitation_and_keeps_a_pass() {
        let waits = pending(invitation(&address()));
        let plan = plan_for(5, by(Sender::Brivo, 0), &nobody(), &waits);
        assert_eq!(plan.writes.last(), Some(&Write::CancelInvitation));

        let claimed = with_pass(PassState::Claimed { ours: Some(CredentialId(70)) });
        assert_eq!(plan_for(5, by(Sender::Brivo, 0), &nobody(), &claimed).writes.len(), 1);
    }

    /// D12, ORD-48: without a pass the groups are in step all the same, it is told, and Brivo is asked again after an hour.
    #[test]
    fn no_pass_left_keeps_nobody_out() {
        for (state, why) in [
            (PassState::OutOfStock { at: at(0) }, NoPass::OutOfStock),
            (PassState::Refused { at: at(0) }, NoPass::Refused),
        ] {
            let mut ledger = with_pass(state);
            ledger.groups = BTreeSet::new();

            let plan = plan_for(59, by(Sender::Brivo, 0), &inside(), &ledger);
            assert!(matches!(plan.writes.as_slice(), [Write::ChangeGroups { .. }]));
            assert_eq!((plan.no_pass, plan.next), (Some(why), Some(at(60))));
            assert!(plan.notices().iter().any(|notice| notice.contains("groups are in step")));
            assert_eq!(plan_for(60, by(Sender::Brivo, 0), &inside(), &ledger).writes.last(), invite(true).last());
        }
    }

    #[test]
    fn without_an_address_nobody_can_be_invited() {
        let mut ledger = seen(Credentials::default());
        ledger.profile = ledger.profile.map(|profile| Profile { email: None, ..profile });
        let ann = crate::planning::Someone { wanted: by(Sender::Brivo, 0), ..someone() };

        // Ann's address is in the profile, so only what Brivo has counts.
        let policy = Policy { profile_fields: BTreeSet::new(), profile_mode: BTreeMap::new(), ..coworks() };
        let plan = ann.plan(&inside(), &ledger, &policy, at(1));

        assert_eq!((plan.no_pass, plan.writes), (Some(NoPass::NoAddress), vec![]));
    }

    /// NEX-23, ORD-47: a code of ours is told once, and only while it can be claimed.
    #[test]
    fn a_pass_code_is_told_until_somebody_was() {
        let untold = Invitation { told: false, ..invitation(&address()) };

        let plan = |invitation, sender, minute| plan_for(minute, by(sender, 0), &inside(), &pending(invitation)).tell;

        assert_eq!(plan(untold.clone(), MAIL, 5), Some(Way::Mail));
        assert_eq!(plan(untold.clone(), APP, 5), Some(Way::App));
        assert_eq!(plan(untold.clone(), Sender::Brivo, 5), None);
        assert_eq!(plan(untold, MAIL, 3 * DAY), None);
        assert_eq!(plan(invitation(&address()), MAIL, 5), None);
    }

    /// NEX-29, ALL-15: an invitation that turns out to have been claimed is ours to revoke, and none follows it.
    #[test]
    fn an_invitation_that_was_claimed_unnoticed_is_not_followed_by_another() {
        let mut ledger = pending(invitation("before@example.com"));
        ledger.credentials.pass.again = true;
        ledger.credentials.pass_claimed(Some(CredentialId(70)), at(0));

        assert!(ledger.credentials.is_taken_back());
        assert_eq!(plan_for(5, by(MAIL, 0), &inside(), &ledger).writes, []);
        ledger.credentials.pass_claimed(None, at(0));
        let writes = revoke(&ledger, &BTreeSet::new()).writes;
        assert_eq!(writes.last(), Some(&Write::RevokePass { credential: CredentialId(70) }));
    }

    /// Somebody asked for it: a code that waits is taken back first.
    #[test]
    fn asked_for_again_a_new_invitation_is_made() {
        let mut ledger = pending(invitation(&address()));
        ledger.credentials.pass.again = true;

        let first = plan_for(5, by(MAIL, 0), &inside(), &ledger);
        assert_eq!(first.writes, [Write::CancelInvitation]);
        carry_out(&first, &mut ledger);
        let second = plan_for(5, by(MAIL, 0), &inside(), &ledger);
        assert_eq!(second.writes, invite(false));
        carry_out(&second, &mut ledger);
        assert_eq!(plan_for(5, by(MAIL, 0), &inside(), &ledger).writes, []);
    }

    /// SPB-29, SPB-30, SPB-31: without a way nobody is invited; who has nothing waits, and is looked at as often as is worth it:
    /// after an hour, then after as long as they have waited, at last once a day.
    #[test]
    fn who_waits_for_staff_is_looked_at_less_and_less() {
        let spacebring = Policy::preset(Platform::Spacebring);
        let plan = |credentials: Credentials, minute| {
            let ledger = AccountLedger { credentials, ..known(&[501]) };
            let plan = plan_at(minute, Wanted::default(), &inside(), &ledger, &spacebring);
            (plan.unseen, plan.writes, plan.next)
        };

        assert_eq!(plan(Credentials::default(), 0), (true, vec![], None));
        let mut waits = Credentials::of_new_user(at(0));
        let mut looked = Vec::new();
        for minute in (0..3 * DAY).step_by(60) {
            let (unseen, writes, next) = plan(waits.clone(), minute);
            assert_eq!((writes, next.is_none()), (vec![], unseen));
            if unseen {
                waits.looked(false, at(minute));
                looked.push(minute / 60);
            }
        }
        assert_eq!(looked, [1, 2, 4, 8, 16, 32, 56]);
        let has = Credentials { seen: Seen::Something, ..Credentials::default() };
        assert_eq!(plan(has, DAY), (false, vec![], None));
    }

    proptest! {
        /// X13, NEX-29: whatever comes in whatever order, nobody has two invitations, and at rest there is nothing to do.
        #[test]
        fn there_is_never_a_second_invitation(steps in proptest::collection::vec((0i64..300, 0usize..6, 0i64..300), 1..20)) {
            let mut ledger = seen(Credentials::default());
            let mut minute = 0;
            for (wait, event, notify) in steps {
                minute += wait;
                let desired = match event {
                    0 => nobody(),
                    1 => later(Nearness::Far),
                    _ => inside(),
                };
                match event {
                    2 => ledger.credentials.pass_claimed(None, at(minute)),
                    3 => ledger.credentials.pass.again = true,
                    4 => ledger.profile.as_mut().unwrap().email = Some(format!("{minute}@example.com")),
                    _ => {}
                }
                let wanted = by(MAIL, notify.min(minute));
                for _ in 0..5 {
                    let before = ledger.credentials.pass.state.clone();
                    let plan = plan_for(minute, wanted, &desired, &ledger);
                    let invites = plan.writes.iter().any(|write| matches!(write, Write::Invite { .. }));
                    let has_one = matches!(before, PassState::Pending(_) | PassState::Claimed { .. });
                    prop_assert!(!invites || !has_one, "{:?}", before);
                    if plan.writes.is_empty() { break }
                    let first = Plan { writes: plan.writes.into_iter().take(1).collect(), ..Plan::default() };
                    carry_out(&first, &mut ledger);
                }
                let rest = plan_for(minute, wanted, &desired, &ledger);
                prop_assert_eq!(rest.writes, []);
            }
        }
    }
}

mod instants {
    use super::*;

    fn tenant(policy: &str) -> Tenant {
        let policy: PolicyChanges = serde_json::from_str(policy).unwrap();
        let mappings = vec![mapping("resource/room", &[501]), mapping("plan/plan", &[502])];
        Tenant { policy, ..in_london(Platform::Coworks, mappings) }
    }

    /// The plan of the case for Ann, who has a user, at an instant.
    fn plan_of(tenant: &Tenant, facts: &MemberFacts, now: Timestamp) -> Plan {
        let rules = Rulebook::new(tenant);
        let mut facts = facts.clone();
        let mut ann = member("m1");
        let name = MemberPatch { full_name: Change::Set("Ann Example".to_owned()), ..MemberPatch::default() };
        ann.merge(name, at(0));
        facts.member = Some(ann);
        let reasons = reasons(&rules, &facts);
        let external_id = crate::planning::reference();
        let case = Case { rules: &rules, facts: &facts, reasons: &reasons, external_id: &external_id, now };
        let known = Known { details_settled: true, existing: &Existing::None, refused: &BTreeSet::new() };
        let ledger = AccountLedger { groups: BTreeSet::new(), ..seen(Credentials::default()) };
        case.plan(&account(), &ledger, known)
    }

    fn invites(plan: &Plan) -> bool {
        plan.writes.iter().any(|write| matches!(write, Write::Invite { .. }))
    }

    /// ORD-46, CWK-12: Brivo's invitation goes out a day before somebody is expected, since it is good for three days only.
    #[test]
    fn a_guest_of_next_week_is_invited_the_day_before() {
        let facts = holding([booking("b1", at(7 * DAY), at(7 * DAY + 60))]);
        let due = 6 * DAY - 15;

        let before = plan_of(&tenant("{}"), &facts, at(due - 1));
        assert!(!invites(&before));
        assert!(before.next.is_some_and(|next| next <= at(due)), "{:?}", before.next);
        assert!(invites(&plan_of(&tenant("{}"), &facts, at(due))));
        assert!(!invites(&plan_of(&tenant("{}"), &facts, at(7 * DAY + 61))));
    }

    #[test]
    fn a_member_is_invited_when_the_membership_begins() {
        let facts = holding([membership("c1")]);

        assert!(invites(&plan_of(&tenant("{}"), &facts, at(0))));
        assert!(!invites(&plan_of(&tenant(r#"{"credential": "none"}"#), &facts, at(0))));
    }
}
