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
use axum::{Router, extract::State, http::HeaderMap, response::IntoResponse};
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
const TRANSACTIONS_SIDE_BY_SIDE: usize = 8;

/// The most single writes that are under way at once.
const PUTS_SIDE_BY_SIDE: usize = 32;

/// A request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Request {
    /// One item on its own.
    Put,
    /// A transaction of so many writes.
    Transaction(usize),
}

/// A DynamoDB that takes everything and remembers what was asked, and how much at once.
#[derive(Clone, Debug, Default)]
struct Taker {
    requests: Arc<Mutex<Vec<Request>>>,
    under_way: Arc<AtomicUsize>,
    most_puts: Arc<AtomicUsize>,
    most_transactions: Arc<AtomicUsize>,
}

async fn take(State(taker): State<Taker>, headers: HeaderMap, body: String) -> impl IntoResponse {
    let at_once = taker.under_way.fetch_add(1, Ordering::SeqCst) + 1;
    let target = headers.get("x-amz-target").and_then(|value| value.to_str().ok()).unwrap_or_default();
    let (request, most) = if target.ends_with(".PutItem") {
        (Request::Put, &taker.most_puts)
    } else {
        let writes = ["\"Put\":", "\"Update\":", "\"Delete\":"].map(|kind| body.matches(kind).count());
        (Request::Transaction(writes.iter().sum()), &taker.most_transactions)
    };
    most.fetch_max(at_once, Ordering::SeqCst);
    taker.requests.lock().unwrap().push(request);
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
        released_groups: BTreeSet::new(),
        accounts: Vec::new(),
        locations: Vec::new(),
        mappings: Vec::new(),
        doors: Vec::new(),
        policy: PolicyChanges::default(),
        hook_quiet_days: Tenant::HOOK_QUIET_DAYS,
        leavers_from: None,
        disconnected: BTreeMap::new(),
        code_mail: None,
        app_hook: None,
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
    let events = [EventRecord { key, body: None, came: None }];
    store.record(&recall, &recording, &events, Timestamp::UNIX_EPOCH).await.unwrap();
}

/// Each link is a request of its own, because it is not to be written over a newer one; that costs a few seconds' writes as
/// before, since DynamoDB counts a write in a transaction twice. Two requests more announce and tell the team.
#[tokio::test]
async fn five_thousand_members_are_five_thousand_two_hundred_and_two_requests_some_at_a_time() {
    let (store, taker) = store().await;

    tell_team(&store, 5000).await;

    let requests = taker.requests.lock().unwrap().clone();
    let (begun, rest) = requests.split_at(1);
    let (links, rest) = rest.split_at(5000);
    let (marks, told) = rest.split_at(200);
    assert_eq!(begun, [Request::Transaction(1)], "that the team changes, before anything else");
    assert!(links.iter().all(|request| *request == Request::Put), "{links:?}");
    assert!(marks.iter().all(|request| *request == Request::Transaction(25)), "{marks:?}");
    assert_eq!(told, [Request::Transaction(2)], "the team and the event, once all else is there");
    let most = [&taker.most_puts, &taker.most_transactions].map(|most| most.load(Ordering::SeqCst));
    assert!((2..=PUTS_SIDE_BY_SIDE).contains(&most[0]), "{most:?}");
    assert!((2..=TRANSACTIONS_SIDE_BY_SIDE).contains(&most[1]), "{most:?}");
}

#[tokio::test]
async fn what_fits_into_one_transaction_is_one() {
    let (store, taker) = store().await;

    tell_team(&store, 49).await;

    assert_eq!(*taker.requests.lock().unwrap(), [Request::Transaction(100)]);
}
