//! Keeps a model's state in a file, so that a stopped simulator starts where it was.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde::de::DeserializeOwned;

/// What the file holds; `None` if there is no file yet.
pub(super) fn load<T: DeserializeOwned>(file: &Path) -> io::Result<Option<T>> {
    match fs::read(file) {
        Ok(bytes) => Ok(Some(serde_json::from_slice(&bytes)?)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Puts `state` in the file's place at once: a reader finds the old one or the new one.
pub(super) fn save(file: &Path, state: &impl Serialize) -> io::Result<()> {
    let beside = beside(file);
    fs::write(&beside, serde_json::to_vec(state)?)?;
    fs::rename(&beside, file)
}

fn beside(file: &Path) -> PathBuf {
    let mut name = OsString::from(file);
    name.push(".new");
    PathBuf::from(name)
}
