//! Clients of the platforms' own APIs, for what a webhook leaves out.

use std::time::Duration;

use domain::tenant::Platform;
use platforms::nexudus;
use state::TenantRecord;

use crate::{
    seal::Sealer,
    tenants::{self, TenantError},
};

/// Where Nexudus' API is.
///
/// Source: Nexudus developer pages, REST authentication, 2026-11.
const NEXUDUS: &str = "https://spaces.nexudus.com/api";

/// How long a platform may take to answer: a person may stand before a door meanwhile, and what it knows is asked for again.
const CALL_TIMEOUT: Duration = Duration::from_secs(3);

/// Makes clients of the platforms' APIs.
#[derive(Clone, Debug)]
pub struct PlatformApis {
    http: reqwest::Client,
    base: Option<String>,
}

impl PlatformApis {
    /// `base` stands in for the vendor's own address.
    ///
    /// # Errors
    /// If the system has no certificates to trust.
    pub fn new(base: Option<String>) -> Result<Self, reqwest::Error> {
        let http = reqwest::Client::builder()
            .connect_timeout(CALL_TIMEOUT)
            .timeout(CALL_TIMEOUT)
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .build()?;
        Ok(Self { http, base })
    }

    /// The client of a tenant's Nexudus account; `None` if the tenant is on another platform or gave no login.
    ///
    /// # Errors
    /// If the password cannot be opened.
    pub fn nexudus(&self, sealer: &Sealer, record: &TenantRecord) -> Result<Option<nexudus::Client>, TenantError> {
        match record.tenant.platform {
            Platform::Nexudus => {}
            Platform::Officernd | Platform::Spacebring | Platform::Coworks | Platform::Deskworks => return Ok(None),
        }
        let password = tenants::secret(sealer, record, "platform_api.password")?;
        let Some((username, password)) = record.platform_api.get("username").zip(password) else {
            return Ok(None);
        };
        let base = self.base.clone().unwrap_or_else(|| NEXUDUS.to_owned());
        Ok(Some(nexudus::Client::new(self.http.clone(), &base, username, password)))
    }
}
