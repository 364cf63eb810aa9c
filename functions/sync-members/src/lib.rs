//! Full reads, in steps: what the platforms list, whether their hooks are switched on, then what Brivo shows of every account and
//! what was changed there by hand. What older data keys sealed is sealed anew on the way.

use domain::TenantId;
use jiff::{SignedDuration, Timestamp};
use reconcile::{drift::sync_all, full_read::read_all, hook_list::watch_all};
use runtime::{Services, resealing::reseal};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What is left of the function's time when a pass stops: longer than the longest call it may be in, and the writes after it.
const RESERVE: SignedDuration = SignedDuration::from_secs(45);

/// What starts this function.
#[derive(Debug, Deserialize)]
struct Trigger {
    /// The tenant to read; every tenant if left out.
    #[serde(default)]
    tenant: Option<TenantId>,
}

/// When to stop, so as to end before the function's deadline, which is given in milliseconds since 1970.
pub fn before(deadline: u64) -> Timestamp {
    let deadline = i64::try_from(deadline).ok().and_then(|millis| Timestamp::from_millisecond(millis).ok());
    deadline.and_then(|deadline| deadline.checked_sub(RESERVE).ok()).unwrap_or(Timestamp::MIN)
}

/// What an invocation came to: of the accounts, and of the platforms.
#[derive(Debug, Serialize)]
struct Summary {
    #[serde(flatten)]
    accounts: reconcile::drift::Summary,
    platforms: reconcile::full_read::Summary,
}

/// Reads every platform that has an API, looks at its hooks, and makes one pass over every account, as far as it comes until
/// then; the next invocation goes on.
///
/// # Errors
/// If the trigger is unknown, or the state failed.
pub async fn handle(services: &Services, payload: Value, until: Timestamp) -> Result<Value, lambda_runtime::Error> {
    let trigger: Trigger = serde_json::from_value(payload)?;
    let tenants = match trigger.tenant {
        Some(tenant) => vec![tenant],
        None => services.store.tenants().await?,
    };
    for tenant in &tenants {
        if let Err(error) = reseal(&*services.store, &services.sealer, tenant).await {
            tracing::warn!(tenant.id = %tenant, error = %error, "secrets wait for the next pass to be sealed anew");
        }
    }
    let platforms = read_all(services, &tenants, half_way(services.clock.now(), until)).await;
    watch_all(services, &tenants, until).await;
    let accounts = sync_all(services, &tenants, until).await?;
    tracing::info!(
        whole = accounts.whole,
        unfinished = accounts.unfinished,
        failed = accounts.failed,
        platforms.ended,
        platforms.unfinished,
        platforms.failed,
        "read what the platforms list and what Brivo shows"
    );
    Ok(serde_json::to_value(Summary { accounts, platforms })?)
}

/// A large platform must not keep Brivo from being looked at.
fn half_way(now: Timestamp, until: Timestamp) -> Timestamp {
    now.saturating_add(until.duration_since(now) / 2).unwrap_or(until)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pass_ends_well_before_the_function_does() {
        assert_eq!(before(1_000_000).as_second(), 955);
        assert_eq!(before(u64::MAX), Timestamp::MIN);
    }

    #[test]
    fn platforms_have_half_of_the_time() {
        let at = |second| Timestamp::from_second(second).unwrap();

        assert_eq!(half_way(at(100), at(900)), at(500));
        assert!(half_way(at(100), at(0)) < at(100), "there is no time left");
    }
}
