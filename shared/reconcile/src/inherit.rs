//! Two persons who turned out to be one: the first one's Brivo users go on as the second's.
//!
//! A guest becomes a member, or a member is removed while invited. Both persons' leases are held while a user changes hands,
//! so that never both of them make one; the ledger of the heir is stored before the other's forgets the user.

use std::collections::BTreeMap;

use domain::{
    AccountId, MemberId, MemberKey,
    ledger::Ledger,
    pace::{Need, Urgency},
    plan::{Plan, Write},
};
use jiff::Timestamp;
use runtime::Services;
use state::{Lease, Leased, Release};

use crate::{
    identity::settle_doubts,
    outcome::{ReconcileError, Trouble},
    run::Run,
    stranger::NotWritten,
    wake,
};

/// What kept a person from taking over.
#[derive(Debug, Default)]
pub(crate) struct Inherited {
    /// Another run: nothing can be done before it ends.
    pub(crate) busy: Option<Trouble>,
    /// In which accounts a user could not change hands; the others do not wait for it.
    pub(crate) accounts: BTreeMap<AccountId, Trouble>,
}

impl Run<'_> {
    /// Takes over from everyone who turned out to be this person; answers what kept it from that. First of all it is asked
    /// whose the tokens are where that is in doubt.
    pub(crate) async fn inherit(&mut self) -> Result<Inherited, ReconcileError> {
        let mut inherited = Inherited::default();
        settle_doubts(self.services, &self.gathered.tenant).await;
        for from in self.gathered.inherits_from.clone() {
            let key = MemberKey { tenant: self.lease.member.tenant.clone(), member: from.clone() };
            let terms = self.services.process.lease_terms(self.services.clock.now());
            let theirs = match self.services.store.lease(&key, &terms).await? {
                Leased::Granted(lease) => lease,
                Leased::Held { .. } => return Ok(Inherited { busy: Some(Trouble::Busy(from)), ..inherited }),
            };
            if self.services.store.member(&key).await?.inherits_from.is_empty() {
                inherited.accounts.append(&mut self.inherit_from(&theirs).await?);
            } else {
                // They take over first from those whom they turned out to be.
                self.services.store.release(&theirs).await?;
                wake::wake_at(self.services, &key, self.now, self.now).await;
                return Ok(Inherited { busy: Some(Trouble::Busy(from)), ..inherited });
            }
        }
        Ok(inherited)
    }

    /// Takes their users over, account by account; those of accounts that the document does not have any more stay theirs.
    async fn inherit_from(&mut self, theirs: &Lease) -> Result<BTreeMap<AccountId, Trouble>, ReconcileError> {
        let from = &theirs.member.member;
        let connected =
            |account: &AccountId| self.gathered.rules.tenant().accounts.iter().any(|known| known.id == *account);
        let theirs_here: Vec<AccountId> = theirs.ledger.accounts.keys().filter(|id| connected(id)).cloned().collect();
        let mut rest = theirs.ledger.clone();
        let mut troubles = BTreeMap::new();
        for account in theirs_here {
            let known = rest.account(&account).clone();
            let trouble = if known.pending.is_some() {
                // What they began is theirs to end.
                Some(Trouble::Busy(from.clone()))
            } else if known.user.is_some() {
                self.take_user_over(&account, &theirs.ledger).await?
            } else {
                None
            };
            match trouble {
                Some(trouble) => drop(troubles.insert(account, trouble)),
                None if self.ledger.account(&account).user == known.user => drop(rest.accounts.remove(&account)),
                None => {}
            }
        }
        self.remember_so_far().await?;
        let taken_over_by = troubles.is_empty().then(|| self.lease.member.member.clone());
        // Their run wakes this person, so it is started for what it can do alone, or the two would wake each other for ever.
        let has_work = troubles.is_empty() || rest.accounts.values().any(|account| account.pending.is_some());
        let due = if has_work { Some(self.now) } else { theirs.due };
        let release = Release { ledger: rest, due, taken_over_by, ..Release::default() };
        self.services.store.finish(theirs, &release).await?;
        if has_work {
            wake::wake_at(self.services, &theirs.member, self.now, self.now).await;
        }
        tracing::info!(
            member.id = %self.lease.member, from.id = %from, whole = troubles.is_empty(),
            "went on with a person's brivo users"
        );
        Ok(troubles)
    }

    /// Puts our reference on their user, unless the person has one here already.
    async fn take_user_over(
        &mut self,
        account: &AccountId,
        theirs: &Ledger,
    ) -> Result<Option<Trouble>, ReconcileError> {
        let brivo = |error| Ok(Some(Trouble::Brivo { account: account.clone(), error }));
        // Looked for, and given our reference.
        let need = Need { urgency: Urgency::Grant, calls: 2 };
        let session = match self.session(account, need).await? {
            Ok(session) => session,
            Err(trouble) => return Ok(Some(trouble)),
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
        match self.write_alone(&session, account, &write).await? {
            Ok(()) => Ok(None),
            Err(NotWritten::Busy(busy)) => Ok(Some(busy)),
            Err(NotWritten::Brivo(brivo::BrivoError::NotFound)) => {
                // Somebody deleted the user: there is nothing to go on with.
                self.close(account, state::AuditOutcome::Failed, Some(&brivo::BrivoError::NotFound));
                Ok(None)
            }
            Err(NotWritten::Brivo(error)) => brivo(error),
        }
    }

    /// Ends what was begun for a person who turned out to be another; answers what kept it from that.
    pub(crate) async fn end_what_was_begun(&mut self) -> Result<BTreeMap<AccountId, Trouble>, ReconcileError> {
        let begun = self.ledger.accounts.iter().filter(|(_, account)| account.pending.is_some());
        let begun: Vec<AccountId> = begun.map(|(id, _)| id.clone()).collect();
        let mut troubles = BTreeMap::new();
        for account in begun {
            let need = self.need(&account, &Plan::default());
            let trouble = match self.session(&account, need).await? {
                Ok(session) => match self.settle(&session, &account).await {
                    Ok(()) => continue,
                    Err(error) => Trouble::Brivo { account: account.clone(), error },
                },
                Err(trouble) => trouble,
            };
            troubles.insert(account, trouble);
        }
        Ok(troubles)
    }
}

/// Wakes those as whom a person goes on.
pub(crate) async fn wake_heirs(services: &Services, member: &MemberKey, heirs: &[MemberId], now: Timestamp) {
    for heir in heirs {
        let heir = MemberKey { tenant: member.tenant.clone(), member: heir.clone() };
        wake::wake_at(services, &heir, now, now).await;
    }
}
