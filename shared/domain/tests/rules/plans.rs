//! The plan closes the difference, all of it, in one change of groups, and takes away nothing but what is ours.

use std::collections::BTreeSet;

use domain::{
    GroupId, MemberKey,
    access::{Desired, Nearness},
    ledger::{AccountLedger, Left, Suspension},
    plan::{Existing, MOST_GROUPS, NoUser, Plan, Write},
    policy::{Backstop, CreateUsers, Deprovision, Policy, SuspendWhen},
    tenant::Platform,
};
use jiff::SignedDuration;
use proptest::{collection::btree_map, option, prelude::*, sample::select};

use crate::{
    planning::{
        Someone, carry_out, change, create, due_since, known, later, nobody, planned, preset, profile, someone,
    },
    world::{any_instant, any_platform, at, groups},
};

fn any_desired() -> impl Strategy<Value = Desired> {
    let groups = btree_map((1i64..40).prop_map(GroupId), any_instant(), 0..25);
    let nearness = select(vec![Nearness::None, Nearness::Far, Nearness::Near]);
    (groups, nearness, option::of(any_instant())).prop_map(|(groups, nearness, ends)| {
        let nearness = if groups.is_empty() { nearness } else { Nearness::Near };
        Desired { groups, nearness, ends: ends.filter(|_| nearness > Nearness::None) }
    })
}

/// A ledger of somebody whom Brivo knows or not, in at most 16 groups.
fn any_ledger() -> impl Strategy<Value = AccountLedger> {
    let ids: Vec<i64> = (1..40).collect();
    let in_groups = (0..=MOST_GROUPS).prop_flat_map(move |foreign| {
        let held = prop::sample::subsequence(ids.clone(), 0..=MOST_GROUPS - foreign);
        (Just(foreign), held, select(vec![None, Some("ann@example.com"), Some("old@example.com")]))
    });
    let suspension = select(vec![Suspension::None, Suspension::Ours, Suspension::Others]);
    let standing = (suspension, option::of(any_left()), option::of(any_instant()));
    let known =
        (in_groups, standing).prop_map(|((foreign_groups, held, email), (suspension, left, pin_end))| AccountLedger {
            groups: groups(&held),
            foreign_groups,
            profile: email.map(profile),
            suspension,
            left,
            pin_end,
            ..known(&[])
        });
    prop_oneof![1 => Just(AccountLedger::default()), 4 => known]
}

fn any_left() -> impl Strategy<Value = Left> {
    let then = select(vec![Deprovision::RemoveGroups, Deprovision::Suspend, Deprovision::Delete]);
    (any_instant(), then, any_instant()).prop_map(|(at, then, delete_at)| {
        let delete_at = (then == Deprovision::Delete).then_some(delete_at);
        Left { at, then, delete_at }
    })
}

/// A preset with whatever speaks of a person in a whole account changed at will.
fn any_policy() -> impl Strategy<Value = Policy> {
    let leaving = (
        select(vec![Deprovision::RemoveGroups, Deprovision::Suspend, Deprovision::Delete]),
        select(vec![SuspendWhen::Inactive, SuspendWhen::NoReasonOpenOrUpcoming]),
        select(vec![SignedDuration::ZERO, SignedDuration::from_hours(1)]),
        any::<bool>(),
    );
    let users = select(vec![CreateUsers::OnFirstReason, CreateUsers::OnMember]);
    let backstops = select(vec![Backstop::Off, Backstop::Pin, Backstop::Credential, Backstop::Both]);
    (any_platform(), leaving, users, backstops).prop_map(
        |(platform, (deprovision, suspend_when, delete_after, never_delete), create_users, backstop)| Policy {
            deprovision,
            suspend_when,
            delete_after,
            never_delete,
            create_users,
            backstop,
            ..preset(platform)
        },
    )
}

fn any_person() -> impl Strategy<Value = Someone> {
    let adopted = any_ledger().prop_filter_map("a user", |ledger| ledger.user.map(|_| Existing::One(Box::new(ledger))));
    let existing = prop_oneof![
        3 => Just(Existing::None),
        2 => adopted,
        1 => Just(Existing::Refused(NoUser::SeveralMatch)),
        1 => Just(Existing::Unread(Box::new(Existing::None))),
    ];
    (existing, any::<bool>()).prop_map(|(existing, is_member)| Someone { is_member, existing, ..someone() })
}

/// Any text, and often one that looks escaped.
fn any_member_id() -> impl Strategy<Value = String> {
    prop_oneof![any::<String>(), select(vec!["/", "~2f", "~", "~7e", "a"]).prop_map(str::to_owned)]
}

fn group_changes(plan: &Plan) -> Vec<(&BTreeSet<GroupId>, &BTreeSet<GroupId>)> {
    let changes = plan.writes.iter().filter_map(|write| match write {
        Write::ChangeGroups { add, remove } => Some((add, remove)),
        Write::CreateUser { .. }
        | Write::LinkUser { .. }
        | Write::PatchProfile { .. }
        | Write::SetPinEnd { .. }
        | Write::SetPin { .. }
        | Write::ClearPin
        | Write::Invite { .. }
        | Write::CancelInvitation
        | Write::RevokePass { .. }
        | Write::Suspend
        | Write::Unsuspend
        | Write::DeleteUser => None,
    });
    changes.collect()
}

fn held(ledger: &AccountLedger, plan: &Plan) -> BTreeSet<GroupId> {
    match plan.writes.first() {
        Some(Write::LinkUser { known, .. }) => known.groups.clone(),
        Some(_) | None => ledger.groups.clone(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    /// INV-7, INV-10, R19: carried out, a plan leaves just what fits of what is due, and nothing more to do.
    #[test]
    fn a_plan_carried_out_leaves_nothing_to_do(
        desired in any_desired(), before in any_ledger(), person in any_person(), policy in any_policy(),
        now in any_instant()
    ) {
        let plan = person.plan(&desired, &before, &policy, now);
        let mut ledger = before.clone();
        carry_out(&plan, &mut ledger);
        // A user who was just made gets the end of the access code in a second round.
        let rest = person.follow(&desired, &mut ledger, &policy, now);
        let is_new = matches!(plan.writes.first(), Some(Write::CreateUser { .. }));
        let only_that = rest.iter().all(|write| matches!(write, Write::SetPinEnd { .. }));
        prop_assert!(rest.is_empty() || is_new && only_that);

        if ledger.user.is_some() {
            let fitting: BTreeSet<_> = desired.group_ids().difference(&plan.left_out).copied().collect();
            prop_assert_eq!(&ledger.groups, &fitting);
        }
        let again = person.plan(&desired, &ledger, &policy, now);
        prop_assert_eq!(&again.writes, &vec![]);
        prop_assert_eq!(&again.left_out, &plan.left_out);
        prop_assert!(again.next.is_none_or(|next| next > now));
    }

    /// INV-4, INV-10, B11: only what is ours and no longer due is taken away, in the one call that also adds.
    #[test]
    fn nothing_held_is_lost_and_nothing_foreign_is_touched(
        desired in any_desired(), ledger in any_ledger(), person in any_person(), policy in any_policy()
    ) {
        let plan = person.plan(&desired, &ledger, &policy, at(0));

        let held = held(&ledger, &plan);
        let changes = group_changes(&plan);
        prop_assert!(changes.len() <= 1);
        for (add, remove) in changes {
            prop_assert!(remove.is_subset(&held) && remove.is_disjoint(&desired.group_ids()));
            prop_assert!(add.is_subset(&desired.group_ids()) && add.is_disjoint(&held));
        }
        prop_assert!(plan.left_out.is_disjoint(&held));
        let told = plan.notices().iter().any(|notice| notice.contains("left out"));
        prop_assert_eq!(told, !plan.left_out.is_empty());
    }

    /// R19: what is left out began later, or at the same time with a higher id, than all that is added.
    #[test]
    fn the_window_that_began_first_comes_first(
        desired in any_desired(), ledger in any_ledger(), platform in any_platform()
    ) {
        let plan = planned(&desired, &ledger, &preset(platform));
        let rank = |group: &GroupId| (desired.groups[group], *group);

        let added = group_changes(&plan).into_iter().flat_map(|(add, _)| add).map(rank).max();
        let left_out = plan.left_out.iter().map(rank).min();

        prop_assert!(added.zip(left_out).is_none_or(|(added, left_out)| added < left_out));
    }

    /// INV-8, X1: nobody is deleted while a reason is open or to come, or by a policy that does not say so.
    #[test]
    fn only_a_policy_of_deleting_deletes_and_only_who_has_no_reason(
        desired in any_desired(), ledger in any_ledger(), person in any_person(), policy in any_policy(),
        now in any_instant()
    ) {
        let plan = person.plan(&desired, &ledger, &policy, now);
        let deletes = plan.writes.contains(&Write::DeleteUser);
        let suspends = plan.writes.contains(&Write::Suspend);

        let may_delete = policy.deprovision == Deprovision::Delete && !policy.never_delete;
        prop_assert!(!deletes || may_delete && desired.nearness == Nearness::None);
        let due = ledger.left.and_then(|left| left.delete_at);
        prop_assert!(!deletes || due.is_none_or(|due| due <= now));
        prop_assert!(!suspends || policy.deprovision >= Deprovision::Suspend && desired.nearness < Nearness::Near);
    }

    /// X2, X23: only our own suspension is lifted, after the groups are right; who leaves loses the groups first.
    #[test]
    fn groups_come_before_whatever_opens_or_shuts_the_account(
        desired in any_desired(), ledger in any_ledger(), person in any_person(), policy in any_policy()
    ) {
        let plan = person.plan(&desired, &ledger, &policy, at(0));
        let place = |wanted: fn(&Write) -> bool| plan.writes.iter().position(wanted);

        let standing = place(|write| matches!(write, Write::Suspend | Write::Unsuspend | Write::DeleteUser));
        let change = place(|write| matches!(write, Write::ChangeGroups { .. }));
        prop_assert!(standing.zip(change).is_none_or(|(standing, change)| change < standing));
        let suspension = match plan.writes.first() {
            Some(Write::LinkUser { known, .. }) => known.suspension,
            Some(_) | None => ledger.suspension,
        };
        prop_assert!(!plan.writes.contains(&Write::Unsuspend) || suspension == Suspension::Ours);
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

/// R30: a reference begins with its tenant, so that no tenant takes another's user for its own.
#[test]
fn a_reference_begins_with_its_tenant() {
    let of = |member: &str| MemberKey { tenant: "acme".into(), member: member.into() }.external_id();

    assert!(["m1", "", "other:m1", "/"].iter().all(|member| of(member).as_str().starts_with("acme:")));
}

/// R19: held groups stay though others began earlier; foreign groups count.
#[test]
fn held_groups_stay_and_foreign_groups_count() {
    let ledger = AccountLedger { foreign_groups: 13, ..known(&[1, 2]) };

    let plan = planned(&due_since(&[(1, 50), (2, 60), (5, 20), (4, 20), (3, 30)]), &ledger, &preset(Platform::Nexudus));

    assert_eq!(plan.writes, [change(&[4], &[])]);
    assert_eq!(
        plan.notices(),
        ["Brivo takes 16 groups a user; left out: 3, 5", "is in 16 of the 16 groups that Brivo takes"]
    );
}

/// DWK-16: a change of plan is one call without a gap, also at the limit.
#[test]
fn a_change_of_plan_is_one_call() {
    let ledger = AccountLedger { foreign_groups: 15, ..known(&[1]) };

    let plan = planned(&due_since(&[(2, 0)]), &ledger, &preset(Platform::Deskworks));

    assert_eq!(plan.writes, [change(&[2], &[1])]);
}

/// R16: ahead of time a user waits for settled details and is made without groups; an open window does not wait.
#[test]
fn a_user_is_made_ahead_only_from_settled_details() {
    let policy = preset(Platform::Nexudus);
    let made = |desired: &Desired, person: Someone| person.plan(desired, &AccountLedger::default(), &policy, at(0));
    let unsettled = || Someone { details_settled: false, ..someone() };
    let ahead = later(Nearness::Near);

    assert_eq!(made(&ahead, unsettled()), Plan::default());
    assert_eq!(made(&ahead, someone()).writes, [create()]);
    assert_eq!(made(&due_since(&[(1, 0)]), unsettled()).writes, [create(), change(&[1], &[])]);
    let nameless = made(&due_since(&[(1, 0)]), Someone { profile: None, ..someone() });
    assert_eq!((nameless.writes, nameless.no_user), (vec![], Some(NoUser::Nameless)));
    assert_eq!(made(&nobody(), someone()), Plan::default());
    assert_eq!(made(&later(Nearness::Far), someone()), Plan::default());
}
