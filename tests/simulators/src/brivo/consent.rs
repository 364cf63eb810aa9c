//! The way through the browser: an administrator logs in, is asked, and goes back to the application.
//!
//! Source: apidocs.brivo.com (2025-11-25), "Authorization Code": the redirect URI is the registered one, `state` comes back as
//! it was given, and the documents speak of a POST where clients in use see a GET. The names of the forms' fields, the wording,
//! and what is said to an unknown application are assumed.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::{Deserialize, Serialize};

use super::application::ApplicationKind;
use super::authority::Authority;
use super::consent_page;
use super::options::{Options, Return};
use super::token::Code;
use crate::form;
use crate::message::{Request, Response};

/// As long as a person may look at the question; the documents name no limit.
const QUESTION_LIFE: SignedDuration = SignedDuration::from_mins(30);

/// What an application asked for when it sent the browser.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Asked {
    pub(super) client_id: String,
    pub(super) state: Option<String>,
}

/// A question put to an administrator who has logged in.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Question {
    asked: Asked,
    administrator: String,
    expires_at: Timestamp,
}

type Fields = BTreeMap<String, String>;

impl Authority {
    /// Any request of the browser: the first, the log-in, the answer to the question.
    pub(super) fn authorize(&mut self, request: &Request, options: &Options, now: Timestamp) -> Response {
        let fields = match request.method.as_str() {
            "GET" => form::pairs(&request.query),
            _ => form::pairs(&String::from_utf8_lossy(&request.body)),
        };
        let page = match (request.method.as_str(), fields.get("consent")) {
            ("GET", _) => self.ask_for_login(&fields),
            (_, Some(question)) => self.decide(question, &fields, options, now),
            (_, None) => self.log_in(&fields, now),
        };
        page.with_header("Cache-Control", "no-store")
    }

    fn ask_for_login(&self, fields: &Fields) -> Response {
        match self.asked(fields) {
            Ok(_) if fields.get("response_type").map(String::as_str) != Some("code") => {
                consent_page::error("Unsupported response type: only code is supported.")
            }
            Ok(asked) => consent_page::login(&asked, None),
            Err(page) => page,
        }
    }

    fn log_in(&mut self, fields: &Fields, now: Timestamp) -> Response {
        let asked = match self.asked(fields) {
            Ok(asked) => asked,
            Err(page) => return page,
        };
        let given = |name: &str| fields.get(name).map(String::as_str).unwrap_or_default();
        let administrator = given("username").to_owned();
        if !self.is_password(&administrator, given("password")) {
            return consent_page::login(&asked, Some("Administrator ID or password is wrong."));
        }
        self.questions.retain(|_, question| now < question.expires_at);
        let id = self.random.uuid();
        let page = consent_page::question(&asked.client_id, &administrator, &id);
        self.questions.insert(id, Question { asked, administrator, expires_at: now + QUESTION_LIFE });
        page
    }

    fn decide(&mut self, question: &str, fields: &Fields, options: &Options, now: Timestamp) -> Response {
        let question = self.questions.remove(question).filter(|question| now < question.expires_at);
        let Some(Question { asked, administrator, .. }) = question else {
            return consent_page::error("This question is no longer open. Start again from the application.");
        };
        let Some(redirect_uri) = self.redirect_uri_of(&asked.client_id) else {
            return consent_page::error("Unknown application.");
        };
        let answer = if fields.get("decision").map(String::as_str) == Some("allow") {
            let code = self.random.uuid();
            self.codes.insert(code.clone(), Code::new(&asked.client_id, &administrator, now));
            format!("code={code}")
        } else {
            "error=access_denied".to_owned()
        };
        let target = target(&redirect_uri, &answer, asked.state.as_deref());
        match options.browser_returns {
            Return::Redirected => Response::empty(302).with_header("Location", target),
            Return::Posted => consent_page::return_by_post(&target),
        }
    }

    /// Who asks; the page to show if nobody known does.
    fn asked(&self, fields: &Fields) -> Result<Asked, Response> {
        let client_id = fields.get("client_id").cloned().unwrap_or_default();
        let kind = self.applications.get(&client_id).map(|application| application.kind);
        if self.redirect_uri_of(&client_id).is_none() || kind == Some(ApplicationKind::Password) {
            return Err(consent_page::error("Unknown application, or one without a redirect URI."));
        }
        Ok(Asked { client_id, state: fields.get("state").cloned() })
    }

    fn redirect_uri_of(&self, client_id: &str) -> Option<String> {
        self.applications.get(client_id)?.redirect_uri.clone()
    }
}

fn target(redirect_uri: &str, answer: &str, state: Option<&str>) -> String {
    let joint = if redirect_uri.contains('?') { '&' } else { '?' };
    let echo = |state| format!("&state={}", utf8_percent_encode(state, NON_ALPHANUMERIC));
    let state = state.map(echo).unwrap_or_default();
    format!("{redirect_uri}{joint}{answer}{state}")
}
