//! One write to Brivo: remembered as begun, made, noted; and the look at Brivo when its end is not known.

use std::collections::BTreeSet;

use brivo::{BrivoError, User};
use domain::{
    AccountId, BrivoUserId, ExternalId, GroupId,
    ledger::{AccountLedger, Pending, Suspension},
    plan::Write,
    profile::Profile,
};
use state::{AuditOutcome, AuditRecord};

use crate::{outcome::ReconcileError, pace::Session, run::Run};

/// What came of asking for a user.
enum Asked {
    /// There was one with our reference.
    Found(BrivoUserId),
    Made(BrivoUserId),
}

impl Run<'_> {
    /// Makes one write. One that failed in a way that says nothing certain stays pending, for [`Self::settle`].
    pub(crate) async fn write(
        &mut self,
        session: &Session,
        account: &AccountId,
        write: &Write,
    ) -> Result<Result<(), BrivoError>, ReconcileError> {
        if *write == Write::Suspend {
            // Whoever is suspended already was suspended by somebody else, and that is not ours to lift.
            match self.is_suspended(session, account).await {
                Ok(false) => {}
                Ok(true) => {
                    let left = self.leaving;
                    let ledger = self.ledger.account(account);
                    (ledger.suspension, ledger.left) = (Suspension::Others, left);
                    return Ok(Ok(()));
                }
                Err(error) => return Ok(Err(self.gone(account, error))),
            }
        }
        let pending = self.begin(account, write);
        self.ledger.account(account).pending = Some(pending.clone());
        let begun = self.record(account, &pending, AuditOutcome::Begun, None);
        self.closed.push(begun);
        self.remember_so_far().await?;

        let answer = self.call(session, account, write).await;
        match &answer {
            Ok(()) => {
                self.close(account, AuditOutcome::Done, None);
                self.ledger.account(account).checked_at = Some(self.now);
            }
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
            Write::CreateUser { external_id, .. } => self.find(session, account, external_id).await?,
            Write::ChangeGroups { add, remove } => self.read_groups_back(session, account, (add, remove)).await?,
            Write::LinkUser { external_id, known } => {
                let linked = self.look_up(session, external_id).await?.is_some_and(|user| Some(user.id) == known.user);
                if linked {
                    self.ledger.account(account).user_linked((**known).clone());
                }
                linked
            }
            Write::Suspend => self.read_suspension_back(session, account, Suspension::Ours).await?,
            Write::Unsuspend => self.read_suspension_back(session, account, Suspension::None).await?,
            Write::DeleteUser => {
                let reference = self.lease.member.external_id();
                let is_gone = self.look_up(session, &reference).await?.is_none();
                if is_gone {
                    self.ledger.account(account).user_gone();
                }
                is_gone
            }
            Write::Invite { address, by_brivo } => {
                self.read_invitation_back(session, account, (address, *by_brivo)).await?
            }
            Write::CancelInvitation => self.read_cancellation_back(session, account).await?,
            Write::PatchProfile { profile, fields } => {
                self.read_profile_back(session, account, (profile, fields)).await?
            }
            // Doing it again does no harm, so it is simply done again.
            Write::SetPin { pin } => {
                let now = self.now;
                self.ledger.account(account).credentials.pin_unanswered(pin, now);
                false
            }
            Write::SetPinEnd { .. } | Write::ClearPin | Write::RevokePass { .. } => false,
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
                let shown = session.call(work).await?;
                let came_about = self.ledger.account(account).groups_shown((add, remove), &shown);
                if came_about {
                    Ok(())
                } else {
                    Err(BrivoError::Unreadable { expected: "list with the groups changed" })
                }
            }
            Write::PatchProfile { profile, fields } => self.patch_profile(session, account, (profile, fields)).await,
            Write::LinkUser { external_id, known } => self.link(session, account, external_id, known).await,
            Write::SetPinEnd { until } => {
                let (user, until) = (self.user(account)?, *until);
                let work = |brivo: brivo::Client, token| async move { brivo.set_pin_end(&token, user, until).await };
                let sent = session.call(work).await;
                sent.map_err(|error| self.gone(account, error))?;
                self.ledger.account(account).pin_end = until;
                Ok(())
            }
            Write::SetPin { pin } => self.set_pin(session, account, pin).await,
            Write::ClearPin => self.clear_pin(session, account).await,
            Write::Invite { address, by_brivo } => self.invite(session, account, (address, *by_brivo)).await,
            Write::CancelInvitation => self.cancel_invitation(session, account).await,
            Write::RevokePass { credential } => self.revoke_pass(session, account, *credential).await,
            Write::Suspend => self.set_suspension(session, account, Suspension::Ours).await,
            Write::Unsuspend => self.set_suspension(session, account, Suspension::None).await,
            Write::DeleteUser => {
                let user = self.user(account)?;
                let work = |brivo: brivo::Client, token| async move { brivo.delete_user(&token, user).await };
                session.call(work).await?;
                self.ledger.account(account).user_gone();
                Ok(())
            }
        }
    }

    /// Puts our reference on a user that stands for the person.
    async fn link(
        &mut self,
        session: &Session,
        account: &AccountId,
        external_id: &ExternalId,
        known: &AccountLedger,
    ) -> Result<(), BrivoError> {
        let user = known.user.ok_or(BrivoError::NotFound)?;
        let work = |brivo: brivo::Client, token| async move { brivo.set_external_id(&token, user, external_id).await };
        match session.call(work).await {
            Ok(()) => {
                self.ledger.account(account).user_linked(known.clone());
                Ok(())
            }
            Err(error) => {
                // It may be gone by now, so it is looked for anew.
                self.existing.remove(account);
                Err(error)
            }
        }
    }

    async fn set_suspension(
        &mut self,
        session: &Session,
        account: &AccountId,
        wanted: Suspension,
    ) -> Result<(), BrivoError> {
        let (user, suspended) = (self.user(account)?, wanted == Suspension::Ours);
        let work = |brivo: brivo::Client, token| async move { brivo.set_suspended(&token, user, suspended).await };
        let sent = session.call(work).await;
        sent.map_err(|error| self.gone(account, error))?;
        self.ledger.account(account).suspension = wanted;
        Ok(())
    }

    async fn is_suspended(&mut self, session: &Session, account: &AccountId) -> Result<bool, BrivoError> {
        let user = self.user(account)?;
        let work = |brivo: brivo::Client, token| async move { brivo.suspended(&token, user).await };
        session.call(work).await
    }

    async fn read_suspension_back(
        &mut self,
        session: &Session,
        account: &AccountId,
        wanted: Suspension,
    ) -> Result<bool, BrivoError> {
        match self.is_suspended(session, account).await {
            Ok(suspended) if suspended == (wanted == Suspension::Ours) => {
                self.ledger.account(account).suspension = wanted;
                Ok(true)
            }
            Ok(_) => Ok(false),
            Err(BrivoError::NotFound) => {
                self.ledger.account(account).user_gone();
                Ok(false)
            }
            Err(error) => Err(error),
        }
    }

    /// Takes note if the failure says that the user is gone.
    pub(crate) fn gone(&mut self, account: &AccountId, error: BrivoError) -> BrivoError {
        if matches!(error, BrivoError::NotFound) {
            self.ledger.account(account).user_gone();
        }
        error
    }

    /// Makes the user unless there is one with our reference: a repeat, after a doubt or with a new token, never makes a second.
    async fn create(
        &mut self,
        session: &Session,
        account: &AccountId,
        external_id: &ExternalId,
        profile: &Profile,
    ) -> Result<(), BrivoError> {
        let work = |brivo: brivo::Client, token| async move {
            if let Some(user) = brivo.user_by_external_id(&token, external_id).await? {
                return Ok(Asked::Found(user.id));
            }
            session.pay().await?;
            brivo.create_user(&token, external_id, profile).await.map(|user| Asked::Made(user.id))
        };
        match session.call(work).await? {
            Asked::Found(user) => self.take_over(session, account, user).await,
            Asked::Made(user) => {
                self.ledger.account(account).user_made(user, profile.clone(), self.now);
                // Whoever was made just now has no credentials.
                self.seen.insert(account.clone());
                Ok(())
            }
        }
    }

    /// Takes the user that bears our reference as the person's, if there is one.
    pub(crate) async fn find(
        &mut self,
        session: &Session,
        account: &AccountId,
        external_id: &ExternalId,
    ) -> Result<bool, BrivoError> {
        match self.look_up(session, external_id).await? {
            Some(user) => self.take_over(session, account, user.id).await.map(|()| true),
            None => Ok(false),
        }
    }

    async fn look_up(&self, session: &Session, external_id: &ExternalId) -> Result<Option<User>, BrivoError> {
        let work = |brivo: brivo::Client, token| async move { brivo.user_by_external_id(&token, external_id).await };
        session.call(work).await
    }

    /// Takes a user that bears our reference as the person's.
    async fn take_over(&mut self, session: &Session, account: &AccountId, user: BrivoUserId) -> Result<(), BrivoError> {
        let work = |brivo: brivo::Client, token| async move { brivo.groups_of(&token, user).await };
        let shown = session.call(work).await?;
        self.ledger.account(account).user_found(user, &shown, self.gathered.rules.managed());
        Ok(())
    }

    pub(crate) async fn read_groups_back(
        &mut self,
        session: &Session,
        account: &AccountId,
        change: (&BTreeSet<GroupId>, &BTreeSet<GroupId>),
    ) -> Result<bool, BrivoError> {
        let user = self.user(account)?;
        let work = |brivo: brivo::Client, token| async move { brivo.groups_of(&token, user).await };
        match session.call(work).await {
            Ok(shown) => Ok(self.ledger.account(account).groups_read_back(change, &shown)),
            Err(BrivoError::NotFound) => {
                self.ledger.account(account).user_gone();
                Ok(false)
            }
            Err(error) => Err(error),
        }
    }

    pub(crate) fn user(&mut self, account: &AccountId) -> Result<BrivoUserId, BrivoError> {
        self.ledger.account(account).user.ok_or(BrivoError::NotFound)
    }

    /// The write as it is remembered before it is made.
    fn begin(&mut self, account: &AccountId, write: &Write) -> Pending {
        self.begun = self.begun.saturating_add(1);
        let audit = format!("{:015}-{:010}-{:03}", self.now.as_millisecond().max(0), self.lease.fence, self.begun);
        let because = self.with_case(|case, _| case.because(account, write));
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
            Write::CreateUser { .. }
            | Write::LinkUser { .. }
            | Write::PatchProfile { .. }
            | Write::SetPinEnd { .. }
            | Write::SetPin { .. }
            | Write::ClearPin
            | Write::Invite { .. }
            | Write::CancelInvitation
            | Write::RevokePass { .. }
            | Write::Suspend
            | Write::Unsuspend
            | Write::DeleteUser => Default::default(),
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
