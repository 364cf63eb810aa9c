//! People whom bookings name by an e-mail address: guests, and members under the address they have.

use std::collections::BTreeSet;

use domain::{
    MemberId,
    facts::{Attendee, Booking, BookingKind, BookingStatus, Guest, MemberFacts},
    intake::FINAL,
    tenant::{Platform, Tenant},
};

use crate::{
    memory::Memory,
    news::{at_address, booked, contact, entitlement, person, removed},
    world::{
        DAY, PLATFORMS, addressed, at, booking, by_address, by_id, due, groups, guest, holding, mapping, membership,
        only_window, tenant, windows,
    },
};

fn with_room(platform: Platform) -> Tenant {
    tenant(platform, vec![mapping("resource/room", &[1])])
}

/// A stay of `kind` for one and by invitation for others.
fn stay(kind: BookingKind, booker: Option<Attendee>, invitees: &[Attendee]) -> Booking {
    Booking { kind, booker, invitees: invitees.iter().cloned().collect(), ..booking("b1", at(60), at(120)) }
}

/// The facts of the guest, to whom this booking came.
fn as_guest(booking: Booking) -> MemberFacts {
    MemberFacts { member: Some(guest()), ..holding([booking]) }
}

fn gets_in(platform: Platform, facts: &MemberFacts) -> bool {
    !windows(&with_room(platform), facts).is_empty()
}

fn guest_of(address: &str) -> String {
    format!("guest:{address}")
}

/// A booking of the room with address `a` among its people, told to m1's platform together with the name.
fn told(memory: &mut Memory, minute: i64, booking: Booking) -> BTreeSet<MemberId> {
    memory.receive(&[contact(at(minute), "a", "Ann Example"), entitlement(at(minute), booked(booking))])
}

/// R12, SPB-16: who is no member gets in by an e-mail address under Nexudus, Spacebring and OfficeRnD.
#[test]
fn a_booker_who_is_no_member_gets_in_where_the_preset_allows_it() {
    let facts = as_guest(stay(BookingKind::Room, Some(by_address("guest")), &[]));

    let open: Vec<_> = PLATFORMS.into_iter().filter(|platform| gets_in(*platform, &facts)).collect();

    assert_eq!(open, [Platform::Nexudus, Platform::Officernd, Platform::Spacebring]);
}

/// R12: without an e-mail address and without a member a booking is nobody's.
#[test]
fn a_booking_of_nobody_gives_nobody_access() {
    for platform in PLATFORMS {
        let mut memory = Memory::of(platform);

        let woken = memory.receive(&[entitlement(at(0), booked(stay(BookingKind::Room, None, &[])))]);

        assert!(woken.is_empty() && memory.copies().is_empty());
    }
}

/// R13, SPB-19, SPB-20, ORD-25: only invitees of rooms, under Spacebring and OfficeRnD; policy `invitees` says which.
#[test]
fn invitees_get_in_by_the_kinds_of_the_preset() {
    let kinds = [BookingKind::Room, BookingKind::Desk, BookingKind::Parking, BookingKind::Office, BookingKind::Other];
    let invited = |kind| holding([stay(kind, Some(by_id("m2")), &[by_id("m1")])]);
    let by_preset =
        |platform| -> Vec<_> { kinds.into_iter().filter(|kind| gets_in(platform, &invited(*kind))).collect() };

    assert_eq!(by_preset(Platform::Spacebring), [BookingKind::Room]);
    assert_eq!(by_preset(Platform::Officernd), [BookingKind::Room]);
    for platform in [Platform::Nexudus, Platform::Coworks, Platform::Deskworks] {
        assert_eq!(by_preset(platform), []);
    }

    let mut switched = with_room(Platform::Spacebring);
    switched.policy.invitees = Some([BookingKind::Desk].into());
    assert_eq!(due(&switched, &invited(BookingKind::Desk), at(60)), groups(&[1]));
    assert_eq!(windows(&switched, &invited(BookingKind::Room)), []);
}

/// SPB-15, SPB-16, SPB-17, SPB-18: rooms, desks and parking lots, for members and others alike.
#[test]
fn every_kind_of_booking_counts_for_whoever_made_it() {
    for kind in [BookingKind::Room, BookingKind::Desk, BookingKind::Parking] {
        let by_member = holding([stay(kind, Some(by_id("m1")), &[])]);
        let by_guest = as_guest(stay(kind, Some(by_address("guest")), &[]));

        for facts in [by_member, by_guest] {
            assert_eq!(due(&with_room(Platform::Spacebring), &facts, at(30)), groups(&[1]));
        }
    }
}

/// ORD-25, SPB-19: a guest has the room's groups in the window of the booking, as the booker has.
#[test]
fn guest_and_booker_share_the_window() {
    let both = stay(BookingKind::Room, Some(by_id("m1")), &[by_address("guest")]);

    for platform in [Platform::Spacebring, Platform::Officernd] {
        let tenant = with_room(platform);
        assert_eq!(only_window(&tenant, &as_guest(both.clone())), only_window(&tenant, &holding([both.clone()])));
    }
}

/// R13: whoever has a member's e-mail address is that member, also where others are turned away.
#[test]
fn a_booking_by_the_address_of_a_member_is_that_members() {
    for platform in PLATFORMS {
        let mut memory = Memory::of(platform);
        memory.receive(&[person(at(0), "m1", at_address("a"))]);

        let woken = told(&mut memory, 1, stay(BookingKind::Room, Some(by_address("a")), &[]));

        assert_eq!(memory.due("m1", at(90)), groups(&[2]));
        assert_eq!(memory.facts(&"guest:a".into()), MemberFacts::default());
        assert_eq!(woken, BTreeSet::from(["m1".into()]));
    }
}

/// R13: with two members of that address nobody can tell who is meant, so nobody gets in, and it can be told.
#[test]
fn an_address_of_two_members_is_nobodys() {
    let mut memory = Memory::of(Platform::Spacebring);
    memory.receive(&[person(at(0), "m1", at_address("a")), person(at(0), "m2", at_address("a"))]);

    told(&mut memory, 1, stay(BookingKind::Room, Some(by_address("a")), &[]));
    let everyone = ["m1".to_owned(), "m2".to_owned(), guest_of("a")];
    assert!(everyone.iter().all(|id| memory.due(id, at(90)).is_empty()));
    assert_eq!(memory.facts(&"guest:a".into()).member.unwrap().guest, Some(Guest::Disputed));

    memory.receive(&[person(at(2), "m2", at_address("b"))]);
    assert_eq!(memory.due("m1", at(90)), groups(&[2]));
}

/// SPB-25: whoever is invited while the window is open gets in at once.
#[test]
fn an_invitation_during_the_booking_counts_at_once() {
    let alone = stay(BookingKind::Room, Some(by_id("m1")), &[]);
    let with_guest = Booking { invitees: [by_address("a")].into(), ..alone.clone() };
    let mut memory = Memory::of(Platform::Spacebring);
    told(&mut memory, 0, alone);

    let woken = told(&mut memory, 70, with_guest);

    assert_eq!(memory.due("guest:a", at(70)), groups(&[2]));
    assert!(woken.contains(&"guest:a".into()));
}

/// SPB-25, ORD-26: whoever is not invited any more is out at once, unless something else lets them in.
#[test]
fn a_withdrawn_invitation_ends_at_once() {
    let with_guest = stay(BookingKind::Room, Some(by_id("m1")), &[by_address("a"), by_address("b")]);
    let without = Booking { invitees: BTreeSet::new(), ..with_guest.clone() };
    let own = Booking { id: "b2".to_owned(), booker: Some(by_address("b")), ..without.clone() };
    for platform in [Platform::Spacebring, Platform::Officernd] {
        let mut memory = Memory::of(platform);
        memory.receive(&[contact(at(0), "b", "Bob Example"), entitlement(at(0), booked(own.clone()))]);
        told(&mut memory, 0, with_guest.clone());
        assert_eq!((memory.due("guest:a", at(70)), memory.due("guest:b", at(70))), (groups(&[2]), groups(&[2])));

        let woken = memory.receive(&[entitlement(at(70), booked(without.clone()))]);

        assert_eq!((memory.due("guest:a", at(70)), memory.due("guest:b", at(70))), (groups(&[]), groups(&[2])));
        assert!(woken.contains(&"guest:a".into()));
    }
}

/// ORD-26: a booking that is cancelled or removed ends for its guests too.
#[test]
fn a_cancelled_booking_ends_for_its_guests() {
    let with_guest = stay(BookingKind::Room, Some(by_id("m1")), &[by_address("a")]);
    let cancelled = Booking { status: BookingStatus::Cancelled, ..with_guest.clone() };
    for ending in [entitlement(at(70), booked(cancelled)), removed(at(70), "booking/b1")] {
        let mut memory = Memory::of(Platform::Officernd);
        told(&mut memory, 0, with_guest.clone());
        assert_eq!(memory.due("guest:a", at(65)), groups(&[2]));

        let woken = memory.receive(&[ending]);

        assert_eq!(memory.due("guest:a", at(70)), groups(&[]));
        assert!(woken.contains(&"guest:a".into()));
    }
}

/// ORD-21: a booking made on behalf of John is John's; whoever made it is not told and gets nothing.
#[test]
fn a_booking_on_behalf_of_somebody_is_theirs() {
    let mut memory = Memory::of(Platform::Officernd);
    memory.receive(&[person(at(0), "john", at_address("a")), person(at(0), "admin", at_address("b"))]);

    let woken = memory.receive(&[entitlement(at(1), booked(stay(BookingKind::Room, Some(by_id("john")), &[])))]);

    assert_eq!((memory.due("john", at(60)), memory.due("admin", at(60))), (groups(&[2]), groups(&[])));
    assert_eq!(woken, BTreeSet::from(["john".into()]));
}

/// ORD-27: a guest who is a member as well keeps what the membership gives when the booking is over.
#[test]
fn a_guest_who_is_a_member_keeps_the_members_access() {
    let tenant = tenant(Platform::Officernd, vec![mapping("resource/room", &[1, 2]), mapping("plan/plan", &[1])]);
    let invited = stay(BookingKind::Room, Some(by_id("m2")), &[by_address("a")]);
    let mut facts = holding([membership("s1")]);
    facts.entitlements.push(booked(invited));
    facts.member = Some(addressed("m1", "a"));

    assert_eq!(due(&tenant, &facts, at(60)), groups(&[1, 2]));
    assert_eq!(due(&tenant, &facts, at(120)), groups(&[1]));
}

/// R26: a guest who becomes a member goes on with the same Brivo user, and with all that was booked.
#[test]
fn a_guest_becomes_a_member() {
    let mut memory = Memory::of(Platform::Spacebring);
    told(&mut memory, 0, stay(BookingKind::Room, Some(by_address("a")), &[]));
    assert_eq!(memory.due("guest:a", at(60)), groups(&[2]));

    let woken = memory.receive(&[person(at(1), "m1", at_address("a"))]);

    assert_eq!((memory.due("guest:a", at(60)), memory.due("m1", at(60))), (groups(&[]), groups(&[2])));
    assert_eq!(memory.bequests(), &BTreeSet::from([("guest:a".into(), "m1".into())]));
    assert_eq!(woken, BTreeSet::from(["guest:a".into(), "m1".into()]));
}

/// R26, R27: a member who is removed while invited goes on as a guest, also when the removal is final; and back again.
#[test]
fn a_member_who_is_removed_while_invited_becomes_a_guest() {
    for gone in [at(1), FINAL] {
        let mut memory = Memory::of(Platform::Spacebring);
        memory.receive(&[person(at(0), "m1", at_address("a"))]);
        told(&mut memory, 0, stay(BookingKind::Room, Some(by_id("m2")), &[by_address("a")]));
        assert_eq!(memory.due("m1", at(60)), groups(&[2]));

        memory.receive(&[removed(gone, "member/m1")]);

        assert_eq!((memory.due("guest:a", at(60)), memory.due("m1", at(60))), (groups(&[2]), groups(&[])));
        assert_eq!(memory.bequests(), &BTreeSet::from([("m1".into(), "guest:a".into())]));
    }

    let mut memory = Memory::of(Platform::Spacebring);
    memory.receive(&[person(at(0), "m1", at_address("a"))]);
    told(&mut memory, 0, stay(BookingKind::Room, Some(by_address("a")), &[]));
    memory.receive(&[removed(at(1), "member/m1"), person(at(2), "m1", at_address("a"))]);
    assert_eq!((memory.due("guest:a", at(60)), memory.due("m1", at(60))), (groups(&[]), groups(&[2])));
    assert_eq!(memory.bequests(), &BTreeSet::from([("guest:a".into(), "m1".into())]));
}

/// R26: what a guest has booked for next week is not forgotten because something is booked for next year.
#[test]
fn a_guest_who_becomes_a_member_keeps_the_nearer_of_two_bookings() {
    let near = stay(BookingKind::Room, Some(by_address("a")), &[]);
    let far = Booking { id: "b2".to_owned(), starts: at(300 * DAY), ends: at(301 * DAY), ..near.clone() };
    let mut memory = Memory::of(Platform::Spacebring);
    told(&mut memory, 0, near);
    told(&mut memory, 1, far);

    memory.receive(&[person(at(2), "m1", at_address("a"))]);

    assert_eq!(memory.due("m1", at(60)), groups(&[2]));
}

/// INV-3: the newest name of a guest stands, also after the same name was told twice.
#[test]
fn the_newest_name_of_a_guest_stands() {
    let invited = entitlement(at(0), booked(stay(BookingKind::Room, Some(by_address("a")), &[])));
    let mut memory = Memory::of(Platform::Spacebring);

    memory.receive(&[invited, contact(at(1), "a", "Ann"), contact(at(3), "a", "Ann"), contact(at(2), "a", "Eve")]);

    let guest = memory.facts(&"guest:a".into()).member.unwrap();
    assert_eq!(guest.full_name.get().unwrap(), "Ann");
}
