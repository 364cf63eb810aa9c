//! A user that was known as a stranger, put into a group of ours by hand, and becomes a person's.
//!
//! The stranger's next run would take a group away that the person was given meanwhile, so the stranger is forgotten first, and
//! held until our reference is on the user: whoever looks for strangers sees then that it is none.

use brivo::BrivoError;
use domain::{AccountId, MemberKey, plan::Write};
use state::{Lease, Leased};

use crate::{
    outcome::{ReconcileError, Trouble},
    pace::Session,
    run::Run,
    wake,
};

/// Why a write was not made.
#[derive(Debug)]
pub(crate) enum NotWritten {
    /// Brivo.
    Brivo(BrivoError),
    /// The run of a stranger.
    Busy(Trouble),
}

impl Run<'_> {
    /// Makes one write; nobody works on a user as on a stranger while it is linked.
    pub(crate) async fn write_alone(
        &mut self,
        session: &Session,
        account: &AccountId,
        write: &Write,
    ) -> Result<Result<(), NotWritten>, ReconcileError> {
        let stranger = match self.forget_stranger(account, write).await? {
            Ok(stranger) => stranger,
            Err(busy) => return Ok(Err(NotWritten::Busy(busy))),
        };
        let answer = self.write(session, account, write).await;
        if let Some(lease) = stranger
            && let Err(error) = self.services.store.release(&lease).await
        {
            tracing::debug!(member.id = %lease.member, error = %error, "a lease stands until it runs out");
        }
        answer.map(|answer| answer.map_err(NotWritten::Brivo))
    }

    /// Forgets what is known of a user as of a stranger who is about to be linked; answers the stranger's lease.
    async fn forget_stranger(
        &self,
        account: &AccountId,
        write: &Write,
    ) -> Result<Result<Option<Lease>, Trouble>, ReconcileError> {
        let user = match write {
            Write::LinkUser { known, .. } => known.user,
            Write::CreateUser { .. }
            | Write::ChangeGroups { .. }
            | Write::PatchProfile { .. }
            | Write::SetPinEnd { .. }
            | Write::SetPin { .. }
            | Write::ClearPin
            | Write::Invite { .. }
            | Write::CancelInvitation
            | Write::RevokePass { .. }
            | Write::Suspend
            | Write::Unsuspend
            | Write::DeleteUser => None,
        };
        let Some(member) = user.map(|user| user.stranger(account)) else { return Ok(Ok(None)) };
        let key = MemberKey { tenant: self.lease.member.tenant.clone(), member: member.clone() };
        let now = self.services.clock.now();
        let terms = self.services.process.lease_terms(now);
        let lease = match self.services.store.lease(&key, &terms).await? {
            Leased::Granted(lease) => lease,
            Leased::Held { .. } => return Ok(Err(Trouble::Busy(member))),
        };
        let mut ledger = lease.ledger.clone();
        match ledger.accounts.remove(account) {
            // What the stranger's run began is that run's to end.
            Some(known) if known.pending.is_some() => {
                self.services.store.release(&lease).await?;
                wake::wake_at(self.services, &key, now, now).await;
                return Ok(Err(Trouble::Busy(member)));
            }
            Some(_) => self.services.store.begin(&lease, &terms, &ledger, &[]).await?,
            None => {}
        }
        Ok(Ok(Some(lease)))
    }
}
