//! Two persons who turned out to be one: the first one's Brivo users go on as the second's.
//!
//! A guest becomes a member, or a member is removed while invited. Both persons' leases are held while a user changes hands,
//! so that never both of them make one; the ledger of the heir is stored before the other's forgets the user.

use domain::{AccountId, MemberId, MemberKey, ledger::Ledger, plan::Write};
use jiff::Timestamp;
use runtime::Services;
use state::{Lease, Leased, Release};

use crate::{
    outcome::{ReconcileError, Trouble},
    run::Run,
    wake,
};

impl Run<'_> {
    /// Takes over from everyone who turned out to be this person; answers what kept it from that.
    pub(crate) async fn inherit(&mut self) -> Result<Option<Trouble>, ReconcileError> {
        for from in self.gathered.inherits_from.clone() {
            let key = MemberKey { tenant: self.lease.member.tenant.clone(), member: from.clone() };
            let terms = self.services.process.lease_terms(self.services.clock.now());
            let theirs = match self.services.store.lease(&key, &terms).await? {
                Leased::Granted(lease) => lease,
                Leased::Held { .. } => return Ok(Some(Trouble::Busy(from))),
            };
            match self.inherit_from(&theirs).await? {
                None => {}
                Some(trouble) => {
                    self.services.store.release(&theirs).await?;
                    // What they began is theirs to end.
                    wake::message(self.services, &key, Some(self.now), self.now).await;
                    return Ok(Some(trouble));
                }
            }
        }
        Ok(None)
    }

    async fn inherit_from(&mut self, theirs: &Lease) -> Result<Option<Trouble>, ReconcileError> {
        let from = &theirs.member.member;
        let has_begun = theirs.ledger.accounts.values().any(|account| account.pending.is_some());
        let inherits = || self.services.store.member(&theirs.member);
        if has_begun || !inherits().await?.inherits_from.is_empty() {
            return Ok(Some(Trouble::Busy(from.clone())));
        }
        let mut rest = theirs.ledger.clone();
        for (account, known) in &theirs.ledger.accounts {
            if known.user.is_none() {
                continue;
            }
            if let Some(trouble) = self.take_user_over(account, &theirs.ledger).await? {
                return Ok(Some(trouble));
            }
            if self.ledger.account(account).user == known.user {
                rest.accounts.remove(account);
            }
        }
        self.remember_so_far().await?;
        let me = self.lease.member.member.clone();
        let release = Release { ledger: rest, due: Some(self.now), taken_over_by: Some(me), ..Release::default() };
        self.services.store.finish(theirs, &release).await?;
        wake::message(self.services, &theirs.member, Some(self.now), self.now).await;
        tracing::info!(member.id = %self.lease.member, from.id = %from, "went on with a person's brivo users");
        Ok(None)
    }

    /// Puts our reference on their user, unless the person has one here already.
    async fn take_user_over(
        &mut self,
        account: &AccountId,
        theirs: &Ledger,
    ) -> Result<Option<Trouble>, ReconcileError> {
        let brivo = |error| Ok(Some(Trouble::Brivo { account: account.clone(), error }));
        let session = match self.services.connections.session(&self.gathered.tenant, account) {
            Ok(session) => session,
            Err(error) => return Ok(Some(error.into())),
        };
        if let Err(error) = self.settle(&session, account).await {
            return brivo(error);
        }
        let Some(known) = theirs.accounts.get(account).filter(|_| self.ledger.account(account).user.is_none()) else {
            return Ok(None);
        };
        let external_id = self.lease.member.external_id();
        match self.find(&session, account, &external_id).await {
            Ok(false) => {}
            // Brivo has a user of this person already, only the ledger did not know.
            Ok(true) => return Ok(None),
            Err(error) => return brivo(error),
        }
        let write = Write::LinkUser { external_id, known: Box::new(known.clone()) };
        match self.write(&session, account, &write).await? {
            Ok(()) => Ok(None),
            Err(brivo::BrivoError::NotFound) => {
                // Somebody deleted the user: there is nothing to go on with.
                self.close(account, state::AuditOutcome::Failed, Some(&brivo::BrivoError::NotFound));
                Ok(None)
            }
            Err(error) => brivo(error),
        }
    }

    /// Ends what was begun for a person who turned out to be another; answers what kept it from that.
    pub(crate) async fn end_what_was_begun(&mut self) -> Result<Option<Trouble>, ReconcileError> {
        let accounts: Vec<AccountId> = self.ledger.accounts.keys().cloned().collect();
        for account in accounts {
            let session = match self.services.connections.session(&self.gathered.tenant, &account) {
                Ok(session) => session,
                Err(error) => return Ok(Some(error.into())),
            };
            if let Err(error) = self.settle(&session, &account).await {
                return Ok(Some(Trouble::Brivo { account, error }));
            }
        }
        Ok(None)
    }
}

/// Wakes those as whom a person goes on.
pub(crate) async fn wake_heirs(services: &Services, member: &MemberKey, heirs: &[MemberId], now: Timestamp) {
    for heir in heirs {
        let heir = MemberKey { tenant: member.tenant.clone(), member: heir.clone() };
        wake::message(services, &heir, Some(now), now).await;
    }
}
