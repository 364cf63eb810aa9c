//! The authorization server: applications, grants, and the tokens that are out.
//!
//! Source: apidocs.brivo.com (2025-11-25), section Authentication; parameters in the query and the
//! members `scope` and `jti` are recorded (2017-09-13). What a JSON body gets is assumed.

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::{SignedDuration, Timestamp};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::options::Options;
use super::refusal;
use super::token::{self, Code, RefreshToken};
use crate::form;
use crate::message::{Request, Response};
use crate::random::Random;

/// Who may ask, and what was given out.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Authority {
    pub(super) applications: BTreeMap<String, Application>,
    pub(super) api_keys: BTreeSet<String>,
    /// Password by administrator id.
    pub(super) administrators: BTreeMap<String, String>,
    codes: BTreeMap<String, Code>,
    refresh_tokens: BTreeMap<String, RefreshToken>,
    /// When each access token expires.
    access_tokens: BTreeMap<String, Timestamp>,
    random: Random,
}

/// A registered application.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Application {
    pub(super) secret: String,
    pub(super) redirect_uri: Option<String>,
}

type Parameters = BTreeMap<String, String>;

impl Authority {
    pub(super) fn seeded(seed: u64) -> Self {
        Self { random: Random::seeded(seed), ..Self::default() }
    }

    /// The consent page with an administrator who consents at once.
    pub(super) fn authorize(&mut self, request: &Request, now: Timestamp) -> Response {
        let query = form::pairs(&request.query);
        let client_id = query.get("client_id").map(String::as_str);
        let redirect_uri = client_id
            .and_then(|client_id| self.applications.get(client_id))
            .and_then(|application| application.redirect_uri.clone());
        let (Some(client_id), Some(redirect_uri)) = (client_id, redirect_uri) else {
            return refusal::described(400, "invalid_request", "Unknown client or redirect");
        };
        if query.get("response_type").map(String::as_str) != Some("code") {
            return refusal::described(400, "unsupported_response_type", "Only code is supported");
        }
        let code = self.random.uuid();
        self.codes.insert(code.clone(), Code::new(client_id, now));
        let joint = if redirect_uri.contains('?') { '&' } else { '?' };
        let echo = |state: &String| format!("&state={}", utf8_percent_encode(state, NON_ALPHANUMERIC));
        let state = query.get("state").map(echo).unwrap_or_default();
        Response::empty(302).with_header("Location", format!("{redirect_uri}{joint}code={code}{state}"))
    }

    /// The token endpoint.
    pub(super) fn exchange(&mut self, request: &Request, options: &Options, now: Timestamp) -> Response {
        let response = self
            .client_of(request)
            .and_then(|client_id| {
                self.check_grant(&client_id, &parameters(request), options, now)?;
                Ok(self.tokens_for(&client_id, options, now))
            })
            .unwrap_or_else(|refusal| refusal);
        response.with_header("Cache-Control", "no-store").with_header("Server", "Apache-Coyote/1.1")
    }

    /// Whether the request carries an access token that is good now.
    pub(super) fn admit(&self, request: &Request, now: Timestamp) -> Result<(), Response> {
        let token = request.authorization("bearer").ok_or_else(refusal::unauthorized)?;
        match self.access_tokens.get(token) {
            Some(expires_at) if now < *expires_at => Ok(()),
            Some(_) | None => Err(refusal::invalid_token()),
        }
    }

    /// Takes note of a refresh token given to `client_id`; one already known stays as it is.
    pub(super) fn accept(&mut self, client_id: &str, token: &str, now: Timestamp) {
        let tokens = self.refresh_tokens.entry(token.to_owned());
        tokens.or_insert_with(|| RefreshToken::new(client_id, now));
    }

    /// A new refresh token, as after a consent that was not simulated.
    pub(super) fn issue(&mut self, client_id: &str, now: Timestamp) -> String {
        let jti = self.random.uuid();
        let token = token::opaque(&mut self.random, &jti);
        self.accept(client_id, &token, now);
        token
    }

    /// Whether this refresh was under way together with an earlier one of the same token.
    pub(super) fn overlaps(&self, request: &Request, now: Timestamp) -> bool {
        let presented = parameters(request).remove("refresh_token");
        presented.and_then(|token| self.refresh_tokens.get(&token)).is_some_and(|token| token.overlaps(now))
    }

    /// The answer to this request did not reach the client in a readable form.
    pub(super) fn lose_answer(&mut self, request: &Request, now: Timestamp) {
        let presented = parameters(request).remove("refresh_token");
        if let Some(token) = presented.and_then(|token| self.refresh_tokens.get_mut(&token)) {
            token.lose_answer(now);
        }
    }

    fn client_of(&self, request: &Request) -> Result<String, Response> {
        let basic = request.authorization("basic").ok_or_else(refusal::unauthorized)?;
        let decoded = STANDARD.decode(basic).unwrap_or_default();
        let decoded = String::from_utf8_lossy(&decoded);
        let (id, secret) = decoded.split_once(':').ok_or_else(refusal::bad_client)?;
        match self.applications.get(id) {
            Some(application) if application.secret == secret => Ok(id.to_owned()),
            Some(_) | None => Err(refusal::bad_client()),
        }
    }

    fn check_grant(
        &mut self,
        client_id: &str,
        parameters: &Parameters,
        options: &Options,
        now: Timestamp,
    ) -> Result<(), Response> {
        let given = |name: &str| parameters.get(name).map(String::as_str).unwrap_or_default();
        let granted = match given("grant_type") {
            "authorization_code" => {
                let code = self.codes.remove(given("code"));
                code.is_some_and(|code| code.works_for(client_id, now))
            }
            "refresh_token" => self.use_refresh_token(client_id, given("refresh_token"), options, now),
            "password" => {
                let known = self.administrators.get(given("username"));
                known.is_some_and(|password| password == given("password"))
            }
            "" => return Err(refusal::described(400, "invalid_request", "Missing grant type")),
            _ => {
                let description = "Unsupported grant type";
                return Err(refusal::described(400, "unsupported_grant_type", description));
            }
        };
        granted.then_some(()).ok_or_else(refusal::invalid_grant)
    }

    fn use_refresh_token(&mut self, client_id: &str, token: &str, options: &Options, now: Timestamp) -> bool {
        let Some(known) = self.refresh_tokens.get_mut(token) else {
            return false;
        };
        let works = known.client_id == client_id && known.works(options.rotation, now);
        if works {
            known.replace(now);
        }
        works
    }

    fn tokens_for(&mut self, client_id: &str, options: &Options, now: Timestamp) -> Response {
        self.access_tokens.retain(|_, expires_at| now < *expires_at);
        self.refresh_tokens.retain(|_, token| token.is_alive(now));
        let jti = self.random.uuid();
        let access_token = token::opaque(&mut self.random, &jti);
        let life = SignedDuration::from_secs(i64::from(options.access_token_seconds));
        self.access_tokens.insert(access_token.clone(), now + life);
        let answer = json!({
            "access_token": access_token,
            "token_type": "bearer",
            "refresh_token": self.issue(client_id, now),
            "expires_in": options.access_token_seconds,
            "scope": "brivo.api",
            "jti": jti,
        });
        Response::json(200, &answer)
    }
}

/// The parameters of a token request, from its query and, if it is a form, its body.
fn parameters(request: &Request) -> Parameters {
    let mut parameters = form::pairs(&request.query);
    if !is_json(request) {
        parameters.extend(form::pairs(&String::from_utf8_lossy(&request.body)));
    }
    parameters
}

/// Whether the request says that its body is JSON.
pub(super) fn is_json(request: &Request) -> bool {
    let content_type = request.header("content-type").unwrap_or_default();
    content_type.starts_with("application/json")
}
