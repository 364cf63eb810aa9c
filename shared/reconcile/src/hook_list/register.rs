//! Registering the hooks that are missing, and switching on again those that were switched off.
//!
//! The platform's list comes first, every time: whatever died between a hook's making and its answer is found there. Somebody who
//! registers holds the tenant's list meanwhile, so that two do not make each hook twice. One call makes a few and says how many
//! are left.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use domain::{
    HookId, LocationId,
    hook_list::{Compared, Standing, Step},
};
use jiff::{SignedDuration, Timestamp};
use platforms::{
    PlatformError,
    hooks::{GivenSecret, Registered, Registry, WantedHook},
};
use runtime::{Services, clock, given_secrets};
use secrecy::SecretString;
use state::{HookListRecord, TenantRecord};

use super::{A_SECOND, HookListError, Hooks, Looked, PAUSE, TRIES, told, watch};

/// How many hooks one call makes or switches on: a third of what Nexudus takes in a minute.
const MOST_WRITES: usize = 20;

/// How long somebody holds the list at the longest: longer than a call of the function.
const HELD: SignedDuration = SignedDuration::from_secs(60);

/// What came of it.
#[derive(Debug, Default)]
pub struct Done {
    /// Those that were made.
    pub registered: Vec<HookId>,
    /// Those that were switched on again, or deliver again all that is wanted.
    pub switched_on: Vec<HookId>,
    /// Those whose secrets the list showed, and which can be checked from now on.
    pub proven: Vec<HookId>,
    /// Those that the platform does not want, such as for a location it does not know.
    pub declined: Vec<HookId>,
    /// How many are still to be done, by another call.
    pub left: usize,
    /// What kept it from going on.
    pub trouble: Option<String>,
    /// How long to wait before another call, where the platform says so.
    pub retry_after: Option<Duration>,
    /// How the hooks stand now; none if the platform did not list them.
    pub compared: Option<Compared>,
}

/// Registers what is missing of a tenant's hooks under `base` and switches on what is off, as far as it comes until then.
///
/// Trouble with the platform is told in what came of it; what was done by then stays done.
///
/// # Errors
/// Nothing can be registered for this tenant or at this address, somebody else is at it, or the state failed.
pub async fn register(
    services: &Services,
    tenant: &TenantRecord,
    base: &str,
    until: Timestamp,
) -> Result<Done, HookListError> {
    let hooks = Hooks::of(services, tenant, Some(base))?;
    let Some(registry) = &hooks.registry else { return Err(HookListError::ByHand(hooks.wanted.by_hand)) };
    let record = hold(services, tenant, &hooks).await?;
    let looked = hooks.look(registry, &record).await;
    let mut registering = Registering {
        hooks: &hooks,
        registry,
        until,
        record,
        writes: 0,
        unwanted_at: BTreeSet::new(),
        done: Done::default(),
    };
    match looked {
        Ok(looked) => registering.all(looked).await?,
        Err(error) => registering.stopped(&error),
    }
    registering.let_go().await
}

/// Takes the list for this process alone, and remembers where its hooks are delivered.
async fn hold(services: &Services, tenant: &TenantRecord, hooks: &Hooks<'_>) -> Result<HookListRecord, HookListError> {
    let (id, now, process) = (&tenant.tenant.id, services.clock.now(), &services.process);
    let known = services.store.hook_list(id).await?;
    let is_held = |(name, until): &(String, Timestamp)| now < *until && (!process.alone || *name == process.name);
    if known.held.as_ref().is_some_and(is_held) {
        return Err(HookListError::Busy);
    }
    let until = now.saturating_add(HELD).unwrap_or(Timestamp::MAX);
    let held = Some((process.name.clone(), until));
    let record = HookListRecord { held, address: hooks.address.base().map(str::to_owned), ..known };
    services.store.put_hook_list(id, &record).await?;
    Ok(HookListRecord { version: record.version.saturating_add(1), ..record })
}

/// A write at the platform.
enum Call<'a> {
    /// Of the hook with this id there.
    Mend(&'a str),
    Register(&'a WantedHook),
}

struct Registering<'a> {
    hooks: &'a Hooks<'a>,
    registry: &'a Registry,
    until: Timestamp,
    record: HookListRecord,
    writes: usize,
    /// Locations at which one hook was declined, and so would be the others.
    unwanted_at: BTreeSet<Option<LocationId>>,
    done: Done,
}

impl Registering<'_> {
    fn services(&self) -> &Services {
        self.hooks.services
    }

    /// Does what is to be done about each hook, in the order in which they are wanted.
    async fn all(&mut self, mut looked: Looked) -> Result<(), HookListError> {
        for hook in &self.hooks.wanted.hooks {
            let Some((standing, found)) = looked.compared.wanted.get(&hook.hook).cloned() else { continue };
            let reference = found.map(|found| found.reference).unwrap_or_default();
            let is_done = match standing.step() {
                None => self.prove(hook, standing, &reference, &looked).await?,
                Some(_) if !self.goes_on(hook) => {
                    self.done.left = self.done.left.saturating_add(1);
                    false
                }
                Some(Step::Mend) => self.mend(hook, &reference).await,
                Some(Step::Register) => self.make(hook, &mut looked.in_use).await?,
            };
            if is_done && let Some((standing, found)) = looked.compared.wanted.get_mut(&hook.hook) {
                *standing = Standing::Fine;
                if let Some(found) = found {
                    found.is_on = true;
                }
            }
        }
        self.done.compared = Some(looked.compared);
        Ok(())
    }

    /// Whether there is time, patience of the platform and a reason to do anything about this one.
    fn goes_on(&self, hook: &WantedHook) -> bool {
        let is_in_time = self.services().clock.now() < self.until && self.writes < MOST_WRITES;
        is_in_time && self.done.trouble.is_none() && !self.unwanted_at.contains(&hook.location)
    }

    /// Keeps the secret that the list shows of a hook whose maker died before it could.
    async fn prove(
        &mut self,
        hook: &WantedHook,
        standing: Standing,
        reference: &str,
        looked: &Looked,
    ) -> Result<bool, HookListError> {
        let secret = looked.unknown.get(reference).filter(|_| standing == Standing::Unproven);
        let Some(secret) = secret else { return Ok(false) };
        let others = but(&looked.in_use, reference);
        if !given_secrets::has_room(self.hooks.tenant, &others) {
            return Ok(false);
        }
        let given = GivenSecret { reference: reference.to_owned(), secret: secret.clone() };
        self.keep(&given, &others).await?;
        self.record.making.remove(&hook.hook);
        self.done.proven.push(hook.hook.clone());
        Ok(true)
    }

    async fn mend(&mut self, hook: &WantedHook, reference: &str) -> bool {
        let Some(url) = self.hooks.address.url(hook) else { return false };
        let answer = self.patiently(&Call::Mend(reference), &url).await;
        let is_done = self.is_done(hook, answer).is_some();
        if is_done {
            self.done.switched_on.push(hook.hook.clone());
        }
        is_done
    }

    async fn make(&mut self, hook: &WantedHook, in_use: &mut BTreeSet<String>) -> Result<bool, HookListError> {
        let Some(url) = self.hooks.address.url(hook) else { return Ok(false) };
        if self.registry.gives_secrets() {
            if !given_secrets::has_room(self.hooks.tenant, in_use) {
                self.done.trouble =
                    Some("two secrets of other hooks are kept and in use: delete one of the hooks first".to_owned());
                self.done.left = self.done.left.saturating_add(1);
                return Ok(false);
            }
            self.record.making.insert(hook.hook.clone());
            self.put().await?;
        }
        let answer = self.patiently(&Call::Register(hook), &url).await;
        if matches!(&answer, Err(error) if !may_be_there(error)) {
            self.record.making.remove(&hook.hook);
        }
        let Some(given) = self.is_done(hook, answer) else { return Ok(false) };
        if let Some(given) = given {
            self.keep(&given, in_use).await?;
            in_use.insert(given.reference);
            self.record.making.remove(&hook.hook);
        }
        self.done.registered.push(hook.hook.clone());
        Ok(true)
    }

    async fn keep(&self, given: &GivenSecret, in_use: &BTreeSet<String>) -> Result<(), HookListError> {
        let services = self.services();
        let kept = (&*services.store, &*services.sealer);
        Ok(given_secrets::keep(kept, &self.hooks.tenant.tenant.id, given, in_use).await?)
    }

    /// Makes a call, and makes it again where it came too soon and there is time to wait.
    async fn patiently(&mut self, call: &Call<'_>, url: &SecretString) -> Result<Registered, PlatformError> {
        let clock = Arc::clone(&self.services().clock);
        let after = |pause: Duration| clock.now().saturating_add(pause).unwrap_or(Timestamp::MAX);
        let mut tries = TRIES;
        loop {
            self.writes = self.writes.saturating_add(1);
            let answer = match call {
                Call::Mend(reference) => self.registry.mend(reference, url).await.map(|()| None),
                Call::Register(hook) => self.registry.register(hook, url).await,
            };
            tries = tries.saturating_sub(1);
            let wait = match &answer {
                Err(PlatformError::Throttled { retry_after }) if tries > 0 => retry_after.unwrap_or(A_SECOND),
                Ok(_) | Err(_) => {
                    clock::rest(&*clock, after(PAUSE)).await;
                    return answer;
                }
            };
            if after(wait) >= self.until {
                return answer;
            }
            clock::rest(&*clock, after(wait)).await;
        }
    }

    /// What an answer brought; what the platform does not want is noted, and any other trouble ends the call.
    fn is_done(&mut self, hook: &WantedHook, answer: Result<Registered, PlatformError>) -> Option<Registered> {
        match answer {
            Ok(answer) => return Some(answer),
            Err(PlatformError::Declined) => {
                self.unwanted_at.insert(hook.location.clone());
                self.done.declined.push(hook.hook.clone());
            }
            Err(error) => {
                self.done.left = self.done.left.saturating_add(1);
                self.stopped(&error);
            }
        }
        None
    }

    fn stopped(&mut self, error: &PlatformError) {
        self.done.trouble = Some(told(error));
        self.done.retry_after = error.retry_after();
    }

    async fn put(&mut self) -> Result<(), HookListError> {
        self.services().store.put_hook_list(&self.hooks.tenant.tenant.id, &self.record).await?;
        self.record.version = self.record.version.saturating_add(1);
        Ok(())
    }

    /// Gives the list back with what it says now.
    async fn let_go(mut self) -> Result<Done, HookListError> {
        let now = self.services().clock.now();
        self.record.held = None;
        let mut fresh = Vec::new();
        match &self.done.compared {
            Some(compared) => (self.record, fresh) = watch::seen(self.record.clone(), compared, now),
            None => self.record.trouble.clone_from(&self.done.trouble),
        }
        self.put().await?;
        watch::alarm(&self.hooks.tenant.tenant.id, &self.record, &fresh);
        Ok(self.done)
    }
}

/// Whether a hook may have been made though the answer does not say so.
fn may_be_there(error: &PlatformError) -> bool {
    match error {
        PlatformError::Unavailable(_) | PlatformError::Unreadable { .. } => true,
        PlatformError::Throttled { .. }
        | PlatformError::Conflict
        | PlatformError::Refused
        | PlatformError::Declined => false,
    }
}

fn but(references: &BTreeSet<String>, reference: &str) -> BTreeSet<String> {
    references.iter().filter(|other| *other != reference).cloned().collect()
}
