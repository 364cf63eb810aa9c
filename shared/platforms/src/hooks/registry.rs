//! The platforms' own lists of webhooks, behind one face.

use std::fmt;

use domain::{
    hook_list::{Fault, FoundHook},
    tenant::Platform,
};
use secrecy::SecretString;

use super::{Address, GivenSecret, WantedHook};
use crate::{Connection, PlatformError, nexudus, officernd};

/// A hook of ours that the platform lists.
pub struct Listed {
    /// What it says of it.
    pub found: FoundHook,
    /// The secret that signs its deliveries, where the list shows it.
    pub secret: Option<SecretString>,
}

impl fmt::Debug for Listed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.found.fmt(f)
    }
}

/// What is on a page of the list.
#[derive(Debug)]
pub struct HookPage {
    /// The hooks of ours.
    pub hooks: Vec<Listed>,
    /// The page after it; none on the last.
    pub next: Option<u64>,
}

/// A hook that was made; the platform may have given it a secret that it tells only once.
pub type Registered = Option<GivenSecret>;

/// Lists, makes and switches on the webhooks of one tenant at a platform that has an API for it.
#[derive(Clone, Debug)]
pub enum Registry {
    /// Nexudus.
    Nexudus(nexudus::Client),
    /// OfficeRnD.
    Officernd(officernd::Client),
}

impl Registry {
    /// The registry of a tenant's platform; `None` if hooks are entered there by hand, or no login was given.
    ///
    /// `secret` opens those of `platform_api` in the tenant document, by name.
    ///
    /// # Errors
    /// Those of `secret`.
    pub fn connect<E>(
        connection: Connection<'_>,
        secret: impl FnOnce(&str) -> Result<Option<SecretString>, E>,
    ) -> Result<Option<Self>, E> {
        match connection.platform {
            Platform::Nexudus => Ok(connection.nexudus(secret)?.map(Self::Nexudus)),
            Platform::Officernd => {
                Ok(connection.officernd(officernd::client::WEBHOOK_SCOPES, secret)?.map(Self::Officernd))
            }
            Platform::Spacebring | Platform::Coworks | Platform::Deskworks => Ok(None),
        }
    }

    /// Whether every hook gets a secret of its own, which is told when it is made.
    pub fn gives_secrets(&self) -> bool {
        match self {
            Self::Nexudus(_) => false,
            Self::Officernd(_) => true,
        }
    }

    /// The hooks that deliver to this address, on a page of the list: the first is 1.
    ///
    /// # Errors
    /// The platform gave no usable answer, or one of ours cannot be read: another in its place would be one too many.
    pub async fn page(&self, address: &Address, page: u64) -> Result<HookPage, PlatformError> {
        match self {
            Self::Nexudus(client) => client.webhooks(address, page).await,
            Self::Officernd(client) => {
                let hooks = client.webhooks().await?;
                let hooks = hooks.into_iter().filter_map(|hook| officernd_hook(hook, address)).collect();
                Ok(HookPage { hooks, next: None })
            }
        }
    }

    /// Makes a hook that delivers to this URL.
    ///
    /// # Errors
    /// The platform gave no usable answer. The hook may be there all the same: list before trying again.
    pub async fn register(&self, hook: &WantedHook, url: &SecretString) -> Result<Registered, PlatformError> {
        match self {
            Self::Nexudus(client) => client.register_webhook(hook, url).await.map(|()| None),
            Self::Officernd(client) => {
                let made = client.register_webhook(url).await?;
                Ok(Some(GivenSecret { reference: made.id, secret: made.secret }))
            }
        }
    }

    /// Switches a hook on that is there, for all that is wanted of it; what else it says stays.
    ///
    /// # Errors
    /// The platform gave no usable answer. Repeating does no harm.
    pub async fn mend(&self, reference: &str, url: &SecretString) -> Result<(), PlatformError> {
        match self {
            Self::Nexudus(client) => client.switch_webhook_on(reference).await,
            Self::Officernd(client) => client.switch_webhook_on(reference, url).await,
        }
    }
}

fn officernd_hook(hook: officernd::client::Webhook, address: &Address) -> Option<Listed> {
    let ours = address.read("officernd", &hook.url)?;
    let is_whole = officernd::client::EVENT_TYPES.iter().all(|event| hook.event_types.iter().any(|has| has == event));
    let fault = match (ours.has_secret, is_whole) {
        (false, _) => Some(Fault::OldSecret),
        (true, false) => Some(Fault::LacksEvents),
        (true, true) => None,
    };
    let found = FoundHook { hook: ours.hook, reference: hook.id, fault, is_on: hook.enabled, failures: None };
    Some(Listed { found, secret: hook.secret })
}
