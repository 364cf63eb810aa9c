//! Leaving and coming back: groups first, then suspension, by the policy and never against a reason.

use domain::{
    access::{Desired, Nearness},
    facts::{Change, MemberFacts, MemberPatch, MemberStatus, Membership, MembershipStatus},
    ledger::{AccountLedger, Suspension},
    plan::{Plan, Write},
    policy::{Deprovision, Policy},
    tenant::Platform,
};

use crate::{
    planning::{Someone, change, changed, create, due_since, known, later, nobody, planned, preset, someone},
    world::{DAY, PLATFORMS, at, booking, clock, groups, holding, mapping, membership, nothing, tenant, wanted},
};

fn suspended(ids: &[i64]) -> AccountLedger {
    AccountLedger { suspension: Suspension::Ours, ..known(ids) }
}

fn deskworks() -> Policy {
    preset(Platform::Deskworks)
}

/// What Deskworks' centre should show of somebody, where `plan` gives group 1 and `room` group 2.
fn at_the_centre(facts: &MemberFacts, minute: i64) -> Desired {
    let mappings = vec![mapping("plan/plan", &[1]), mapping("resource/room", &[2])];
    wanted(&tenant(Platform::Deskworks, mappings), facts, at(minute))
}

fn inactive(mut facts: MemberFacts) -> MemberFacts {
    let patch = MemberPatch { status: Change::Set(MemberStatus::Inactive), ..MemberPatch::default() };
    facts.member.as_mut().unwrap().merge(patch, at(0));
    facts
}

/// DWK-21, DWK-22, X23: who is made inactive loses the groups and is suspended, in this order; the user stays.
#[test]
fn an_inactive_member_loses_groups_and_is_suspended() {
    let desired = at_the_centre(&inactive(holding([membership("s1")])), 5);
    let gone = Someone { is_member: false, ..someone() };

    let writes = gone.plan(&desired, &known(&[1]), &deskworks(), at(5)).writes;

    assert_eq!(writes, [change(&[], &[1]), Write::Suspend]);
}

/// DWK-23: a member without billing and without a reservation to come is suspended though active.
#[test]
fn an_active_member_without_a_reason_is_suspended() {
    let writes = planned(&at_the_centre(&nothing(), 5), &known(&[]), &deskworks()).writes;

    assert_eq!(writes, [Write::Suspend]);
}

/// DWK-23: with `suspend_when: inactive` only who is no active member any more is suspended.
#[test]
fn a_policy_may_suspend_only_who_is_inactive() {
    let policy = changed(Platform::Deskworks, r#"{"suspend_when": "inactive"}"#);
    let writes = |is_member| Someone { is_member, ..someone() }.plan(&nobody(), &known(&[]), &policy, at(0)).writes;

    assert_eq!(writes(true), []);
    assert_eq!(writes(false), [Write::Suspend]);
}

/// DWK-24, DWK-25, X23: who comes back, at any time, gets the groups first and is then let in, under the same user.
#[test]
fn who_comes_back_gets_the_groups_before_the_suspension_is_lifted() {
    let mut ledger = known(&[1]);
    let ann = someone();
    ann.follow(&nobody(), &mut ledger, &deskworks(), at(0));
    assert_eq!((ledger.suspension, ledger.left.unwrap().at), (Suspension::Ours, at(0)));

    let writes = ann.follow(&due_since(&[(1, 0)]), &mut ledger, &deskworks(), at(3000 * DAY));

    assert_eq!(writes, [change(&[1], &[]), Write::Unsuspend]);
    assert_eq!(ledger, known(&[1]));
}

/// DWK-25, R17: a reservation lifts the suspension as soon as it is known, before its window opens.
#[test]
fn a_reservation_to_come_lifts_the_suspension() {
    let facts = holding([booking("b1", at(10 * DAY), at(10 * DAY + 60))]);
    let desired = at_the_centre(&facts, 5);
    assert_eq!((desired.group_ids(), desired.nearness), (groups(&[]), Nearness::Near));

    assert_eq!(planned(&desired, &suspended(&[]), &deskworks()).writes, [Write::Unsuspend]);
    assert_eq!(planned(&desired, &known(&[]), &deskworks()).writes, []);
}

/// R16, R17: a reservation beyond `create_ahead` is not upcoming yet; it neither lifts a suspension nor prevents one.
#[test]
fn a_reservation_years_ahead_waits() {
    let far = at_the_centre(&holding([booking("b1", at(1000 * DAY), at(1001 * DAY))]), 5);

    assert_eq!((far.group_ids(), far.nearness), (groups(&[]), Nearness::Far));
    assert_eq!(planned(&far, &suspended(&[]), &deskworks()).writes, []);
    assert_eq!(planned(&far, &known(&[]), &deskworks()).writes, [Write::Suspend]);
}

/// DWK-25, R32: between two reservations nobody is suspended; after the last one at once.
#[test]
fn who_has_another_reservation_is_not_suspended_in_between() {
    let facts = holding([booking("b1", clock("09:00"), clock("10:00")), booking("b2", clock("15:00"), clock("16:00"))]);
    let writes = |minute| planned(&at_the_centre(&facts, minute), &known(&[]), &deskworks()).writes;

    assert_eq!(writes(12 * 60), []);
    assert_eq!(writes(16 * 60), [Write::Suspend]);
}

/// X2: a suspension by somebody else is neither lifted nor made ours, and is told while the person has a reason.
#[test]
fn a_suspension_by_staff_is_left_alone() {
    let mut ledger = AccountLedger { suspension: Suspension::Others, ..known(&[1]) };
    let ann = someone();

    let plan = ann.plan(&due_since(&[(1, 0)]), &ledger, &deskworks(), at(0));
    assert_eq!((plan.writes.as_slice(), plan.suspended_by_others), ([].as_slice(), true));
    assert_eq!(plan.notices(), ["somebody suspended this user in Brivo"]);

    ledger.left = ann.plan(&nobody(), &ledger, &deskworks(), at(1)).left;
    ledger.groups.clear();
    assert_eq!(ann.plan(&nobody(), &ledger, &deskworks(), at(2)).writes, []);
}

/// X2: whoever leaves anew is looked at anew, because staff may have lifted their suspension meanwhile.
#[test]
fn a_suspension_by_staff_is_asked_for_again_when_the_person_leaves() {
    let ledger = AccountLedger { suspension: Suspension::Others, ..known(&[1]) };

    assert_eq!(planned(&nobody(), &ledger, &deskworks()).writes, [change(&[], &[1]), Write::Suspend]);
}

/// X1, SPB-35, ORD-45, CWK-27: under all presets but Deskworks leaving takes the groups and nothing else.
#[test]
fn elsewhere_leaving_takes_groups_only() {
    for platform in PLATFORMS.into_iter().filter(|platform| *platform != Platform::Deskworks) {
        for is_member in [true, false] {
            let who = Someone { is_member, ..someone() };
            let mut ledger = known(&[1]);

            assert_eq!(who.follow(&nobody(), &mut ledger, &preset(platform), at(0)), [change(&[], &[1])]);
            assert_eq!(who.follow(&nobody(), &mut ledger, &preset(platform), at(9000 * DAY)), []);
        }
    }
}

/// CWK-27, ORD-45: whatever ended the membership, the account is kept and is not suspended.
#[test]
fn however_a_membership_ends_the_account_stays() {
    let ended = Membership { status: MembershipStatus::Cancelled, ends: Some(at(1)), ..membership("s1") };
    for platform in [Platform::Coworks, Platform::Officernd] {
        let tenant = tenant(platform, vec![mapping("plan/plan", &[1])]);
        for facts in [holding([ended.clone()]), inactive(holding([membership("s1")])), nothing()] {
            let writes = planned(&wanted(&tenant, &facts, at(5)), &known(&[1]), &preset(platform)).writes;

            assert_eq!(writes, [change(&[], &[1])]);
        }
    }
}

/// R16: Deskworks makes an active member known to Brivo at once, suspended until there is a reason.
#[test]
fn deskworks_makes_members_without_a_reason_suspended() {
    let none = AccountLedger::default();
    let writes = |person: &Someone, desired: &Desired| person.plan(desired, &none, &deskworks(), at(0)).writes;

    assert_eq!(writes(&someone(), &nobody()), [create(), Write::Suspend]);
    assert_eq!(writes(&someone(), &later(Nearness::Near)), [create()]);
    assert_eq!(writes(&someone(), &due_since(&[(1, 0)])), [create(), change(&[1], &[])]);
    assert_eq!(writes(&Someone { is_member: false, ..someone() }, &nobody()), []);
}

/// R16: with the policy to delete, and under all other presets, a user is made only for a reason.
#[test]
fn elsewhere_a_user_is_made_for_a_reason() {
    let deleting = changed(Platform::Deskworks, r#"{"deprovision": "delete"}"#);
    let others = PLATFORMS.into_iter().filter(|platform| *platform != Platform::Deskworks).map(preset);
    for policy in others.chain([deleting]) {
        let plan = |desired: &Desired| planned(desired, &AccountLedger::default(), &policy);

        assert_eq!(plan(&nobody()), Plan::default());
        assert_eq!(plan(&later(Nearness::Near)).writes, [create()]);
    }
}

/// DWK-35: whoever left under a milder policy is not suspended when the policy becomes stricter; who leaves later is.
#[test]
fn a_stricter_policy_acts_on_those_who_leave_later() {
    let mild = changed(Platform::Deskworks, r#"{"deprovision": "remove_groups"}"#);
    let (mut before, mut after) = (known(&[1]), known(&[1]));
    let ann = someone();
    ann.follow(&nobody(), &mut before, &mild, at(0));

    assert_eq!(ann.follow(&nobody(), &mut before, &deskworks(), at(1)), []);
    assert_eq!(ann.follow(&nobody(), &mut after, &deskworks(), at(1)), [change(&[], &[1]), Write::Suspend]);

    ann.follow(&due_since(&[(1, 2)]), &mut before, &deskworks(), at(2));
    assert_eq!(ann.follow(&nobody(), &mut before, &deskworks(), at(3)), [change(&[], &[1]), Write::Suspend]);
}

/// X1: the preset of Deskworks suspends, that of OfficeRnD never deletes, and no other acts on the user.
#[test]
fn leaving_is_what_the_preset_says() {
    let says = PLATFORMS.map(|platform| (preset(platform).deprovision, preset(platform).never_delete));

    assert_eq!(
        says,
        [
            (Deprovision::RemoveGroups, false),
            (Deprovision::RemoveGroups, true),
            (Deprovision::RemoveGroups, false),
            (Deprovision::RemoveGroups, false),
            (Deprovision::Suspend, false),
        ]
    );
}

/// SPB-01: of all that is planned only what takes groups away is done for a tenant that is switched off.
#[test]
fn of_a_plan_only_what_takes_groups_away_is_left() {
    let policy = preset(Platform::Spacebring);
    let swaps = planned(&due_since(&[(2, 0)]), &known(&[1]), &policy);
    let opens = planned(&due_since(&[(1, 0), (2, 0)]), &known(&[1]), &policy);
    let makes = planned(&due_since(&[(1, 0)]), &AccountLedger::default(), &policy);

    assert_eq!(swaps.only_taking_away().writes, [change(&[], &[1])]);
    assert_eq!(opens.only_taking_away().writes, []);
    assert_eq!(makes.only_taking_away().writes, []);
}
