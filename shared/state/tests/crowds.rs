//! A team of thousands: how much is asked of DynamoDB, and how much of it at once.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops")]

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use aws_sdk_dynamodb::{
    Client, Config,
    config::{Credentials, Region},
};
use axum::{Router, extract::State, response::IntoResponse};
use domain::{
    MemberId, Subject, SubjectKind,
    facts::Team,
    intake::{EventKey, News, What, take_in},
    policy::PolicyChanges,
    rules::Rulebook,
    tenant::{Platform, Tenant},
};
use jiff::Timestamp;
use state::{DynamoStore, EventRecord, Recall, Store, TenantRecord};
use tokio::net::TcpListener;

/// The most transactions that are under way at once.
const SIDE_BY_SIDE: usize = 8;

/// A DynamoDB that takes everything and remembers how many writes each transaction had, and how many came at once.
#[derive(Clone, Debug, Default)]
struct Taker {
    sizes: Arc<Mutex<Vec<usize>>>,
    under_way: Arc<AtomicUsize>,
    most: Arc<AtomicUsize>,
}

async fn take(State(taker): State<Taker>, body: String) -> impl IntoResponse {
    let at_once = taker.under_way.fetch_add(1, Ordering::SeqCst) + 1;
    taker.most.fetch_max(at_once, Ordering::SeqCst);
    let writes = ["\"Put\":", "\"Update\":", "\"Delete\":"].map(|kind| body.matches(kind).count());
    taker.sizes.lock().unwrap().push(writes.iter().sum());
    // Others may come meanwhile.
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
    taker.under_way.fetch_sub(1, Ordering::SeqCst);
    ([("content-type", "application/x-amz-json-1.0")], "{}")
}

async fn store() -> (DynamoStore, Taker) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let taker = Taker::default();
    let router = Router::new().fallback(take).with_state(taker.clone());
    tokio::spawn(async move { axum::serve(listener, router).await });
    let config = Config::builder()
        .behavior_version_latest()
        .endpoint_url(url)
        .region(Region::new("eu-west-1"))
        .credentials_provider(Credentials::for_tests())
        .build();
    (DynamoStore::new(Client::from_conf(config), "latchwork"), taker)
}

fn tenant() -> Tenant {
    Tenant {
        id: "acme".into(),
        platform: Platform::Officernd,
        enabled: true,
        managed_groups: BTreeSet::new(),
        accounts: Vec::new(),
        locations: Vec::new(),
        mappings: Vec::new(),
        doors: Vec::new(),
        policy: PolicyChanges::default(),
        leavers_from: None,
    }
}

/// Stores the news of a team with so many new members.
async fn tell_team(store: &DynamoStore, members: usize) {
    let key = EventKey { source: "test".to_owned(), id: "e1".to_owned() };
    let subject = Subject::new(SubjectKind::Team, "t1");
    let members = (0..members).map(|number| MemberId::new(format!("m{number}"))).collect();
    let team = Team { id: "t1".into(), members, paying_member: None };
    let news =
        News { event: key.clone(), subject: subject.clone(), as_of: Timestamp::UNIX_EPOCH, what: What::Team(team) };
    let record = TenantRecord {
        tenant: tenant(),
        settled: None,
        sealed: BTreeMap::new(),
        platform_api: BTreeMap::new(),
        loaded: None,
        version: 1,
        accounts: BTreeMap::new(),
    };
    let recall = Recall {
        tenant: Some(record),
        records: [(subject.clone(), None)].into(),
        versions: [(subject, 0)].into(),
        ..Recall::default()
    };
    let recording = take_in(&[news], &recall.records, &Rulebook::new(&tenant())).unwrap();
    let events = [EventRecord { key, body: None }];
    store.record(&recall, &recording, &events, Timestamp::UNIX_EPOCH).await.unwrap();
}

#[tokio::test]
async fn five_thousand_members_are_two_hundred_and_fifty_one_transactions_some_at_a_time() {
    let (store, taker) = store().await;

    tell_team(&store, 5000).await;

    let sizes = taker.sizes.lock().unwrap().clone();
    let (links, rest) = sizes.split_at(50);
    let (marks, told) = rest.split_at(200);
    assert!(links.iter().all(|size| *size == 100), "{links:?}");
    assert!(marks.iter().all(|size| *size == 25), "{marks:?}");
    assert_eq!(told, [2], "the team and the event, once all else is there");
    let most = taker.most.load(Ordering::SeqCst);
    assert!((2..=SIDE_BY_SIDE).contains(&most), "{most}");
}

#[tokio::test]
async fn what_fits_into_one_transaction_is_one() {
    let (store, taker) = store().await;

    tell_team(&store, 49).await;

    assert_eq!(*taker.sizes.lock().unwrap(), [100]);
}
