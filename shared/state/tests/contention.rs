//! What the embedded engine never does: refuse because another transaction holds an item. A proxy before it does.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops")]

mod engine;

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use domain::MemberKey;
use jiff::Timestamp;
use state::{DynamoStore, LeaseTerms, Leased, Release, Released, Store, StoreError};
use tokio::net::TcpListener;

const CANCELLED: &str = r#"{"__type":"com.amazonaws.dynamodb.v20120810#TransactionCanceledException",
    "Message":"Transaction cancelled","CancellationReasons":[{"Code":"TransactionConflict"}]}"#;

const CONFLICT: &str = r#"{"__type":"com.amazonaws.dynamodb.v20120810#TransactionConflictException","message":"busy"}"#;

#[derive(Clone, Debug)]
struct Proxy {
    engine: String,
    refusals: Arc<AtomicUsize>,
}

/// Passes requests on to the engine, but refuses the next writes.
async fn pass_on(State(proxy): State<Proxy>, headers: HeaderMap, body: Bytes) -> Response {
    let target = headers.get("x-amz-target").and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
    let refusal = match target.rsplit('.').next() {
        Some("TransactWriteItems") => Some(CANCELLED),
        Some("UpdateItem") => Some(CONFLICT),
        _ => None,
    };
    let due = |left: usize| left.checked_sub(1);
    if let Some(refusal) = refusal
        && proxy.refusals.fetch_update(Ordering::SeqCst, Ordering::SeqCst, due).is_ok()
    {
        return (StatusCode::BAD_REQUEST, [("content-type", "application/x-amz-json-1.0")], refusal).into_response();
    }
    let request = reqwest::Client::new().post(&proxy.engine).headers(headers).body(body);
    let answer = request.send().await.unwrap();
    let status = answer.status();
    (status, [("content-type", "application/x-amz-json-1.0")], answer.bytes().await.unwrap()).into_response()
}

/// A store behind a proxy that refuses as many writes as the counter says.
async fn store() -> (DynamoStore, Arc<AtomicUsize>) {
    let proxy = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", proxy.local_addr().unwrap());
    let refusals = Arc::new(AtomicUsize::new(0));
    let state = Proxy { engine: engine::start().await, refusals: Arc::clone(&refusals) };
    tokio::spawn(async move { axum::serve(proxy, Router::new().fallback(pass_on).with_state(state)).await });
    (DynamoStore::new(engine::client(&url).await, "latchwork"), refusals)
}

fn terms() -> LeaseTerms {
    let now = Timestamp::UNIX_EPOCH;
    LeaseTerms { now, until: Timestamp::from_second(30).unwrap(), owner: "a".to_owned(), alone: false }
}

fn member() -> MemberKey {
    MemberKey { tenant: "acme".into(), member: "m1".into() }
}

#[tokio::test]
async fn a_lease_and_its_end_wait_for_another_transaction_to_pass() {
    let (store, refusals) = store().await;

    refusals.store(2, Ordering::SeqCst);
    let Leased::Granted(lease) = store.lease(&member(), &terms()).await.unwrap() else { unreachable!() };
    refusals.store(2, Ordering::SeqCst);
    let released = store.finish(&lease, &Release::default()).await.unwrap();

    assert_eq!(released, Released::Done);
    assert_eq!(refusals.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn contention_that_does_not_pass_is_told_apart_from_a_lost_lease() {
    let (store, refusals) = store().await;
    let Leased::Granted(lease) = store.lease(&member(), &terms()).await.unwrap() else { unreachable!() };
    refusals.store(1000, Ordering::SeqCst);

    let begun = store.begin(&lease, &terms(), &lease.ledger, &[]).await;
    let finished = store.finish(&lease, &Release::default()).await;

    assert!(matches!(begun, Err(StoreError::Contended)), "{begun:?}");
    assert!(matches!(finished, Err(StoreError::Contended)), "{finished:?}");
}
