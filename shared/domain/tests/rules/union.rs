//! INV-3: access is the union of all open reasons, so that no reason can take away what another gives.

use domain::{
    access::{Desired, Nearness},
    facts::{Change, Member, MemberFacts, MemberPatch, Payer, TeamFacts},
};
use jiff::Timestamp;
use proptest::prelude::*;

use crate::world::{any_facts, any_instant, any_tenant, wanted};

/// The same person with one fact at a time.
fn one_by_one(facts: &MemberFacts) -> Vec<MemberFacts> {
    let choice = MemberFacts { member: facts.member.clone(), ..MemberFacts::default() };
    let nothing = MemberFacts { member: facts.member.clone().map(without_choice), ..MemberFacts::default() };
    let own = facts
        .entitlements
        .iter()
        .map(|entitlement| MemberFacts { entitlements: vec![entitlement.clone()], ..nothing.clone() });
    let shared =
        facts.teams.iter().flat_map(in_one_team_each).map(|team| MemberFacts { teams: vec![team], ..nothing.clone() });
    [choice].into_iter().chain(own).chain(shared).collect()
}

/// The same team with one fact at a time.
fn in_one_team_each(team: &TeamFacts) -> Vec<TeamFacts> {
    let alone = TeamFacts { id: team.id.clone(), entitlements: Vec::new(), payer: None };
    let held = team.entitlements.iter();
    let held = held.map(|entitlement| TeamFacts { entitlements: vec![entitlement.clone()], ..alone.clone() });
    let paid = team.payer.iter().flat_map(|payer| {
        let paid = |entitlement| Payer { member: payer.member.clone(), memberships: vec![entitlement] };
        payer.memberships.iter().cloned().map(move |entitlement| Some(paid(entitlement)))
    });
    held.chain(paid.map(|payer| TeamFacts { payer, ..alone.clone() })).collect()
}

fn without_choice(mut member: Member) -> Member {
    member.merge(MemberPatch { door_access: Change::Clear, ..MemberPatch::default() }, Timestamp::UNIX_EPOCH);
    member
}

fn union(one: Desired, other: Desired) -> Desired {
    let endless = |desired: &Desired| desired.nearness > Nearness::None && desired.ends.is_none();
    let has_end = !endless(&one) && !endless(&other);
    let mut both = one;
    both.nearness = both.nearness.max(other.nearness);
    both.ends = both.ends.max(other.ends).filter(|_| has_end);
    for (group, since) in other.groups {
        let earliest = both.groups.entry(group).or_insert(since);
        *earliest = since.min(*earliest);
    }
    both
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    /// INV-3: each fact alone, through whatever path, gives its part of what all give together.
    #[test]
    fn ending_one_reason_changes_nothing_that_another_gives(
        tenant in any_tenant(), facts in any_facts(), now in any_instant()
    ) {
        let all = wanted(&tenant, &facts, now);

        let alone = one_by_one(&facts);
        let each = alone.iter().map(|facts| wanted(&tenant, facts, now));

        prop_assert_eq!(all, each.fold(Desired::default(), union));
    }

    /// INV-4, R1: whatever the facts say, only groups that the document names are given.
    #[test]
    fn only_managed_groups_are_ever_due(tenant in any_tenant(), facts in any_facts(), now in any_instant()) {
        let all = wanted(&tenant, &facts, now);

        prop_assert!(all.group_ids().is_subset(&tenant.managed()));
        prop_assert!(all.nearness == Nearness::Near || all.groups.is_empty());
    }
}
