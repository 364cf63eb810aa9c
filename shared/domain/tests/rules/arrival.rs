//! News in any order, once or twice, in any batches, ends in the same facts, and wakes whomever it concerns.

use std::collections::BTreeSet;

use domain::{
    AddressId, MemberId, Subject, TeamId,
    facts::{Booking, Change, Entitlement, Member, MemberFacts, MemberPatch, MemberStatus, Membership, Team},
    intake::{Contact, FINAL, HINT, News, What},
    policy::SourceOfGroups,
    reasons::reasons,
    rules::Rulebook,
    tenant::Platform,
};
use jiff::Timestamp;
use proptest::{
    collection::{btree_set, vec},
    option,
    prelude::*,
};

use crate::{
    memory::Memory,
    news::{active, booked, entitlement, news, person, removed, rules, team},
    world::{any_address, any_entitlement, any_tenant, at, booking, by_id, groups, membership, subject, windows},
};

const EVERYONE: [&str; 3] = ["m1", "m2", "m3"];
const TEAMS: [&str; 2] = ["t1", "t2"];

fn naming(teams: &[&str]) -> MemberPatch {
    MemberPatch { teams: Change::Set(teams.iter().map(|team| TeamId::from(*team)).collect()), ..active() }
}

fn team_membership(as_of: Timestamp) -> News {
    let held = Membership { member: None, team: Some("t1".into()), ..membership("s1") };
    entitlement(as_of, Entitlement::Membership(held))
}

/// What the news so far gives m1.
fn given(memory: &Memory, now: Timestamp) -> Vec<i64> {
    memory.due("m1", now).into_iter().map(|group| group.0).collect()
}

fn any_patch() -> impl Strategy<Value = MemberPatch> {
    let status = prop::sample::select(vec![
        Change::Keep,
        Change::Set(MemberStatus::Active),
        Change::Set(MemberStatus::Inactive),
    ]);
    let teams = btree_set(prop::sample::select(TEAMS.to_vec()).prop_map(TeamId::from), 0..3);
    let teams = prop_oneof![Just(Change::Keep), Just(Change::Clear), teams.prop_map(Change::Set)];
    let address =
        prop_oneof![2 => Just(Change::Keep), 1 => Just(Change::Clear), 4 => any_address().prop_map(Change::Set)];
    let door_access = prop_oneof![Just(Change::Keep), Just(Change::Set(groups(&[1])))];
    (status, teams, address, door_access).prop_map(|(status, teams, address, door_access)| MemberPatch {
        status,
        teams,
        address,
        door_access,
        ..MemberPatch::default()
    })
}

/// A piece of news without its instant.
pub(crate) fn any_what() -> impl Strategy<Value = (Subject, What)> {
    let any_member = || prop::sample::select(EVERYONE.to_vec());
    let named = btree_set(any_member().prop_map(MemberId::from), 0..4);
    let team = (prop::sample::select(TEAMS.to_vec()), named, option::of(any_member().prop_map(MemberId::from)));
    let gone =
        vec!["member/m1", "member/m2", "team/t1", "team/t2", "membership/s1", "booking/b1", "booking/b2", "pass/p1"];
    let contacts = (any_address(), prop::sample::select(vec!["Ann", "Bob"]));
    prop_oneof![
        5 => (any_member(), any_patch()).prop_map(|(id, patch)| (member_subject(id), What::Member(patch))),
        3 => team.prop_map(|(id, members, paying_member)| {
            let team = Team { id: id.into(), members, paying_member };
            (subject(&format!("team/{id}")), What::Team(team))
        }),
        6 => any_entitlement().prop_map(|entitlement| (entitlement.subject(), What::Entitlement(entitlement))),
        2 => contacts.prop_map(|(address, name)| {
            let contact = Contact { name: Some(name.to_owned()), email: format!("{address}@example.com") };
            (subject(&format!("address/{address}")), What::Contact(contact))
        }),
        3 => prop::sample::select(gone).prop_map(|gone| (subject(gone), What::Removed)),
    ]
}

fn member_subject(id: &str) -> Subject {
    subject(&format!("member/{id}"))
}

/// News at distinct instants; some removals are final.
pub(crate) fn any_news() -> impl Strategy<Value = Vec<News>> {
    vec((any_what(), prop::bool::weighted(0.3)), 1..16).prop_map(|all| {
        let numbered = (0i64..).zip(all);
        let stamped = numbered.map(|(minute, ((subject, what), last))| {
            let as_of = if last && what == What::Removed { FINAL } else { at(minute) };
            news(as_of, subject, what)
        });
        stamped.collect()
    })
}

/// The rules of any tenant who reads mappings live: a copy is of the moment it was taken, and so of an order.
fn any_rules() -> impl Strategy<Value = Rulebook> {
    any_tenant().prop_map(|mut tenant| {
        tenant.policy.source_of_groups = Some(SourceOfGroups::Mapping);
        Rulebook::new(&tenant)
    })
}

/// Everybody there may be, guests included.
fn everyone() -> Vec<MemberId> {
    let guests = ["a", "b"].map(|address| AddressId::from(address).guest());
    EVERYONE.map(MemberId::from).into_iter().chain(guests).collect()
}

/// What is known of a person as far as it matters to them: not for whom they pay, nor that they were once named.
fn seen(memory: &Memory, id: &MemberId) -> MemberFacts {
    let mut facts = memory.facts(id);
    facts.member = facts.member.map(|member| Member { pays_for: BTreeSet::new(), ..member });
    facts.member = facts.member.filter(|member| *member != Member::unknown(id.clone()));
    facts
}

/// Takes in the news in batches of `size`, and checks that whoever's facts change is woken.
fn remember(rules: &Rulebook, news: &[News], size: usize) -> Memory {
    let mut memory = Memory::new(rules.clone());
    for batch in news.chunks(size) {
        let before = memory.clone();
        let woken = memory.receive(batch);
        for id in everyone() {
            assert!(seen(&before, &id) == seen(&memory, &id) || woken.contains(&id), "{id} was not woken by {batch:?}");
        }
    }
    memory
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    /// INV-3, R3, R22, R26, R27: who holds what, and so what everybody has access to, does not depend on the order.
    #[test]
    fn the_order_of_arrival_does_not_matter(
        rules in any_rules(),
        (sent, arrived) in any_news().prop_flat_map(|news| (Just(news.clone()), Just(news).prop_shuffle())),
        size in 1usize..5,
    ) {
        let (one, other) = (remember(&rules, &sent, 1), remember(&rules, &arrived, size));

        prop_assert_eq!(one.copies(), other.copies());
        for id in EVERYONE.map(MemberId::from) {
            prop_assert_eq!(seen(&one, &id), seen(&other, &id));
        }
        for id in everyone() {
            let (facts, others) = (one.facts(&id), other.facts(&id));
            prop_assert_eq!(reasons(&rules, &facts), reasons(&rules, &others));
        }
    }

    /// INV-7: a repeat of anything that was received changes nothing.
    #[test]
    fn news_that_comes_again_changes_nothing(
        rules in any_rules(),
        (sent, again) in any_news().prop_flat_map(|news| {
            let again = prop::sample::subsequence(news.clone(), 0..=news.len()).prop_shuffle();
            (Just(news), again)
        }),
    ) {
        let once = remember(&rules, &sent, 3);
        let mut twice = once.clone();

        twice.receive(&again);

        prop_assert_eq!(once, twice);
    }
}

/// R21: of two events of the same time, the one received later counts.
#[test]
fn at_the_same_time_the_event_received_later_counts() {
    let named = |email: &str| MemberPatch { email: Change::Set(email.to_owned()), ..active() };
    let mut memory = Memory::of(Platform::Officernd);

    memory.receive(&[person(at(5), "m1", named("a@example.com")), person(at(5), "m1", named("b@example.com"))]);
    memory.receive(&[team(at(5), "t1", &["m1"])]);
    memory.receive(&[team(at(5), "t1", &[])]);
    memory.receive(&[entitlement(at(5), booked(booking("b1", at(10), at(60))))]);
    memory.receive(&[removed(at(5), "booking/b1")]);

    let facts = memory.facts(&"m1".into());
    assert_eq!(facts.member.unwrap().email.get().unwrap(), "b@example.com");
    assert!(facts.teams.is_empty() && facts.entitlements.is_empty());
}

/// R3: a person is in a team if either says so.
#[test]
fn either_the_person_or_the_team_may_say_that_they_belong_together() {
    let mut by_person = Memory::of(Platform::Officernd);
    by_person.receive(&[person(at(0), "m1", naming(&["t1"])), team_membership(at(1))]);
    assert_eq!(given(&by_person, at(2)), [1]);

    let mut by_team = Memory::of(Platform::Officernd);
    by_team.receive(&[person(at(0), "m1", active()), team(at(0), "t1", &["m1"]), team_membership(at(1))]);
    assert_eq!(given(&by_team, at(2)), [1]);

    by_team.receive(&[person(at(2), "m1", naming(&["t1"])), team(at(3), "t1", &[])]);
    assert_eq!(given(&by_team, at(4)), [1]);
}

/// R22: what refers to something unknown is kept and counts from the moment the other is known.
#[test]
fn facts_about_a_person_not_yet_known_wait_for_the_person() {
    let mut memory = Memory::of(Platform::Officernd);

    memory.receive(&[team_membership(at(0))]);
    memory.receive(&[team(at(1), "t1", &["m1"])]);
    assert_eq!(given(&memory, at(2)), [] as [i64; 0]);

    let woken = memory.receive(&[person(at(2), "m1", active())]);
    assert_eq!(given(&memory, at(2)), [1]);
    assert_eq!(woken, BTreeSet::from(["m1".into()]));
}

/// R27: a member who is removed and added again has all that is still open.
#[test]
fn a_removed_member_who_comes_back_has_everything_again() {
    let stay = booking("b1", at(10), at(60));
    let mut memory = Memory::of(Platform::Officernd);
    memory.receive(&[person(at(0), "m1", naming(&["t1"])), team_membership(at(0)), entitlement(at(0), booked(stay))]);
    assert_eq!(given(&memory, at(20)), [1, 2]);

    memory.receive(&[removed(at(21), "member/m1")]);
    assert_eq!(given(&memory, at(22)), [] as [i64; 0]);
    let late = person(at(15), "m1", active());
    memory.receive(&[late, person(HINT, "m1", active())]);
    assert_eq!(given(&memory, at(22)), [] as [i64; 0]);

    memory.receive(&[person(at(23), "m1", active())]);
    assert_eq!(given(&memory, at(24)), [1, 2]);
}

/// R33: what a removed team holds counts for nobody, also not for those who still name the team.
#[test]
fn a_removed_team_gives_nothing_until_it_is_back() {
    let mut memory = Memory::of(Platform::Officernd);
    memory.receive(&[person(at(0), "m1", naming(&["t1"])), team(at(0), "t1", &[]), team_membership(at(0))]);
    assert_eq!(given(&memory, at(1)), [1]);

    let woken = memory.receive(&[removed(at(2), "team/t1")]);
    assert_eq!((given(&memory, at(3)), woken), (vec![], BTreeSet::from(["m1".into()])));

    let woken = memory.receive(&[team(at(4), "t1", &[])]);
    assert_eq!((given(&memory, at(5)), woken), (vec![1], BTreeSet::from(["m1".into()])));
}

/// NEX-22: a booking that changes hands is taken from the one and given to the other.
#[test]
fn an_entitlement_that_changes_hands_leaves_its_former_holder() {
    let stay = booking("b1", at(10), at(60));
    let theirs = Booking { booker: Some(by_id("m2")), ..stay.clone() };
    let mut memory = Memory::of(Platform::Officernd);
    memory.receive(&[person(at(0), "m1", active()), entitlement(at(1), booked(stay))]);

    let woken = memory.receive(&[entitlement(at(2), booked(theirs))]);

    assert_eq!(given(&memory, at(20)), [] as [i64; 0]);
    assert_eq!(memory.facts(&"m2".into()).entitlements.len(), 1);
    assert_eq!(woken, BTreeSet::from(["m1".into(), "m2".into()]));
}

/// A deletion that is final keeps every other news of the thing out, whenever it arrives.
#[test]
fn what_is_finally_gone_does_not_come_back() {
    let mut memory = Memory::of(Platform::Officernd);
    memory.receive(&[person(at(0), "m1", active()), removed(FINAL, "booking/b1")]);

    memory.receive(&[entitlement(at(5), booked(booking("b1", at(10), at(60))))]);

    assert_eq!(windows(rules(Platform::Officernd).tenant(), &memory.facts(&"m1".into())), []);
}
