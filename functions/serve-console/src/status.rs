//! How a tenant is doing.

use std::collections::{BTreeMap, BTreeSet};

use axum::{
    Json,
    extract::{Path, State},
};
use domain::{AccountId, HookId, TenantId, connect::AnotherAccount};
use futures::{StreamExt, TryStreamExt, stream};
use jiff::Timestamp;
use reconcile::{LONGEST_RETRY, drift::passed};
use runtime::{Services, resealing::sealed_before};
use serde_json::{Value, json};
use state::{AccountRecord, HookListRecord, HookRecord, StoreError, TenantRecord};

use crate::{Console, drift::of_account, full_read, response::Failure};

/// How many members are looked at who may be overdue; more than these are many in any case.
const MOST_OVERDUE: usize = 1000;

/// How many of them are read side by side.
const SIDE_BY_SIDE: usize = 16;

/// `GET /api/v1/tenants/{tenant}/status`.
pub(crate) async fn get(State(console): State<Console>, Path(tenant): Path<TenantId>) -> Result<Json<Value>, Failure> {
    let services = &console.services;
    let record = services.store.tenant(&tenant).await?.ok_or(Failure::NotFound("tenant"))?;
    let now = services.clock.now();
    let overdue = overdue(services, &tenant, now).await?;
    let passed = passed(services, &record).await?;
    let paces = paces(services, &record, now).await?;
    let read = services.store.full_read(&tenant).await?;
    let known = services.store.hooks(&tenant).await?;
    let listed = services.store.hook_list(&tenant).await?;
    let hooks = of_hooks(&known, &listed, &record, now);
    let accounts: Vec<Value> = record
        .tenant
        .accounts
        .iter()
        .map(|account| {
            let state = record.accounts.get(&account.id);
            let connected = state.is_some_and(AccountRecord::is_connected);
            let disconnected = record.tenant.disconnected.get(&account.id);
            let needs_reconnect = disconnected.is_none() && state.is_some_and(|state| state.needs_reconnect);
            let sync = passed.accounts.get(&account.id).map(of_account);
            json!({
                "id": account.id,
                "connected": connected,
                "needs_reconnect": needs_reconnect,
                "disconnected": disconnected,
                "refused": state.and_then(AccountRecord::refusal).map(AnotherAccount::advice),
                "brivo_account": state.and_then(|state| state.brivo.as_ref()),
                "sync": sync,
                "pace": paces.get(&account.id),
            })
        })
        .collect();
    Ok(Json(json!({
        "now": now,
        "tenant": tenant,
        "platform": record.tenant.platform,
        "enabled": record.tenant.enabled,
        "plan": {"waits_for_approval": record.settled.is_some()},
        "accounts": accounts,
        "hooks": hooks,
        "hook_list": of_list(&listed),
        "full_read": full_read::told(&read, now),
        "secrets": {"under_older_keys": sealed_before(&services.sealer, &record)},
        "missing_groups": passed.missing(&record),
        "queue": {"overdue": overdue.len(), "oldest_due": overdue.iter().min()},
    })))
}

/// Since when each member is overdue who is: due and not looked at, or waiting for the retry of what was due before.
async fn overdue(services: &Services, tenant: &TenantId, now: Timestamp) -> Result<Vec<Timestamp>, StoreError> {
    let store = &services.store;
    let until = now.saturating_add(LONGEST_RETRY).unwrap_or(Timestamp::MAX);
    let due = store.due(until, MOST_OVERDUE).await?.into_iter().filter(|(_, member)| member.tenant == *tenant);
    let read = due.map(|(due, member)| async move {
        let since = store.member(&member).await?.ledger.overdue_since;
        Ok::<_, StoreError>(since.or_else(|| (due <= now).then_some(due)))
    });
    let read: Vec<Option<Timestamp>> = stream::iter(read).buffered(SIDE_BY_SIDE).try_collect().await?;
    Ok(read.into_iter().flatten().collect())
}

/// When each hook last brought something, as far as that is noted (it may be an hour later), and whether the platform has
/// switched it off; also of those that never brought anything.
fn of_hooks(
    known: &BTreeMap<HookId, HookRecord>,
    listed: &HookListRecord,
    record: &TenantRecord,
    now: Timestamp,
) -> Vec<Value> {
    let hooks: BTreeSet<&HookId> = known.keys().chain(listed.off.keys()).collect();
    let told = hooks.into_iter().map(|hook| {
        let seen = known.get(hook).map(|known| known.seen);
        let quiet = seen.is_some_and(|seen| seen.is_quiet(record.tenant.hook_quiet_days, now));
        json!({
            "hook": hook,
            "last_event": seen.map(|seen| seen.last),
            "quiet": quiet,
            "switched_off": listed.off.get(hook),
        })
    });
    told.collect()
}

/// What the platform's list of hooks said last, and when.
fn of_list(listed: &HookListRecord) -> Value {
    json!({
        "asked_at": listed.asked_at,
        "seen_at": listed.seen_at,
        "trouble": listed.trouble,
        "switched_off": listed.off.len(),
        "missing": listed.missing,
        "outdated": listed.outdated,
    })
}

/// How the API key of each account is doing that has one: its calls this month, and how late a revoke would be that comes now.
async fn paces(
    services: &Services,
    record: &TenantRecord,
    now: Timestamp,
) -> Result<BTreeMap<AccountId, Value>, StoreError> {
    let mut paces = BTreeMap::new();
    for account in &record.tenant.accounts {
        let Ok((_, pace)) = services.connections.paced(record, &account.id) else { continue };
        let standing = pace.standing(now).await?;
        let told = json!({
            "calls_this_month": standing.calls_this_month,
            "budget": standing.budget,
            "seconds_behind": (standing.behind.as_millis() + 999) / 1000,
            "stopped_until": standing.stopped_until,
        });
        paces.insert(account.id.clone(), told);
    }
    Ok(paces)
}
