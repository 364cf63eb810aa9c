//! Which of two documents holds, and what of the secrets.

use serde_json::{Value, json};
use state::MemoryStore;

use super::*;
use crate::data_key::DataKey;

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
