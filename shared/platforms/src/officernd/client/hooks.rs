//! The webhooks that are registered with OfficeRnD, and registering one.

use std::fmt;

use reqwest::Method;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};

use super::{Client, PlatformError, answer, reference, unreadable};
use crate::{
    fields::{Faults, Fields, Read, text},
    hooks::DESCRIPTION,
    officernd::{either, truth},
};

/// Every event type that is read; one webhook can have them all.
pub const EVENT_TYPES: [&str; 15] = [
    "member.created",
    "member.updated",
    "member.removed",
    "company.created",
    "company.updated",
    "company.removed",
    "membership.created",
    "membership.updated",
    "membership.removed",
    "booking.created",
    "booking.updated",
    "booking.removed",
    "occupancyslot.removed",
    "pass.created",
    "pass.updated",
];

/// A registered webhook. Its URL ends in a secret of ours.
#[derive(Clone)]
pub struct Webhook {
    /// `_id`.
    pub id: String,
    /// Where it delivers.
    pub url: String,
    /// What it delivers.
    pub event_types: Vec<String>,
    /// Whether it delivers at all; one that does not say is not known to.
    pub enabled: bool,
    /// What signs its deliveries, where the list shows it; that it does is not documented.
    pub secret: Option<SecretString>,
}

impl fmt::Debug for Webhook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Webhook").field("id", &self.id).field("enabled", &self.enabled).finish_non_exhaustive()
    }
}

/// A webhook that was just registered, with the secret that signs its deliveries.
#[derive(Clone, Debug)]
pub struct NewWebhook {
    /// `_id`.
    pub id: String,
    /// The secret: it goes into the tenant document under `hooks.signing_secrets`.
    pub secret: SecretString,
}

impl Client {
    /// `GET /webhooks`: every registered webhook; version 1 sends a bare list, so both are read.
    ///
    /// Ask now and then whether ours is still there and enabled: that deliveries fail is told nowhere.
    ///
    /// # Errors
    /// OfficeRnD gave no usable answer, or a webhook in it cannot be read.
    pub async fn webhooks(&self) -> Result<Vec<Webhook>, PlatformError> {
        let response = self.send(Method::GET, &["webhooks"], |request| request).await?;
        let (_, body) = answer(response).await?;
        let rows = body.get("results").unwrap_or(&body).as_array().ok_or_else(unreadable)?;
        let read = |row: &Value| read(&mut Fields::of(row, "", &mut Faults::default())?);
        rows.iter().map(read).collect::<Read<_>>().map_err(|_| unreadable())
    }

    /// `POST /webhooks`: has all of [`EVENT_TYPES`] delivered to a URL.
    ///
    /// # Errors
    /// OfficeRnD gave no usable answer. After an unusable one the webhook may be there all the same: look before trying again.
    pub async fn register_webhook(&self, url: &SecretString) -> Result<NewWebhook, PlatformError> {
        let wanted = whole(url);
        let response = self.send(Method::POST, &["webhooks"], |request| request.json(&wanted)).await?;
        let (_, body) = answer(response).await?;
        // Version 1 answers with a list of the one.
        let made = body.get(0).unwrap_or(&body);
        let text_of = |name: &str| made.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
        let id = made.get("_id").and_then(|id| reference(id).ok());
        match (id, text_of("secret")) {
            (Some(id), Some(secret)) => Ok(NewWebhook { id, secret: secret.into() }),
            (None, _) | (_, None) => Err(unreadable()),
        }
    }

    /// `PUT /webhooks/{id}`: has all of [`EVENT_TYPES`] delivered again.
    ///
    /// Which scope that takes is not documented; where ours are not enough it is refused, and a person has to do it.
    ///
    /// # Errors
    /// OfficeRnD gave no usable answer.
    pub(crate) async fn switch_webhook_on(&self, id: &str, url: &SecretString) -> Result<(), PlatformError> {
        let wanted = whole(url);
        let response = self.send(Method::PUT, &["webhooks", id], |request| request.json(&wanted)).await?;
        answer(response).await.map(|_| ())
    }
}

/// A webhook for all that is read.
fn whole(url: &SecretString) -> Value {
    json!({"url": url.expose_secret(), "eventTypes": EVENT_TYPES, "description": DESCRIPTION, "isEnabled": true})
}

fn read(fields: &mut Fields<'_, '_>) -> Read<Webhook> {
    let id = fields.required("_id", reference);
    let url = fields.required("url", text);
    let event_types = fields.list("eventTypes", text);
    let secret = fields.optional("secret", text);
    let enabled = either(fields, ["isEnabled", "enabled"], truth);
    Ok(Webhook {
        id: id?,
        url: url?,
        event_types: event_types?.unwrap_or_default(),
        enabled: enabled?.unwrap_or(false),
        secret: secret?.filter(|secret| !secret.is_empty()).map(SecretString::from),
    })
}
