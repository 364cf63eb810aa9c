//! The data keys: the one that seals, and those before it, which open what they sealed. From a file on one machine, from KMS
//! in the cloud; in both the keys stand one behind the other, the newest first.

use std::{
    ffi::OsString,
    fs::{self, File, OpenOptions},
    io::{self, Read, Write},
    os::unix::fs::{OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
};

use aws_lc_rs::rand;
use aws_sdk_kms::primitives::Blob;
use base64::{Engine, prelude::BASE64_STANDARD};
use zeroize::Zeroizing;

use crate::data_key::{DataKey, DataKeyError, LENGTH};

/// How many keys there can be: more than anybody needs at once, and few enough for an environment variable.
const MOST_KEYS: usize = 8;

/// Permission bits of everybody but the owner.
const OTHERS: u32 = 0o077;

/// The data keys of a deployment, one to eight.
#[derive(Debug)]
pub struct KeyRing {
    /// Seals, and opens.
    pub(crate) current: DataKey,
    /// Open only.
    pub(crate) older: Vec<DataKey>,
}

impl From<DataKey> for KeyRing {
    fn from(current: DataKey) -> Self {
        Self { current, older: Vec::new() }
    }
}

impl KeyRing {
    /// The keys in the file at `path`, which is made at the first start, for its owner only. Processes that start at once
    /// end with the same key.
    ///
    /// # Errors
    /// When the file is open to others, holds no keys, or cannot be read or made.
    pub fn from_file(path: &Path) -> Result<Self, DataKeyError> {
        let file_error = |source| DataKeyError::File { path: path.to_owned(), source };
        if !path.try_exists().map_err(file_error)? {
            let key = DataKey::generate()?;
            publish(path, key.bytes()).map_err(file_error)?;
        }
        let mut file = File::open(path).map_err(file_error)?;
        let about = file.metadata().map_err(file_error)?;
        let length = usize::try_from(about.len()).unwrap_or(usize::MAX);
        if !can_be_keys(length) {
            return Err(DataKeyError::WrongLength { origin: path.display().to_string(), found: about.len() });
        }
        if about.permissions().mode() & OTHERS != 0 {
            return Err(DataKeyError::Shared(path.to_owned()));
        }
        let mut keys = Zeroizing::new(vec![0; length]);
        file.read_exact(&mut keys).map_err(file_error)?;
        Self::of(&keys, || path.display().to_string())
    }

    /// The keys that KMS gives for their encrypted form: one call, however many they are; asked for once per cold start.
    ///
    /// `infra/aws/deploy` made it, with no encryption context: the KMS key serves nothing else.
    ///
    /// # Errors
    /// When the text is not base64, KMS refuses it, or it was no 32-byte keys.
    pub async fn from_kms(kms: &aws_sdk_kms::Client, ciphertext_base64: &str) -> Result<Self, DataKeyError> {
        let ciphertext = BASE64_STANDARD.decode(ciphertext_base64.trim()).map_err(DataKeyError::NotBase64)?;
        let request = kms.decrypt().ciphertext_blob(Blob::new(ciphertext));
        let answer = request.send().await.map_err(|error| DataKeyError::Kms(error.into()))?;
        let plaintext = Zeroizing::new(answer.plaintext.map(Blob::into_inner).unwrap_or_default());
        Self::of(&plaintext, || "the ciphertext given to KMS".to_owned())
    }

    /// Puts a new key before those in a file. Nobody may use the file meanwhile.
    ///
    /// # Errors
    /// As [`Self::from_file`], and [`DataKeyError::Full`]; the file is as it was then.
    pub fn renew_file(path: &Path) -> Result<(), DataKeyError> {
        let ring = Self::from_file(path)?;
        if ring.older.len().saturating_add(1) == MOST_KEYS {
            return Err(DataKeyError::Full);
        }
        let key = DataKey::generate()?;
        let known = ring.older.iter().map(DataKey::bytes);
        let keys: Vec<&[u8]> = [key.bytes(), ring.current.bytes()].into_iter().chain(known).collect();
        replace(path, &keys)
    }

    /// Leaves only the newest key in a file. What the others sealed opens no more. Nobody may use the file meanwhile.
    ///
    /// # Errors
    /// As [`Self::from_file`]; the file is as it was then.
    pub fn drop_older_in_file(path: &Path) -> Result<(), DataKeyError> {
        replace(path, &[Self::from_file(path)?.current.bytes()])
    }

    fn of(keys: &[u8], origin: impl Fn() -> String) -> Result<Self, DataKeyError> {
        let (keys, rest) = keys.as_chunks::<LENGTH>();
        match keys {
            [current, older @ ..] if rest.is_empty() && older.len() < MOST_KEYS => Ok(Self {
                current: DataKey::from_bytes(current),
                older: older.iter().map(DataKey::from_bytes).collect(),
            }),
            _ => {
                let found = keys.len().saturating_mul(LENGTH).saturating_add(rest.len());
                Err(DataKeyError::WrongLength { origin: origin(), found: found as u64 })
            }
        }
    }
}

fn can_be_keys(length: usize) -> bool {
    length > 0 && length.is_multiple_of(LENGTH) && length <= MOST_KEYS.saturating_mul(LENGTH)
}

/// Puts other keys into a file as a whole: no crash leaves half of them.
fn replace(path: &Path, keys: &[&[u8]]) -> Result<(), DataKeyError> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(MOST_KEYS.saturating_mul(LENGTH)));
    for key in keys {
        bytes.extend_from_slice(key);
    }
    let replaced = draft_path(path).and_then(|draft| {
        write_private(&draft, &bytes).and_then(|()| fs::rename(&draft, path))?;
        sync_folder(path)
    });
    replaced.map_err(|source| DataKeyError::File { path: path.to_owned(), source })
}

/// Writes the key beside `path` and links it there whole, so that no reader and no crash ever meets half a key. A key that
/// another process put there first stays.
fn publish(path: &Path, key: &[u8]) -> io::Result<()> {
    let draft = draft_path(path)?;
    let linked = write_private(&draft, key).and_then(|()| fs::hard_link(&draft, path));
    let removed = fs::remove_file(&draft);
    match linked {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
        Ok(()) | Err(_) => removed?,
    }
    sync_folder(path)
}

fn sync_folder(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder)?.sync_all()
}

fn draft_path(path: &Path) -> io::Result<PathBuf> {
    let mut number = [0; 8];
    rand::fill(&mut number).map_err(|_| io::ErrorKind::Other)?;
    let mut draft = OsString::from(path);
    draft.push(format!(".{:016x}.new", u64::from_ne_bytes(number)));
    Ok(draft.into())
}

fn write_private(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

#[cfg(test)]
mod tests;
