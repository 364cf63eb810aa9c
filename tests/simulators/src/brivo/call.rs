//! The log of requests.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::route::Host;
use crate::message::{Answer, Request};

/// One request the model was given, without its secrets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Call {
    /// When it arrived.
    pub at: Timestamp,
    /// The host it was sent to.
    pub host: Host,
    /// The verb, in capitals.
    pub method: String,
    /// The path; on the api host with its query. Queries of the auth host carry secrets.
    pub path: String,
    /// The status sent back; `None` if the caller got no answer.
    pub status: Option<u16>,
}

impl Call {
    pub(super) fn of(host: Host, request: &Request, answer: &Answer, at: Timestamp) -> Self {
        let path = match host {
            Host::Api if !request.query.is_empty() => {
                format!("{}?{}", request.path, request.query)
            }
            Host::Api | Host::Auth => request.path.clone(),
        };
        Self { at, host, method: request.method.clone(), path, status: answer.status() }
    }
}
