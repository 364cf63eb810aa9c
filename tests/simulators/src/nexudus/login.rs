//! Logging in: with every request, or once for a bearer token.
//!
//! Source: developers.nexudus.com/rest-api/authentication (2026-11-21). The bodies of refusals other
//! than `unsupported_grant_type` are assumed.

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use crate::form;
use crate::message::{Request, Response};
use crate::random::Random;

/// Seven days less a second, as in the documented answer.
const TOKEN_LIFE_SECONDS: i64 = 604_799;

/// The administrators and what was given to them.
#[derive(Clone, Debug, Default)]
pub(super) struct Logins {
    /// Password and roles by e-mail address; whoever has no list of roles may do everything.
    administrators: BTreeMap<String, (String, Option<BTreeSet<String>>)>,
    bearers: BTreeMap<String, Timestamp>,
    /// The `client_id` each refresh token was asked for with, empty for none.
    refresh_tokens: BTreeMap<String, String>,
    random: Random,
}

impl Logins {
    pub(super) fn add(&mut self, email: &str, password: &str, roles: Option<BTreeSet<String>>) {
        self.administrators.insert(email.to_owned(), (password.to_owned(), roles));
    }

    /// Whether the administrator of the request has a role. Whose a bearer token is, is not kept: it may do everything.
    pub(super) fn may(&self, request: &Request, role: &str) -> bool {
        let roles = basic(request).and_then(|(email, _)| self.administrators.get(&email)?.1.clone());
        roles.is_none_or(|roles| roles.contains(role))
    }

    /// Whether the request carries a valid login of either kind.
    pub(super) fn admit(&self, request: &Request, now: Timestamp) -> bool {
        if let Some(bearer) = request.authorization("bearer") {
            let expires_at = self.bearers.get(bearer);
            return expires_at.is_some_and(|expires_at| now < *expires_at);
        }
        basic(request).is_some_and(|(email, password)| self.knows(&email, &password))
    }

    /// The token endpoint; only a form is read.
    pub(super) fn exchange(&mut self, request: &Request, now: Timestamp) -> Response {
        let content_type = request.header("content-type").unwrap_or_default();
        let body = if content_type.starts_with("application/x-www-form-urlencoded") {
            form::pairs(&String::from_utf8_lossy(&request.body))
        } else {
            BTreeMap::new()
        };
        let given = |name: &str| body.get(name).map(String::as_str).unwrap_or_default();
        let client_id = given("client_id");
        let is_granted = match given("grant_type") {
            "password" => self.knows(given("username"), given("password")),
            "refresh_token" => {
                let known = self.refresh_tokens.get(given("refresh_token"));
                known.is_some_and(|asked_with| asked_with == client_id)
            }
            _ => return Response::json(400, &json!({"error": "unsupported_grant_type"})),
        };
        if is_granted {
            self.tokens_for(client_id, now)
        } else {
            Response::json(400, &json!({"error": "invalid_grant"}))
        }
    }

    fn knows(&self, email: &str, password: &str) -> bool {
        self.administrators.get(email).is_some_and(|(known, _)| known == password)
    }

    fn tokens_for(&mut self, client_id: &str, now: Timestamp) -> Response {
        let (bearer, refresh_token) = (self.random.uuid(), self.random.uuid());
        let life = SignedDuration::from_secs(TOKEN_LIFE_SECONDS);
        self.bearers.insert(bearer.clone(), now + life);
        self.refresh_tokens.insert(refresh_token.clone(), client_id.to_owned());
        let answer = json!({
            "access_token": bearer,
            "token_type": "bearer",
            "expires_in": TOKEN_LIFE_SECONDS,
            "refresh_token": refresh_token,
        });
        Response::json(200, &answer)
    }
}

/// E-mail address and password of a request with HTTP Basic.
fn basic(request: &Request) -> Option<(String, String)> {
    let decoded = STANDARD.decode(request.authorization("basic")?).ok()?;
    let decoded = String::from_utf8_lossy(&decoded).into_owned();
    decoded.split_once(':').map(|(email, password)| (email.to_owned(), password.to_owned()))
}
