//! The URLs of a tenant's hooks, and telling them from those of others.

use std::fmt;

use domain::{HookId, TenantId};
use reqwest::Url;
use secrecy::{ExposeSecret, SecretString};

use super::WantedHook;
use crate::nexudus;

/// What stands in a shown URL for the secret.
const PLACEHOLDER: &str = "{path_secret}";

/// An address that hooks cannot be delivered to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// Not the beginning of a URL.
    #[error("the address of this deployment must be a URL without query, such as https://doors.example")]
    NoUrl,
    /// Deliveries carry secrets, and names of people.
    #[error("the address of this deployment must begin with https://; http:// is taken on one machine alone")]
    NotSecure,
}

/// Where the hooks of one tenant are delivered.
#[derive(Clone)]
pub struct Address {
    /// None if it was never said: then only what has the tenant's path secret is known to be ours.
    base: Option<Url>,
    tenant: TenantId,
    path_secret: SecretString,
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Address").field("tenant", &self.tenant).finish_non_exhaustive()
    }
}

/// What a URL of ours says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ours {
    /// Which hook it is of.
    pub hook: HookId,
    /// Whether it has the path secret that is the tenant's now.
    pub has_secret: bool,
}

impl Address {
    /// Hooks under `base`, such as `https://doors.example`; without it none can be made.
    ///
    /// # Errors
    /// Nothing can be delivered there.
    pub fn new(base: Option<&str>, tenant: &TenantId, path_secret: SecretString) -> Result<Self, AddressError> {
        Ok(Self { base: base.map(sound).transpose()?, tenant: tenant.clone(), path_secret })
    }

    /// The base, as it is remembered.
    pub fn base(&self) -> Option<&str> {
        self.base.as_ref().map(|base| base.as_str().trim_end_matches('/'))
    }

    /// The URL of a hook with the secret in it; none without a base.
    pub fn url(&self, hook: &WantedHook) -> Option<SecretString> {
        let mut url = self.base.clone()?;
        let parts = ["hooks", hook.source, self.tenant.as_str(), self.path_secret.expose_secret()];
        let parts = parts.into_iter().chain(hook.event.as_deref());
        url.path_segments_mut().ok()?.pop_if_empty().extend(parts);
        if let Some(location) = &hook.location {
            url.query_pairs_mut().append_pair("location", location.as_str());
        }
        Some(SecretString::from(String::from(url)))
    }

    /// The URL of a hook as it may be shown: with a placeholder for the secret; without a base it begins with the path.
    pub fn shown(&self, hook: &WantedHook) -> String {
        let event = hook.event.iter().map(|event| format!("/{event}"));
        let location = hook.location.iter().map(|location| format!("?location={location}"));
        let path = format!("/hooks/{}/{}/{PLACEHOLDER}", hook.source, self.tenant);
        [self.base().unwrap_or_default().to_owned(), path].into_iter().chain(event).chain(location).collect()
    }

    /// What a URL of this source says, if it is one of ours.
    pub fn read(&self, source: &str, url: &str) -> Option<Ours> {
        let url = Url::parse(url).ok()?;
        let (before, rest) = self.split(source, &url)?;
        let (secret, event) = rest.split_once('/').map_or((rest, None), |(secret, event)| (secret, Some(event)));
        let has_secret = self.is_secret(secret);
        match &self.base {
            // Under another address or with another secret it may be anybody's.
            None if !has_secret => return None,
            Some(base) if base.origin() != url.origin() || base.path().trim_end_matches('/') != before => return None,
            None | Some(_) => {}
        }
        let event = event.filter(|event| !event.is_empty()).map(|event| nexudus::action_name(event).unwrap_or(event));
        let location = url.query_pairs().find(|(name, _)| name == "location").map(|(_, location)| location);
        Some(Ours { hook: HookId::of(source, event, location.as_deref().filter(|it| !it.is_empty())), has_secret })
    }

    /// What stands in a URL's path before and after the words that all hooks of this tenant have.
    fn split<'u>(&self, source: &str, url: &'u Url) -> Option<(&'u str, &'u str)> {
        let words = encoded(&["hooks", source, self.tenant.as_str()])?;
        let (before, rest) = url.path().split_once(words.as_str())?;
        Some((before, rest.strip_prefix('/')?))
    }

    fn is_secret(&self, given: &str) -> bool {
        let ours = encoded(&[self.path_secret.expose_secret()]);
        ours.is_some_and(|ours| ours.strip_prefix('/') == Some(given))
    }
}

/// Words as they stand in a URL's path, with a slash before each.
fn encoded(words: &[&str]) -> Option<String> {
    let mut url = Url::parse("https://latchwork.invalid/").ok()?;
    url.path_segments_mut().ok()?.pop_if_empty().extend(words);
    Some(url.path().to_owned())
}

fn sound(base: &str) -> Result<Url, AddressError> {
    let url = Url::parse(base.trim()).map_err(|_| AddressError::NoUrl)?;
    let is_bare = url.query().is_none() && url.fragment().is_none() && url.username().is_empty();
    if !is_bare || url.password().is_some() || !url.has_host() {
        return Err(AddressError::NoUrl);
    }
    let is_here = matches!(url.host_str(), Some("127.0.0.1" | "localhost" | "[::1]"));
    match url.scheme() {
        "https" => Ok(url),
        "http" if is_here => Ok(url),
        _ => Err(AddressError::NotSecure),
    }
}
