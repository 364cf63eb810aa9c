//! What can be ordered to go wrong with the next calls.
//!
//! Source: developers.nexudus.com/reference/api-limitations (2026-11-21) for throttling; that 409
//! without `Retry-After` is a conflict is inferred; the envelope of answers to writes, which shows how a business
//! error looks.

use serde_json::json;

use crate::message::{Answer, Response};

/// One call going wrong, before anything is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// 409 with `Retry-After: 1`.
    Throttled,
    /// A business error: 200, and `WasSuccessful` is false.
    Declined,
    /// 200 with a page of no use, as a proxy may answer.
    Nonsense,
    /// 409 without `Retry-After`.
    Conflict,
    /// Another error, such as 500 or 503.
    Status(u16),
    /// The connection closes without an answer.
    Dropped,
    /// Nothing comes back until the client gives up.
    Hang,
}

impl Trouble {
    pub(super) fn answer(self) -> Answer {
        Answer::Response(match self {
            Self::Throttled => throttled(),
            Self::Declined => Response::json(
                200,
                &json!({
                    "Status": 500, "Message": "An error has occurred.", "Value": null, "WasSuccessful": false,
                    "Errors": [],
                }),
            ),
            Self::Nonsense => Response::json(200, &json!({"ok": true})),
            Self::Conflict => message(409, "The record was changed in the meantime."),
            Self::Status(status) => message(status, "An error has occurred."),
            Self::Dropped => return Answer::Dropped,
            Self::Hang => return Answer::Hanging,
        })
    }
}

/// The answer to a call that comes too soon.
pub(super) fn throttled() -> Response {
    Response {
        body: b"You must wait before accessing this url again.".to_vec(),
        ..Response::empty(409).with_header("Retry-After", "1").with_header("Content-Type", "text/plain")
    }
}

/// A refusal with a text.
pub(super) fn message(status: u16, text: &str) -> Response {
    Response::json(status, &json!({ "Message": text }))
}
