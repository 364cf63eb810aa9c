//! Deleting who has left: only by a policy that says so, only without any reason, and after the time to think it over.

use domain::{
    AccountId,
    access::{Nearness, desired},
    facts::Membership,
    ledger::AccountLedger,
    plan::Write,
    policy::{Deprovision, Policy},
    reasons::reasons,
    rules::Rulebook,
    tenant::{Account, Platform, Region, Tenant},
};
use jiff::SignedDuration;

use crate::{
    planning::{ann, change, changed, create, due_since, known, later, nobody, planned, preset, someone},
    world::{DAY, account, at, booking, holding, mapping, membership, tenant, wanted},
};

fn deleting() -> Policy {
    changed(Platform::Deskworks, r#"{"deprovision": "delete"}"#)
}

fn after_thirty_days() -> Policy {
    changed(Platform::Deskworks, r#"{"deprovision": "delete", "delete_after": "P30D"}"#)
}

/// DWK-26: who has left is taken out of the groups and deleted.
#[test]
fn who_has_left_is_deleted() {
    let mut ledger = known(&[1]);

    let writes = someone().follow(&nobody(), &mut ledger, &deleting(), at(0));

    assert_eq!(writes, [change(&[], &[1]), Write::DeleteUser]);
    assert_eq!(ledger, AccountLedger::default());
    assert_eq!(someone().follow(&nobody(), &mut ledger, &deleting(), at(1)), []);
}

/// DWK-29: whoever comes back after that gets a new user.
#[test]
fn who_comes_back_after_deletion_gets_a_new_user() {
    let mut ledger = known(&[1]);
    someone().follow(&nobody(), &mut ledger, &deleting(), at(0));

    let writes = someone().follow(&due_since(&[(1, 5)]), &mut ledger, &deleting(), at(5));

    assert_eq!(writes, [create(), change(&[1], &[])]);
}

/// DWK-29, INV-8: nobody is deleted who has a reason open or to come, however far ahead.
#[test]
fn nobody_with_a_reason_to_come_is_deleted() {
    for nearness in [Nearness::Near, Nearness::Far] {
        assert_eq!(planned(&later(nearness), &known(&[]), &deleting()).writes, []);
    }
    let tenant = tenant(Platform::Deskworks, vec![mapping("resource/room", &[1])]);
    let in_five_years = holding([booking("b1", at(1800 * DAY), at(1801 * DAY))]);

    let plan = planned(&wanted(&tenant, &in_five_years, at(0)), &known(&[]), &deleting());

    assert_eq!((plan.writes, plan.next), (vec![], None));
}

/// DWK-29, X19, INV-8: a reason at any centre of the account keeps the user; one in another account does not.
#[test]
fn a_reason_at_any_centre_of_the_account_keeps_the_user() {
    let mut tenant = tenant(Platform::Deskworks, vec![mapping("plan/plan", &[1])]);
    tenant.policy.deprovision = Some(Deprovision::Delete);
    let berlin = Membership { location: Some("berlin".into()), ..membership("s1") };
    let facts = holding([berlin]);
    let writes = |tenant: &Tenant, ledger: &AccountLedger, account: &AccountId| {
        let rules = Rulebook::new(tenant);
        let desired = desired(&reasons(&rules, &facts), account, at(5));
        planned(&desired, ledger, rules.account_policy(account)).writes
    };

    assert_eq!(writes(&tenant, &known(&[1, 2]), &account()), [change(&[], &[2])]);

    tenant.accounts.push(Account { id: "east".into(), region: Region::Eu, budget: None });
    tenant.locations[1].account = "east".into();
    assert_eq!(writes(&tenant, &known(&[1]), &"east".into()), []);
    assert_eq!(writes(&tenant, &known(&[2]), &account()), [change(&[], &[2]), Write::DeleteUser]);
}

/// X19, INV-8: of two centres of one account the milder policy decides about the user.
#[test]
fn the_mildest_centre_decides_about_the_account() {
    let mut tenant = tenant(Platform::Deskworks, vec![mapping("plan/plan", &[1])]);
    tenant.locations[0].policy.deprovision = Some(Deprovision::Delete);

    let rules = Rulebook::new(&tenant);
    assert_eq!(rules.account_policy(&account()).deprovision, Deprovision::Suspend);

    tenant.locations[1].policy.deprovision = Some(Deprovision::Delete);
    tenant.locations[1].policy.delete_after = Some(SignedDuration::from_hours(24));
    let rules = Rulebook::new(&tenant);
    assert_eq!(rules.account_policy(&account()).deprovision, Deprovision::Delete);
    assert_eq!(rules.account_policy(&account()).delete_after, SignedDuration::from_hours(24));
}

/// B8: `delete_after` leaves time: first the groups, the user that long after leaving, and not at all who came back.
#[test]
fn deletion_waits_as_long_as_the_policy_says() {
    let (mut ledger, policy, ann) = (known(&[1]), after_thirty_days(), someone());
    let plan = ann.plan(&nobody(), &ledger, &policy, at(0));
    assert_eq!(plan.next, Some(at(30 * DAY)));

    assert_eq!(ann.follow(&nobody(), &mut ledger, &policy, at(0)), [change(&[], &[1])]);
    let waiting = ann.plan(&nobody(), &ledger, &policy, at(30 * DAY - 1));
    assert_eq!((waiting.writes, waiting.next), (vec![], Some(at(30 * DAY))));
    let mut back = ledger.clone();

    assert_eq!(ann.follow(&nobody(), &mut ledger, &policy, at(30 * DAY)), [Write::DeleteUser]);

    assert_eq!(ann.follow(&due_since(&[(1, 20)]), &mut back, &policy, at(20)), [change(&[1], &[])]);
    assert_eq!(ann.follow(&nobody(), &mut back, &policy, at(10 * DAY)), [change(&[], &[1])]);
    assert_eq!(ann.plan(&nobody(), &back, &policy, at(30 * DAY)).next, Some(at(40 * DAY)));
}

/// DWK-35: a change from suspend to delete deletes nobody suspended before; a change back saves who still waits.
#[test]
fn a_change_of_policy_acts_on_those_who_leave_later() {
    let (mut suspended, mut waiting, ann) = (known(&[1]), known(&[1]), someone());
    ann.follow(&nobody(), &mut suspended, &preset(Platform::Deskworks), at(0));
    ann.follow(&nobody(), &mut waiting, &after_thirty_days(), at(0));

    assert_eq!(ann.follow(&nobody(), &mut suspended, &deleting(), at(900 * DAY)), []);
    let writes = ann.follow(&nobody(), &mut waiting, &preset(Platform::Deskworks), at(31 * DAY));
    assert!(!writes.contains(&Write::DeleteUser));
}

/// ORD-44, X1: with `never_delete` nobody is deleted, whatever else is chosen.
#[test]
fn officernd_never_deletes() {
    let policy = changed(Platform::Officernd, r#"{"deprovision": "delete"}"#);
    let mut ledger = known(&[1]);

    assert_eq!(someone().follow(&nobody(), &mut ledger, &policy, at(0)), [change(&[], &[1])]);
    assert_eq!(someone().follow(&nobody(), &mut ledger, &policy, at(9000 * DAY)), []);
    assert_eq!((ledger.user, ledger.profile), (known(&[]).user, Some(ann())));
}

/// INV-8, INV-4: a user whom we neither made nor adopted is in no ledger, and so is never deleted.
#[test]
fn a_user_that_is_not_ours_is_never_deleted() {
    let plan = planned(&nobody(), &AccountLedger::default(), &deleting());

    assert_eq!(plan.writes, []);
}

/// DWK-29, INV-8: the time to think it over begins when no reason is left, now or later, and begins anew if one comes and goes.
#[test]
fn the_time_before_deletion_begins_when_no_reason_lies_ahead() {
    let (mut ledger, policy, ann) = (known(&[1]), after_thirty_days(), someone());
    let far = later(Nearness::Far);

    assert_eq!(ann.follow(&far, &mut ledger, &policy, at(0)), [change(&[], &[1])]);
    assert_eq!(ann.follow(&far, &mut ledger, &policy, at(40 * DAY)), []);
    assert_eq!(ledger.left.and_then(|left| left.delete_at), None);

    let plan = ann.plan(&nobody(), &ledger, &policy, at(40 * DAY));
    assert_eq!((plan.writes, plan.next), (vec![], Some(at(70 * DAY))));
    ann.follow(&nobody(), &mut ledger, &policy, at(40 * DAY));
    assert_eq!(ann.follow(&far, &mut ledger, &policy, at(70 * DAY)), []);
    assert_eq!(ann.plan(&nobody(), &ledger, &policy, at(80 * DAY)).next, Some(at(110 * DAY)));
}
