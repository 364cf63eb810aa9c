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
    /// Whether a reason is open or near enough that the person should exist in Brivo.
    pub user: bool,
}

impl Desired {
    /// The groups due, alone.
    pub fn group_ids(&self) -> BTreeSet<GroupId> {
        self.groups.keys().copied().collect()
    }
}

/// What `account` should show at `now`: the union of all open reasons.
pub fn desired(reasons: &[Reason], account: &AccountId, now: Timestamp) -> Desired {
    let mut desired = Desired::default();
    for reason in reasons.iter().filter(|reason| reason.account == *account && !reason.window.is_over(now)) {
        desired.user |= reason.prepare_from <= now;
        if !reason.window.covers(now) {
            continue;
        }
        for group in &reason.groups {
            let since = desired.groups.entry(*group).or_insert(reason.window.from);
            *since = (*since).min(reason.window.from);
        }
    }
    desired
}

/// The next instant after `now` at which [`desired`] changes its answer for any account.
pub fn next_change(reasons: &[Reason], now: Timestamp) -> Option<Timestamp> {
    let accounts: BTreeSet<&AccountId> = reasons.iter().map(|reason| &reason.account).collect();
    let at = |instant| -> Vec<Desired> { accounts.iter().map(|account| desired(reasons, account, instant)).collect() };
    let present = at(now);
    successors(next_edge(reasons, now), |edge| next_edge(reasons, *edge)).find(|edge| at(*edge) != present)
}

/// The next instant after `now` at which any reason begins to be prepared, opens or closes.
fn next_edge(reasons: &[Reason], now: Timestamp) -> Option<Timestamp> {
    let standing = reasons.iter().filter(|reason| !reason.window.is_over(now));
    let edges = standing.clone().filter_map(|reason| reason.window.next_edge(now));
    let preparations = standing.map(|reason| reason.prepare_from).filter(|from| *from > now);
    edges.chain(preparations).min()
}
