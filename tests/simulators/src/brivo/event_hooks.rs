//! What happens at doors and in Brivo's own pages, ordered by tests of a served model.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};

use super::events::{DeliveryAttempt, DeliveryHabits, Mail, Presented, Swipe};
use super::history::Change;
use super::hooks::kept;
use super::ids::{AccessPointId, GroupId, UserId};
use super::server::Desk;

#[derive(Deserialize)]
struct Swiped {
    door: AccessPointId,
    presented: Presented,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case", rename_all_fields = "snake_case", tag = "edit")]
enum Edit {
    Create { first_name: String, last_name: String, email: String },
    Join { user: UserId, group: GroupId },
    Leave { user: UserId, group: GroupId },
    Suspend { user: UserId },
    Reinstate { user: UserId },
    Delete { user: UserId },
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Pass {
    reference_id: String,
    access_code: String,
}

type Answer = Result<Json<Value>, (StatusCode, Json<Value>)>;

pub(super) fn routes() -> Router<Arc<Desk>> {
    Router::new()
        .route("/_sim/swipes", post(swipe))
        .route("/_sim/redemptions", post(redeem))
        .route("/_sim/edits", post(edit))
        .route("/_sim/delivery-habits", post(set_habits))
        .route("/_sim/deliveries", get(deliveries))
        .route("/_sim/mails", get(mails))
}

/// 200 with the event's id and action, or 404.
async fn swipe(State(desk): State<Arc<Desk>>, Json(swiped): Json<Swiped>) -> Result<Json<Swipe>, StatusCode> {
    let outcome = desk.edit(|model, now| model.swipe(swiped.door, &swiped.presented, now));
    outcome.map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)?.map(Json).ok_or(StatusCode::NOT_FOUND)
}

/// 200 with the id of the pass, or 409 with the reason.
async fn redeem(State(desk): State<Arc<Desk>>, Json(pass): Json<Pass>) -> Answer {
    match desk.edit(|model, now| model.redeem(&pass.reference_id, &pass.access_code, now)) {
        Ok(Ok(credential)) => Ok(Json(json!({"credentialId": credential}))),
        Ok(Err(reason)) => Err((StatusCode::CONFLICT, Json(json!({"reason": reason})))),
        Err(_) => Err((StatusCode::INTERNAL_SERVER_ERROR, Json(Value::Null))),
    }
}

/// 200 with the user's id; the edit is in the audit journal.
async fn edit(State(desk): State<Arc<Desk>>, Json(edit): Json<Edit>) -> Answer {
    let edited = desk.edit(|model, now| {
        model.keep_audit();
        match edit {
            Edit::Create { first_name, last_name, email } => model.create_by_hand(&first_name, &last_name, &email, now),
            Edit::Join { user, group } => {
                model.change_by_hand(user, group, Change::Joined, now);
                user
            }
            Edit::Leave { user, group } => {
                model.change_by_hand(user, group, Change::Left, now);
                user
            }
            Edit::Suspend { user } => {
                model.suspend_by_hand(user, now);
                user
            }
            Edit::Reinstate { user } => {
                model.reinstate_by_hand(user, now);
                user
            }
            Edit::Delete { user } => {
                model.delete_by_hand(user, now);
                user
            }
        }
    });
    match edited {
        Ok(user) => Ok(Json(json!({"user": user}))),
        Err(_) => Err((StatusCode::INTERNAL_SERVER_ERROR, Json(Value::Null))),
    }
}

async fn set_habits(State(desk): State<Arc<Desk>>, Json(habits): Json<DeliveryHabits>) -> StatusCode {
    kept(&desk.edit(|model, _| model.set_delivery_habits(habits)))
}

async fn deliveries(State(desk): State<Arc<Desk>>) -> Json<Vec<DeliveryAttempt>> {
    Json(desk.model().delivery_attempts().to_vec())
}

async fn mails(State(desk): State<Arc<Desk>>) -> Json<Vec<Mail>> {
    Json(desk.model().mails().to_vec())
}
