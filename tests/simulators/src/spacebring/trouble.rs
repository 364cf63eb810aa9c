//! What can be ordered to go wrong with the next calls.
//!
//! Source: the form of a refusal is seen in public clients (2026-11-21); `Retry-After` is not documented, so one call in trouble
//! has it and the throttle has not.

use serde_json::json;

use crate::message::{Answer, Response};

/// One call going wrong, before anything is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// 429 with `Retry-After: 3`.
    Throttled,
    /// Another error, such as 403 or 503.
    Status(u16),
    /// 200 with a page of something else.
    Nonsense,
    /// The connection closes without an answer.
    Dropped,
}

impl Trouble {
    pub(super) fn answer(self) -> Answer {
        Answer::Response(match self {
            Self::Throttled => throttled().with_header("Retry-After", "3"),
            Self::Status(status) => refusal(status, "trouble"),
            Self::Nonsense => Response::html(200, "<html></html>"),
            Self::Dropped => return Answer::Dropped,
        })
    }
}

/// The answer to a call that comes too soon.
pub(super) fn throttled() -> Response {
    refusal(429, "tooManyRequests")
}

/// A refusal with a code.
pub(super) fn refusal(status: u16, code: &str) -> Response {
    Response::json(status, &json!({"code": code, "message": "See the documentation."}))
}
