//! What tests may ask of a served model beside the API.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Deserialize;

use super::building_hooks;
use super::call::Call;
use super::event_hooks;
use super::fault::Fault;
use super::history::{MembershipChange, StandingChange};
use super::ids::{GroupId, UserId};
use super::server::Desk;

#[derive(Deserialize)]
struct Group {
    id: GroupId,
    name: String,
}

#[derive(Deserialize)]
struct Link {
    group: GroupId,
    user: UserId,
}

/// The router of the api host with the hooks beside it.
pub(super) fn beside(api: Router, desk: &Arc<Desk>) -> Router {
    let hooks = Router::new()
        .route("/_sim/history", get(history))
        .route("/_sim/standings", get(standings))
        .route("/_sim/calls", get(calls))
        .route("/_sim/violations", get(violations))
        .route("/_sim/faults", post(add_fault))
        .route("/_sim/groups", post(add_group))
        .route("/_sim/links", post(link_group))
        .merge(building_hooks::routes())
        .merge(event_hooks::routes())
        .with_state(Arc::clone(desk));
    api.merge(hooks)
}

async fn history(State(desk): State<Arc<Desk>>) -> Json<Vec<MembershipChange>> {
    Json(desk.model().history().to_vec())
}

async fn standings(State(desk): State<Arc<Desk>>) -> Json<Vec<StandingChange>> {
    Json(desk.model().standings().to_vec())
}

async fn calls(State(desk): State<Arc<Desk>>) -> Json<Vec<Call>> {
    Json(desk.model().calls().to_vec())
}

async fn violations(State(desk): State<Arc<Desk>>) -> Json<Vec<String>> {
    Json(desk.model().violations().to_vec())
}

async fn add_fault(State(desk): State<Arc<Desk>>, Json(fault): Json<Fault>) -> StatusCode {
    kept(&desk.edit(|model, _| model.inject(fault)))
}

async fn add_group(State(desk): State<Arc<Desk>>, Json(group): Json<Group>) -> StatusCode {
    kept(&desk.edit(|model, _| model.add_group(group.id, &group.name)))
}

async fn link_group(State(desk): State<Arc<Desk>>, Json(link): Json<Link>) -> StatusCode {
    kept(&desk.edit(|model, _| model.link_group(link.group, link.user)))
}

pub(super) fn kept(outcome: &std::io::Result<()>) -> StatusCode {
    match outcome {
        Ok(()) => StatusCode::NO_CONTENT,
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR,
    }
}
