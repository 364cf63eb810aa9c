//! Calls to Brivo in their turn: a run asks once for all it is going to make, a reading for each.

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicU32, Ordering},
};

use brivo::{AccessToken, BrivoError, Client};
use domain::{
    AccountId,
    pace::{Answer, Ask, Need},
    plan::Plan,
};
use jiff::Timestamp;
use runtime::{
    Services,
    clock::Clock,
    connections::ConnectionError,
    pace::{KeyPace, ReadingTurn},
};
use state::{StoreError, TenantRecord};

use crate::{
    outcome::{ReconcileError, Trouble},
    run::Run,
};

/// A connected Brivo account with the calls that may be made now.
#[derive(Debug)]
pub(crate) struct Session {
    inner: brivo::Session,
    clock: Arc<dyn Clock>,
    pace: KeyPace,
    /// Calls that are paid for and not made yet.
    left: AtomicU32,
    /// The next answer tells whether the quota is still spent, or the key accepted again.
    is_trial: AtomicBool,
}

impl Session {
    /// A session without any call paid for.
    ///
    /// # Errors
    /// If the document lacks a part of the account, or a secret cannot be opened.
    pub(crate) fn of(services: &Services, record: &TenantRecord, account: &AccountId) -> Result<Self, ConnectionError> {
        let (inner, pace) = services.connections.paced(record, account)?;
        let clock = Arc::clone(&services.clock);
        Ok(Self { inner, clock, pace, left: AtomicU32::new(0), is_trial: AtomicBool::new(false) })
    }

    /// Waits for the turn of one call that reads.
    ///
    /// # Errors
    /// If the state failed.
    pub(crate) async fn wait_to_read(&self, until: Timestamp) -> Result<ReadingTurn, StoreError> {
        let turn = self.pace.ask_for_reading(&*self.clock, self.clock.now(), until).await?;
        if let ReadingTurn::Go { is_trial } = turn {
            self.left.store(1, Ordering::Relaxed);
            self.is_trial.store(is_trial, Ordering::Relaxed);
        }
        Ok(turn)
    }

    /// [`brivo::Session::call`], paid for: more calls than were reserved are paid by those who come later. What Brivo says of
    /// the pace holds for everybody who has the API key.
    ///
    /// A run may have begun long before: the life of a new token counts from now.
    ///
    /// # Errors
    /// Those of the call; [`BrivoError::QuotaSpent`] without a call while that is known.
    pub(crate) async fn call<T, F>(&self, work: impl Fn(Client, AccessToken) -> F) -> Result<T, BrivoError>
    where
        F: Future<Output = Result<T, BrivoError>>,
    {
        self.pay().await?;
        let answer = self.inner.call(self.clock.now(), work).await;
        let now = self.clock.now();
        let is_trial = self.is_trial.swap(false, Ordering::Relaxed);
        let learned = match &answer {
            Err(error @ (BrivoError::SlowDown { .. } | BrivoError::QuotaSpent { .. } | BrivoError::KeyRefused)) => {
                self.pace.learn(error, now).await
            }
            // Nobody knows what Brivo would have said.
            Err(error) if error.is_transient() => Ok(()),
            Ok(_) if is_trial => self.pace.answered(now).await,
            Err(_) if is_trial => self.pace.resume(now).await,
            Ok(_) | Err(_) => Ok(()),
        };
        unpaid(learned);
        answer
    }

    /// Pays for one call more, within the work of [`Self::call`].
    ///
    /// # Errors
    /// [`BrivoError::QuotaSpent`] while that is known.
    pub(crate) async fn pay(&self) -> Result<(), BrivoError> {
        let is_paid = self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).is_ok();
        if is_paid { Ok(()) } else { self.overdraw(1).await }
    }

    /// Pays for calls that are made whatever the pace says; refused only while the quota is known to be spent.
    pub(crate) async fn overdraw(&self, calls: u32) -> Result<(), BrivoError> {
        if calls == 0 {
            return Ok(());
        }
        let now = self.clock.now();
        match self.pace.overdraw(calls, now).await {
            Ok(None) => Ok(()),
            Ok(Some(until)) => {
                let wait = until.duration_since(now).try_into().unwrap_or_default();
                Err(BrivoError::QuotaSpent { retry_after: Some(wait) })
            }
            Err(error) => {
                unpaid(Err(error));
                Ok(())
            }
        }
    }
}

/// A run goes on without a note on the pace: what it was about to write matters more, and the state tells of its own trouble.
fn unpaid(noted: Result<(), StoreError>) {
    if let Err(error) = noted {
        tracing::debug!(error = %error, "the pace of an api key could not be noted");
    }
}

impl Run<'_> {
    /// The session of an account once it is the person's turn to call Brivo; else what they wait for, with a note in the ledger.
    pub(crate) async fn session(
        &mut self,
        account: &AccountId,
        need: Need,
    ) -> Result<Result<Session, Trouble>, ReconcileError> {
        let session = match Session::of(self.services, &self.gathered.tenant, account) {
            Ok(session) => session,
            Err(error) => return Ok(Err(error.into())),
        };
        // Without a token no call is made, so that none is paid for: others have the same key.
        if self.gathered.tenant.accounts.get(account).is_some_and(|known| known.needs_reconnect) {
            return Ok(Err(Trouble::Brivo { account: account.clone(), error: BrivoError::Disconnected }));
        }
        let turn = self.ledger.accounts.get(account).and_then(|known| known.turn);
        let waits = turn.filter(|turn| turn.is_to_come(need.urgency, self.now));
        let turn = match waits {
            Some(turn) => turn,
            None => match session.pace.ask(&Ask { need, turn, now: self.now }).await? {
                Answer::Go { calls, is_trial } => {
                    self.needs_no_turn(account);
                    session.left.store(calls, Ordering::Relaxed);
                    session.is_trial.store(is_trial, Ordering::Relaxed);
                    return Ok(Ok(session));
                }
                Answer::Wait(turn) => turn,
            },
        };
        self.ledger.account(account).turn = Some(turn);
        let (account, until) = (account.clone(), turn.until);
        Ok(Err(if turn.spent { Trouble::Spent { account, until } } else { Trouble::Turn { account, until } }))
    }

    /// What the plan for an account needs, with what was begun there.
    pub(crate) fn need(&self, account: &AccountId, plan: &Plan) -> Need {
        let known = self.ledger.accounts.get(account);
        let pending = known.and_then(|known| known.pending.as_ref()).map(|pending| &pending.write);
        Need::of(plan, pending, self.has_to_check(account))
    }

    /// Forgets what the person waited for in an account.
    pub(crate) fn needs_no_turn(&mut self, account: &AccountId) {
        if let Some(known) = self.ledger.accounts.get_mut(account) {
            known.turn = None;
        }
    }
}
