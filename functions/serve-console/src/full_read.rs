//! What a platform's own API lists, and what is missing from it and waits for approval.

use axum::{
    Json,
    extract::{Path, State},
};
use domain::TenantId;
use jiff::Timestamp;
use reconcile::full_read::{Approval, approve, missing};
use serde_json::{Value, json};
use state::FullReadRecord;

use crate::{
    Console,
    drift::{Chosen, patience},
    response::Failure,
};

/// Things are named up to so many.
const MOST_NAMED: usize = 1000;

/// `GET /api/v1/tenants/{tenant}/full-read`: how far the read of the platform is, and what waits for approval, the first of it by name.
pub(crate) async fn get(State(console): State<Console>, Path(tenant): Path<TenantId>) -> Result<Json<Value>, Failure> {
    let services = &console.services;
    services.store.tenant(&tenant).await?.ok_or(Failure::NotFound("tenant"))?;
    let read = services.store.full_read(&tenant).await?;
    let mut told = told(&read, services.clock.now());
    if let (Some(staged), Some(told)) = (&read.staged, told.as_object_mut()) {
        let missing = missing(services, &tenant, staged).await?;
        told.insert("first".to_owned(), json!(missing.iter().take(MOST_NAMED).collect::<Vec<_>>()));
    }
    Ok(Json(told))
}

/// `POST /api/v1/tenants/{tenant}/full-read/apply` with `{"hash": "…"}`: takes away what the list names and was not told of since, as
/// far as that comes in some seconds; the next read does the rest.
pub(crate) async fn apply(
    State(console): State<Console>,
    Path(tenant): Path<TenantId>,
    Json(chosen): Json<Chosen>,
) -> Result<Json<Value>, Failure> {
    let services = &console.services;
    let record = services.store.tenant(&tenant).await?.ok_or(Failure::NotFound("tenant"))?;
    match approve(services, &record, &chosen.hash, patience(services)).await? {
        Approval::Given(read) => {
            tracing::info!(tenant.id = %tenant, hash = chosen.hash, "taking away what a read lacks was approved");
            Ok(Json(told(&read, services.clock.now())))
        }
        Approval::Nothing => Err(Failure::Moved(json!({"error": "nothing waits for approval"}))),
        Approval::Moved(read) => Err(Failure::Moved(json!({
            "error": "another list waits by now: look at it",
            "full_read": told(&read, services.clock.now()),
        }))),
    }
}

/// How the reads of a platform stand at `now`.
pub(crate) fn told(read: &FullReadRecord, now: Timestamp) -> Value {
    let (behind, whole_behind) = read.reads.seconds_behind(now);
    let under_way = read.under_way.as_ref().map(
        |under_way| json!({"began": under_way.began, "listed": under_way.found.listed, "news": under_way.found.news}),
    );
    let staged = read.staged.as_ref();
    let trouble = read.trouble.as_ref().map(|(at, trouble)| json!({"at": at, "error": trouble}));
    json!({
        "last": read.reads.last,
        "seconds_behind": behind,
        "last_whole": read.reads.whole,
        "whole_seconds_behind": whole_behind,
        "late": read.reads.are_late(read.first_tried_at, now),
        "under_way": under_way,
        "trouble": trouble,
        "found": read.found,
        "waits_for_approval": staged.is_some_and(|staged| !staged.approved),
        "approved": staged.is_some_and(|staged| staged.approved),
        "hash": staged.map(|staged| &staged.hash),
        "missing": staged.map(|staged| staged.missing),
        "known": staged.map(|staged| staged.known),
        "as_of": staged.map(|staged| staged.as_of),
    })
}
