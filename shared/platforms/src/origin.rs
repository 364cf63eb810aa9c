//! How a delivery came in, kept with its events so that they can be read once more.

use domain::HookId;
use http::HeaderMap;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{Proof, signature::standard::id_and_time};

/// How a delivery came in: all that its events leave out and that counts when they are read. No secret and nothing of a person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    /// The platform's word in the URL.
    pub platform: String,
    /// The event's word in the URL.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event: Option<String>,
    /// The location in the URL.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location: Option<String>,
    /// When it came in: what says nothing of its time is as of then.
    pub received_at: Timestamp,
    /// When it was sent, by a header that the signature covers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sent_at: Option<Timestamp>,
    /// How much of it its sender vouched for.
    pub proof: Proof,
}

impl Origin {
    /// The hook it came by.
    pub fn hook(&self) -> HookId {
        HookId::of(&self.platform, self.event.as_deref(), self.location.as_deref())
    }

    /// The same with what the headers tell beside the URL.
    #[must_use]
    pub fn with_headers(self, headers: &HeaderMap) -> Self {
        Self { sent_at: id_and_time(headers).map(|(_, sent_at)| sent_at), ..self }
    }
}
