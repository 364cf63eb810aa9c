//! Cards, codes and passes, and how long they are good for.

use domain::BrivoUserId;
use jiff::{RoundMode, Timestamp, TimestampRound, Unit};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

use super::{WHOLE_SECONDS, instant, or_default};
use crate::{CredentialId, FormatId};

/// A card, a code or a pass of a user; printed, neither digits nor addresses show.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Credential {
    /// Brivo's id.
    pub id: CredentialId,
    /// What it is.
    #[serde(rename = "credentialFormat")]
    pub format: CredentialFormat,
    /// What is printed on a card, or the address a pass was sent to; codes have none.
    #[serde(default, rename = "referenceId")]
    pub reference: Option<SecretString>,
    /// A card's bits in hexadecimal, a code's digits as they are.
    #[serde(default)]
    pub encoded_credential: Option<SecretString>,
    /// From when it opens doors; without a bound if Brivo names none, or no instant.
    #[serde(default, deserialize_with = "instant")]
    pub effective_from: Option<Timestamp>,
    /// When it ceases to; likewise.
    #[serde(default, deserialize_with = "instant")]
    pub effective_to: Option<Timestamp>,
}

impl Credential {
    /// Whether it is the user's access code.
    pub fn is_pin(&self) -> bool {
        self.format.id == FormatId::PIN
    }

    /// Whether it is a Brivo Mobile Pass. Whether one is listed before its invitation is redeemed is not documented.
    pub fn is_mobile_pass(&self) -> bool {
        self.format.id == FormatId::MOBILE_PASS
    }
}

/// What kind of credential.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct CredentialFormat {
    /// Tells formats apart.
    pub id: FormatId,
    /// What this account calls it; to show only.
    #[serde(default, deserialize_with = "or_default")]
    pub name: String,
}

/// From when until when a credential opens doors. A bound that is `None` is left to Brivo: see
/// [`crate::Client::assign_credential`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Validity {
    /// From then on.
    pub starts_at: Option<Timestamp>,
    /// From then on no more.
    pub ends_at: Option<Timestamp>,
}

/// A [`Validity`] as it is sent, in whole seconds: it may come short, never long.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ValidityBody {
    #[serde(skip_serializing_if = "Option::is_none")]
    effective_from: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    effective_to: Option<String>,
}

impl From<Validity> for ValidityBody {
    fn from(validity: Validity) -> Self {
        let up = TimestampRound::new().smallest(Unit::Second).mode(RoundMode::Ceil);
        let next = |at: Timestamp| at.round(up).unwrap_or(at);
        let text = |at: Timestamp| WHOLE_SECONDS.timestamp_to_string(&at);
        Self { effective_from: validity.starts_at.map(next).map(text), effective_to: validity.ends_at.map(text) }
    }
}

/// The access code, its end where one is given, and nothing else of the user; a code of null takes it away.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PinBody<'a> {
    pin: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    effective_to: Option<String>,
}

impl<'a> PinBody<'a> {
    pub(crate) fn of(pin: Option<&'a SecretString>, ends_at: Option<Timestamp>) -> Self {
        let effective_to = ends_at.map(|at| WHOLE_SECONDS.timestamp_to_string(&at));
        Self { pin: pin.map(ExposeSecret::expose_secret), effective_to }
    }
}

/// The user as a change of the access code shows it.
#[derive(Deserialize)]
pub(crate) struct PinAnswer {
    pub(crate) id: BrivoUserId,
    #[serde(default)]
    pub(crate) pin: Option<SecretString>,
}

impl PinAnswer {
    /// The code, if the answer shows one.
    pub(crate) fn shown(&self) -> Option<&str> {
        self.pin.as_ref().map(ExposeSecret::expose_secret).filter(|pin| !pin.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_validity_comes_short_by_a_fraction_and_never_long() {
        let validity = Validity {
            starts_at: "2026-11-22T09:00:00.1Z".parse().ok(),
            ends_at: "2026-11-22T18:00:00.9+01:00".parse().ok(),
        };

        let body = serde_json::to_value(ValidityBody::from(validity)).unwrap();

        assert_eq!(body, json!({"effectiveFrom": "2026-11-22T09:00:01Z", "effectiveTo": "2026-11-22T17:00:00Z"}));
    }

    #[test]
    fn a_bound_that_is_left_to_brivo_is_not_sent() {
        assert_eq!(serde_json::to_value(ValidityBody::from(Validity::default())).unwrap(), json!({}));
    }
}
