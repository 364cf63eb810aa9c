//! The calls of the token endpoint, and the page before them where an administrator consents.

use std::time::Duration;

use percent_encoding::utf8_percent_encode;
use reqwest::{Method, RequestBuilder};
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;

use super::{Client, Hosts, UNRESERVED, base};
use crate::{Application, BrivoError, TokenGrant, classify, exchange::exchange, transport::Answer, wire::Grant};

/// The life of an access token whose answer does not name it: the shortest documented one. Too long a guess costs a 401.
const SHORTEST_LIFE: Duration = Duration::from_mins(1);

const TOKENS: &str = "token response";

/// The page on which an administrator logs in and lets the application into the account.
///
/// Brivo sends the browser from there to the application's registered address, with `code` for [`Client::connect`] and
/// `state` as given here in the query; with GET as seen live, with POST as documented, so that the receiver has to take
/// both. `state` is to be one that nobody can guess and that is good once: without it, somebody else's code could be slipped
/// in. There is no `redirect_uri` in the query, Brivo uses the registered one.
///
/// Source: Brivo API, `GET /oauth/authorize`, 2025-11-25; that the parameters belong in the query is how two clients work.
pub fn authorize_url(hosts: &Hosts, client_id: &str, state: &str) -> String {
    let (client_id, state) = (utf8_percent_encode(client_id, UNRESERVED), utf8_percent_encode(state, UNRESERVED));
    format!("{}/oauth/authorize?response_type=code&client_id={client_id}&state={state}", base(&hosts.auth))
}

/// What a grant is asked for with.
#[derive(Serialize)]
#[serde(tag = "grant_type", rename_all = "snake_case")]
enum GrantForm<'a> {
    RefreshToken { refresh_token: &'a str },
    AuthorizationCode { code: &'a str, redirect_uri: &'a str, client_id: &'a str, client_secret: &'a str },
}

impl Client {
    /// Exchanges the code that an administrator's consent gave for the first tokens of an account, which are to be stored
    /// before they are used.
    ///
    /// `redirect_uri` is the one registered with the application. The documentation asks for client id and secret both in
    /// the form and as Basic, so they are sent twice.
    ///
    /// # Errors
    /// [`BrivoError::CodeRefused`] if the administrator has to consent anew, [`BrivoError::BadApplication`] if client id or
    /// secret are wrong, [`BrivoError::KeyRefused`] if the API key is, or another [`BrivoError`]. Not worth repeating after
    /// [`BrivoError::outcome_unknown`]: the code is spent then, and only a new consent helps. [`BrivoError::Unreadable`]
    /// also if no refresh token came, because the connection would end with its first access token.
    ///
    /// Source: Brivo API, `POST /oauth/token` with `authorization_code`, 2025-11-25; that a code is good once and for a few
    /// minutes, and that a bad one is refused like wrong credentials, is assumed.
    pub async fn connect(
        &self,
        application: &Application,
        code: &SecretString,
        redirect_uri: &str,
    ) -> Result<TokenGrant, BrivoError> {
        let form = GrantForm::AuthorizationCode {
            code: code.expose_secret(),
            redirect_uri,
            client_id: &application.client_id,
            client_secret: application.client_secret.expose_secret(),
        };
        let answer = exchange(&*self.transport, "connect", self.grant_request(application, &form)?).await?;
        if answer.is_success() {
            grant_in(&answer, None)
        } else {
            Err(classify::refused_code(answer.status, &answer.headers, &answer.body))
        }
    }

    /// Exchanges a refresh token for new tokens, which are to be stored before they are used.
    ///
    /// # Errors
    /// [`BrivoError::Disconnected`] and [`BrivoError::BadApplication`] among others.
    ///
    /// Source: Brivo API, refresh, 2025-11-25.
    pub async fn refresh(
        &self,
        application: &Application,
        refresh_token: &SecretString,
    ) -> Result<TokenGrant, BrivoError> {
        let form = GrantForm::RefreshToken { refresh_token: refresh_token.expose_secret() };
        let answer = exchange(&*self.transport, "refresh", self.grant_request(application, &form)?).await?;
        if answer.is_success() {
            grant_in(&answer, Some(refresh_token))
        } else {
            Err(classify::refused_grant(answer.status, &answer.headers, &answer.body))
        }
    }

    fn grant_request(&self, application: &Application, form: &GrantForm<'_>) -> Result<RequestBuilder, BrivoError> {
        let request = self.with_key(Method::POST, format!("{}/oauth/token", base(&self.place.hosts.auth)))?;
        Ok(request.basic_auth(&application.client_id, Some(application.client_secret.expose_secret())).form(form))
    }
}

/// The tokens of a success; where no refresh token came, the one that was `sent` goes on.
fn grant_in(answer: &Answer, sent: Option<&SecretString>) -> Result<TokenGrant, BrivoError> {
    let grant: Grant = answer.json(TOKENS)?;
    Ok(TokenGrant {
        access: grant.access_token,
        refresh: grant.refresh_token.or_else(|| sent.cloned()).ok_or(BrivoError::Unreadable { expected: TOKENS })?,
        expires_in: grant.expires_in.map_or(SHORTEST_LIFE, Duration::from_secs),
    })
}

#[cfg(test)]
mod tests {
    use domain::tenant::Region;

    use super::*;

    #[test]
    fn the_consent_page_is_the_regions_own_and_takes_no_redirect_address() {
        let url = authorize_url(&Hosts::of(Region::Eu), "11111111-2222-3333-4444-555555555555", "s-1");

        assert_eq!(
            url,
            "https://auth.eu.brivo.com/oauth/authorize\
             ?response_type=code&client_id=11111111-2222-3333-4444-555555555555&state=s-1"
        );
    }

    #[test]
    fn nothing_in_a_state_or_a_client_id_becomes_another_parameter() {
        let hosts = Hosts { auth: "http://127.0.0.1:1/".to_owned(), api: String::new() };

        let url = authorize_url(&hosts, "a&b", "x=1&redirect_uri=http://evil.example/#é+ ");

        assert_eq!(
            url,
            "http://127.0.0.1:1/oauth/authorize?response_type=code&client_id=a%26b\
             &state=x%3D1%26redirect_uri%3Dhttp%3A%2F%2Fevil.example%2F%23%C3%A9%2B%20"
        );
    }
}
