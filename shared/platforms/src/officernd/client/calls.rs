//! One call to OfficeRnD: its URL, its token, and what its answer means.

use std::{sync::PoisonError, time::Duration};

use reqwest::{Method, RequestBuilder, Response, StatusCode, Url, header::HeaderMap};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

use super::{Client, Login};
use crate::{
    PlatformError,
    answer::{read, retry_after, unavailable},
    fields::json,
};

/// The longest answer read, in bytes: a page of bookings with long descriptions takes some hundred thousand.
const LONGEST_ANSWER: usize = 8 << 20;

/// How long to rest when the calls of a minute are used up: the unit of the reset header is not documented.
const A_MINUTE: Duration = Duration::from_mins(1);

/// How long to rest when the calls of a day are used up, before trying whether a new day has begun.
const AN_HOUR: Duration = Duration::from_hours(1);

impl Client {
    /// Sends a request with a token, and once more with a new one if that is refused.
    pub(super) async fn send(
        &self,
        method: Method,
        path: &[&str],
        with: impl Fn(RequestBuilder) -> RequestBuilder,
    ) -> Result<Response, PlatformError> {
        let url = self.url(path)?;
        let known = self.known_token();
        let is_known = known.is_some();
        let token = match known {
            Some(token) => token,
            None => self.new_token().await?,
        };
        let send = |token: SecretString| {
            let request = self.http.request(method.clone(), url.clone()).bearer_auth(token.expose_secret());
            with(request).send()
        };
        let response = send(token).await.map_err(unavailable)?;
        if response.status() == StatusCode::UNAUTHORIZED && is_known {
            let token = self.new_token().await?;
            return send(token).await.map_err(unavailable);
        }
        Ok(response)
    }

    /// The URL of something of the organization; each part of the path stays one part, whatever is in it.
    fn url(&self, path: &[&str]) -> Result<Url, PlatformError> {
        // What an operator typed for the address is not one.
        let mut url = Url::parse(&self.api).map_err(|_| PlatformError::Refused)?;
        let is_sound = |part: &str| !matches!(part, "" | "." | "..");
        let parts: Vec<&str> = ["organizations", &self.login.organization].iter().chain(path).copied().collect();
        if !parts.iter().all(|part| is_sound(part)) {
            return Err(PlatformError::Refused);
        }
        url.path_segments_mut().map_err(|()| PlatformError::Refused)?.extend(parts);
        Ok(url)
    }

    fn known_token(&self) -> Option<SecretString> {
        self.token.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// `POST /oauth/token`, a form with `grant_type=client_credentials`; the token is good for an hour.
    async fn new_token(&self) -> Result<SecretString, PlatformError> {
        let Login { client_id, client_secret, scopes, .. } = &self.login;
        let form = [
            ("grant_type", "client_credentials"),
            ("client_id", client_id),
            ("client_secret", client_secret.expose_secret()),
            ("scope", scopes),
        ];
        let request = self.http.post(format!("{}/oauth/token", self.identity)).form(&form);
        let response = request.send().await.map_err(unavailable)?;
        // OAuth answers a wrong client, secret or scope with 400 as well as 401.
        if response.status() == StatusCode::BAD_REQUEST {
            return Err(PlatformError::Refused);
        }
        let (_, body) = answer(response).await?;
        let token = body.get("access_token").and_then(Value::as_str).filter(|token| !token.is_empty());
        let token = SecretString::from(token.ok_or_else(unreadable)?);
        *self.token.lock().unwrap_or_else(PoisonError::into_inner) = Some(token.clone());
        Ok(token)
    }
}

/// The body of a good answer, and how long to rest after it.
pub(super) async fn answer(response: Response) -> Result<(Option<Duration>, Value), PlatformError> {
    if !response.status().is_success() {
        return Err(classify(&response));
    }
    let rest = rest(response.headers());
    let status = response.status();
    let body = json(&read(response, LONGEST_ANSWER).await?).map_err(|_| PlatformError::unreadable(status))?;
    Ok((rest, body))
}

fn classify(response: &Response) -> PlatformError {
    match response.status() {
        StatusCode::TOO_MANY_REQUESTS => {
            PlatformError::Throttled { retry_after: retry_after(response).or_else(|| rest(response.headers())) }
        }
        StatusCode::CONFLICT => PlatformError::Conflict,
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => PlatformError::Refused,
        status if status.is_server_error() => PlatformError::Unavailable(None),
        status => PlatformError::unreadable(status),
    }
}

pub(super) fn unreadable() -> PlatformError {
    PlatformError::unreadable(StatusCode::OK)
}

/// How long to rest, by `x-ratelimit-remaining-read-minute` and its twin for the day.
fn rest(headers: &HeaderMap) -> Option<Duration> {
    let number = |name: &str| headers.get(name)?.to_str().ok()?.trim().parse::<u64>().ok();
    let is_used_up = |span: &str| number(&format!("x-ratelimit-remaining-read-{span}")) == Some(0);
    if is_used_up("day") {
        return Some(AN_HOUR);
    }
    // Seconds if it could be; an instant or milliseconds would be far more.
    let reset = number("x-ratelimit-reset-read-minute").map(Duration::from_secs).filter(|reset| *reset <= A_MINUTE);
    is_used_up("minute").then(|| reset.unwrap_or(A_MINUTE))
}
