//! The link: what Brivo will ask for, and the way to its login.

use axum::{
    extract::{Path, State},
    response::{IntoResponse, Redirect, Response},
};
use brivo::authorize_url;
use domain::{AccountId, TenantId};
use runtime::{
    Services,
    connecting::{ConnectError, Connecting},
};
use secrecy::ExposeSecret;
use state::TenantRecord;

use crate::{
    callback::Returned,
    page::{Page, Welcome},
};

type Link = (TenantId, AccountId, String);

/// `GET /connect/{tenant}/{account}/{secret}`. Looking changes nothing: mail programs look at links too.
pub(crate) async fn show(State(services): State<Services>, Path(link): Path<Link>) -> Result<Response, Page> {
    let (tenant, account, secret) = &link;
    let connecting = Connecting { services: &services, tenant, account };
    connecting.check_link(secret).await?;
    let record = tenant_of(&services, tenant).await?;
    services.connections.access(&record, account)?;
    Ok(Page::Welcome(Welcome::of(&record, account)).into_response())
}

/// `POST` of the same: on to Brivo's login.
pub(crate) async fn log_in(State(services): State<Services>, Path(link): Path<Link>) -> Result<Redirect, Page> {
    let (tenant, account, secret) = &link;
    let connecting = Connecting { services: &services, tenant, account };
    connecting.check_link(secret).await?;
    let record = tenant_of(&services, tenant).await?;
    let access = services.connections.access(&record, account)?;
    let state = connecting.begin_login(secret).await?;
    let state = Returned::state(tenant, account, state.expose_secret());
    tracing::info!(tenant.id = %tenant, account.id = %account, "somebody goes to log in at brivo");
    Ok(Redirect::to(&authorize_url(&access.hosts, &access.application.client_id, &state)))
}

/// The tenant of a link; a tenant that is not there looks like a link that is not there.
pub(crate) async fn tenant_of(services: &Services, tenant: &TenantId) -> Result<TenantRecord, Page> {
    let record = services.store.tenant(tenant).await.map_err(ConnectError::Store)?;
    record.ok_or(Page::NoSuchLink)
}
