//! What we wrote to Brivo for a person: the only memory of what is ours to take away.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    AccountId, BrivoUserId, GroupId,
    credentials::Credentials,
    drift::Treatment,
    pace::Turn,
    plan::Write,
    policy::{Deprovision, Policy, ProfileField},
    profile::Profile,
    wake::Arranged,
};

/// What we wrote for a person in all accounts, and how the last run ended.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ledger {
    /// Per Brivo account.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub accounts: BTreeMap<AccountId, AccountLedger>,
    /// Times one after another that the platform gave no answer.
    #[serde(default)]
    pub failures: u32,
    /// What kept the last run from its end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_error: Option<String>,
    /// Since when something is due that no run could bring to its end; a retry moves the due mark, but not this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub overdue_since: Option<Timestamp>,
    /// When an alarm was last raised because of a booking that starts soon.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alarmed_at: Option<Timestamp>,
    /// What wakes the member next.
    #[serde(flatten)]
    pub arranged: Arranged,
}

/// What we wrote for a person in one account.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountLedger {
    /// The Brivo user, once known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<BrivoUserId>,
    /// The groups we added and did not take away.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub groups: BTreeSet<GroupId>,
    /// How many groups of others the user was last seen in; they count towards Brivo's limit.
    #[serde(default)]
    pub foreign_groups: usize,
    /// The profile as last sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profile: Option<Profile>,
    /// Whether the user is suspended, and by whom: only our own suspension is lifted by us.
    #[serde(default, skip_serializing_if = "Suspension::is_none")]
    pub suspension: Suspension,
    /// Since when the person has had no reason, and what the policy was then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub left: Option<Left>,
    /// What was changed by hand in Brivo and is only told.
    #[serde(default, skip_serializing_if = "ByHand::is_empty")]
    pub by_hand: ByHand,
    /// The user is none of ours: it was put into a group of ours by hand, and only that is undone.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub stranger: bool,
    /// The end that we gave the access code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pin_end: Option<Timestamp>,
    /// What opens doors for the user, as far as it is ours or known.
    #[serde(default, skip_serializing_if = "Credentials::is_blank")]
    pub credentials: Credentials,
    /// When Brivo was last seen to be as it should.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub checked_at: Option<Timestamp>,
    /// A write that was begun and whose end we do not know.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pending: Option<Pending>,
    /// What the person waits for, because others call Brivo with the same API key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub turn: Option<Turn>,
    /// Runs one after another that failed in this account; another account's trouble is not this one's.
    #[serde(default)]
    pub failures: u32,
}

/// What somebody changed by hand in Brivo of a person's managed groups.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ByHand {
    /// Groups the user is in though we did not add it.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub added: BTreeSet<GroupId>,
    /// Groups the user is not in though we added it.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub taken: BTreeSet<GroupId>,
}

impl ByHand {
    /// Whether nothing was.
    pub fn is_empty(&self) -> bool {
        self.added.is_empty() && self.taken.is_empty()
    }
}

/// Whether a user is suspended, as far as we know.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Suspension {
    /// Not by us, and not that we had seen.
    #[default]
    None,
    /// By us.
    Ours,
    /// By somebody else, as we saw when we were about to.
    Others,
}

impl Suspension {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "what serde calls it with")]
    fn is_none(&self) -> bool {
        *self == Self::None
    }
}

/// Somebody who has no reason any more.
///
/// What follows is settled when they leave, so that a change of policy acts on those who leave later.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Left {
    /// When that was first seen.
    pub at: Timestamp,
    /// What was to happen to the user.
    pub then: Deprovision,
    /// When the user may be deleted, if that is what was to happen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delete_at: Option<Timestamp>,
}

impl Left {
    /// Somebody who leaves now.
    pub fn now(policy: &Policy, now: Timestamp) -> Self {
        let delete_at = now.saturating_add(policy.delete_after).unwrap_or(Timestamp::MAX);
        let is_deletion = policy.deprovision == Deprovision::Delete;
        Self { at: now, then: policy.deprovision, delete_at: is_deletion.then_some(delete_at) }
    }
}

/// A write that was begun: recorded before the call, gone once its answer is recorded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pending {
    /// What was to be written.
    pub write: Write,
    /// The audit record that is to be closed.
    pub audit: String,
    /// When it was begun.
    pub at: Timestamp,
    /// Why.
    pub because: Vec<String>,
}

impl Ledger {
    /// The part that speaks of `account`.
    pub fn account(&mut self, account: &AccountId) -> &mut AccountLedger {
        self.accounts.entry(account.clone()).or_default()
    }

    /// Notes how a run ended of a member who was due then: what is not done is overdue since the first run that failed was due.
    pub fn run_ended(&mut self, is_done: bool, due: Option<Timestamp>, now: Timestamp) {
        let since = self.overdue_since.or(due).map_or(now, |since| since.min(now));
        self.overdue_since = (!is_done).then_some(since);
    }
}

impl AccountLedger {
    /// Brivo made the user.
    pub fn user_made(&mut self, user: BrivoUserId, profile: Profile, now: Timestamp) {
        let (pending, credentials) = (self.pending.take(), Credentials::of_new_user(now));
        *self = Self { user: Some(user), profile: Some(profile), pending, credentials, ..Self::default() };
    }

    /// Brivo had a user with our reference already: its managed groups are ours, its profile is to be sent again.
    pub fn user_found(&mut self, user: BrivoUserId, shown: &BTreeSet<GroupId>, managed: &BTreeSet<GroupId>) {
        let groups: BTreeSet<_> = shown.intersection(managed).copied().collect();
        let foreign_groups = shown.len().saturating_sub(groups.len());
        let pending = self.pending.take();
        *self = Self { user: Some(user), groups, foreign_groups, pending, ..Self::default() };
    }

    /// Our reference is on a user now of whom this is known.
    pub fn user_linked(&mut self, known: AccountLedger) {
        *self = Self { pending: self.pending.take(), turn: None, ..known };
    }

    /// Brivo keeps the access code that it was to clear; it has opened nothing since then, and will not before another is sent.
    pub fn pin_ended(&mut self, at: Timestamp) {
        self.credentials.pin_cleared();
        (self.pin_end, self.credentials.pin_ended) = (Some(at), true);
    }

    /// Brivo took these fields of a profile; of the others it has what it had.
    pub fn profile_sent(&mut self, profile: &Profile, fields: &BTreeSet<ProfileField>) {
        match &mut self.profile {
            Some(sent) => sent.take_over(profile, fields),
            None => self.profile = Some(profile.clone()),
        }
    }

    /// Brivo has no such user any more, and so none of its groups.
    pub fn user_gone(&mut self) {
        *self = Self { pending: self.pending.take(), ..Self::default() };
    }

    /// Brivo shows these groups, and this was done by hand: what is to be undone becomes a difference that the next run
    /// closes, the rest is remembered to be told.
    pub fn treated(&mut self, treatment: Treatment, shown: &BTreeSet<GroupId>) {
        let Treatment { report, revert } = treatment;
        self.groups.retain(|group| !revert.taken.contains(group));
        self.groups.extend(revert.added);
        self.foreign_groups = shown.difference(&self.groups).count();
        self.by_hand = report;
    }

    /// Takes Brivo's answer to a change of groups, which is what it shows then; whether the change came about.
    ///
    /// A group of ours that is missing though the change did not touch it was taken away by hand: that is drift, and stays
    /// in the ledger, so that it is not silently added again.
    pub fn groups_shown(
        &mut self,
        change: (&BTreeSet<GroupId>, &BTreeSet<GroupId>),
        shown: &BTreeSet<GroupId>,
    ) -> bool {
        let (add, remove) = change;
        let untouched = self.groups.difference(remove).copied();
        let touched = add.union(remove).filter(|group| shown.contains(group)).copied();
        self.groups = untouched.chain(touched).collect();
        self.by_hand.added.retain(|group| !add.contains(group) && !remove.contains(group));
        self.count(shown);
        add.is_subset(shown) && remove.is_disjoint(shown)
    }

    /// Counts the groups of others, and those of ours that somebody took away, whose places are free.
    fn count(&mut self, shown: &BTreeSet<GroupId>) {
        self.foreign_groups = shown.difference(&self.groups).count();
        self.by_hand.taken = self.groups.difference(shown).copied().collect();
    }

    /// Takes what Brivo shows after a change of groups of which nobody knows whether it was made; whether it was.
    ///
    /// Brivo makes a change whole or not at all, so one that shows in part was not made: what shows of it was done by hand.
    ///
    /// Source: Brivo API, users, `POST /users/{id}/groups`, 2025-11-25.
    pub fn groups_read_back(
        &mut self,
        change: (&BTreeSet<GroupId>, &BTreeSet<GroupId>),
        shown: &BTreeSet<GroupId>,
    ) -> bool {
        let (add, remove) = change;
        if add.is_subset(shown) && remove.is_disjoint(shown) {
            return self.groups_shown(change, shown);
        }
        self.groups.retain(|group| !remove.contains(group) || shown.contains(group));
        self.count(shown);
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn groups(ids: &[i64]) -> BTreeSet<GroupId> {
        ids.iter().copied().map(GroupId).collect()
    }

    #[test]
    fn what_brivo_shows_after_a_change_is_what_the_ledger_holds() {
        let mut ledger = AccountLedger { groups: groups(&[1, 2]), ..AccountLedger::default() };

        let came_about = ledger.groups_shown((&groups(&[3]), &groups(&[1])), &groups(&[2, 3, 90, 91]));

        assert!(came_about);
        assert_eq!(ledger.groups, groups(&[2, 3]));
        assert_eq!(ledger.foreign_groups, 2);
    }

    /// ALL-06, INV-1: a retry does not make anybody less overdue.
    #[test]
    fn what_is_not_done_is_overdue_since_it_was_due_first() {
        let at = |second| Timestamp::from_second(second).unwrap();
        let mut ledger = Ledger::default();

        for (due, now) in [(Some(10), 12), (Some(13), 13), (Some(15), 15), (None, 16)] {
            ledger.run_ended(false, due.map(at), at(now));
            assert_eq!(ledger.overdue_since, Some(at(10)));
        }
        ledger.run_ended(true, Some(at(20)), at(20));
        assert_eq!(ledger.overdue_since, None);
        ledger.run_ended(false, Some(at(40)), at(30));
        assert_eq!(ledger.overdue_since, Some(at(30)), "woken before it was due");
    }

    /// ALL-05: after a time-out Brivo is read back, and only then decided.
    #[test]
    fn a_change_that_did_not_come_about_is_still_to_be_made() {
        let mut ledger = AccountLedger { groups: groups(&[1]), ..AccountLedger::default() };

        let came_about = ledger.groups_read_back((&groups(&[3]), &groups(&[1])), &groups(&[1]));

        assert!(!came_about);
        assert_eq!(ledger.groups, groups(&[1]));
    }

    /// INV-4, ALL-05: what shows of a change that was not made was done by hand, and is not ours to take away.
    #[test]
    fn a_change_that_shows_in_part_was_not_made() {
        let mut ledger = AccountLedger { groups: groups(&[1, 2]), ..AccountLedger::default() };

        let came_about = ledger.groups_read_back((&groups(&[3, 4]), &groups(&[1, 2])), &groups(&[2, 4]));

        assert!(!came_about);
        assert_eq!((ledger.groups, ledger.foreign_groups), (groups(&[2]), 1));
    }

    #[test]
    fn a_group_taken_away_by_hand_is_not_silently_added_again() {
        let mut ledger = AccountLedger { groups: groups(&[1, 2]), ..AccountLedger::default() };

        ledger.groups_shown((&groups(&[3]), &groups(&[])), &groups(&[2, 3]));

        assert_eq!(ledger.groups, groups(&[1, 2, 3]));
    }

    #[test]
    fn every_look_at_brivo_says_what_was_taken_away_by_hand() {
        let by_hand = ByHand { added: groups(&[3, 4]), taken: groups(&[1]) };
        let mut ledger = AccountLedger { groups: groups(&[1, 2]), by_hand, ..AccountLedger::default() };

        ledger.groups_shown((&groups(&[3]), &groups(&[1])), &groups(&[3, 4]));

        assert_eq!(ledger.by_hand, ByHand { added: groups(&[4]), taken: groups(&[2]) });
    }
}
