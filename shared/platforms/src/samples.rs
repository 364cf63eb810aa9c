//! What the tests of every platform make their examples with.

use domain::tenant::Tenant;
use jiff::Timestamp;
use serde_json::{Value, json};

pub(crate) fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// A tenant with one location.
pub(crate) fn tenant_at(platform: &str, location: &str, time_zone: &str) -> Tenant {
    let locations = json!([{"id": location, "time_zone": time_zone, "account": "hq"}]);
    serde_json::from_value(json!({"tenant": "acme", "platform": platform, "locations": locations})).unwrap()
}

/// The value with some fields set, or taken away where the change is the text `(absent)`.
pub(crate) fn with(mut value: Value, changes: &Value) -> Value {
    for (name, change) in changes.as_object().unwrap() {
        if change == "(absent)" {
            value.as_object_mut().unwrap().remove(name);
        } else {
            value[name] = change.clone();
        }
    }
    value
}
