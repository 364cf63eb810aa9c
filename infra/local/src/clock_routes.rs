//! The clock over HTTP.

use std::sync::Arc;

use axum::{
    Json, Router,
    body::Bytes,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::get,
};
use jiff::{Span, SpanRelativeTo, Timestamp};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::driver::Driver;

/// `GET` and `POST /local/clock`.
pub(crate) fn router(driver: Arc<Driver>) -> Router {
    Router::new().route("/local/clock", get(read).post(advance)).with_state(driver)
}

async fn read(State(driver): State<Arc<Driver>>) -> Json<Value> {
    Json(json!({"now": driver.time().now(), "next_due": driver.next_due()}))
}

#[derive(Debug, Deserialize)]
struct Step {
    advance: Option<Span>,
    to: Option<Timestamp>,
}

/// Moves the manual clock and answers once everything that fell due is done.
async fn advance(State(driver): State<Arc<Driver>>, body: Bytes) -> Response {
    let refuse = |status: StatusCode, text: &str| (status, Json(json!({"error": text}))).into_response();
    if !driver.time().is_manual() {
        return refuse(StatusCode::CONFLICT, "this clock runs by itself: start with --clock manual to move it");
    }
    let now = driver.time().now();
    let step = serde_json::from_slice(&body).ok();
    let Some(target) = step.and_then(|step| target(&step, now)) else {
        return refuse(StatusCode::BAD_REQUEST, r#"say {"advance": "PT10M"} or {"to": "2026-03-02T09:00:00Z"}"#);
    };
    if target < now {
        return refuse(StatusCode::BAD_REQUEST, "the clock never goes back");
    }
    match driver.advance(target).await {
        Ok(ran) => Json(json!({"now": driver.time().now(), "settled": true, "ran": ran})).into_response(),
        Err(error) => {
            tracing::error!(error = format!("{error:#}"), "could not run what fell due");
            refuse(StatusCode::INTERNAL_SERVER_ERROR, "something that fell due could not be run; the log says what")
        }
    }
}

fn target(step: &Step, now: Timestamp) -> Option<Timestamp> {
    match (&step.advance, step.to) {
        (Some(span), None) => {
            let duration = span.to_duration(SpanRelativeTo::days_are_24_hours()).ok()?;
            now.checked_add(duration).ok()
        }
        (None, Some(to)) => Some(to),
        (Some(_), Some(_)) | (None, None) => None,
    }
}
