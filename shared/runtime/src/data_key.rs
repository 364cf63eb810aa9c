//! The key under which secrets are sealed.

use std::{io, path::PathBuf};

use aws_lc_rs::rand;
use secrecy::{ExposeSecret, ExposeSecretMut, SecretBox};

pub(crate) const LENGTH: usize = 32;

/// A 32-byte key; wiped from memory when dropped, never shown.
#[derive(Debug)]
pub struct DataKey(SecretBox<[u8; LENGTH]>);

/// Why there is no data key. Each needs a person.
#[derive(Debug, thiserror::Error)]
pub enum DataKeyError {
    /// Others than its owner may use the key file.
    #[error("{} is open to others than its owner; if nobody can have read it: chmod 600 {}", .0.display(), .0.display())]
    Shared(PathBuf),
    /// What should be keys has another length. A new key would lose every secret that was sealed under the old ones.
    #[error("{origin} should hold one to eight keys of 32 bytes and holds {found}")]
    WrongLength {
        /// Where it came from.
        origin: String,
        /// How many bytes there were.
        found: u64,
    },
    /// There is no room for another key.
    #[error("there are eight data keys already: drop the older ones first")]
    Full,
    /// The key file could not be read or made.
    #[error("{} cannot be read or made", path.display())]
    File {
        /// The key file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The encrypted data key is not base64.
    #[error("the encrypted data key is not base64")]
    NotBase64(#[source] base64::DecodeError),
    /// KMS did not decrypt the data key.
    #[error("KMS did not decrypt the data key")]
    Kms(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The system gave no random bytes.
    #[error("the system gave no random bytes")]
    NoRandomness,
}

impl DataKey {
    /// A new key.
    ///
    /// # Errors
    /// [`DataKeyError::NoRandomness`].
    pub fn generate() -> Result<Self, DataKeyError> {
        let mut key = SecretBox::<[u8; LENGTH]>::default();
        rand::fill(key.expose_secret_mut()).map_err(|_| DataKeyError::NoRandomness)?;
        Ok(Self(key))
    }

    pub(crate) fn from_bytes(bytes: &[u8; LENGTH]) -> Self {
        let mut key = SecretBox::<[u8; LENGTH]>::default();
        key.expose_secret_mut().copy_from_slice(bytes);
        Self(key)
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        self.0.expose_secret()
    }
}
