//! Who is in a group without a reason, who is not in spite of one, and for how long: INV-1, INV-2 and INV-3.
//!
//! Looked at whenever Brivo or the facts change, whenever a window opens or closes, and whenever a bound runs out.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use platforms::address_of;

use crate::{
    facts::Facts,
    oracle::{Window, windows},
    outage,
    stage::{Failure, Operator, World},
};

/// How late access may begin or end when nothing went wrong: two clocks that are five seconds off, and the calls themselves.
const CALM: SignedDuration = SignedDuration::from_secs(12);

/// How late where something went wrong before, be it hours ago: a wake-up that was lost then is missed only now. The minute of
/// INV-1 for the sweep to come round, its five seconds of grace, and ten for clocks and calls. The longest wait between two tries
/// is half a minute, so a service that was down is tried again well within it.
const TROUBLED: SignedDuration = SignedDuration::from_secs(75);

type Place = (String, usize, u64);

/// What is out of step, and since when.
#[derive(Debug, Default)]
pub(crate) struct Watch {
    out_of_step: BTreeMap<Place, (bool, Timestamp)>,
    trouble_at: Option<Timestamp>,
    /// When a reading of Brivo was left out.
    pub(crate) unread_at: Option<Timestamp>,
    /// When to look again though nothing changes.
    pub(crate) next: Option<Timestamp>,
    /// Windows of everybody whose facts are in no doubt; made anew when facts or settings change.
    views: BTreeMap<String, Option<Vec<Window>>>,
}

impl Watch {
    /// Something goes wrong at `instant`.
    pub(crate) fn trouble(&mut self, instant: Timestamp) {
        self.trouble_at = self.trouble_at.max(Some(instant));
    }

    pub(crate) fn trouble_at(&self) -> Option<Timestamp> {
        self.trouble_at
    }

    pub(crate) fn had_trouble(&self) -> bool {
        self.trouble_at.is_some()
    }

    /// When what has been out of step since `since` is a failure.
    fn deadline(&self, since: Timestamp, outage_over: Option<Timestamp>) -> Timestamp {
        match self.trouble_at.max(outage_over) {
            Some(trouble) => since.max(trouble) + TROUBLED,
            None => since + CALM,
        }
    }
}

impl World {
    /// Facts or settings of a tenant changed.
    pub(crate) fn facts_changed(&mut self, number: usize, now: Timestamp) {
        if let Some(operator) = self.operators.get_mut(number) {
            operator.changed_at = now;
            operator.meet_guests();
            for person in operator.people.clone() {
                let view = operator.view(&person);
                self.watch.views.insert(operator.key(&person), view);
            }
        }
    }

    /// The windows of a person, `None` while they are in doubt.
    pub(crate) fn windows_of(&self, person: &str) -> Option<&Vec<Window>> {
        self.watch.views.get(person)?.as_ref()
    }

    /// Looks at everybody.
    pub(crate) fn look(&mut self, now: Timestamp) {
        let mut next: Option<Timestamp> = None;
        let mut failure = None;
        let guarded: BTreeMap<usize, BTreeSet<u64>> = self.operators.iter().flat_map(Operator::guarded).collect();
        // Settings may give a group up.
        self.watch.out_of_step.retain(|(_, index, group), _| guarded.get(index).is_some_and(|it| it.contains(group)));
        for operator in &self.operators {
            for person in &operator.people {
                let key = operator.key(person);
                let Some(Some(windows)) = self.watch.views.get(&key) else {
                    self.watch.out_of_step.retain(|(who, _, _), _| *who != key);
                    continue;
                };
                let edges = windows.iter().flat_map(|window| [Some(window.from), window.until]).flatten();
                next = next.into_iter().chain(edges.filter(|edge| *edge > now)).min();
                for (index, groups) in guarded.iter().filter(|(index, _)| operator.tenant.accounts.contains(index)) {
                    let Some(brivo) = self.accounts.get(*index) else { continue };
                    let is_open = |group: u64| {
                        windows.iter().any(|it| (it.account, it.group) == (*index, group) && it.covers(now))
                    };
                    let shown = brivo.shown(&key);
                    for group in groups.iter().copied() {
                        let place = (key.clone(), *index, group);
                        let Some(is_in) = brivo.out_of_step(&key, &shown, group, is_open(group)) else {
                            self.watch.out_of_step.remove(&place);
                            continue;
                        };
                        let entry = self.watch.out_of_step.entry(place).or_insert((is_in, now));
                        if entry.0 != is_in {
                            *entry = (is_in, now);
                        }
                        let since = entry.1;
                        let deadline = self.watch.deadline(
                            since.max(brivo.has_room_since(&shown, is_in)),
                            outage::over_at(&brivo.outages, now),
                        );
                        if deadline <= now {
                            failure.get_or_insert_with(|| late(&key, group, is_in, (since, now)));
                        }
                        next = Some(next.map_or(deadline, |next| next.min(deadline)));
                    }
                }
            }
        }
        let (late_edit, then) = self.late_hand_edit(now);
        failure = failure.or(late_edit);
        self.watch.next = next.into_iter().chain(then).min();
        if let Some(failure) = failure {
            self.fail(failure);
        }
    }

    /// What is out of step now, in words.
    pub(crate) fn differences(&mut self, now: Timestamp) -> Vec<String> {
        self.look(now);
        let told = |((who, _, group), (is_in, since)): (&Place, &(bool, Timestamp))| {
            format!("{who} is {} group {group} since {since}", if *is_in { "still in" } else { "not in" })
        };
        self.watch.out_of_step.iter().map(told).collect()
    }
}

fn late(person: &str, group: u64, is_in: bool, (since, now): (Timestamp, Timestamp)) -> Failure {
    let late = now.duration_since(since).as_secs();
    let (invariant, what) = if is_in {
        ("INV-1", format!("in group {group} without a reason for {late} s, since {since}"))
    } else {
        ("INV-2", format!("not in group {group} in spite of a reason for {late} s, since {since}"))
    };
    Failure { invariant, what, person: Some(person.to_owned()), at: now }
}

impl Operator {
    /// `tenant:member`, which is also the person's external id.
    pub(crate) fn key(&self, person: &str) -> String {
        format!("{}:{person}", self.tenant.name)
    }

    /// Whoever is named by an address is a person from then on.
    fn meet_guests(&mut self) {
        let named = self.acknowledged.addresses().chain(self.in_doubt.addresses());
        for address in named.map(str::to_owned).collect::<BTreeSet<_>>() {
            let Some(id) = address_of(&address) else { continue };
            let guest = format!("guest:{id}");
            if self.guests.insert(guest.clone(), address).is_none() {
                self.people.push(guest);
            }
        }
    }

    /// The managed groups of each account.
    fn guarded(&self) -> BTreeMap<usize, BTreeSet<u64>> {
        let mut guarded: BTreeMap<usize, BTreeSet<u64>> = BTreeMap::new();
        for group in self.tenant.managed() {
            let account = usize::try_from(group / 100).unwrap_or(0).saturating_sub(1);
            guarded.entry(account).or_default().insert(group);
        }
        guarded
    }

    /// The windows of a person if they are the same whatever became of the deliveries that nobody acknowledged.
    fn view(&self, person: &str) -> Option<Vec<Window>> {
        let guest = self.guests.get(person).map(String::as_str);
        let known = windows(&self.tenant, &self.acknowledged, person, guest);
        let newer = |(subject, version): &(&String, &crate::facts::Version)| {
            self.acknowledged.0.get(*subject).is_none_or(|known| known.time < version.time)
        };
        let doubts: Vec<_> = self.in_doubt.0.iter().filter(newer).collect();
        let with = |told: &[(&String, &crate::facts::Version)]| {
            let mut facts: Facts = self.acknowledged.clone();
            for (subject, version) in told {
                facts.learn(subject, version);
            }
            windows(&self.tenant, &facts, person, guest)
        };
        let singly = doubts.iter().all(|doubt| with(&[*doubt]) == known);
        (singly && (doubts.len() < 2 || with(&doubts) == known)).then_some(known)
    }
}
