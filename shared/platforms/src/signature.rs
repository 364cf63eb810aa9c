//! Whether a delivery comes from who holds the secret, and how much of it that proves.

use hmac::{Hmac, KeyInit, Mac};
use http::HeaderMap;
use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

use crate::Source;

mod nexudus;
mod officernd;
pub(crate) mod standard;

/// How much of a delivery its sender vouched for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Proof {
    /// Every byte.
    Whole,
    /// Only its ASCII form, in which every other character is a `?`: ids, times and plain ASCII texts, but no names with
    /// letters that somebody could have exchanged on the way.
    AsciiForm,
    /// Nothing but the secret in the URL's path, because no signing secret was agreed on.
    PathSecret,
}

impl Proof {
    /// Whether this text of the delivery is what the sender wrote.
    ///
    /// A `?` in a body signed in its ASCII form may have been any letter, and any letter beyond ASCII any other.
    pub fn covers(self, text: &str) -> bool {
        match self {
            Self::Whole | Self::PathSecret => true,
            Self::AsciiForm => text.is_ascii() && !text.contains('?'),
        }
    }
}

/// A delivery that its sender did not prove to be theirs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// Nothing of this kind can be proven until a signing secret is configured.
    #[error("no signing secret is configured for this tenant")]
    NoSecret,
    /// A signature is needed and none was sent.
    #[error("the delivery is not signed")]
    Unsigned,
    /// A header that the signature needs is missing or malformed.
    #[error("a signature header is missing or malformed")]
    Malformed,
    /// Signed with another secret, or changed on the way.
    #[error("the signature or bearer token does not match")]
    Wrong,
    /// Rightly signed, but more than five minutes away from our clock: an old delivery sent again by somebody else, or a
    /// clock that is off.
    #[error("the signed time stamp is more than five minutes away from our clock")]
    Stale,
}

/// Finds out how much of a delivery its sender vouches for.
///
/// The feed needs a signature or a bearer token. A Nexudus hook needs a signature once a signing secret is configured; before
/// that the secret in its path, which the caller has checked, has to do; its Custom ACS always has a bearer token. OfficeRnD and
/// Spacebring sign every hook, so one without a signature is not theirs. All given secrets are tried, so that they can be
/// rotated.
///
/// # Errors
/// The delivery is not proven and must not be read.
pub fn verify(
    source: &Source,
    headers: &HeaderMap,
    body: &[u8],
    signing_secrets: &[SecretString],
    now: Timestamp,
) -> Result<Proof, Refused> {
    match source {
        Source::Events | Source::NexudusAccess | Source::Officernd | Source::Spacebring { .. }
            if signing_secrets.is_empty() =>
        {
            Err(Refused::NoSecret)
        }
        Source::NexudusAccess => standard::bearer(headers, signing_secrets),
        Source::Officernd => officernd::verify(headers, body, signing_secrets, now),
        Source::Events => standard::verify(headers, body, signing_secrets, now),
        Source::Nexudus { .. } if signing_secrets.is_empty() => Ok(Proof::PathSecret),
        Source::Nexudus { .. } => nexudus::verify(headers, body, signing_secrets),
        Source::Spacebring { .. } => standard::verify_signature(headers, body, signing_secrets, now),
    }
}

/// Whether one of the secrets gives this HMAC-SHA256 over the parts put together; compares in constant time.
fn is_signed(secrets: &[SecretString], parts: &[&[u8]], signature: &[u8]) -> bool {
    secrets.iter().filter_map(key).any(|key| {
        // An HMAC takes a key of any length.
        Hmac::<Sha256>::new_from_slice(&key).is_ok_and(|mut mac| {
            for part in parts {
                mac.update(part);
            }
            mac.verify_slice(signature).is_ok()
        })
    })
}

/// The bytes that hexadecimal digits stand for, in either case.
fn from_hex(text: &str) -> Option<Vec<u8>> {
    let digits: Vec<u32> = text.trim().chars().map(|digit| digit.to_digit(16)).collect::<Option<_>>()?;
    let byte = |pair: &[u32]| match pair {
        [high, low] => u8::try_from(high * 16 + low).ok(),
        _ => None,
    };
    digits.chunks(2).map(byte).collect()
}

/// Whether a signing secret can prove anything: it has content, and is what its prefix says.
pub fn is_signing_secret(secret: &SecretString) -> bool {
    key(secret).is_some()
}

/// The bytes a secret stands for; none for one that is empty or not what its prefix says, which so proves nothing.
fn key(secret: &SecretString) -> Option<Vec<u8>> {
    let secret = secret.expose_secret();
    let key = match secret.strip_prefix("whsec_") {
        Some(encoded) => standard::from_base64(encoded)?,
        None => secret.as_bytes().to_vec(),
    };
    Some(key).filter(|key| !key.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_without_content_proves_nothing() {
        for secret in ["", "whsec_", "whsec_!!!"] {
            assert!(!is_signing_secret(&secret.into()), "{secret}");
        }
    }

    #[test]
    fn the_ascii_form_vouches_for_plain_texts_only() {
        assert!(Proof::AsciiForm.covers("Zoe Example"));
        assert!(!Proof::AsciiForm.covers("Zoë Example"));
        assert!(!Proof::AsciiForm.covers("Zo? Example"));
        assert!(Proof::Whole.covers("Zoë") && Proof::PathSecret.covers("Zoë"));
    }

    #[test]
    fn the_feed_is_closed_until_a_signing_secret_is_configured() {
        let refused = verify(&Source::Events, &HeaderMap::new(), b"[]", &[], Timestamp::UNIX_EPOCH);

        assert_eq!(refused, Err(Refused::NoSecret));
    }
}
