//! What installers and an account's staff put there, ordered by tests of a served model.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};

use super::hooks::kept;
use super::ids::{AccessPointId, GroupId, SiteId, UserId};
use super::places::AccessPoint;
use super::server::Desk;

#[derive(Deserialize)]
struct Administrator {
    username: String,
    password: String,
}

#[derive(Deserialize)]
struct Redirect {
    client_id: String,
    redirect_uri: String,
}

#[derive(Deserialize)]
struct Site {
    id: SiteId,
    name: String,
    time_zone: String,
}

#[derive(Deserialize)]
struct Door {
    id: AccessPointId,
    site: SiteId,
    name: String,
}

#[derive(Deserialize)]
struct Permission {
    group: GroupId,
    door: AccessPointId,
}

#[derive(Deserialize)]
struct Carded {
    facility_code: u8,
    card_number: u16,
    holder: Option<UserId>,
}

pub(super) fn routes() -> Router<Arc<Desk>> {
    Router::new()
        .route("/_sim/administrators", post(add_administrator))
        .route("/_sim/redirects", post(set_redirect))
        .route("/_sim/sites", post(add_site))
        .route("/_sim/doors", post(add_door))
        .route("/_sim/permissions", post(permit))
        .route("/_sim/cards", post(add_card))
}

async fn add_administrator(State(desk): State<Arc<Desk>>, Json(one): Json<Administrator>) -> StatusCode {
    kept(&desk.edit(|model, _| model.add_administrator(&one.username, &one.password)))
}

async fn set_redirect(State(desk): State<Arc<Desk>>, Json(one): Json<Redirect>) -> StatusCode {
    kept(&desk.edit(|model, _| model.set_redirect_uri(&one.client_id, &one.redirect_uri)))
}

async fn add_site(State(desk): State<Arc<Desk>>, Json(site): Json<Site>) -> StatusCode {
    kept(&desk.edit(|model, _| model.add_site(site.id, &site.name, &site.time_zone)))
}

async fn add_door(State(desk): State<Arc<Desk>>, Json(door): Json<Door>) -> StatusCode {
    kept(&desk.edit(|model, _| model.add_access_point(door.id, AccessPoint::door(door.site, &door.name))))
}

async fn permit(State(desk): State<Arc<Desk>>, Json(permission): Json<Permission>) -> StatusCode {
    kept(&desk.edit(|model, _| model.permit(permission.group, permission.door)))
}

/// 200 with the card's id.
async fn add_card(State(desk): State<Arc<Desk>>, Json(card): Json<Carded>) -> Result<Json<Value>, StatusCode> {
    let added = desk.edit(|model, now| {
        let id = model.add_card(card.facility_code, card.card_number);
        if let Some(holder) = card.holder {
            model.assign_by_hand(holder, id, now);
        }
        id
    });
    let id = added.map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)?;
    Ok(Json(json!({"credentialId": id})))
}
