//! Takes webhooks in: verify, record, wake, answer 200.
//!
//! A delivery is answered 200 only once its events, its facts and the due marks of everyone concerned are stored in one
//! transaction. Nothing else is done here: what follows from the facts is decided when the member is looked at.

mod access_groups;
mod body;
mod pause;
mod receive;
mod response;

use axum::{
    Router,
    body::Body,
    extract::{Path, Query, State},
    http::HeaderMap,
    response::Response,
    routing::post,
};
use domain::TenantId;
use runtime::Services;
use serde::Deserialize;

use receive::Hook;

/// The routes of this function.
pub fn router(services: Services) -> Router {
    Router::new()
        .route("/hooks/{platform}/{tenant}/{path_secret}", post(without_event))
        .route("/hooks/{platform}/{tenant}/{path_secret}/{event}", post(with_event).get(asked))
        .fallback(response::no_such_path)
        .with_state(services)
}

#[derive(Debug, Deserialize)]
struct Place {
    location: Option<String>,
}

type Words = (String, String, String);

async fn without_event(
    State(services): State<Services>,
    Path((platform, tenant, path_secret)): Path<Words>,
    Query(place): Query<Place>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let hook = Hook { platform, tenant: TenantId::new(tenant), path_secret, event: None, location: place.location };
    answer(&services, &hook, &headers, body).await
}

async fn with_event(
    State(services): State<Services>,
    Path((platform, tenant, path_secret, event)): Path<(String, String, String, String)>,
    Query(place): Query<Place>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let tenant = TenantId::new(tenant);
    let hook = Hook { platform, tenant, path_secret, event: Some(event), location: place.location };
    answer(&services, &hook, &headers, body).await
}

async fn asked(
    State(services): State<Services>,
    Path((platform, tenant, path_secret, event)): Path<(String, String, String, String)>,
    headers: HeaderMap,
) -> Response {
    let tenant = TenantId::new(tenant);
    let hook = Hook { platform, tenant, path_secret, event: Some(event), location: None };
    access_groups::get(&services, &hook, &headers).await
}

async fn answer(services: &Services, hook: &Hook, headers: &HeaderMap, body: Body) -> Response {
    let outcome = match body::read(body).await {
        Ok(body) => receive::receive(services, hook, headers, &body).await,
        Err(refusal) => Err(refusal),
    };
    response::of(hook, outcome)
}
