//! Tokens by client credentials, good for an hour.
//!
//! Source: developer.officernd.com, authentication (2026-11-21). That about five may be asked for in a minute is from public code; the
//! bodies of refusals are those of OAuth 2.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use super::throttle;
use crate::form;
use crate::message::{Request, Response};
use crate::random::Random;

/// As documented.
const TOKEN_LIFE: SignedDuration = SignedDuration::from_secs(3_600);

/// The most tokens that may be asked for in a minute.
const MOST_IN_A_MINUTE: usize = 5;

/// The applications of an organization and the tokens that were given to them.
#[derive(Clone, Debug, Default)]
pub(super) struct Tokens {
    /// Secret by client id.
    applications: BTreeMap<String, String>,
    given: BTreeMap<String, Token>,
    asked: VecDeque<Timestamp>,
    random: Random,
}

#[derive(Clone, Debug)]
struct Token {
    expires_at: Timestamp,
    scopes: BTreeSet<String>,
}

impl Tokens {
    pub(super) fn add(&mut self, client_id: &str, client_secret: &str) {
        self.applications.insert(client_id.to_owned(), client_secret.to_owned());
    }

    /// Makes every token given so far useless.
    pub(super) fn revoke(&mut self) {
        self.given.clear();
    }

    /// `POST /oauth/token`; only a form is read.
    pub(super) fn exchange(&mut self, request: &Request, now: Timestamp) -> Response {
        self.asked.retain(|at| now - SignedDuration::from_mins(1) < *at);
        if self.asked.len() >= MOST_IN_A_MINUTE {
            return throttle::refused();
        }
        self.asked.push_back(now);
        let is_form =
            request.header("content-type").is_some_and(|kind| kind.starts_with("application/x-www-form-urlencoded"));
        let body = if is_form { form::pairs(&String::from_utf8_lossy(&request.body)) } else { BTreeMap::new() };
        let given = |name: &str| body.get(name).map(String::as_str).unwrap_or_default();
        if given("grant_type") != "client_credentials" {
            return Response::json(400, &json!({"error": "unsupported_grant_type"}));
        }
        let known = self.applications.get(given("client_id"));
        if known.is_none_or(|secret| secret != given("client_secret")) {
            return Response::json(401, &json!({"error": "invalid_client"}));
        }
        let scopes: BTreeSet<String> = given("scope").split_whitespace().map(str::to_owned).collect();
        if scopes.is_empty() {
            return Response::json(400, &json!({"error": "invalid_scope"}));
        }
        let token = self.random.uuid();
        self.given.insert(token.clone(), Token { expires_at: now + TOKEN_LIFE, scopes });
        let answer = json!({"access_token": token, "token_type": "Bearer", "expires_in": TOKEN_LIFE.as_secs()});
        Response::json(200, &answer)
    }

    /// Whether the request may do what needs this scope: 401 without a valid token, 403 with one that does not allow it.
    pub(super) fn admit(&self, request: &Request, scope: &str, now: Timestamp) -> Result<(), Response> {
        let token = request.authorization("bearer").and_then(|bearer| self.given.get(bearer));
        match token.filter(|token| now < token.expires_at) {
            None => Err(Response::json(401, &json!({"message": "Unauthorized"}))),
            Some(token) if token.scopes.contains(scope) => Ok(()),
            Some(_) => Err(Response::json(403, &json!({"message": "Insufficient scope"}))),
        }
    }
}
