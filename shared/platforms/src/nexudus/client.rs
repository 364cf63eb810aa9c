//! The parts of Nexudus' REST API that are asked for what webhooks leave out: a customer, and the lists of all there is.

mod hooks;
mod lists;

use std::fmt;

use domain::{MemberId, facts::MemberPatch};
use jiff::Timestamp;
use reqwest::{Method, RequestBuilder, Response, StatusCode, header::RETRY_AFTER};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

use super::{coworker, is_id};
use crate::{
    PlatformError,
    answer::{read, retry_after, unavailable},
    fields::{Faults, Fields, json},
};

pub(in crate::nexudus) use lists::{Ask, List, Page, Row};

/// The longest answer read, in bytes: a customer takes a few thousand.
const LONGEST_ANSWER: usize = 1 << 20;

/// Reads one Nexudus account.
///
/// Source: developers.nexudus.com/rest-api/authentication (HTTP Basic with an admin user works everywhere), 2026-11.
#[derive(Clone)]
pub struct Client {
    http: reqwest::Client,
    base_url: String,
    username: String,
    password: SecretString,
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("base_url", &self.base_url).finish_non_exhaustive()
    }
}

/// What Nexudus says of a customer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Customer {
    /// Name, e-mail, telephone and status, each set or cleared.
    pub patch: MemberPatch,
    /// The instant it is true of: `UpdatedOn`.
    pub as_of: Timestamp,
}

impl Client {
    /// Where Nexudus' API is.
    ///
    /// Source: developers.nexudus.com/rest-api/authentication, 2026-11.
    pub const BASE_URL: &str = "https://spaces.nexudus.com/api";

    /// Talks to `base_url`, such as `https://spaces.nexudus.com/api`, with the time-outs of `http`.
    pub fn new(http: reqwest::Client, base_url: &str, username: &str, password: SecretString) -> Self {
        Self { http, base_url: base_url.trim_end_matches('/').to_owned(), username: username.to_owned(), password }
    }

    /// Reads a customer; `None` if Nexudus knows nobody by this id.
    ///
    /// Ids of Nexudus are numbers. Any other is nobody's, and no call is made, so that no id can change the URL's path.
    ///
    /// # Errors
    /// Nexudus gave no usable answer.
    pub async fn customer(&self, member: &MemberId) -> Result<Option<Customer>, PlatformError> {
        let id = member.as_str();
        if !is_id(id) {
            return Ok(None);
        }
        let answer = self.get(&format!("/spaces/coworkers/{id}"), &[], LONGEST_ANSWER).await?;
        answer.map(|answer| customer(id, &answer)).transpose()
    }

    /// What stands at a path; `None` if nothing does.
    async fn get(&self, path: &str, query: &[(&str, &str)], longest: usize) -> Result<Option<Value>, PlatformError> {
        self.answer(self.request(Method::GET, path).query(query), longest).await
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.http.request(method, format!("{}{path}", self.base_url));
        request.basic_auth(&self.username, Some(self.password.expose_secret()))
    }

    /// The answer to a request; `None` if nothing is there.
    async fn answer(&self, request: RequestBuilder, longest: usize) -> Result<Option<Value>, PlatformError> {
        let response = request.send().await.map_err(unavailable)?;
        let status = response.status();
        if status == StatusCode::NOT_FOUND {
            return Ok(None);
        }
        if status != StatusCode::OK && status != StatusCode::CREATED {
            return Err(classify(&response));
        }
        let answer = json(&read(response, longest).await?).map_err(|_| PlatformError::unreadable(status))?;
        if answer.get("WasSuccessful") == Some(&Value::Bool(false)) {
            return Err(PlatformError::Declined);
        }
        Ok(Some(answer))
    }
}

/// Source: developers.nexudus.com/reference/api-limitations (409 with `Retry-After` is throttling), 2026-11.
fn classify(response: &Response) -> PlatformError {
    let retry_after = retry_after(response);
    match response.status() {
        StatusCode::TOO_MANY_REQUESTS => PlatformError::Throttled { retry_after },
        StatusCode::CONFLICT if response.headers().contains_key(RETRY_AFTER) => {
            PlatformError::Throttled { retry_after }
        }
        StatusCode::CONFLICT => PlatformError::Conflict,
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => PlatformError::Refused,
        status if status.is_server_error() => PlatformError::Unavailable(None),
        status => PlatformError::unreadable(status),
    }
}

fn customer(id: &str, answer: &Value) -> Result<Customer, PlatformError> {
    let unreadable = PlatformError::unreadable(StatusCode::OK);
    let mut faults = Faults::default();
    let read = Fields::of(answer, "", &mut faults).and_then(|mut fields| coworker::read(&mut fields));
    match read {
        // Somebody else's record, or one that does not say whether the person is active and since when, must never count.
        Ok(coworker) if coworker.id == id && coworker.status.is_some() => match coworker.updated_on {
            Some(as_of) => Ok(Customer { patch: coworker.details(), as_of }),
            None => Err(unreadable),
        },
        Ok(_) | Err(_) => Err(unreadable),
    }
}

#[cfg(test)]
mod tests;
