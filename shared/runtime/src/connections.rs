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
};

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
    sessions: Mutex<HashMap<(TenantId, AccountId), (u64, Session)>>,
}

impl Connections {
    /// No sessions yet. `brivo` carries the calls, `hosts` stands in for Brivo's own.
    pub fn new(store: Arc<dyn Store>, sealer: Arc<Sealer>, brivo: Arc<dyn Transport>, hosts: Option<Hosts>) -> Self {
        Self { store, sealer, brivo, hosts, sessions: Mutex::default() }
    }

    /// The session of an account, made anew when the tenant document has changed.
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

    /// A session of an account with another API key than the document's, to try it: refreshes come with it too, because the
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
        let Access { client, application, .. } = self.access(record, account)?;
        Ok(self.joined(record, account, client.with_api_key(api_key), application))
    }

    fn joined(&self, record: &TenantRecord, account: &AccountId, client: Client, application: Application) -> Session {
        let vault = StateVault {
            store: Arc::clone(&self.store),
            sealer: Arc::clone(&self.sealer),
            tenant: record.tenant.id.clone(),
            account: account.clone(),
        };
        Session::new(client.clone(), TokenKeeper::new(client, application, Arc::new(vault)))
    }

    /// What the calls of an account are made with, before anybody has connected it.
    ///
    /// # Errors
    /// If the document lacks a part of the account, or a secret cannot be opened.
    pub fn access(&self, record: &TenantRecord, account: &AccountId) -> Result<Access, ConnectionError> {
        let incomplete = |missing| ConnectionError::Incomplete { account: account.clone(), missing };
        let settings = record.tenant.accounts.iter().find(|known| known.id == *account);
        let region = settings.ok_or_else(|| incomplete("id"))?.region;
        let secret = |name: &'static str| -> Result<SecretString, ConnectionError> {
            let place = format!("accounts.{account}.{name}");
            tenants::secret(&self.sealer, record, &place)?.ok_or_else(|| incomplete(name))
        };
        let hosts = self.hosts.clone().unwrap_or_else(|| Hosts::of(region));
        let client = Client::new(Arc::clone(&self.brivo), hosts.clone(), secret("api_key")?);
        let application = Application {
            client_id: secret("client_id")?.expose_secret().to_owned(),
            client_secret: secret("client_secret")?,
        };
        Ok(Access { hosts, client, application })
    }
}
