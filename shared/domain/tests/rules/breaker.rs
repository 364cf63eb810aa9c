//! Changes of the settings that would take access away: measured first, and held back beyond a limit; time never is.

use std::collections::BTreeSet;

use domain::{
    GroupId, MemberId,
    access::desired,
    breaker::{Change, Losses, all_reasons, held_back},
    facts::{MemberFacts, Membership, MembershipStatus},
    ledger::{AccountLedger, Ledger},
    policy::Deprovision,
    rules::Rulebook,
    tenant::{Platform, Tenant},
};
use jiff::Timestamp;
use proptest::prelude::*;

use crate::{
    planning::known,
    world::{
        account, any_facts, any_instant, any_tenant, at, booking, clock, due, groups, holding, mapping, member,
        membership, tenant, wanted,
    },
};

/// Plans `p0` to `p9` give groups 1 and one of 100 to 109; `room` gives group 2.
fn rich() -> Tenant {
    let plans = (0..10).map(|plan| mapping(&format!("plan/p{plan}"), &[1, 100 + plan]));
    tenant(Platform::Officernd, plans.chain([mapping("resource/room", &[2])]).collect())
}

/// The same without some groups.
fn without(tenant: &Tenant, gone: &[i64]) -> Tenant {
    let mut poorer = tenant.clone();
    for mapping in &mut poorer.mappings {
        mapping.groups.retain(|group| !groups(gone).contains(group));
    }
    poorer
}

fn holder(ids: &[i64]) -> Ledger {
    let mut ledger = Ledger::default();
    *ledger.account(&account()) = known(ids);
    ledger
}

/// The losses of `count` people, each on one of the ten plans in turn.
fn losses(count: i64, after: &Tenant) -> Losses {
    let (before, after) = (Rulebook::new(&rich()), Rulebook::new(after));
    let change = Change { before: &before, after: &after, now: at(5) };
    let mut losses = Losses::default();
    for number in 0..count {
        let plan = number % 10;
        let facts = holding([Membership { plan: format!("p{plan}"), ..membership("s1") }]);
        losses.count(&format!("m{number}").as_str().into(), &facts, &holder(&[1, 100 + plan]), change);
    }
    losses
}

/// What is due while a change waits: what the settings after give, and of what is held what those before still give.
fn meanwhile(tenants: (&Tenant, &Tenant), facts: &MemberFacts, ledger: &Ledger, now: Timestamp) -> Vec<i64> {
    let (before, after) = (Rulebook::new(tenants.0), Rulebook::new(tenants.1));
    desired(&all_reasons((&after, Some(&before)), facts, ledger), &account(), now)
        .group_ids()
        .into_iter()
        .map(|group| group.0)
        .collect()
}

/// INV-9, B2: up to five people may lose a group without anybody's approval, and no more of a few.
#[test]
fn five_people_may_lose_a_group_and_six_may_not() {
    let all = |count| losses(count, &without(&rich(), &[1])).need_approval();

    assert!(!all(5));
    assert!(all(6));
}

/// INV-9, B2: a tenth of those who hold a group may lose it, and a tenth of all who hold anything something.
#[test]
fn a_tenth_of_many_may_lose_a_group() {
    let from_plans = |plans: usize| {
        let mut poorer = rich();
        for mapping in poorer.mappings.iter_mut().take(plans) {
            mapping.groups.remove(&GroupId(1));
        }
        losses(100, &poorer).need_approval()
    };
    assert!(!from_plans(1));
    assert!(from_plans(2));

    // Nobody loses more than a few of one group, but all together lose many.
    assert!(!losses(50, &without(&rich(), &[100])).need_approval());
    assert!(losses(50, &without(&rich(), &[100, 101])).need_approval());
}

/// INV-9, ORD-50: it is told how many people lose each group and who, before anything happens.
#[test]
fn losses_say_who_loses_what() {
    let losses = losses(20, &without(&rich(), &[103]));

    let expected = ["m3", "m13"].map(|id| (MemberId::from(id), groups(&[103])));
    assert_eq!(losses.who().clone(), expected.into());
    assert_eq!((losses.people().losers, losses.people().holders), (2, 20));
    assert!(!losses.are_none());
}

/// ORD-50: a change that takes nothing from anybody needs nobody's approval, however many people there are.
#[test]
fn a_change_without_losses_needs_no_approval() {
    let mut richer = rich();
    richer.mappings.push(mapping("plan/p0", &[7]));
    let losses = losses(300, &richer);

    assert!(losses.are_none() && !losses.need_approval());
}

/// ORD-50: a group that another mapping still gives is not lost.
#[test]
fn a_group_that_is_still_given_is_not_lost() {
    let mut moved = without(&rich(), &[1]);
    moved.mappings.extend((0..10).map(|plan| mapping(&format!("plan/p{plan}"), &[1])));

    assert!(losses(100, &moved).are_none());
}

/// R33: what facts take away is explained and is no loss by the change, however many people it concerns.
#[test]
fn what_facts_took_away_is_not_counted() {
    let (before, after) = (Rulebook::new(&rich()), Rulebook::new(&without(&rich(), &[1])));
    let change = Change { before: &before, after: &after, now: at(5) };
    let over = Membership {
        ends: Some(at(5)),
        status: MembershipStatus::Cancelled,
        plan: "p0".to_owned(),
        ..membership("s1")
    };
    let mut losses = Losses::default();
    for number in 0..100 {
        losses.count(&format!("m{number}").as_str().into(), &holding([over.clone()]), &holder(&[1, 100]), change);
    }

    assert!(losses.are_none() && !losses.need_approval());
}

/// INV-9: while a change waits, whoever holds a group that the settings before give keeps it; nobody new gets it.
#[test]
fn while_a_change_waits_holders_keep_what_they_hold() {
    let (before, after) = (rich(), without(&rich(), &[1]));
    let facts = holding([Membership { plan: "p0".to_owned(), ..membership("s1") }]);

    assert_eq!(meanwhile((&before, &after), &facts, &holder(&[1, 100]), at(5)), [1, 100]);
    assert_eq!(meanwhile((&before, &after), &facts, &holder(&[]), at(5)), [100]);
}

/// INV-9, B4: removals by time are never held back, also while a change waits; nor are those that a fact brings.
#[test]
fn what_is_over_by_time_goes_while_a_change_waits() {
    let (before, after) = (rich(), without(&rich(), &[2]));
    let facts = holding([booking("b1", clock("09:00"), clock("10:00"))]);
    let groups_at = |facts, time| meanwhile((&before, &after), facts, &holder(&[2]), clock(time));

    assert_eq!(groups_at(&facts, "09:59"), [2]);
    assert_eq!(groups_at(&facts, "10:00"), [] as [i64; 0]);
    assert_eq!(groups_at(&holding([] as [Membership; 0]), "09:30"), [] as [i64; 0]);
}

/// INV-8, INV-9: a change that would suspend or delete people who have a reason to come waits, though nobody loses a group.
#[test]
fn suspending_or_deleting_people_with_a_reason_to_come_needs_approval() {
    let needs_approval = |deprovision, people: i64| {
        let mut before = rich();
        before.policy.deprovision = Some(deprovision);
        before.policy.never_delete = Some(false);
        let mut after = before.clone();
        after.mappings.pop();
        let (before, after) = (Rulebook::new(&before), Rulebook::new(&after));
        let change = Change { before: &before, after: &after, now: clock("09:00") };
        let upcoming = holding([booking("b1", clock("12:00"), clock("13:00"))]);
        let mut losses = Losses::default();
        for number in 0..people {
            losses.count(&format!("m{number}").as_str().into(), &upcoming, &holder(&[]), change);
        }
        losses.need_approval()
    };

    for deprovision in [Deprovision::Suspend, Deprovision::Delete] {
        assert!(needs_approval(deprovision, 6), "{deprovision:?}");
        assert!(!needs_approval(deprovision, 5), "{deprovision:?}");
    }
    assert!(!needs_approval(Deprovision::RemoveGroups, 300));
}

/// INV-9: a reason that only waits for approval says so.
#[test]
fn what_is_held_back_says_so() {
    let before = Rulebook::new(&rich());
    let facts = holding([Membership { plan: "p0".to_owned(), ..membership("s1") }]);
    let ledger = holder(&[1]);

    let held = held_back(&before, &facts, &ledger);

    assert_eq!(held.len(), 1);
    assert!(held[0].held_back && *held[0].groups == groups(&[1]));
}

proptest! {
    /// INV-9: a waiting change takes nothing that is held and was due, and gives nothing that neither settings give.
    #[test]
    fn a_waiting_change_takes_nothing_held(
        before in any_tenant(), after in any_tenant(), facts in any_facts(), now in any_instant(),
        held in prop::collection::btree_set((1i64..9).prop_map(GroupId), 0..5)
    ) {
        let ledger = Ledger {
            accounts: [(account(), AccountLedger { groups: held.clone(), ..known(&[]) })].into(),
            ..Ledger::default()
        };
        let (old, new) = (due(&before, &facts, now), due(&after, &facts, now));

        let kept = meanwhile((&before, &after), &facts, &ledger, now);

        let expected: BTreeSet<_> = new.union(&old.intersection(&held).copied().collect()).copied().collect();
        prop_assert_eq!(kept, expected.into_iter().map(|group| group.0).collect::<Vec<_>>());
    }

    /// INV-9, R33: what is lost by a change is exactly what is held, was given before and is not given after.
    #[test]
    fn losses_are_what_only_the_change_takes(
        before in any_tenant(), after in any_tenant(), facts in any_facts(), now in any_instant(),
        held in prop::collection::btree_set((1i64..9).prop_map(GroupId), 0..5)
    ) {
        let (old, new) = (wanted(&before, &facts, now).group_ids(), wanted(&after, &facts, now).group_ids());
        let ledger = Ledger {
            accounts: [(account(), AccountLedger { groups: held.clone(), ..known(&[]) })].into(),
            ..Ledger::default()
        };
        let (before, after) = (Rulebook::new(&before), Rulebook::new(&after));
        let mut losses = Losses::default();

        losses.count(&member("m1").id, &facts, &ledger, Change { before: &before, after: &after, now });

        let lost: BTreeSet<_> = held.into_iter().filter(|group| old.contains(group) && !new.contains(group)).collect();
        prop_assert_eq!(losses.who().get(&MemberId::from("m1")).cloned().unwrap_or_default(), lost);
    }
}
