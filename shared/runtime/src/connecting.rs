//! Connecting a Brivo account: the link somebody is sent, the login it begins, and the tokens that come of it.
//!
//! Every step is one conditional write of the account's record, so that of two that come at once one counts.

use brivo::{TokenGrant, Tokens};
use domain::{
    AccountId, TenantId,
    connect::{AnotherAccount, BrivoAccount, Link, Refusal, same_account},
};
use jiff::Timestamp;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use state::{AccountRecord, StoreError};

use crate::{
    Services,
    config::ConfigError,
    tenants::TenantError,
    vault::{StateVault, generation},
};

/// Where Brivo sends the browser back to; its whole address is to be registered with the application at Brivo.
pub const CALLBACK: &str = "/connect/callback";

/// How often a write is tried when another process writes at the same time.
const TRIES: usize = 5;

/// Why a step could not be made.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// The link or the login counts for nothing.
    #[error("the link or the login is not, or no longer, valid")]
    Refused(Refusal),
    /// It is another account of Brivo than the one that was connected before, or nobody can tell.
    #[error(transparent)]
    AnotherAccount(#[from] AnotherAccount),
    /// The state failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A token cannot be sealed.
    #[error(transparent)]
    Sealing(#[from] TenantError),
    /// The system gave no random bytes.
    #[error(transparent)]
    Random(#[from] ConfigError),
}

/// One account of a tenant, on its way to be connected.
#[derive(Clone, Copy, Debug)]
pub struct Connecting<'a> {
    /// The services.
    pub services: &'a Services,
    /// Whose account it is.
    pub tenant: &'a TenantId,
    /// The account.
    pub account: &'a AccountId,
}

impl Connecting<'_> {
    /// Makes a link; one that was made before ends with it. Answers its path, which is kept nowhere, and when it ends.
    ///
    /// # Errors
    /// If the state failed.
    pub async fn make_link(self) -> Result<(SecretString, Timestamp), ConnectError> {
        let (secret, digest) = secret()?;
        let link = Link::new(digest, self.services.clock.now());
        let until = link.until();
        self.update(|known| Ok(AccountRecord { link: Some(link.clone()), ..known })).await.map(drop)?;
        let segment = |id: &str| utf8_percent_encode(id, NON_ALPHANUMERIC).to_string();
        let (tenant, account) = (segment(self.tenant.as_str()), segment(self.account.as_str()));
        Ok((format!("/connect/{tenant}/{account}/{}", secret.expose_secret()).into(), until))
    }

    /// Whether a link can be used.
    ///
    /// # Errors
    /// [`ConnectError::Refused`] if not.
    pub async fn check_link(self, secret: &str) -> Result<(), ConnectError> {
        let known = self.services.store.account(self.tenant, self.account).await?;
        self.checked(known.link, secret).map(drop)
    }

    /// Begins a login with a link; answers the `state` that Brivo is to bring back.
    ///
    /// # Errors
    /// [`ConnectError::Refused`] if the link cannot be used.
    pub async fn begin_login(self, link_secret: &str) -> Result<SecretString, ConnectError> {
        let (state, digest) = secret()?;
        let now = self.services.clock.now();
        self.update(|known| {
            let link = self.checked(known.link.clone(), link_secret)?.with_login(digest.clone(), now);
            Ok(AccountRecord { link: Some(link), ..known })
        })
        .await?;
        Ok(state)
    }

    /// Takes note that a login has come back; answers the link that began it. It comes back once, whatever comes of it.
    ///
    /// # Errors
    /// [`ConnectError::Refused`] if no such login is under way.
    pub async fn end_login(self, state: &str) -> Result<Link, ConnectError> {
        let now = self.services.clock.now();
        let ended = |known: &AccountRecord| {
            let link = known.link.clone().ok_or(ConnectError::Refused(Refusal::Unknown))?;
            link.without_login(&digest(state), now).map_err(ConnectError::Refused)
        };
        let stored = self.update(|known| Ok(AccountRecord { link: Some(ended(&known)?), ..known })).await?;
        stored.link.ok_or(ConnectError::Refused(Refusal::Unknown))
    }

    /// Keeps the tokens of a login, asked for at `asked_at`, in place of any from before. The link has done its work then; if
    /// it has ended meanwhile, so has the login.
    ///
    /// # Errors
    /// [`ConnectError::AnotherAccount`]; or if the state failed: then somebody has to log in again.
    pub async fn keep(
        self,
        link: &Link,
        (grant, asked_at): (&TokenGrant, Timestamp),
        brivo: Option<&BrivoAccount>,
    ) -> Result<(), ConnectError> {
        let vault = self.vault();
        let kept = |known: AccountRecord| {
            if !known.link.as_ref().is_some_and(|standing| standing.is(link)) {
                return Err(ConnectError::Refused(Refusal::Unknown));
            }
            same_account(known.brivo.as_ref(), brivo)?;
            let version = generation(&known).map_or(1, |generation| generation.saturating_add(1));
            let tokens = vault.sealed(&Tokens::of(grant.clone(), asked_at, version))?;
            Ok(AccountRecord {
                tokens: Some(tokens),
                needs_reconnect: false,
                claimed_until: None,
                link: None,
                brivo: brivo.cloned(),
                doubt: None,
                to_wake_for: Some(version),
                ..known
            })
        };
        self.update(kept).await.map(drop)
    }

    /// Takes note that everyone has been woken since the account was connected with the tokens of this generation.
    ///
    /// # Errors
    /// If the state failed: then they are woken once more.
    pub async fn everyone_is_woken(self, generation: u64) -> Result<(), ConnectError> {
        let woken = |known: AccountRecord| {
            let to_wake_for = known.to_wake_for.filter(|owed| *owed != generation);
            Ok(AccountRecord { to_wake_for, ..known })
        };
        self.update(woken).await.map(drop)
    }

    /// Ends the link, and any login under way with it.
    ///
    /// # Errors
    /// If the state failed.
    pub async fn end_link(self) -> Result<(), ConnectError> {
        self.update(|known| Ok(AccountRecord { link: None, ..known })).await.map(drop)
    }

    /// Forgets the tokens that were `seen`, unless there are others by now: nothing can be written any more until somebody
    /// connects the account again.
    ///
    /// # Errors
    /// If the state failed.
    pub async fn forget(self, seen: &AccountRecord) -> Result<(), ConnectError> {
        let vault = self.vault();
        let seen = generation(seen);
        let forgotten = |known: AccountRecord| {
            let Some(version) = generation(&known).filter(|version| Some(*version) == seen) else { return Ok(known) };
            // The count goes on, so that a refresh that is under way comes too late.
            let version = version.saturating_add(1);
            let nothing = Tokens { access: None, refresh: SecretString::default(), version, needs_reconnect: true };
            let tokens = Some(vault.sealed(&nothing)?);
            Ok(AccountRecord { tokens, needs_reconnect: true, claimed_until: None, doubt: None, ..known })
        };
        self.update(forgotten).await.map(drop)
    }

    fn checked(self, link: Option<Link>, secret: &str) -> Result<Link, ConnectError> {
        let link = link.ok_or(ConnectError::Refused(Refusal::Unknown))?;
        link.check(&digest(secret), self.services.clock.now()).map_err(ConnectError::Refused)?;
        Ok(link)
    }

    fn vault(self) -> StateVault {
        StateVault::new(&self.services.store, &self.services.sealer, self.tenant, self.account)
    }

    /// Reads, lets `change` decide, and writes what it answers; again if another process wrote in between.
    async fn update(
        self,
        change: impl Fn(AccountRecord) -> Result<AccountRecord, ConnectError>,
    ) -> Result<AccountRecord, ConnectError> {
        let stored = self.update_if(|known| change(known).map(Some)).await?;
        stored.ok_or_else(|| StoreError::Conflict.into())
    }

    /// As [`Self::update`]; nothing is written, and `None` is the answer, if `change` answers `None`.
    pub(crate) async fn update_if(
        self,
        change: impl Fn(AccountRecord) -> Result<Option<AccountRecord>, ConnectError>,
    ) -> Result<Option<AccountRecord>, ConnectError> {
        let store = &self.services.store;
        for _ in 0..TRIES {
            let Some(record) = change(store.account(self.tenant, self.account).await?)? else { return Ok(None) };
            match store.put_account(self.tenant, self.account, &record).await {
                Err(StoreError::Conflict) => {}
                answer => return Ok(answer.map(|()| Some(record))?),
            }
        }
        Err(StoreError::Conflict.into())
    }
}

/// 32 random bytes in hex, and their digest.
fn secret() -> Result<(SecretString, String), ConfigError> {
    let mut bytes = [0; 32];
    aws_lc_rs::rand::fill(&mut bytes).map_err(|_| ConfigError::NoRandomness)?;
    let secret = SecretString::from(hex::encode(bytes));
    let digest = digest(secret.expose_secret());
    Ok((secret, digest))
}

fn digest(secret: &str) -> String {
    hex::encode(Sha256::digest(secret))
}
