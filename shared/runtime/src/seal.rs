//! Secrets at rest: AES-256-GCM, or AES-256-GCM-SIV where equal is to be seen, bound to the place where the secret is kept.

use std::fmt;

use aws_lc_rs::{
    aead::{AES_256_GCM, AES_256_GCM_SIV, Aad, LessSafeKey, NONCE_LEN, Nonce, RandomizedNonceKey, UnboundKey},
    error::Unspecified,
    hmac,
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use domain::TenantId;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::{data_key::DataKey, key_ring::KeyRing};

/// Begins every text of [`Sealer::seal`]; another cipher or layout gets another.
const VERSION: &str = "lw1";

/// Begins every text of [`Sealer::seal_alike`].
const VERSION_ALIKE: &str = "lw2";

/// The nonce of every text that is sealed alike: a cipher with a synthetic IV allows that, and equal texts need it.
const NONCE_ALIKE: [u8; NONCE_LEN] = [0; NONCE_LEN];

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

/// A secret as it is kept.
///
/// Shape: `lw1.{key id}.{nonce, ciphertext and tag}`, or `lw2.{key id}.{ciphertext and tag}` where it was sealed alike; the last
/// two parts in base64url. Two that are equal hold the same secret.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Sealed(String);

/// Why a secret was not sealed or opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// The text is no sealed secret of a version known here.
    #[error("this is no sealed secret")]
    Malformed,
    /// It was sealed under a data key that is not here.
    #[error("it was sealed under a data key that is not held here; put that key back, or give the secret anew")]
    OtherKey,
    /// It was changed, or was sealed for another place.
    #[error("the sealed secret was changed, or moved from another place")]
    Refused,
    /// The system gave no random bytes to seal with.
    #[error("the system gave no random bytes")]
    NoRandomness,
    /// It is longer than the cipher takes, which is 64 GiB.
    #[error("the secret is too long to be sealed")]
    TooLong,
}

/// How a secret was sealed.
#[derive(Clone, Copy)]
enum Kind {
    Fresh,
    Alike,
}

/// Seals under the newest data key, opens under that and those before it.
pub struct Sealer {
    current: Key,
    older: Vec<Key>,
}

/// A data key and its id.
struct Key {
    id: String,
    key: DataKey,
}

impl Sealer {
    /// A sealer under these keys.
    pub fn new(keys: impl Into<KeyRing>) -> Self {
        let KeyRing { current, older } = keys.into();
        Self { current: Key::new(current), older: older.into_iter().map(Key::new).collect() }
    }

    /// Seals a secret for a place. The same secret gives another text every time.
    ///
    /// # Errors
    /// [`SealError::NoRandomness`].
    pub fn seal(&self, place: &SealedFor<'_>, secret: &SecretString) -> Result<Sealed, SealError> {
        let mut text = with_room_for(secret, AES_256_GCM.tag_len());
        let cipher = RandomizedNonceKey::new(&AES_256_GCM, self.current.key.bytes());
        let bound = bound_to(VERSION, place);
        let sealed = cipher.and_then(|cipher| cipher.seal_in_place_append_tag(bound, &mut *text));
        let nonce = sealed.map_err(|Unspecified| SealError::NoRandomness)?;
        Ok(self.current.sealed(VERSION, &[nonce.as_ref(), text.as_slice()].concat()))
    }

    /// Seals a secret for a place so that the same secret gives the same text there under the same data key: equal texts tell
    /// that nothing changed. At another place it is another text. The length of the secret shows, nothing else.
    ///
    /// # Errors
    /// [`SealError::TooLong`].
    pub fn seal_alike(&self, place: &SealedFor<'_>, secret: &SecretString) -> Result<Sealed, SealError> {
        let mut text = with_room_for(secret, AES_256_GCM_SIV.tag_len());
        let (nonce, bound) = (Nonce::from(&NONCE_ALIKE), bound_to(VERSION_ALIKE, place));
        let cipher = self.current.cipher(Kind::Alike);
        let sealed = cipher.and_then(|cipher| cipher.seal_in_place_append_tag(nonce, bound, &mut *text));
        sealed.map_err(|Unspecified| SealError::TooLong)?;
        Ok(self.current.sealed(VERSION_ALIKE, &text))
    }

    /// Opens what was sealed for this place under any of the keys, alike or not.
    ///
    /// # Errors
    /// [`SealError::Malformed`], [`SealError::OtherKey`] or [`SealError::Refused`].
    pub fn open(&self, place: &SealedFor<'_>, sealed: &Sealed) -> Result<SecretString, SealError> {
        let (kind, key_id, payload) = sealed.parts().ok_or(SealError::Malformed)?;
        let mut keys = std::iter::once(&self.current).chain(&self.older);
        let key = keys.find(|key| key.id == key_id).ok_or(SealError::OtherKey)?;
        let payload = BASE64_URL_SAFE_NO_PAD.decode(payload).map_err(|_| SealError::Malformed)?;
        let (version, nonce, text) = match kind {
            Kind::Fresh => {
                let (nonce, text) = payload.split_first_chunk().ok_or(SealError::Malformed)?;
                (VERSION, nonce, text)
            }
            Kind::Alike => (VERSION_ALIKE, &NONCE_ALIKE, payload.as_slice()),
        };
        let mut text = Zeroizing::new(text.to_vec());
        let cipher = key.cipher(kind).map_err(|Unspecified| SealError::Refused)?;
        let opened = cipher.open_in_place(Nonce::from(nonce), bound_to(version, place), &mut text);
        let secret = opened.map_err(|Unspecified| SealError::Refused)?;
        let secret = str::from_utf8(secret).map_err(|_| SealError::Malformed)?;
        Ok(SecretString::from(secret))
    }

    /// Whether a secret is sealed under the newest key, so that it outlives the others.
    pub fn is_current(&self, sealed: &Sealed) -> bool {
        sealed.parts().is_some_and(|(_, key_id, _)| key_id == self.current.id)
    }

    /// A secret that was sealed under an older key, sealed in the same way under the newest; `None` if it is so already.
    ///
    /// # Errors
    /// As [`Self::open`], [`Self::seal`] and [`Self::seal_alike`].
    pub fn resealed(&self, place: &SealedFor<'_>, sealed: &Sealed) -> Result<Option<Sealed>, SealError> {
        if self.is_current(sealed) {
            return Ok(None);
        }
        let (kind, _, _) = sealed.parts().ok_or(SealError::Malformed)?;
        let secret = self.open(place, sealed)?;
        match kind {
            Kind::Fresh => self.seal(place, &secret).map(Some),
            Kind::Alike => self.seal_alike(place, &secret).map(Some),
        }
    }
}

impl Key {
    fn new(key: DataKey) -> Self {
        let id = derived(&key, b"latchwork: id of this data key");
        let id = id.as_ref().get(..KEY_ID_LENGTH).unwrap_or_default();
        Self { id: BASE64_URL_SAFE_NO_PAD.encode(id), key }
    }

    /// The two kinds have keys of their own, so that what one cipher tells is of no use against the other.
    fn cipher(&self, kind: Kind) -> Result<LessSafeKey, Unspecified> {
        let key = match kind {
            Kind::Fresh => UnboundKey::new(&AES_256_GCM, self.key.bytes()),
            Kind::Alike => UnboundKey::new(&AES_256_GCM_SIV, derived(&self.key, b"latchwork: to seal alike").as_ref()),
        };
        key.map(LessSafeKey::new)
    }

    fn sealed(&self, version: &str, payload: &[u8]) -> Sealed {
        Sealed(format!("{version}.{}.{}", self.id, BASE64_URL_SAFE_NO_PAD.encode(payload)))
    }
}

/// 32 bytes that only who has the key can make, and that tell nothing about it.
fn derived(key: &DataKey, purpose: &[u8]) -> hmac::Tag {
    hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key.bytes()), purpose)
}

/// The secret in a buffer with room for the tag from the start: growing would leave a copy of the secret behind.
fn with_room_for(secret: &SecretString, tag_len: usize) -> Zeroizing<Vec<u8>> {
    let secret = secret.expose_secret().as_bytes();
    let mut text = Zeroizing::new(Vec::with_capacity(secret.len().saturating_add(tag_len)));
    text.extend_from_slice(secret);
    text
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

    /// Kind, key id and payload.
    fn parts(&self) -> Option<(Kind, &str, &str)> {
        let (version, rest) = self.0.split_once('.')?;
        let kind = match version {
            VERSION => Kind::Fresh,
            VERSION_ALIKE => Kind::Alike,
            _ => return None,
        };
        let (key_id, payload) = rest.split_once('.')?;
        Some((kind, key_id, payload))
    }
}

impl fmt::Debug for Sealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sealed(..)")
    }
}

/// The place in bytes, each part behind its length, so that no two places read the same.
fn bound_to(version: &str, place: &SealedFor<'_>) -> Aad<Vec<u8>> {
    let mut bytes = Vec::new();
    for part in [version, place.tenant.as_str(), place.item, place.field] {
        bytes.extend_from_slice(&(part.len() as u64).to_be_bytes());
        bytes.extend_from_slice(part.as_bytes());
    }
    Aad::from(bytes)
}

#[cfg(test)]
mod tests;
