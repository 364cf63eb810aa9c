//! The webhooks that are registered with Nexudus: one for each action at each location.
//!
//! Source: learn.nexudus.com/rest-api/sys/post-webhooks; developers.nexudus.com (envelope of writes, limits);
//! help.nexudus.com/v3/docs/failed-webhook-requests-and-retries (switched off after ten failures in a row); 2026-11.

use domain::{
    HookId,
    hook_list::{Fault, FoundHook},
};
use reqwest::{Method, StatusCode};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};

use super::{
    Client, LONGEST_ANSWER,
    lists::{Ask, List},
};
use crate::{
    PlatformError,
    hooks::{Address, DESCRIPTION, HookPage, Listed, Ours, WantedHook},
    nexudus::actions,
};

/// Where they are.
const PATH: &str = "/sys/webhooks";

/// Hooks of one page.
const ROWS: u64 = 100;

/// How many pages are read: far more than 18 hooks for each of a hundred locations.
const MOST_PAGES: u64 = 50;

impl Client {
    /// `GET /sys/webhooks`: those on a page that deliver to this address.
    ///
    /// # Errors
    /// Nexudus gave no usable answer, or has more hooks than can be meant.
    pub(crate) async fn webhooks(&self, address: &Address, number: u64) -> Result<HookPage, PlatformError> {
        if number > MOST_PAGES {
            return Err(unreadable());
        }
        let page = self.page(&Ask { list: List::Webhooks, page: number, size: ROWS, filters: &[] }).await?;
        let mut hooks = Vec::new();
        for row in page.rows {
            hooks.extend(self.webhook(row.id, row.sent, address).await?);
        }
        Ok(HookPage { hooks, next: page.has_next.then(|| number.saturating_add(1)) })
    }

    /// A row, if it is one of ours. Lists leave things out: what is needed and not there is asked for by itself.
    async fn webhook(&self, id: Option<u64>, row: Value, address: &Address) -> Result<Option<Listed>, PlatformError> {
        let Some(id) = id else { return Ok(None) };
        let is_ours = |sent: &Value| url(sent).and_then(|url| address.read("nexudus", url));
        if url(&row).is_some() && is_ours(&row).is_none() {
            return Ok(None);
        }
        let found = is_ours(&row).and_then(|ours| read(id, &row, ours));
        if let Some(found) = found {
            return Ok(Some(Listed { found, secret: None }));
        }
        let Some(alone) = self.alone(List::Webhooks, id).await? else { return Ok(None) };
        let Some(ours) = is_ours(&alone.sent) else { return Ok(None) };
        let found = read(id, &alone.sent, ours).ok_or_else(unreadable)?;
        Ok(Some(Listed { found, secret: None }))
    }

    /// `POST /sys/webhooks`: has an action at a location delivered to a URL.
    ///
    /// # Errors
    /// Nexudus gave no usable answer.
    pub(crate) async fn register_webhook(&self, hook: &WantedHook, url: &SecretString) -> Result<(), PlatformError> {
        let event = hook.event.as_deref().unwrap_or_default();
        let action = actions().find(|(name, _)| *name == event).map(|(_, number)| number);
        let business = hook.location.as_ref().and_then(|location| location.as_str().parse::<u64>().ok());
        // What is no hook of Nexudus is not wanted there.
        let (Some(action), Some(business)) = (action, business) else { return Err(PlatformError::Declined) };
        let wanted = json!({
            "BusinessId": business,
            "Name": format!("Latchwork {event}"),
            "Description": DESCRIPTION,
            "Action": action,
            "URL": url.expose_secret(),
            "Active": true,
        });
        self.write(Method::POST, &wanted).await
    }

    /// `PUT /sys/webhooks`: the whole record as it is, but active; a hook that is gone is none to switch on.
    ///
    /// # Errors
    /// Nexudus gave no usable answer.
    pub(crate) async fn switch_webhook_on(&self, reference: &str) -> Result<(), PlatformError> {
        let id = reference.parse().map_err(|_| PlatformError::Declined)?;
        let record = self.alone(List::Webhooks, id).await?;
        let mut record = record.ok_or_else(|| PlatformError::unreadable(StatusCode::NOT_FOUND))?.sent;
        let fields = record.as_object_mut().ok_or_else(unreadable)?;
        fields.insert("Active".to_owned(), json!(true));
        self.write(Method::PUT, &record).await
    }

    /// A write, whose answer has to say that it went well: a business error comes with status 200.
    async fn write(&self, method: Method, record: &Value) -> Result<(), PlatformError> {
        let answer = self.answer(self.request(method, PATH).json(record), LONGEST_ANSWER).await?;
        let answer = answer.ok_or_else(|| PlatformError::unreadable(StatusCode::NOT_FOUND))?;
        let went_well = answer.get("WasSuccessful").and_then(Value::as_bool).unwrap_or(false);
        if went_well { Ok(()) } else { Err(unreadable()) }
    }
}

fn url(sent: &Value) -> Option<&str> {
    sent.get("URL")?.as_str().filter(|url| !url.is_empty())
}

/// A record of ours; none if it leaves out what has to be known.
fn read(id: u64, sent: &Value, ours: Ours) -> Option<FoundHook> {
    let action = sent.get("Action").and_then(Value::as_u64)?;
    let business = sent.get("BusinessId").and_then(Value::as_u64)?.to_string();
    let is_on = sent.get("Active").and_then(Value::as_bool)?;
    let delivers = actions().find(|(_, number)| *number == action).map(|(name, _)| name);
    let fault = if !ours.has_secret {
        Some(Fault::OldSecret)
    } else if HookId::of("nexudus", delivers, Some(&business)) == ours.hook || is_unplaced(delivers, &ours) {
        None
    } else {
        Some(Fault::OtherEvent)
    };
    let failures = sent.get("ErrorCount").and_then(Value::as_u64);
    Some(FoundHook { hook: ours.hook, reference: id.to_string(), fault, is_on, failures })
}

/// Whether a URL without a location says what the hook delivers: somebody entered it so, and it is of use.
fn is_unplaced(delivers: Option<&str>, ours: &Ours) -> bool {
    HookId::of("nexudus", delivers, None) == ours.hook
}

fn unreadable() -> PlatformError {
    PlatformError::unreadable(StatusCode::OK)
}
