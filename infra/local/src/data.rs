//! The folder that keeps state.

use std::{
    fs::{self, File, TryLockError},
    path::{Path, PathBuf},
};

use anyhow::{Context, bail};
use runtime::{data_key::DataKey, key_ring::KeyRing};

/// The newest data key, and behind it those before.
pub(crate) const KEY_FILE: &str = "data.key";

/// A folder that this process alone works on, or none: then nothing outlives the process.
#[derive(Debug)]
pub(crate) struct Data {
    folder: Option<PathBuf>,
    _lock: Option<File>,
}

impl Data {
    /// Opens the folder, and makes it if it is not there.
    pub(crate) fn open(folder: Option<&Path>) -> anyhow::Result<Self> {
        let Some(folder) = folder else {
            return Ok(Self { folder: None, _lock: None });
        };
        fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
        let lock =
            File::create(folder.join("lock")).with_context(|| format!("cannot write in {}", folder.display()))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => bail!("another bundle works on {}: stop it first", folder.display()),
            Err(TryLockError::Error(error)) => return Err(error).context("cannot lock the data folder"),
        }
        Ok(Self { folder: Some(folder.to_owned()), _lock: Some(lock) })
    }

    pub(crate) fn folder(&self) -> Option<&Path> {
        self.folder.as_deref()
    }

    pub(crate) fn file(&self, name: &str) -> Option<PathBuf> {
        self.folder.as_ref().map(|folder| folder.join(name))
    }

    /// The keys under which secrets are sealed.
    pub(crate) fn keys(&self) -> anyhow::Result<KeyRing> {
        match self.file(KEY_FILE) {
            Some(file) => Ok(KeyRing::from_file(&file)?),
            None => Ok(DataKey::generate()?.into()),
        }
    }
}
