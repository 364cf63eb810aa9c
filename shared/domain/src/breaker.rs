//! Removals that no fact explains: a change of the settings that would take groups away is measured before it does.
//!
//! What ends by time, or because of a fact, is explained and never held back. What only a change of settings takes away is:
//! up to a limit for each group and for all of it, the change takes effect at once; beyond that it waits for approval, and
//! until then whoever holds a group that the settings before still give keeps it.

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    AccountId, GroupId, MemberId,
    access::desired,
    facts::MemberFacts,
    ledger::Ledger,
    policy::Deprovision,
    reasons::{Reason, reasons_with_released},
    rules::Rulebook,
};

/// The number of people who may always lose a group by a change of settings.
const ALWAYS_ALLOWED: usize = 5;

/// Of how many people who hold a group one may lose it by a change of settings.
const ONE_OF: usize = 10;

/// What the settings before a change still give of what a person holds.
///
/// A reason of a group that is not held gives nothing more, but whoever is in Brivo stays there for it.
pub fn held_back<'a>(before: &'a Rulebook, facts: &'a MemberFacts, ledger: &Ledger) -> Vec<Reason<'a>> {
    let mut held = reasons_with_released(before, facts, ledger);
    held.retain_mut(|reason| {
        let Some(account) = ledger.accounts.get(reason.account) else { return false };
        reason.groups = Cow::Owned(account.groups.intersection(&reason.groups).copied().collect());
        reason.held_back = true;
        account.user.is_some()
    });
    held
}

/// Every reason for what a person has: those of the settings, and those of the settings before a change that waits for approval.
pub fn all_reasons<'a>(
    (rules, before): (&'a Rulebook, Option<&'a Rulebook>),
    facts: &'a MemberFacts,
    ledger: &Ledger,
) -> Vec<Reason<'a>> {
    let mut all = reasons_with_released(rules, facts, ledger);
    all.extend(before.into_iter().flat_map(|before| held_back(before, facts, ledger)));
    all
}

/// How many people a change of settings would take groups from, and how many hold them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Losses {
    /// By account and group.
    groups: BTreeMap<(AccountId, GroupId), Loss>,
    /// Over all groups.
    people: Loss,
    /// Who loses what.
    who: BTreeMap<MemberId, BTreeSet<GroupId>>,
}

/// How many of those who hold something lose it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Loss {
    /// Who hold it.
    pub holders: usize,
    /// Who lose it.
    pub losers: usize,
}

impl Loss {
    /// Whether so many may lose it without anybody's approval.
    pub(crate) fn is_allowed(&self) -> bool {
        self.losers <= ALWAYS_ALLOWED.max(self.holders.div_euclid(ONE_OF))
    }

    pub(crate) fn count(&mut self, is_lost: bool) {
        self.count_people(1, is_lost);
    }

    pub(crate) fn count_people(&mut self, people: usize, are_losers: bool) {
        self.holders = self.holders.saturating_add(people);
        self.losers = self.losers.saturating_add(if are_losers { people } else { 0 });
    }
}

impl Losses {
    /// Counts one person: what they hold, and what of it the settings before give at `now` and those after do not.
    pub fn count(&mut self, member: &MemberId, facts: &MemberFacts, ledger: &Ledger, change: Change<'_>) {
        let [before, after] = [change.before, change.after].map(|rules| reasons_with_released(rules, facts, ledger));
        let (mut lost, mut leaves) = (BTreeSet::new(), false);
        for (account, held) in &ledger.accounts {
            let given = desired(&before, account, change.now);
            let kept = desired(&after, account, change.now);
            let keeps_user = change.after.account_policy(account).deprovision == Deprovision::RemoveGroups;
            leaves |= held.user.is_some() && !keeps_user && kept.nearness < given.nearness;
            for group in &held.groups {
                let is_lost = given.groups.contains_key(group) && !kept.groups.contains_key(group);
                self.groups.entry((account.clone(), *group)).or_default().count(is_lost);
                lost.extend(is_lost.then_some(*group));
            }
        }
        if leaves || ledger.accounts.values().any(|account| !account.groups.is_empty()) {
            self.people.count(leaves || !lost.is_empty());
        }
        if leaves || !lost.is_empty() {
            self.who.insert(member.clone(), lost);
        }
    }

    /// Whether the change has to wait for somebody's approval.
    pub fn need_approval(&self) -> bool {
        !self.people.is_allowed() || self.groups.values().any(|loss| !loss.is_allowed())
    }

    /// Whether nobody loses anything.
    pub fn are_none(&self) -> bool {
        self.who.is_empty()
    }

    /// The groups that somebody loses.
    pub fn groups(&self) -> Vec<GroupLoss<'_>> {
        let losing = self.groups.iter().filter(|(_, loss)| loss.losers > 0);
        losing.map(|((account, group), loss)| GroupLoss { account, group: *group, loss: *loss }).collect()
    }

    /// Who loses what.
    pub fn who(&self) -> &BTreeMap<MemberId, BTreeSet<GroupId>> {
        &self.who
    }

    /// How many people lose something, of how many who hold something.
    pub fn people(&self) -> Loss {
        self.people
    }
}

/// A change of settings, looked at at an instant.
#[derive(Clone, Copy, Debug)]
pub struct Change<'a> {
    /// The settings before.
    pub before: &'a Rulebook,
    /// The settings after.
    pub after: &'a Rulebook,
    /// When.
    pub now: Timestamp,
}

/// How many of those who hold a group lose it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct GroupLoss<'a> {
    /// The Brivo account.
    pub account: &'a AccountId,
    /// The group.
    pub group: GroupId,
    /// How many.
    #[serde(flatten)]
    pub loss: Loss,
}
