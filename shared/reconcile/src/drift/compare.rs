//! Compares who is in the managed groups with every ledger.

use std::collections::{BTreeMap, BTreeSet};

use domain::{
    AccountId, BrivoUserId, GroupId, MemberKey,
    access::desired,
    breaker::all_reasons,
    drift::{Scope, Strangers},
    ledger::{AccountLedger, Ledger},
    plan::Write,
};
use futures::{StreamExt, TryStreamExt, stream};
use jiff::Timestamp;
use state::{MemberItems, StoreError, SyncFound, SyncStage};

use super::{
    Cut, Pass,
    read::{InGroups, Listed},
};
use crate::gather::facts;

/// How many members are read side by side.
const SIDE_BY_SIDE: usize = 16;

/// Everyone whose groups differ from what we know.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) scope: Scope,
    pub(super) strangers: Strangers,
    pub(super) suspects: Vec<Suspect>,
    /// People who are told of without another look.
    reported: usize,
}

/// Somebody who is to be looked at again.
#[derive(Debug)]
pub(super) struct Suspect {
    pub(super) key: MemberKey,
    pub(super) user: BrivoUserId,
    /// Whether no ledger knows the user.
    pub(super) is_unknown: bool,
    /// Groups that somebody put the user into and that are to be undone.
    pub(super) undone: BTreeSet<GroupId>,
}

/// A member whose ledger is not what Brivo shows, as all that lies with the member was read after.
#[derive(Debug)]
struct Doubtful {
    key: MemberKey,
    user: BrivoUserId,
    shown: BTreeSet<GroupId>,
    items: MemberItems,
}

impl Found {
    pub(super) fn told(&self) -> SyncFound {
        let Scope { groups, missing, unmarked, names } = &self.scope;
        SyncFound {
            groups: groups.len(),
            missing: missing.clone(),
            unmarked: unmarked.clone(),
            names: names.clone(),
            reported: self.reported,
            ..SyncFound::default()
        }
    }
}

impl Pass<'_> {
    /// Goes over all members, then over those in the groups who are none of them.
    pub(super) async fn compare(&self, listed: Listed) -> Result<Found, Cut> {
        let Listed { scope, mut users, sizes } = listed;
        let everyone = users.len();
        let mut found =
            Found { scope, strangers: Strangers::among(sizes, everyone), suspects: Vec::new(), reported: 0 };
        let mut after = None;
        loop {
            let now = self.in_time(SyncStage::Groups)?;
            let page = self.services.store.members(self.tenant_id(), after.as_ref()).await?;
            let Some(last) = page.last().cloned() else { break };
            let ledgers = self.services.store.ledgers(self.tenant_id(), &page).await?;
            let read = ledgers.iter().filter_map(|(member, ledger)| {
                let (user, shown) = self.if_doubtful(&found.scope, &mut users, ledger)?;
                let key = MemberKey { tenant: self.tenant_id().clone(), member: member.clone() };
                Some(async move {
                    let items = self.services.store.member(&key).await?;
                    Ok::<_, StoreError>(Doubtful { key, user, shown, items })
                })
            });
            let read: Vec<_> = read.collect();
            let mut read = stream::iter(read).buffered(SIDE_BY_SIDE);
            while let Some(doubtful) = read.try_next().await? {
                self.compare_member(&mut found, doubtful, now).await?;
            }
            after = Some(last);
        }
        for (user, in_groups) in users {
            self.compare_other(&mut found, user, in_groups).await?;
        }
        Ok(found)
    }

    /// The user of a ledger that is not what Brivo shows, or has something to be tidied, and what Brivo shows. Of most members the
    /// ledger is all that is ever read. Nobody else stands for the user.
    fn if_doubtful(
        &self,
        scope: &Scope,
        users: &mut BTreeMap<BrivoUserId, InGroups>,
        ledger: &Ledger,
    ) -> Option<(BrivoUserId, BTreeSet<GroupId>)> {
        let account = ledger.accounts.get(self.account)?;
        let user = account.user?;
        let shown = users.remove(&user).map(|user| user.groups).unwrap_or_default();
        let agrees = scope.by_hand(&account.groups, &BTreeSet::new(), &shown).is_empty();
        let is_clear = agrees && account.pending.is_none() && !is_to_be_tidied(account);
        (!is_clear).then_some((user, shown))
    }

    async fn compare_member(&self, found: &mut Found, doubtful: Doubtful, now: Timestamp) -> Result<(), StoreError> {
        let Doubtful { key, user, shown, items } = doubtful;
        let account = items.ledger.accounts.get(self.account);
        // Who has another user by now is looked at the next time.
        let Some(account) = account.filter(|account| account.user == Some(user)) else { return Ok(()) };
        if let Some(pending) = &account.pending {
            // What is being written shows the next time; whom staff put there counts already.
            let mut held = account.groups.clone();
            if let Write::ChangeGroups { add, .. } = &pending.write {
                held.extend(add);
            }
            let due = self.due(&key, &items, now).await?;
            let added = found.scope.by_hand(&held, &due, &shown).added;
            found.strangers.count(user, &found.scope.reverted(&added));
            return Ok(());
        }
        let differs = found.scope.by_hand(&account.groups, &BTreeSet::new(), &shown);
        if differs.is_empty() && !is_to_be_tidied(account) {
            return Ok(());
        }
        let due = self.due(&key, &items, now).await?;
        let differs = found.scope.by_hand(&account.groups, &due, &shown);
        let treatment = found.scope.treatment(&differs, |_| false);
        // What is only told and was told before is not looked at again.
        if treatment.revert.is_empty() && treatment.report == account.by_hand && !is_spent(account) {
            found.reported = found.reported.saturating_add(usize::from(!differs.is_empty()));
            return Ok(());
        }
        found.strangers.count(user, &treatment.revert.added);
        found.suspects.push(Suspect { key, user, is_unknown: false, undone: treatment.revert.added });
        Ok(())
    }

    /// Somebody in managed groups whom no ledger knows. Under our reference it may be one whose ledger is being written, or
    /// was lost; then what is due is theirs.
    async fn compare_other(&self, found: &mut Found, user: BrivoUserId, listed: InGroups) -> Result<(), StoreError> {
        let mut undone = found.scope.reverted(&listed.groups);
        if undone.is_empty() {
            found.reported = found.reported.saturating_add(1);
            return Ok(());
        }
        if let Some(key) = listed.external_id.as_ref().and_then(MemberKey::of_external_id)
            && key.tenant == *self.tenant_id()
        {
            let Some(due) = self.due_of_unknown(&key).await? else { return Ok(()) };
            undone.retain(|group| !due.contains(group));
        }
        if !undone.is_empty() {
            let key = MemberKey { tenant: self.tenant_id().clone(), member: user.stranger(self.account) };
            found.strangers.count(user, &undone);
            found.suspects.push(Suspect { key, user, is_unknown: true, undone });
        }
        Ok(())
    }

    /// What is due to a member whose ledger does not know a user here; `None` if it does by now, or soon may.
    pub(super) async fn due_of_unknown(&self, key: &MemberKey) -> Result<Option<BTreeSet<GroupId>>, StoreError> {
        let items = self.services.store.member(key).await?;
        let known = items.ledger.accounts.get(self.account);
        if known.is_some_and(|known| known.pending.is_some() || known.user.is_some()) {
            return Ok(None);
        }
        self.due(key, &items, self.services.clock.now()).await.map(Some)
    }

    /// The groups that are due to a member here.
    pub(super) async fn due(
        &self,
        key: &MemberKey,
        items: &MemberItems,
        now: Timestamp,
    ) -> Result<BTreeSet<GroupId>, StoreError> {
        let rulebooks = [Some(&self.rules), self.before.as_ref()];
        let shares = rulebooks.into_iter().flatten().any(domain::rules::Rulebook::shares_payers_memberships);
        let facts = facts(self.services, key, items, shares).await?;
        let all = all_reasons((&self.rules, self.before.as_ref()), &facts, &items.ledger);
        let account: &AccountId = self.account;
        Ok(desired(&all, account, now).group_ids())
    }
}

/// Whether the ledger says something of hand edits, or of a stranger with whom we are done.
fn is_to_be_tidied(account: &AccountLedger) -> bool {
    !account.by_hand.is_empty() || is_spent(account)
}

/// Whether this is a stranger who is in no group of ours any more.
fn is_spent(account: &AccountLedger) -> bool {
    account.stranger && account.groups.is_empty()
}
