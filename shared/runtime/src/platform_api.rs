//! Clients of the platforms' own APIs, for what a webhook leaves out.

use std::time::Duration;

use platforms::Api;
use state::TenantRecord;

use crate::{
    seal::Sealer,
    tenants::{self, TenantError},
};

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

    /// The client of a tenant's platform; `None` if its API is not asked or no login was given.
    ///
    /// # Errors
    /// If a secret of the login cannot be opened.
    pub fn of(&self, sealer: &Sealer, record: &TenantRecord) -> Result<Option<Api>, TenantError> {
        let secret = |name: &str| tenants::secret(sealer, record, &format!("platform_api.{name}"));
        Api::connect(record.tenant.platform, self.http.clone(), self.base.as_deref(), &record.platform_api, secret)
    }
}
