//! Puts tenant documents.

use axum::{
    Json,
    extract::{Path, State},
};
use bytes::Bytes;
use domain::TenantId;
use runtime::{
    document::Document,
    tenants::{install, wake_everyone},
};
use serde_json::{Value, json};

use crate::{Console, response::Failure};

/// `PUT /api/v1/tenants/{tenant}`: stores the document, secrets sealed, and has everyone looked at if it changed.
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
    let changed = install(&*services.store, &services.sealer, &document).await?;
    if changed {
        wake_everyone(services, &tenant).await?;
    }
    Ok(Json(json!({"tenant": tenant, "changed": changed})))
}
