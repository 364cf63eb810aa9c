//! Tokens that came with a document: nothing is written with them before it is known that they are of the account connected
//! before.

use std::sync::Arc;

use async_trait::async_trait;
use brivo::{Claim, Session, TokenKeeper, TokenVault, Tokens, VaultError};
use domain::connect::{BrivoAccount, same_account};
use jiff::Timestamp;
use state::{AccountRecord, Doubt, TenantRecord};

use crate::{
    connecting::{ConnectError, Connecting},
    connections::{Access, ConnectionError},
    vault::StateVault,
};

/// The tokens of an account, for whoever asks whose they are; nobody else gets them while that is in doubt.
struct InDoubt(StateVault);

impl Connecting<'_> {
    /// A session to ask whose tokens these are, and for nothing else.
    ///
    /// # Errors
    /// If the document lacks a part of the account, or a secret cannot be opened.
    pub fn session_in_doubt(self, record: &TenantRecord) -> Result<Session, ConnectionError> {
        let Access { client, application, .. } = self.services.connections.access(record, self.account)?;
        let vault = InDoubt(StateVault::new(&self.services.store, &self.services.sealer, self.tenant, self.account));
        Ok(Session::new(client.clone(), TokenKeeper::new(client, application, Arc::new(vault))))
    }

    /// Takes note of which account the tokens that were `seen` belong to, as far as Brivo tells. If it is another one than the
    /// one before, nothing is written with them, and an alarm is raised; no effect if there are other tokens by now.
    ///
    /// # Errors
    /// If the state failed.
    pub async fn tell_account(self, seen: &AccountRecord, found: Option<&BrivoAccount>) -> Result<(), ConnectError> {
        let told = |known: AccountRecord| {
            let is_moot = (&known.seeds, &known.doubt, &known.brivo) != (&seen.seeds, &seen.doubt, &seen.brivo);
            let is_no_news = found.is_none() && known.doubt.is_none();
            if is_moot || is_no_news {
                return Ok(None);
            }
            Ok(Some(match same_account(known.brivo.as_ref(), found) {
                Ok(()) => AccountRecord { brivo: found.cloned(), doubt: None, ..known },
                Err(another) => AccountRecord { doubt: Some(Doubt::Refused(another)), needs_reconnect: true, ..known },
            }))
        };
        let stored = self.update_if(told).await?;
        if let Some(another) = stored.as_ref().and_then(AccountRecord::refusal) {
            tracing::error!(
                tenant.id = %self.tenant, account.id = %self.account,
                "an account's new refresh token is refused: {}", another.advice()
            );
        }
        Ok(())
    }
}

#[async_trait]
impl TokenVault for InDoubt {
    async fn load(&self) -> Result<Option<Tokens>, VaultError> {
        self.0.load_in_doubt().await
    }

    async fn claim(&self, claim: Claim, now: Timestamp) -> Result<bool, VaultError> {
        self.0.claim(claim, now).await
    }

    async fn release(&self, claim: Claim) -> Result<(), VaultError> {
        self.0.release(claim).await
    }

    async fn store(&self, tokens: &Tokens) -> Result<bool, VaultError> {
        self.0.store(tokens).await
    }

    async fn disconnect(&self, version: u64) -> Result<(), VaultError> {
        self.0.disconnect(version).await
    }
}
