//! ALL-06: the pace of an API key, which many processes write, in both stores.
#![expect(clippy::indexing_slicing, clippy::unwrap_used, reason = "a test that cannot go on stops")]

mod engine;

use std::sync::Arc;

use domain::{
    ApiKeyId,
    pace::{Answer, Ask, EVERY, Need, Pace, Urgency},
};
use jiff::Timestamp;
use state::{DynamoStore, MemoryStore, PaceRecord, Store};

fn now() -> Timestamp {
    Timestamp::from_second(1_800_000_000).unwrap()
}

fn revoke() -> Ask {
    Ask { need: Need { urgency: Urgency::Revoke, calls: 1 }, turn: None, now: now() }
}

async fn it_is_written_only_over_what_was_read_and_a_refusal_tells_what_stands(store: Arc<dyn Store>) {
    let key = ApiKeyId::new("digest");
    assert_eq!(store.pace(&key).await.unwrap(), PaceRecord::default());
    let mut ours = PaceRecord::default();
    ours.pace.reserve(&revoke());

    assert_eq!(store.put_pace(&key, &ours).await.unwrap(), None);
    let stands = store.put_pace(&key, &ours).await.unwrap().unwrap();

    assert_eq!(stands, PaceRecord { version: 1, ..ours });
    assert_eq!(store.pace(&key).await.unwrap(), stands);
    assert_eq!(store.put_pace(&key, &PaceRecord { version: 7, ..stands.clone() }).await.unwrap(), Some(stands));
    assert_eq!(store.pace(&"another".into()).await.unwrap(), PaceRecord::default());
    let unread = PaceRecord { version: 3, pace: Pace::default() };
    assert_eq!(store.put_pace(&"another".into(), &unread).await.unwrap(), Some(PaceRecord::default()));
}

/// ALL-06: however many ask at once, no slot is given twice.
async fn no_two_of_many_get_the_same_slot(store: Arc<dyn Store>) {
    let key = ApiKeyId::new("digest");
    let takers = (0..50).map(|_| {
        let (store, key) = (Arc::clone(&store), key.clone());
        tokio::spawn(async move {
            let mut record = PaceRecord::default();
            loop {
                let answer = record.pace.reserve(&revoke());
                match store.put_pace(&key, &record).await.unwrap() {
                    None => return answer,
                    Some(stands) => record = stands,
                }
            }
        })
    });
    let mut slots = Vec::new();
    for taker in takers.collect::<Vec<_>>() {
        match taker.await.unwrap() {
            Answer::Go { .. } => slots.push(now()),
            Answer::Wait(turn) => slots.push(turn.until),
        }
    }
    slots.sort();

    // Twenty at once, then one after another.
    assert_eq!((slots[19], slots[20], slots[49]), (now(), now() + EVERY, now() + EVERY.saturating_mul(30)));
    let record = store.pace(&key).await.unwrap();
    assert_eq!((record.version, record.pace.calls_this_month(now())), (50, 50));
}

async fn dynamo() -> Arc<dyn Store> {
    let client = engine::client(&engine::start().await).await;
    Arc::new(DynamoStore::new(client, "latchwork"))
}

#[tokio::test]
async fn in_memory() {
    it_is_written_only_over_what_was_read_and_a_refusal_tells_what_stands(Arc::new(MemoryStore::default())).await;
    no_two_of_many_get_the_same_slot(Arc::new(MemoryStore::default())).await;
}

#[tokio::test]
async fn in_dynamodb() {
    it_is_written_only_over_what_was_read_and_a_refusal_tells_what_stands(dynamo().await).await;
    no_two_of_many_get_the_same_slot(dynamo().await).await;
}
