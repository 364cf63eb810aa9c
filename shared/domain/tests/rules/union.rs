//! INV-3: access is the union of all open reasons, so that no reason can take away what another gives.

use domain::{
    access::{Desired, desired},
    facts::{Change, Member, MemberFacts, MemberPatch, TeamFacts},
    reasons::reasons,
};
use jiff::Timestamp;
use proptest::prelude::*;

use crate::world::{account, any_facts, any_instant, any_tenant};

/// The same person with one fact at a time.
fn one_by_one(facts: &MemberFacts) -> Vec<MemberFacts> {
    let choice = MemberFacts { member: facts.member.clone(), ..MemberFacts::default() };
    let nothing = MemberFacts { member: facts.member.clone().map(without_choice), ..MemberFacts::default() };
    let own = facts
        .entitlements
        .iter()
        .map(|entitlement| MemberFacts { entitlements: vec![entitlement.clone()], ..nothing.clone() });
    let shared = facts.teams.iter().flat_map(|team| {
        team.entitlements.iter().map(|entitlement| MemberFacts {
            teams: vec![TeamFacts { id: team.id.clone(), entitlements: vec![entitlement.clone()] }],
            ..nothing.clone()
        })
    });
    [choice].into_iter().chain(own).chain(shared).collect()
}

fn without_choice(mut member: Member) -> Member {
    member.merge(MemberPatch { door_access: Change::Clear, ..MemberPatch::default() }, Timestamp::UNIX_EPOCH);
    member
}

fn union(one: Desired, other: Desired) -> Desired {
    let mut both = one;
    both.user |= other.user;
    for (group, since) in other.groups {
        let earliest = both.groups.entry(group).or_insert(since);
        *earliest = since.min(*earliest);
    }
    both
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn ending_one_reason_changes_nothing_that_another_gives(
        tenant in any_tenant(), facts in any_facts(), now in any_instant()
    ) {
        let all = desired(&reasons(&tenant, &facts), &account(), now);

        let alone = one_by_one(&facts);
        let each = alone.iter().map(|facts| desired(&reasons(&tenant, facts), &account(), now));

        prop_assert_eq!(all, each.fold(Desired::default(), union));
    }

    /// INV-4, R1: whatever the facts say, only groups that the document names are given.
    #[test]
    fn only_managed_groups_are_ever_due(tenant in any_tenant(), facts in any_facts(), now in any_instant()) {
        let all = desired(&reasons(&tenant, &facts), &account(), now);

        prop_assert!(all.group_ids().is_subset(&tenant.managed()));
        prop_assert!(all.user || all.groups.is_empty());
    }
}
