//! Nexudus: its preset as it stands, and mappings.

use std::collections::BTreeSet;

use domain::{
    GroupId,
    facts::{Booking, BookingStatus, Entitlement, MemberFacts, Membership, MembershipStatus, Pass},
    ledger::AccountLedger,
    plan::Plan,
    tenant::{Platform, Tenant},
};

use crate::{
    planning::{change, create, known, planned, preset},
    world::{
        assigned, at, booking, clock, due, groups, holding, in_london, in_team, mapping, membership, next, paid_for,
        pass, wanted,
    },
};

/// Two passes, three rooms and four offices, each with a group of its own.
fn space() -> Tenant {
    let passes = (1..=2).map(|number| mapping(&format!("pass/pass{number}"), &[10 + number]));
    let rooms = (1..=3).map(|number| mapping(&format!("resource/room{number}"), &[20 + number]));
    let offices = (1..=4).map(|number| mapping(&format!("resource/office{number}"), &[30 + number]));
    in_london(Platform::Nexudus, passes.chain(rooms).chain(offices).collect())
}

fn day_pass(id: &str) -> Pass {
    Pass { pass: "pass1".to_owned(), ..pass(id) }
}

fn room(number: i64, starts: &str, ends: &str) -> Booking {
    Booking { resource: format!("room{number}"), ..booking(&format!("b{number}"), clock(starts), clock(ends)) }
}

fn contract(offices: &[i64]) -> Membership {
    let resources = offices.iter().map(|number| assigned(&format!("office{number}"), None, None)).collect();
    Membership { resources, ..membership("c1") }
}

fn due_at(facts: &MemberFacts, minute: i64) -> BTreeSet<GroupId> {
    due(&space(), facts, at(minute))
}

fn plan(facts: &MemberFacts, ledger: &AccountLedger) -> Plan {
    planned(&wanted(&space(), facts, at(5)), ledger, &preset(Platform::Nexudus))
}

/// NEX-05: what is not controlled by Nexudus causes no call: no user is made, and nothing is ever due.
#[test]
fn what_is_not_mapped_causes_nothing() {
    let mut facts = holding([Booking { resource: "lobby".to_owned(), ..booking("b1", at(0), at(60)) }]);
    facts.entitlements.push(Entitlement::Pass(Pass { pass: "trial".to_owned(), ..pass("p1") }));
    facts.entitlements.push(Entitlement::Membership(contract(&[9])));

    assert_eq!(plan(&facts, &AccountLedger::default()), Plan::default());
    assert_eq!(next(&space(), &facts, at(0)), None);
}

/// NEX-06: nine mappings are nine things, none of which gives what another does.
#[test]
fn every_item_has_a_group_of_its_own() {
    let passes = (1..=2).map(|number| (holding([Pass { pass: format!("pass{number}"), ..pass("p1") }]), 10 + number));
    let rooms = (1..=3).map(|number| (holding([room(number, "00:00", "01:00")]), 20 + number));
    let offices = (1..=4).map(|number| (holding([contract(&[number])]), 30 + number));

    let all: Vec<_> = passes.chain(rooms).chain(offices).collect();

    assert_eq!(all.len(), 9);
    for (facts, group) in all {
        assert_eq!(due_at(&facts, 5), groups(&[group]));
    }
}

/// NEX-08: a customer's first reason makes the user; without one there is none.
#[test]
fn the_first_reason_makes_the_user() {
    let none = AccountLedger::default();

    assert_eq!(plan(&holding([] as [Pass; 0]), &none), Plan::default());
    assert_eq!(plan(&holding([day_pass("p1")]), &none).writes, [create(), change(&[11], &[])]);
    assert_eq!(plan(&holding([room(1, "12:00", "13:00")]), &none).writes, [create()]);
}

/// NEX-09: the groups that are given are those of the mappings, and nothing else is written of groups.
#[test]
fn only_groups_of_the_mappings_are_given() {
    let everything = holding([contract(&[1, 2, 3, 4])]);

    assert!(due_at(&everything, 5).is_subset(&space().managed()));
    assert_eq!(plan(&everything, &known(&[])).writes, [change(&[31, 32, 33, 34], &[])]);
}

/// NEX-11, NEX-12, NEX-13: a pass counts however it came about: bought, part of a plan, or added by an administrator.
#[test]
fn a_pass_counts_however_it_came_about() {
    let mut as_benefit = holding([membership("s1")]);
    as_benefit.entitlements.push(Entitlement::Pass(day_pass("p1")));

    assert_eq!(due_at(&holding([day_pass("p1")]), 5), groups(&[11]));
    assert_eq!(due_at(&as_benefit, 5), groups(&[11]));
}

/// NEX-14: with the last pass of its kind used up the customer is out; with another left not.
#[test]
fn the_last_pass_used_up_ends_access() {
    let used = Pass { remaining: Some(0), ..day_pass("p1") };
    let left = Pass { remaining: Some(1), ..day_pass("p2") };

    assert_eq!(plan(&holding([used.clone()]), &known(&[11])).writes, [change(&[], &[11])]);
    assert_eq!(plan(&holding([used, left]), &known(&[11])).writes, []);
}

/// NEX-15: a pass ends by time alone, and the member is woken just then.
#[test]
fn a_pass_expires_by_time() {
    let facts = holding([Pass { valid_until: Some(at(60)), ..day_pass("p1") }]);

    assert_eq!((due_at(&facts, 59), due_at(&facts, 60)), (groups(&[11]), groups(&[])));
    assert_eq!(next(&space(), &facts, at(0)), Some(at(60)));
}

/// NEX-16: using the last pass takes nothing that a booking gives, also where both give one group.
#[test]
fn the_last_pass_leaves_an_open_booking() {
    let mut space = space();
    space.mappings[2].groups = groups(&[11]);
    let mut facts = holding([room(1, "09:00", "10:00")]);
    facts.entitlements.push(Entitlement::Pass(Pass { remaining: Some(0), ..day_pass("p1") }));

    assert_eq!(due(&space, &facts, clock("09:30")), groups(&[11]));
    assert_eq!(due(&space, &facts, clock("10:15")), groups(&[]));
}

/// NEX-17, NEX-18: from ten minutes before a booking until fifteen after it, with a wake-up at either.
#[test]
fn a_booking_wakes_the_customer_at_both_ends() {
    let facts = holding([room(1, "09:00", "10:00")]);

    assert_eq!(next(&space(), &facts, clock("00:00")), Some(clock("08:50")));
    assert_eq!(next(&space(), &facts, clock("08:50")), Some(clock("10:15")));
    assert_eq!(next(&space(), &facts, clock("10:15")), None);
}

/// NEX-20: rooms that are booked one after another and share a group are one stay.
#[test]
fn rooms_that_share_a_group_are_one_stay() {
    let mut space = space();
    space.mappings[3].groups = groups(&[21]);
    let facts = holding([room(1, "09:00", "10:00"), room(2, "10:00", "11:00")]);

    assert!((530..675).all(|minute| due(&space, &facts, at(minute)) == groups(&[21])));
    assert_eq!(due(&space, &facts, clock("11:15")), groups(&[]));
}

/// NEX-22: a booking cancelled inside its window is over at once; one that moves to another room is one call.
#[test]
fn a_change_inside_the_window_counts_at_once() {
    let running = room(1, "00:00", "01:00");
    let cancelled = Booking { status: BookingStatus::Cancelled, ..running.clone() };
    let elsewhere = Booking { resource: "room2".to_owned(), ..running };

    assert_eq!(plan(&holding([cancelled]), &known(&[21])).writes, [change(&[], &[21])]);
    assert_eq!(plan(&holding([elsewhere]), &known(&[21])).writes, [change(&[22], &[21])]);
}

/// NEX-30: a contract gives the groups of every desk and office linked to it.
#[test]
fn a_contract_gives_all_its_offices() {
    assert_eq!(due_at(&holding([contract(&[1, 3])]), 5), groups(&[31, 33]));
}

/// NEX-31, NEX-32: a contract that begins later gives nothing until the instant its first day begins.
#[test]
fn a_future_contract_waits_for_its_start() {
    let facts = holding([Membership { starts: at(60), ..contract(&[1]) }]);

    assert_eq!((due_at(&facts, 59), due_at(&facts, 60)), (groups(&[]), groups(&[31])));
}

/// NEX-33: a contract of the paying member gives its offices to everyone in the team.
#[test]
fn a_contract_of_the_paying_member_gives_to_the_team() {
    assert_eq!(
        due_at(&paid_for([Membership { member: Some("m2".into()), ..contract(&[1, 2]) }]), 5),
        groups(&[31, 32])
    );
}

/// NEX-34: a contract of another member of the team gives nothing to the rest, though the team is named in it.
#[test]
fn a_contract_of_another_member_gives_to_that_member() {
    let theirs = Membership { member: Some("m2".into()), team: Some("t1".into()), ..contract(&[1]) };

    assert_eq!(due_at(&in_team([theirs]), 5), groups(&[]));
}

/// NEX-36, NEX-37: cancelled or at its end a contract gives nothing to anybody who was added through it.
#[test]
fn a_contract_ends_for_everyone_added_through_it() {
    let ends_at = |status| Membership { status, ends: Some(at(60)), ..contract(&[1]) };
    let cancelled = Membership { status: MembershipStatus::Cancelled, ..contract(&[1]) };

    for status in [MembershipStatus::Active, MembershipStatus::Cancelled] {
        for facts in [holding([ends_at(status)]), paid_for([ends_at(status)])] {
            assert_eq!((due_at(&facts, 59), due_at(&facts, 60)), (groups(&[31]), groups(&[])));
        }
    }
    assert_eq!(due_at(&paid_for([cancelled.clone()]), 5), groups(&[]));
    assert_eq!(due_at(&holding([cancelled]), 5), groups(&[]));
}

/// NEX-37: a second contract on the same office keeps access without a gap.
#[test]
fn a_second_contract_keeps_the_office() {
    let first = Membership { ends: Some(at(60)), ..contract(&[1]) };
    let second = Membership { id: "c2".to_owned(), starts: at(30), ..contract(&[1]) };
    let facts = holding([first, second]);

    assert!((0..120).all(|minute| due_at(&facts, minute) == groups(&[31])));
}
