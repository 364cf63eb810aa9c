//! Clients of the platforms' own APIs, for what a webhook leaves out.

use std::{
    sync::{Arc, OnceLock},
    time::Duration,
};

use platforms::{Api, Connection, Reader, hooks::Registry};
use secrecy::SecretString;
use state::TenantRecord;

use crate::{
    seal::Sealer,
    tenants::{self, TenantError},
};

/// How long a platform may take to answer: a person may stand before a door meanwhile, and what it knows is asked for again.
const CALL_TIMEOUT: Duration = Duration::from_secs(3);

/// How long a page of a list may take: nobody waits for it.
const PAGE_TIMEOUT: Duration = Duration::from_secs(20);

/// Makes clients of the platforms' APIs.
#[derive(Clone, Debug)]
pub struct PlatformApis {
    http: reqwest::Client,
    /// Made when it is first needed: most processes read no lists.
    patient: Arc<OnceLock<reqwest::Client>>,
    base: Option<String>,
}

impl PlatformApis {
    /// `base` stands in for the vendor's own address.
    ///
    /// # Errors
    /// If the system has no certificates to trust.
    pub fn new(base: Option<String>) -> Result<Self, reqwest::Error> {
        Ok(Self { http: client(CALL_TIMEOUT)?, patient: Arc::default(), base })
    }

    /// The client of a tenant's platform; `None` if its API is not asked or no login was given.
    ///
    /// # Errors
    /// If a secret of the login cannot be opened.
    pub fn of(&self, sealer: &Sealer, record: &TenantRecord) -> Result<Option<Api>, TenantError> {
        Api::connect(self.connection(record, self.http.clone()), secret(sealer, record))
    }

    /// Who reads a tenant's platform; `None` if it has no API that is read, or no login was given.
    ///
    /// # Errors
    /// If a secret of the login cannot be opened.
    pub fn reader(&self, sealer: &Sealer, record: &TenantRecord) -> Result<Option<Reader>, TenantError> {
        Reader::connect(self.connection(record, self.patient()), secret(sealer, record))
    }

    /// The list of webhooks of a tenant's platform; `None` if they are entered there by hand, or no login was given.
    ///
    /// # Errors
    /// If a secret of the login cannot be opened.
    pub fn hooks(&self, sealer: &Sealer, record: &TenantRecord) -> Result<Option<Registry>, TenantError> {
        Registry::connect(self.connection(record, self.patient()), secret(sealer, record))
    }

    fn connection<'a>(&'a self, record: &'a TenantRecord, http: reqwest::Client) -> Connection<'a> {
        let (platform, settings) = (record.tenant.platform, &record.platform_api);
        Connection { platform, http, base: self.base.as_deref(), settings }
    }

    fn patient(&self) -> reqwest::Client {
        self.patient.get_or_init(|| client(PAGE_TIMEOUT).unwrap_or_else(|_| self.http.clone())).clone()
    }
}

/// Opens the secrets of a tenant's login, by name.
fn secret(sealer: &Sealer, record: &TenantRecord) -> impl FnOnce(&str) -> Result<Option<SecretString>, TenantError> {
    move |name| tenants::secret(sealer, record, &format!("platform_api.{name}"))
}

fn client(timeout: Duration) -> Result<reqwest::Client, reqwest::Error> {
    reqwest::Client::builder()
        .connect_timeout(CALL_TIMEOUT)
        .timeout(timeout)
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .build()
}
