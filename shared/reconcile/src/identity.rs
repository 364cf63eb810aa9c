//! To which account of Brivo tokens belong: learnt once where nobody logged in by a link, and asked of every new token that comes
//! with a document before anything is written with it.

use brivo::{AccessToken, BrivoError, Client};
use domain::{AccountId, connect::BrivoAccount};
use runtime::{
    Services,
    connecting::{ConnectError, Connecting},
    connections::ConnectionError,
};
use state::{AccountRecord, TenantRecord};

/// Why nobody knows to which account the tokens belong; it is asked again.
#[derive(Debug, thiserror::Error)]
enum LearnError {
    #[error(transparent)]
    Brivo(#[from] BrivoError),
    #[error(transparent)]
    Connection(#[from] ConnectionError),
    #[error(transparent)]
    Kept(#[from] ConnectError),
}

/// Whose account a token belongs to; `None` if its administrator may not see that, who may still have all the rights that the
/// work needs. Two calls, and a third for the name, which nothing depends on.
///
/// # Errors
/// Those of the first two calls.
pub async fn identity(client: &Client, token: &AccessToken) -> Result<Option<BrivoAccount>, BrivoError> {
    let administrator = client.whoami(token).await?;
    let id = match client.account_of(token, administrator.id).await {
        Ok(id) => id,
        Err(BrivoError::Forbidden { .. } | BrivoError::NotFound) => return Ok(None),
        Err(error) => return Err(error),
    };
    let name = client.account(token, id).await.ok().map(|account| account.name);
    Ok(Some(BrivoAccount { id: id.0, name: name.filter(|name| !name.is_empty()) }))
}

/// Asks of every account with new tokens of a document whether they belong to the account connected before.
///
/// If Brivo does not answer, nothing is written with them yet; whoever is looked at next asks again.
pub async fn settle_doubts(services: &Services, record: &TenantRecord) {
    let accounts = record.tenant.accounts.iter().map(|account| &account.id);
    for account in accounts.filter(|account| record.accounts.get(*account).is_some_and(AccountRecord::has_to_be_asked))
    {
        if let Err(error) = learn(services, record, account).await {
            tracing::warn!(
                tenant.id = %record.tenant.id, account.id = %account, error = %error,
                "nobody knows yet whether new tokens are of the account connected before, so nothing is written with them"
            );
        }
    }
}

/// Learns which account of Brivo is connected, if that is not known. What keeps it from that changes nothing: the next pass asks
/// again.
pub(crate) async fn learn_if_unknown(services: &Services, record: &TenantRecord, account: &AccountId) {
    let is_unknown = |known: &AccountRecord| known.brivo.is_none() && known.is_connected();
    if record.accounts.get(account).is_some_and(is_unknown)
        && let Err(error) = learn(services, record, account).await
    {
        tracing::debug!(
            tenant.id = %record.tenant.id, account.id = %account, error = %error,
            "nobody knows yet which account of brivo is connected"
        );
    }
}

async fn learn(services: &Services, record: &TenantRecord, account: &AccountId) -> Result<(), LearnError> {
    let connecting = Connecting { services, tenant: &record.tenant.id, account };
    let seen = services.store.account(&record.tenant.id, account).await.map_err(ConnectError::Store)?;
    let session = connecting.session_in_doubt(record)?;
    let work = |client: Client, token| async move { identity(&client, &token).await };
    let found = match session.call(services.clock.now(), work).await {
        Err(BrivoError::Forbidden { .. }) => None,
        answer => answer?,
    };
    connecting.tell_account(&seen, found.as_ref()).await?;
    Ok(())
}
