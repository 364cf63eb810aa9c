//! Where an account's tokens are remembered, for all processes that use them.

use std::{error::Error, sync::Mutex};

use async_trait::async_trait;
use jiff::Timestamp;

use crate::Tokens;

/// The tokens are out of reach; the cause says why.
#[derive(Debug, thiserror::Error)]
#[error("the token vault failed")]
pub struct VaultError(#[source] Box<dyn Error + Send + Sync>);

impl VaultError {
    /// With its cause, which must not name a token.
    pub fn new(cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self(cause.into())
    }
}

/// The right to refresh one version of the tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Claim {
    /// The version that is refreshed.
    pub version: u64,
    /// The instant from which others may claim, even if this claim was never given back.
    pub until: Timestamp,
}

/// What is remembered of one account's tokens. Two implementations: state and memory.
///
/// Every read sees the latest write.
#[async_trait]
pub trait TokenVault: Send + Sync {
    /// The tokens as remembered by all processes; `None` if the account was never connected.
    async fn load(&self) -> Result<Option<Tokens>, VaultError>;

    /// Takes the right to refresh; false if these tokens are not the remembered ones any more, or another claim stands.
    async fn claim(&self, claim: Claim, now: Timestamp) -> Result<bool, VaultError>;

    /// Gives the right back after a refresh that came to nothing; no effect on any other claim.
    async fn release(&self, claim: Claim) -> Result<(), VaultError>;

    /// Remembers new tokens and ends the claim on the version before; false, and no effect, if that version or a later one
    /// is remembered already.
    async fn store(&self, tokens: &Tokens) -> Result<bool, VaultError>;

    /// Brivo refused this version's refresh token, a person is needed; no effect if another version is remembered.
    async fn disconnect(&self, version: u64) -> Result<(), VaultError>;
}

/// A vault that forgets with its process: for tests, and where there is one process only.
#[derive(Debug, Default)]
pub struct MemoryVault(Mutex<Memory>);

#[derive(Debug, Default)]
struct Memory {
    tokens: Option<Tokens>,
    claim: Option<Claim>,
}

impl MemoryVault {
    /// A vault of a connected account.
    pub fn holding(tokens: Tokens) -> Self {
        Self(Mutex::new(Memory { tokens: Some(tokens), claim: None }))
    }

    fn with<T>(&self, act: impl FnOnce(&mut Memory) -> T) -> Result<T, VaultError> {
        Ok(act(&mut *self.0.lock().map_err(|_| VaultError::new("a holder of the lock panicked"))?))
    }
}

impl Memory {
    fn version(&self) -> Option<u64> {
        self.tokens.as_ref().map(|tokens| tokens.version)
    }
}

#[async_trait]
impl TokenVault for MemoryVault {
    async fn load(&self) -> Result<Option<Tokens>, VaultError> {
        self.with(|memory| memory.tokens.clone())
    }

    async fn claim(&self, claim: Claim, now: Timestamp) -> Result<bool, VaultError> {
        self.with(|memory| {
            let taken = memory.claim.is_some_and(|other| now < other.until);
            let free = !taken && memory.version() == Some(claim.version);
            if free {
                memory.claim = Some(claim);
            }
            free
        })
    }

    async fn release(&self, claim: Claim) -> Result<(), VaultError> {
        self.with(|memory| memory.claim.take_if(|held| *held == claim)).map(drop)
    }

    async fn store(&self, tokens: &Tokens) -> Result<bool, VaultError> {
        self.with(|memory| {
            let newer = memory.version().is_none_or(|version| version < tokens.version);
            if newer {
                *memory = Memory { tokens: Some(tokens.clone()), claim: None };
            }
            newer
        })
    }

    async fn disconnect(&self, version: u64) -> Result<(), VaultError> {
        self.with(|memory| {
            if let Some(tokens) = memory.tokens.as_mut().filter(|tokens| tokens.version == version) {
                tokens.needs_reconnect = true;
            }
        })
    }
}
