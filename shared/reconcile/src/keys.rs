//! A new API key is tried before the old one is given up.

use brivo::{BrivoError, Client};
use domain::{AccountId, TenantId};
use jiff::Timestamp;
use runtime::{Services, document::Document, tenants::secret, vendor_key};
use secrecy::{ExposeSecret, SecretString};
use state::{AccountRecord, StoreError, TenantRecord};

/// Why a document's API keys are not to be stored.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// Brivo does not accept the key of this account.
    #[error("accounts.{0}.api_key: Brivo does not accept it; ask Brivo or your Brivo dealer whether it is active")]
    Refused(AccountId),
    /// Brivo does not accept the key for all with the connection of this account.
    #[error(
        "account {account} of tenant {tenant}: Brivo does not accept the key; ask Brivo or your Brivo dealer whether it is active"
    )]
    RefusedForAll {
        /// Whose account.
        tenant: TenantId,
        /// Which account.
        account: AccountId,
    },
    /// Brivo could not be asked.
    #[error("Brivo could not be asked whether it accepts the new key of account {0}: try again later")]
    Unasked(AccountId),
    /// The state failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What trying a key for all has shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tried {
    /// Accounts that use such a key and were looked at; one that is not connected refuses nothing.
    pub accounts: usize,
    /// Tenants that were not looked at for lack of time.
    pub left: usize,
}

/// Tries every API key that a document changes, where the account is connected: one call to Brivo each.
///
/// # Errors
/// The first key that is not to be stored.
pub async fn try_new_keys(services: &Services, known: &TenantRecord, document: &Document) -> Result<(), KeyError> {
    for (account, key) in changed_keys(services, known, document) {
        try_key(services, known, &account, &key).await?;
    }
    Ok(())
}

/// Takes out of the document of a file each new API key that Brivo does not accept, or about which it could not be asked.
///
/// The key from before goes on then. Nobody waits for an answer, so each is told by an alarm.
///
/// # Errors
/// If the state failed.
pub async fn leave_out_bad_keys(services: &Services, document: &mut Document) -> Result<(), StoreError> {
    let id = document.tenant.id.clone();
    let known = services.store.tenant(&id).await?.filter(|known| known.loaded.as_ref() != Some(&document.digest));
    let Some(known) = known else { return Ok(()) };
    for (account, key) in changed_keys(services, &known, document) {
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

/// The API keys that a document changes.
fn changed_keys(services: &Services, known: &TenantRecord, document: &Document) -> Vec<(AccountId, SecretString)> {
    let accounts = known.tenant.accounts.iter().map(|account| &account.id);
    let changed = accounts.filter_map(|account| {
        let place = place_of(account);
        let key = document.secrets.get(&place)?;
        // One that cannot be opened any more counts as another. An account without one may be using that for all.
        let before = secret(&services.sealer, known, &place).unwrap_or_default();
        let is_other = before.is_none_or(|before| before.expose_secret() != key.expose_secret());
        is_other.then(|| (account.clone(), key.clone()))
    });
    changed.collect()
}

fn place_of(account: &AccountId) -> String {
    format!("accounts.{account}.api_key")
}

/// Tries an API key for all with every connected account that names none, one call to Brivo each and one request a tenant; no
/// other is begun after `until`. Nothing is stored.
///
/// # Errors
/// The first account with which Brivo does not accept it, or could not be asked; and if the state failed.
pub async fn try_vendor_key(services: &Services, key: &SecretString, until: Timestamp) -> Result<Tried, KeyError> {
    let mut tried = Tried::default();
    for tenant in services.store.tenants().await? {
        if services.clock.now() >= until {
            tried.left = tried.left.saturating_add(1);
            continue;
        }
        let Some(record) = services.store.tenant(&tenant).await? else { continue };
        for account in vendor_key::users(&record) {
            try_key(services, &record, &account, key).await.map_err(|error| match error {
                KeyError::Refused(account) => KeyError::RefusedForAll { tenant: tenant.clone(), account },
                other @ (KeyError::RefusedForAll { .. } | KeyError::Unasked(_) | KeyError::Store(_)) => other,
            })?;
            tried.accounts = tried.accounts.saturating_add(1);
        }
    }
    Ok(tried)
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
        // It was never connected, or what it needs besides cannot be opened any more, so nothing is given up.
        return Ok(());
    };
    let work = |brivo: Client, token| async move { brivo.whoami(&token).await };
    match session.call(services.clock.now(), work).await {
        // Without a connection nobody can tell, and nothing is given up either.
        Ok(_)
        | Err(
            BrivoError::Forbidden { .. } | BrivoError::Disconnected | BrivoError::BadApplication | BrivoError::Vault(_),
        ) => Ok(()),
        Err(BrivoError::KeyRefused) => Err(KeyError::Refused(account.clone())),
        Err(_) => Err(KeyError::Unasked(account.clone())),
    }
}
