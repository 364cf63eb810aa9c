//! A new API key is tried before the old one is given up.

use brivo::{BrivoError, Client};
use domain::AccountId;
use runtime::{
    Services,
    document::Document,
    tenants::{TenantError, secret},
};
use secrecy::{ExposeSecret, SecretString};
use state::TenantRecord;

/// Why a document's API keys are not to be stored.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// Brivo does not accept the key of this account.
    #[error("accounts.{0}.api_key: Brivo does not accept it; ask Brivo or your Brivo dealer whether it is active")]
    Refused(AccountId),
    /// Brivo could not be asked.
    #[error("Brivo could not be asked whether it accepts the new key of account {0}: try again later")]
    Unasked(AccountId),
    /// The key from before cannot be opened.
    #[error(transparent)]
    Tenant(#[from] TenantError),
}

/// Tries every API key that a document changes, where the account is connected: one call to Brivo each.
///
/// # Errors
/// The first key that is not to be stored.
pub async fn try_new_keys(services: &Services, known: &TenantRecord, document: &Document) -> Result<(), KeyError> {
    for account in known.tenant.accounts.iter().map(|account| &account.id) {
        let place = format!("accounts.{account}.api_key");
        let Some(key) = document.secrets.get(&place) else { continue };
        let before = secret(&services.sealer, known, &place)?;
        if before.is_some_and(|before| before.expose_secret() != key.expose_secret()) {
            try_key(services, known, account, key).await?;
        }
    }
    Ok(())
}

async fn try_key(
    services: &Services,
    known: &TenantRecord,
    account: &AccountId,
    key: &SecretString,
) -> Result<(), KeyError> {
    let Ok(session) = services.connections.session_with_key(known, account, key.clone()) else {
        // It was never connected, so nothing is given up.
        return Ok(());
    };
    let work = |brivo: Client, token| async move { brivo.whoami(&token).await };
    match session.call(services.clock.now(), work).await {
        // Without a connection nobody can tell, and nothing is given up either.
        Ok(_) | Err(BrivoError::Forbidden { .. } | BrivoError::Disconnected | BrivoError::BadApplication) => Ok(()),
        Err(BrivoError::KeyRefused) => Err(KeyError::Refused(account.clone())),
        Err(_) => Err(KeyError::Unasked(account.clone())),
    }
}
