//! How a tenant's platform is reached by its own API.

use std::collections::BTreeMap;

use domain::tenant::Platform;
use secrecy::SecretString;

use crate::{nexudus, officernd, spacebring};

/// What a client of a platform's API is made of, but for the secret of its login: that is opened only when everything else is
/// there.
#[derive(Debug)]
pub struct Connection<'a> {
    /// The platform.
    pub platform: Platform,
    /// How calls are made, with their time-outs.
    pub http: reqwest::Client,
    /// What stands in for the vendor's own address.
    pub base: Option<&'a str>,
    /// `platform_api` of the tenant document, by name.
    pub settings: &'a BTreeMap<String, String>,
}

/// What webhooks alone do not tell, where `settings` have no login for the platform's lists.
pub fn untold_without_login(platform: Platform, settings: &BTreeMap<String, String>) -> Option<&'static str> {
    let lacks = |names: &[&str]| names.iter().any(|name| !settings.contains_key(*name));
    match platform {
        Platform::Officernd if lacks(&["organization", "client_id"]) => Some(
            "platform_api: OfficeRnD's webhooks alone do not tell all. Without a login a recurring booking opens doors for no more \
             than five weeks after its last webhook, and a desk that a webhook names only by its id opens none",
        ),
        Platform::Spacebring if lacks(&["client_id"]) => Some(
            "platform_api: Spacebring's webhooks alone do not tell all. Without a login day passes open nothing, and a member who \
             was deleted there keeps access",
        ),
        Platform::Officernd | Platform::Spacebring | Platform::Nexudus | Platform::Coworks | Platform::Deskworks => {
            None
        }
    }
}

impl Connection<'_> {
    /// The client of Nexudus; `None` if no login was given.
    ///
    /// # Errors
    /// Those of `secret`.
    pub(crate) fn nexudus<E>(
        self,
        secret: impl FnOnce(&str) -> Result<Option<SecretString>, E>,
    ) -> Result<Option<nexudus::Client>, E> {
        let Some(username) = self.settings.get("username") else { return Ok(None) };
        let Some(password) = secret("password")? else { return Ok(None) };
        let base = self.base.unwrap_or(nexudus::Client::BASE_URL);
        Ok(Some(nexudus::Client::new(self.http, base, username, password)))
    }

    /// The client of OfficeRnD that asks for these scopes; `None` if no login was given.
    ///
    /// # Errors
    /// Those of `secret`.
    pub(crate) fn officernd<E>(
        self,
        scopes: &str,
        secret: impl FnOnce(&str) -> Result<Option<SecretString>, E>,
    ) -> Result<Option<officernd::Client>, E> {
        let login = self.settings.get("organization").zip(self.settings.get("client_id"));
        let Some((organization, client_id)) = login else { return Ok(None) };
        let Some(client_secret) = secret("client_secret")? else { return Ok(None) };
        let login = officernd::client::Login {
            organization: organization.clone(),
            client_id: client_id.clone(),
            client_secret,
            scopes: scopes.to_owned(),
        };
        let region = self.settings.get("url").map(String::as_str);
        Ok(Some(officernd::Client::of(self.http, (self.base, region), login)))
    }

    /// The client of Spacebring; `None` if no login was given.
    ///
    /// # Errors
    /// Those of `secret`.
    pub(crate) fn spacebring<E>(
        self,
        secret: impl FnOnce(&str) -> Result<Option<SecretString>, E>,
    ) -> Result<Option<spacebring::Client>, E> {
        let Some(client_id) = self.settings.get("client_id") else { return Ok(None) };
        let Some(client_secret) = secret("client_secret")? else { return Ok(None) };
        let base = self.base.unwrap_or(spacebring::Client::BASE_URL);
        Ok(Some(spacebring::Client::new(self.http, base, client_id, client_secret)))
    }
}
