//! What was changed by hand in Brivo: who is in a managed group though no ledger says so, and who is not though one does.
//!
//! Policy says of each group whether that is nobody's business, told, or undone. Undoing takes away what no fact explains, so
//! it is measured first: up to a limit at once, beyond it with somebody's approval.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::{
    AccountId, BrivoUserId, GroupId,
    breaker::Loss,
    ledger::ByHand,
    policy::Drift,
    rules::Rulebook,
    tenant::{Location, Tenant},
};

/// The most people of one list: it is stored as one item, and the rest comes with the next list.
const MOST_LISTED: usize = 5000;

/// The managed groups of one account, as Brivo has them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scope {
    /// The groups that are looked into, each with what is done about hand edits.
    pub groups: BTreeMap<GroupId, Drift>,
    /// Groups that the tenant document names and Brivo does not have.
    pub missing: BTreeSet<GroupId>,
    /// Groups whose name lacks the prefix that marks managed ones.
    pub unmarked: BTreeSet<GroupId>,
    /// What the others are called.
    pub names: BTreeMap<GroupId, String>,
}

/// What is done about what was changed by hand.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Treatment {
    /// It is told.
    pub report: ByHand,
    /// It is undone.
    pub revert: ByHand,
}

impl Scope {
    /// The managed groups of an account whose groups have these names.
    ///
    /// While a change of settings waits for approval, the milder of the two says what is done.
    pub fn of(
        rules: &Rulebook,
        before: Option<&Rulebook>,
        account: &AccountId,
        names: &BTreeMap<GroupId, String>,
    ) -> Self {
        let mut scope = Self::default();
        let prefix = rules.account_policy(account).managed_prefix.as_deref().unwrap_or_default();
        for group in looked_for(rules.tenant(), account) {
            let Some(name) = names.get(&group) else {
                scope.missing.insert(group);
                continue;
            };
            if !name.starts_with(prefix) {
                scope.unmarked.insert(group);
                continue;
            }
            scope.names.insert(group, name.clone());
            let rulebooks = [Some(rules), before].into_iter().flatten();
            match rulebooks.map(|rules| rules.drift_of(account, group)).min() {
                Some(Drift::Ignore) | None => {}
                Some(drift @ (Drift::Report | Drift::Revert)) => {
                    scope.groups.insert(group, drift);
                }
            }
        }
        scope
    }

    /// Takes note that a group is gone since the groups were listed.
    pub fn is_gone(&mut self, group: GroupId) {
        if self.groups.remove(&group).is_some() {
            self.missing.insert(group);
        }
    }

    /// What was changed by hand of the groups of somebody of whom the ledger says `held` and Brivo `shown`.
    ///
    /// A group that is due is not foreign, whoever was first to add it.
    pub fn by_hand(&self, held: &BTreeSet<GroupId>, due: &BTreeSet<GroupId>, shown: &BTreeSet<GroupId>) -> ByHand {
        let is_ours = |group: &&GroupId| self.groups.contains_key(group);
        let added = shown.difference(held).filter(|group| !due.contains(group));
        ByHand {
            added: added.filter(is_ours).copied().collect(),
            taken: held.difference(shown).filter(is_ours).copied().collect(),
        }
    }

    /// What is done about it; groups that wait for approval are told meanwhile.
    pub fn treatment(&self, found: &ByHand, waits: impl Fn(GroupId) -> bool) -> Treatment {
        let reverts = |group: &GroupId| self.groups.get(group) == Some(&Drift::Revert);
        let (undone, told) = found.added.iter().partition(|group| reverts(group) && !waits(**group));
        let (again, left) = found.taken.iter().partition(|group| reverts(group));
        Treatment { revert: ByHand { added: undone, taken: again }, report: ByHand { added: told, taken: left } }
    }

    /// The groups among these that are undone.
    pub fn reverted(&self, groups: &BTreeSet<GroupId>) -> BTreeSet<GroupId> {
        groups.iter().filter(|group| self.groups.get(group) == Some(&Drift::Revert)).copied().collect()
    }
}

/// The managed groups that are looked for in an account: those of the mappings of its locations, and those that nothing puts
/// in one account.
pub fn looked_for(tenant: &Tenant, account: &AccountId) -> BTreeSet<GroupId> {
    tenant.managed().into_iter().filter(|group| accounts_of(tenant, *group).contains(account)).collect()
}

/// The accounts in which a managed group is looked for.
pub(crate) fn accounts_of(tenant: &Tenant, group: GroupId) -> BTreeSet<&AccountId> {
    let naming = tenant.mappings.iter().filter(|mapping| mapping.groups.contains(&group));
    let named: BTreeSet<&AccountId> = naming
        .flat_map(|mapping| {
            let counts = |location: &&Location| mapping.location.as_ref().is_none_or(|only| *only == location.id);
            tenant.locations.iter().filter(counts).map(|location| &location.account)
        })
        .collect();
    if named.is_empty() { tenant.accounts.iter().map(|account| &account.id).collect() } else { named }
}

/// The groups that the document names and no account has in which they are looked for, given what each account lacks.
pub fn missing_everywhere(tenant: &Tenant, missing: &BTreeMap<AccountId, BTreeSet<GroupId>>) -> BTreeSet<GroupId> {
    let is_missing = |group: &GroupId| {
        let accounts = accounts_of(tenant, *group);
        let lacks = |account: &&AccountId| missing.get(*account).is_some_and(|missing| missing.contains(group));
        !accounts.is_empty() && accounts.iter().all(lacks)
    };
    tenant.managed().into_iter().filter(is_missing).collect()
}

/// Those who would be taken out of groups that somebody put them into by hand.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Strangers {
    groups: BTreeMap<GroupId, BTreeSet<BrivoUserId>>,
    sizes: BTreeMap<GroupId, usize>,
    everyone: usize,
}

/// Who is in which group by hand.
pub type ByGroup = BTreeMap<GroupId, BTreeSet<BrivoUserId>>;

/// A list that waits for approval.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Staged {
    /// How many people, of how many in any of the account's groups.
    pub people: Loss,
    /// How many of each group.
    pub groups: BTreeMap<GroupId, Loss>,
    /// Who; where they are very many, the first of them.
    pub who: ByGroup,
}

impl Strangers {
    /// Nobody yet, in groups of these sizes that together hold so many people.
    pub fn among(sizes: BTreeMap<GroupId, usize>, everyone: usize) -> Self {
        Self { groups: BTreeMap::new(), sizes, everyone }
    }

    /// Counts a user who is in these groups by hand.
    pub fn count(&mut self, user: BrivoUserId, groups: &BTreeSet<GroupId>) {
        for group in groups {
            self.groups.entry(*group).or_default().insert(user);
        }
    }

    /// Those of them who are in `approved`.
    pub fn of(&self, approved: &ByGroup) -> ByGroup {
        let mut both: ByGroup = BTreeMap::new();
        for (group, users) in &self.groups {
            let users: BTreeSet<_> =
                approved.get(group).into_iter().flatten().filter(|user| users.contains(user)).copied().collect();
            if !users.is_empty() {
                both.insert(*group, users);
            }
        }
        both
    }

    /// What has to wait for approval, beyond what was approved before; `None` if it is little enough.
    ///
    /// If there are too many over all groups, everyone waits; if only in some groups, those who are in these.
    pub fn staged(&self, approved: &ByGroup) -> Option<Staged> {
        let is_new = |group: &GroupId, user: &BrivoUserId| !approved.get(group).is_some_and(|some| some.contains(user));
        let fresh: ByGroup = self
            .groups
            .iter()
            .map(|(group, users)| (*group, users.iter().filter(|user| is_new(group, user)).copied().collect()))
            .collect();
        let people: BTreeSet<BrivoUserId> = fresh.values().flatten().copied().collect();
        let people = Loss { holders: self.everyone, losers: people.len() };
        let loss = |group: &GroupId, users: &BTreeSet<BrivoUserId>| Loss {
            holders: self.sizes.get(group).copied().unwrap_or_default(),
            losers: users.len(),
        };
        let waits = |group: &GroupId, users: &BTreeSet<BrivoUserId>| {
            !users.is_empty() && (!people.is_allowed() || !loss(group, users).is_allowed())
        };
        let waiting: ByGroup = fresh.into_iter().filter(|(group, users)| waits(group, users)).collect();
        if waiting.is_empty() {
            return None;
        }
        let groups = waiting.iter().map(|(group, users)| (*group, loss(group, users))).collect();
        Some(Staged { people, groups, who: first_of(waiting) })
    }
}

impl Staged {
    /// Whether a user's being in a group waits for approval.
    pub fn holds_back(&self, group: GroupId, user: BrivoUserId, approved: &ByGroup) -> bool {
        self.groups.contains_key(&group) && !approved.get(&group).is_some_and(|users| users.contains(&user))
    }
}

fn first_of(waiting: ByGroup) -> ByGroup {
    let pairs = waiting.into_iter().flat_map(|(group, users)| users.into_iter().map(move |user| (group, user)));
    let mut first = ByGroup::new();
    for (group, user) in pairs.take(MOST_LISTED) {
        first.entry(group).or_default().insert(user);
    }
    first
}
