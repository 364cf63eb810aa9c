//! The tokens of a Brivo account in state, sealed.

use std::sync::Arc;

use async_trait::async_trait;
use brivo::{Access, Claim, TokenVault, Tokens, VaultError};
use domain::{AccountId, TenantId};
use jiff::Timestamp;
use state::{AccountRecord, SealedTokens, Store, StoreError};

use crate::{
    seal::Sealer,
    tenants::{Place, TenantError},
};

/// How often a write is tried when another process writes at the same time.
const TRIES: usize = 5;

/// The tokens of one account.
#[derive(Debug)]
pub(crate) struct StateVault {
    store: Arc<dyn Store>,
    sealer: Arc<Sealer>,
    tenant: TenantId,
    account: AccountId,
}

impl StateVault {
    pub(crate) fn new(store: &Arc<dyn Store>, sealer: &Arc<Sealer>, tenant: &TenantId, account: &AccountId) -> Self {
        Self { store: Arc::clone(store), sealer: Arc::clone(sealer), tenant: tenant.clone(), account: account.clone() }
    }

    /// The tokens, whether or not it is known whose they are.
    pub(crate) async fn load_in_doubt(&self) -> Result<Option<Tokens>, VaultError> {
        self.all_tokens_in(&self.read().await?)
    }

    async fn read(&self) -> Result<AccountRecord, VaultError> {
        self.store.account(&self.tenant, &self.account).await.map_err(VaultError::new)
    }

    /// Reads, lets `change` decide, and writes what it answers; again if another process wrote in between.
    async fn update(
        &self,
        change: impl Fn(&AccountRecord) -> Option<AccountRecord> + Send + Sync,
    ) -> Result<bool, VaultError> {
        for _ in 0..TRIES {
            let known = self.read().await?;
            let Some(record) = change(&known) else { return Ok(false) };
            match self.store.put_account(&self.tenant, &self.account, &record).await {
                Ok(()) => return Ok(true),
                Err(StoreError::Conflict) => {}
                Err(error) => return Err(VaultError::new(error)),
            }
        }
        Err(VaultError::new(StoreError::Conflict))
    }

    pub(crate) fn sealed(&self, tokens: &Tokens) -> Result<SealedTokens, TenantError> {
        let seal = |field, token| Place::of_account(&self.tenant, &self.account, field).seal(&self.sealer, token);
        let access = tokens.access.as_ref();
        Ok(SealedTokens {
            generation: tokens.version,
            access: access.map(|access| seal("access", &access.token)).transpose()?,
            issued_at: access.map_or(Timestamp::UNIX_EPOCH, |access| access.issued_at),
            expires_at: access.map_or(Timestamp::UNIX_EPOCH, |access| access.expires_at),
            refresh: seal("refresh", &tokens.refresh)?,
        })
    }

    /// The tokens of a record of this account, if it has any; an error while nobody knows whose they are.
    pub(crate) fn tokens_in(&self, record: &AccountRecord) -> Result<Option<Tokens>, VaultError> {
        if record.has_to_be_asked() {
            return Err(VaultError::new("nobody knows yet whether the tokens are of the account connected before"));
        }
        self.all_tokens_in(record)
    }

    fn all_tokens_in(&self, record: &AccountRecord) -> Result<Option<Tokens>, VaultError> {
        record.tokens.as_ref().map(|tokens| self.opened(tokens, record.needs_reconnect)).transpose()
    }

    fn opened(&self, sealed: &SealedTokens, needs_reconnect: bool) -> Result<Tokens, VaultError> {
        let open = |field, text: &str| Place::of_account(&self.tenant, &self.account, field).open(&self.sealer, text);
        let access = sealed.access.as_ref().map(|token| {
            let (issued_at, expires_at) = (sealed.issued_at, sealed.expires_at);
            open("access", token).map(|token| Access { token, issued_at, expires_at })
        });
        Ok(Tokens {
            access: access.transpose().map_err(VaultError::new)?,
            refresh: open("refresh", &sealed.refresh).map_err(VaultError::new)?,
            version: sealed.generation,
            needs_reconnect,
        })
    }
}

/// The generation of an account's refresh token, if it has one.
pub(crate) fn generation(record: &AccountRecord) -> Option<u64> {
    record.tokens.as_ref().map(|tokens| tokens.generation)
}

#[async_trait]
impl TokenVault for StateVault {
    async fn load(&self) -> Result<Option<Tokens>, VaultError> {
        self.tokens_in(&self.read().await?)
    }

    async fn claim(&self, claim: Claim, now: Timestamp) -> Result<bool, VaultError> {
        self.update(|known| {
            let free = known.claimed_until.is_none_or(|until| until <= now) && generation(known) == Some(claim.version);
            free.then(|| AccountRecord { claimed_until: Some(claim.until), ..known.clone() })
        })
        .await
    }

    async fn release(&self, claim: Claim) -> Result<(), VaultError> {
        let given_back = |known: &AccountRecord| {
            let ours = known.claimed_until == Some(claim.until) && generation(known) == Some(claim.version);
            ours.then(|| AccountRecord { claimed_until: None, ..known.clone() })
        };
        self.update(given_back).await.map(drop)
    }

    async fn store(&self, tokens: &Tokens) -> Result<bool, VaultError> {
        let sealed = self.sealed(tokens).map_err(VaultError::new)?;
        self.update(|known| {
            let newer = generation(known).is_none_or(|generation| generation < tokens.version);
            newer.then(|| AccountRecord {
                tokens: Some(sealed.clone()),
                claimed_until: None,
                needs_reconnect: false,
                ..known.clone()
            })
        })
        .await
    }

    async fn disconnect(&self, version: u64) -> Result<(), VaultError> {
        let refused = |known: &AccountRecord| {
            (generation(known) == Some(version) && !known.needs_reconnect).then(|| AccountRecord {
                needs_reconnect: true,
                claimed_until: None,
                ..known.clone()
            })
        };
        if self.update(refused).await? {
            tracing::error!(
                tenant.id = %self.tenant, account.id = %self.account,
                "brivo refused the refresh token of an account: nothing can be written there before somebody connects it again"
            );
        }
        Ok(())
    }
}
