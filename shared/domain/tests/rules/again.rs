//! News that is told again, long after it came in, changes nothing that is known as newer.

use domain::{
    Subject,
    facts::{Change, MemberPatch},
    intake::{HINT, News, SameInstant, What, newer},
    tenant::Platform,
};
use jiff::Timestamp;
use proptest::prelude::*;

use crate::{
    arrival::any_news,
    memory::Memory,
    news::{active, booked, contact, entitlement, person, removed, team},
    world::{at, booking},
};

/// What of this counts, told once more.
fn counts(memory: &Memory, news: &[News], same_instant: SameInstant) -> Vec<News> {
    let record = |subject: &Subject| memory.records().get(subject);
    news.iter().filter_map(|piece| newer(piece, record(&piece.subject), same_instant)).collect()
}

fn named(name: &str, as_of: Timestamp) -> News {
    person(as_of, "m1", MemberPatch { full_name: Change::Set(name.to_owned()), ..active() })
}

/// Two pieces of one instant leave the later, and told again the earlier does not come back, not even for a moment.
#[test]
fn of_two_pieces_of_one_instant_the_earlier_does_not_come_back() {
    let booked_in = |room: &str| {
        let mut booking = booking("b1", at(600), at(660));
        booking.resource = room.into();
        entitlement(at(5), booked(booking))
    };
    let news =
        [named("Ann", at(5)), named("Anna", at(5)), booked_in("room"), booked_in("other"), team(at(5), "t1", &["m1"])];
    let mut memory = Memory::of(Platform::Spacebring);
    memory.receive(&news);

    for prefix in 0..=news.len() {
        assert_eq!(counts(&memory, &news[..prefix], SameInstant::Known), []);
    }
}

/// A bug that was mended: what is of the same instant counts if it says something else by now.
#[test]
fn what_is_read_otherwise_by_now_counts_where_that_is_asked_for() {
    let mut memory = Memory::of(Platform::Spacebring);
    memory.receive(&[named("Ann", at(5)), named("Ben", at(7))]);
    let (older, mended) = (named("Anna", at(5)), named("Bernd", at(7)));

    assert_eq!(counts(&memory, &[older.clone(), mended.clone()], SameInstant::Known), []);
    let counted = counts(&memory, &[older, mended], SameInstant::Anew);
    let names: Vec<&What> = counted.iter().map(|piece| &piece.what).collect();
    let patch = MemberPatch { full_name: Change::Set("Bernd".to_owned()), ..active() };
    assert_eq!(names, [&What::Member(patch)]);
    assert_eq!(counts(&memory, &[named("Ben", at(7))], SameInstant::Anew), [], "it says nothing else");
}

/// What was lost comes back, and nothing newer goes for it.
#[test]
fn what_is_not_known_counts() {
    let booking = entitlement(at(6), booked(booking("b1", at(600), at(660))));
    let history = [named("Ann", at(5)), booking.clone(), contact(at(6), "a1", "Ann"), removed(at(8), "booking/b2")];
    let mut memory = Memory::of(Platform::Spacebring);
    memory.receive(&history[..1]);

    assert_eq!(counts(&memory, &history, SameInstant::Known), history[1..]);
    memory.receive(&[removed(at(7), "booking/b1")]);
    assert_eq!(counts(&memory, &[booking], SameInstant::Known), []);
}

/// Of a person each field counts by itself; a mere hint at somebody who is known says nothing.
#[test]
fn each_field_of_a_person_counts_by_itself() {
    let mut memory = Memory::of(Platform::Spacebring);
    memory.receive(&[named("Ann", at(7))]);
    let phone = MemberPatch { phone: Change::Set("+44".to_owned()), ..MemberPatch::default() };
    let both = MemberPatch { full_name: Change::Set("Anna".to_owned()), ..phone.clone() };

    let counted = counts(&memory, &[person(at(5), "m1", both)], SameInstant::Known);

    assert_eq!(counted, [person(at(5), "m1", phone)]);
    let hint = person(HINT, "m1", MemberPatch { fetch_details: true, ..active() });
    assert_eq!(counts(&memory, &[hint], SameInstant::Known), []);
}

proptest! {
    /// INV-7: any prefix of what was taken in, the whole of it, or a part twice, told again in any order, is not news.
    #[test]
    fn what_was_taken_in_is_no_news_again(history in any_news(), together in 1_usize..4, reversed in any::<bool>()) {
        let mut memory = Memory::of(Platform::Spacebring);
        for news in history.chunks(together) {
            memory.receive(news);
        }
        let mut again = history;
        if reversed {
            again.reverse();
        }

        prop_assert_eq!(counts(&memory, &again, SameInstant::Known), []);
    }

    /// Told again to whoever has lost something, nothing that is known as newer goes, and all is known in the end.
    #[test]
    fn what_was_lost_is_known_again(history in any_news(), lost in any::<prop::sample::Index>()) {
        prop_assume!(!history.is_empty());
        let mut memory = Memory::of(Platform::Spacebring);
        let lost = lost.index(history.len());
        for (number, piece) in history.iter().enumerate() {
            if number != lost {
                memory.receive(std::slice::from_ref(piece));
            }
        }

        for piece in counts(&memory, &history, SameInstant::Known) {
            prop_assert_eq!(&piece.subject, &history[lost].subject);
            memory.receive(&[piece]);
        }

        prop_assert_eq!(counts(&memory, &history, SameInstant::Known), []);
    }
}
