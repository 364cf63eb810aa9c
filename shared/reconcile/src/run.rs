//! One run: a straight line from what is known to what is remembered.

use std::collections::{BTreeMap, BTreeSet};

use domain::{
    AccountId, GroupId, MemberId,
    access::next_change,
    ledger::{Ledger, Left},
    plan::Existing,
    readiness::next_check,
    tenant::Parting,
    wake::plan_wake,
};
use jiff::Timestamp;
use runtime::Services;
use state::{AuditRecord, Lease, Release, Released, StoreError};

use crate::{
    Details, details,
    gather::{Gathered, gather},
    inherit::wake_heirs,
    outcome::{ReconcileError, Trouble, Troubles},
    wake,
};

/// What one run works on.
pub(crate) struct Run<'a> {
    pub(crate) services: &'a Services,
    pub(crate) lease: &'a Lease,
    pub(crate) gathered: Gathered,
    pub(crate) ledger: Ledger,
    /// The Brivo users found to stand for the person, in the accounts that were looked at.
    pub(crate) existing: BTreeMap<AccountId, Existing>,
    /// When there is more to do in an account though no reason changes.
    pub(crate) next: BTreeMap<AccountId, Timestamp>,
    /// Accounts in which nothing is done before a user has changed hands, and what keeps it from that.
    pub(crate) held_up: BTreeMap<AccountId, Trouble>,
    /// Groups that Brivo did not know or refused in this run.
    pub(crate) refused: BTreeMap<AccountId, BTreeSet<GroupId>>,
    /// Accounts in which the person's groups were counted in this run.
    pub(crate) counted: BTreeSet<AccountId>,
    /// Accounts in which somebody looked at the person's credentials in this run.
    pub(crate) seen: BTreeSet<AccountId>,
    /// What the ledger will say of a person who is about to be suspended.
    pub(crate) leaving: Option<Left>,
    /// Audit records that are closed but not stored yet.
    pub(crate) closed: Vec<AuditRecord>,
    /// Writes begun so far.
    pub(crate) begun: u32,
    pub(crate) now: Timestamp,
}

/// Looks at a member once, under its lease.
pub(crate) async fn run(
    services: &Services,
    lease: &Lease,
    details: Details,
    now: Timestamp,
) -> Result<Released, ReconcileError> {
    let Some(gathered) = gather(services, &lease.member).await? else {
        tracing::info!(member.id = %lease.member, "the tenant is not there, so its member was left alone");
        let release = Release { ledger: lease.ledger.clone(), ..Release::default() };
        return Ok(services.store.finish(lease, &release).await?);
    };
    let mut run = Run::new(services, lease, gathered, now);
    let troubles = run.bring_in_step(details).await?;
    run.finish(&troubles).await
}

impl<'a> Run<'a> {
    pub(crate) fn new(services: &'a Services, lease: &'a Lease, gathered: Gathered, now: Timestamp) -> Self {
        Self {
            services,
            lease,
            gathered,
            ledger: lease.ledger.clone(),
            existing: BTreeMap::new(),
            next: BTreeMap::new(),
            held_up: BTreeMap::new(),
            refused: BTreeMap::new(),
            counted: BTreeSet::new(),
            seen: BTreeSet::new(),
            leaving: None,
            closed: Vec::new(),
            begun: 0,
            now,
        }
    }
}

impl Run<'_> {
    pub(crate) fn is_enabled(&self) -> bool {
        self.gathered.tenant.tenant.enabled
    }

    /// Brings Brivo in step; answers what kept it from that.
    ///
    /// Whoever is in Brivo already does not wait for the platform's answer; whoever is not is made with all it tells.
    async fn bring_in_step(&mut self, details: Details) -> Result<Troubles, ReconcileError> {
        let mut troubles = Troubles::default();
        if self.is_enabled() {
            let inherited = self.inherit().await?;
            self.held_up = inherited.accounts;
            troubles.busy = inherited.busy;
            if troubles.busy.is_none() && !self.gathered.bequeathed_to.is_empty() {
                troubles.accounts = self.end_what_was_begun().await?;
                troubles.accounts.append(&mut self.held_up);
            }
            if troubles.busy.is_some() || !self.gathered.bequeathed_to.is_empty() {
                return Ok(troubles);
            }
        }
        let known = self.ledger.accounts.values().any(|account| account.user.is_some());
        if known && self.gathered.bequeathed_to.is_empty() {
            troubles.accounts = self.all_accounts(false, BTreeMap::new()).await?;
        }
        let details = details::fetch(self.services, self.lease, &mut self.gathered, details).await?;
        if self.is_enabled() && (details.news || self.lacks_a_user()) {
            troubles.accounts = self.all_accounts(details.settled, troubles.accounts).await?;
        }
        troubles.accounts.append(&mut self.held_up);
        troubles.platform = details.trouble;
        let notices = self.gathered.notices();
        troubles.notice = (!notices.is_empty()).then(|| Trouble::Notice(notices.join("; ")));
        Ok(troubles)
    }

    /// Whether the person has no user in an account: none yet, or none any more.
    fn lacks_a_user(&self) -> bool {
        let has_user = |account| self.ledger.accounts.get(account).is_some_and(|ledger| ledger.user.is_some());
        self.with_case(|case, ledger| case.accounts(ledger)).iter().any(|account| !has_user(account))
    }

    /// Goes through the accounts; what failed in one of them `before` is not tried again in this run, nor forgotten.
    async fn all_accounts(
        &mut self,
        details_settled: bool,
        before: BTreeMap<AccountId, Trouble>,
    ) -> Result<BTreeMap<AccountId, Trouble>, ReconcileError> {
        let mut troubles = before;
        troubles.retain(|_, trouble| trouble.is_failure());
        for account in self.with_case(|case, ledger| case.accounts(ledger)) {
            let is_left_alone = self.with_case(|case, _| case.parting(&account)) == Some(Parting::Leave);
            if is_left_alone || self.held_up.contains_key(&account) || troubles.contains_key(&account) {
                continue;
            }
            if let Some(trouble) = self.bring_account_in_step(&account, details_settled).await? {
                troubles.insert(account, trouble);
            }
        }
        Ok(troubles)
    }

    /// Whether anything is done about the person at all. While the tenant is switched off nobody is let in, but whoever is in
    /// leaves when their time is over.
    fn is_watched(&self) -> bool {
        let holds_something = || self.ledger.accounts.values().any(|known| !known.groups.is_empty());
        self.gathered.bequeathed_to.is_empty() && (self.is_enabled() || holds_something())
    }

    /// When the person is to be looked at next, if all goes well.
    fn next_look(&self) -> Option<Timestamp> {
        if !self.is_watched() {
            return None;
        }
        let reasons = self.gathered.reasons(&self.ledger);
        let later = self.next.values().copied();
        let check = next_check(&reasons, self.now).filter(|_| self.is_enabled());
        later.chain(next_change(&reasons, self.now)).chain(check).min()
    }

    /// Remembers how the run ended and arranges the next.
    async fn finish(mut self, troubles: &Troubles) -> Result<Released, ReconcileError> {
        // Of some it was told once, for everybody; so it was of a spent quota.
        let is_news = |worst: &&Trouble| worst.turn().is_none() && !worst.is_everybodys();
        if let Some(worst) = troubles.worst().filter(is_news) {
            tracing::warn!(member.id = %self.lease.member, error = %worst, "a member's access is not in step");
        }
        if self.is_enabled() && self.is_watched() {
            self.raise_alarm(troubles);
        }
        let retry = troubles.note(&mut self.ledger, self.now);
        self.ledger.run_ended(!troubles.have_failed(), self.lease.due, self.now);
        let due = [retry, self.next_look()].into_iter().flatten().min();
        let plan = plan_wake(self.now, due, self.ledger.arranged);
        let member = &self.lease.member;
        self.ledger.arranged = wake::schedule(self.services, member, plan, self.ledger.arranged, self.now).await;

        let heirs: Vec<MemberId> = self.gathered.bequeathed_to.into_iter().collect();
        let release = Release { ledger: self.ledger, audit: self.closed, due, taken_over_by: None };
        let released = self.services.store.finish(self.lease, &release).await?;
        // The ledger says that it is on its way, so it is sent whatever comes next.
        if let Some(at) = plan.message_at {
            wake::wake_at(self.services, member, at, self.now).await;
        }
        // Whoever goes on as somebody else whom they have to wait for looks again by themselves.
        if released == Released::Done && !troubles.have_failed() {
            wake_heirs(self.services, member, &heirs, self.now).await;
        }
        Ok(released)
    }

    /// Remembers the ledger and the audit records so far, and holds the lease on.
    pub(crate) async fn remember_so_far(&mut self) -> Result<(), StoreError> {
        let audit = std::mem::take(&mut self.closed);
        let terms = self.services.process.lease_terms(self.services.clock.now());
        self.services.store.begin(self.lease, &terms, &self.ledger, &audit).await
    }
}
