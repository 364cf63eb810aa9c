//! Secrets at rest: AES-256-GCM, bound to the place where the secret is kept.

use std::fmt;

use aws_lc_rs::{
    aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey},
    error::Unspecified,
    hmac,
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use domain::TenantId;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::data_key::DataKey;

/// Begins every sealed text; another cipher or layout gets another.
const VERSION: &str = "lw1";

/// Tells keys apart by accident only: eight bytes are plenty, and say nothing about the key.
const KEY_ID_LENGTH: usize = 8;

/// Where a sealed secret is kept. It opens nowhere else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SealedFor<'a> {
    /// Whose secret.
    pub tenant: &'a TenantId,
    /// The key of the item in state.
    pub item: &'a str,
    /// The field of the item.
    pub field: &'a str,
}

/// A secret as it is kept: `lw1.{key id}.{nonce, ciphertext and tag}`, the last two in base64url.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Sealed(String);

/// Why a secret was not sealed or opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// The text is no sealed secret of a version known here.
    #[error("this is no sealed secret")]
    Malformed,
    /// It was sealed under another data key.
    #[error("the secret was sealed under another data key")]
    OtherKey,
    /// It was changed, or was sealed for another place.
    #[error("the sealed secret was changed, or moved from another place")]
    Refused,
    /// The system gave no random bytes to seal with.
    #[error("the system gave no random bytes")]
    NoRandomness,
}

/// Seals and opens secrets under one data key.
pub struct Sealer {
    key: DataKey,
    key_id: String,
}

impl Sealer {
    /// A sealer under this key.
    pub fn new(key: DataKey) -> Self {
        let derivation = hmac::Key::new(hmac::HMAC_SHA256, key.bytes());
        let id = hmac::sign(&derivation, b"latchwork: id of this data key");
        let id = id.as_ref().get(..KEY_ID_LENGTH).unwrap_or_default();
        Self { key_id: BASE64_URL_SAFE_NO_PAD.encode(id), key }
    }

    /// Seals a secret for a place. The same secret gives another text every time.
    ///
    /// # Errors
    /// [`SealError::NoRandomness`].
    pub fn seal(&self, place: &SealedFor<'_>, secret: &SecretString) -> Result<Sealed, SealError> {
        let secret = secret.expose_secret().as_bytes();
        // Room for the tag from the start: growing would leave a copy of the secret behind.
        let mut text = Zeroizing::new(Vec::with_capacity(secret.len().saturating_add(AES_256_GCM.tag_len())));
        text.extend_from_slice(secret);
        let sealed = self.cipher().and_then(|cipher| cipher.seal_in_place_append_tag(bound_to(place), &mut *text));
        let nonce = sealed.map_err(|Unspecified| SealError::NoRandomness)?;
        let payload = BASE64_URL_SAFE_NO_PAD.encode([nonce.as_ref(), text.as_slice()].concat());
        Ok(Sealed(format!("{VERSION}.{}.{payload}", self.key_id)))
    }

    /// Opens what was sealed for this place under this key.
    ///
    /// # Errors
    /// All but [`SealError::NoRandomness`].
    pub fn open(&self, place: &SealedFor<'_>, sealed: &Sealed) -> Result<SecretString, SealError> {
        let (key_id, payload) = sealed.parts().ok_or(SealError::Malformed)?;
        if key_id != self.key_id {
            return Err(SealError::OtherKey);
        }
        let payload = BASE64_URL_SAFE_NO_PAD.decode(payload).map_err(|_| SealError::Malformed)?;
        let (nonce, text) = payload.split_first_chunk::<NONCE_LEN>().ok_or(SealError::Malformed)?;
        let mut text = Zeroizing::new(text.to_vec());
        let cipher = self.cipher().map_err(|Unspecified| SealError::Refused)?;
        let opened = cipher.open_in_place(Nonce::from(nonce), bound_to(place), &mut text);
        let secret = opened.map_err(|Unspecified| SealError::Refused)?;
        let secret = str::from_utf8(secret).map_err(|_| SealError::Malformed)?;
        Ok(SecretString::from(secret))
    }

    fn cipher(&self) -> Result<RandomizedNonceKey, Unspecified> {
        RandomizedNonceKey::new(&AES_256_GCM, self.key.bytes())
    }
}

impl fmt::Debug for Sealer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sealer").finish_non_exhaustive()
    }
}

impl Sealed {
    /// Takes a text that was read from state; whether it opens is seen when it is opened.
    pub fn from_text(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text to keep.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Key id and payload.
    fn parts(&self) -> Option<(&str, &str)> {
        self.0.strip_prefix(VERSION)?.strip_prefix('.')?.split_once('.')
    }
}

impl fmt::Debug for Sealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sealed(..)")
    }
}

/// The place in bytes, each part behind its length, so that no two places read the same.
fn bound_to(place: &SealedFor<'_>) -> Aad<Vec<u8>> {
    let mut bytes = Vec::new();
    for part in [VERSION, place.tenant.as_str(), place.item, place.field] {
        bytes.extend_from_slice(&(part.len() as u64).to_be_bytes());
        bytes.extend_from_slice(part.as_bytes());
    }
    Aad::from(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "a refresh token, ü and all";

    fn sealer() -> Sealer {
        Sealer::new(DataKey::generate().unwrap())
    }

    fn place(tenant: &TenantId) -> SealedFor<'_> {
        SealedFor { tenant, item: "ACCOUNT#hq", field: "refresh_token" }
    }

    fn seal_with(sealer: &Sealer) -> Sealed {
        sealer.seal(&place(&"acme".into()), &SECRET.into()).unwrap()
    }

    #[test]
    fn what_was_sealed_opens_in_its_place() {
        let sealer = sealer();

        let secret = sealer.open(&place(&"acme".into()), &seal_with(&sealer)).unwrap();

        assert_eq!(secret.expose_secret(), SECRET);
    }

    #[test]
    fn an_empty_secret_is_a_secret() {
        let (sealer, tenant) = (sealer(), "acme".into());

        let text = sealer.seal(&place(&tenant), &"".into()).unwrap();

        assert_eq!(sealer.open(&place(&tenant), &text).unwrap().expose_secret(), "");
    }

    #[test]
    fn it_opens_for_no_other_tenant_item_or_field() {
        let sealer = sealer();
        let text = seal_with(&sealer);
        let (acme, other) = ("acme".into(), "acmeA".into());

        let elsewhere = [
            place(&other),
            SealedFor { item: "ACCOUNT#hp", ..place(&acme) },
            SealedFor { field: "api_key", ..place(&acme) },
            // The same letters, cut elsewhere.
            SealedFor { tenant: &other, item: "CCOUNT#hq", field: "refresh_token" },
            SealedFor { item: "ACCOUNT#hqrefresh", field: "_token", ..place(&acme) },
        ];

        for place in elsewhere {
            assert_eq!(sealer.open(&place, &text).unwrap_err(), SealError::Refused, "{place:?}");
        }
    }

    #[test]
    fn a_flipped_bit_anywhere_is_refused() {
        let sealer = sealer();
        let text = seal_with(&sealer);
        let (head, payload) = text.as_str().rsplit_once('.').unwrap();
        let payload = BASE64_URL_SAFE_NO_PAD.decode(payload).unwrap();

        for bit in 0..payload.len() * 8 {
            let mut changed = payload.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            let changed = Sealed::from_text(format!("{head}.{}", BASE64_URL_SAFE_NO_PAD.encode(changed)));
            assert_eq!(sealer.open(&place(&"acme".into()), &changed).unwrap_err(), SealError::Refused, "bit {bit}");
        }
    }

    #[test]
    fn another_key_tells_that_it_is_another() {
        let text = seal_with(&sealer());

        assert_eq!(sealer().open(&place(&"acme".into()), &text).unwrap_err(), SealError::OtherKey);
    }

    #[test]
    fn another_key_opens_nothing_under_a_false_id() {
        let (theirs, ours) = (sealer(), sealer());
        let forged = seal_with(&theirs).as_str().replace(&theirs.key_id, &ours.key_id);

        let error = ours.open(&place(&"acme".into()), &Sealed::from_text(forged)).unwrap_err();

        assert_eq!(error, SealError::Refused);
    }

    #[test]
    fn the_same_secret_is_another_text_every_time() {
        let sealer = sealer();

        assert_ne!(seal_with(&sealer), seal_with(&sealer));
    }

    #[test]
    fn what_is_no_sealed_secret_is_told_apart() {
        let sealer = sealer();
        let id = sealer.key_id.clone();

        for text in ["", "lw1", "lw1.", "lw2.AAAA.AAAA", SECRET, &format!("lw1.{id}."), &format!("lw1.{id}.*")] {
            let error = sealer.open(&place(&"acme".into()), &Sealed::from_text(text)).unwrap_err();
            assert_eq!(error, SealError::Malformed, "{text}");
        }
    }

    #[test]
    fn a_sealed_secret_is_one_string_in_json() {
        let text = seal_with(&sealer());

        let json = serde_json::to_string(&text).unwrap();

        assert_eq!(json, format!("\"{}\"", text.as_str()));
        assert_eq!(serde_json::from_str::<Sealed>(&json).unwrap(), text);
    }

    #[test]
    fn debug_shows_nothing() {
        let sealer = sealer();
        let text = seal_with(&sealer);

        assert_eq!(format!("{sealer:?} {text:?}"), "Sealer { .. } Sealed(..)");
    }
}
