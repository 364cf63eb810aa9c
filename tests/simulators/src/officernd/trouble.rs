//! What can be ordered to go wrong with the next calls.

use serde_json::json;

use super::throttle;
use crate::message::{Answer, Response};

/// One call going wrong, before anything is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// 429 with `Retry-After: 30`.
    Throttled,
    /// Another error, such as 500 or 503.
    Status(u16),
    /// The connection closes without an answer.
    Dropped,
    /// Nothing comes back until the client gives up.
    Hang,
}

impl Trouble {
    pub(super) fn answer(self) -> Answer {
        match self {
            Self::Throttled => Answer::Response(throttle::refused()),
            Self::Status(status) => {
                Answer::Response(Response::json(status, &json!({"message": "An error has occurred"})))
            }
            Self::Dropped => Answer::Dropped,
            Self::Hang => Answer::Hanging,
        }
    }
}
