//! The look at Brivo shortly before a booking starts, and the alarm if its person could not get in.

use brivo::BrivoError;
use domain::{
    AccountId,
    ledger::{AccountLedger, Suspension},
    readiness::{has_to_alarm, has_to_check},
};

use crate::{outcome::Troubles, pace::Session, run::Run};

impl Run<'_> {
    /// Whether a booking starts soon and nobody has looked at the account since that was so.
    pub(crate) fn has_to_check(&self, account: &AccountId) -> bool {
        let blank = AccountLedger::default();
        self.with_case(|case, ledger| {
            let ledger = ledger.accounts.get(account).unwrap_or(&blank);
            self.is_enabled()
                && case.parting(account).is_none()
                && ledger.user.is_some()
                && has_to_check(case.reasons, account, ledger, case.now)
        })
    }

    /// Sees whether the user is there and may open doors; the ledger knows it then. One call.
    pub(crate) async fn check(&mut self, session: &Session, account: &AccountId) -> Result<(), BrivoError> {
        let Some(user) = self.ledger.account(account).user else { return Ok(()) };
        let work = |brivo: brivo::Client, token| async move { brivo.user(&token, user).await };
        match session.call(work).await {
            Ok(shown) => {
                let ledger = self.ledger.accounts.entry(account.clone()).or_default();
                ledger.checked_at = Some(self.now);
                ledger.suspension = match (ledger.suspension, shown.suspended) {
                    (_, false) => Suspension::None,
                    (Suspension::Ours, true) => Suspension::Ours,
                    (Suspension::None | Suspension::Others, true) => Suspension::Others,
                };
                Ok(())
            }
            Err(BrivoError::NotFound) => {
                self.ledger.account(account).user_gone();
                Ok(())
            }
            Err(error) => Err(error),
        }
    }

    /// Raises the alarm if a booking starts soon and its person could not get in; once for each booking.
    pub(crate) fn raise_alarm(&mut self, troubles: &Troubles) {
        let soon = self.with_case(|case, ledger| has_to_alarm(case.reasons, ledger.alarmed_at, case.now));
        if let Some(cause) = troubles.in_the_way(&self.ledger, self.now).filter(|_| soon) {
            tracing::error!(
                member.id = %self.lease.member, error = %cause,
                "a booking starts within minutes, and its person could not get in"
            );
            self.ledger.alarmed_at = Some(self.now);
        }
    }
}
