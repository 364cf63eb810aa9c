//! What was changed by hand in Brivo, and the passes that find it.

use axum::{
    Json,
    extract::{Path, State},
};
use domain::TenantId;
use jiff::{SignedDuration, Timestamp};
use reconcile::{
    drift::{Approval, Passed, approve, passed, sync},
    full_read::read,
};
use runtime::Services;
use serde::Deserialize;
use serde_json::{Value, json};
use state::{StoreError, SyncRecord, TenantRecord};

use crate::{Console, full_read, response::Failure};

/// How long a pass may take that somebody waits for: API Gateway gives up after 30 s. The rest comes with the next pass.
const PATIENCE: SignedDuration = SignedDuration::from_secs(12);

/// `GET /api/v1/tenants/{tenant}/drift`: what is not undone without approval.
pub(crate) async fn get(State(console): State<Console>, Path(tenant): Path<TenantId>) -> Result<Json<Value>, Failure> {
    let services = &console.services;
    let record = services.store.tenant(&tenant).await?.ok_or(Failure::NotFound("tenant"))?;
    Ok(Json(told(&passed(services, &record).await?)))
}

/// Which list is approved.
#[derive(Debug, Deserialize)]
pub(crate) struct Chosen {
    pub(crate) hash: String,
}

/// `POST /api/v1/tenants/{tenant}/drift/apply` with `{"hash": "…"}`: undoes what the list names, as far as that comes in some
/// seconds; the next passes do the rest.
pub(crate) async fn apply(
    State(console): State<Console>,
    Path(tenant): Path<TenantId>,
    Json(chosen): Json<Chosen>,
) -> Result<Json<Value>, Failure> {
    let services = &console.services;
    let record = services.store.tenant(&tenant).await?.ok_or(Failure::NotFound("tenant"))?;
    match approve(services, &record, &chosen.hash, patience(services)).await? {
        Approval::Given(passed) => {
            tracing::info!(tenant.id = %tenant, hash = chosen.hash, "undoing hand edits was approved");
            Ok(Json(result(&record, &passed)))
        }
        Approval::Nothing => Err(Failure::Moved(json!({"error": "nothing waits for approval"}))),
        Approval::Moved(passed) => Err(Failure::Moved(json!({
            "error": "another list waits by now: look at it",
            "drift": told(&passed),
        }))),
    }
}

/// `POST /api/v1/tenants/{tenant}/sync`: reads the platform and makes a pass over Brivo at once, as far as both come in some seconds.
pub(crate) async fn run(State(console): State<Console>, Path(tenant): Path<TenantId>) -> Result<Json<Value>, Failure> {
    let services = &console.services;
    let record = services.store.tenant(&tenant).await?.ok_or(Failure::NotFound("tenant"))?;
    let read = match read(services, &record, true, patience(services)).await {
        // It is being read at this moment.
        Err(StoreError::Conflict) => Some(services.store.full_read(&tenant).await?),
        answer => answer?,
    };
    let passed = sync(services, &record, patience(services)).await?;
    let mut result = result(&record, &passed);
    if let (Some(read), Some(result)) = (read, result.as_object_mut()) {
        result.insert("platform".to_owned(), full_read::told(&read, services.clock.now()));
    }
    Ok(Json(result))
}

pub(crate) fn patience(services: &Services) -> Timestamp {
    services.clock.now().saturating_add(PATIENCE).unwrap_or(Timestamp::MAX)
}

/// How the accounts stand after a pass.
fn result(record: &TenantRecord, passed: &Passed) -> Value {
    let accounts = passed.accounts.iter().map(|(account, sync)| {
        let mut told = of_account(sync);
        if let Some(told) = told.as_object_mut() {
            told.insert("account".to_owned(), json!(account));
        }
        told
    });
    json!({
        "tenant": record.tenant.id,
        "accounts": accounts.collect::<Vec<_>>(),
        "missing_groups": passed.missing(record),
        "drift": told(passed),
    })
}

/// How an account stands after its last pass.
pub(crate) fn of_account(sync: &SyncRecord) -> Value {
    let found = &sync.found;
    json!({
        "ended": sync.ended,
        "users_read_at": sync.users_read_at,
        "finished": sync.ended.is_some() && sync.stage.is_none() && found.trouble.is_none(),
        "trouble": found.trouble,
        "users": found.users,
        "groups": found.groups,
        "missing_groups": found.missing,
        "groups_without_prefix": found.unmarked,
        "reported": found.reported,
        "reverted": found.reverted,
        "left": found.left,
        "waits_for_approval": sync.staged.is_some(),
    })
}

/// What waits for approval.
fn told(passed: &Passed) -> Value {
    let accounts = passed.staged().map(|(account, staged)| {
        let groups = staged.groups.iter().map(|(group, loss)| {
            json!({"group": group, "holders": loss.holders, "losers": loss.losers, "brivo_user_ids": staged.who.get(group)})
        });
        json!({"account": account, "people": staged.people, "groups": groups.collect::<Vec<_>>()})
    });
    let hash = passed.hash();
    json!({"waits_for_approval": hash.is_some(), "hash": hash, "accounts": accounts.collect::<Vec<_>>()})
}
