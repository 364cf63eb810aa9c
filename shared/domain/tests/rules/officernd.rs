//! OfficeRnD: its preset as it stands, and mappings.

use std::collections::{BTreeMap, BTreeSet};

use domain::{
    GroupId,
    drift::Scope,
    facts::{AssignedResource, Booking, Entitlement, MemberFacts, Membership, Pass},
    ledger::AccountLedger,
    plan::Plan,
    rules::Rulebook,
    tenant::{Platform, Tenant},
};

use crate::{
    memory::Memory,
    news::{active, entitlement, person, team},
    planning::{change, create, known, planned, preset},
    world::{
        DAY, account, assigned, at, booking, by_address, by_id, clock, due, groups, guest, holding, in_team, mapping,
        membership, next, only_window, pass, tenant, wanted,
    },
};

/// London and its first two floors, plans, an office, a custom resource, a room and day passes.
fn building() -> Tenant {
    let mappings = vec![
        mapping("plan/plan", &[1, 2]),
        mapping("location/london", &[10]),
        mapping("floor/first", &[11, 12]),
        mapping("floor/second", &[13]),
        mapping("resource/office", &[20]),
        mapping("resource/locker", &[21]),
        mapping("resource/room", &[30]),
        mapping("pass/day", &[40, 41]),
    ];
    tenant(Platform::Officernd, mappings)
}

/// A membership of a plan without groups, through which these are assigned.
fn assigning(resources: Vec<AssignedResource>) -> Membership {
    Membership { plan: "desk".to_owned(), resources, ..membership("s1") }
}

fn desk_on(floor: &str) -> Membership {
    assigning(vec![assigned("d1", Some(floor), Some("london"))])
}

fn of_team(membership: Membership) -> Membership {
    Membership { member: None, team: Some("t1".into()), ..membership }
}

fn of_both(membership: Membership) -> Membership {
    Membership { member: Some("m2".into()), team: Some("t1".into()), ..membership }
}

fn due_at(facts: &MemberFacts, minute: i64) -> BTreeSet<GroupId> {
    due(&building(), facts, at(minute))
}

fn plan_at(facts: &MemberFacts, ledger: &AccountLedger, minute: i64) -> Plan {
    planned(&wanted(&building(), facts, at(minute)), ledger, &preset(Platform::Officernd))
}

/// ORD-06, ORD-07: a plan gives all its groups, from the start of the membership to its end.
#[test]
fn a_plan_gives_all_its_groups_from_start_to_end() {
    let facts = holding([Membership { starts: at(60), ends: Some(at(120)), ..membership("s1") }]);

    let given = [59, 60, 119, 120].map(|minute| due_at(&facts, minute));

    assert_eq!(given, [groups(&[]), groups(&[1, 2]), groups(&[1, 2]), groups(&[])]);
}

/// ORD-08, ORD-12, ORD-14, ORD-19: without a member it gives to the whole team, by plan, location, floor and office.
#[test]
fn a_membership_without_a_member_gives_to_the_whole_team() {
    let office = assigning(vec![assigned("office", None, None)]);

    assert_eq!(due_at(&in_team([of_team(membership("s1"))]), 5), groups(&[1, 2]));
    assert_eq!(due_at(&in_team([of_team(desk_on("first"))]), 5), groups(&[10, 11, 12]));
    assert_eq!(due_at(&in_team([of_team(office)]), 5), groups(&[20]));
}

/// ORD-09: with a member it gives to that member alone, by plan, location, floor and office alike.
#[test]
fn a_membership_with_a_member_gives_to_that_member() {
    for held in [membership("s1"), desk_on("first"), assigning(vec![assigned("office", None, None)])] {
        assert_eq!(due_at(&in_team([of_both(held.clone())]), 5), groups(&[]));
        assert!(!due_at(&holding([Membership { team: Some("t1".into()), ..held }]), 5).is_empty());
    }
}

/// ORD-10: a member assigned later keeps access and the others lose it; taken back, all have it again.
#[test]
fn assigning_a_member_narrows_and_taking_it_back_widens() {
    let mut memory = Memory::new(Rulebook::new(&building()));
    memory.receive(&["m1", "m2"].map(|id| person(at(0), id, active())));
    memory.receive(&[team(at(0), "t1", &["m1", "m2"])]);
    let told = |minute, held| entitlement(at(minute), Entitlement::Membership(held));
    let given = |memory: &Memory| ["m1", "m2"].map(|id| memory.due(id, at(9)));
    let all = || groups(&[1, 2]);

    memory.receive(&[told(1, of_team(membership("s1")))]);
    assert_eq!(given(&memory), [all(), all()]);

    let woken = memory.receive(&[told(2, of_both(membership("s1")))]);
    assert_eq!(given(&memory), [groups(&[]), all()]);
    assert_eq!(woken, ["m1".into(), "m2".into()].into());

    memory.receive(&[told(3, of_team(membership("s1")))]);
    assert_eq!(given(&memory), [all(), all()]);
}

/// ORD-11, ORD-13, ORD-15: a desk on a floor gives all groups of the floor and those of the building it is in.
#[test]
fn joe_has_the_building_and_his_floor() {
    assert_eq!(due_at(&holding([desk_on("first")]), 5), groups(&[10, 11, 12]));
    assert_eq!(due_at(&holding([desk_on("second")]), 5), groups(&[10, 13]));
    assert_eq!(due_at(&holding([desk_on("attic")]), 5), groups(&[10]));
}

/// ORD-16: a desk that moves to another floor swaps the floor's groups in one call and keeps the building's.
#[test]
fn a_desk_that_moves_swaps_the_floor() {
    let writes = plan_at(&holding([desk_on("second")]), &known(&[10, 11, 12]), 5).writes;

    assert_eq!(writes, [change(&[13], &[11, 12])]);
}

/// ORD-17: without a desk a membership gives neither building nor floor, though it says where it counts.
#[test]
fn without_a_desk_there_is_no_building() {
    let facts = holding([Membership { location: Some("london".into()), ..assigning(vec![]) }]);

    assert_eq!(due_at(&facts, 5), groups(&[]));
}

/// ORD-18: an office or any other assignable thing gives its groups.
#[test]
fn whatever_is_assigned_gives_its_groups() {
    let both = assigning(vec![assigned("office", None, None), assigned("locker", None, None)]);

    assert_eq!(due_at(&holding([both]), 5), groups(&[20, 21]));
}

/// ORD-20, ORD-22, ORD-24: a booking gives access ten minutes before it begins, and not when it is made.
#[test]
fn access_comes_when_the_booking_approaches() {
    let facts = holding([booking("b1", at(10 * DAY), at(10 * DAY + 60))]);

    assert_eq!(plan_at(&facts, &AccountLedger::default(), 0).writes, [create()]);
    assert_eq!(next(&building(), &facts, at(0)), Some(at(10 * DAY - 10)));
    assert_eq!(plan_at(&facts, &known(&[]), 10 * DAY - 10).writes, [change(&[30], &[])]);
}

/// ORD-24: how long before is for the operator to say.
#[test]
fn the_lead_can_be_chosen() {
    let mut building = building();
    building.policy = serde_json::from_str(r#"{"lead": "PT1H"}"#).unwrap();

    let window = only_window(&building, &holding([booking("b1", clock("09:00"), clock("10:00"))]));

    assert_eq!((window.from, window.until), (clock("08:00"), Some(clock("10:00"))));
}

/// ORD-23: when the booking is over, access is revoked, and the account stays as it is.
#[test]
fn access_ends_with_the_booking() {
    let facts = holding([booking("b1", at(0), at(60))]);

    assert_eq!(plan_at(&facts, &known(&[30]), 59).writes, []);
    assert_eq!(plan_at(&facts, &known(&[30]), 60).writes, [change(&[], &[30])]);
}

/// ORD-25: a guest who is invited has the room's groups as long as the booker.
#[test]
fn a_guest_has_the_rooms_groups() {
    let invited =
        Booking { booker: Some(by_id("m2")), invitees: [by_address("guest")].into(), ..booking("b1", at(60), at(120)) };
    let facts = MemberFacts { member: Some(guest()), ..holding([invited]) };

    let given = [49, 50, 119, 120].map(|minute| !due_at(&facts, minute).is_empty());

    assert_eq!(given, [false, true, true, false]);
}

/// ORD-28, ORD-29: a member with day passes has the tab's groups, and so has everyone in a team with day passes.
#[test]
fn day_passes_of_a_member_or_a_team_give_their_groups() {
    let shared = Pass { member: None, team: Some("t1".into()), ..pass("p1") };

    assert_eq!(due_at(&holding([pass("p1")]), 5), groups(&[40, 41]));
    assert_eq!(due_at(&in_team([shared]), 5), groups(&[40, 41]));
}

/// ORD-30: access ends once all day passes are used up, not with the first.
#[test]
fn access_ends_with_the_last_day_pass() {
    let used = |id| Pass { remaining: Some(0), ..pass(id) };
    let left = Pass { remaining: Some(1), ..pass("p2") };

    assert_eq!(plan_at(&holding([used("p1"), left]), &known(&[40, 41]), 5).writes, []);
    assert_eq!(plan_at(&holding([used("p1"), used("p2")]), &known(&[40, 41]), 5).writes, [change(&[], &[40, 41])]);
}

/// ORD-31, ORD-32: a day pass counts inside its validity, not before and not after.
#[test]
fn a_day_pass_counts_inside_its_validity() {
    let facts = holding([Pass { valid_from: Some(at(60)), valid_until: Some(at(120)), ..pass("p1") }]);

    let given = [59, 60, 119, 120].map(|minute| !due_at(&facts, minute).is_empty());

    assert_eq!(given, [false, true, true, false]);
}

/// ORD-42: a person in a group that is not in the configuration stays there, whatever happens to the rest.
#[test]
fn groups_outside_the_configuration_stay() {
    let ledger = AccountLedger { foreign_groups: 3, ..known(&[40, 41]) };

    assert_eq!(plan_at(&holding([] as [Pass; 0]), &ledger, 5).writes, [change(&[], &[40, 41])]);
    assert!(!building().managed().contains(&GroupId(99)));
    let rules = Rulebook::new(&building());
    let names = [(GroupId(1), "Members".to_owned()), (GroupId(99), "Cleaners".to_owned())].into();
    let looked_into = Scope::of(&rules, None, &account(), &names).groups;
    assert_eq!(looked_into.into_keys().collect::<BTreeSet<_>>(), groups(&[1]));
}

/// ORD-43: with a prefix set, only groups whose name bears it are managed; without one all that are mapped.
#[test]
fn a_prefix_marks_the_managed_groups() {
    let names: BTreeMap<GroupId, String> =
        [(GroupId(1), "ORD Members".to_owned()), (GroupId(2), "Members".to_owned())].into();
    let managed = |prefix: &str| {
        let mut building = building();
        building.policy.managed_prefix = Some(prefix.to_owned());
        let scope = Scope::of(&Rulebook::new(&building), None, &account(), &names);
        (scope.groups.into_keys().collect::<BTreeSet<_>>(), scope.unmarked)
    };

    assert_eq!(managed("ORD "), (groups(&[1]), groups(&[2])));
    assert_eq!(managed(""), (groups(&[1, 2]), groups(&[])));
}

/// ORD-45: membership ended or passes gone: the groups are revoked, the account is kept and not suspended.
#[test]
fn the_account_is_kept_when_everything_ends() {
    let mut ended = holding([Membership { ends: Some(at(5)), ..membership("s1") }]);
    ended.entitlements.push(Entitlement::Pass(Pass { remaining: Some(0), ..pass("p1") }));

    assert_eq!(plan_at(&ended, &known(&[1, 2, 40, 41]), 5).writes, [change(&[], &[1, 2, 40, 41])]);
    assert_eq!(plan_at(&ended, &known(&[]), 9000 * DAY).writes, []);
}
