//! Webhooks as their senders sign them.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit as _, Mac as _};
use jiff::Timestamp;
use reqwest::RequestBuilder;
use serde_json::{Value, json};
use sha2::Sha256;
use simulators::{
    nexudus::{Hashing, signature},
    officernd,
    spacebring::Attempt,
};

use crate::{
    bundle::{Answer, Bundle, answer},
    tenants::{PATH_SECRET, SIGNING_SECRET},
};

/// A hook of Nexudus, not sent yet, signed with the first signing secret.
pub(crate) fn nexudus(bundle: &Bundle, tenant: &str, action: &str, body: &str) -> RequestBuilder {
    let path = format!("/hooks/nexudus/{tenant}/{PATH_SECRET}/{action}");
    let signed = signature(SIGNING_SECRET, body, Hashing::RawBytes);
    bundle.post(&path).header("X-Nexudus-Hook-Signature", signed).body(body.to_owned())
}

/// A hook of OfficeRnD, not sent yet, signed with the first signing secret at this instant.
pub(crate) fn officernd(bundle: &Bundle, tenant: &str, body: &str, at: Timestamp) -> RequestBuilder {
    let signed = officernd::signature(SIGNING_SECRET, body, at, "signature");
    unsigned_officernd(bundle, tenant, body).header("officernd-signature", signed)
}

/// The same without a signature.
pub(crate) fn unsigned_officernd(bundle: &Bundle, tenant: &str, body: &str) -> RequestBuilder {
    bundle.post(&format!("/hooks/officernd/{tenant}/{PATH_SECRET}")).body(body.to_owned())
}

/// An attempt of Svix at a hook of Spacebring whose URL ends with the event, not sent yet.
pub(crate) fn spacebring(bundle: &Bundle, tenant: &str, event: &str, attempt: &Attempt) -> RequestBuilder {
    let request = bundle.post(&format!("/hooks/spacebring/{tenant}/{PATH_SECRET}/{event}")).body(attempt.body.clone());
    attempt.headers.iter().fold(request, |request, (name, value)| request.header(*name, value))
}

/// Events of the canonical feed, not sent yet, signed as Standard Webhooks has it.
pub(crate) fn events(bundle: &Bundle, tenant: &str, body: &str, now: Timestamp) -> RequestBuilder {
    signed_events(bundle, tenant, body, now, SIGNING_SECRET.as_bytes())
}

/// The same with another key.
pub(crate) fn signed_events(bundle: &Bundle, tenant: &str, body: &str, at: Timestamp, key: &[u8]) -> RequestBuilder {
    let (id, seconds) = ("msg_1", at.as_second());
    let mut code = Hmac::<Sha256>::new_from_slice(key).unwrap();
    code.update(format!("{id}.{seconds}.{body}").as_bytes());
    let signed = format!("v1,{}", STANDARD.encode(code.finalize().into_bytes()));
    unsigned_events(bundle, tenant, body)
        .header("webhook-id", id)
        .header("webhook-timestamp", seconds.to_string())
        .header("webhook-signature", signed)
}

/// Events nobody vouches for.
pub(crate) fn unsigned_events(bundle: &Bundle, tenant: &str, body: &str) -> RequestBuilder {
    bundle.post(&format!("/hooks/events/{tenant}/{PATH_SECRET}")).body(body.to_owned())
}

/// Sends and expects to be taken in.
pub(crate) async fn accepted(request: RequestBuilder) -> Value {
    let (status, body): Answer = answer(request).await;
    assert_eq!(status, 200, "{body}");
    body
}

/// One event of the feed.
pub(crate) fn event(id: &str, kind: &str, time: Timestamp, data: Value) -> Value {
    let subject = format!("{}/{}", kind.split('.').next().unwrap(), data["id"].as_str().unwrap());
    let mut event = json!({
        "specversion": "1.0",
        "id": id,
        "source": "tests",
        "type": format!("coworking.{kind}"),
        "subject": subject,
        "time": time,
    });
    event["data"] = data;
    event
}
