//! How a tenant is doing.

use std::collections::BTreeMap;

use axum::{
    Json,
    extract::{Path, State},
};
use domain::{AccountId, TenantId, connect::AnotherAccount};
use jiff::Timestamp;
use reconcile::drift::passed;
use runtime::{Services, resealing::sealed_before};
use serde_json::{Value, json};
use state::{AccountRecord, StoreError, TenantRecord};

use crate::{Console, drift::of_account, response::Failure};

/// How many overdue members are looked at; more than these are many in any case.
const MOST_OVERDUE: usize = 1000;

/// `GET /api/v1/tenants/{tenant}/status`.
pub(crate) async fn get(State(console): State<Console>, Path(tenant): Path<TenantId>) -> Result<Json<Value>, Failure> {
    let services = &console.services;
    let record = services.store.tenant(&tenant).await?.ok_or(Failure::NotFound("tenant"))?;
    let now = services.clock.now();
    let overdue = services.store.due(now, MOST_OVERDUE).await?;
    let overdue: Vec<_> = overdue.into_iter().filter(|(_, member)| member.tenant == tenant).collect();
    let passed = passed(services, &record).await?;
    let paces = paces(services, &record, now).await?;
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
        "secrets": {"under_older_keys": sealed_before(&services.sealer, &record)},
        "missing_groups": passed.missing(&record),
        "queue": {"overdue": overdue.len(), "oldest_due": overdue.first().map(|(due, _)| due)},
    })))
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
