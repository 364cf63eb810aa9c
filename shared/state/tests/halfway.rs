//! Recordings too large for one transaction that are stopped half-way, while newer news is recorded.
//!
//! The embedded engine stands behind a gate that holds single writes back, so that a recording stops where it is told to.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops")]

mod engine;

use std::collections::{BTreeMap, BTreeSet};

use axum::{Router, body::Bytes, extract::State, http::HeaderMap, response::IntoResponse};
use domain::{
    MemberId, MemberKey, Subject, SubjectKind, TeamId,
    facts::{Entitlement, Pass, Team},
    intake::{EventKey, News, Recording, What, take_in},
    policy::PolicyChanges,
    rules::Rulebook,
    tenant::{Platform, Tenant},
};
use jiff::Timestamp;
use state::{DynamoStore, EventRecord, Recall, Store, StoreError, TenantRecord};
use tokio::{net::TcpListener, sync::watch, task::JoinHandle};

fn at(nanosecond: i64) -> Timestamp {
    // Far from 0: an instant of these days has 19 digits.
    Timestamp::from_nanosecond(1_780_000_000_000_000_000 + i128::from(nanosecond)).unwrap()
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

fn tenant_record() -> TenantRecord {
    TenantRecord {
        tenant: tenant(),
        settled: None,
        sealed: BTreeMap::new(),
        platform_api: BTreeMap::new(),
        loaded: None,
        version: 0,
        accounts: BTreeMap::new(),
    }
}

/// Lets so many single writes through and holds the others until it is opened.
#[derive(Clone, Debug)]
struct Gate {
    engine: String,
    client: reqwest::Client,
    arrived: watch::Sender<usize>,
    answered: watch::Sender<usize>,
    open: watch::Receiver<usize>,
}

async fn pass_on(State(mut gate): State<Gate>, headers: HeaderMap, body: Bytes) -> impl IntoResponse {
    let target = headers.get("x-amz-target").and_then(|value| value.to_str().ok()).unwrap_or_default();
    let is_single = target.ends_with(".PutItem");
    if is_single {
        let mut number = 0;
        gate.arrived.send_modify(|arrived| {
            number = *arrived;
            *arrived += 1;
        });
        gate.open.wait_for(|let_through| number < *let_through).await.unwrap();
    }
    let request = gate.client.post(&gate.engine).headers(headers).body(body);
    let answer = request.send().await.unwrap();
    let (status, body) = (answer.status(), answer.bytes().await.unwrap());
    if is_single {
        gate.answered.send_modify(|answered| *answered += 1);
    }
    (status, [("content-type", "application/x-amz-json-1.0")], body)
}

/// Two ways to one table: one through the gate, one beside it.
struct Table {
    gated: DynamoStore,
    free: DynamoStore,
    arrived: watch::Receiver<usize>,
    answered: watch::Receiver<usize>,
    opener: watch::Sender<usize>,
}

async fn table(let_through: usize) -> Table {
    let engine = engine::start().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (opener, open) = watch::channel(let_through);
    let (arrived, answered) = (watch::Sender::new(0), watch::Sender::new(0));
    let (arriving, answering) = (arrived.subscribe(), answered.subscribe());
    let client = reqwest::Client::new();
    let gate = Gate { engine: engine.clone(), client, arrived, answered, open };
    tokio::spawn(async move { axum::serve(listener, Router::new().fallback(pass_on).with_state(gate)).await });
    let free = DynamoStore::new(engine::client(&engine).await, "latchwork");
    free.put_tenant(&tenant_record()).await.unwrap();
    let gated = DynamoStore::new(engine::client(&url).await, "latchwork");
    Table { gated, free, arrived: arriving, answered: answering, opener }
}

async fn tell(store: &DynamoStore, news: &News) -> Result<(), StoreError> {
    let (recall, recording) = decide(store, news).await?;
    let events = [EventRecord { key: news.event.clone(), body: None, came: None }];
    store.record(&recall, &recording, &events, at(0)).await
}

async fn decide(store: &DynamoStore, news: &News) -> Result<(Recall, Recording), StoreError> {
    let acme = "acme".into();
    let mut subjects = BTreeSet::from([news.subject.clone()]);
    loop {
        let recall = store.recall(&acme, std::slice::from_ref(&news.event), &subjects, None).await?;
        match take_in(std::slice::from_ref(news), &recall.records, &Rulebook::new(&tenant())) {
            Ok(recording) => return Ok((recall, recording)),
            Err(missing) => subjects.extend(missing),
        }
    }
}

impl Table {
    /// Begins to tell the news, and comes back when its writes wait at the gate.
    async fn tell_halfway(&self, news: &News) -> JoinHandle<Result<(), StoreError>> {
        let (gated, news) = (self.gated.clone(), news.clone());
        let telling = tokio::spawn(async move { tell(&gated, &news).await });
        let let_through = *self.opener.borrow();
        self.arrived.clone().wait_for(|arrived| *arrived > let_through).await.unwrap();
        telling
    }

    fn open(&self) {
        self.opener.send(usize::MAX).unwrap();
    }

    async fn named(&self, team: &str, among: &[MemberId]) -> BTreeSet<MemberId> {
        let mut named = BTreeSet::new();
        for member in among {
            let key = MemberKey { tenant: "acme".into(), member: member.clone() };
            if self.free.member(&key).await.unwrap().teams.contains(&TeamId::from(team)) {
                named.insert(member.clone());
            }
        }
        named
    }

    async fn held_by_team(&self, team: &str) -> usize {
        self.free.team(&"acme".into(), &team.into()).await.unwrap().entitlements.len()
    }
}

fn people(numbers: std::ops::Range<usize>) -> BTreeSet<MemberId> {
    numbers.map(|number| MemberId::new(format!("m{number:03}"))).collect()
}

fn news(as_of: i64, subject: Subject, what: What) -> News {
    let event = EventKey { source: "test".to_owned(), id: format!("{subject}-{as_of}") };
    News { event, subject, as_of: at(as_of), what }
}

fn team(as_of: i64, id: &str, members: BTreeSet<MemberId>) -> News {
    let team = Team { id: id.into(), members, paying_member: None };
    news(as_of, Subject::new(SubjectKind::Team, id), What::Team(team))
}

fn pass_of(as_of: i64, team: &str) -> News {
    let pass = Entitlement::Pass(Pass {
        id: "p1".to_owned(),
        pass: "day".to_owned(),
        member: None,
        team: Some(team.into()),
        location: None,
        remaining: None,
        valid_from: None,
        valid_until: None,
        groups: None,
    });
    news(as_of, pass.subject(), What::Entitlement(pass))
}

/// INV-3: what is newer by a billionth of a second stands, for those it speaks of and for those it does not.
#[tokio::test]
async fn an_older_team_that_is_written_late_neither_adds_nor_removes_anybody() {
    let table = table(20).await;
    let everyone: Vec<MemberId> = people(0..301).into_iter().collect();
    let stays: BTreeSet<MemberId> = people(0..150).into_iter().chain(people(300..301)).collect();
    tell(&table.free, &team(1, "t1", people(0..150))).await.unwrap();
    let older = team(2, "t1", people(100..300));
    let late = table.tell_halfway(&older).await;

    tell(&table.free, &team(3, "t1", stays.clone())).await.unwrap();
    assert_eq!(table.named("t1", &everyone).await, stays, "what the older has written so far was settled");
    table.open();
    let late = late.await.unwrap();

    assert!(matches!(late, Err(StoreError::Conflict)), "{late:?}");
    assert_eq!(table.named("t1", &everyone).await, stays);
    tell(&table.free, &older).await.unwrap();
    assert_eq!(table.named("t1", &everyone).await, stays, "told again, it is known to be older");
}

#[tokio::test]
async fn what_a_dead_process_has_written_is_settled_by_newer_news() {
    let table = table(60).await;
    let everyone: Vec<MemberId> = people(0..201).into_iter().collect();
    let dead = table.tell_halfway(&team(2, "t1", people(0..200))).await;
    table.answered.clone().wait_for(|answered| *answered == 60).await.unwrap();
    dead.abort();
    assert_eq!(table.named("t1", &everyone).await.len(), 60);

    tell(&table.free, &team(3, "t1", people(200..201))).await.unwrap();

    assert_eq!(table.named("t1", &everyone).await, people(200..201));
}

/// A pass of a team of 150 is one entitlement and 150 people to be woken.
#[tokio::test]
async fn an_entitlement_that_was_moved_or_removed_does_not_come_back() {
    let removed = |as_of| news(as_of, Subject::new(SubjectKind::Pass, "p1"), What::Removed);
    for (newer, held) in [(pass_of(4, "t2"), 1), (removed(4), 0)] {
        let table = table(0).await;
        tell(&table.free, &team(1, "t1", people(0..150))).await.unwrap();
        tell(&table.free, &team(1, "t2", people(0..1))).await.unwrap();
        let late = table.tell_halfway(&pass_of(3, "t1")).await;

        tell(&table.free, &newer).await.unwrap();
        table.open();
        let late = late.await.unwrap();

        assert!(matches!(late, Err(StoreError::Conflict)), "{late:?}");
        assert_eq!((table.held_by_team("t1").await, table.held_by_team("t2").await), (0, held));
    }
}

/// INV-1: the pass changes no team, but whom it wakes is who is in the team when it is there.
#[tokio::test]
async fn who_joins_a_team_while_news_of_its_pass_is_written_is_woken_for_it() {
    let table = table(0).await;
    tell(&table.free, &team(1, "t1", people(0..150))).await.unwrap();
    let pass = pass_of(3, "t1");
    let late = table.tell_halfway(&pass).await;

    tell(&table.free, &team(4, "t1", people(0..151))).await.unwrap();
    table.open();
    let late = late.await.unwrap();
    let again = decide(&table.free, &pass).await.unwrap();

    assert!(matches!(late, Err(StoreError::Conflict)), "{late:?}");
    assert_eq!(again.1.wakes, people(0..151));
    tell(&table.gated, &pass).await.unwrap();
    assert_eq!(table.held_by_team("t1").await, 1);
}

/// Who is slow and has the newest news is refused too, decides anew, and has its way.
#[tokio::test]
async fn newer_news_that_was_overtaken_by_older_stands_once_it_is_told_again() {
    let table = table(0).await;
    tell(&table.free, &team(1, "t1", people(0..150))).await.unwrap();
    let newest = news(4, Subject::new(SubjectKind::Pass, "p1"), What::Removed);
    tell(&table.free, &pass_of(2, "t1")).await.unwrap();
    let late = table.tell_halfway(&newest).await;

    tell(&table.free, &pass_of(3, "t1")).await.unwrap();
    table.open();
    let refused = late.await.unwrap();
    tell(&table.gated, &newest).await.unwrap();

    assert!(matches!(refused, Err(StoreError::Conflict)), "{refused:?}");
    assert_eq!(table.held_by_team("t1").await, 0);
}
