//! Full reads, compared with what is known (B2, B3, B4, B14, CWK-26, R29 of copies).

use std::{
    collections::BTreeSet,
    hash::{DefaultHasher, Hash as _, Hasher as _},
};

use domain::{
    GroupId, Subject, SubjectKind,
    facts::{BookingStatus, Change, Entitlement, MemberPatch, MemberStatus, Membership, MembershipStatus},
    intake::{HINT, News, Record, What, says_nothing_new},
    snapshot::{Comparison, Scope, places},
    tenant::Platform,
};
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

use crate::{
    memory::Memory,
    news::{active, booked, contact, entitlement, news, person, removed, team},
    world::{any_entitlement, at, booking, membership, pass, subject},
};

const ALL: [SubjectKind; 5] =
    [SubjectKind::Member, SubjectKind::Team, SubjectKind::Membership, SubjectKind::Booking, SubjectKind::Pass];

fn scope(as_of: Timestamp) -> Scope {
    Scope::of_all(BTreeSet::from(ALL), as_of)
}

/// What a read comes to.
struct Seen {
    missing: Vec<String>,
    lessened: Vec<String>,
    needs_approval: bool,
    known: usize,
}

/// A read that lists these and says of each what is known.
fn read(known: &Memory, scope: &Scope, listed: &[String]) -> Seen {
    let told = listed.iter().map(|name| {
        let subject = subject(name);
        let what = match known.records().get(&subject) {
            Some(Record::Entitlement(record)) => What::Entitlement(*record.held.clone().unwrap()),
            Some(Record::Member(_) | Record::Team(_) | Record::Address(_)) | None => {
                What::Member(MemberPatch::default())
            }
        };
        news(scope.as_of, subject, what)
    });
    let told: Vec<News> = told.collect();
    let seen = compared(known, scope, &told);
    assert_eq!(at_last(known, scope, &told), (seen.missing.clone(), seen.needs_approval), "read in one go or in parts");
    seen
}

/// What is missing in the end from a read of many pages, and whether that waits.
fn at_last(known: &Memory, scope: &Scope, told: &[News]) -> (Vec<String>, bool) {
    let listed = told.iter().filter(|piece| scope.kinds.contains(&piece.subject.kind));
    let places = listed.clone().flat_map(|piece| places(&piece.subject, &piece.what));
    let seen = domain::snapshot::Seen::new(digest, listed.map(|piece| digest(&piece.subject)), places);
    let mut comparison = Comparison::of_seen(scope.clone(), &seen);
    for (subject, record) in known.records() {
        comparison.count(subject, record);
    }
    assert_eq!(comparison.lessened(), &BTreeSet::new());
    (comparison.missing().iter().map(ToString::to_string).collect(), comparison.needs_approval())
}

fn digest(subject: &Subject) -> u64 {
    let mut hasher = DefaultHasher::new();
    subject.to_string().hash(&mut hasher);
    hasher.finish()
}

fn compared(known: &Memory, scope: &Scope, told: &[News]) -> Seen {
    let mut comparison = Comparison::new(scope.clone(), told);
    for (subject, record) in known.records() {
        comparison.count(subject, record);
    }
    let names = |subjects: &BTreeSet<Subject>| subjects.iter().map(ToString::to_string).collect();
    Seen {
        missing: names(comparison.missing()),
        lessened: names(comparison.lessened()),
        needs_approval: comparison.needs_approval(),
        known: comparison.known(),
    }
}

/// So many memberships of `plan`, and one of them by name.
fn memberships(plan: &str, count: usize) -> (Vec<News>, Vec<String>) {
    let held = (0..count).map(|number| {
        let id = format!("{plan}{number}");
        entitlement(at(0), Entitlement::Membership(Membership { plan: plan.to_owned(), ..membership(&id) }))
    });
    let names = (0..count).map(|number| format!("membership/{plan}{number}"));
    (held.collect(), names.collect())
}

fn knowing(news: &[News]) -> Memory {
    let mut memory = Memory::of(Platform::Coworks);
    memory.receive(news);
    memory
}

/// B2: of a hundred memberships, ten may be missing at once, and not eleven.
#[test]
fn a_tenth_may_be_missing_without_approval() {
    let (news, names) = memberships("plan", 100);
    let known = knowing(&news);

    let ten = read(&known, &scope(at(10)), &names[10..]);
    let eleven = read(&known, &scope(at(10)), &names[11..]);

    assert_eq!((ten.missing.len(), ten.needs_approval), (10, false));
    assert_eq!((eleven.missing.len(), eleven.needs_approval), (11, true));
}

/// B2, B3: of a few, thirty percent are not missing without approval, though the breaker would let five go; two always may be.
#[test]
fn a_third_of_a_small_tenant_does_not_vanish() {
    for (known, gone, waits) in
        [(10, 3, true), (11, 3, false), (12, 4, true), (16, 5, true), (17, 5, false), (3, 2, false)]
    {
        let (news, names) = memberships("plan", known);

        let seen = read(&knowing(&news), &scope(at(10)), &names[gone..]);

        assert_eq!((seen.missing.len(), seen.needs_approval), (gone, waits), "{gone} of {known}");
    }
}

/// B2: three of twenty who leave with all that they have are three of twenty, not six.
#[test]
fn whoever_leaves_counts_once_whatever_they_hold() {
    let (mut news, mut names) = memberships("plan", 20);
    for number in 0..20 {
        news.push(person(at(0), &format!("m{number}"), active()));
        names.push(format!("member/m{number}"));
    }
    let known = knowing(&news);
    let listed = |gone: usize| {
        let stays = |name: &&String| {
            !(0..gone).any(|number| name.ends_with(&format!("n{number}")) || name.ends_with(&format!("m{number}")))
        };
        names.iter().filter(stays).cloned().collect::<Vec<_>>()
    };

    let five = read(&known, &scope(at(10)), &listed(5));

    assert_eq!((five.missing.len(), five.needs_approval, five.known), (10, false, 40));
    assert!(read(&known, &scope(at(10)), &listed(6)).needs_approval);
}

/// B2: the limit holds for each plan as well, so that a small one does not vanish among many others.
#[test]
fn a_small_plan_does_not_vanish_among_many_others() {
    let (mut news, mut names) = memberships("plan", 100);
    let (few, few_names) = memberships("few", 6);
    news.extend(few);
    names.extend(few_names);
    let known = knowing(&news);

    let without = |count: usize| read(&known, &scope(at(10)), &names[..106 - count]);

    assert!(!without(5).needs_approval);
    assert!(without(6).needs_approval, "six of 106 are few, but they are the whole plan");
}

/// B2: nor does a location among others, however few are there.
#[test]
fn a_location_does_not_vanish_among_others() {
    let at_location = |count: usize, location: &'static str| {
        (0..count).map(move |number| {
            let id = format!("{location}{number}");
            entitlement(
                at(0),
                Entitlement::Membership(Membership { location: Some(location.into()), ..membership(&id) }),
            )
        })
    };
    let told: Vec<News> = at_location(100, "london").chain(at_location(3, "berlin")).collect();
    let known = knowing(&told);

    assert!(!compared(&known, &scope(at(10)), &told[..101]).needs_approval);
    assert!(compared(&known, &scope(at(10)), &told[..100]).needs_approval, "nothing of Berlin is listed");
}

/// B2: a column that came out blank counts like lines that are missing.
#[test]
fn what_gives_less_counts_like_what_is_missing() {
    let chosen = |groups: &[i64]| MemberPatch {
        door_access: Change::Set(groups.iter().copied().map(GroupId).collect()),
        ..active()
    };
    let all = |as_of, patch: &MemberPatch| -> Vec<News> {
        (0..20).map(|number| person(as_of, &format!("m{number}"), patch.clone())).collect()
    };
    let known = knowing(&all(at(0), &chosen(&[1, 2])));
    let gone = MemberPatch { status: Change::Set(MemberStatus::Inactive), ..MemberPatch::default() };

    for (patch, lessened) in [
        (chosen(&[1, 2, 3]), false),
        (active(), false),
        (chosen(&[1]), true),
        (chosen(&[]), true),
        (MemberPatch { door_access: Change::Clear, ..active() }, true),
        (gone, true),
    ] {
        let seen = compared(&known, &scope(at(10)), &all(at(10), &patch));
        assert_eq!((seen.lessened.len(), seen.needs_approval), (if lessened { 20 } else { 0 }, lessened), "{patch:?}");
        assert_eq!(seen.missing, [""; 0]);
    }
}

/// A location's list is not compared with people, but what it says of them counts.
#[test]
fn switching_everybody_off_in_the_list_of_a_location_needs_approval() {
    let all = |as_of, status| -> Vec<News> {
        let patch = MemberPatch { status: Change::Set(status), ..MemberPatch::default() };
        (0..20).map(|number| person(as_of, &format!("m{number}"), patch.clone())).collect()
    };
    let known = knowing(&all(at(0), MemberStatus::Active));
    let of_london = Scope { location: Some("london".into()), ..scope(at(10)) };

    let seen = compared(&known, &of_london, &all(at(10), MemberStatus::Inactive));

    assert_eq!((seen.lessened.len(), seen.needs_approval), (20, true));
}

/// Whatever makes somebody lose something at some instant is less.
#[test]
fn less_of_a_membership_is_less() {
    let known = Membership { ends: Some(at(1000)), ..membership("s1") };
    let memory = knowing(&[entitlement(at(0), Entitlement::Membership(known.clone()))]);
    let told = |membership: Membership| {
        let news = [entitlement(at(10), Entitlement::Membership(membership))];
        !compared(&memory, &scope(at(10)), &news).lessened.is_empty()
    };

    assert!(!told(known.clone()));
    assert!(!told(Membership { ends: None, ..known.clone() }));
    assert!(!told(Membership { ends: Some(at(1001)), ..known.clone() }));
    assert!(told(Membership { ends: Some(at(999)), ..known.clone() }));
    assert!(told(Membership { status: MembershipStatus::Paused, ..known.clone() }));
    assert!(told(Membership { plan: "other".to_owned(), ..known.clone() }));
    assert!(told(Membership { member: Some("m2".into()), ..known.clone() }));
    assert!(told(Membership { location: Some("berlin".into()), ..known.clone() }));
    assert!(told(Membership { starts: at(1), ..known }));
}

/// B3: an empty read takes nothing away by itself, however little is known.
#[test]
fn a_read_that_lists_nothing_of_a_kind_needs_approval() {
    let known = knowing(&[
        person(at(0), "m1", active()),
        entitlement(at(0), Entitlement::Membership(membership("s1"))),
        entitlement(at(0), Entitlement::Pass(pass("p1"))),
    ]);

    let empty = read(&known, &scope(at(10)), &[]);
    let without_passes = read(&known, &scope(at(10)), &["member/m1".to_owned(), "membership/s1".to_owned()]);

    assert_eq!(empty.missing, ["member/m1", "membership/s1", "pass/p1"]);
    assert!(empty.needs_approval);
    assert_eq!(without_passes.missing, ["pass/p1"]);
    assert!(without_passes.needs_approval);
}

/// ALL-07: what was told after the read was made is not missing from it.
#[test]
fn what_was_told_after_the_read_is_not_missing() {
    let known = knowing(&[
        person(at(11), "m1", active()),
        team(at(11), "t1", &["m1"]),
        entitlement(at(11), Entitlement::Membership(membership("s1"))),
        entitlement(at(10), Entitlement::Membership(membership("s2"))),
    ]);

    assert_eq!(read(&known, &scope(at(10)), &[]).missing, ["membership/s2"]);
}

#[test]
fn what_is_gone_or_over_or_gives_nothing_is_not_missing() {
    let cancelled = domain::facts::Booking { status: BookingStatus::Cancelled, ..booking("b2", at(20), at(30)) };
    let ended = Membership { ends: Some(at(5)), ..membership("s1") };
    let ending = Membership { ends: Some(at(60)), status: MembershipStatus::Cancelled, ..membership("s2") };
    let known = knowing(&[
        person(at(0), "m1", active()),
        removed(at(1), "member/m1"),
        entitlement(at(0), booked(booking("b1", at(1), at(5)))),
        entitlement(at(0), booked(cancelled)),
        entitlement(at(0), booked(booking("b3", at(20), at(30)))),
        entitlement(at(0), Entitlement::Membership(ended)),
        entitlement(at(0), Entitlement::Membership(ending)),
        entitlement(at(0), Entitlement::Pass(domain::facts::Pass { remaining: Some(0), ..pass("p1") })),
    ]);

    assert_eq!(read(&known, &scope(at(10)), &[]).missing, ["membership/s2", "booking/b3"]);
}

/// What a platform works out by itself stands on none of its lists.
#[test]
fn groups_of_the_platforms_own_rules_are_never_missing() {
    let told = domain::facts::Pass { groups: Some([(GroupId(7), None)].into()), ..pass("p1") };
    let known = knowing(&[
        person(at(0), "m1", active()),
        entitlement(at(0), Entitlement::Pass(told)),
        entitlement(at(0), Entitlement::Pass(pass("p2"))),
    ]);

    assert_eq!(read(&known, &scope(at(10)), &["member/m1".to_owned()]).missing, ["pass/p2"]);
}

/// A location's read says nothing of other locations, nor of people and teams, who belong to none.
#[test]
fn a_read_of_a_location_is_compared_with_what_counts_there() {
    let of = |id: &str, location: Option<&str>| {
        let location = location.map(Into::into);
        entitlement(at(0), Entitlement::Membership(Membership { location, ..membership(id) }))
    };
    let known = knowing(&[
        person(at(0), "m1", active()),
        team(at(0), "t1", &["m1"]),
        of("s1", Some("london")),
        of("s2", Some("berlin")),
        of("s3", None),
    ]);
    let of_london = Scope { location: Some("london".into()), ..scope(at(10)) };

    assert_eq!(read(&known, &of_london, &[]).missing, ["membership/s1"]);
}

#[test]
fn a_read_is_compared_only_with_kinds_that_it_lists_whole() {
    let known =
        knowing(&[person(at(0), "m1", active()), entitlement(at(0), Entitlement::Membership(membership("s1")))]);
    let of_memberships = Scope { kinds: BTreeSet::from([SubjectKind::Membership]), ..scope(at(10)) };

    assert_eq!(read(&known, &of_memberships, &[]).missing, ["membership/s1"]);
}

/// Guests are known from bookings; no list of members has them.
#[test]
fn guests_are_never_missing() {
    let mut invited = booking("b1", at(20), at(30));
    invited.invitees = BTreeSet::from([crate::world::by_address("a")]);
    let known = knowing(&[contact(at(0), "a", "Ann Example"), entitlement(at(0), booked(invited))]);

    assert_eq!(read(&known, &scope(at(10)), &[]).missing, ["booking/b1"]);
}

/// Whoever booked without being on any list of members is known from the booking alone, and is not missing once that is over.
#[test]
fn whoever_is_known_from_a_booking_alone_is_never_missing() {
    let known = knowing(&[person(HINT, "m1", active()), person(at(0), "m2", active())]);

    assert_eq!(read(&known, &scope(at(10)), &[]).missing, ["member/m2"]);
}

/// B2: what a team holds is held by everyone in it, and so is the team.
#[test]
fn a_team_and_what_it_holds_count_as_many_as_are_in_it() {
    let members: Vec<String> = (0..30).map(|number| format!("m{number}")).collect();
    let members: Vec<&str> = members.iter().map(String::as_str).collect();
    let (mut news, mut names) = memberships("plan", 20);
    for (id, size) in [("large", 30), ("small", 4)] {
        news.push(team(at(0), id, &members[..size]));
        let held = Membership { member: None, team: Some(id.into()), ..membership(id) };
        news.push(entitlement(at(0), Entitlement::Membership(held)));
        names.extend([format!("team/{id}"), format!("membership/{id}")]);
    }
    let known = knowing(&news);
    let without = |gone: &str| {
        let listed: Vec<String> = names.iter().filter(|name| *name != gone).cloned().collect();
        let seen = read(&known, &scope(at(10)), &listed);
        assert_eq!((seen.missing, seen.known), (vec![gone.to_owned()], 24));
        seen.needs_approval
    };

    assert!(without("team/large") && without("membership/large"), "thirty people");
    assert!(!without("team/small") && !without("membership/small"), "four people");
}

/// A booking that nobody holds is there all the same, until somebody says that it is gone.
#[test]
fn what_nobody_holds_can_be_taken_away() {
    let nobodys = booking("b1", at(20), at(30));
    let nobodys = domain::facts::Booking { booker: None, invitees: BTreeSet::new(), ..nobodys };
    let mut known = knowing(&[entitlement(at(0), booked(nobodys))]);
    assert_eq!(read(&known, &scope(at(10)), &[]).missing, ["booking/b1"]);

    let gone = removed(at(10), "booking/b1");
    assert!(!says_nothing_new(&gone, known.records().get(&gone.subject)));
    known.receive(std::slice::from_ref(&gone));

    assert_eq!(read(&known, &scope(at(20)), &[]).missing, [""; 0]);
    assert!(says_nothing_new(&gone, known.records().get(&gone.subject)));
}

/// CWK-26: repeating a read is news of nothing.
#[test]
fn what_is_known_is_no_news_and_anything_else_is() {
    let mut named = active();
    named.full_name = Change::Set("Ann Example".to_owned());
    let all = |as_of| {
        [
            person(as_of, "m1", named.clone()),
            team(as_of, "t1", &["m1"]),
            contact(as_of, "a", "Ann Example"),
            entitlement(as_of, Entitlement::Membership(membership("s1"))),
            removed(as_of, "pass/p1"),
        ]
    };
    let mut known = knowing(&all(at(0)));
    for piece in all(at(10)) {
        assert!(says_nothing_new(&piece, known.records().get(&piece.subject)), "{piece:?}");
    }

    known.receive(&[removed(at(20), "member/m1")]);
    let [again, ..] = all(at(30));
    assert!(!says_nothing_new(&again, known.records().get(&again.subject)));
    let paused = Membership { status: MembershipStatus::Paused, ..membership("s1") };
    let paused = entitlement(at(30), Entitlement::Membership(paused));
    assert!(!says_nothing_new(&paused, known.records().get(&paused.subject)));
    assert!(!says_nothing_new(&team(at(30), "t1", &[]), known.records().get(&subject("team/t1"))));
    assert!(!says_nothing_new(&removed(at(30), "team/t1"), known.records().get(&subject("team/t1"))));
    assert!(!says_nothing_new(&contact(at(30), "a", "Bea Example"), known.records().get(&subject("address/a"))));
}

/// Nothing is known of it, so even that it is gone may be news to somebody.
#[test]
fn news_of_something_unknown_is_news() {
    assert!(!says_nothing_new(&person(at(0), "m1", active()), None));
    assert!(!says_nothing_new(&removed(at(0), "member/m1"), None));
}

proptest! {
    /// News that says nothing new would change nobody's access if it were taken in.
    #[test]
    fn leaving_out_what_is_known_leaves_out_nothing(
        before in proptest::collection::vec(any_entitlement(), 0..4),
        told in any_entitlement(),
        platform in crate::world::any_platform(),
    ) {
        let mut known = Memory::of(platform);
        for (minute, held) in (0..).zip(before) {
            known.receive(&[entitlement(at(minute), held)]);
        }
        let told = entitlement(at(100), told);
        let mut after = known.clone();
        after.receive(std::slice::from_ref(&told));
        if says_nothing_new(&told, known.records().get(&told.subject)) {
            prop_assert_eq!(known.copies(), after.copies());
        }
        let again = News { as_of: at(100) + SignedDuration::from_secs(1), ..told };
        prop_assert!(says_nothing_new(&again, after.records().get(&again.subject)));
    }
}

/// B3: what is not asked for is not missing.
#[test]
fn bookings_too_far_ahead_for_a_list_are_not_missing() {
    let known = knowing(&[
        entitlement(at(0), booked(booking("b1", at(20), at(30)))),
        entitlement(at(0), booked(booking("b2", at(41), at(50)))),
    ]);
    let narrow = Scope { bookings_until: Some(at(40)), ..scope(at(10)) };

    assert_eq!(read(&known, &narrow, &[]).missing, ["booking/b1"]);
    assert_eq!(read(&known, &scope(at(10)), &[]).missing, ["booking/b1", "booking/b2"]);
}
