//! The key under which secrets are sealed: from a file on one machine, from KMS in the cloud.

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
use secrecy::{ExposeSecret, ExposeSecretMut, SecretBox};
use zeroize::Zeroizing;

const LENGTH: usize = 32;

/// Permission bits of everybody but the owner.
const OTHERS: u32 = 0o077;

/// A 32-byte key; wiped from memory when dropped, never shown.
#[derive(Debug)]
pub struct DataKey(SecretBox<[u8; LENGTH]>);

/// Why there is no data key. Each needs a person.
#[derive(Debug, thiserror::Error)]
pub enum DataKeyError {
    /// Others than its owner may use the key file.
    #[error("{} is open to others than its owner; if nobody can have read it: chmod 600 {}", .0.display(), .0.display())]
    Shared(PathBuf),
    /// What should be a key has another length. A new key would lose every secret that was sealed under the old one.
    #[error("{origin} should hold a key of 32 bytes and holds {found}")]
    WrongLength {
        /// Where it came from.
        origin: String,
        /// How many bytes there were.
        found: u64,
    },
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
    /// A new key, for state that does not outlive the process.
    ///
    /// # Errors
    /// [`DataKeyError::NoRandomness`].
    pub fn generate() -> Result<Self, DataKeyError> {
        let mut key = SecretBox::<[u8; LENGTH]>::default();
        rand::fill(key.expose_secret_mut()).map_err(|_| DataKeyError::NoRandomness)?;
        Ok(Self(key))
    }

    /// The key in the file at `path`, which is made at the first start, for its owner only. Processes that start at once
    /// end with the same key.
    ///
    /// # Errors
    /// When the file is open to others, holds no key, or cannot be read or made.
    pub fn from_file(path: &Path) -> Result<Self, DataKeyError> {
        let file_error = |source| DataKeyError::File { path: path.to_owned(), source };
        if !path.try_exists().map_err(file_error)? {
            let key = Self::generate()?;
            publish(path, key.bytes()).map_err(file_error)?;
        }
        let mut file = File::open(path).map_err(file_error)?;
        let about = file.metadata().map_err(file_error)?;
        if about.len() != LENGTH as u64 {
            return Err(DataKeyError::WrongLength { origin: path.display().to_string(), found: about.len() });
        }
        if about.permissions().mode() & OTHERS != 0 {
            return Err(DataKeyError::Shared(path.to_owned()));
        }
        let mut key = SecretBox::<[u8; LENGTH]>::default();
        file.read_exact(key.expose_secret_mut()).map_err(file_error)?;
        Ok(Self(key))
    }

    /// The key that KMS gives for its encrypted form; asked for once per cold start.
    ///
    /// `infra/aws/deploy` made it with `GenerateDataKeyWithoutPlaintext` and no encryption context: the KMS key serves
    /// nothing else.
    ///
    /// # Errors
    /// When the text is not base64, KMS refuses it, or it was no 32-byte key.
    pub async fn from_kms(kms: &aws_sdk_kms::Client, ciphertext_base64: &str) -> Result<Self, DataKeyError> {
        let ciphertext = BASE64_STANDARD.decode(ciphertext_base64.trim()).map_err(DataKeyError::NotBase64)?;
        let request = kms.decrypt().ciphertext_blob(Blob::new(ciphertext));
        let answer = request.send().await.map_err(|error| DataKeyError::Kms(error.into()))?;
        let plaintext = Zeroizing::new(answer.plaintext.map(Blob::into_inner).unwrap_or_default());
        let mut key = SecretBox::<[u8; LENGTH]>::default();
        if plaintext.len() != LENGTH {
            let origin = "the ciphertext given to KMS".to_owned();
            return Err(DataKeyError::WrongLength { origin, found: plaintext.len() as u64 });
        }
        key.expose_secret_mut().copy_from_slice(&plaintext);
        Ok(Self(key))
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        self.0.expose_secret()
    }
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

        let first = DataKey::from_file(&path).unwrap();
        let second = DataKey::from_file(&path).unwrap();

        assert_eq!(first.bytes(), second.bytes());
        assert_ne!(first.bytes(), [0; LENGTH]);
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn two_folders_have_two_keys() {
        let folder = folder();

        let one = DataKey::from_file(&folder.path().join("one")).unwrap();
        let two = DataKey::from_file(&folder.path().join("two")).unwrap();

        assert_ne!(one.bytes(), two.bytes());
    }

    #[test]
    fn processes_that_start_at_once_end_with_one_key() {
        let folder = folder();
        let path = folder.path().join("data.key");
        let barrier = Barrier::new(8);

        let keys: Vec<DataKey> = thread::scope(|scope| {
            let start = || {
                barrier.wait();
                DataKey::from_file(&path).unwrap()
            };
            let starts: Vec<_> = (0..8).map(|_| scope.spawn(start)).collect();
            starts.into_iter().map(|start| start.join().unwrap()).collect()
        });

        assert!(keys.iter().all(|key| key.bytes() == keys[0].bytes()));
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
            let error = DataKey::from_file(&path).unwrap_err();
            assert!(matches!(&error, DataKeyError::Shared(_)), "{mode:o}: {error:?}");
            assert!(error.to_string().contains("chmod 600"));
        }
    }

    #[test]
    fn a_file_of_another_length_is_refused_and_kept() {
        let folder = folder();
        let path = folder.path().join("data.key");

        for found in [0, 31, 33] {
            write(&path, &vec![7; found], 0o600);
            let error = DataKey::from_file(&path).unwrap_err();
            assert!(error.to_string().ends_with(&format!("holds {found}")), "{error}");
            assert_eq!(fs::read(&path).unwrap().len(), found);
        }
    }

    #[test]
    fn a_folder_that_is_not_there_is_an_error_that_names_the_file() {
        let folder = folder();
        let path = folder.path().join("nowhere").join("data.key");

        let error = DataKey::from_file(&path).unwrap_err();

        assert!(error.to_string().contains("nowhere/data.key"), "{error}");
    }

    #[tokio::test]
    async fn kms_is_asked_once_and_without_an_encryption_context() {
        let (kms, calls) =
            kms_that_answers(200, &serde_json::json!({"Plaintext": BASE64_STANDARD.encode([7; LENGTH])}));

        let key = DataKey::from_kms(&kms, "c2VhbGVk\n").await.unwrap();

        assert_eq!(key.bytes(), [7; LENGTH]);
        let asked: Vec<serde_json::Value> = calls.lock().unwrap().clone();
        assert_eq!(asked, [serde_json::json!({"CiphertextBlob": "c2VhbGVk"})]);
    }

    #[tokio::test]
    async fn what_kms_refuses_or_what_is_no_key_is_an_error() {
        let (refusing, _) = kms_that_answers(400, &serde_json::json!({"__type": "InvalidCiphertextException"}));
        let (short, _) = kms_that_answers(200, &serde_json::json!({"Plaintext": BASE64_STANDARD.encode([7; 16])}));

        let refused = DataKey::from_kms(&refusing, "c2VhbGVk").await.unwrap_err();
        let no_key = DataKey::from_kms(&short, "c2VhbGVk").await.unwrap_err();
        let no_base64 = DataKey::from_kms(&short, "c2VhbGVk!").await.unwrap_err();

        assert!(matches!(refused, DataKeyError::Kms(_)));
        assert!(matches!(no_key, DataKeyError::WrongLength { found: 16, .. }));
        assert!(matches!(no_base64, DataKeyError::NotBase64(_)));
    }

    #[test]
    fn debug_shows_no_byte_of_the_key() {
        let folder = folder();
        let path = folder.path().join("data.key");
        write(&path, &[173; LENGTH], 0o600);

        let shown = format!("{:?}", DataKey::from_file(&path).unwrap());

        assert!(!shown.contains("173"), "{shown}");
    }
}
