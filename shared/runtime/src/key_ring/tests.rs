//! Files and KMS.

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
    let (kms, calls) = kms_that_answers(200, &serde_json::json!({"Plaintext": BASE64_STANDARD.encode([7; LENGTH])}));

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
