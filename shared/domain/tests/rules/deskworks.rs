//! Deskworks: its preset as it stands, and mappings.

use std::collections::BTreeSet;

use domain::{
    GroupId,
    facts::{Booking, Entitlement, MemberFacts, Membership, MembershipStatus},
    ledger::AccountLedger,
    plan::Write,
    tenant::{Platform, Tenant},
};

use crate::{
    planning::{change, create, known, planned, preset},
    world::{
        DAY, at, booking, due, groups, holding, in_team, mapping, membership, nothing, only_window, tenant, wanted,
    },
};

const FRONT: i64 = 1;
const ROOMS: i64 = 2;
const OFFICE: i64 = 3;

/// Two centres of one account; `office` and `open-space` are products that each have one group.
fn centres() -> Tenant {
    tenant(
        Platform::Deskworks,
        vec![
            mapping("plan/office", &[10]),
            mapping("plan/open-space", &[11]),
            mapping("plan/mailbox", &[]),
            mapping("plan/parking@london", &[20]),
            mapping("plan/parking@berlin", &[21]),
            mapping("resource/room", &[30]),
        ],
    )
}

fn billing(product: &str) -> Membership {
    Membership { plan: product.to_owned(), ..membership(product) }
}

fn of_company(product: &str) -> Membership {
    Membership { member: None, team: Some("t1".into()), ..billing(product) }
}

fn due_to(facts: &MemberFacts) -> BTreeSet<GroupId> {
    due(&centres(), facts, at(5))
}

fn writes(facts: &MemberFacts, ledger: &AccountLedger) -> Vec<Write> {
    planned(&wanted(&centres(), facts, at(5)), ledger, &preset(Platform::Deskworks)).writes
}

/// DWK-07: what a facility lists is given for billing at that facility alone.
#[test]
fn groups_of_one_centre_are_given_there_alone() {
    let at_centre = |location: &str| holding([Membership { location: Some(location.into()), ..billing("parking") }]);

    assert_eq!(due_to(&at_centre("london")), groups(&[20]));
    assert_eq!(due_to(&at_centre("berlin")), groups(&[21]));
    assert_eq!(due_to(&holding([billing("parking")])), groups(&[]));
}

/// DWK-08: a change at one facility leaves what the others give as it is.
#[test]
fn a_change_at_one_centre_leaves_the_others() {
    let berlin = holding([Membership { location: Some("berlin".into()), ..billing("parking") }]);
    let mut changed = centres();
    changed.mappings[3].groups = groups(&[29]);
    changed.mappings.remove(0);

    assert_eq!(due(&changed, &berlin, at(5)), due(&centres(), &berlin, at(5)));
}

/// DWK-09, DWK-10: a member's recurring billing gives the group of its product.
#[test]
fn a_member_has_the_group_of_the_billing() {
    assert_eq!(due_to(&holding([billing("office")])), groups(&[10]));
    assert_eq!(writes(&holding([billing("office")]), &AccountLedger::default()), [create(), change(&[10], &[])]);
}

/// DWK-11: a co-member without billing of his own has the group of the company's.
#[test]
fn a_co_member_has_the_group_of_the_companys_billing() {
    assert_eq!(due_to(&in_team([of_company("office")])), groups(&[10]));
}

/// DWK-12: own and company billing together give both groups, and the end of one leaves the other's.
#[test]
fn own_and_company_billing_add_up() {
    let mut facts = in_team([of_company("office")]);
    facts.entitlements = vec![Entitlement::Membership(billing("open-space"))];
    assert_eq!(due_to(&facts), groups(&[10, 11]));

    facts.teams.clear();
    assert_eq!(due_to(&facts), groups(&[11]));
}

/// DWK-13: a product without a group gives nothing, and that is no fault.
#[test]
fn a_product_without_a_group_gives_nothing() {
    for product in ["mailbox", "never-mapped"] {
        let facts = holding([billing(product)]);

        assert_eq!(due_to(&facts), groups(&[]));
        assert_eq!(writes(&facts, &known(&[])), [Write::Suspend]);
    }
    assert_eq!(centres().faults(), [] as [&str; 0]);
}

/// DWK-16: another recurring billing moves the member from the old group to the new in one call.
#[test]
fn another_billing_moves_the_member_in_one_call() {
    let ended = Membership { status: MembershipStatus::Cancelled, ends: Some(at(5)), ..billing("open-space") };

    assert_eq!(writes(&holding([ended, billing("office")]), &known(&[11])), [change(&[10], &[11])]);
}

/// DWK-23: without billing and without a reservation to come a member is suspended; with one of them not.
#[test]
fn who_has_no_reservation_for_which_to_come_in_is_suspended() {
    let over = booking("b1", at(-120), at(-60));
    let unmapped = Booking { resource: "lobby".to_owned(), ..booking("b2", at(60), at(120)) };

    assert_eq!(writes(&nothing(), &known(&[])), [Write::Suspend]);
    assert_eq!(writes(&holding([over, unmapped]), &known(&[])), [Write::Suspend]);
    assert_eq!(writes(&holding([billing("office")]), &known(&[10])), []);
}

/// DWK-25: an upcoming reservation keeps a member from being suspended, and lets in ten minutes before until the end.
#[test]
fn an_upcoming_reservation_keeps_a_member_from_being_suspended() {
    let facts = holding([booking("b1", at(10 * DAY), at(10 * DAY + 60))]);

    assert_eq!(writes(&facts, &known(&[])), []);
    let window = only_window(&centres(), &facts);
    assert_eq!((window.from, window.until), (at(10 * DAY - 10), Some(at(10 * DAY + 60))));
}

/// DWK-34: what a group opens is Brivo's business: each product is a group, and only that is given.
#[test]
fn a_product_is_given_as_its_group_whatever_that_opens() {
    let doors = |group: GroupId| match group.0 {
        10 => vec![FRONT, ROOMS, OFFICE],
        11 => vec![FRONT, ROOMS],
        _ => vec![],
    };
    let opened = |product| -> Vec<i64> { due_to(&holding([billing(product)])).into_iter().flat_map(doors).collect() };

    assert_eq!(opened("office"), [FRONT, ROOMS, OFFICE]);
    assert_eq!(opened("open-space"), [FRONT, ROOMS]);
}
