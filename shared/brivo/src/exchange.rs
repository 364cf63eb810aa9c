//! One request, one answer.

use reqwest::{RequestBuilder, header::HeaderValue};
use serde::de::DeserializeOwned;

use crate::{
    BrivoError,
    transport::{Answer, Transport},
};

/// Sends once and reads the whole answer, whatever its status.
pub(crate) async fn exchange(
    transport: &dyn Transport,
    call: &'static str,
    request: RequestBuilder,
) -> Result<Answer, BrivoError> {
    let answer = transport.send(request).await?;
    tracing::debug!(brivo.call = call, http.status = answer.status, "brivo answered");
    Ok(answer)
}

impl Answer {
    pub(crate) fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// The body as JSON. The parser's own words are dropped, because they quote the body.
    pub(crate) fn json<T: DeserializeOwned>(&self, expected: &'static str) -> Result<T, BrivoError> {
        serde_json::from_slice(&self.body).map_err(|_| BrivoError::Unreadable { expected })
    }
}

/// A header value that never shows in logs; `None` if the text cannot be one.
pub(crate) fn sensitive(text: &str) -> Option<HeaderValue> {
    let mut value = HeaderValue::from_str(text).ok()?;
    value.set_sensitive(true);
    Some(value)
}
