//! The plan closes the difference, all of it, in one change of groups, and takes away nothing but what is ours.

use std::collections::{BTreeMap, BTreeSet};

use domain::{
    BrivoUserId, ExternalId, GroupId, MemberKey,
    access::Desired,
    ledger::AccountLedger,
    plan::{MOST_GROUPS, Person, Plan, Write, plan},
    policy::{Policy, ProfileField},
    profile::Profile,
    tenant::Platform,
};
use proptest::{collection::btree_map, prelude::*};

use crate::world::{any_instant, any_platform, at, groups};

fn profile(email: &str) -> Profile {
    Profile { first: "Ann".to_owned(), last: "Example".to_owned(), email: Some(email.to_owned()), phone: None }
}

fn reference() -> ExternalId {
    MemberKey { tenant: "acme".into(), member: "m1".into() }.external_id()
}

fn planned(desired: &Desired, ledger: &AccountLedger, policy: &Policy) -> Plan {
    let (reference, profile) = (reference(), profile("ann@example.com"));
    let person = Person { external_id: &reference, profile: Some(&profile), details_settled: true };
    plan(desired, ledger, person, policy)
}

fn due(ids: &[(i64, i64)]) -> Desired {
    Desired { groups: ids.iter().map(|(group, since)| (GroupId(*group), at(*since))).collect(), user: true }
}

/// Carries out a plan as Brivo would, which refuses more groups than it takes.
fn carry_out(plan: &Plan, ledger: &mut AccountLedger) {
    for write in &plan.writes {
        match write {
            Write::CreateUser { profile, .. } => ledger.user_made(BrivoUserId(1), profile.clone()),
            Write::ChangeGroups { add, remove } => {
                let foreign = (0i64..).take(ledger.foreign_groups).map(|number| GroupId(1000 + number));
                let mut shown: BTreeSet<GroupId> = ledger.groups.difference(remove).copied().chain(foreign).collect();
                shown.extend(add);
                assert!(shown.len() <= MOST_GROUPS);
                assert!(ledger.groups_shown((add, remove), &shown));
            }
            Write::PatchProfile { profile, .. } => ledger.profile = Some(profile.clone()),
        }
    }
}

fn any_desired() -> impl Strategy<Value = Desired> {
    let groups = btree_map((1i64..40).prop_map(GroupId), any_instant(), 0..25);
    (groups, any::<bool>()).prop_map(|(groups, user)| Desired { user: user || !groups.is_empty(), groups })
}

/// A ledger of somebody whom Brivo knows or not, in at most 16 groups.
fn any_ledger() -> impl Strategy<Value = AccountLedger> {
    let ids: Vec<i64> = (1..40).collect();
    let known = (0..=MOST_GROUPS).prop_flat_map(move |foreign| {
        let held = prop::sample::subsequence(ids.clone(), 0..=MOST_GROUPS - foreign);
        (Just(foreign), held, prop::sample::select(vec![None, Some("ann@example.com"), Some("old@example.com")]))
    });
    prop_oneof![
        1 => Just(AccountLedger::default()),
        4 => known.prop_map(|(foreign_groups, held, email)| AccountLedger {
            user: Some(BrivoUserId(1)),
            groups: groups(&held),
            foreign_groups,
            profile: email.map(profile),
            pending: None,
            failures: 0,
        }),
    ]
}

/// Any text, and often one that looks escaped.
fn any_member_id() -> impl Strategy<Value = String> {
    prop_oneof![any::<String>(), prop::sample::select(vec!["/", "~2f", "~", "~7e", "a"]).prop_map(str::to_owned)]
}

fn group_changes(plan: &Plan) -> Vec<(&BTreeSet<GroupId>, &BTreeSet<GroupId>)> {
    let changes = plan.writes.iter().filter_map(|write| match write {
        Write::ChangeGroups { add, remove } => Some((add, remove)),
        Write::CreateUser { .. } | Write::PatchProfile { .. } => None,
    });
    changes.collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    /// INV-7, INV-10, R19: carried out, a plan leaves just what fits of what is due, and nothing more to do.
    #[test]
    fn a_plan_carried_out_leaves_nothing_to_do(
        desired in any_desired(), before in any_ledger(), platform in any_platform()
    ) {
        let policy = Policy::preset(platform);
        let plan = planned(&desired, &before, &policy);
        let mut ledger = before.clone();

        carry_out(&plan, &mut ledger);

        let fitting: BTreeSet<_> = desired.group_ids().difference(&plan.left_out).copied().collect();
        prop_assert_eq!(&ledger.groups, &fitting);
        prop_assert_eq!(ledger.user.is_some(), before.user.is_some() || desired.user);
        let again = planned(&desired, &ledger, &policy);
        prop_assert_eq!(&again.writes, &vec![]);
        prop_assert_eq!(&again.left_out, &plan.left_out);
    }

    /// INV-4, INV-10: only what is ours and no longer due is taken away, in the one call that also adds.
    #[test]
    fn nothing_held_is_lost_and_nothing_foreign_is_touched(
        desired in any_desired(), ledger in any_ledger(), platform in any_platform()
    ) {
        let plan = planned(&desired, &ledger, &Policy::preset(platform));

        let changes = group_changes(&plan);
        prop_assert!(changes.len() <= 1);
        for (add, remove) in changes {
            prop_assert!(remove.is_subset(&ledger.groups) && remove.is_disjoint(&desired.group_ids()));
            prop_assert!(add.is_subset(&desired.group_ids()) && add.is_disjoint(&ledger.groups));
        }
        prop_assert!(plan.left_out.is_disjoint(&ledger.groups));
        prop_assert_eq!(plan.notice().is_some(), !plan.left_out.is_empty());
    }

    /// R19: what is left out began later, or at the same time with a higher id, than all that is added.
    #[test]
    fn the_window_that_began_first_comes_first(
        desired in any_desired(), ledger in any_ledger(), platform in any_platform()
    ) {
        let plan = planned(&desired, &ledger, &Policy::preset(platform));
        let rank = |group: &GroupId| (desired.groups[group], *group);

        let added = group_changes(&plan).into_iter().flat_map(|(add, _)| add).map(rank).max();
        let left_out = plan.left_out.iter().map(rank).min();

        prop_assert!(added.zip(left_out).is_none_or(|(added, left_out)| added < left_out));
    }

    /// INV-5: no two members of any tenants share a reference, and none leaves its segment of a path.
    #[test]
    fn references_are_as_different_as_members(
        one in any_member_id(), other in any_member_id(), tenants in ("[a-b]", "[a-b]")
    ) {
        let keys = [
            MemberKey { tenant: tenants.0.as_str().into(), member: one.as_str().into() },
            MemberKey { tenant: tenants.1.as_str().into(), member: other.as_str().into() },
        ];
        let [first, second] = keys.clone().map(|key| key.external_id());

        prop_assert_eq!(first == second, keys[0] == keys[1]);
        prop_assert!(first.as_str().bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.:~".contains(&byte)));
    }
}

/// R19: held groups stay though others began earlier; foreign groups count.
#[test]
fn held_groups_stay_and_foreign_groups_count() {
    let ledger = AccountLedger {
        user: Some(BrivoUserId(1)),
        groups: groups(&[1, 2]),
        foreign_groups: 13,
        profile: Some(profile("ann@example.com")),
        pending: None,
        failures: 0,
    };

    let plan =
        planned(&due(&[(1, 50), (2, 60), (5, 20), (4, 20), (3, 30)]), &ledger, &Policy::preset(Platform::Nexudus));

    assert_eq!(plan.writes, [Write::ChangeGroups { add: groups(&[4]), remove: groups(&[]) }]);
    assert_eq!(plan.notice().unwrap(), "Brivo takes 16 groups a user; left out: 3, 5");
}

/// DWK-16: a change of plan is one call without a gap, also at the limit.
#[test]
fn a_change_of_plan_is_one_call() {
    let ledger = AccountLedger {
        user: Some(BrivoUserId(1)),
        groups: groups(&[1]),
        foreign_groups: 15,
        profile: Some(profile("ann@example.com")),
        pending: None,
        failures: 0,
    };

    let plan = planned(&due(&[(2, 0)]), &ledger, &Policy::preset(Platform::Deskworks));

    assert_eq!(plan.writes, [Write::ChangeGroups { add: groups(&[2]), remove: groups(&[1]) }]);
}

/// R16: ahead of time a user waits for settled details and is made without groups; an open window does not wait.
#[test]
fn a_user_is_made_ahead_only_from_settled_details() {
    let policy = Policy::preset(Platform::Nexudus);
    let (reference, ann) = (reference(), profile("ann@example.com"));
    let made = |desired: &Desired, profile, details_settled| {
        let person = Person { external_id: &reference, profile, details_settled };
        plan(desired, &AccountLedger::default(), person, &policy)
    };
    let ahead = Desired { groups: BTreeMap::new(), user: true };
    let create = Write::CreateUser { external_id: reference.clone(), profile: ann.clone() };
    let join = Write::ChangeGroups { add: groups(&[1]), remove: groups(&[]) };

    assert_eq!(made(&ahead, Some(&ann), false), Plan::default());
    assert_eq!(made(&ahead, Some(&ann), true).writes, std::slice::from_ref(&create));
    assert_eq!(made(&due(&[(1, 0)]), Some(&ann), false).writes, [create, join]);
    assert!(made(&due(&[(1, 0)]), None, true).nameless);
    assert_eq!(made(&Desired::default(), Some(&ann), true), Plan::default());
}

/// ORD-35, X5: a field that is set once is not sent again; one that follows is.
#[test]
fn only_fields_that_follow_edits_are_sent_again() {
    let ledger = AccountLedger {
        user: Some(BrivoUserId(1)),
        profile: Some(profile("old@example.com")),
        ..AccountLedger::default()
    };
    let patched = |platform| planned(&Desired::default(), &ledger, &Policy::preset(platform)).writes;

    assert_eq!(patched(Platform::Officernd), []);
    assert!(matches!(
        patched(Platform::Nexudus).as_slice(),
        [Write::PatchProfile { fields, .. }] if *fields == BTreeSet::from([ProfileField::Email])
    ));
}
