//! What an operation may look at beside its path.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::de::DeserializeOwned;

use super::options::Options;
use super::refusal;
use crate::form;
use crate::message::{Request, Response};

/// What an operation of the API answers: what it was asked for, or why not.
pub(super) type Outcome = Result<Response, Response>;

/// One admitted request and its circumstances.
#[derive(Debug)]
pub(super) struct Ask<'a> {
    pub(super) query: BTreeMap<String, String>,
    pub(super) request: &'a Request,
    pub(super) options: &'a Options,
    /// The id of the administrator behind the token, if one is known.
    pub(super) administrator: Option<&'a str>,
    pub(super) now: Timestamp,
}

impl<'a> Ask<'a> {
    pub(super) fn of(request: &'a Request, options: &'a Options, now: Timestamp) -> Self {
        Self { query: form::pairs(&request.query), request, options, administrator: None, now }
    }

    pub(super) fn raw_body(&self) -> &'a [u8] {
        &self.request.body
    }

    /// The body in its documented shape.
    pub(super) fn body<T: DeserializeOwned>(&self) -> Result<T, Response> {
        serde_json::from_slice(&self.request.body).map_err(|_| refusal::invalid_criteria())
    }

    /// The body in its documented shape, or nothing if the request has none.
    pub(super) fn optional_body<T: DeserializeOwned + Default>(&self) -> Result<T, Response> {
        if self.request.body.is_empty() { Ok(T::default()) } else { self.body() }
    }

    /// Whether a parameter of the query says yes; `false` if it is not there, 400 if it is something else.
    pub(super) fn flag(&self, name: &str) -> Result<bool, Response> {
        match self.query.get(name).map(String::as_str) {
            None | Some("false") => Ok(false),
            Some("true") => Ok(true),
            Some(_) => Err(refusal::invalid_criteria()),
        }
    }
}
