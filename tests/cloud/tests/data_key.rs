//! The data key, made as `infra/aws/deploy` makes it and opened as a function opens it, against an emulator of KMS.

use anyhow::{Context, Result};
use aws_sdk_kms::{
    config::{Credentials, Region},
    types::DataKeySpec,
};
use base64::{Engine, prelude::BASE64_STANDARD};
use cloud::Emulator;
use runtime::{
    data_key::DataKeyError,
    key_ring::KeyRing,
    seal::{SealedFor, Sealer},
};
use secrecy::{ExposeSecret, SecretString};

fn client(emulator: &Emulator) -> aws_sdk_kms::Client {
    let config = aws_sdk_kms::Config::builder()
        .region(Region::new("eu-west-1"))
        .credentials_provider(Credentials::for_tests())
        .endpoint_url(emulator.endpoint());
    aws_sdk_kms::Client::from_conf(config.build())
}

/// What the deploy script hands to the stack: an encrypted data key in base64.
async fn encrypted_data_key(kms: &aws_sdk_kms::Client) -> Result<String> {
    let key = kms.create_key().send().await?.key_metadata.context("a key has metadata")?;
    let call = kms.generate_data_key_without_plaintext().key_id(key.key_id).key_spec(DataKeySpec::Aes256);
    let ciphertext = call.send().await?.ciphertext_blob.context("a data key has a ciphertext")?;
    Ok(BASE64_STANDARD.encode(ciphertext))
}

#[tokio::test]
async fn a_secret_sealed_by_one_function_opens_in_another() -> Result<()> {
    let emulator = Emulator::start()?;
    let kms = client(&emulator);
    let ciphertext = encrypted_data_key(&kms).await?;
    let tenant = "acme".into();
    let place = SealedFor { tenant: &tenant, item: "account/hq", field: "refresh_token" };
    let secret = SecretString::from("a refresh token");

    let one = Sealer::new(KeyRing::from_kms(&kms, &ciphertext).await?);
    let another = Sealer::new(KeyRing::from_kms(&kms, &ciphertext).await?);

    let sealed = one.seal(&place, &secret)?;
    assert_eq!(another.open(&place, &sealed)?.expose_secret(), secret.expose_secret());
    Ok(())
}

/// A new key before the old one, encrypted again, as `infra/aws/deploy --new-data-key` does it.
#[tokio::test]
async fn after_a_rotation_one_call_opens_old_and_new() -> Result<()> {
    let emulator = Emulator::start()?;
    let kms = client(&emulator);
    let key = kms.create_key().send().await?.key_metadata.context("a key has metadata")?;
    let encrypted = async |keys: Vec<u8>| -> Result<String> {
        let call = kms.encrypt().key_id(key.key_id.clone()).plaintext(aws_sdk_kms::primitives::Blob::new(keys));
        Ok(BASE64_STANDARD.encode(call.send().await?.ciphertext_blob.context("it was encrypted")?))
    };
    let (old, both) = (encrypted(vec![7; 32]).await?, encrypted([[9; 32], [7; 32]].concat()).await?);
    let tenant = "acme".into();
    let place = SealedFor { tenant: &tenant, item: "account/hq", field: "refresh_token" };
    let sealed = Sealer::new(KeyRing::from_kms(&kms, &old).await?).seal(&place, &"a refresh token".into())?;

    let rotated = Sealer::new(KeyRing::from_kms(&kms, &both).await?);

    assert_eq!(rotated.open(&place, &sealed)?.expose_secret(), "a refresh token");
    assert!(rotated.resealed(&place, &sealed)?.is_some_and(|sealed| rotated.is_current(&sealed)));
    Ok(())
}

#[tokio::test]
async fn a_ciphertext_that_kms_did_not_make_is_refused() -> Result<()> {
    let emulator = Emulator::start()?;

    let error = KeyRing::from_kms(&client(&emulator), &BASE64_STANDARD.encode([7; 96])).await.unwrap_err();

    assert!(matches!(error, DataKeyError::Kms(_)), "{error:?}");
    Ok(())
}
