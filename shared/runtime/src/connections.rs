//! Brivo sessions, one per account, with the connections and the tokens of a process shared between runs.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use brivo::{Application, Client, Hosts, Session, TokenKeeper, Transport};
use domain::{AccountId, TenantId};
use secrecy::{ExposeSecret, SecretString};
use state::{Store, TenantRecord};

use crate::{
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
    sessions: Mutex<HashMap<(TenantId, AccountId), (u64, Session)>>,
}

impl Connections {
    /// No sessions yet. `brivo` carries the calls, `hosts` stands in for Brivo's own.
    pub fn new(store: Arc<dyn Store>, sealer: Arc<Sealer>, brivo: Arc<dyn Transport>, hosts: Option<Hosts>) -> Self {
        Self { store, sealer, brivo, hosts, vendor_key: None, sessions: Mutex::default() }
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
        let key = (record.tenant.id.clone(), account.clone());
        let mut sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, session)) = sessions.get(&key).filter(|(version, _)| *version == record.version) {
            return Ok(session.clone());
        }
        let session = self.connect(record, account)?;
        sessions.insert(key, (record.version, session.clone()));
        Ok(session)
    }

    fn connect(&self, record: &TenantRecord, account: &AccountId) -> Result<Session, ConnectionError> {
        let Access { client, application, .. } = self.access(record, account)?;
        Ok(self.joined(record, account, client, application))
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
        let named = |name| tenants::secret(&self.sealer, record, &format!("accounts.{account}.{name}"));
        let secret = |name| -> Result<SecretString, ConnectionError> { named(name)?.ok_or_else(|| incomplete(name)) };
        let api_key = match api_key.map_or_else(|| named("api_key"), |given| Ok(Some(given)))? {
            Some(key) => key,
            None if vendor_key::is_due(&record.tenant) => {
                self.vendor_key.clone().ok_or_else(|| incomplete(NO_VENDOR_KEY))?
            }
            None => return Err(incomplete("api_key")),
        };
        let hosts = self.hosts.clone().unwrap_or_else(|| Hosts::of(region));
        let client = Client::new(Arc::clone(&self.brivo), hosts.clone(), api_key);
        let application = Application {
            client_id: secret("client_id")?.expose_secret().to_owned(),
            client_secret: secret("client_secret")?,
        };
        Ok(Access { hosts, client, application })
    }
}
