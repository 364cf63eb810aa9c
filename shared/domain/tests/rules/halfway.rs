//! News that is written piece by piece, and what becomes of it when other news of the same thing comes in between.

use std::collections::{BTreeMap, BTreeSet};

use domain::{
    MemberId, Subject, SubjectKind, TeamId,
    facts::{Entitlement, Holder},
    intake::{AsOf, News, Record, Recording, What, take_in},
    rules::Rulebook,
    tenant::Platform,
};
use proptest::{collection::vec, prelude::*};

use crate::{
    arrival::any_what,
    news::{news, rules, team},
    world::{at, pass, subject},
};

type Copies = BTreeMap<(Holder, Subject), AsOf<Option<Entitlement>>>;
type Links = BTreeMap<(MemberId, TeamId), AsOf<bool>>;
type Living = (BTreeMap<(Holder, Subject), Entitlement>, BTreeSet<(MemberId, TeamId)>);

/// A store that can be stopped half-way; what is gone is remembered with its instant.
#[derive(Clone, Debug, Default)]
struct Table {
    records: BTreeMap<Subject, Record>,
    copies: Copies,
    links: Links,
}

/// Puts something unless what stands is newer.
fn put<K: Ord, T>(all: &mut BTreeMap<K, AsOf<T>>, key: K, new: AsOf<T>) {
    if all.get(&key).is_none_or(|known| known.as_of <= new.as_of) {
        all.insert(key, new);
    }
}

impl Table {
    fn decide(&self, news: &News, rules: &Rulebook) -> Recording {
        let mut subjects = BTreeSet::from([news.subject.clone()]);
        loop {
            let known = subjects.iter().map(|subject| (subject.clone(), self.records.get(subject).cloned())).collect();
            match take_in(std::slice::from_ref(news), &known, rules) {
                Ok(recording) => return recording,
                Err(missing) => subjects.extend(missing),
            }
        }
    }

    /// The first step.
    fn begin(&mut self, recording: &Recording) {
        let known = self.records.iter().map(|(subject, record)| (subject.clone(), Some(record.clone()))).collect();
        self.records.extend(recording.begun(&known));
    }

    /// Of the second step those writes that are `chosen`, counted from 0.
    fn write(&mut self, recording: &Recording, chosen: impl Fn(usize) -> bool) {
        let copies = recording.copies.iter().enumerate().filter(|(number, _)| chosen(*number));
        for (_, (key, copy)) in copies {
            put(&mut self.copies, key.clone(), copy.clone());
        }
        let links = recording.links.iter().enumerate().filter(|(number, _)| chosen(*number));
        for (_, (key, link)) in links {
            put(&mut self.links, key.clone(), link.clone());
        }
    }

    /// All of it, at once or in steps.
    fn keep(&mut self, recording: &Recording, in_steps: bool) {
        if in_steps {
            self.begin(recording);
            self.write(recording, |_| true);
        } else {
            self.copies.extend(recording.copies.clone());
            self.links.extend(recording.links.clone());
        }
        self.records.extend(recording.records.clone());
    }

    fn living(&self) -> Living {
        let copies = self.copies.iter().filter_map(|(key, copy)| Some((key.clone(), copy.what.clone()?)));
        let links = self.links.iter().filter(|(_, link)| link.what);
        (copies.collect(), links.map(|(key, _)| key.clone()).collect())
    }
}

/// The people with whom something lies now that did not before, or the other way round.
fn affected(before: &Living, after: &Living) -> BTreeSet<MemberId> {
    let links = before.1.symmetric_difference(&after.1).map(|(member, _)| member.clone());
    let keys: BTreeSet<_> = before.0.keys().chain(after.0.keys()).collect();
    let changed = keys.into_iter().filter(|key| before.0.get(key) != after.0.get(key));
    let holders = changed.filter_map(|(holder, _)| match holder {
        Holder::Member(member) => Some(member.clone()),
        Holder::Team(_) | Holder::Address(_) => None,
    });
    links.chain(holders).collect()
}

/// Two pieces of news of one thing that lies with members or teams.
fn two_of_a_kind() -> impl Strategy<Value = (Subject, What, What)> {
    let is_written_apart = |kind| match kind {
        SubjectKind::Team | SubjectKind::Membership | SubjectKind::Booking | SubjectKind::Pass => true,
        SubjectKind::Member | SubjectKind::Address => false,
    };
    vec(any_what(), 8).prop_filter_map("no two are of the same thing", move |all| {
        let (subject, first) = all.iter().find(|(subject, _)| is_written_apart(subject.kind))?.clone();
        let (_, second) = all.into_iter().find(|(other, what)| *other == subject && *what != first)?;
        Some((subject, first, second))
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    /// INV-3: whether a process is slow or dies, what is newer stands, whoever holds things because of the older no longer
    /// does, and everybody concerned is woken.
    #[test]
    fn what_is_written_late_or_left_behind_does_not_stay(
        base in vec(any_what(), 0..5),
        (subject, stopped, other) in two_of_a_kind(),
        written in any::<u64>(),
        (other_is_newer, dies, in_steps) in any::<(bool, bool, bool)>(),
    ) {
        let rules = rules(Platform::Officernd);
        let numbered = (0i64..).zip(base);
        let base: Vec<News> = numbered.map(|(minute, (subject, what))| news(at(minute), subject, what)).collect();
        let stopped = news(at(10), subject.clone(), stopped);
        let other = news(at(if other_is_newer { 11 } else { 9 }), subject, other);
        let mut table = Table::default();
        for piece in &base {
            let recording = table.decide(piece, &rules);
            table.keep(&recording, false);
        }
        // A sender who got no answer tells it again; of older news that makes no difference.
        let retried = !(other_is_newer && dies);
        let mut expected = table.clone();
        for piece in [Some(&stopped).filter(|_| retried), Some(&other)].into_iter().flatten() {
            let recording = expected.decide(piece, &rules);
            expected.keep(&recording, false);
        }

        let begun = table.decide(&stopped, &rules);
        table.begin(&begun);
        let is_written = |number: usize| written >> (number % 64) & 1 == 1;
        table.write(&begun, is_written);
        let recording = table.decide(&other, &rules);
        let before = table.living();
        table.keep(&recording, in_steps);
        let after = table.living();
        if !dies {
            table.write(&begun, |number| !is_written(number));
        }
        if retried {
            let recording = table.decide(&stopped, &rules);
            table.keep(&recording, in_steps);
        }

        prop_assert_eq!(table.living(), expected.living());
        let unwoken: Vec<_> = affected(&before, &after).difference(&recording.wakes).cloned().collect();
        prop_assert_eq!(unwoken, Vec::<MemberId>::new());
    }
}

#[test]
fn news_that_was_begun_is_settled_once_and_costs_nothing_from_then_on() {
    let rules = rules(Platform::Officernd);
    let mut table = Table::default();
    let first = table.decide(&team(at(0), "t1", &["m1", "m2"]), &rules);
    table.keep(&first, false);
    let begun = table.decide(&team(at(1), "t1", &["m2", "m3"]), &rules);
    table.begin(&begun);

    let settling = table.decide(&team(at(2), "t1", &["m1", "m2", "m4"]), &rules);
    table.keep(&settling, true);
    let next = table.decide(&team(at(3), "t1", &["m1", "m2"]), &rules);

    let links = |recording: &Recording| -> Vec<(String, bool)> {
        recording.links.iter().map(|((member, _), link)| (member.to_string(), link.what)).collect()
    };
    let named = |all: &[(&str, bool)]| all.iter().map(|(id, named)| ((*id).to_owned(), *named)).collect::<Vec<_>>();
    assert_eq!(links(&settling), named(&[("m1", true), ("m2", true), ("m3", false), ("m4", true)]));
    assert_eq!(links(&next), named(&[("m4", false)]));
}

/// What is announced of a thing nobody knew of says nothing about it.
#[test]
fn an_announcement_is_no_news() {
    let rules = rules(Platform::Officernd);
    let mut table = Table::default();
    let held = Entitlement::Pass(pass("p1"));
    let begun = table.decide(&news(at(1), subject("pass/p1"), What::Entitlement(held.clone())), &rules);

    table.begin(&begun);
    let older = table.decide(&news(at(0), subject("pass/p1"), What::Entitlement(held)), &rules);

    assert_eq!(table.living(), Living::default());
    assert_eq!(older.copies.values().filter(|copy| copy.what.is_some()).count(), 1);
}
