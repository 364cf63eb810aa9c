//! What staff changed by hand in groups whose policy is to undo it: undone in time, and never for a crowd without approval.
//! INV-2, INV-4 and INV-9, and B10 of the behaviours.

use std::collections::{BTreeMap, BTreeSet};

use domain::{AccountId, ExternalId, MemberKey, ledger::AccountLedger, plan::Write};
use futures::FutureExt as _;
use jiff::{SignedDuration, Timestamp};
use simulators::brivo::{GroupId, UserId};
use state::{MemoryStore, Store as _};

use crate::{
    account::Account,
    chapters::Chapter,
    outage,
    setting::{Drift, account_name},
    stage::{Failure, Operator, World},
    writes::OFF,
};

/// How long it may take until a hand edit is undone: an hour to the next reading, one more if that finds the person in the
/// midst of a run, and the minute of INV-1 with clocks and calls for the reading itself and the run it starts.
const UNDONE: SignedDuration = SignedDuration::from_secs(2 * 3600 + 75);

/// So many people may be taken out at once without approval: B2. A tenth of all is less in every world here.
const FEW: usize = 5;

/// An edit by hand.
#[derive(Clone, Copy, Debug)]
pub(crate) struct HandEdit {
    pub(crate) at: Timestamp,
    /// Since when it may be undone: there were few of them, or somebody has seen the list.
    pub(crate) allowed: Option<Timestamp>,
    /// Somebody approved it, which may have been stored though no answer came back.
    pub(crate) asked: bool,
    /// Since when it has to be undone however many there are.
    pub(crate) approved: Option<Timestamp>,
}

impl HandEdit {
    pub(crate) fn at(at: Timestamp) -> Self {
        Self { at, allowed: None, asked: false, approved: None }
    }
}

impl Account {
    pub(crate) fn is_in(&self, user: UserId, group: u64) -> bool {
        self.model.members_of(GroupId(group)).contains(&user)
    }

    pub(crate) fn has_pass(&self, user: UserId) -> bool {
        self.model.has_mobile_pass(user)
    }
}

impl World {
    /// Counts the people whom nothing but a hand edit explains: at each edit, when a reading begins, and when a user is deleted.
    pub(crate) fn count_hand_edits(&mut self, now: Timestamp, store: &MemoryStore) {
        for index in 0..self.accounts.len() {
            self.leave_to_staff(index, now, store);
            self.take_from_staff(index, store);
            let mut sure = self.unexplained(index, now, true);
            sure.retain(|(user, group)| !self.taken_for_ours(index, *user, store).contains(group));
            let (sure, most) = (people(&sure), people(&self.unexplained(index, now, false)));
            let Some(account) = self.accounts.get_mut(index) else { continue };
            if sure.len() <= FEW {
                account.put_by_hand.values_mut().for_each(|edit| _ = edit.allowed.get_or_insert(now));
            }
            if most.len() > FEW {
                account.many_at = Some(now);
            }
        }
    }

    /// A change of groups of which nobody knows whether it was made, and which shows in part because staff edited one of its
    /// groups: nobody can tell who put the user in the others, so that they stand as if staff had.
    fn leave_to_staff(&mut self, index: usize, now: Timestamp, store: &MemoryStore) {
        for user in self.users(index) {
            let Some((add, remove)) = self.ledger(index, user, store).and_then(|ledger| begun(&ledger)) else {
                continue;
            };
            let Some(account) = self.accounts.get_mut(index) else { return };
            let (shown, missing): (Vec<u64>, Vec<u64>) = add.iter().partition(|group| account.is_in(user, **group));
            let shows_whole = missing.is_empty() && !remove.iter().any(|group| account.is_in(user, *group));
            for group in shown.into_iter().filter(|_| !shows_whole) {
                if account.ours.remove(&(user, group)) {
                    account.put_by_hand.insert((user, group), HandEdit::at(now));
                }
            }
        }
    }

    /// A user of whom the engine has asked and not heard yet is found by our reference, and its groups are ours then: nobody can tell
    /// whether a ledger was lost.
    fn take_from_staff(&mut self, index: usize, store: &MemoryStore) {
        for user in self.users(index) {
            let pending = self.ledger(index, user, store).and_then(|ledger| ledger.pending);
            if !pending.is_some_and(|pending| matches!(pending.write, Write::CreateUser { .. })) {
                continue;
            }
            let Some(account) = self.accounts.get_mut(index) else { return };
            let (ours, staffs): (BTreeMap<_, _>, BTreeMap<_, _>) =
                std::mem::take(&mut account.put_by_hand).into_iter().partition(|((whose, _), _)| *whose == user);
            account.put_by_hand = staffs;
            account.ours.extend(ours.into_keys());
        }
    }

    /// Groups that the ledger has as ours, or as about to be.
    fn taken_for_ours(&self, index: usize, user: UserId, store: &MemoryStore) -> BTreeSet<u64> {
        let Some(ledger) = self.ledger(index, user, store) else { return BTreeSet::new() };
        let about_to = begun(&ledger).map(|(add, _)| add).unwrap_or_default();
        numbers(&ledger.groups).chain(about_to).collect()
    }

    fn ledger(&self, index: usize, user: UserId, store: &MemoryStore) -> Option<AccountLedger> {
        let person = self.accounts.get(index)?.person(user)?;
        let key = MemberKey::of_external_id(&ExternalId::new(person))?;
        let items = store.member(&key).now_or_never()?.ok()?;
        items.ledger.accounts.get(&AccountId::new(account_name(index))).cloned()
    }

    fn users(&self, index: usize) -> Vec<UserId> {
        let standings = self.accounts.get(index).map(|account| account.model.standings()).unwrap_or_default();
        standings.iter().map(|standing| standing.user).collect()
    }

    /// Where staff alone put people; with `sure`, only where that is certain.
    fn unexplained(&self, index: usize, now: Timestamp, sure: bool) -> BTreeSet<(UserId, u64)> {
        let Some(account) = self.accounts.get(index) else { return BTreeSet::new() };
        let Some(operator) = self.operators.get(account.tenant) else { return BTreeSet::new() };
        if account.put_by_hand.is_empty() {
            return BTreeSet::new();
        }
        let strange = account.put_by_hand.iter().filter(|((user, group), edit)| {
            let undone = operator.tenant.drift_of(*group) == Drift::Revert && account.is_in(*user, *group);
            let explained = match account.person(*user).map(|person| self.windows_of(&person)) {
                None => false,
                Some(None) => sure,
                Some(Some(windows)) => {
                    let mut here = windows.iter().filter(|window| window.group == *group);
                    let clocks = [now - OFF, now + OFF];
                    if sure {
                        here.any(|window| clocks.iter().any(|clock| window.covers(*clock)))
                    } else {
                        here.any(|window| clocks.iter().all(|clock| window.covers(*clock)))
                    }
                }
            };
            undone && !explained && edit.approved.is_none() && !(sure && edit.asked)
        });
        strange.map(|(place, _)| *place).collect()
    }

    /// INV-4, INV-9: why a group that is not ours may not be taken away from a user, if it may not.
    pub(crate) fn is_not_to_be_undone(
        &self,
        account: &Account,
        place: (UserId, u64),
    ) -> Option<(&'static str, String)> {
        let drift = self.operators.get(account.tenant).map(|operator| operator.tenant.drift_of(place.1));
        match account.put_by_hand.get(&place) {
            Some(edit) if drift == Some(Drift::Revert) => {
                let waits = edit.allowed.or(edit.approved).is_none();
                waits.then(|| ("INV-9", format!("undoes one of many hand edits of group {} unasked", place.1)))
            }
            Some(_) | None => Some(("INV-4", format!("takes away group {}, which is not ours", place.1))),
        }
    }

    /// The first hand edit that should be undone by now, and when the next should.
    pub(crate) fn late_hand_edit(&self, now: Timestamp) -> (Option<Failure>, Option<Timestamp>) {
        let (mut failure, mut next): (Option<Failure>, Option<Timestamp>) = (None, None);
        if !self.chapters.has(Chapter::Readings) {
            return (failure, next);
        }
        for (index, account) in self.accounts.iter().enumerate() {
            if account.disconnected || account.hand_edits().next().is_none() {
                continue;
            }
            let Some(operator) = self.operators.get(account.tenant) else { continue };
            let crowded = people(&self.unexplained(index, now, false)).len() > FEW;
            for (place, edit, was_put) in account.hand_edits() {
                if account.gone.contains(&place.1)
                    || operator.tenant.drift_of(place.1) != Drift::Revert
                    || (was_put && crowded && edit.approved.is_none())
                {
                    continue;
                }
                let Some(since) = self.stands_since(operator, account, (place, was_put), now) else { continue };
                let delays = [
                    Some(edit.at),
                    edit.allowed,
                    edit.approved,
                    account.many_at,
                    outage::over_at(&account.outages, now),
                ];
                let delays = delays.into_iter().chain([account.back_at, self.watch.trouble_at(), self.watch.unread_at]);
                let deadline = delays.flatten().fold(since, Timestamp::max) + UNDONE;
                if deadline <= now {
                    failure.get_or_insert_with(|| not_undone(account, place, was_put, now));
                }
                next = Some(next.map_or(deadline, |next| next.min(deadline)));
            }
        }
        (failure, next.filter(|next| *next > now))
    }

    /// Since when a hand edit makes a difference that facts do not explain; `None` if it makes none, or nobody can tell.
    fn stands_since(
        &self,
        operator: &Operator,
        account: &Account,
        ((user, group), was_put): ((UserId, u64), bool),
        now: Timestamp,
    ) -> Option<Timestamp> {
        let is_in = account.is_in(user, group);
        let Some(person) = account.person(user) else { return (was_put && is_in).then_some(Timestamp::MIN) };
        if !operator.people.iter().any(|known| operator.key(known) == person) {
            return None;
        }
        let windows = self.windows_of(&person)?;
        let here = || windows.iter().filter(|window| window.group == group);
        let open = here().filter(|window| window.covers(now)).map(|window| window.from).min();
        match (was_put, is_in, open) {
            (true, true, None) => Some(
                here().filter_map(|window| window.until).filter(|until| *until <= now).max().unwrap_or(Timestamp::MIN),
            ),
            (false, false, Some(from)) if !account.is_full(&person) => {
                Some(from.max(account.has_room_since(&account.shown(&person), false)))
            }
            _ => None,
        }
    }
}

fn people(places: &BTreeSet<(UserId, u64)>) -> BTreeSet<UserId> {
    places.iter().map(|(user, _)| *user).collect()
}

/// What a change of groups that was begun adds and removes.
fn begun(ledger: &AccountLedger) -> Option<(BTreeSet<u64>, BTreeSet<u64>)> {
    let Write::ChangeGroups { add, remove } = &ledger.pending.as_ref()?.write else { return None };
    Some((numbers(add).collect(), numbers(remove).collect()))
}

fn numbers(groups: &BTreeSet<domain::GroupId>) -> impl Iterator<Item = u64> {
    groups.iter().map(|group| group.0.unsigned_abs())
}

fn not_undone(account: &Account, (user, group): (UserId, u64), was_put: bool, at: Timestamp) -> Failure {
    let what = if was_put { "put into" } else { "taken out of" };
    Failure {
        invariant: if was_put { "INV-1" } else { "INV-2" },
        what: format!("user {} was {what} group {group} by hand, which is not undone", user.0),
        person: account.person(user),
        at,
    }
}
