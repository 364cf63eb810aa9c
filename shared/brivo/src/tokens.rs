//! Access tokens and what they are made from.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use secrecy::{ExposeSecret, SecretString};

/// The registered application through which accounts connect.
#[derive(Clone, Debug)]
pub struct Application {
    /// Brivo's client id, a UUID.
    pub client_id: String,
    /// Its secret.
    pub client_secret: SecretString,
}

/// What a call of the API is authorised with; printed, it is redacted.
#[derive(Clone, Debug)]
pub struct AccessToken {
    secret: SecretString,
    version: u64,
}

impl AccessToken {
    /// A token from which no newer one can be told, for calls without a [`crate::TokenKeeper`].
    pub fn new(secret: SecretString) -> Self {
        Self { secret, version: 0 }
    }

    /// The [`Tokens::version`] it came with.
    pub(crate) fn version(&self) -> u64 {
        self.version
    }

    pub(crate) fn expose(&self) -> &str {
        self.secret.expose_secret()
    }
}

/// What the token endpoint grants.
#[derive(Clone, Debug)]
pub struct TokenGrant {
    /// The new access token.
    pub access: SecretString,
    /// The refresh token that counts from now on.
    pub refresh: SecretString,
    /// How long the access token lives.
    ///
    /// Source: Brivo API, token response: 300 s in 2026-09, 60 s in 2025-11, 59 s in 2017.
    pub expires_in: Duration,
}

/// What is remembered of an account's tokens.
#[derive(Clone, Debug)]
pub struct Tokens {
    /// The present access token; `None` before the first refresh.
    pub access: Option<Access>,
    /// The refresh token, which lives 14 days.
    pub refresh: SecretString,
    /// Grows by one with each new refresh token, whether from a refresh or from a person who connects the account.
    pub version: u64,
    /// Whether Brivo refused the refresh token, so that a person has to connect the account again.
    pub needs_reconnect: bool,
}

/// An access token and its life.
#[derive(Clone, Debug)]
pub struct Access {
    /// The token.
    pub token: SecretString,
    /// When it was asked for.
    pub issued_at: Timestamp,
    /// When it ends, by `expires_in`.
    pub expires_at: Timestamp,
}

impl Access {
    /// Whether less than 80 % of its life has passed; a fixed margin would not fit lives of both 60 s and 300 s.
    fn is_fresh(&self, now: Timestamp) -> bool {
        let life = self.issued_at.duration_until(self.expires_at);
        self.issued_at.duration_until(now) < life * 4 / 5
    }
}

impl Tokens {
    /// The tokens of a grant asked for at `now`.
    pub fn of(grant: TokenGrant, now: Timestamp, version: u64) -> Self {
        let life = SignedDuration::try_from(grant.expires_in).unwrap_or(SignedDuration::ZERO);
        let expires_at = now.checked_add(life).unwrap_or(Timestamp::MAX);
        let access = Some(Access { token: grant.access, issued_at: now, expires_at });
        Self { access, refresh: grant.refresh, version, needs_reconnect: false }
    }

    /// What to do for a caller who needs a token now, and for whom Brivo refused that of version `refused`.
    pub(crate) fn next_step(&self, now: Timestamp, refused: Option<u64>) -> NextStep {
        if self.needs_reconnect {
            return NextStep::Reconnect;
        }
        let fresh = self.access.as_ref().is_some_and(|access| access.is_fresh(now));
        match self.valid_token(now, refused) {
            Some(token) if fresh => NextStep::Use(token),
            Some(_) | None => NextStep::Refresh,
        }
    }

    /// The access token, unless it has ended or was refused.
    pub(crate) fn valid_token(&self, now: Timestamp, refused: Option<u64>) -> Option<AccessToken> {
        let usable = |access: &&Access| now < access.expires_at && refused != Some(self.version);
        self.access.as_ref().filter(usable).map(|access| self.token_of(access))
    }

    /// The access token of a grant that was just made, however short its life.
    pub(crate) fn new_token(&self) -> Option<AccessToken> {
        self.access.as_ref().map(|access| self.token_of(access))
    }

    fn token_of(&self, access: &Access) -> AccessToken {
        AccessToken { secret: access.token.clone(), version: self.version }
    }
}

/// What to do for a caller who needs a token.
#[derive(Debug)]
pub(crate) enum NextStep {
    /// Hand this one out.
    Use(AccessToken),
    /// Refresh. Until that succeeds, [`Tokens::valid_token`] tides over.
    Refresh,
    /// A person has to connect the account.
    Reconnect,
}
