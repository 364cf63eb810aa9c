//! Hooks that have fallen silent.

use runtime::Services;
use state::{HookRecord, StoreError, TenantRecord};

/// Raises an alarm for every hook of a tenant by which nothing has come for as long as the document allows; one for each silence,
/// by whoever is first to note it.
///
/// # Errors
/// If the state failed.
pub(crate) async fn alarm_of_quiet_hooks(services: &Services, tenant: &TenantRecord) -> Result<(), StoreError> {
    let (id, days, now) = (&tenant.tenant.id, tenant.tenant.hook_quiet_days, services.clock.now());
    for (hook, record) in services.store.hooks(id).await? {
        let Some(seen) = record.seen.alarm(days, now) else { continue };
        match services.store.put_hook(id, &hook, &HookRecord { seen, ..record }).await {
            Ok(()) => tracing::error!(
                tenant.id = %id, hook = %hook, last = %seen.last,
                "nothing has come by this hook for days: see whether the platform has switched it off"
            ),
            // Something has come, or another pass has told.
            Err(StoreError::Conflict) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}
