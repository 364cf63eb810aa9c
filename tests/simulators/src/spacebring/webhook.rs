//! What webhooks carry.
//!
//! Source: `spec/webhook-events.json` (2026-07-04): which members each body has, and which bodies name their event.

use jiff::Timestamp;
use jiff::tz::{Offset, TimeZone};
use serde_json::{Value, json};

use super::record::{Kind, Shown, show};

/// The members of a subscription that its webhooks have: neither its status nor whom it is for, but by whose reference is there.
const OF_SUBSCRIPTION: [&str; 13] = [
    "id",
    "companyRef",
    "membershipRef",
    "locationRef",
    "createDate",
    "startDate",
    "endDate",
    "timezoneId",
    "period",
    "price",
    "credits",
    "dayPasses",
    "items",
];

/// The kind of record an event is about; none for events that are not simulated.
pub(super) fn about(event: &str) -> Option<Kind> {
    match event.split_once('.')?.0 {
        "booking" => Some(Kind::Booking),
        "subscription" => Some(Kind::Subscription),
        "membership" => Some(Kind::Membership),
        "company" => Some(Kind::Company),
        _ => None,
    }
}

/// The body about a record. A booking also has the type of its resource, which the API does not show with it.
pub(super) fn body(event: &str, shown: &Shown, resource: Option<&Shown>) -> Value {
    let name = event.split_once('.').map_or(event, |(name, _)| name);
    if name == "subscription" {
        return subscription(shown);
    }
    let mut about = shown.clone();
    if let Some(kind) = resource.and_then(|resource| resource.get("type")) {
        show(&mut about, "resourceType", kind.clone());
    }
    json!({"type": event, name: about})
}

/// The bare subscription: no `type`, dates with an offset, and a user whose id is a number.
fn subscription(shown: &Shown) -> Value {
    let kept = OF_SUBSCRIPTION.iter().filter_map(|name| Some(((*name).to_owned(), shown.get(*name)?.clone())));
    let mut body: Shown = kept.collect();
    for name in ["createDate", "startDate", "endDate"] {
        if let Some(date) = body.get_mut(name) {
            *date = json!(with_offset(date));
        }
    }
    let nobody = json!({"id": 123, "name": null, "surname": null, "email": null, "phoneNumber": null});
    show(&mut body, "user", nobody);
    Value::Object(body)
}

fn with_offset(date: &Value) -> Option<String> {
    let at: Timestamp = date.as_str()?.parse().ok()?;
    let zone = TimeZone::fixed(Offset::constant(2));
    Some(at.to_zoned(zone).strftime("%Y-%m-%dT%H:%M:%S%:z").to_string())
}
