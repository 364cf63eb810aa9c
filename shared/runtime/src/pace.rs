//! The pace of an API key, shared by every process that calls Brivo with it. The rule is [`domain::pace`]'s.

use std::sync::Arc;

use brivo::BrivoError;
use domain::{
    AccountId, ApiKeyId, TenantId,
    pace::{Answer, Ask, Need, News, Pace, Turn, Urgency},
};
use jiff::{SignedDuration, Timestamp};
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use state::{PaceRecord, Store, StoreError};
use tokio::sync::Mutex;

use crate::clock::Clock;

/// How often a write is tried that others keep overtaking; each time one of them got through.
const TRIES: usize = 60;

/// When to ask again after that.
const CROWDED: SignedDuration = SignedDuration::from_secs(1);

/// What a process last saw of a key. One of its runs asks at a time, so that they do not overtake one another.
pub(crate) type LastSeen = Arc<Mutex<Option<PaceRecord>>>;

/// The pace of the API key of an account; cheap to clone.
#[derive(Clone, Debug)]
pub struct KeyPace {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) key: ApiKeyId,
    pub(crate) last_seen: LastSeen,
    pub(crate) tenant: TenantId,
    pub(crate) account: AccountId,
    pub(crate) budget: Option<u64>,
}

/// How a key is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Calls this month, in UTC; those of one run count as they were reserved.
    pub calls_this_month: u64,
    /// Calls a month, as the tenant document says.
    pub budget: Option<u64>,
    /// How long a revoke has to wait that comes now.
    pub behind: SignedDuration,
    /// Until when the quota is spent, as Brivo says.
    pub stopped_until: Option<Timestamp>,
}

/// What whoever reads Brivo's side is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReadingTurn {
    /// The call may be made.
    Go {
        /// It finds out whether the quota is still spent, or the key accepted again.
        is_trial: bool,
    },
    /// There is no more time for it.
    Late,
    /// The quota is spent; it is tried again then.
    Spent(Timestamp),
}

/// Tells API keys apart.
pub(crate) fn key_of(api_key: &SecretString) -> ApiKeyId {
    let digest = Sha256::new().chain_update("pace of an api key\0").chain_update(api_key.expose_secret());
    ApiKeyId::new(hex::encode(digest.finalize()))
}

impl KeyPace {
    /// Asks for a run's turn: one request to the state, and one more for each process that overtakes it.
    ///
    /// # Errors
    /// If the state failed.
    pub async fn ask(&self, ask: &Ask) -> Result<Answer, StoreError> {
        if ask.turn.is_some_and(|turn| turn.is_slot(ask.now)) {
            return self.redeem(ask).await;
        }
        match self.update(ask.now, |pace| pace.reserve(ask)).await {
            Err(StoreError::Contended) => {
                let until = ask.now.saturating_add(CROWDED).unwrap_or(Timestamp::MAX);
                let Need { urgency, .. } = ask.need;
                Ok(Answer::Wait(Turn { until, urgency, calls: 0, missed: 0, spent: false }))
            }
            answer => answer,
        }
    }

    /// Uses a slot: read only, unless something has come between.
    async fn redeem(&self, ask: &Ask) -> Result<Answer, StoreError> {
        let known = self.store.pace(&self.key).await?;
        let mut next = known.pace.clone();
        let answer = next.redeem(ask);
        if next == known.pace {
            return Ok(answer);
        }
        self.update(ask.now, |pace| pace.redeem(ask)).await
    }

    /// The turn of a call that reads Brivo's side, waited for by the clock until then. A clock that moves only when told to is
    /// not waited for: the call is made and counted.
    ///
    /// # Errors
    /// If the state failed.
    pub async fn ask_for_reading(
        &self,
        clock: &dyn Clock,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<ReadingTurn, StoreError> {
        let mut ask = Ask { need: Need { urgency: Urgency::Reading, calls: 1 }, turn: None, now };
        loop {
            let turn = match self.ask(&ask).await? {
                Answer::Go { is_trial, .. } => return Ok(ReadingTurn::Go { is_trial }),
                Answer::Wait(turn) if turn.spent => return Ok(ReadingTurn::Spent(turn.until)),
                Answer::Wait(turn) if turn.until >= until => return Ok(ReadingTurn::Late),
                Answer::Wait(turn) => turn,
            };
            let Some(wait) = clock.wait(turn.until) else {
                let counted = |pace: &mut Pace| {
                    pace.count(1, ask.now);
                    pace.awaits_key()
                };
                let is_trial = self.update(ask.now, counted).await?;
                return Ok(ReadingTurn::Go { is_trial });
            };
            tokio::time::sleep(wait).await;
            ask = Ask { turn: Some(turn), now: clock.now().max(turn.until), ..ask };
        }
    }

    /// Pays for calls that cannot wait. When the quota is spent: until when nobody calls.
    ///
    /// # Errors
    /// If the state failed.
    pub async fn overdraw(&self, calls: u32, now: Timestamp) -> Result<Option<Timestamp>, StoreError> {
        self.update(now, |pace| pace.overdraw(calls, now)).await
    }

    /// Takes note of what an answer of Brivo's says of the key. An operator is told once of a spent quota, and of a key that is not
    /// accepted, however many are refused.
    ///
    /// # Errors
    /// If the state failed.
    pub async fn learn(&self, error: &BrivoError, now: Timestamp) -> Result<(), StoreError> {
        let wait = error.retry_after().and_then(|wait| SignedDuration::try_from(wait).ok());
        match error {
            BrivoError::SlowDown { .. } => self.update(now, |pace| pace.slow_down(wait, now)).await,
            BrivoError::QuotaSpent { .. } => {
                let (is_news, until) = self.update(now, |pace| (pace.stop(wait, now), pace.stopped_until())).await?;
                if is_news {
                    tracing::error!(
                        tenant.id = %self.tenant, account.id = %self.account, until = ?until,
                        "the call quota of a brivo api key is spent: nobody who has it is let in or out until it resets or is raised"
                    );
                }
                Ok(())
            }
            BrivoError::KeyRefused => self.key_refused(now).await,
            BrivoError::TokenRefused
            | BrivoError::Disconnected
            | BrivoError::CodeRefused
            | BrivoError::BadApplication
            | BrivoError::Forbidden { .. }
            | BrivoError::NotFound
            | BrivoError::Rejected { .. }
            | BrivoError::Unavailable { .. }
            | BrivoError::Unreachable(_)
            | BrivoError::Interrupted(_)
            | BrivoError::Unreadable { .. }
            | BrivoError::Misrouted
            | BrivoError::Unsettled
            | BrivoError::Refreshing { .. }
            | BrivoError::Vault(_) => Ok(()),
        }
    }

    /// Raises the alarm, noted before it is logged. What this process knows already it does not write again: everybody who has
    /// the key is refused.
    async fn key_refused(&self, now: Timestamp) -> Result<(), StoreError> {
        let is_known = self.last_seen.lock().await.as_ref().is_some_and(|known| known.pace.awaits_key());
        if !is_known && self.update(now, |pace| pace.key_refused(now)).await? {
            tracing::error!(
                tenant.id = %self.tenant, account.id = %self.account,
                "brivo does not accept an api key: nobody who has it is let in or out until it is active again or replaced"
            );
        }
        Ok(())
    }

    /// The quota is not spent any more.
    ///
    /// # Errors
    /// If the state failed.
    pub async fn resume(&self, now: Timestamp) -> Result<(), StoreError> {
        self.update(now, Pace::resume).await
    }

    /// Brivo did what it was asked, as it had not for a while.
    ///
    /// # Errors
    /// If the state failed.
    pub async fn answered(&self, now: Timestamp) -> Result<(), StoreError> {
        self.update(now, |pace| pace.answered(now)).await
    }

    /// How the key is doing; one request.
    ///
    /// # Errors
    /// If the state failed.
    pub async fn standing(&self, now: Timestamp) -> Result<Standing, StoreError> {
        let pace = self.store.pace(&self.key).await?.pace;
        Ok(Standing {
            calls_this_month: pace.calls_this_month(now),
            budget: self.budget,
            behind: pace.behind(now),
            stopped_until: pace.stopped_until(),
        })
    }

    /// Lets `change` decide on what stands, and writes it; again if another process wrote in between.
    async fn update<T>(&self, now: Timestamp, change: impl Fn(&mut Pace) -> T) -> Result<T, StoreError> {
        let mut last_seen = self.last_seen.lock().await;
        // A write of which nobody knows whether it was made leaves nothing to go on from.
        let mut known = last_seen.take().unwrap_or_default();
        for _ in 0..TRIES {
            let mut next = known.clone();
            let answer = change(&mut next.pace);
            let news = next.pace.news(self.budget, now);
            match self.store.put_pace(&self.key, &next).await? {
                None => {
                    let version = next.version.saturating_add(1);
                    *last_seen = Some(PaceRecord { version, ..next });
                    self.tell(&news);
                    return Ok(answer);
                }
                Some(stands) => known = stands,
            }
        }
        Err(StoreError::Contended)
    }

    fn tell(&self, news: &[News]) {
        for news in news {
            match news {
                News::Behind(behind) => tracing::warn!(
                    tenant.id = %self.tenant, account.id = %self.account, seconds_behind = behind.as_secs(),
                    "more is to be done in brivo than its api key allows: revokes are late"
                ),
                News::NearlySpent { calls, budget } => tracing::error!(
                    tenant.id = %self.tenant, account.id = %self.account, calls, budget,
                    "most of the month's calls of a brivo api key are made"
                ),
            }
        }
    }
}
