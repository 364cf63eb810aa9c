//! Puts tenant documents.

use axum::{
    Json,
    extract::{Path, State},
};
use bytes::Bytes;
use domain::TenantId;
use jiff::{SignedDuration, Timestamp};
use reconcile::{catch_up::wake_all, drift::first_reading, keys::try_new_keys, settings::settle};
use runtime::{document::Document, tenants::install};
use serde_json::{Value, json};

use crate::{Console, plan, response::Failure};

/// How long after its start a `PUT` begins another page of Brivo's users: API Gateway gives up after 30 s, and a page may take
/// a token and a call of 10 s each. The rest comes with the hourly pass.
const PATIENCE: SignedDuration = SignedDuration::from_secs(8);

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
    if let Some(known) = services.store.tenant(&tenant).await? {
        try_new_keys(services, &known, &document).await?;
    }
    let changed = install(&*services.store, &services.sealer, &document).await?;
    let waiting = settle(services, &tenant).await?;
    wake_all(services, &tenant).await?;
    if let Err(error) = first_reading(services, &tenant, until).await {
        tracing::warn!(tenant.id = %tenant, error = %error, "brivo's users could not be read; the hourly pass does it");
    }
    let warnings = document.tenant.warnings();
    let plan = waiting.as_ref().map(plan::told);
    Ok(Json(json!({"tenant": tenant, "changed": changed, "warnings": warnings, "plan": plan})))
}
