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
    keys.iter().for_each(|key| bytes.extend_from_slice(key));
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
mod tests {
    use std::{
        sync::{Arc, Barrier, Mutex},
        thread,
    };

    use aws_smithy_http_client::test_util::infallible_client_fn;

    use super::*;

    type Calls = Arc<Mutex<Vec<serde_json::Value>>>;

    fn folder() -> tempfile::TempDir {
        tempfile::tempdir().unwrap()
    }

    /// A KMS that always gives this answer, and what it was asked.
    fn kms_that_answers(status: u16, answer: &serde_json::Value) -> (aws_sdk_kms::Client, Calls) {
        let calls = Calls::default();
        let (heard, answer) = (Arc::clone(&calls), answer.to_string());
        let http = infallible_client_fn(move |request| {
            let asked = serde_json::from_slice(request.body().bytes().unwrap()).unwrap();
            heard.lock().unwrap().push(asked);
            http::Response::builder().status(status).body(answer.clone()).unwrap()
        });
        let config = aws_sdk_kms::Config::builder()
            .region(aws_sdk_kms::config::Region::new("eu-west-1"))
            .credentials_provider(aws_sdk_kms::config::Credentials::for_tests())
            .http_client(http);
        (aws_sdk_kms::Client::from_conf(config.build()), calls)
    }

    fn write(path: &Path, bytes: &[u8], mode: u32) {
        fs::write(path, bytes).unwrap();
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    }

    #[test]
    fn the_first_start_makes_a_key_and_later_starts_find_it() {
        let folder = folder();
        let path = folder.path().join("data.key");

        let first = KeyRing::from_file(&path).unwrap();
        let second = KeyRing::from_file(&path).unwrap();

        assert_eq!(first.current.bytes(), second.current.bytes());
        assert_ne!(first.current.bytes(), [0; LENGTH]);
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn two_folders_have_two_keys() {
        let folder = folder();

        let one = KeyRing::from_file(&folder.path().join("one")).unwrap();
        let two = KeyRing::from_file(&folder.path().join("two")).unwrap();

        assert_ne!(one.current.bytes(), two.current.bytes());
    }

    #[test]
    fn processes_that_start_at_once_end_with_one_key() {
        let folder = folder();
        let path = folder.path().join("data.key");
        let barrier = Barrier::new(8);

        let keys: Vec<KeyRing> = thread::scope(|scope| {
            let start = || {
                barrier.wait();
                KeyRing::from_file(&path).unwrap()
            };
            let starts: Vec<_> = (0..8).map(|_| scope.spawn(start)).collect();
            starts.into_iter().map(|start| start.join().unwrap()).collect()
        });

        assert!(keys.iter().all(|key| key.current.bytes() == keys[0].current.bytes()));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn publishing_leaves_a_key_that_is_there_already() {
        let folder = folder();
        let path = folder.path().join("data.key");
        write(&path, &[7; LENGTH], 0o600);

        publish(&path, &[8; LENGTH]).unwrap();

        assert_eq!(fs::read(&path).unwrap(), [7; LENGTH]);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_file_that_others_may_use_is_refused() {
        let folder = folder();
        let path = folder.path().join("data.key");

        for mode in [0o640, 0o604, 0o620, 0o601] {
            write(&path, &[7; LENGTH], mode);
            let error = KeyRing::from_file(&path).unwrap_err();
            assert!(matches!(&error, DataKeyError::Shared(_)), "{mode:o}: {error:?}");
            assert!(error.to_string().contains("chmod 600"));
        }
    }

    #[test]
    fn a_file_of_another_length_is_refused_and_kept() {
        let folder = folder();
        let path = folder.path().join("data.key");

        for found in [0, 31, 33, 9 * LENGTH] {
            write(&path, &vec![7; found], 0o600);
            let error = KeyRing::from_file(&path).unwrap_err();
            assert!(error.to_string().ends_with(&format!("holds {found}")), "{error}");
            assert_eq!(fs::read(&path).unwrap().len(), found);
        }
    }

    #[test]
    fn a_folder_that_is_not_there_is_an_error_that_names_the_file() {
        let folder = folder();
        let path = folder.path().join("nowhere").join("data.key");

        let error = KeyRing::from_file(&path).unwrap_err();

        assert!(error.to_string().contains("nowhere/data.key"), "{error}");
    }

    #[tokio::test]
    async fn kms_is_asked_once_and_without_an_encryption_context() {
        let (kms, calls) =
            kms_that_answers(200, &serde_json::json!({"Plaintext": BASE64_STANDARD.encode([7; LENGTH])}));

        let key = KeyRing::from_kms(&kms, "c2VhbGVk\n").await.unwrap();

        assert_eq!(key.current.bytes(), [7; LENGTH]);
        let asked: Vec<serde_json::Value> = calls.lock().unwrap().clone();
        assert_eq!(asked, [serde_json::json!({"CiphertextBlob": "c2VhbGVk"})]);
    }

    #[tokio::test]
    async fn what_kms_refuses_or_what_is_no_key_is_an_error() {
        let (refusing, _) = kms_that_answers(400, &serde_json::json!({"__type": "InvalidCiphertextException"}));
        let (short, _) = kms_that_answers(200, &serde_json::json!({"Plaintext": BASE64_STANDARD.encode([7; 16])}));

        let refused = KeyRing::from_kms(&refusing, "c2VhbGVk").await.unwrap_err();
        let no_key = KeyRing::from_kms(&short, "c2VhbGVk").await.unwrap_err();
        let no_base64 = KeyRing::from_kms(&short, "c2VhbGVk!").await.unwrap_err();

        assert!(matches!(refused, DataKeyError::Kms(_)));
        assert!(matches!(no_key, DataKeyError::WrongLength { found: 16, .. }));
        assert!(matches!(no_base64, DataKeyError::NotBase64(_)));
    }

    #[tokio::test]
    async fn several_keys_take_one_call() {
        let keys = [[9; LENGTH], [7; LENGTH]].concat();
        let (kms, calls) = kms_that_answers(200, &serde_json::json!({"Plaintext": BASE64_STANDARD.encode(keys)}));

        let ring = KeyRing::from_kms(&kms, "c2VhbGVk").await.unwrap();

        assert_eq!((ring.current.bytes(), ring.older[0].bytes()), (&[9; LENGTH][..], &[7; LENGTH][..]));
        assert_eq!((ring.older.len(), calls.lock().unwrap().len()), (1, 1));
    }

    #[test]
    fn a_new_key_stands_before_the_others_until_they_are_dropped() {
        let folder = folder();
        let path = folder.path().join("data.key");
        write(&path, &[7; LENGTH], 0o600);

        KeyRing::renew_file(&path).unwrap();
        let ring = KeyRing::from_file(&path).unwrap();
        KeyRing::drop_older_in_file(&path).unwrap();
        let dropped = KeyRing::from_file(&path).unwrap();

        assert_ne!(ring.current.bytes(), [7; LENGTH]);
        assert_eq!((ring.older.len(), ring.older[0].bytes()), (1, &[7; LENGTH][..]));
        assert_eq!((dropped.older.len(), dropped.current.bytes()), (0, ring.current.bytes()));
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_full_ring_takes_no_further_key_and_stays() {
        let folder = folder();
        let path = folder.path().join("data.key");
        write(&path, &[7; 8 * LENGTH], 0o600);

        let error = KeyRing::renew_file(&path).unwrap_err();

        assert!(matches!(error, DataKeyError::Full), "{error:?}");
        assert_eq!(fs::read(&path).unwrap(), [7; 8 * LENGTH]);
    }

    #[test]
    fn debug_shows_no_byte_of_the_key() {
        let folder = folder();
        let path = folder.path().join("data.key");
        write(&path, &[173; LENGTH], 0o600);

        let shown = format!("{:?}", KeyRing::from_file(&path).unwrap());

        assert!(!shown.contains("173"), "{shown}");
    }
}
