//! The hourly look at the platforms' lists of webhooks.

use domain::{
    HookId, TenantId,
    hook_list::{Compared, Standing, noted_off},
};
use jiff::{SignedDuration, Timestamp};
use runtime::Services;
use state::{HookListRecord, StoreError};

use super::{Hooks, told};

/// How often a platform is asked: a little more often than the pass that does it begins, whose hour is not exact.
const ASKED_EVERY: SignedDuration = SignedDuration::from_mins(50);

/// How long all of them may take: the pass has more to do, and whoever is left out comes first the next time.
const LONGEST: SignedDuration = SignedDuration::from_mins(1);

/// Asks the platforms of these tenants whether the hooks are still switched on, as far as that comes until then or in a minute.
///
/// Those come first that were not asked for longest. Nothing that fails here keeps anything else from being done.
pub async fn watch_all(services: &Services, tenants: &[TenantId], until: Timestamp) {
    let now = services.clock.now();
    let until = now.saturating_add(LONGEST).unwrap_or(until).min(until);
    let mut order = Vec::new();
    for tenant in tenants {
        match services.store.hook_list(tenant).await {
            Ok(known) if is_due(&known, now) => order.push((known.asked_at, tenant, known)),
            Ok(_) => {}
            Err(error) => not_remembered(tenant, &error),
        }
    }
    order.sort_by(|one, other| (one.0, one.1).cmp(&(other.0, other.1)));
    for (_, tenant, known) in order {
        if services.clock.now() >= until {
            tracing::info!("some platforms are asked for their hooks with the next pass");
            return;
        }
        match watch(services, tenant, known).await {
            // Somebody registers hooks, and looks at them for it.
            Ok(()) | Err(StoreError::Conflict) => {}
            Err(error) => not_remembered(tenant, &error),
        }
    }
}

fn is_due(known: &HookListRecord, now: Timestamp) -> bool {
    let is_held = known.held.as_ref().is_some_and(|(_, until)| now < *until);
    !is_held && known.asked_at.is_none_or(|asked_at| now.duration_since(asked_at) >= ASKED_EVERY)
}

fn not_remembered(tenant: &TenantId, error: &StoreError) {
    tracing::warn!(tenant.id = %tenant, error = %error, "what the platform lists of hooks could not be remembered");
}

async fn watch(services: &Services, id: &TenantId, known: HookListRecord) -> Result<(), StoreError> {
    let Some(tenant) = services.store.tenant(id).await? else { return Ok(()) };
    // Without a path secret nothing can come by a hook, and a secret that cannot be opened is told by whoever needs it.
    let Ok(hooks) = Hooks::of(services, &tenant, known.address.as_deref()) else { return Ok(()) };
    let Some(compared) = hooks.compared(&known).await else { return Ok(()) };
    let now = services.clock.now();
    let asked = HookListRecord { asked_at: Some(now), ..known };
    match compared {
        Ok(compared) => {
            let (record, fresh) = seen(asked, &compared, now);
            services.store.put_hook_list(id, &record).await?;
            alarm(id, &record, &fresh);
        }
        Err(error) => {
            let trouble = Some(told(&error));
            let is_new = asked.trouble != trouble;
            services.store.put_hook_list(id, &HookListRecord { trouble, ..asked }).await?;
            if is_new {
                tracing::warn!(tenant.id = %id, error = %told(&error), "the platform does not tell which hooks it has");
            }
        }
    }
    Ok(())
}

/// What is remembered of a list, and which hooks were not known to be off.
pub(super) fn seen(known: HookListRecord, compared: &Compared, now: Timestamp) -> (HookListRecord, Vec<HookId>) {
    let (off, fresh) = noted_off(&known.off, compared, now);
    let record = HookListRecord {
        asked_at: Some(now),
        seen_at: Some(now),
        trouble: None,
        off,
        missing: compared.count(Standing::Missing),
        outdated: compared.count(Standing::Outdated),
        ..known
    };
    (record, fresh)
}

/// Raises an alarm for each of these.
pub(super) fn alarm(tenant: &TenantId, record: &HookListRecord, hooks: &[HookId]) {
    for hook in hooks {
        let failures = record.off.get(hook).and_then(|off| off.failures);
        tracing::error!(
            tenant.id = %tenant, hook = %hook, failures,
            "the platform has switched this hook off: register the hooks again, which switches it on"
        );
    }
}
