//! Keeps a valid access token at hand, with at most one refresh in flight.

use std::{fmt, sync::Arc, time::Duration};

use jiff::{SignedDuration, Timestamp};
use tokio::sync::Mutex;
use tracing::Instrument as _;

use crate::{AccessToken, Application, BrivoError, Claim, Client, NoAnswer, TokenVault, Tokens, tokens::NextStep};

/// How long a claim stands that is never given back: the longest call, the vault's own reads and writes, and as much again.
const CLAIM_LIFE: SignedDuration = SignedDuration::from_secs(30);

/// How long to wait for a refresh that runs elsewhere: a refresh takes well under a second.
const REFRESH_WAIT: Duration = Duration::from_secs(1);

/// The longest wait that is asked for: one that takes longer was most likely begun by a process that died, whose claim has to run out.
const LONGEST_REFRESH_WAIT: SignedDuration = SignedDuration::from_secs(8);

/// How often the vault is looked at during that wait.
const LOOKS: u32 = 4;

/// How long a failed refresh is not repeated unless Brivo names a wait, twice as long after each further failure: callers who
/// queued behind it do not each try anew.
const PAUSE_AFTER_FAILURE: Duration = Duration::from_secs(1);

/// After so many failures the pause is not doubled any more.
const MOST_DOUBLINGS: u32 = 4;

/// The longest such pause; a quota's wait may be weeks, and somebody may raise the quota before.
const LONGEST_PAUSE: Duration = Duration::from_mins(1);

/// The tokens of one account; cheap to clone.
///
/// Callers within a process queue behind one refresh; other processes are kept out by a claim in the vault. A new refresh
/// token is in the vault before its access token is used, because Brivo may have ended the old one with it. For the same
/// reason a refresh, once begun, runs to its end even if nobody waits for it any more.
#[derive(Clone)]
pub struct TokenKeeper {
    refresher: Arc<Refresher>,
    held: Arc<Mutex<Held>>,
}

struct Refresher {
    client: Client,
    application: Application,
    vault: Arc<dyn TokenVault>,
}

/// What this process knows.
#[derive(Default)]
struct Held {
    /// The tokens as last seen in the vault.
    tokens: Option<Tokens>,
    /// Granted, but the vault could not be reached: the only copy of a refresh token.
    unstored: Option<Tokens>,
    /// No refresh before this instant.
    paused_until: Option<Timestamp>,
    /// Refreshes one after another that failed.
    failures: u32,
    /// Which version another process refreshes, and since when that is known here.
    refreshed_elsewhere: Option<(u64, Timestamp)>,
}

impl TokenKeeper {
    /// A keeper of the tokens in `vault`.
    pub fn new(client: Client, application: Application, vault: Arc<dyn TokenVault>) -> Self {
        Self { refresher: Arc::new(Refresher { client, application, vault }), held: Arc::default() }
    }

    /// Begins with tokens that were just read from the vault with other things: it is not read for them again while they are
    /// good, and in all other cases counts as ever.
    #[must_use]
    pub fn beginning_with(self, tokens: Option<Tokens>) -> Self {
        Self { held: Arc::new(Mutex::new(Held { tokens, ..Held::default() })), ..self }
    }

    /// A valid token: the one at hand, another process's, or a new one once 80 % of its life has passed.
    ///
    /// # Errors
    /// [`BrivoError::Disconnected`] if a person has to connect the account. While the present token is valid, no other
    /// failure of a refresh shows; after that [`BrivoError::Refreshing`] if that of another process takes longer than a
    /// second, else the failure.
    pub async fn token(&self, now: Timestamp) -> Result<AccessToken, BrivoError> {
        self.token_but(None, now).await
    }

    /// A token other than `token`, which Brivo has just refused: another caller's if one refreshed meanwhile, else a new one.
    ///
    /// # Errors
    /// As [`Self::token`].
    pub async fn refused(&self, token: &AccessToken, now: Timestamp) -> Result<AccessToken, BrivoError> {
        self.token_but(Some(token.version()), now).await
    }

    async fn token_but(&self, refused: Option<u64>, now: Timestamp) -> Result<AccessToken, BrivoError> {
        let mut held = Arc::clone(&self.held).lock_owned().await;
        if let Some(NextStep::Use(token)) = held.tokens.as_ref().map(|tokens| tokens.next_step(now, refused)) {
            return Ok(token);
        }
        let refresher = Arc::clone(&self.refresher);
        let renewal = async move { refresher.renewed(&mut held, refused, now).await };
        let ended = tokio::spawn(renewal.in_current_span()).await;
        ended.unwrap_or(Err(BrivoError::Refreshing { retry_after: REFRESH_WAIT }))
    }
}

impl Refresher {
    /// A token by way of the vault; the present one tides over a failure.
    async fn renewed(&self, held: &mut Held, refused: Option<u64>, now: Timestamp) -> Result<AccessToken, BrivoError> {
        match self.try_renew(held, refused, now).await {
            Ok(token) => Ok(token),
            Err(BrivoError::Disconnected) => Err(BrivoError::Disconnected),
            Err(error) => held.tokens.as_ref().and_then(|tokens| tokens.valid_token(now, refused)).ok_or(error),
        }
    }

    async fn try_renew(
        &self,
        held: &mut Held,
        refused: Option<u64>,
        now: Timestamp,
    ) -> Result<AccessToken, BrivoError> {
        self.store_the_unstored(held).await?;
        let tokens = self.vault.load().await?.ok_or(BrivoError::Disconnected)?;
        held.tokens = Some(tokens.clone());
        match tokens.next_step(now, refused) {
            NextStep::Use(token) => Ok(token),
            NextStep::Reconnect => Err(BrivoError::Disconnected),
            NextStep::Refresh => self.refresh(held, &tokens, refused, now).await,
        }
    }

    async fn refresh(
        &self,
        held: &mut Held,
        tokens: &Tokens,
        refused: Option<u64>,
        now: Timestamp,
    ) -> Result<AccessToken, BrivoError> {
        held.check_pause(now)?;
        let claim = Claim { version: tokens.version, until: now.checked_add(CLAIM_LIFE).unwrap_or(Timestamp::MAX) };
        if !self.vault.claim(claim, now).await? {
            return match tokens.valid_token(now, refused) {
                Some(token) => Ok(token),
                None => self.wait_for_another(held, tokens, now).await,
            };
        }
        let mut answer = self.client.refresh(&self.application, &tokens.refresh).await;
        if answer.as_ref().is_err_and(is_lost) {
            // The refresh token may be spent, and how long Brivo still takes it is not documented: it is asked again now, not
            // when the next call needs a token. After a time-out there is no time left for that.
            answer = self.client.refresh(&self.application, &tokens.refresh).await;
        }
        match answer {
            Ok(grant) => {
                let new = Tokens::of(grant, now, tokens.version.saturating_add(1));
                let token = new.new_token();
                (held.unstored, held.failures) = (Some(new), 0);
                let newest = self.store_the_unstored(held).await?;
                tracing::debug!("refreshed a brivo access token");
                match token.filter(|_| newest) {
                    Some(token) => Ok(token),
                    None => self.anothers_token(held, now).await,
                }
            }
            Err(BrivoError::Disconnected) => {
                self.vault.disconnect(claim.version).await?;
                tracing::debug!("brivo refused a refresh token; the account has to be connected again");
                self.anothers_token(held, now).await
            }
            Err(error) => {
                self.give_back(claim).await;
                held.pause_after(&error, now);
                Err(error)
            }
        }
    }

    /// The token for which another process has asked.
    async fn wait_for_another(
        &self,
        held: &mut Held,
        before: &Tokens,
        now: Timestamp,
    ) -> Result<AccessToken, BrivoError> {
        for _ in 0..LOOKS {
            tokio::time::sleep(REFRESH_WAIT / LOOKS).await;
            let known = self.vault.load().await?;
            if known.is_none_or(|tokens| tokens.version != before.version || tokens.needs_reconnect) {
                return self.anothers_token(held, now).await;
            }
        }
        Err(BrivoError::Refreshing { retry_after: held.wait_again(before.version, now) })
    }

    /// Brings the only copy of a refresh token to safety; false if other tokens came into the vault meanwhile, which count.
    async fn store_the_unstored(&self, held: &mut Held) -> Result<bool, BrivoError> {
        let Some(tokens) = &held.unstored else { return Ok(true) };
        let newest = self.vault.store(tokens).await?;
        let stored = held.unstored.take();
        held.tokens = stored.filter(|_| newest);
        Ok(newest)
    }

    /// The token of whoever was faster: another process, or the person who connected the account again.
    async fn anothers_token(&self, held: &mut Held, now: Timestamp) -> Result<AccessToken, BrivoError> {
        let tokens =
            self.vault.load().await?.filter(|tokens| !tokens.needs_reconnect).ok_or(BrivoError::Disconnected)?;
        let token = tokens.valid_token(now, None);
        held.tokens = Some(tokens);
        token.ok_or(BrivoError::Refreshing { retry_after: REFRESH_WAIT })
    }

    /// A claim that cannot be given back runs out by itself.
    async fn give_back(&self, claim: Claim) {
        if let Err(error) = self.vault.release(claim).await {
            tracing::debug!(%error, "a claim on brivo tokens stands until it runs out");
        }
    }
}

/// Whether Brivo did something and we did not learn what, and that without a long wait.
fn is_lost(error: &BrivoError) -> bool {
    let timed_out = matches!(error, BrivoError::Interrupted(NoAnswer::TimedOut(_)));
    let lost = matches!(
        error,
        BrivoError::Unreadable { .. } | BrivoError::Interrupted(_) | BrivoError::Unavailable { status: 502 | 504, .. }
    );
    lost && !timed_out
}

impl Held {
    fn check_pause(&self, now: Timestamp) -> Result<(), BrivoError> {
        let left = self.paused_until.map_or(SignedDuration::ZERO, |until| now.duration_until(until));
        match Duration::try_from(left) {
            Ok(retry_after) if !retry_after.is_zero() => Err(BrivoError::Refreshing { retry_after }),
            Ok(_) | Err(_) => Ok(()),
        }
    }

    /// How long to wait for the refresh of a version that runs elsewhere: as long as it has taken already.
    fn wait_again(&mut self, version: u64, now: Timestamp) -> Duration {
        let known = self.refreshed_elsewhere.filter(|(refreshed, _)| *refreshed == version);
        let (_, since) = *self.refreshed_elsewhere.insert(known.unwrap_or((version, now)));
        let taken = Duration::try_from(now.duration_since(since).min(LONGEST_REFRESH_WAIT));
        taken.unwrap_or_default().max(REFRESH_WAIT)
    }

    fn pause_after(&mut self, error: &BrivoError, now: Timestamp) {
        let doubled = PAUSE_AFTER_FAILURE.saturating_mul(1 << self.failures.min(MOST_DOUBLINGS));
        self.failures = self.failures.saturating_add(1);
        let pause = error.retry_after().unwrap_or(doubled).min(LONGEST_PAUSE);
        self.paused_until = error.is_transient().then(|| now.checked_add(pause).unwrap_or(Timestamp::MAX));
    }
}

impl fmt::Debug for TokenKeeper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenKeeper").field("application", &self.refresher.application).finish_non_exhaustive()
    }
}
