//! The webhooks of a tenant's platform: which there should be, which there are, and registering them.

use axum::{
    Json,
    extract::{Path, Query, State},
    http::{HeaderMap, HeaderValue, header::CACHE_CONTROL},
};
use domain::{
    TenantId,
    hook_list::{Compared, FoundHook},
};
use platforms::hooks::WantedHook;
use reconcile::hook_list::{Done, HookListError, Hooks, register};
use runtime::address::public_address;
use secrecy::ExposeSecret;
use serde::Deserialize;
use serde_json::{Value, json};
use state::HookListRecord;

use crate::{Console, drift::patience, response::Failure};

/// What is shown, and of which address.
#[derive(Debug, Deserialize)]
pub(crate) struct Asked {
    #[serde(default)]
    url: Option<String>,
    /// With `urls`, URLs have their secrets in them, as somebody needs them who enters hooks by hand.
    #[serde(default)]
    show: Option<Shown>,
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
enum Shown {
    Urls,
}

/// Under which address this deployment is reached.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Reached {
    #[serde(default)]
    url: Option<String>,
}

/// `GET /api/v1/tenants/{tenant}/hooks`: which hooks there should be and how it stands with each at the platform. Their URLs have a
/// placeholder for the path secret unless `?show=urls` asks for it.
pub(crate) async fn get(
    State(console): State<Console>,
    Path(tenant): Path<TenantId>,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
) -> Result<(HeaderMap, Json<Value>), Failure> {
    let services = &console.services;
    let record = services.store.tenant(&tenant).await?.ok_or(Failure::NotFound("tenant"))?;
    let known = services.store.hook_list(&tenant).await?;
    let base = base(asked.url, &known, &headers);
    let hooks = Hooks::of(services, &record, base.as_deref())?;
    let (compared, trouble) = match hooks.compared(&known).await {
        None => (None, None),
        Some(Ok(compared)) => (Some(compared), None),
        Some(Err(error)) => (None, Some(error.to_string())),
    };
    let listing = Listing { hooks: &hooks, known: &known, compared: compared.as_ref(), show: asked.show };
    let mut told = listing.told();
    if let Some(told) = told.as_object_mut() {
        told.insert("tenant".to_owned(), json!(tenant));
        told.insert("trouble".to_owned(), json!(trouble));
    }
    Ok((not_kept(), Json(told)))
}

/// `POST /api/v1/tenants/{tenant}/hooks` with `{"url": "https://…"}`, or nothing where the request came to that address: registers
/// the hooks that are missing and switches on those that are off, as far as that comes in some seconds. What is left is told; the
/// same call again goes on, and one more does nothing.
pub(crate) async fn post(
    State(console): State<Console>,
    Path(tenant): Path<TenantId>,
    headers: HeaderMap,
    reached: Option<Json<Reached>>,
) -> Result<Json<Value>, Failure> {
    let services = &console.services;
    let record = services.store.tenant(&tenant).await?.ok_or(Failure::NotFound("tenant"))?;
    let known = services.store.hook_list(&tenant).await?;
    let Json(reached) = reached.unwrap_or_default();
    let base = base(reached.url, &known, &headers).ok_or(HookListError::NoAddress)?;
    let done = register(services, &record, &base, patience(services)).await?;
    tracing::info!(
        tenant.id = %tenant,
        registered = done.registered.len(),
        switched_on = done.switched_on.len(),
        left = done.left,
        "hooks were registered with the platform"
    );
    // Secrets that were given meanwhile count.
    let record = services.store.tenant(&tenant).await?.ok_or(Failure::NotFound("tenant"))?;
    let known = services.store.hook_list(&tenant).await?;
    let hooks = Hooks::of(services, &record, Some(&base))?;
    let listing = Listing { hooks: &hooks, known: &known, compared: done.compared.as_ref(), show: None };
    Ok(Json(came_of(&done, listing.told(), &tenant)))
}

fn came_of(done: &Done, mut told: Value, tenant: &TenantId) -> Value {
    if let Some(told) = told.as_object_mut() {
        told.insert("tenant".to_owned(), json!(tenant));
        told.insert("registered".to_owned(), json!(done.registered));
        told.insert("switched_on".to_owned(), json!(done.switched_on));
        told.insert("proven".to_owned(), json!(done.proven));
        told.insert("declined".to_owned(), json!(done.declined));
        told.insert("left".to_owned(), json!(done.left));
        told.insert("trouble".to_owned(), json!(done.trouble));
        told.insert("retry_after_seconds".to_owned(), json!(done.retry_after.map(|after| after.as_secs())));
    }
    told
}

/// What was said, else where hooks were registered before, else where the request came to.
fn base(said: Option<String>, known: &HookListRecord, headers: &HeaderMap) -> Option<String> {
    said.or_else(|| known.address.clone()).or_else(|| public_address(headers))
}

/// The answer may have secrets in it.
fn not_kept() -> HeaderMap {
    [(CACHE_CONTROL, HeaderValue::from_static("no-store"))].into_iter().collect()
}

struct Listing<'a> {
    hooks: &'a Hooks<'a>,
    known: &'a HookListRecord,
    compared: Option<&'a Compared>,
    show: Option<Shown>,
}

impl Listing<'_> {
    fn told(&self) -> Value {
        let wanted = &self.hooks.wanted;
        let others = self.compared.map(|compared| compared.left_alone.iter().map(of_other).collect::<Vec<_>>());
        json!({
            "url": self.hooks.address.base(),
            "hooks": wanted.hooks.iter().map(|hook| self.of_hook(hook)).collect::<Vec<_>>(),
            "left_alone": others,
            "by_hand": wanted.by_hand,
            "notes": wanted.notes,
        })
    }

    /// `standing` is none where the platform did not say: it has no API for it, no login was given, or it failed.
    fn of_hook(&self, hook: &WantedHook) -> Value {
        let known = self.compared.and_then(|compared| compared.wanted.get(&hook.hook));
        let found = known.and_then(|(_, found)| found.as_ref());
        let url = match self.show {
            Some(Shown::Urls) => self.hooks.address.url(hook).map(|url| url.expose_secret().to_owned()),
            None => Some(self.hooks.address.shown(hook)),
        };
        json!({
            "hook": hook.hook,
            "url": url,
            "delivers": hook.delivers,
            "standing": known.map(|(standing, _)| standing),
            "id": found.map(|found| &found.reference),
            "failures": found.and_then(|found| found.failures),
            "off_since": self.known.off.get(&hook.hook).map(|off| off.since),
        })
    }
}

fn of_other(found: &FoundHook) -> Value {
    json!({
        "hook": found.hook,
        "id": found.reference,
        "on": found.is_on,
        "fault": found.fault,
        "failures": found.failures,
    })
}
