//! The Brivo API key that whoever runs Latchwork holds for all tenants.

use axum::{Json, extract::State};
use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};
use reconcile::keys::try_vendor_key;
use runtime::{tenants::TenantError, vendor_key};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{Console, response::Failure};

/// How long after its start another account is asked for: API Gateway gives up after 30 s, and a call may take a token and 10 s
/// each.
const PATIENCE: SignedDuration = SignedDuration::from_secs(8);

#[derive(Debug, Deserialize)]
struct Offered {
    api_key: SecretString,
}

/// `POST /api/v1/brivo-api-key` with `{"api_key": "…"}`: tries the key with the connected accounts that name none, and answers it
/// sealed, for the settings of the functions. Nothing changes yet. `tried` accounts were looked at; `left` says how many tenants
/// there was no time for.
pub(crate) async fn seal(State(console): State<Console>, body: Bytes) -> Result<Json<Value>, Failure> {
    let services = &console.services;
    // The parser's own message would show what it met.
    let offered = serde_json::from_slice::<Offered>(&body).ok().map(|offered| offered.api_key);
    let key = offered.filter(|key| !key.expose_secret().is_empty());
    let key = key.ok_or_else(|| Failure::Asked("send {\"api_key\": \"…\"}".to_owned()))?;
    let until = services.clock.now().saturating_add(PATIENCE).unwrap_or(Timestamp::MAX);
    let tried = try_vendor_key(services, &key, until).await?;
    let sealed = vendor_key::seal(&services.sealer, &key);
    let sealed = sealed.map_err(|source| TenantError::Sealing { place: "api_key".to_owned(), source })?;
    tracing::info!(tried = tried.accounts, left = tried.left, "a Brivo API key for all was tried and sealed");
    Ok(Json(json!({"sealed": sealed.as_str(), "tried": tried.accounts, "left": tried.left})))
}
