//! ALL-06: ten thousand closes due in one minute, on virtual time: in order, at the rate, and the delay that is told is the
//! real one.
#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test that cannot go on stops")]

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use async_trait::async_trait;
use brivo::{Answer, Hosts, NoAnswer, Transport};
use domain::{
    BrivoUserId, GroupId, MemberKey,
    ledger::{AccountLedger, Ledger},
    wake::{ScheduleChange, WakePlan},
};
use jiff::{SignedDuration, Timestamp};
use reqwest::{Method, RequestBuilder, header::HeaderMap};
use runtime::{
    Services,
    clock::{Clock, ManualClock},
    connections::Connections,
    courier::Messenger,
    data_key::DataKey,
    document::Document,
    platform_api::PlatformApis,
    seal::Sealer,
    services::Process,
    tenants::install,
    wakeups::LocalWakeUps,
};
use simulators::{
    brivo::{Change, Host, Model, Options, Profile},
    message::Request,
};
use state::{Leased, MemoryStore, Release, Store};

const TENANT: &str = r#"
    tenant = "acme"
    platform = "spacebring"
    managed_groups = [501]
    [[accounts]]
    id = "hq"
    region = "us"
    api_key = "key"
    client_id = "client"
    client_secret = "secret"
    refresh_token = "refresh"
    budget = 100000
"#;

const CLOSES: i64 = 10_000;

fn closing() -> Timestamp {
    "2026-03-02T18:00:00Z".parse().unwrap()
}

fn due(number: i64) -> Timestamp {
    closing() + SignedDuration::from_millis(6 * number)
}

fn key(number: i64) -> MemberKey {
    MemberKey { tenant: "acme".into(), member: format!("m{number}").as_str().into() }
}

/// A strict Brivo in this process, with twenty calls a second.
#[derive(Debug)]
struct InProcess {
    model: Mutex<Model>,
    clock: Arc<ManualClock>,
    http: reqwest::Client,
}

#[async_trait]
impl Transport for InProcess {
    fn request(&self, verb: Method, url: String) -> RequestBuilder {
        self.http.request(verb, url)
    }

    async fn send(&self, request: RequestBuilder) -> Result<Answer, NoAnswer> {
        let request = request.build().unwrap();
        let host = if request.url().host_str() == Some("auth.brivo") { Host::Auth } else { Host::Api };
        let header =
            |name: &str, value: &reqwest::header::HeaderValue| (name.to_owned(), value.to_str().unwrap().to_owned());
        let headers = request.headers().iter().map(|(name, value)| header(name.as_str(), value)).collect();
        let request = Request {
            method: request.method().to_string(),
            path: request.url().path().to_owned(),
            query: request.url().query().unwrap_or_default().to_owned(),
            headers,
            body: request.body().and_then(|body| body.as_bytes()).unwrap_or_default().to_vec(),
        };
        let answer = self.model.lock().unwrap().handle(host, &request, self.clock.now());
        let response = answer.into_response().unwrap();
        Ok(Answer { status: response.status, headers: HeaderMap::new(), body: response.body })
    }
}

struct Town {
    services: Services,
    clock: Arc<ManualClock>,
    queue: Arc<LocalWakeUps>,
    brivo: Arc<InProcess>,
    users: BTreeMap<String, i64>,
}

/// Ten thousand people in a group of ours whose time is over within the minute after six.
async fn town() -> Town {
    let clock = Arc::new(ManualClock::new(closing() - SignedDuration::from_mins(1)));
    let mut model = Model::new(Options { requests_per_second: Some(20), ..Options::default() });
    model.add_application("client", "secret", "key");
    model.accept_refresh_token("client", "refresh", clock.now());
    let group = simulators::brivo::GroupId(501);
    model.add_group(group, "Members");
    let mut users = BTreeMap::new();
    let ids: Vec<_> = (0..CLOSES)
        .map(|number| {
            let reference = Some(key(number).external_id().as_str().to_owned());
            let named = Profile {
                external_id: reference,
                first_name: "A".to_owned(),
                last_name: "B".to_owned(),
                ..Profile::default()
            };
            let user = model.add_user(named, clock.now());
            model.change_by_hand(user, group, Change::Joined, clock.now());
            users.insert(user.0.to_string(), number);
            user
        })
        .collect();
    let brivo =
        Arc::new(InProcess { model: Mutex::new(model), clock: Arc::clone(&clock), http: reqwest::Client::new() });

    let store: Arc<dyn Store> = Arc::new(MemoryStore::default());
    let sealer = Arc::new(Sealer::new(DataKey::generate().unwrap()));
    install(&*store, &sealer, &Document::from_toml(TENANT).unwrap()).await.unwrap();
    let queue = Arc::new(LocalWakeUps::new());
    let hosts = Hosts { auth: "http://auth.brivo".to_owned(), api: "http://api.brivo".to_owned() };
    let transport = Arc::clone(&brivo) as Arc<dyn Transport>;
    let services = Services {
        connections: Arc::new(Connections::new(Arc::clone(&store), Arc::clone(&sealer), transport, Some(hosts))),
        store,
        clock: Arc::clone(&clock) as _,
        wakeups: Arc::clone(&queue) as _,
        sealer,
        platforms: PlatformApis::new(None).unwrap(),
        courier: Arc::new(Messenger::default()),
        process: Process { name: "town".to_owned(), alone: false },
    };
    for (number, user) in (0..).zip(ids) {
        let user = Some(BrivoUserId(user.0.try_into().unwrap()));
        let known = AccountLedger { user, groups: [GroupId(501)].into(), ..AccountLedger::default() };
        let ledger = Ledger { accounts: [("hq".into(), known)].into(), ..Ledger::default() };
        let terms = services.process.lease_terms(clock.now());
        let Leased::Granted(lease) = services.store.lease(&key(number), &terms).await.unwrap() else { panic!("held") };
        services.store.finish(&lease, &Release { ledger, due: Some(due(number)), ..Release::default() }).await.unwrap();
        let plan = WakePlan { message_at: Some(due(number)), schedule: ScheduleChange::Keep };
        services.wakeups.arrange(&key(number), plan, clock.now()).await.unwrap();
    }
    Town { services, clock, queue, brivo, users }
}

impl Town {
    /// Runs everything that falls due, each at its own instant.
    async fn run_until(&self, until: Timestamp) {
        while let Some(next) = self.queue.next_due().filter(|next| *next <= until) {
            self.clock.set(next);
            while let Some((_, member)) = self.queue.take_due(self.clock.now()) {
                reconcile::reconcile(&self.services, &member).await.unwrap();
            }
        }
        self.clock.set(until);
    }

    /// Who was taken out of the group, and when.
    fn closes(&self) -> Vec<(i64, Timestamp)> {
        let model = self.brivo.model.lock().unwrap();
        let left = model.history().iter().filter(|change| change.change == Change::Left);
        left.map(|change| (self.users[&change.user.0.to_string()], change.at)).collect()
    }

    async fn behind(&self) -> SignedDuration {
        let record = self.services.store.tenant(&"acme".into()).await.unwrap().unwrap();
        let (_, pace) = self.services.connections.paced(&record, &"hq".into()).unwrap();
        pace.standing(self.clock.now()).await.unwrap().behind
    }

    /// When each was told to be closed.
    async fn told(&self) -> BTreeMap<i64, Timestamp> {
        let mut told = BTreeMap::new();
        for number in 0..CLOSES {
            let known = self.services.store.member(&key(number)).await.unwrap().ledger;
            if let Some(turn) = known.accounts[&"hq".into()].turn {
                told.insert(number, turn.expected_at());
            }
        }
        told
    }
}

/// ALL-06, INV-1: the bound of a revoke is what the rate allows, in order of due time, and everybody can see it coming.
#[tokio::test]
async fn ten_thousand_closes_of_one_minute_drain_in_order_at_the_rate_and_as_told() {
    let town = town().await;
    let minute_over = closing() + SignedDuration::from_mins(1);

    town.run_until(minute_over).await;
    let (behind, told) = (town.behind().await, town.told().await);
    town.run_until(closing() + SignedDuration::from_mins(30)).await;

    let closes = town.closes();
    assert_eq!(closes.len(), usize::try_from(CLOSES).unwrap());
    assert!(closes.is_sorted_by_key(|(number, _)| *number), "in order of due time");
    // Twenty at once, then ten a second.
    let last = closes.last().unwrap().1;
    let took = last.duration_since(closing());
    assert!((997..=999).contains(&took.as_secs()), "{took:#}");
    for (number, at) in &closes {
        assert!(
            told.get(number).is_none_or(|told| told == at),
            "m{number} was told {:?} and it was {at}",
            told[number]
        );
    }
    assert!(told.len() > 9000);
    let real = last.duration_since(minute_over);
    assert!((real - behind).abs() <= SignedDuration::from_millis(200), "told {behind:#}, and it was {real:#}");

    assert_eq!(town.behind().await, SignedDuration::ZERO);
    let model = town.brivo.model.lock().unwrap();
    let calls: Vec<_> = model.calls().iter().filter(|call| call.host == Host::Api).collect();
    assert_eq!(calls.len(), closes.len(), "one call each");
    assert!(calls.iter().all(|call| call.status == Some(200)), "nobody was asked to slow down");
    for pair in calls.windows(106) {
        assert!(pair[105].at.duration_since(pair[0].at) > SignedDuration::from_secs(5));
    }
}
