//! What a client may write about a user.
//!
//! Source: apidocs.brivo.com (2025-11-25), section User, request bodies.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// The part of a user that clients write; members without a value are left out of JSON.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Profile {
    /// The client's own id for the user, unique in the account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external_id: Option<String>,
    /// The given name, never empty.
    pub first_name: String,
    /// The middle name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub middle_name: Option<String>,
    /// The family name, never empty.
    pub last_name: String,
    /// The user's PIN, digits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pin: Option<String>,
    /// When the PIN becomes valid; no bound on the user or the cards.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub effective_from: Option<Timestamp>,
    /// When the PIN ceases to be valid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub effective_to: Option<Timestamp>,
    /// Whether the phone alone is enough at doors that ask for two factors.
    #[serde(default)]
    pub ble_two_factor_exempt: bool,
    /// E-mail addresses.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub emails: Vec<Email>,
    /// Telephone numbers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub phone_numbers: Vec<PhoneNumber>,
}

/// An e-mail address with a free label.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Email {
    /// The address.
    pub address: String,
    /// The label, such as `home` or `work`.
    #[serde(rename = "type", default)]
    pub kind: String,
}

/// A telephone number with a free label.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PhoneNumber {
    /// The number as it was written.
    pub number: String,
    /// The label, such as `home` or `work`.
    #[serde(rename = "type", default)]
    pub kind: String,
}

impl Profile {
    /// A profile with a name and the client's id for it.
    pub fn named(first_name: &str, last_name: &str, external_id: &str) -> Self {
        Self {
            external_id: Some(external_id.to_owned()),
            first_name: first_name.to_owned(),
            last_name: last_name.to_owned(),
            ..Self::default()
        }
    }

    /// The profile a body describes by itself; `None` if Brivo would refuse it.
    pub(super) fn from_body(body: &[u8]) -> Option<Self> {
        overlaid(Map::new(), body)
    }

    /// This profile with the members of a body written over it; lists are replaced whole.
    pub(super) fn changed_by(&self, body: &[u8]) -> Option<Self> {
        let current = serde_json::to_value(self).ok()?;
        overlaid(current.as_object()?.clone(), body)
    }
}

/// Brivo's dates carry no fraction.
pub(super) fn whole_second(instant: Timestamp) -> Timestamp {
    Timestamp::from_second(instant.as_second()).unwrap_or(instant)
}

/// Whether null or an empty text clears a member is not documented; here both do, the dates of the PIN included (for the PIN
/// itself see `Options::null_clears_pin`). A date may
/// carry an offset and comes back in UTC (2025-11-25); a text that is no date is assumed to be refused.
fn overlaid(mut members: Map<String, Value>, body: &[u8]) -> Option<Profile> {
    let written: Map<String, Value> = serde_json::from_slice(body).ok()?;
    for (name, value) in written {
        if value.is_null() || value == "" {
            members.remove(&name);
        } else if name == "externalId" && value.is_number() {
            // Recorded: a number is accepted here and comes back as a text.
            members.insert(name, Value::String(value.to_string()));
        } else {
            members.insert(name, value);
        }
    }
    let profile: Profile = serde_json::from_value(Value::Object(members)).ok()?;
    let [effective_from, effective_to] =
        [profile.effective_from, profile.effective_to].map(|date| date.map(whole_second));
    Some(Profile { effective_from, effective_to, ..profile })
}
