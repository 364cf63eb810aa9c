//! The webhook that tells the operator's own application of a pass code, as Standard Webhooks has it.

use std::{error::Error, sync::Arc, time::Duration};

use aws_lc_rs::{digest, hmac};
use base64::{
    Engine, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig, general_purpose::STANDARD},
};
use http::{StatusCode, header::CONTENT_TYPE};
use jiff::Timestamp;
use reqwest::{ClientBuilder, Url, redirect};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use state::TenantRecord;

use super::{
    CourierError, PassCode, Reach, Way,
    reach::{NotPublic, PublicNames},
};
use crate::{seal::Sealer, tenants};

/// How long an app may take to answer: well within the lease of a run.
const CALL_TIMEOUT: Duration = Duration::from_secs(10);

/// Secrets come with and without padding.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Posts to the operators' own applications; redirects are not followed.
#[derive(Clone, Debug)]
pub struct AppHooks {
    http: reqwest::Client,
    reach: Reach,
    sealer: Arc<Sealer>,
}

impl AppHooks {
    /// Posts within this reach.
    ///
    /// # Errors
    /// If the system has no certificates to trust.
    pub fn new(reach: Reach, sealer: Arc<Sealer>) -> Result<Self, reqwest::Error> {
        Self::within(CALL_TIMEOUT, reach, sealer)
    }

    pub(super) fn within(timeout: Duration, reach: Reach, sealer: Arc<Sealer>) -> Result<Self, reqwest::Error> {
        let http = ClientBuilder::new()
            .connect_timeout(timeout)
            .timeout(timeout)
            .redirect(redirect::Policy::none())
            .no_proxy();
        let http = match reach {
            Reach::Public => http.dns_resolver(PublicNames),
            Reach::Anywhere => http,
        };
        Ok(Self { http: http.build()?, reach, sealer })
    }

    /// Tells the tenant's app of a pass code. An app that was told before knows the message by its id.
    pub(super) async fn tell(
        &self,
        record: &TenantRecord,
        pass: &PassCode,
        now: Timestamp,
    ) -> Result<(), CourierError> {
        let secret = tenants::secret(&self.sealer, record, TenantRecord::APP_HOOK_SECRET)?;
        let (Some(hook), Some(secret)) = (&record.tenant.app_hook, secret) else {
            return Err(CourierError::NotReady(Way::App));
        };
        let url = Url::parse(&hook.url).map_err(|_| refused("app_hook.url is no URL"))?;
        if !self.reach.allows(&url) {
            return Err(not_public());
        }
        let id = message_id(record, pass);
        let body = message(record, pass, now).to_string();
        let signature = sign(&secret, &id, now, &body).ok_or_else(|| refused("app_hook.secret cannot sign"))?;
        let request = self
            .http
            .post(url)
            .header(CONTENT_TYPE, "application/json")
            .header("webhook-id", id)
            .header("webhook-timestamp", now.as_second().to_string())
            .header("webhook-signature", signature);
        let answer = request.body(body).send().await.map_err(|error| failure(&error))?;
        judge(answer.status())
    }
}

/// The same for the same invitation, however often it is told; says nothing about anybody.
fn message_id(record: &TenantRecord, pass: &PassCode) -> String {
    let of = format!("{}\n{}\n{}", record.tenant.id, pass.member, pass.invitation);
    let digest = digest::digest(&digest::SHA256, of.as_bytes());
    let mut id = hex::encode(digest.as_ref());
    id.truncate(32);
    format!("pass_{id}")
}

/// What the app is told.
fn message(record: &TenantRecord, pass: &PassCode, now: Timestamp) -> Value {
    json!({
        "type": "pass.issued",
        "timestamp": now,
        "data": {
            "tenant": record.tenant.id,
            "member": pass.member,
            "first_name": pass.first_name,
            "email": pass.pass_id,
            "pass_id": pass.pass_id,
            "pass_code": pass.pass_code.expose_secret(),
            "invitation": pass.invitation,
            "credential": pass.credential,
            "expires": pass.expires_at,
            "starts": pass.starts_at,
            "location": pass.location,
        },
    })
}

/// The signature; `None` if the secret is not what its prefix says.
///
/// Source: standardwebhooks.com specification, symmetric signatures, 2026-11.
fn sign(secret: &SecretString, id: &str, sent_at: Timestamp, body: &str) -> Option<String> {
    let secret = secret.expose_secret();
    let key = match secret.strip_prefix("whsec_") {
        Some(encoded) => BASE64.decode(encoded).ok()?,
        None => secret.as_bytes().to_vec(),
    };
    let signed = format!("{id}.{}.{body}", sent_at.as_second());
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &key), signed.as_bytes());
    Some(format!("v1,{}", STANDARD.encode(tag)))
}

fn judge(status: StatusCode) -> Result<(), CourierError> {
    match status.as_u16() {
        200..=299 => Ok(()),
        408 | 425 | 429 | 500..=599 => Err(CourierError::Unavailable(format!("the app answered {status}"))),
        300..=399 => Err(refused(&format!("the app answered {status}; put the address it leads to into app_hook.url"))),
        _ => Err(refused(&format!("the app answered {status}; ask its developer why"))),
    }
}

/// The error's own words stay out: they name the URL.
fn failure(error: &reqwest::Error) -> CourierError {
    let mut cause = error.source();
    while let Some(error) = cause {
        if error.is::<NotPublic>() {
            return not_public();
        }
        cause = error.source();
    }
    let what = if error.is_timeout() { "did not answer in time" } else { "could not be reached" };
    CourierError::Unavailable(format!("the app {what}"))
}

fn not_public() -> CourierError {
    refused("the host of app_hook.url has no public address")
}

fn refused(what: &str) -> CourierError {
    CourierError::Refused(what.to_owned())
}

#[cfg(test)]
mod tests;
