//! Turns an outcome into an answer: the only place that chooses a status, and the only one that logs a refusal.

use axum::{
    Json,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use platforms::Unreadable;
use serde_json::{Value, json};

use crate::receive::{Hook, Receipt, Refusal};

/// The answer to a path that is no webhook's.
pub(crate) async fn no_such_path() -> Response {
    let told = json!({"error": "there is nothing here: webhooks go to POST /hooks/{platform}/{tenant}/{path_secret}[/{event}]"});
    (StatusCode::NOT_FOUND, Json(told)).into_response()
}

/// The answer to a delivery.
pub(crate) fn of(hook: &Hook, outcome: Result<Receipt, Refusal>) -> Response {
    match outcome {
        Ok(Receipt { accepted, repeated, unused }) => {
            tracing::info!(tenant.id = %hook.tenant, accepted, repeated, ?unused, "took in a delivery");
            Json(json!({"accepted": accepted, "repeated": repeated, "unused": unused})).into_response()
        }
        Err(refusal) => refused(hook, &refusal),
    }
}

/// The answer to what is refused.
pub(crate) fn refused(hook: &Hook, refusal: &Refusal) -> Response {
    let tenant = &hook.tenant;
    let (status, body) = told(refusal);
    let status_code = status.as_u16();
    match refusal {
        Refusal::NotStored(error) => {
            tracing::error!(tenant.id = %tenant, status_code, error = %error, "could not store a delivery");
        }
        Refusal::Sealed(error) => {
            tracing::error!(tenant.id = %tenant, status_code, error = %error, "could not open a tenant's secrets");
        }
        Refusal::NoSource(_)
        | Refusal::WrongSecret
        | Refusal::Unproven(_)
        | Refusal::Faulty(_)
        | Refusal::TooLarge
        | Refusal::Broken => tracing::info!(tenant.id = %tenant, status_code, "refused a delivery"),
    }
    (status, Json(body)).into_response()
}

fn told(refusal: &Refusal) -> (StatusCode, Value) {
    let error = |text: &str| json!({"error": text});
    match refusal {
        Refusal::NoSource(reason) => (StatusCode::NOT_FOUND, error(&reason.to_string())),
        Refusal::WrongSecret => (StatusCode::UNAUTHORIZED, error("the tenant or the secret in the path is wrong")),
        Refusal::Unproven(reason) => (StatusCode::UNAUTHORIZED, error(&reason.to_string())),
        Refusal::Faulty(Unreadable { faults }) => {
            (StatusCode::BAD_REQUEST, json!({"error": "the delivery was refused as a whole", "faults": faults}))
        }
        Refusal::TooLarge => {
            (StatusCode::PAYLOAD_TOO_LARGE, error("the body is larger than 1 MiB: send fewer events at a time"))
        }
        Refusal::Broken => (StatusCode::BAD_REQUEST, error("the body did not arrive whole")),
        Refusal::NotStored(_) => (StatusCode::SERVICE_UNAVAILABLE, error("not stored: send it again later")),
        Refusal::Sealed(_) => {
            (StatusCode::SERVICE_UNAVAILABLE, error("the tenant's secrets cannot be opened: send it again later"))
        }
    }
}
