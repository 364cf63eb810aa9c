//! One run: a straight line from what is known to what is remembered.

use std::collections::BTreeMap;

use domain::{AccountId, access::next_change, facts::Member, ledger::Ledger, reasons::Reason};
use jiff::Timestamp;
use runtime::Services;
use state::{AuditRecord, Lease, Release, Released, StoreError};

use crate::{
    details,
    gather::{Gathered, gather},
    outcome::{ReconcileError, Trouble, Troubles},
    wake,
};

/// What one run works on.
pub(crate) struct Run<'a> {
    pub(crate) services: &'a Services,
    pub(crate) lease: &'a Lease,
    pub(crate) gathered: Gathered,
    pub(crate) reasons: Vec<Reason>,
    pub(crate) ledger: Ledger,
    /// Audit records that are closed but not stored yet.
    pub(crate) closed: Vec<AuditRecord>,
    /// Writes begun so far.
    pub(crate) begun: u32,
    pub(crate) now: Timestamp,
}

/// Looks at a member once, under its lease.
pub(crate) async fn run(services: &Services, lease: &Lease, now: Timestamp) -> Result<Released, ReconcileError> {
    let Some(gathered) = gather(services, &lease.member).await? else {
        tracing::info!(member.id = %lease.member, "the tenant is not there, so its member was left alone");
        let release = Release { ledger: lease.ledger.clone(), ..Release::default() };
        return Ok(services.store.finish(lease, &release).await?);
    };
    let reasons = gathered.reasons();
    let ledger = lease.ledger.clone();
    let mut run = Run { services, lease, gathered, reasons, ledger, closed: Vec::new(), begun: 0, now };
    let (troubles, member) = run.bring_in_step().await?;
    run.finish(&troubles, member).await
}

impl Run<'_> {
    fn is_enabled(&self) -> bool {
        self.gathered.tenant.tenant.enabled
    }

    /// Brings Brivo in step; answers what kept it from that, and the person if the platform told more.
    ///
    /// Whoever is in Brivo already does not wait for the platform's answer; whoever is not is made with all it tells.
    async fn bring_in_step(&mut self) -> Result<(Troubles, Option<(Member, u64)>), ReconcileError> {
        let known = self.ledger.accounts.values().any(|account| account.user.is_some());
        let mut troubles = Troubles::default();
        if self.is_enabled() && known {
            troubles.accounts = self.all_accounts(false).await?;
        }
        let details = details::fetch(self.services, &mut self.gathered).await;
        self.reasons = self.gathered.reasons();
        if self.is_enabled() && (!known || details.member.is_some()) {
            troubles.accounts = self.all_accounts(details.settled).await?;
        }
        troubles.platform = details.trouble;
        troubles.notice = self.gathered.notice();
        Ok((troubles, details.member))
    }

    async fn all_accounts(&mut self, details_settled: bool) -> Result<BTreeMap<AccountId, Trouble>, ReconcileError> {
        let mut troubles = BTreeMap::new();
        for account in self.accounts() {
            if let Some(trouble) = self.bring_account_in_step(&account, details_settled).await? {
                troubles.insert(account, trouble);
            }
        }
        Ok(troubles)
    }

    /// Remembers how the run ended and arranges the next.
    async fn finish(mut self, troubles: &Troubles, member: Option<(Member, u64)>) -> Result<Released, ReconcileError> {
        if let Some(worst) = troubles.worst() {
            tracing::warn!(member.id = %self.lease.member, error = %worst, "a member's access is not in step");
        }
        let retry = troubles.note(&mut self.ledger, self.now);
        let change = next_change(&self.reasons, self.now).filter(|_| self.is_enabled());
        let due = [retry, change].into_iter().flatten().min();
        let scheduled_at = self.ledger.scheduled_at;
        self.ledger.scheduled_at = wake::schedule(self.services, &self.lease.member, due, scheduled_at, self.now).await;

        let release = Release { ledger: self.ledger, audit: self.closed, due, member };
        let released = self.services.store.finish(self.lease, &release).await?;
        match released {
            Released::Done => wake::message(self.services, &self.lease.member, due, self.now).await,
            Released::FactsChanged => {}
        }
        Ok(released)
    }

    /// Remembers the ledger and the audit records so far, and holds the lease on.
    pub(crate) async fn remember(&mut self, begun: AuditRecord) -> Result<(), StoreError> {
        let mut audit = std::mem::take(&mut self.closed);
        audit.push(begun);
        let until = runtime::services::lease_end(self.services.clock.now());
        self.services.store.begin(self.lease, until, &self.ledger, &audit).await
    }
}
