//! What carries a request to Brivo and brings the answer: the network, or a simulation of it.

use std::{error::Error, fmt::Debug};

use async_trait::async_trait;
use reqwest::{Method, RequestBuilder, header::HeaderMap};

/// The longest answer that is read: 40 kB for each user of a full page, and an endless answer fills no memory.
const LONGEST_BODY: usize = 4 * 1024 * 1024;

type Cause = Box<dyn Error + Send + Sync>;

/// Carries requests; two implementations, the network's and the simulation's.
#[async_trait]
pub trait Transport: Send + Sync + Debug {
    /// A request to be filled in.
    fn request(&self, verb: Method, url: String) -> RequestBuilder;

    /// Sends once and reads the whole answer, whatever its status.
    ///
    /// # Errors
    /// [`NoAnswer`], by where the call broke off.
    async fn send(&self, request: RequestBuilder) -> Result<Answer, NoAnswer>;
}

/// What came back.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body, whole.
    pub body: Vec<u8>,
}

/// Why no answer came. The causes name no address, for it may name a member.
#[derive(Debug, thiserror::Error)]
pub enum NoAnswer {
    /// The request cannot be sent at all.
    #[error("the request cannot be sent")]
    Unsendable(#[source] Cause),
    /// No connection came about, so nothing was sent.
    #[error("no connection came about")]
    NotSent(#[source] Cause),
    /// The time was up; the request may have been carried out.
    #[error("the time was up")]
    TimedOut(#[source] Cause),
    /// The connection ended; the request may have been carried out.
    #[error("the connection ended")]
    CutOff(#[source] Cause),
}

#[async_trait]
impl Transport for reqwest::Client {
    fn request(&self, verb: Method, url: String) -> RequestBuilder {
        Self::request(self, verb, url)
    }

    async fn send(&self, request: RequestBuilder) -> Result<Answer, NoAnswer> {
        let mut response = request.send().await?;
        let status = response.status().as_u16();
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
}

impl From<reqwest::Error> for NoAnswer {
    fn from(error: reqwest::Error) -> Self {
        let error = error.without_url();
        if error.is_builder() {
            Self::Unsendable(error.into())
        } else if error.is_connect() {
            Self::NotSent(error.into())
        } else if error.is_timeout() {
            Self::TimedOut(error.into())
        } else {
            Self::CutOff(error.into())
        }
    }
}
