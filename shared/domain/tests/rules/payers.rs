//! Who pays for a team: what they hold reaches the whole of it, where the policy says so.

use std::collections::BTreeSet;

use domain::{
    MemberId,
    facts::{Change, Entitlement, MemberFacts, MemberPatch, MemberStatus, Membership, Pass, TeamFacts},
    policy::Fanout,
    reasons::reasons,
    rules::Rulebook,
    tenant::{Platform, Tenant},
};

use crate::{
    memory::Memory,
    news::{active, entitlement, person, removed, rules, team, team_of},
    world::{PLATFORMS, at, due, groups, in_london, in_team, mapping, membership, paid_for, pass},
};

fn held_by(member: &str) -> Membership {
    Membership { member: Some(member.into()), ..membership("s1") }
}

/// m1, m2 and m3 are active and m2 holds `plan`; m1 and m2 are team t1.
fn with_payer(payer: Option<&str>) -> Memory {
    let mut memory = Memory::of(Platform::Nexudus);
    memory.receive(&["m1", "m2", "m3"].map(|id| person(at(0), id, active())));
    memory.receive(&[entitlement(at(0), Entitlement::Membership(held_by("m2")))]);
    memory.receive(&[team_of(at(0), &["m1", "m2"], ("t1", payer))]);
    memory
}

/// Who of the three has the groups of `plan`.
fn who(memory: &Memory) -> Vec<&'static str> {
    ["m1", "m2", "m3"].into_iter().filter(|id| memory.due(id, at(10)) == groups(&[1])).collect()
}

fn woken(ids: &[&str]) -> BTreeSet<MemberId> {
    ids.iter().map(|id| MemberId::from(*id)).collect()
}

/// NEX-33: a contract of the paying member adds everyone in the team.
#[test]
fn what_the_paying_member_holds_reaches_the_whole_team() {
    assert_eq!(who(&with_payer(Some("m2"))), ["m1", "m2"]);
}

/// NEX-34: a customer who is in a team but does not pay for it gets access for himself alone.
#[test]
fn what_another_member_holds_reaches_nobody_else() {
    assert_eq!(who(&with_payer(None)), ["m2"]);
    assert_eq!(who(&with_payer(Some("m1"))), ["m2"]);
    assert_eq!(who(&with_payer(Some("m3"))), ["m2"]);
}

/// NEX-35: whoever joins the team later has access too, and whoever leaves it loses it; both are looked at.
#[test]
fn the_team_of_the_payer_is_followed() {
    let mut memory = with_payer(Some("m2"));

    let joined = memory.receive(&[team_of(at(1), &["m1", "m2", "m3"], ("t1", Some("m2")))]);
    assert_eq!((who(&memory), joined), (vec!["m1", "m2", "m3"], woken(&["m3"])));

    let left = memory.receive(&[team_of(at(2), &["m2", "m3"], ("t1", Some("m2")))]);
    assert_eq!((who(&memory), left), (vec!["m2", "m3"], woken(&["m1"])));

    memory.receive(&[removed(at(3), "team/t1")]);
    assert_eq!(who(&memory), ["m2"]);
}

/// NEX-35: with another paying member everyone in the team is looked at anew.
#[test]
fn a_change_of_the_paying_member_is_followed() {
    let mut memory = with_payer(Some("m2"));

    let changed = memory.receive(&[team_of(at(1), &["m1", "m2"], ("t1", Some("m1")))]);
    assert_eq!((who(&memory), changed), (vec!["m2"], woken(&["m1", "m2"])));

    memory.receive(&[team_of(at(2), &["m1", "m2"], ("t1", Some("m2")))]);
    assert_eq!(who(&memory), ["m1", "m2"]);
}

/// NEX-33, NEX-36: who pays need not be in the team, and whatever happens to the contract wakes everyone.
#[test]
fn a_change_of_the_payers_contract_wakes_the_team() {
    let mut memory = with_payer(Some("m3"));

    let bought = memory.receive(&[entitlement(at(1), Entitlement::Membership(held_by("m3")))]);
    assert_eq!((who(&memory), bought), (vec!["m1", "m2", "m3"], woken(&["m1", "m2", "m3"])));

    let cancelled = memory.receive(&[removed(at(2), "membership/s1")]);
    assert_eq!((who(&memory), cancelled), (vec![], woken(&["m1", "m2", "m3"])));
}

/// R22: what somebody pays for counts once the platform has told of them, and no longer once they are gone.
#[test]
fn who_is_not_known_or_gone_pays_for_nobody() {
    let mut memory = with_payer(Some("m4"));
    memory.receive(&[entitlement(at(1), Entitlement::Membership(held_by("m4")))]);
    assert_eq!(who(&memory), Vec::<&str>::new());

    let came = memory.receive(&[person(at(2), "m4", active())]);
    assert_eq!((who(&memory), came), (vec!["m1", "m2"], woken(&["m1", "m2", "m4"])));

    let inactive = MemberPatch { status: Change::Set(MemberStatus::Inactive), ..MemberPatch::default() };
    memory.receive(&[person(at(3), "m4", inactive)]);
    assert_eq!(who(&memory), ["m1", "m2"], "the contract of somebody inactive goes on");

    let left = memory.receive(&[removed(at(4), "member/m4")]);
    assert_eq!((who(&memory), left), (vec![], woken(&["m1", "m2", "m4"])));
}

/// R4: only `team_if_payer` shares what the payer holds; `company_always` shares what the team holds.
#[test]
fn only_one_fan_out_follows_the_payer() {
    let with = |fanout| {
        let mut tenant = in_london(Platform::Coworks, vec![mapping("plan/plan", &[1])]);
        tenant.policy.fanout = Some(fanout);
        tenant
    };
    let paid = paid_for([held_by("m2")]);
    let reaches = |tenant: &Tenant| !due(tenant, &paid, at(1)).is_empty();

    assert!(reaches(&with(Fanout::TeamIfPayer)));
    for fanout in [Fanout::CompanyAlways, Fanout::TeamIfUnassigned, Fanout::MemberOnly] {
        assert!(!reaches(&with(fanout)));
    }
}

/// R4: a payer's contract that is held by a team as well still reaches every team paid for.
#[test]
fn a_payers_contract_with_a_team_of_its_own_reaches_all_teams_paid_for() {
    let tenant = in_london(Platform::Nexudus, vec![mapping("plan/plan", &[1])]);
    let elsewhere = Membership { team: Some("t9".into()), ..held_by("m2") };

    assert_eq!(due(&tenant, &paid_for([elsewhere]), at(1)), groups(&[1]));
}

/// R15: a person's own passes reach nobody else, also those of a paying member; a team's pass reaches all of it.
#[test]
fn passes_of_the_payer_do_not_fan_out() {
    for platform in PLATFORMS {
        let mut tenant = in_london(platform, vec![mapping("pass/day", &[2])]);
        tenant.policy.fanout = Some(Fanout::TeamIfPayer);
        let mut memory = Memory::new(Rulebook::new(&tenant));
        let own = Pass { member: Some("m2".into()), ..pass("p1") };
        let shared = Pass { member: None, team: Some("t1".into()), ..pass("p2") };
        memory.receive(&["m1", "m2"].map(|id| person(at(0), id, active())));
        memory.receive(&[team_of(at(0), &["m1", "m2"], ("t1", Some("m2")))]);

        memory.receive(&[entitlement(at(1), Entitlement::Pass(own))]);
        assert_eq!((memory.due("m1", at(2)), memory.due("m2", at(2))), (groups(&[]), groups(&[2])));

        memory.receive(&[entitlement(at(1), Entitlement::Pass(shared))]);
        assert_eq!((memory.due("m1", at(2)), memory.due("m2", at(2))), (groups(&[2]), groups(&[2])));
    }
}

/// X7: every reason tells through whom it comes, and the end of one path leaves the others.
#[test]
fn each_path_is_a_reason_of_its_own() {
    let mut tenant = in_london(Platform::Nexudus, vec![mapping("plan/plan", &[1])]);
    tenant.policy.fanout = Some(Fanout::TeamIfPayer);
    let rules = Rulebook::new(&tenant);
    let mut facts = paid_for([Membership { id: "s2".to_owned(), ..held_by("m2") }]);
    facts.entitlements = vec![Entitlement::Membership(held_by("m1"))];
    facts.teams[0].entitlements =
        vec![Entitlement::Membership(Membership { member: None, team: Some("t1".into()), ..membership("s3") })];
    let paths = |facts: &MemberFacts| -> Vec<String> {
        reasons(&rules, facts).iter().map(|reason| format!("{} {}", reason.fact.subject(), reason.path)).collect()
    };
    let [own, team, payer] =
        ["membership/s1 own", "membership/s3 team/t1", "membership/s2 team/t1 paid for by member/m2"];

    assert_eq!(paths(&facts), [own, team, payer]);

    facts.entitlements.clear();
    assert_eq!(paths(&facts), [team, payer]);
    facts.teams[0].entitlements.clear();
    assert_eq!(paths(&facts), [payer]);
    assert_eq!(due(&tenant, &facts, at(1)), groups(&[1]));
}

/// INV-3: whoever is reached over several paths keeps access until the last of them ends.
#[test]
fn leaving_the_team_leaves_what_is_ones_own() {
    let mut memory = with_payer(Some("m2"));
    memory.receive(&[entitlement(at(1), Entitlement::Membership(Membership { id: "s9".to_owned(), ..held_by("m1") }))]);

    memory.receive(&[team(at(2), "t1", &["m2"])]);

    assert_eq!(who(&memory), ["m1", "m2"]);
}

/// R4: somebody who pays for their own team has one reason for it, not two.
#[test]
fn the_payer_is_not_reached_by_what_they_hold_themselves() {
    let memory = with_payer(Some("m2"));
    let rules = rules(Platform::Nexudus);

    let facts = memory.facts(&"m2".into());
    assert_eq!(reasons(&rules, &facts).len(), 1);
    let none = TeamFacts { id: "t1".into(), entitlements: Vec::new(), payer: None };
    assert_eq!(facts.teams, [none]);
    assert_eq!(due(rules.tenant(), &in_team([] as [Membership; 0]), at(1)), groups(&[]));
}
