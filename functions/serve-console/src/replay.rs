//! Reading webhooks once more that were kept.

use axum::{
    Json,
    extract::{Path, State},
};
use domain::{HookId, TenantId, intake::SameInstant};
use jiff::Timestamp;
use reconcile::replay::{Asked, replay};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{Console, drift::patience, response::Failure};

/// Which events are read once more.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Wanted {
    since: Timestamp,
    until: Option<Timestamp>,
    source: Option<String>,
    hook: Option<HookId>,
    #[serde(default)]
    same_instant: SameInstant,
    after: Option<String>,
}

/// `POST /api/v1/tenants/{tenant}/replay` with `{"since": "…"}`: reads the events that came in since then, up to `until`, as far as that comes
/// in some seconds. Once there is a `next` in the answer, the same with `"after": NEXT` and the `until` of the answer goes on.
pub(crate) async fn post(
    State(console): State<Console>,
    Path(tenant): Path<TenantId>,
    Json(wanted): Json<Wanted>,
) -> Result<Json<Value>, Failure> {
    let services = &console.services;
    let record = services.store.tenant(&tenant).await?.ok_or(Failure::NotFound("tenant"))?;
    let until = wanted.until.unwrap_or_else(|| services.clock.now());
    if wanted.since > until {
        return Err(Failure::Asked("since has to come before until".to_owned()));
    }
    let asked = Asked {
        since: wanted.since,
        before: until,
        after: wanted.after,
        source: wanted.source,
        hook: wanted.hook,
        same_instant: wanted.same_instant,
        until: patience(services),
    };
    let replayed = replay(services, &record, &asked).await?;
    tracing::info!(
        tenant.id = %tenant, events = replayed.events, news = replayed.news, unreadable = replayed.unreadable,
        "events that were kept were read once more"
    );
    let mut told = json!(replayed);
    if let Some(told) = told.as_object_mut() {
        told.insert("tenant".to_owned(), json!(tenant));
        told.insert("until".to_owned(), json!(until));
        told.insert("finished".to_owned(), json!(replayed.next.is_none()));
    }
    Ok(Json(told))
}
