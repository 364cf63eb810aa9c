//! A new API key is tried before the old one is given up.

use brivo::{BrivoError, Client};
use domain::AccountId;
use runtime::{
    Services,
    document::Document,
    tenants::{TenantError, secret},
};
use secrecy::{ExposeSecret, SecretString};
use state::{AccountRecord, TenantRecord};

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
    for (account, key) in changed_keys(services, known, document)? {
        try_key(services, known, &account, &key).await?;
    }
    Ok(())
}

/// Takes out of the document of a file each new API key that Brivo does not accept, or about which it could not be asked, so that
/// the key from before goes on. Nobody waits for an answer, so each is told by an alarm.
///
/// # Errors
/// If the key from before cannot be opened, or the state failed.
pub async fn leave_out_bad_keys(services: &Services, document: &mut Document) -> Result<(), TenantError> {
    let id = document.tenant.id.clone();
    let known = services.store.tenant(&id).await?.filter(|known| known.loaded.as_ref() != Some(&document.digest));
    let Some(known) = known else { return Ok(()) };
    for (account, key) in changed_keys(services, &known, document)? {
        if let Err(error) = try_key(services, &known, &account, &key).await {
            tracing::error!(
                tenant.id = %id, account.id = %account,
                "a new API key of a tenant file is not taken, and the one before goes on: {error}; then put the document"
            );
            document.secrets.remove(&place_of(&account));
        }
    }
    Ok(())
}

/// The API keys that a document changes, of accounts that have one.
fn changed_keys(
    services: &Services,
    known: &TenantRecord,
    document: &Document,
) -> Result<Vec<(AccountId, SecretString)>, TenantError> {
    let mut changed = Vec::new();
    for account in known.tenant.accounts.iter().map(|account| &account.id) {
        let place = place_of(account);
        let Some(key) = document.secrets.get(&place) else { continue };
        let before = secret(&services.sealer, known, &place)?;
        if before.is_some_and(|before| before.expose_secret() != key.expose_secret()) {
            changed.push((account.clone(), key.clone()));
        }
    }
    Ok(changed)
}

fn place_of(account: &AccountId) -> String {
    format!("accounts.{account}.api_key")
}

async fn try_key(
    services: &Services,
    known: &TenantRecord,
    account: &AccountId,
    key: &SecretString,
) -> Result<(), KeyError> {
    if !known.accounts.get(account).is_some_and(AccountRecord::is_connected) {
        return Ok(());
    }
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
