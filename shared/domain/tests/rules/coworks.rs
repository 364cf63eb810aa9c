//! Coworks: its preset as it stands, mappings and the groups that may be chosen.

use domain::{
    facts::{Change, Entitlement, MemberFacts, MemberPatch, MemberStatus, Membership, Origin, TeamFacts},
    ledger::AccountLedger,
    plan::{Plan, Write},
    tenant::{Mapping, Platform, Tenant},
};

use crate::{
    planning::{change, create, known, planned, preset},
    world::{at, clock, due, groups, holding, in_london, mapping, membership, next, nothing, wanted},
};

const DAY: i64 = 1;
const NIGHT: i64 = 2;
const SUITES: i64 = 3;

fn on_signup(name: &str, ids: &[i64]) -> Mapping {
    Mapping { automatic: Some(Origin::PublicSignup), ..mapping(name, ids) }
}

/// Three groups to choose from; public plans `day` and `suite` give theirs to who signs up, `desk` gives nothing.
fn campus() -> Tenant {
    let mappings = vec![on_signup("plan/day", &[DAY]), on_signup("plan/suite", &[SUITES])];
    Tenant { managed_groups: groups(&[DAY, NIGHT, SUITES]), ..in_london(Platform::Coworks, mappings) }
}

/// A member for whom these groups were chosen in the form, or none.
fn chosen(ids: &[i64]) -> MemberFacts {
    let mut facts = nothing();
    choose(&mut facts, ids, 1);
    facts
}

fn choose(facts: &mut MemberFacts, ids: &[i64], minute: i64) {
    let door_access = Change::Set(groups(ids));
    facts.member.as_mut().unwrap().merge(MemberPatch { door_access, ..MemberPatch::default() }, at(minute));
}

fn signed_up(plan: &str, origin: Origin) -> MemberFacts {
    holding([Membership { plan: plan.to_owned(), origin: Some(origin), ..membership("s1") }])
}

fn plan(facts: &MemberFacts, ledger: &AccountLedger) -> Plan {
    planned(&wanted(&campus(), facts, at(5)), ledger, &preset(Platform::Coworks))
}

fn writes(facts: &MemberFacts, ledger: &AccountLedger) -> Vec<Write> {
    plan(facts, ledger).writes
}

/// CWK-06: by day and by night the same groups are due: when they open what is for the group's schedule to say.
#[test]
fn schedules_are_the_groups_own() {
    let facts = chosen(&[DAY]);

    assert_eq!(due(&campus(), &facts, clock("03:00")), due(&campus(), &facts, clock("15:00")));
    assert_eq!(next(&campus(), &facts, clock("03:00")), None);
}

/// CWK-07: to the engine a group is its number: nothing is written while the same groups are due.
#[test]
fn the_same_groups_cost_no_write() {
    assert_eq!(writes(&chosen(&[DAY, SUITES]), &known(&[DAY, SUITES])), []);
}

/// CWK-08: with door access off nobody is made in Brivo.
#[test]
fn without_door_access_nobody_is_made() {
    for facts in [nothing(), chosen(&[]), signed_up("desk", Origin::Staff)] {
        assert_eq!(plan(&facts, &AccountLedger::default()), Plan::default());
    }
}

/// CWK-09: with one or several groups chosen a member is made and is in just these.
#[test]
fn a_member_is_made_in_just_the_groups_chosen() {
    for ids in [vec![DAY], vec![DAY, NIGHT], vec![DAY, NIGHT, SUITES]] {
        assert_eq!(writes(&chosen(&ids), &AccountLedger::default()), [create(), change(&ids, &[])]);
    }
}

/// CWK-10: in a team it is the same, and what the team has does not come on top.
#[test]
fn in_a_team_it_is_the_same() {
    let of_team = Membership { member: None, team: Some("t1".into()), ..signed_plan() };
    let mut facts = chosen(&[NIGHT]);
    facts.teams =
        vec![TeamFacts { id: "t1".into(), entitlements: vec![Entitlement::Membership(of_team)], payer: None }];

    assert_eq!(writes(&facts, &AccountLedger::default()), [create(), change(&[NIGHT], &[])]);
}

fn signed_plan() -> Membership {
    Membership { plan: "day".to_owned(), origin: Some(Origin::PublicSignup), ..membership("s1") }
}

/// CWK-16: switching door access on for an existing member gives the same; other groups chosen later are one call.
#[test]
fn an_existing_member_gets_the_same() {
    let mut facts = chosen(&[]);
    assert_eq!(writes(&facts, &AccountLedger::default()), []);

    choose(&mut facts, &[DAY], 2);
    assert_eq!(writes(&facts, &AccountLedger::default()), [create(), change(&[DAY], &[])]);

    choose(&mut facts, &[NIGHT], 3);
    assert_eq!(writes(&facts, &known(&[DAY])), [change(&[NIGHT], &[DAY])]);
}

/// CWK-21: a plan that is not automatic gives nothing at sign-up.
#[test]
fn without_automatic_access_signing_up_gives_nothing() {
    assert_eq!(plan(&signed_up("desk", Origin::PublicSignup), &AccountLedger::default()), Plan::default());
}

/// CWK-22: with automatic access whoever signs up has the plan's groups without staff; whom staff adds has not.
#[test]
fn automatic_access_is_for_who_signs_up() {
    assert_eq!(
        writes(&signed_up("day", Origin::PublicSignup), &AccountLedger::default()),
        [create(), change(&[DAY], &[])]
    );
    assert_eq!(writes(&signed_up("day", Origin::Staff), &AccountLedger::default()), []);
}

/// CWK-23: different plans give different groups.
#[test]
fn different_plans_give_different_groups() {
    let given = |plan| due(&campus(), &signed_up(plan, Origin::PublicSignup), at(5));

    assert_eq!((given("day"), given("suite")), (groups(&[DAY]), groups(&[SUITES])));
}

/// CWK-24: the switch speaks of public sign-up alone, and only a plan can have it.
#[test]
fn only_a_plan_can_be_automatic() {
    let mut campus = campus();
    assert_eq!(campus.faults(), [] as [&str; 0]);

    campus.mappings.push(on_signup("resource/room", &[DAY]));
    assert!(campus.faults()[0].contains("only plans can be automatic"));
}

/// CWK-27: door access off, plan ended or member gone: the chosen groups are taken away and the account is kept.
#[test]
fn whoever_leaves_loses_the_groups_and_keeps_the_account() {
    let mut ended = signed_plan();
    ended.ends = Some(at(5));
    let mut gone = chosen(&[DAY]);
    let patch = MemberPatch { status: Change::Set(MemberStatus::Removed), ..MemberPatch::default() };
    gone.member.as_mut().unwrap().merge(patch, at(2));

    for facts in [chosen(&[]), holding([ended]), gone] {
        assert_eq!(writes(&facts, &known(&[DAY])), [change(&[], &[DAY])]);
        assert_eq!(writes(&facts, &known(&[])), []);
    }
}

/// CWK-27: a choice that is taken back leaves what the plan gives.
#[test]
fn a_choice_taken_back_leaves_what_the_plan_gives() {
    let mut facts = signed_up("day", Origin::PublicSignup);
    choose(&mut facts, &[DAY, NIGHT], 1);
    assert_eq!(due(&campus(), &facts, at(5)), groups(&[DAY, NIGHT]));

    choose(&mut facts, &[], 2);
    assert_eq!(due(&campus(), &facts, at(5)), groups(&[DAY]));
}
