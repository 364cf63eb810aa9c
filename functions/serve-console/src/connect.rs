//! The link with which somebody connects a Brivo account, and the end of a connection.

use axum::{
    Json,
    extract::{Path, State},
    http::HeaderMap,
};
use domain::{AccountId, TenantId, tenant::Parting};
use reconcile::disconnect::{Disconnected, disconnect};
use runtime::{
    address::public_address,
    connecting::{CALLBACK, Connecting},
};
use secrecy::ExposeSecret;
use serde::Deserialize;
use serde_json::{Value, json};
use state::TenantRecord;

use crate::{Console, response::Failure};

/// `POST /api/v1/tenants/{tenant}/accounts/{account}/link`: makes a link for whoever has the login at Brivo. It works once, for a
/// week; one that was made before ends with it.
pub(crate) async fn link(
    State(console): State<Console>,
    Path((tenant, account)): Path<(TenantId, AccountId)>,
    headers: HeaderMap,
) -> Result<Json<Value>, Failure> {
    let services = &console.services;
    let record = tenant_with(&console, &tenant, &account).await?;
    services.connections.access(&record, &account)?;
    let address = public_address(&headers).ok_or_else(|| Failure::Asked("the request names no host".to_owned()))?;
    let connecting = Connecting { services, tenant: &tenant, account: &account };
    let (path, until) = connecting.make_link().await?;
    tracing::info!(tenant.id = %tenant, account.id = %account, "a link to connect an account was made");
    Ok(Json(json!({
        "url": format!("{address}{}", path.expose_secret()),
        "until": until,
        "redirect_uri": format!("{address}{CALLBACK}"),
    })))
}

/// What becomes of the access that we gave: `leave` it, or `revoke` it, which wants the hash of the plan.
#[derive(Debug, Deserialize)]
pub(crate) struct Chosen {
    access: Parting,
    #[serde(default)]
    hash: Option<String>,
}

/// `POST /api/v1/tenants/{tenant}/accounts/{account}/disconnect` with `{"access": "leave"}` or `{"access": "revoke", "hash": "…"}`:
/// ends the connection. Without the hash of the plan as it is now, nothing is done, and the plan is told.
pub(crate) async fn part(
    State(console): State<Console>,
    Path((tenant, account)): Path<(TenantId, AccountId)>,
    Json(chosen): Json<Chosen>,
) -> Result<Json<Value>, Failure> {
    let record = tenant_with(&console, &tenant, &account).await?;
    let way = (chosen.access, chosen.hash.as_deref());
    match disconnect(&console.services, &record, &account, way).await? {
        Disconnected::Done => {
            tracing::info!(tenant.id = %tenant, account.id = %account, access = ?chosen.access, "an account is disconnected");
            Ok(Json(json!({"tenant": tenant, "account": account, "disconnected": chosen.access})))
        }
        Disconnected::OutOfReach => Err(Failure::Moved(json!({
            "error": "nothing can be taken away before the tenant is enabled and the account is connected; \
                      {\"access\": \"leave\"} disconnects it as it is",
        }))),
        Disconnected::Look(plan) => {
            let plan = json!({"hash": plan.hash, "people": plan.people, "writes": plan.steps});
            Err(Failure::Moved(json!({
                "error": "look at what would be taken away, then send its hash as well",
                "plan": plan,
            })))
        }
    }
}

/// A tenant that has this account.
pub(crate) async fn tenant_with(
    console: &Console,
    tenant: &TenantId,
    account: &AccountId,
) -> Result<TenantRecord, Failure> {
    let record = console.services.store.tenant(tenant).await?.ok_or(Failure::NotFound("tenant"))?;
    let is_there = record.tenant.accounts.iter().any(|known| known.id == *account);
    is_there.then_some(record).ok_or(Failure::NotFound("account"))
}
