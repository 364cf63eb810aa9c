//! Groups chosen per person and per subscription.

use std::collections::BTreeMap;

use domain::{
    GroupId, Window,
    facts::{Change, MemberFacts, MemberPatch, Membership, Pass},
    reasons::{NotGiven, choices_not_given},
    rules::Rulebook,
    tenant::{Account, Platform, Region, Tenant},
};
use jiff::Timestamp;

use crate::world::{
    PLATFORMS, assigned, at, due, groups, holding, mapping, membership, only_window, pass, subject, tenant,
};

fn choosing(ids: &[i64]) -> MemberFacts {
    let mut facts = holding([] as [Membership; 0]);
    let patch = MemberPatch { door_access: Change::Set(groups(ids)), ..MemberPatch::default() };
    facts.member.as_mut().unwrap().merge(patch, at(0));
    facts
}

fn managing(platform: Platform) -> Tenant {
    let mappings = vec![mapping("plan/plan", &[1]), mapping("product/locker", &[2]), mapping("resource/d1", &[3])];
    Tenant { managed_groups: groups(&[7, 8]), ..tenant(platform, mappings) }
}

/// R6: a choice per person is a standing reason under every preset, and ends when it is taken back.
#[test]
fn a_choice_per_person_stands_while_it_is_made() {
    for platform in PLATFORMS {
        let tenant = managing(platform);
        assert_eq!(only_window(&tenant, &choosing(&[7])), Window { from: Timestamp::MIN, until: None });
        assert_eq!(due(&tenant, &choosing(&[]), at(1)), groups(&[]));
    }
}

/// R1: a choice of a group that is not managed is not applied, and can be reported.
#[test]
fn a_choice_of_a_group_of_others_is_not_applied() {
    let tenant = managing(Platform::Spacebring);
    let mut facts = choosing(&[1, 7, 99]);
    let subscription = Membership { groups: Some(groups(&[8, 98])), ..membership("s1") };
    facts.entitlements = holding([subscription]).entitlements;

    assert_eq!(due(&tenant, &facts, at(1)), groups(&[1, 7, 8]));
    assert_eq!(
        choices_not_given(&Rulebook::new(&tenant), &facts),
        BTreeMap::from([
            ((subject("member/m1"), NotGiven::Unmanaged), groups(&[99])),
            ((subject("membership/s1"), NotGiven::Unmanaged), groups(&[98])),
        ])
    );
}

/// R6: with several accounts and no location, a group is of the account whose mappings name it; of another nothing tells the
/// account, and that can be reported.
#[test]
fn a_choice_of_a_group_without_account_is_not_applied() {
    let mut tenant = tenant(Platform::Spacebring, vec![mapping("plan/plan@london", &[1])]);
    tenant.managed_groups = groups(&[7]);
    tenant.accounts.push(Account { id: "second".into(), region: Region::Us, budget: None });
    tenant.locations[1].account = "second".into();
    let facts = choosing(&[1, 7]);

    assert_eq!(due(&tenant, &facts, at(1)), groups(&[1]));
    assert_eq!(
        choices_not_given(&Rulebook::new(&tenant), &facts),
        BTreeMap::from([((subject("member/m1"), NotGiven::NoAccount), groups(&[7]))])
    );
}

/// R7: a choice per subscription stands for the plan's groups; resources and products still add theirs.
#[test]
fn a_choice_per_subscription_replaces_the_groups_of_the_plan() {
    let tenant = managing(Platform::Spacebring);
    let with = |chosen: Option<&[i64]>| {
        holding([Membership {
            groups: chosen.map(groups),
            products: ["locker".to_owned()].into(),
            resources: vec![assigned("d1", None, None)],
            ..membership("s1")
        }])
    };

    assert_eq!(due(&tenant, &with(None), at(1)), groups(&[1, 2, 3]));
    assert_eq!(due(&tenant, &with(Some(&[7])), at(1)), groups(&[2, 3, 7]));
    assert_eq!(due(&tenant, &with(Some(&[])), at(1)), groups(&[2, 3]));
}

/// Groups that the platform works out itself: each until its own end, whatever mappings say of passes, and nobody else's.
#[test]
fn groups_of_the_platforms_own_rules_each_have_an_end_of_their_own() {
    let tenant = Tenant { mappings: vec![mapping("pass/day", &[1])], ..managing(Platform::Nexudus) };
    let told = |groups: &[(i64, Option<i64>)]| -> Pass {
        let groups = groups.iter().map(|(group, until)| (GroupId(*group), until.map(at))).collect();
        Pass { groups: Some(groups), ..pass("p1") }
    };
    let facts = holding([told(&[(1, None), (7, Some(10)), (8, Some(20)), (99, None)])]);

    assert_eq!(due(&tenant, &facts, at(9)), groups(&[1, 7, 8]));
    assert_eq!(due(&tenant, &facts, at(10)), groups(&[1, 8]));
    assert_eq!(due(&tenant, &facts, at(20)), groups(&[1]));
    assert_eq!(due(&tenant, &holding([told(&[])]), at(9)), groups(&[]));
    assert_eq!(
        choices_not_given(&Rulebook::new(&tenant), &facts),
        BTreeMap::from([((subject("pass/p1"), NotGiven::Unmanaged), groups(&[99]))])
    );
}
