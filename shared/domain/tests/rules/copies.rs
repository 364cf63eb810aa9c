//! The groups of a plan, copied to each subscription, where the policy takes a copy.

use domain::{
    facts::{Entitlement, Membership, MembershipStatus},
    intake::News,
    rules::Rulebook,
    tenant::{Mapping, Platform},
};
use serde_json::{Value, json};

use crate::{
    memory::Memory,
    news::{active, entitlement, person, team},
    world::{PLATFORMS, at, groups, in_london, mapping, membership},
};

/// A tenant whose `plan` gives these groups and whose `other` gives group 9.
fn giving(platform: Platform, ids: &[i64]) -> Rulebook {
    let mut tenant = in_london(platform, vec![mapping("plan/plan", ids), mapping("plan/other", &[9])]);
    tenant.managed_groups = groups(&[7]);
    Rulebook::new(&tenant)
}

fn subscribed(minute: i64, membership: Membership) -> News {
    entitlement(at(minute), Entitlement::Membership(membership))
}

/// m1 subscribes to `plan`, which gives group 1, and then `plan` is changed to give group 2.
fn before_the_edit(platform: Platform) -> Memory {
    let mut memory = Memory::new(giving(platform, &[1]));
    memory.receive(&[person(at(0), "m1", active()), subscribed(0, membership("s1"))]);
    memory.ruled_by(giving(platform, &[2]));
    memory
}

/// SPB-06, SPB-08, R29: other groups of a plan are for new subscriptions; existing ones keep what they had.
#[test]
fn an_edit_of_the_plan_leaves_existing_subscriptions_as_they_are() {
    let mut memory = before_the_edit(Platform::Spacebring);
    assert_eq!(memory.due("m1", at(5)), groups(&[1]));

    memory.receive(&[person(at(1), "m2", active())]);
    memory.receive(&[subscribed(1, Membership { member: Some("m2".into()), ..membership("s2") })]);

    assert_eq!(memory.due("m2", at(5)), groups(&[2]));
    assert_eq!(memory.due("m1", at(5)), groups(&[1]));
}

/// SPB-08, R29: news of an existing subscription, also a new end, takes no new copy.
#[test]
fn later_news_of_a_subscription_takes_no_new_copy() {
    let mut memory = before_the_edit(Platform::Spacebring);

    memory.receive(&[subscribed(2, Membership { ends: Some(at(100)), ..membership("s1") })]);

    assert_eq!(memory.due("m1", at(5)), groups(&[1]));
    assert_eq!(memory.due("m1", at(100)), groups(&[]));
}

/// R29: a change of its plan takes a copy of the new plan, and a change back one of the plan as it is then.
#[test]
fn a_change_of_plan_takes_a_new_copy() {
    let mut memory = before_the_edit(Platform::Spacebring);

    memory.receive(&[subscribed(2, Membership { plan: "other".to_owned(), ..membership("s1") })]);
    assert_eq!(memory.due("m1", at(5)), groups(&[9]));

    memory.receive(&[subscribed(3, membership("s1"))]);
    assert_eq!(memory.due("m1", at(5)), groups(&[2]));
}

/// SPB-08: each subscription carries its own choice, which can be edited; it needs no copy.
#[test]
fn a_choice_for_the_subscription_stands_in_place_of_the_copy() {
    let mut memory = before_the_edit(Platform::Spacebring);

    memory.receive(&[subscribed(2, Membership { groups: Some(groups(&[7])), ..membership("s1") })]);
    assert_eq!(memory.due("m1", at(5)), groups(&[7]));

    memory.receive(&[subscribed(3, Membership { groups: Some(groups(&[])), ..membership("s1") })]);
    assert_eq!(memory.due("m1", at(5)), groups(&[]));
}

/// SPB-06: a plan without groups is copied too, so that groups it gets later are for later subscriptions.
#[test]
fn a_subscription_to_a_plan_without_groups_stays_without() {
    let mut memory = Memory::new(giving(Platform::Spacebring, &[]));
    memory.receive(&[person(at(0), "m1", active()), subscribed(0, membership("s1"))]);

    memory.ruled_by(giving(Platform::Spacebring, &[2]));

    assert_eq!(memory.due("m1", at(5)), groups(&[]));
}

/// m1 pays for a team with m2, and subscribes to `plan`, whose mapping has this policy of its own.
fn of_team(policy: &Value) -> Memory {
    let mut memory = Memory::new(with_policy(&[1], policy));
    memory.receive(&[person(at(0), "m1", active()), person(at(0), "m2", active()), team(at(0), "t1", &["m1", "m2"])]);
    memory.receive(&[subscribed(0, Membership { member: None, team: Some("t1".into()), ..membership("s1") })]);
    memory
}

fn with_policy(ids: &[i64], policy: &Value) -> Rulebook {
    let policy = serde_json::from_value(policy.clone()).unwrap();
    let mapping = Mapping { policy, ..mapping("plan/plan", ids) };
    Rulebook::new(&in_london(Platform::Spacebring, vec![mapping]))
}

/// X11, R29, SPB-06: what a mapping says of its own counts for the copy as well: with whom it is shared, and what a pause does.
#[test]
fn a_copy_obeys_the_policy_of_its_mapping() {
    let own = json!({"fanout": "member_only"});
    assert_eq!(of_team(&json!({})).due("m2", at(5)), groups(&[1]));
    let mut memory = of_team(&own);
    assert_eq!(memory.due("m2", at(5)), groups(&[]));

    memory.ruled_by(with_policy(&[2], &own));
    assert_eq!(memory.due("m2", at(5)), groups(&[]), "an edit of its groups shares it with nobody else");

    let paused = Membership { status: MembershipStatus::Paused, ..membership("s1") };
    for (policy, due) in [(json!({}), &[1][..]), (json!({"paused": "revoke"}), &[])] {
        let mut memory = Memory::new(with_policy(&[1], &policy));
        memory.receive(&[person(at(0), "m1", active()), subscribed(0, paused.clone())]);
        assert_eq!(memory.due("m1", at(5)), groups(due), "{policy}");
    }
}

/// R29: of several mappings of a plan each may be copied or read live.
#[test]
fn one_mapping_may_be_followed_where_others_are_copied() {
    let followed = |id: i64| {
        let policy = serde_json::from_value(json!({"source_of_groups": "mapping"})).unwrap();
        let followed = Mapping { policy, ..mapping("plan/plan@london", &[id]) };
        Rulebook::new(&in_london(Platform::Spacebring, vec![mapping("plan/plan", &[id + 10]), followed]))
    };
    let mut memory = Memory::new(followed(1));
    memory.receive(&[person(at(0), "m1", active()), subscribed(0, membership("s1"))]);
    assert_eq!(memory.due("m1", at(5)), groups(&[1, 11]));

    memory.ruled_by(followed(2));

    assert_eq!(memory.due("m1", at(5)), groups(&[2, 11]));
}

/// R29: elsewhere mappings are read live.
#[test]
fn other_presets_follow_the_mapping() {
    for platform in PLATFORMS.into_iter().filter(|platform| *platform != Platform::Spacebring) {
        assert_eq!(before_the_edit(platform).due("m1", at(5)), groups(&[2]), "{}", platform.word());
    }
}

/// R29: the news of a subscription may come twice and late; the copy is of its first coming.
#[test]
fn a_repeat_takes_no_new_copy() {
    let mut memory = before_the_edit(Platform::Spacebring);

    memory.receive(&[subscribed(0, membership("s1")), subscribed(0, membership("s1"))]);

    assert_eq!(memory.due("m1", at(5)), groups(&[1]));
}
