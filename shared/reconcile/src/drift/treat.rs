//! Looks at one person again, under the lease, and remembers what is to be told or undone.

use std::collections::BTreeSet;

use brivo::BrivoError;
use domain::{
    BrivoUserId, GroupId, MemberKey,
    drift::{Scope, Treatment},
    ledger::{AccountLedger, Ledger},
    wake::CLOCKS_APART,
};
use state::{Lease, Leased, Release, Released, StoreError, SyncRecord, SyncStage};

use super::{
    Cut, Pass,
    compare::{Found, Suspect},
};
use crate::{pace::Session, wake};

/// What became of somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Treated {
    /// There is nothing any more.
    Nothing,
    /// It is told.
    Told,
    /// It is undone by the next run.
    Undone,
    /// Somebody else is at it.
    NextTime,
}

impl Pass<'_> {
    /// Treats everyone who was found, one by one.
    pub(super) async fn treat(&self, session: &Session, found: Found, sync: &mut SyncRecord) -> Result<(), Cut> {
        let Found { scope, suspects, .. } = found;
        for suspect in suspects {
            self.in_time(SyncStage::Groups)?;
            let waits = |group| {
                sync.staged.as_ref().is_some_and(|(list, _)| list.holds_back(group, suspect.user, &sync.approved))
            };
            let treated = self.treat_one(session, &scope, &suspect, waits).await?;
            let count = match treated {
                Treated::Nothing => continue,
                Treated::Told => &mut sync.found.reported,
                Treated::Undone => &mut sync.found.reverted,
                Treated::NextTime => &mut sync.found.left,
            };
            *count = count.saturating_add(1);
        }
        Ok(())
    }

    async fn treat_one(
        &self,
        session: &Session,
        scope: &Scope,
        suspect: &Suspect,
        waits: impl Fn(GroupId) -> bool,
    ) -> Result<Treated, Cut> {
        if suspect.is_unknown && suspect.undone.iter().all(|group| waits(*group)) {
            return Ok(Treated::Told);
        }
        let now = self.services.clock.now();
        let lease = match self.services.store.lease(&suspect.key, &self.services.process.lease_terms(now)).await? {
            Leased::Granted(lease) => lease,
            Leased::Held { .. } => return Ok(Treated::NextTime),
        };
        let answer = self.treat_leased(session, scope, (suspect, &lease), waits).await;
        if answer.is_err()
            && let Err(error) = self.services.store.release(&lease).await
        {
            tracing::debug!(member.id = %lease.member, error = %error, "a lease stands until it runs out");
        }
        answer
    }

    async fn treat_leased(
        &self,
        session: &Session,
        scope: &Scope,
        (suspect, lease): (&Suspect, &Lease),
        waits: impl Fn(GroupId) -> bool,
    ) -> Result<Treated, Cut> {
        // Whoever links a user holds the stranger's lease, so this is looked at under it.
        if suspect.is_unknown && !self.is_nobody_of_ours(session, suspect.user).await? {
            return self.remember(lease, lease.ledger.clone(), Treated::NextTime).await;
        }
        let mut ledger = lease.ledger.clone();
        let known = ledger.account(self.account);
        if known.user.is_none() && known.pending.is_none() && suspect.is_unknown {
            *known = AccountLedger { user: Some(suspect.user), stranger: true, ..AccountLedger::default() };
        }
        if known.pending.is_some() || known.user != Some(suspect.user) {
            return self.remember(lease, lease.ledger.clone(), Treated::NextTime).await;
        }
        let shown = self.groups_of(session, suspect.user).await?;
        let due = self.due_now(suspect).await?;
        let found = scope.by_hand(&known.groups, &due, shown.as_ref().unwrap_or(&BTreeSet::new()));
        let treatment = scope.treatment(&found, waits);
        let treated = match (treatment.revert.is_empty(), treatment.report.is_empty()) {
            (false, _) => Treated::Undone,
            (true, false) => Treated::Told,
            (true, true) => Treated::Nothing,
        };
        if treatment.report != known.by_hand || !treatment.revert.is_empty() {
            self.log(&suspect.key, suspect.user, &treatment);
        }
        let is_nobody = known.stranger;
        match &shown {
            Some(shown) => known.treated(treatment, shown),
            // Whether the user is made again is a matter of the groups it was in.
            None if treated == Treated::Undone => known.user_gone(),
            None => known.by_hand = treatment.report,
        }
        // A stranger is forgotten once in no group of ours.
        if is_nobody && (shown.is_none() || known.groups.is_empty()) {
            ledger.accounts.remove(self.account);
        }
        self.remember(lease, ledger, treated).await
    }

    async fn remember(&self, lease: &Lease, ledger: Ledger, treated: Treated) -> Result<Treated, Cut> {
        let now = self.services.clock.now();
        let due = if treated == Treated::Undone { Some(now) } else { lease.due };
        let release = Release { ledger, due, ..Release::default() };
        let wake_at = match self.services.store.finish(lease, &release).await? {
            Released::Done => due,
            Released::FactsChanged => Some(now),
        };
        // A message that came meanwhile found the lease taken.
        if let Some(at) = wake_at.filter(|at| at.duration_since(now) <= CLOCKS_APART) {
            wake::wake_at(self.services, &lease.member, at, now).await;
        }
        Ok(treated)
    }

    /// Whether a user in our groups is really a stranger: lists may leave the reference out, the user itself does not.
    async fn is_nobody_of_ours(&self, session: &Session, user: BrivoUserId) -> Result<bool, Cut> {
        let work = |brivo: brivo::Client, token| async move { brivo.user(&token, user).await };
        let found = match session.call(work).await {
            Ok(found) => found,
            Err(BrivoError::NotFound) => return Ok(false),
            Err(error) => return Err(error.into()),
        };
        let key = found.external_id.as_ref().and_then(MemberKey::of_external_id);
        match key.filter(|key| key.tenant == *self.tenant_id()) {
            // What is due to one whose ledger was lost is a matter of the next run.
            Some(key) => Ok(self.due_of_unknown(&key).await?.is_some_and(|due| due.is_empty())),
            None => Ok(true),
        }
    }

    async fn groups_of(&self, session: &Session, user: BrivoUserId) -> Result<Option<BTreeSet<GroupId>>, Cut> {
        let work = |brivo: brivo::Client, token| async move { brivo.groups_of(&token, user).await };
        match session.call(work).await {
            Ok(groups) => Ok(Some(groups)),
            Err(BrivoError::NotFound) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    async fn due_now(&self, suspect: &Suspect) -> Result<BTreeSet<GroupId>, StoreError> {
        let items = self.services.store.member(&suspect.key).await?;
        self.due(&suspect.key, &items, self.services.clock.now()).await
    }

    fn log(&self, member: &MemberKey, user: BrivoUserId, treatment: &Treatment) {
        let Treatment { report, revert } = treatment;
        if !revert.is_empty() {
            tracing::warn!(
                member.id = %member, account.id = %self.account, brivo_user.id = %user,
                added = ?ids(&revert.added), taken = ?ids(&revert.taken), "groups were changed by hand; it is undone"
            );
        }
        if !report.is_empty() {
            tracing::info!(
                member.id = %member, account.id = %self.account, brivo_user.id = %user,
                added = ?ids(&report.added), taken = ?ids(&report.taken), "groups were changed by hand; it is left so"
            );
        }
    }
}

fn ids(groups: &BTreeSet<GroupId>) -> Vec<i64> {
    groups.iter().map(|group| group.0).collect()
}
