//! Turns failures into answers: the only place that chooses a status.

use axum::{
    Json,
    body::to_bytes,
    http::{StatusCode, header::CONTENT_TYPE},
    response::{IntoResponse, Response},
};
use reconcile::{ReconcileError, hook_list::HookListError, keys::KeyError};
use runtime::{connecting::ConnectError, connections::ConnectionError, document::Faulty, tenants::TenantError};
use serde_json::{Value, json};
use state::StoreError;

/// Why a call has no other answer.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The admin key is missing or wrong.
    Unauthorized,
    /// There is no such thing.
    NotFound(&'static str),
    /// What was asked for makes no sense.
    Asked(String),
    /// What was asked for does not fit what is there by now.
    Moved(Value),
    /// The tenant document has faults.
    Document(Faulty),
    /// An upload has faults.
    Upload(Vec<String>),
    /// Brivo, which has to be asked first, did not answer.
    Unasked(String),
    /// The state failed.
    Store(StoreError),
    /// A secret cannot be sealed or opened.
    Tenant(TenantError),
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<ReconcileError> for Failure {
    fn from(error: ReconcileError) -> Self {
        match error {
            ReconcileError::Store(error) => error.into(),
        }
    }
}

impl From<ConnectionError> for Failure {
    fn from(error: ConnectionError) -> Self {
        match error {
            incomplete @ ConnectionError::Incomplete { .. } => Self::Asked(incomplete.to_string()),
            ConnectionError::Tenant(error) => error.into(),
        }
    }
}

impl From<ConnectError> for Failure {
    fn from(error: ConnectError) -> Self {
        match error {
            ConnectError::Store(error) => Self::Store(error),
            ConnectError::Sealing(error) => error.into(),
            refused @ (ConnectError::Refused(_) | ConnectError::AnotherAccount { .. } | ConnectError::Random(_)) => {
                Self::Asked(refused.to_string())
            }
        }
    }
}

impl From<HookListError> for Failure {
    fn from(error: HookListError) -> Self {
        match error {
            busy @ HookListError::Busy => Self::Moved(json!({"error": busy.to_string()})),
            HookListError::Store(error) => error.into(),
            HookListError::Tenant(error) => error.into(),
            asked @ (HookListError::NoSecret
            | HookListError::Address(_)
            | HookListError::NoAddress
            | HookListError::ByHand(_)) => Self::Asked(asked.to_string()),
        }
    }
}

impl From<KeyError> for Failure {
    fn from(error: KeyError) -> Self {
        match error {
            refused @ KeyError::Refused(_) => Self::Document(Faulty { faults: vec![refused.to_string()] }),
            refused @ KeyError::RefusedForAll { .. } => Self::Asked(refused.to_string()),
            unasked @ KeyError::Unasked(_) => Self::Unasked(unasked.to_string()),
            KeyError::Store(error) => error.into(),
        }
    }
}

impl From<TenantError> for Failure {
    fn from(error: TenantError) -> Self {
        match error {
            TenantError::Store(error) => Self::Store(error),
            sealing @ TenantError::Sealing { .. } => Self::Tenant(sealing),
        }
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let (status, body) = match self {
            Self::Unauthorized => {
                (StatusCode::UNAUTHORIZED, json!({"error": "send the admin key as Authorization: Bearer KEY"}))
            }
            Self::NotFound(what) => (StatusCode::NOT_FOUND, json!({"error": format!("there is no such {what}")})),
            Self::Asked(text) => (StatusCode::BAD_REQUEST, json!({"error": text})),
            Self::Unasked(text) => (StatusCode::SERVICE_UNAVAILABLE, json!({"error": text})),
            Self::Moved(body) => (StatusCode::CONFLICT, body),
            Self::Document(Faulty { faults }) => (
                StatusCode::BAD_REQUEST,
                json!({"error": "the tenant document was refused as a whole", "faults": faults}),
            ),
            Self::Upload(faults) => {
                (StatusCode::BAD_REQUEST, json!({"error": "the upload was refused as a whole", "faults": faults}))
            }
            Self::Store(StoreError::Conflict) => (
                StatusCode::CONFLICT,
                json!({"error": "somebody else changed it at the same time: look and try again"}),
            ),
            Self::Store(error) => {
                tracing::error!(error = %error, "the state failed");
                (StatusCode::SERVICE_UNAVAILABLE, json!({"error": "the state is not available: try again later"}))
            }
            Self::Tenant(error) => {
                tracing::error!(error = %error, "a secret cannot be used");
                (StatusCode::INTERNAL_SERVER_ERROR, json!({"error": error.to_string()}))
            }
        };
        (status, Json(body)).into_response()
    }
}

/// The longest text of the framework that is handed on.
const LONGEST_TEXT: usize = 4 << 10;

/// Says in the same form as any other failure what the framework refuses by itself: a body that is too large or cannot be read.
pub(crate) async fn in_one_form(response: Response) -> Response {
    let status = response.status();
    let is_text = response.headers().get(CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"text/plain"));
    if !status.is_client_error() || !is_text {
        return response;
    }
    let text = to_bytes(response.into_body(), LONGEST_TEXT).await.unwrap_or_default();
    let error = if status == StatusCode::PAYLOAD_TOO_LARGE {
        "the body is too large: an upload may have 4 MiB, so upload one location at a time, or one list; a tenant document 256 KiB"
            .into()
    } else {
        String::from_utf8_lossy(&text)
    };
    (status, Json(json!({"error": error}))).into_response()
}
