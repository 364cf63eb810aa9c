//! One request, one answer.

use reqwest::{
    RequestBuilder,
    header::{HeaderMap, HeaderValue},
};
use serde::de::DeserializeOwned;

use crate::BrivoError;

/// The longest answer that is read: 40 kB for each user of a full page, and an endless answer fills no memory.
const LONGEST_BODY: usize = 4 * 1024 * 1024;

/// What came back.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

/// Sends once and reads the whole answer, whatever its status.
pub(crate) async fn exchange(call: &'static str, request: RequestBuilder) -> Result<Answer, BrivoError> {
    let mut response = request.send().await?;
    let status = response.status().as_u16();
    tracing::debug!(brivo.call = call, http.status = status, "brivo answered");
    let headers = std::mem::take(response.headers_mut());
    let mut body = Vec::new();
    while body.len() <= LONGEST_BODY {
        match response.chunk().await {
            Ok(Some(chunk)) => body.extend_from_slice(&chunk),
            Ok(None) => break,
            // The status of a refusal says enough; of a success the body is the point.
            Err(_) if status >= 300 => break,
            Err(error) => return Err(error.into()),
        }
    }
    Ok(Answer { status, headers, body })
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
