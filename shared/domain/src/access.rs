//! What should hold at an instant, and when that changes next.

use std::{
    collections::{BTreeMap, BTreeSet},
    iter::successors,
};

use jiff::Timestamp;

use crate::{AccountId, GroupId, reasons::Reason};

/// What one Brivo account should show of a person at an instant.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Desired {
    /// The groups due, each with the instant its earliest open window began.
    pub groups: BTreeMap<GroupId, Timestamp>,
    /// How near the person's reasons are.
    pub nearness: Nearness,
    /// When the last reason ends, if every reason that is not over has an end.
    pub ends: Option<Timestamp>,
}

/// How near a person's reasons are, the nearest of them counting.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Nearness {
    /// There is none, now or later.
    #[default]
    None,
    /// There is one so far ahead that nothing is prepared yet.
    Far,
    /// One is open, or near enough that the person should exist in Brivo.
    Near,
}

impl Desired {
    /// The groups due, alone.
    pub fn group_ids(&self) -> BTreeSet<GroupId> {
        self.groups.keys().copied().collect()
    }
}

/// What `account` should show at `now`: the union of all open reasons.
pub fn desired(reasons: &[Reason<'_>], account: &AccountId, now: Timestamp) -> Desired {
    let Snapshot { open, nearness, ends } = Snapshot::of(reasons, account, now);
    Desired { groups: open.into_iter().collect(), nearness, ends }
}

/// Since when a person has been in groups of an account for which every reason is over; `None` if in no such group.
///
/// Of a group of which no reason is left, no fact tells: it counts from when the person was `noted` as overdue, else from `now`.
pub fn overdue_since(
    reasons: &[Reason<'_>],
    (account, held): (&AccountId, &BTreeSet<GroupId>),
    noted: Option<Timestamp>,
    now: Timestamp,
) -> Option<Timestamp> {
    let due = desired(reasons, account, now).groups;
    let ended = |group: &GroupId| {
        let reasons = reasons.iter().filter(|reason| reason.account == account && reason.groups.contains(group));
        reasons.filter_map(|reason| reason.window.until).filter(|until| *until <= now).max().or(noted).unwrap_or(now)
    };
    held.iter().filter(|group| !due.contains_key(group)).map(ended).min()
}

/// The next instant after `now` at which other groups are due in any account, or reasons are nearer or gone.
///
/// A group that stays due through another reason is no change, though it counts as due since another instant then.
pub fn next_change(reasons: &[Reason<'_>], now: Timestamp) -> Option<Timestamp> {
    let mut accounts: Vec<&AccountId> = Vec::new();
    for reason in reasons {
        if !accounts.contains(&reason.account) {
            accounts.push(reason.account);
        }
    }
    let at =
        |instant| -> Vec<Snapshot> { accounts.iter().map(|account| Snapshot::of(reasons, account, instant)).collect() };
    let present = at(now);
    successors(next_edge(reasons, now), |edge| next_edge(reasons, *edge)).find(|edge| at(*edge) != present)
}

/// [`Desired`], cheaper to make and to compare.
struct Snapshot {
    /// Each group once, with its earliest open window, in order.
    open: Vec<(GroupId, Timestamp)>,
    nearness: Nearness,
    ends: Option<Timestamp>,
}

impl Snapshot {
    fn of(reasons: &[Reason<'_>], account: &AccountId, now: Timestamp) -> Self {
        let mut open = Vec::with_capacity(reasons.len());
        let (mut nearness, mut ends, mut has_end) = (Nearness::None, None, true);
        for reason in reasons.iter().filter(|reason| reason.account == account && !reason.window.is_over(now)) {
            nearness = nearness.max(if reason.prepare_from <= now { Nearness::Near } else { Nearness::Far });
            has_end &= reason.window.until.is_some();
            ends = ends.max(reason.window.until);
            if reason.window.covers(now) {
                open.extend(reason.groups.iter().map(|group| (*group, reason.window.from)));
            }
        }
        open.sort_unstable();
        open.dedup_by_key(|(group, _)| *group);
        Self { open, nearness, ends: ends.filter(|_| has_end) }
    }

    fn groups(&self) -> impl Iterator<Item = GroupId> {
        self.open.iter().map(|(group, _)| *group)
    }
}

impl PartialEq for Snapshot {
    fn eq(&self, other: &Self) -> bool {
        self.groups().eq(other.groups()) && (self.nearness, self.ends) == (other.nearness, other.ends)
    }
}

/// The next instant after `now` at which any reason begins to be prepared, opens or closes.
fn next_edge(reasons: &[Reason<'_>], now: Timestamp) -> Option<Timestamp> {
    let standing = reasons.iter().filter(|reason| !reason.window.is_over(now));
    let edges = standing.clone().filter_map(|reason| reason.window.next_edge(now));
    let preparations = standing.map(|reason| reason.prepare_from).filter(|from| *from > now);
    edges.chain(preparations).min()
}
