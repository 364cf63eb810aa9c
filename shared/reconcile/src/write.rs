//! One write to Brivo: remembered as begun, made, noted; and the look at Brivo when its end is not known.

use std::collections::BTreeSet;

use brivo::{BrivoError, Session, User};
use domain::{
    AccountId, BrivoUserId, ExternalId, GroupId, ledger::Pending, plan::Write, profile::Profile, reasons::Reason,
};
use state::{AuditOutcome, AuditRecord};

use crate::{outcome::ReconcileError, run::Run};

impl Run<'_> {
    /// Makes one write. One that failed in a way that says nothing certain stays pending, for [`Self::settle`].
    pub(crate) async fn write(
        &mut self,
        session: &Session,
        account: &AccountId,
        write: &Write,
    ) -> Result<Result<(), BrivoError>, ReconcileError> {
        let pending = self.begin(account, write);
        self.ledger.account(account).pending = Some(pending.clone());
        let begun = self.record(account, &pending, AuditOutcome::Begun, None);
        self.remember(begun).await?;

        let answer = self.call(session, account, write).await;
        match &answer {
            Ok(()) => self.close(account, AuditOutcome::Done, None),
            Err(error) if is_uncertain(error) => {}
            Err(error) => self.close(account, AuditOutcome::Failed, Some(error)),
        }
        Ok(answer)
    }

    /// Looks at Brivo if a write was begun whose end is not known, and notes what it finds.
    pub(crate) async fn settle(&mut self, session: &Session, account: &AccountId) -> Result<(), BrivoError> {
        let Some(Pending { write, .. }) = self.ledger.account(account).pending.clone() else {
            return Ok(());
        };
        let came_about = match &write {
            Write::CreateUser { external_id, .. } => match self.look_up(session, external_id).await? {
                Some(user) => self.take_over(session, account, user.id).await.map(|()| true)?,
                None => false,
            },
            Write::ChangeGroups { add, remove } => self.read_groups_back(session, account, (add, remove)).await?,
            // Sending the same fields again does no harm, so it is simply done again.
            Write::PatchProfile { .. } => false,
        };
        let outcome = if came_about { AuditOutcome::Done } else { AuditOutcome::Failed };
        self.close(account, outcome, None);
        Ok(())
    }

    async fn call(&mut self, session: &Session, account: &AccountId, write: &Write) -> Result<(), BrivoError> {
        match write {
            Write::CreateUser { external_id, profile } => self.create(session, account, external_id, profile).await,
            Write::ChangeGroups { add, remove } => {
                let user = self.user(account)?;
                let work =
                    |brivo: brivo::Client, token| async move { brivo.change_groups(&token, user, add, remove).await };
                let shown = session.call(self.now, work).await?;
                let came_about = self.ledger.account(account).groups_shown((add, remove), &shown);
                if came_about {
                    Ok(())
                } else {
                    Err(BrivoError::Unreadable { expected: "list with the groups changed" })
                }
            }
            Write::PatchProfile { profile, fields } => {
                let user = self.user(account)?;
                let work =
                    |brivo: brivo::Client, token| async move { brivo.patch_user(&token, user, profile, fields).await };
                match session.call(self.now, work).await {
                    Ok(()) => self.ledger.account(account).profile = Some(profile.clone()),
                    Err(BrivoError::NotFound) => {
                        self.ledger.account(account).user_gone();
                        return Err(BrivoError::NotFound);
                    }
                    Err(error) => return Err(error),
                }
                Ok(())
            }
        }
    }

    /// Makes the user unless there is one with our reference: a repeat after a doubt never makes a second.
    async fn create(
        &mut self,
        session: &Session,
        account: &AccountId,
        external_id: &ExternalId,
        profile: &Profile,
    ) -> Result<(), BrivoError> {
        if let Some(user) = self.look_up(session, external_id).await? {
            return self.take_over(session, account, user.id).await;
        }
        let work = |brivo: brivo::Client, token| async move { brivo.create_user(&token, external_id, profile).await };
        let user = session.call(self.now, work).await?;
        self.ledger.account(account).user_made(user.id, profile.clone());
        Ok(())
    }

    async fn look_up(&self, session: &Session, external_id: &ExternalId) -> Result<Option<User>, BrivoError> {
        let work = |brivo: brivo::Client, token| async move { brivo.user_by_external_id(&token, external_id).await };
        session.call(self.now, work).await
    }

    /// Takes a user that bears our reference as the person's.
    async fn take_over(&mut self, session: &Session, account: &AccountId, user: BrivoUserId) -> Result<(), BrivoError> {
        let work = |brivo: brivo::Client, token| async move { brivo.groups_of(&token, user).await };
        let shown = session.call(self.now, work).await?;
        let managed = self.gathered.tenant.tenant.managed();
        self.ledger.account(account).user_found(user, &shown, &managed);
        Ok(())
    }

    async fn read_groups_back(
        &mut self,
        session: &Session,
        account: &AccountId,
        change: (&BTreeSet<GroupId>, &BTreeSet<GroupId>),
    ) -> Result<bool, BrivoError> {
        let user = self.user(account)?;
        let work = |brivo: brivo::Client, token| async move { brivo.groups_of(&token, user).await };
        match session.call(self.now, work).await {
            Ok(shown) => Ok(self.ledger.account(account).groups_shown(change, &shown)),
            Err(BrivoError::NotFound) => {
                self.ledger.account(account).user_gone();
                Ok(false)
            }
            Err(error) => Err(error),
        }
    }

    fn user(&mut self, account: &AccountId) -> Result<BrivoUserId, BrivoError> {
        self.ledger.account(account).user.ok_or(BrivoError::NotFound)
    }

    /// The write as it is remembered before it is made.
    fn begin(&mut self, account: &AccountId, write: &Write) -> Pending {
        self.begun = self.begun.saturating_add(1);
        let audit = format!("{:015}-{:010}-{:03}", self.now.as_millisecond().max(0), self.lease.fence, self.begun);
        let because = because(write, account, &self.reasons, self.now);
        Pending { write: write.clone(), audit, at: self.now, because }
    }

    /// Closes the audit record of the pending write, and the write with it.
    pub(crate) fn close(&mut self, account: &AccountId, outcome: AuditOutcome, error: Option<&BrivoError>) {
        if let Some(pending) = self.ledger.account(account).pending.take() {
            let record = self.record(account, &pending, outcome, error);
            self.closed.push(record);
        }
    }

    fn record(
        &mut self,
        account: &AccountId,
        pending: &Pending,
        outcome: AuditOutcome,
        error: Option<&BrivoError>,
    ) -> AuditRecord {
        let (added, removed) = match &pending.write {
            Write::ChangeGroups { add, remove } => (add.clone(), remove.clone()),
            Write::CreateUser { .. } | Write::PatchProfile { .. } => Default::default(),
        };
        AuditRecord {
            id: pending.audit.clone(),
            at: pending.at,
            account: account.clone(),
            action: pending.write.word().to_owned(),
            brivo_user: self.ledger.account(account).user,
            added,
            removed,
            because: pending.because.clone(),
            outcome,
            error: error.map(ToString::to_string),
        }
    }
}

/// Whether a failure leaves it open what Brivo shows now.
pub(crate) fn is_uncertain(error: &BrivoError) -> bool {
    error.outcome_unknown() || matches!(error, BrivoError::NotFound | BrivoError::Rejected { .. })
}

/// Why a write is made, in ids.
fn because(write: &Write, account: &AccountId, reasons: &[Reason], now: jiff::Timestamp) -> Vec<String> {
    let of_account = reasons.iter().filter(|reason| reason.account == *account && !reason.window.is_over(now));
    match write {
        Write::CreateUser { .. } => of_account.filter(|reason| reason.prepare_from <= now).map(told).collect(),
        Write::PatchProfile { fields, .. } => vec![format!("changed: {fields:?}").to_lowercase()],
        Write::ChangeGroups { add, remove } => {
            let open = of_account.filter(|reason| reason.window.covers(now) && !reason.groups.is_disjoint(add));
            let ended = remove.iter().map(|group| format!("no open reason for group {group}"));
            open.map(told).chain(ended).collect()
        }
    }
}

fn told(reason: &Reason) -> String {
    let from = reason.window.from;
    match reason.window.until {
        Some(until) => format!("{} by {} from {from} until {until}", reason.fact, reason.mapping),
        None => format!("{} by {} from {from}", reason.fact, reason.mapping),
    }
}
