//! Spacebring: its preset as it stands, and mappings.

use std::collections::BTreeSet;

use domain::{
    GroupId,
    facts::{Booking, BookingKind, Entitlement, MemberFacts, Membership, MembershipStatus, Origin},
    ledger::AccountLedger,
    plan::Plan,
    policy::{PaymentGate, PolicyChanges},
    tenant::{Platform, Tenant},
};

use crate::{
    memory::Memory,
    news::{active, entitlement, person, removed, team},
    planning::{change, known, planned, preset},
    world::{
        at, booking, by_address, clock, due, groups, guest, holding, in_london, in_team, mapping, membership,
        only_window, wanted, windows,
    },
};

/// One group each for a plan, a room, a desk and a parking lot.
fn space() -> Tenant {
    let mappings = vec![
        mapping("plan/plan", &[1]),
        mapping("resource/room", &[2]),
        mapping("resource/desk", &[3]),
        mapping("resource/lot", &[4]),
    ];
    in_london(Platform::Spacebring, mappings)
}

const KINDS: [(&str, BookingKind, i64); 3] =
    [("room", BookingKind::Room, 2), ("desk", BookingKind::Desk, 3), ("lot", BookingKind::Parking, 4)];

fn of_company(id: &str) -> Membership {
    Membership { member: None, team: Some("t1".into()), ..membership(id) }
}

fn due_at(facts: &MemberFacts, minute: i64) -> BTreeSet<GroupId> {
    due(&space(), facts, at(minute))
}

fn plan(facts: &MemberFacts, ledger: &AccountLedger) -> Plan {
    planned(&wanted(&space(), facts, at(5)), ledger, &preset(Platform::Spacebring))
}

/// SPB-05: subscription, room, desk and parking lot can each be the only thing that gives access.
#[test]
fn each_condition_can_be_used_alone() {
    for (only, kind) in [("plan/plan", None), ("resource/room", Some("room")), ("resource/desk", Some("desk"))] {
        let tenant = in_london(Platform::Spacebring, vec![mapping(only, &[9])]);
        let subscribed = holding([membership("s1")]);
        let stay =
            |resource: &str| holding([Booking { resource: resource.to_owned(), ..booking("b1", at(60), at(120)) }]);

        assert_eq!(due(&tenant, &subscribed, at(60)).is_empty(), kind.is_some());
        for (resource, _, _) in KINDS {
            assert_eq!(due(&tenant, &stay(resource), at(60)).is_empty(), kind != Some(resource));
        }
    }
}

/// SPB-06: a new subscription has the group of its plan.
#[test]
fn a_subscription_has_the_group_of_its_plan() {
    let mut memory = Memory::of(Platform::Spacebring);

    memory.receive(&[person(at(0), "m1", active()), entitlement(at(0), Entitlement::Membership(membership("s1")))]);

    assert_eq!(memory.due("m1", at(5)), groups(&[1]));
}

/// SPB-07: whoever made the subscription, staff or the customer, it gives the same.
#[test]
fn staff_and_sign_up_give_the_same() {
    for origin in [None, Some(Origin::Staff), Some(Origin::PublicSignup)] {
        assert_eq!(due_at(&holding([Membership { origin, ..membership("s1") }]), 5), groups(&[1]));
    }
}

/// SPB-09, SPB-11: from the start of a subscription to its end, scheduled or by cancellation.
#[test]
fn a_subscription_gives_from_start_to_end() {
    for status in [MembershipStatus::Active, MembershipStatus::Cancelled] {
        let facts = holding([Membership { starts: at(60), ends: Some(at(120)), status, ..membership("s1") }]);

        let given = [59, 60, 119, 120].map(|minute| !due_at(&facts, minute).is_empty());

        assert_eq!(given, [false, true, true, false]);
    }
}

/// SPB-10: invoices are none of the engine's business; no policy can make them so.
#[test]
fn invoices_change_nothing() {
    assert_eq!(preset(Platform::Spacebring).payment_gate, PaymentGate::Ignore);
    assert!(serde_json::from_str::<PolicyChanges>(r#"{"payment_gate": "block_when_overdue"}"#).is_err());
}

/// SPB-12: a company's subscription gives to all its users, also beside one of them who is named.
#[test]
fn a_companys_subscription_gives_to_all_its_users() {
    let named = Membership { member: Some("m2".into()), ..of_company("s1") };

    assert_eq!(due_at(&in_team([of_company("s1")]), 5), groups(&[1]));
    assert_eq!(due_at(&in_team([named]), 5), groups(&[1]));
}

/// SPB-11, SPB-13: cancelled or run out, a user's or a company's, a subscription's groups are taken away.
#[test]
fn what_is_cancelled_is_taken_away() {
    let cancelled = |of: Membership| Membership { status: MembershipStatus::Cancelled, ends: Some(at(5)), ..of };
    let over = |of: Membership| Membership { ends: Some(at(5)), ..of };

    for facts in [holding([cancelled(membership("s1"))]), holding([over(membership("s1"))])] {
        assert_eq!(plan(&facts, &known(&[1])).writes, [change(&[], &[1])]);
    }
    for facts in [in_team([cancelled(of_company("s1"))]), in_team([over(of_company("s1"))])] {
        assert_eq!(plan(&facts, &known(&[1])).writes, [change(&[], &[1])]);
    }
}

/// SPB-14: who joins the company is added, who leaves it is removed, unless a subscription of his own keeps him.
#[test]
fn a_company_may_grow_and_shrink() {
    let mut memory = Memory::of(Platform::Spacebring);
    memory.receive(&["m1", "m2"].map(|id| person(at(0), id, active())));
    let own = Membership { member: Some("m2".into()), ..membership("s2") };
    memory.receive(&[
        entitlement(at(0), Entitlement::Membership(of_company("s1"))),
        entitlement(at(0), Entitlement::Membership(own)),
    ]);
    let given = |memory: &Memory| ["m1", "m2"].map(|id| !memory.due(id, at(9)).is_empty());
    assert_eq!(given(&memory), [false, true]);

    memory.receive(&[team(at(1), "t1", &["m1", "m2"])]);
    assert_eq!(given(&memory), [true, true]);

    let woken = memory.receive(&[removed(at(2), "team/t1")]);
    assert_eq!(given(&memory), [false, true]);
    assert!(woken.contains(&"m1".into()));
}

/// SPB-15, SPB-16, SPB-17, SPB-18: room, desk and parking lot for members and nonmembers.
#[test]
fn every_booking_gives_the_group_of_what_is_booked() {
    for (resource, kind, group) in KINDS {
        let stay = Booking { resource: resource.to_owned(), kind, ..booking("b1", at(60), at(120)) };
        let by_guest = Booking { booker: Some(by_address("guest")), ..stay.clone() };
        let nonmember = MemberFacts { member: Some(guest()), ..holding([by_guest]) };

        assert_eq!(due_at(&holding([stay]), 60), groups(&[group]));
        assert_eq!(due_at(&nonmember, 60), groups(&[group]));
    }
}

/// SPB-21, SPB-22, SPB-23: thirty minutes before and after, in the two examples of the help page.
#[test]
fn the_examples_of_the_help_page_hold() {
    let window = |date: &str, from: &str, to: &str| {
        let instant = |time: &str| format!("{date}T{time}:00Z").parse().unwrap();
        let window = only_window(&space(), &holding([booking("b1", instant(from), instant(to))]));
        (window.from.to_string(), window.until.unwrap().to_string())
    };
    let told = |from: &str, until: &str| (from.to_owned(), until.to_owned());

    assert_eq!(window("2024-08-01", "12:00", "16:00"), told("2024-08-01T11:30:00Z", "2024-08-01T16:30:00Z"));
    assert_eq!(window("2024-12-05", "09:30", "11:30"), told("2024-12-05T09:00:00Z", "2024-12-05T12:00:00Z"));
}

/// SPB-24: bookings forty minutes apart are one stay with one removal, at its end.
#[test]
fn two_bookings_forty_minutes_apart_are_one_stay() {
    let facts = holding([booking("b1", clock("09:00"), clock("10:00")), booking("b2", clock("10:40"), clock("11:40"))]);

    assert!((510..730).all(|minute| due_at(&facts, minute) == groups(&[2])));
    assert_eq!(due_at(&facts, 730), groups(&[]));
}

/// SPB-36: what has no group has no effect: nobody is made and nothing is due.
#[test]
fn what_has_no_group_has_no_effect() {
    let tenant = in_london(Platform::Spacebring, vec![mapping("plan/plan", &[]), mapping("resource/room", &[])]);
    let mut facts = holding([booking("b1", at(0), at(60))]);
    facts.entitlements.push(Entitlement::Membership(membership("s1")));

    assert_eq!(windows(&tenant, &facts), []);
    assert_eq!(
        planned(&wanted(&tenant, &facts, at(5)), &AccountLedger::default(), &preset(Platform::Spacebring)),
        Plan::default()
    );
}
