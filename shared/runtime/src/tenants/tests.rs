//! Which of two documents holds, and what of the secrets.

use serde_json::{Value, json};
use state::MemoryStore;

use super::*;
use crate::{data_key::DataKey, key_ring::KeyRing, resealing};

struct World {
    store: MemoryStore,
    sealer: Sealer,
}

impl World {
    fn new() -> Self {
        Self { store: MemoryStore::default(), sealer: Sealer::new(DataKey::generate().unwrap()) }
    }

    async fn load(&self, document: &Value) -> bool {
        load(&self.store, &self.sealer, &read(document)).await.unwrap()
    }

    async fn put(&self, document: &Value) -> bool {
        install(&self.store, &self.sealer, &read(document)).await.unwrap()
    }

    async fn tenant(&self) -> TenantRecord {
        self.store.tenant(&"acme".into()).await.unwrap().unwrap()
    }

    async fn refresh_token(&self) -> String {
        let (tenant, account) = ("acme".into(), "hq".into());
        let sealed = self.store.account(&tenant, &account).await.unwrap().tokens.unwrap().refresh;
        let opened = Place::of_account(&tenant, &account, "refresh").open(&self.sealer, &sealed).unwrap();
        opened.expose_secret().to_owned()
    }

    async fn disconnect(&self) {
        let (tenant, account) = ("acme".into(), "hq".into());
        let known = self.store.account(&tenant, &account).await.unwrap();
        let refused = AccountRecord { needs_reconnect: true, ..known };
        self.store.put_account(&tenant, &account, &refused).await.unwrap();
    }
}

fn read(document: &Value) -> Document {
    Document::from_json(document.to_string().as_bytes()).unwrap()
}

fn document(lead: &str, refresh_token: &str) -> Value {
    json!({
        "tenant": "acme", "platform": "nexudus", "policy": {"lead": lead},
        "accounts": [{"id": "hq", "region": "us", "refresh_token": refresh_token}],
        "hooks": {"signing_secrets": ["one", "two"]},
    })
}

#[tokio::test]
async fn a_file_that_was_loaded_before_does_not_undo_what_was_put_since() {
    let world = World::new();
    let file = document("PT10M", "first");
    assert!(world.load(&file).await);
    assert!(world.put(&document("PT20M", "second")).await);
    let put = world.tenant().await;

    assert!(!world.load(&file).await);

    assert_eq!(world.tenant().await, put);
    assert_eq!(world.refresh_token().await, "second");
}

#[tokio::test]
async fn a_changed_file_holds_again_but_never_brings_an_old_token_back() {
    let world = World::new();
    world.load(&document("PT10M", "first")).await;
    world.put(&document("PT20M", "second")).await;

    assert!(world.load(&document("PT30M", "first")).await);

    assert_eq!(world.tenant().await.tenant, read(&document("PT30M", "first")).tenant);
    assert_eq!(world.refresh_token().await, "second");
    assert!(world.load(&document("PT30M", "third")).await);
    assert_eq!(world.refresh_token().await, "third");
}

#[tokio::test]
async fn a_disconnected_account_takes_a_known_token_from_who_puts_it_and_from_no_file() {
    let world = World::new();
    world.load(&document("PT10M", "first")).await;
    world.put(&document("PT10M", "second")).await;
    world.disconnect().await;

    world.load(&document("PT30M", "first")).await;
    assert_eq!(world.refresh_token().await, "second");
    assert!(world.put(&document("PT30M", "first")).await);

    assert_eq!(world.refresh_token().await, "first");
    assert!(!world.put(&document("PT30M", "second")).await, "a connected account has something to lose");
}

#[tokio::test]
async fn signing_secrets_stay_unless_they_are_listed_be_it_none() {
    let world = World::new();
    let mut document = document("PT10M", "first");
    let stored = async || signing_secrets(&world.sealer, &world.tenant().await).unwrap().len();
    world.put(&document).await;
    assert_eq!(stored().await, 2);

    document["hooks"] = json!({});
    world.put(&document).await;
    assert_eq!(stored().await, 2);

    document["hooks"] = json!({"signing_secrets": []});
    world.put(&document).await;
    assert_eq!(stored().await, 0);
}

fn key() -> DataKey {
    DataKey::from_bytes(&[7; 32])
}

/// A world after a rotation of the data key.
async fn rotated() -> World {
    let before = World { store: MemoryStore::default(), sealer: Sealer::new(key()) };
    before.put(&document("PT10M", "first")).await;
    let ring = KeyRing { current: DataKey::generate().unwrap(), older: vec![key()] };
    World { sealer: Sealer::new(ring), ..before }
}

#[tokio::test]
async fn after_a_rotation_everything_is_read_and_once_sealed_anew_needs_no_old_key() {
    let world = rotated().await;
    assert_eq!(world.refresh_token().await, "first");
    assert_eq!(signing_secrets(&world.sealer, &world.tenant().await).unwrap().len(), 2);
    assert_eq!(resealing::sealed_before(&world.sealer, &world.tenant().await), 3);

    let left = resealing::reseal(&world.store, &world.sealer, &"acme".into()).await.unwrap();

    assert_eq!(left, 0);
    let after = world.tenant().await;
    assert_eq!(resealing::sealed_before(&world.sealer, &after), 0);
    assert_eq!(world.refresh_token().await, "first");
    assert_eq!(signing_secrets(&world.sealer, &after).unwrap()[1].expose_secret(), "two");
    resealing::reseal(&world.store, &world.sealer, &"acme".into()).await.unwrap();
    assert_eq!(world.tenant().await, after, "nothing is written twice");
}

#[tokio::test]
async fn a_document_that_is_put_again_is_sealed_under_the_new_key() {
    let world = rotated().await;

    world.put(&document("PT10M", "first")).await;

    assert_eq!(
        resealing::sealed_before(&world.sealer, &world.tenant().await),
        1,
        "the refresh token, until it is renewed"
    );
}

#[tokio::test]
async fn a_key_that_was_dropped_too_early_is_told_with_what_to_do_and_a_new_document_mends_it() {
    let world = World { sealer: Sealer::new(DataKey::generate().unwrap()), ..rotated().await };

    let error = signing_secrets(&world.sealer, &world.tenant().await).unwrap_err().to_string();
    assert!(error.contains("hooks.signing_secrets.0"), "{error}");
    assert!(error.contains("put that key back, or give the secret anew"), "{error}");
    let left = resealing::reseal(&world.store, &world.sealer, &"acme".into()).await.unwrap();
    assert_eq!(left, 3, "what cannot be opened stays, should the key come back");
    world.put(&document("PT10M", "second")).await;

    assert_eq!(signing_secrets(&world.sealer, &world.tenant().await).unwrap().len(), 2);
    assert_eq!(world.refresh_token().await, "second");
}

#[tokio::test]
async fn the_secret_of_an_apps_hook_stays_as_long_as_the_hook() {
    let world = World::new();
    let place = TenantRecord::APP_HOOK_SECRET;
    let mut document = document("PT10M", "one");
    document["app_hook"] = json!({"url": "https://app.example.com/passes", "secret": "planted"});
    world.put(&document).await;
    document["app_hook"] = json!({"url": "https://app.example.com/other"});

    world.put(&document).await;

    let kept = world.tenant().await;
    assert_eq!(secret(&world.sealer, &kept, place).unwrap().unwrap().expose_secret(), "planted");
    document["app_hook"] = Value::Null;
    world.put(&document).await;
    assert!(!world.tenant().await.sealed.contains_key(place));
}
