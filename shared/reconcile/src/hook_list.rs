//! A tenant's webhooks at the platform: which there should be, which there are, and bringing the one to the other.

mod register;
mod watch;

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use domain::hook_list::{Compared, Fault, FoundHook, compare};
use jiff::Timestamp;
use platforms::{
    PlatformError,
    hooks::{Address, AddressError, Listed, Registry, Wanted, wanted},
};
use runtime::{
    Services, clock, given_secrets,
    tenants::{self, TenantError},
};
use secrecy::{ExposeSecret, SecretString};
use state::{HookListRecord, StoreError, TenantRecord};

pub use register::{Done, register};
pub use watch::watch_all;

/// How often a call is made again that came too soon.
const TRIES: usize = 3;

/// How long to wait before that, if the platform does not say.
const A_SECOND: Duration = Duration::from_secs(1);

/// How long to wait at most for a page: somebody may wait for the answer.
const LONGEST_WAIT: Duration = Duration::from_secs(2);

/// The time between two calls: Nexudus takes one in 100 ms, and mending one hook takes two.
const PAUSE: Duration = Duration::from_millis(250);

/// Why nothing can be said or done about a tenant's hooks.
#[derive(Debug, thiserror::Error)]
pub enum HookListError {
    /// Every hook's URL has it.
    #[error("the tenant document has no hooks.path_secret: put one of at least 32 characters")]
    NoSecret,
    /// It was not said, or nothing can be delivered there.
    #[error("{0}")]
    Address(#[from] AddressError),
    /// Hooks have to be delivered somewhere.
    #[error("say under which address this deployment is reached: {{\"url\": \"https://doors.example\"}}")]
    NoAddress,
    /// The platform has no API for it, or no login was given.
    #[error(
        "hooks cannot be registered for this tenant, only entered by hand, or its login is missing from platform_api. {0}"
    )]
    ByHand(&'static str),
    /// Somebody is registering them.
    #[error("somebody is registering hooks at this moment: try again in a minute")]
    Busy,
    /// The state failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A secret cannot be sealed or opened.
    #[error(transparent)]
    Tenant(TenantError),
}

impl From<TenantError> for HookListError {
    fn from(error: TenantError) -> Self {
        match error {
            TenantError::Store(error) => Self::Store(error),
            sealing @ TenantError::Sealing { .. } => Self::Tenant(sealing),
        }
    }
}

/// The hooks of one tenant.
#[derive(Debug)]
pub struct Hooks<'a> {
    services: &'a Services,
    tenant: &'a TenantRecord,
    registry: Option<Registry>,
    /// Where they are delivered.
    pub address: Address,
    /// Which there should be.
    pub wanted: Wanted,
    /// What signs deliveries, as far as that is known.
    signing_secrets: Vec<SecretString>,
}

/// What the platform listed.
#[derive(Debug)]
struct Looked {
    compared: Compared,
    /// The hooks of ours whose deliveries may be taken in, by their ids at the platform.
    in_use: BTreeSet<String>,
    /// Secrets that the list shows and that are not known here, by the ids of their hooks.
    unknown: BTreeMap<String, SecretString>,
}

impl<'a> Hooks<'a> {
    /// The hooks of a tenant that are delivered under `base`; without it, those that have its path secret.
    ///
    /// # Errors
    /// There is no path secret, nothing can be delivered to `base`, or a secret cannot be opened.
    pub fn of(services: &'a Services, tenant: &'a TenantRecord, base: Option<&str>) -> Result<Self, HookListError> {
        let path_secret = tenants::secret(&services.sealer, tenant, "hooks.path_secret")?;
        let path_secret = path_secret.ok_or(HookListError::NoSecret)?;
        let signing_secrets = tenants::signing_secrets(&services.sealer, tenant)?;
        Ok(Self {
            services,
            tenant,
            registry: services.platforms.hooks(&services.sealer, tenant)?,
            address: Address::new(base, &tenant.tenant.id, path_secret)?,
            wanted: wanted(&tenant.tenant, !signing_secrets.is_empty()),
            signing_secrets,
        })
    }

    /// What the platform lists beside what is wanted; `None` if it has no API for that, or no login was given.
    pub async fn compared(&self, known: &HookListRecord) -> Option<Result<Compared, PlatformError>> {
        let registry = self.registry.as_ref()?;
        Some(self.look(registry, known).await.map(|looked| looked.compared))
    }

    async fn look(&self, registry: &Registry, known: &HookListRecord) -> Result<Looked, PlatformError> {
        let (mut found, mut unknown) = (Vec::new(), BTreeMap::new());
        for Listed { found: mut hook, secret } in self.listed(registry).await? {
            let is_proven = !registry.gives_secrets() || self.is_proven(&hook, secret.as_ref(), known);
            if !is_proven && matches!(hook.fault, None | Some(Fault::LacksEvents)) {
                hook.fault = Some(Fault::UnknownSecret);
                unknown.extend(secret.map(|secret| (hook.reference.clone(), secret)));
            }
            found.push(hook);
        }
        let in_use = found.iter().filter(|hook| hook.fault != Some(Fault::OldSecret));
        let in_use = in_use.map(|hook| hook.reference.clone()).collect();
        let wanted = self.wanted.hooks.iter().map(|hook| hook.hook.clone()).collect();
        Ok(Looked { compared: compare(&wanted, found), in_use, unknown })
    }

    /// Every hook of ours, page by page; a page that was asked for too soon is asked for again.
    async fn listed(&self, registry: &Registry) -> Result<Vec<Listed>, PlatformError> {
        let clock = &*self.services.clock;
        let after = |pause: Duration| clock.now().saturating_add(pause).unwrap_or(Timestamp::MAX);
        let (mut page, mut listed, mut tries) = (1, Vec::new(), TRIES);
        loop {
            match registry.page(&self.address, page).await {
                Ok(read) => {
                    listed.extend(read.hooks);
                    let Some(next) = read.next else { return Ok(listed) };
                    page = next;
                    clock::rest(clock, after(PAUSE)).await;
                }
                Err(PlatformError::Throttled { retry_after }) if tries > 0 => {
                    tries = tries.saturating_sub(1);
                    clock::rest(clock, after(retry_after.unwrap_or(A_SECOND).min(LONGEST_WAIT))).await;
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// Whether what a hook delivers can be checked. Where the list does not show its secret, one that was entered by hand is
    /// taken to sign with what the document says.
    fn is_proven(&self, hook: &FoundHook, shown: Option<&SecretString>, known: &HookListRecord) -> bool {
        if let Some(shown) = shown {
            return self.signing_secrets.iter().any(|secret| secret.expose_secret() == shown.expose_secret());
        }
        let was_kept = given_secrets::known(self.tenant).contains(hook.reference.as_str());
        was_kept || (!self.signing_secrets.is_empty() && !known.making.contains(&hook.hook))
    }
}

/// A trouble with its cause, in one line and without secrets.
fn told(error: &PlatformError) -> String {
    match std::error::Error::source(error) {
        Some(source) => format!("{error}: {source}"),
        None => error.to_string(),
    }
}
