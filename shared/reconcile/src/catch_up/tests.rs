//! What is left to wake when the process that connected an account died.

use std::sync::Arc;

use brivo::Hosts;
use jiff::Timestamp;
use runtime::{
    clock::ManualClock, connections::Connections, courier::Messenger, data_key::DataKey, document::Document,
    platform_api::PlatformApis, seal::Sealer, services::Process, tenants::install, wakeups::LocalWakeUps,
};
use serde_json::json;
use state::{MemoryStore, Store};

use super::*;
use crate::drift::sync_all;

const NOW: Timestamp = Timestamp::UNIX_EPOCH;

/// `acme`, connected by the token of a document, with a member; nobody was woken, and Brivo does not answer.
async fn connected_and_died() -> (Services, Arc<LocalWakeUps>) {
    let store: Arc<dyn Store> = Arc::new(MemoryStore::default());
    let sealer = Arc::new(Sealer::new(DataKey::generate().unwrap()));
    let document = json!({
        "tenant": "acme", "platform": "nexudus", "enabled": true,
        "accounts": [{"id": "hq", "region": "us", "api_key": "k", "client_id": "c", "client_secret": "s", "refresh_token": "t"}],
    });
    let document = Document::from_json(document.to_string().as_bytes()).unwrap();
    install(&*store, &sealer, &document).await.unwrap();
    let member = MemberKey { tenant: "acme".into(), member: "31".into() };
    store.mark_due(&[member], NOW).await.unwrap();
    let queue = Arc::new(LocalWakeUps::new());
    let nowhere = Hosts { auth: "http://127.0.0.1:9".to_owned(), api: "http://127.0.0.1:9".to_owned() };
    let brivo = Arc::new(brivo::http_client().unwrap());
    let services = Services {
        connections: Arc::new(Connections::new(Arc::clone(&store), Arc::clone(&sealer), brivo, Some(nowhere))),
        store,
        clock: Arc::new(ManualClock::new(NOW)),
        wakeups: Arc::clone(&queue) as _,
        sealer,
        platforms: PlatformApis::new(None).unwrap(),
        courier: Arc::new(Messenger::default()),
        process: Process { name: "test".to_owned(), alone: true },
    };
    (services, queue)
}

async fn is_owed(services: &Services) -> bool {
    services.store.account(&"acme".into(), &"hq".into()).await.unwrap().to_wake_for.is_some()
}

/// ALL-03: tokens are stored before anybody is woken; should the process die in between, the hourly pass wakes everyone, once.
#[tokio::test]
async fn whoever_was_not_woken_for_a_connection_is_woken_by_the_hourly_pass() {
    let (services, queue) = connected_and_died().await;
    assert!(is_owed(&services).await);

    sync_all(&services, &["acme".into()], Timestamp::MAX).await.unwrap();

    let (_, woken) = queue.take_due(NOW).unwrap();
    assert_eq!((woken.member.as_str(), is_owed(&services).await), ("31", false));
    sync_all(&services, &["acme".into()], Timestamp::MAX).await.unwrap();
    assert_eq!(queue.take_due(NOW), None);
}

/// ALL-03: of two connections one upon another, the end of the first one's work does not count for the second.
#[tokio::test]
async fn what_a_later_connection_asks_for_is_not_taken_for_done() {
    let (services, _) = connected_and_died().await;
    let (tenant, account) = (&"acme".into(), &"hq".into());
    let connecting = Connecting { services: &services, tenant, account };

    connecting.everyone_is_woken(7).await.unwrap();

    assert!(is_owed(&services).await);
}
