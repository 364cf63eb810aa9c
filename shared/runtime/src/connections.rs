//! Brivo sessions, one per account, with the connections and the tokens of a process shared between runs.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use brivo::{Application, Client, Hosts, Session, TokenKeeper, Transport};
use domain::{AccountId, ApiKeyId, TenantId};
use secrecy::{ExposeSecret, SecretString};
use state::{Store, TenantRecord};

use crate::{
    pace::{KeyPace, LastSeen, key_of},
    seal::Sealer,
    tenants::{self, TenantError},
    vault::StateVault,
    vendor_key,
};

/// What is missing where an account names no key and the policy has whoever runs Latchwork hold one.
const NO_VENDOR_KEY: &str = "api_key (or one that whoever runs Latchwork holds for all; your Brivo dealer activates API access and \
                             gives out the key)";

/// Why there is no session.
#[derive(Debug, thiserror::Error)]
pub enum ConnectionError {
    /// The tenant document lacks something that the account needs: a person has to add it.
    #[error("accounts.{account}.{missing} is missing in the tenant document")]
    Incomplete {
        /// Which account.
        account: AccountId,
        /// What is missing.
        missing: &'static str,
    },
    /// A secret cannot be opened.
    #[error(transparent)]
    Tenant(#[from] TenantError),
}

/// What the calls of an account are made with.
#[derive(Clone, Debug)]
pub struct Access {
    /// Where the account lives.
    pub hosts: Hosts,
    /// Makes the calls.
    pub client: Client,
    /// The application through which the account connects.
    pub application: Application,
}

/// The sessions of a process.
#[derive(Debug)]
pub struct Connections {
    store: Arc<dyn Store>,
    sealer: Arc<Sealer>,
    brivo: Arc<dyn Transport>,
    hosts: Option<Hosts>,
    vendor_key: Option<SecretString>,
    sessions: Mutex<HashMap<(TenantId, AccountId), Connected>>,
    paces: Mutex<HashMap<ApiKeyId, LastSeen>>,
}

/// A session, and the version of the settings it was made from.
#[derive(Clone, Debug)]
struct Connected {
    version: u64,
    session: Session,
    pace: KeyPace,
}

impl Connections {
    /// No sessions yet. `brivo` carries the calls, `hosts` stands in for Brivo's own.
    pub fn new(store: Arc<dyn Store>, sealer: Arc<Sealer>, brivo: Arc<dyn Transport>, hosts: Option<Hosts>) -> Self {
        let (sessions, paces) = (Mutex::default(), Mutex::default());
        Self { store, sealer, brivo, hosts, vendor_key: None, sessions, paces }
    }

    /// With the API key that whoever runs Latchwork holds for accounts that name none, where the policy `api_key` says so.
    #[must_use]
    pub fn with_vendor_key(self, key: Option<SecretString>) -> Self {
        Self { vendor_key: key, ..self }
    }

    /// The session of an account, made anew when the tenant document has changed. It begins with the tokens that were read with
    /// the tenant, so that a cold start does not read the account again.
    ///
    /// # Errors
    /// If the document lacks a part of the account, or a secret cannot be opened.
    pub fn session(&self, record: &TenantRecord, account: &AccountId) -> Result<Session, ConnectionError> {
        Ok(self.paced(record, account)?.0)
    }

    /// The session of an account, and the pace of its API key.
    ///
    /// # Errors
    /// As [`Self::session`].
    pub fn paced(&self, record: &TenantRecord, account: &AccountId) -> Result<(Session, KeyPace), ConnectionError> {
        let key = (record.tenant.id.clone(), account.clone());
        let mut sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        let known = sessions.get(&key).filter(|known| known.version == record.version);
        let Connected { session, pace, .. } = if let Some(known) = known {
            known.clone()
        } else {
            let made = self.connect(record, account)?;
            sessions.insert(key, made.clone());
            made
        };
        Ok((session, pace))
    }

    fn connect(&self, record: &TenantRecord, account: &AccountId) -> Result<Connected, ConnectionError> {
        let Access { client, application, .. } = self.access(record, account)?;
        let pace = self.pace_of(record, account)?;
        let session = self.joined(record, account, client, application);
        Ok(Connected { version: record.version, session, pace })
    }

    fn pace_of(&self, record: &TenantRecord, account: &AccountId) -> Result<KeyPace, ConnectionError> {
        let key = key_of(&self.api_key(record, account)?);
        let settings = record.tenant.accounts.iter().find(|known| known.id == *account);
        let mut paces = self.paces.lock().unwrap_or_else(PoisonError::into_inner);
        let last_seen = Arc::clone(paces.entry(key.clone()).or_default());
        Ok(KeyPace {
            store: Arc::clone(&self.store),
            key,
            last_seen,
            tenant: record.tenant.id.clone(),
            account: account.clone(),
            budget: settings.and_then(|settings| settings.budget),
        })
    }

    /// A session of an account with another API key than it has, or has not yet, to try it: refreshes come with it too, because the
    /// key from before may be dead already.
    ///
    /// # Errors
    /// As [`Self::session`].
    pub fn session_with_key(
        &self,
        record: &TenantRecord,
        account: &AccountId,
        api_key: SecretString,
    ) -> Result<Session, ConnectionError> {
        let Access { client, application, .. } = self.access_with(record, account, Some(api_key))?;
        Ok(self.joined(record, account, client, application))
    }

    fn joined(&self, record: &TenantRecord, account: &AccountId, client: Client, application: Application) -> Session {
        let vault = StateVault::new(&self.store, &self.sealer, &record.tenant.id, account);
        // What cannot be opened is read, and told, when a token is needed.
        let known = record.accounts.get(account).and_then(|known| vault.tokens_in(known).ok().flatten());
        let keeper = TokenKeeper::new(client.clone(), application, Arc::new(vault)).beginning_with(known);
        Session::new(client, keeper)
    }

    /// What the calls of an account are made with, before anybody has connected it.
    ///
    /// # Errors
    /// If the document lacks a part of the account, or a secret cannot be opened.
    pub fn access(&self, record: &TenantRecord, account: &AccountId) -> Result<Access, ConnectionError> {
        self.access_with(record, account, None)
    }

    fn access_with(
        &self,
        record: &TenantRecord,
        account: &AccountId,
        api_key: Option<SecretString>,
    ) -> Result<Access, ConnectionError> {
        let incomplete = |missing| ConnectionError::Incomplete { account: account.clone(), missing };
        let settings = record.tenant.accounts.iter().find(|known| known.id == *account);
        let region = settings.ok_or_else(|| incomplete("id"))?.region;
        let secret = |name| self.secret(record, account, name);
        let api_key = api_key.map_or_else(|| self.api_key(record, account), Ok)?;
        let hosts = self.hosts.clone().unwrap_or_else(|| Hosts::of(region));
        let client = Client::new(Arc::clone(&self.brivo), hosts.clone(), api_key);
        let application = Application {
            client_id: secret("client_id")?.expose_secret().to_owned(),
            client_secret: secret("client_secret")?,
        };
        Ok(Access { hosts, client, application })
    }

    /// The account's own API key, or the one for all where the policy says so.
    fn api_key(&self, record: &TenantRecord, account: &AccountId) -> Result<SecretString, ConnectionError> {
        let incomplete = |missing| ConnectionError::Incomplete { account: account.clone(), missing };
        match self.named(record, account, "api_key")? {
            Some(key) => Ok(key),
            None if vendor_key::is_due(&record.tenant) => {
                self.vendor_key.clone().ok_or_else(|| incomplete(NO_VENDOR_KEY))
            }
            None => Err(incomplete("api_key")),
        }
    }

    fn secret(
        &self,
        record: &TenantRecord,
        account: &AccountId,
        name: &'static str,
    ) -> Result<SecretString, ConnectionError> {
        let secret = self.named(record, account, name)?;
        secret.ok_or_else(|| ConnectionError::Incomplete { account: account.clone(), missing: name })
    }

    fn named(
        &self,
        record: &TenantRecord,
        account: &AccountId,
        name: &str,
    ) -> Result<Option<SecretString>, TenantError> {
        tenants::secret(&self.sealer, record, &format!("accounts.{account}.{name}"))
    }
}
