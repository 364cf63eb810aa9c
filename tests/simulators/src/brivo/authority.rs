//! The authorization server: applications, grants, and the tokens that are out.
//!
//! Source: apidocs.brivo.com (2025-11-25), section Authentication; parameters in the query and the
//! members `scope` and `jti` are recorded (2017-09-13). What a JSON body gets is assumed.

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::application::Application;
use super::consent::Question;
use super::options::{Options, SecondUse};
use super::refusal;
use super::token::{self, Code, Origin, RefreshToken};
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
    pub(super) codes: BTreeMap<String, Code>,
    /// The questions that administrators have before them.
    #[serde(default)]
    pub(super) questions: BTreeMap<String, Question>,
    refresh_tokens: BTreeMap<String, RefreshToken>,
    /// When each access token expires.
    access_tokens: BTreeMap<String, Timestamp>,
    /// Where access tokens come from, if that is known.
    #[serde(default)]
    origins: BTreeMap<String, Origin>,
    pub(super) random: Random,
}

type Parameters = BTreeMap<String, String>;

impl Authority {
    pub(super) fn seeded(seed: u64) -> Self {
        Self { random: Random::seeded(seed), ..Self::default() }
    }

    /// The token endpoint.
    pub(super) fn exchange(&mut self, request: &Request, options: &Options, now: Timestamp) -> Response {
        let response = self
            .client_of(request)
            .and_then(|client_id| {
                let origin = self.check_grant(&client_id, &parameters(request), options, now)?;
                Ok(self.tokens_for(&client_id, origin, options, now))
            })
            .unwrap_or_else(|refusal| refusal);
        response.with_header("Cache-Control", "no-store").with_header("Server", "Apache-Coyote/1.1")
    }

    /// The id of the administrator for whom the request's access token is good now; `None` if nobody in particular consented.
    pub(super) fn admit(&self, request: &Request, now: Timestamp) -> Result<Option<&str>, Response> {
        let token = request.authorization("bearer").ok_or_else(refusal::unauthorized)?;
        match self.access_tokens.get(token) {
            Some(expires_at) if now < *expires_at => {
                Ok(self.origins.get(token).and_then(|origin| origin.administrator.as_deref()))
            }
            Some(_) | None => Err(refusal::invalid_token()),
        }
    }

    /// Whether this is the administrator's password.
    pub(super) fn is_password(&self, administrator: &str, password: &str) -> bool {
        self.administrators.get(administrator).is_some_and(|known| known == password)
    }

    /// Takes note of a refresh token given to `client_id`; one already known stays as it is.
    pub(super) fn accept(&mut self, client_id: &str, token: &str, now: Timestamp) {
        let tokens = self.refresh_tokens.entry(token.to_owned());
        tokens.or_insert_with(|| RefreshToken::new(client_id, Origin::default(), now));
    }

    /// A new refresh token.
    pub(super) fn issue(&mut self, client_id: &str, origin: Origin, now: Timestamp) -> String {
        let jti = self.random.uuid();
        let token = token::opaque(&mut self.random, &jti);
        self.refresh_tokens.insert(token.clone(), RefreshToken::new(client_id, origin, now));
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
    ) -> Result<Origin, Response> {
        let given = |name: &str| parameters.get(name).map(String::as_str).unwrap_or_default();
        let grant_type = given("grant_type");
        if !self.applications.get(client_id).is_some_and(|application| application.kind.may_use(grant_type)) {
            return Err(refusal::unauthorized_grant(grant_type));
        }
        let origin = match grant_type {
            "authorization_code" => self.use_code(client_id, parameters, options, now),
            "refresh_token" => self.use_refresh_token(client_id, given("refresh_token"), options, now),
            "password" => self
                .is_password(given("username"), given("password"))
                .then(|| Origin { administrator: Some(given("username").to_owned()), code: None }),
            "" => return Err(refusal::described(400, "invalid_request", "Missing grant type")),
            _ => {
                let description = "Unsupported grant type";
                return Err(refusal::described(400, "unsupported_grant_type", description));
            }
        };
        origin.ok_or_else(refusal::invalid_grant)
    }

    /// A code is spent by any use, also by one that is refused.
    fn use_code(
        &mut self,
        client_id: &str,
        parameters: &Parameters,
        options: &Options,
        now: Timestamp,
    ) -> Option<Origin> {
        let registered = self.applications.get(client_id)?.redirect_uri.as_ref();
        let is_redirect = parameters.get("redirect_uri").is_none_or(|given| Some(given) == registered);
        let id = parameters.get("code")?;
        let code = self.codes.get_mut(id)?;
        let is_second_use = code.is_used;
        let administrator = code.redeem(client_id, now);
        if is_second_use && options.second_use_of_code == SecondUse::EndsTokens {
            self.end_tokens_of(id);
        }
        let administrator = administrator.filter(|_| is_redirect)?;
        Some(Origin { administrator: Some(administrator), code: Some(id.clone()) })
    }

    fn end_tokens_of(&mut self, code: &str) {
        let is_of_code = |origin: &Origin| origin.code.as_deref() == Some(code);
        self.refresh_tokens.retain(|_, token| !is_of_code(&token.origin));
        let Self { access_tokens, origins, .. } = self;
        access_tokens.retain(|token, _| !origins.get(token).is_some_and(is_of_code));
        origins.retain(|_, origin| !is_of_code(origin));
    }

    fn use_refresh_token(&mut self, client_id: &str, token: &str, options: &Options, now: Timestamp) -> Option<Origin> {
        let known = self.refresh_tokens.get_mut(token)?;
        let works = known.client_id == client_id && known.works(options.rotation, now);
        if works {
            known.replace(now);
        }
        works.then(|| known.origin.clone())
    }

    fn tokens_for(&mut self, client_id: &str, origin: Origin, options: &Options, now: Timestamp) -> Response {
        let Self { access_tokens, origins, codes, refresh_tokens, .. } = self;
        access_tokens.retain(|_, expires_at| now < *expires_at);
        origins.retain(|token, _| access_tokens.contains_key(token));
        refresh_tokens.retain(|_, token| token.is_alive(now));
        codes.retain(|_, code| code.is_alive(now));
        let jti = self.random.uuid();
        let access_token = token::opaque(&mut self.random, &jti);
        let life = SignedDuration::from_secs(i64::from(options.access_token_seconds));
        self.access_tokens.insert(access_token.clone(), now + life);
        if origin != Origin::default() {
            self.origins.insert(access_token.clone(), origin.clone());
        }
        let answer = json!({
            "access_token": access_token,
            "token_type": "bearer",
            "refresh_token": self.issue(client_id, origin, now),
            "expires_in": options.access_token_seconds,
            "scope": "brivo.api",
            "jti": jti,
        });
        Response::json(200, &answer)
    }
}

/// The parameters of a token request, from its query and, if it is a form of either kind, its body.
pub(super) fn parameters(request: &Request) -> Parameters {
    let mut parameters = form::pairs(&request.query);
    let body = String::from_utf8_lossy(&request.body);
    let content_type = request.header("content-type").unwrap_or_default();
    match content_type.split_once("boundary=") {
        Some((kind, boundary)) if kind.starts_with("multipart/form-data") => {
            parameters.extend(form::parts(&body, boundary.trim_matches('"')));
        }
        Some(_) | None if is_json(request) => {}
        Some(_) | None => parameters.extend(form::pairs(&body)),
    }
    parameters
}

/// Whether the request says that its body is JSON.
pub(super) fn is_json(request: &Request) -> bool {
    let content_type = request.header("content-type").unwrap_or_default();
    content_type.starts_with("application/json")
}
