//! Signing secrets that a platform gave hooks when we registered them.
//!
//! They stand beside those of the tenant document, each under the platform's id of its hook: a document that is put again says
//! nothing of them, and must not lose one. At most two are kept, so that a hook can be replaced by another.

use std::collections::BTreeSet;

use domain::TenantId;
use platforms::hooks::GivenSecret;
use state::{Store, StoreError, TenantRecord};

use crate::{
    seal::Sealer,
    tenants::{Place, TenantError},
};

/// Where they stand.
pub(crate) const GIVEN_SECRETS: &str = "hooks.given_secrets.";

/// How many are kept.
const MOST: usize = 2;

/// How often a write is tried when others write at the same time.
const TRIES: usize = 5;

/// The hooks whose secrets are known, by their ids at the platform.
pub fn known(record: &TenantRecord) -> BTreeSet<&str> {
    record.sealed.keys().filter_map(|place| place.strip_prefix(GIVEN_SECRETS)).collect()
}

/// Whether another can be kept, with those of the hooks in use. Ask before a hook is made: its secret is told once.
pub fn has_room(record: &TenantRecord, in_use: &BTreeSet<String>) -> bool {
    known(record).into_iter().filter(|reference| in_use.contains(*reference)).count() < MOST
}

/// Keeps the secret of a hook, sealed. Where there are two already, those go first whose hooks are not in use.
///
/// # Errors
/// [`TenantError`]. Nothing is kept then.
pub async fn keep(
    (store, sealer): (&dyn Store, &Sealer),
    tenant: &TenantId,
    given: &GivenSecret,
    in_use: &BTreeSet<String>,
) -> Result<(), TenantError> {
    let place = format!("{GIVEN_SECRETS}{}", given.reference);
    let text = Place::of_tenant(tenant, &place).seal(sealer, &given.secret)?;
    for _ in 0..TRIES {
        let Some(mut record) = store.tenant(tenant).await? else { return Ok(()) };
        if !record.sealed.contains_key(&place) {
            make_room(&mut record, in_use);
        }
        record.sealed.insert(place.clone(), text.clone());
        match store.put_tenant(&record).await {
            Err(StoreError::Conflict) => {}
            answer => return Ok(answer?),
        }
    }
    Err(StoreError::Conflict.into())
}

fn make_room(record: &mut TenantRecord, in_use: &BTreeSet<String>) {
    while known(record).len() >= MOST {
        let unused = known(record).into_iter().find(|reference| !in_use.contains(*reference)).map(str::to_owned);
        let Some(unused) = unused else { return };
        record.sealed.remove(&format!("{GIVEN_SECRETS}{unused}"));
    }
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;
    use serde_json::json;
    use state::MemoryStore;

    use super::*;
    use crate::{
        data_key::DataKey,
        document::Document,
        tenants::{install, signing_secrets},
    };

    async fn put(store: &MemoryStore, sealer: &Sealer) {
        let document = json!({
            "tenant": "acme", "platform": "officernd", "accounts": [{"id": "hq", "region": "us"}],
            "hooks": {"signing_secrets": ["of the document"]},
        });
        let document = Document::from_json(document.to_string().as_bytes()).unwrap();
        install(store, sealer, &document).await.unwrap();
    }

    async fn tenant(store: &MemoryStore) -> TenantRecord {
        store.tenant(&"acme".into()).await.unwrap().unwrap()
    }

    async fn secrets(store: &MemoryStore, sealer: &Sealer) -> Vec<String> {
        let secrets = signing_secrets(sealer, &tenant(store).await).unwrap();
        secrets.iter().map(|secret| secret.expose_secret().to_owned()).collect()
    }

    fn names(references: &[&str]) -> BTreeSet<String> {
        references.iter().map(|reference| (*reference).to_owned()).collect()
    }

    #[tokio::test]
    async fn a_secret_that_was_given_stays_whatever_document_is_put() {
        let (store, sealer) = (MemoryStore::default(), Sealer::new(DataKey::generate().unwrap()));
        put(&store, &sealer).await;
        let given = GivenSecret { reference: "a".to_owned(), secret: "planted".into() };
        keep((&store, &sealer), &"acme".into(), &given, &names(&[])).await.unwrap();

        put(&store, &sealer).await;

        assert_eq!(secrets(&store, &sealer).await, ["planted", "of the document"]);
        assert!(!format!("{:?}", tenant(&store).await.sealed).contains("planted"));
    }

    #[tokio::test]
    async fn two_are_kept_and_those_of_hooks_in_use_never_make_room() {
        let (store, sealer) = (MemoryStore::default(), Sealer::new(DataKey::generate().unwrap()));
        put(&store, &sealer).await;
        for (reference, in_use) in [("a", &[] as &[&str]), ("b", &["a"]), ("c", &["b"])] {
            assert!(has_room(&tenant(&store).await, &names(in_use)));
            let given = GivenSecret { reference: reference.to_owned(), secret: reference.into() };
            keep((&store, &sealer), &"acme".into(), &given, &names(in_use)).await.unwrap();
        }

        assert_eq!(secrets(&store, &sealer).await, ["b", "c", "of the document"]);
        assert!(!has_room(&tenant(&store).await, &names(&["b", "c"])));
    }
}
