//! What goes in and out of a simulated service: a request, a response, or no response at all.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;

/// One HTTP request as it reached the service.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Request {
    /// The verb, in capitals.
    pub method: String,
    /// The path, still percent-encoded.
    pub path: String,
    /// What follows the question mark, still percent-encoded; empty if nothing does.
    pub query: String,
    /// The headers, their names in lower case.
    pub headers: BTreeMap<String, String>,
    /// The body, empty if there was none.
    pub body: Vec<u8>,
}

impl Request {
    /// A request for `target`, a path with an optional query.
    pub fn new(method: &str, target: &str) -> Self {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        Self { method: method.to_ascii_uppercase(), path: path.to_owned(), query: query.to_owned(), ..Self::default() }
    }

    /// The same request with one more header.
    #[must_use]
    pub fn with_header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.insert(name.to_ascii_lowercase(), value.into());
        self
    }

    /// The same request carrying `body` as JSON.
    #[must_use]
    pub fn with_json(self, body: &Value) -> Self {
        self.with_header("content-type", "application/json").with_body(body.to_string())
    }

    /// The same request carrying `body`.
    #[must_use]
    pub fn with_body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self
    }

    /// The header of that name, asked for in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }

    /// What follows the scheme in the `Authorization` header, if the header uses that scheme.
    pub(crate) fn authorization(&self, scheme: &str) -> Option<&str> {
        let (given, value) = self.header("authorization")?.split_once(' ')?;
        given.eq_ignore_ascii_case(scheme).then(|| value.trim())
    }
}

/// One HTTP response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    /// The status code; the gateway before Brivo also uses 596.
    pub status: u16,
    /// The headers in the order they are sent.
    pub headers: Vec<(&'static str, String)>,
    /// The body, empty if there is none.
    pub body: Vec<u8>,
}

impl Response {
    /// A response without headers or body.
    pub fn empty(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: Vec::new() }
    }

    /// A response with a JSON body.
    pub fn json(status: u16, body: &impl Serialize) -> Self {
        Self {
            body: serde_json::to_vec(body).unwrap_or_default(),
            ..Self::empty(status).with_header("Content-Type", "application/json;charset=UTF-8")
        }
    }

    /// A response with an HTML page.
    pub fn html(status: u16, page: &str) -> Self {
        Self { body: page.as_bytes().to_vec(), ..Self::empty(status).with_header("Content-Type", "text/html") }
    }

    /// The same response with one more header.
    #[must_use]
    pub fn with_header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// The header of that name, whatever its case.
    pub fn header(&self, name: &str) -> Option<&str> {
        let same = |(known, _): &&(&str, String)| known.eq_ignore_ascii_case(name);
        self.headers.iter().find(same).map(|(_, value)| value.as_str())
    }

    /// The body read as JSON; null if it is something else.
    pub fn body_json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }
}

/// One request that a simulated service was given, and what became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// When it arrived.
    pub at: Timestamp,
    /// The verb, in capitals.
    pub method: String,
    /// The path with its query.
    pub path: String,
    /// The status sent back; `None` if the caller got no answer.
    pub status: Option<u16>,
}

impl Call {
    pub(crate) fn of(request: &Request, answer: &Answer, at: Timestamp) -> Self {
        let separator = if request.query.is_empty() { "" } else { "?" };
        let path = format!("{}{separator}{}", request.path, request.query);
        Self { at, method: request.method.clone(), path, status: answer.status() }
    }
}

/// What the caller of a simulated service experiences.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// A response arrives.
    Response(Response),
    /// The connection is closed without a response.
    Dropped,
    /// Nothing arrives until the caller gives up.
    Hanging,
}

impl Answer {
    /// The status that was sent, if one was.
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::Response(response) => Some(response.status),
            Self::Dropped | Self::Hanging => None,
        }
    }

    /// The response, if one was sent.
    pub fn into_response(self) -> Option<Response> {
        match self {
            Self::Response(response) => Some(response),
            Self::Dropped | Self::Hanging => None,
        }
    }
}
