//! Puts tenant documents.

use std::time::Duration;

use axum::{
    Json,
    extract::{Path, State},
};
use bytes::Bytes;
use domain::TenantId;
use jiff::{SignedDuration, Timestamp};
use reconcile::{
    catch_up::wake_all, drift::first_reading, identity::settle_doubts, keys::try_new_keys, settings::settle,
};
use runtime::{document::Document, tenants::install};
use serde_json::{Value, json};
use state::AccountRecord;
use tokio::time::timeout;

use crate::{Console, plan, response::Failure};

/// How long after its start a `PUT` begins another page of Brivo's users: API Gateway gives up after 30 s, and a page may take
/// a token and a call of 10 s each. The rest comes with the hourly pass.
const PATIENCE: SignedDuration = SignedDuration::from_secs(8);

/// How long a `PUT` waits for Brivo to say to which account new tokens belong; the runs it starts ask as well.
const ASKING: Duration = Duration::from_secs(8);

/// `PUT /api/v1/tenants/{tenant}`: stores the document, secrets sealed, and has everyone looked at.
///
/// That happens whether it changed or not: whoever puts it again may do so because the first time was cut short. A change
/// that would take groups from many people waits for approval; the answer then tells the plan. What is sound and yet likely
/// to surprise comes back as warnings, whether it changed or not. Brivo's users are read at once where they never were.
/// A new API key of a connected account is tried first; one that Brivo refuses changes nothing.
pub(crate) async fn put(
    State(console): State<Console>,
    Path(tenant): Path<TenantId>,
    body: Bytes,
) -> Result<Json<Value>, Failure> {
    let document = Document::from_json(&body).map_err(Failure::Document)?;
    if document.tenant.id != tenant {
        return Err(Failure::Asked(format!("the document is of tenant \"{}\"", document.tenant.id)));
    }
    let services = &console.services;
    let until = services.clock.now().saturating_add(PATIENCE).unwrap_or(Timestamp::MAX);
    let known = services.store.tenant(&tenant).await?;
    if let Some(known) = &known {
        try_new_keys(services, known, &document).await?;
    }
    let changed = install(&*services.store, &services.sealer, &document).await?;
    let refused = refused_tokens(&console, &tenant).await?;
    let waiting = settle(services, &tenant).await?;
    wake_all(services, &tenant).await?;
    if let Err(error) = first_reading(services, &tenant, until).await {
        tracing::warn!(tenant.id = %tenant, error = %error, "brivo's users could not be read; the hourly pass does it");
    }
    let mut warnings = document.warnings();
    warnings.extend(known.and_then(|known| document.tenant.warning_of_groups_gone(&known.tenant)));
    warnings.extend(refused);
    let plan = waiting.as_ref().map(plan::told);
    Ok(Json(json!({"tenant": tenant, "changed": changed, "warnings": warnings, "plan": plan})))
}

/// The new refresh tokens of a document that are of another account than the one connected before, each with what to do. Whoever
/// could not be asked in time is asked by the next run.
async fn refused_tokens(console: &Console, tenant: &TenantId) -> Result<Vec<String>, Failure> {
    let services = &console.services;
    let record = services.store.tenant(tenant).await?.ok_or(Failure::NotFound("tenant"))?;
    if !record.accounts.values().any(AccountRecord::has_to_be_asked) {
        return Ok(Vec::new());
    }
    if timeout(ASKING, settle_doubts(services, &record)).await.is_err() {
        tracing::warn!(tenant.id = %tenant, "brivo did not say in time to which account new tokens belong");
    }
    let record = services.store.tenant(tenant).await?.ok_or(Failure::NotFound("tenant"))?;
    let refused = record.accounts.iter().filter_map(|(account, known)| Some((account, known.refusal()?)));
    Ok(refused.map(|(account, another)| format!("accounts.{account}.refresh_token: {}", another.advice())).collect())
}
