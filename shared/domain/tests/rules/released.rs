//! Groups that nothing gives any more: taken away, or left as they are.

use domain::{
    GroupId,
    access::{Nearness, desired},
    breaker::{Change, Losses},
    case::preview,
    facts::{self, MemberFacts, MemberPatch, MemberStatus, Membership},
    ledger::Ledger,
    policy::{Credential, Deprovision},
    reasons::{Gives, reasons_with_released},
    rules::Rulebook,
    tenant::{Platform, Tenant},
};
use proptest::prelude::*;

use crate::{
    planning::{known, reference},
    world::{account, any_facts, any_instant, any_tenant, at, groups, holding, mapping, membership, tenant},
};

/// The plan of the membership `s1` gives group 1, and another gives group 2; nobody is invited to a pass.
fn mapped() -> Tenant {
    let mut tenant = tenant(Platform::Officernd, vec![mapping("plan/p", &[1]), mapping("plan/other", &[2])]);
    tenant.policy.credential = Some(Credential::None);
    tenant
}

/// The same without the plan's mapping, its group released or not.
fn switched_off(released: &[i64]) -> Tenant {
    Tenant { mappings: vec![mapping("plan/other", &[2])], released_groups: groups(released), ..mapped() }
}

fn desk() -> MemberFacts {
    holding([Membership { plan: "p".to_owned(), ..membership("s1") }])
}

fn in_groups(ids: &[i64]) -> Ledger {
    Ledger { accounts: [(account(), known(ids))].into(), ..Ledger::default() }
}

fn writes(tenant: &Tenant, facts: &MemberFacts, ledger: &Ledger) -> Vec<String> {
    let steps = preview(&Rulebook::new(tenant), facts, ledger, &reference(), at(5));
    steps.into_iter().map(|step| step.write.to_string()).collect()
}

/// B9: a mapping that is taken out takes its groups away, or leaves them to whoever is in them by it; nobody else gets them.
#[test]
fn a_mapping_that_is_taken_out_revokes_or_leaves() {
    assert_eq!(writes(&mapped(), &desk(), &in_groups(&[1])), [""; 0]);

    assert_eq!(writes(&switched_off(&[]), &desk(), &in_groups(&[1])), ["remove from 1"]);
    assert_eq!(writes(&switched_off(&[1]), &desk(), &in_groups(&[1])), [""; 0]);
    assert_eq!(writes(&switched_off(&[1]), &desk(), &in_groups(&[])), [""; 0]);
}

/// B9: it is left also when what gave it ends; whoever is no active member any more leaves all the same.
#[test]
fn a_released_group_is_left_to_active_members_alone() {
    let nothing = holding([] as [Membership; 0]);
    let mut gone = nothing.clone();
    let patch = MemberPatch { status: facts::Change::Set(MemberStatus::Inactive), ..MemberPatch::default() };
    gone.member.as_mut().unwrap().merge(patch, at(1));

    assert_eq!(writes(&switched_off(&[1]), &nothing, &in_groups(&[1])), [""; 0]);
    assert_eq!(writes(&switched_off(&[1]), &gone, &in_groups(&[1])), ["remove from 1"]);
}

/// B9: whoever is left in a group is not suspended for want of another reason.
#[test]
fn whoever_is_left_in_a_group_is_not_suspended() {
    let suspending = |released: &[i64]| {
        let mut tenant = switched_off(released);
        tenant.policy.deprovision = Some(Deprovision::Suspend);
        writes(&tenant, &desk(), &in_groups(&[1]))
    };

    assert!(suspending(&[]).contains(&"suspend".to_owned()));
    assert_eq!(suspending(&[1]), [""; 0]);
}

/// B9: why somebody is still in a group can be told.
#[test]
fn a_released_group_is_a_reason_of_its_own() {
    let (rules, facts) = (Rulebook::new(&switched_off(&[1])), desk());

    let found = reasons_with_released(&rules, &facts, &in_groups(&[1, 2]));

    assert_eq!(
        found.iter().map(|reason| (reason.gives, reason.window.until)).collect::<Vec<_>>(),
        [(Gives::Released, None)]
    );
    assert_eq!(*found[0].groups, groups(&[1]));
    assert_eq!(desired(&found, &account(), at(5)).nearness, Nearness::Near);
}

/// B2, B9: releasing takes nothing from anybody; releasing no more is a loss like any other.
#[test]
fn releasing_no_more_is_measured() {
    let losers = |before: &Tenant, after: &Tenant| {
        let (before, after) = (Rulebook::new(before), Rulebook::new(after));
        let mut losses = Losses::default();
        for number in 0..6 {
            let change = Change { before: &before, after: &after, now: at(5) };
            losses.count(&format!("m{number}").as_str().into(), &desk(), &in_groups(&[1]), change);
        }
        (losses.people().losers, losses.need_approval())
    };

    assert_eq!(losers(&mapped(), &switched_off(&[1])), (0, false));
    assert_eq!(losers(&switched_off(&[1]), &switched_off(&[])), (6, true));
    assert_eq!(losers(&switched_off(&[1]), &mapped()), (0, false));
}

proptest! {
    /// B9: whatever an active member holds, a released group is neither given nor taken; all else is as it would be.
    #[test]
    fn a_released_group_is_neither_given_nor_taken(
        tenant in any_tenant(), facts in any_facts(), now in any_instant(), is_in in any::<bool>(),
    ) {
        const RELEASED: i64 = 77;
        let held = if is_in { in_groups(&[RELEASED]) } else { in_groups(&[]) };
        let tenant = Tenant { released_groups: groups(&[RELEASED]), ..tenant };
        let rules = Rulebook::new(&tenant);
        let is_active = facts.member.as_ref().is_some_and(|member| member.is_active() && member.guest.is_none());

        let with = desired(&reasons_with_released(&rules, &facts, &held), &account(), now).group_ids();
        let without = desired(&reasons_with_released(&rules, &facts, &in_groups(&[])), &account(), now).group_ids();

        if is_active {
            prop_assert_eq!(with.contains(&GroupId(RELEASED)), is_in);
        }
        prop_assert_eq!(&with - &groups(&[RELEASED]), without);
    }
}
