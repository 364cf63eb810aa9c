//! The product's own handlers on an embedded engine and a simulated Brivo, with everything they send counted.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use anyhow::{Context, ensure};
use async_trait::async_trait;
use aws_sdk_dynamodb::{
    Client,
    config::{BehaviorVersion, Config, Credentials, Region},
};
use axum::{
    Router,
    body::Body,
    http::{Request as HttpRequest, StatusCode},
};
use brivo::{Hosts, Transport};
use domain::{MemberKey, wake::WakePlan};
use jiff::Timestamp;
use runtime::{
    Services,
    clock::ManualClock,
    connections::Connections,
    courier::{Messenger, Outbox},
    data_key::DataKey,
    document::Document,
    platform_api::PlatformApis,
    seal::Sealer,
    services::Process,
    tenants::install,
    wakeups::{WakeError, WakeUps},
};
use simulators::brivo::{BrivoServer, GroupId, Options};
use state::{DynamoStore, Store, SyncRecord, create_table};
use tokio::net::TcpListener;
use tower::ServiceExt;

use crate::Recorder;

/// The table of the engine.
pub const TABLE: &str = "latchwork";

const TENANT: &str = r#"
    tenant = "acme"
    platform = "spacebring"
    [[accounts]]
    id = "hq"
    region = "us"
    api_key = "key"
    client_id = "client"
    client_secret = "secret"
    refresh_token = "refresh"
    [[locations]]
    id = "london"
    time_zone = "Europe/London"
    account = "hq"
    [[mappings]]
    kind = "resource"
    id = "room"
    groups = [501, 502, 503]
    [hooks]
    path_secret = "0123456789abcdef0123456789abcdef"
    signing_secrets = ["signing"]
"#;

/// Counts what is sent to the queue, and drops it.
#[derive(Debug, Default)]
struct CountedWakeUps(AtomicUsize);

#[async_trait]
impl WakeUps for CountedWakeUps {
    async fn wake(&self, _members: &[MemberKey], _now: Timestamp) -> Result<(), WakeError> {
        self.0.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }

    async fn arrange(&self, _member: &MemberKey, _plan: WakePlan, _now: Timestamp) -> Result<(), WakeError> {
        self.0.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }
}

/// The product with everything it sends counted.
#[derive(Debug)]
pub struct Bench {
    /// What it works with.
    pub services: Services,
    /// What it sent to DynamoDB.
    pub recorder: Recorder,
    /// What it talks to.
    pub brivo: BrivoServer,
    /// A client that nobody counts.
    pub uncounted: Client,
    webhooks: Router,
    clock: Arc<ManualClock>,
    wakeups: Arc<CountedWakeUps>,
}

impl Bench {
    /// A tenant with one room and three groups, at `start`.
    ///
    /// # Errors
    /// If a part cannot start.
    pub async fn start(start: Timestamp) -> anyhow::Result<Self> {
        let engine_url = start_engine().await?;
        let uncounted = engine_client(&engine_url);
        let recorder = Recorder::default();
        let store: Arc<dyn Store> = Arc::new(DynamoStore::new(recorded_client(&engine_url, recorder.clone()), TABLE));
        let clock = Arc::new(ManualClock::new(start));
        let sealer = Arc::new(Sealer::new(DataKey::generate()?));
        let brivo = start_brivo(Arc::clone(&clock)).await?;
        let hosts = Hosts { auth: brivo.auth_url().to_owned(), api: brivo.api_url().to_owned() };
        let http = Arc::new(brivo::http_client()?);
        let wakeups = Arc::new(CountedWakeUps::default());
        let services = Services {
            connections: Arc::new(Connections::new(Arc::clone(&store), Arc::clone(&sealer), http, Some(hosts))),
            store,
            clock: Arc::clone(&clock) as _,
            wakeups: Arc::clone(&wakeups) as _,
            sealer,
            platforms: PlatformApis::new(None)?,
            courier: Arc::new(Messenger::default().with_mail(Arc::new(Outbox::default()))),
            process: Process { name: "bench".to_owned(), alone: false },
        };
        install_acme(&services, start).await?;
        let webhooks = receive_webhook::router(services.clone());
        Ok(Self { services, recorder, brivo, uncounted, webhooks, clock, wakeups })
    }

    /// The services of a process that has just started on the same state.
    ///
    /// # Errors
    /// If there is no HTTP client.
    pub fn cold(&self) -> anyhow::Result<Services> {
        Ok(self.cold_over(Arc::new(brivo::http_client()?)))
    }

    /// [`Bench::cold`], with this between the process and Brivo.
    pub fn cold_over(&self, transport: Arc<dyn Transport>) -> Services {
        let Services { store, sealer, .. } = &self.services;
        let hosts = Hosts { auth: self.brivo.auth_url().to_owned(), api: self.brivo.api_url().to_owned() };
        let connections = Connections::new(Arc::clone(store), Arc::clone(sealer), transport, Some(hosts));
        Services { connections: Arc::new(connections), ..self.services.clone() }
    }

    /// Moves the clock.
    pub fn set_clock(&self, instant: Timestamp) {
        self.clock.set(instant);
    }

    /// Sends one event to the webhook.
    ///
    /// # Errors
    /// If it is not accepted.
    pub async fn deliver(&self, event: &str) -> anyhow::Result<()> {
        let request = HttpRequest::post("/hooks/events/acme/0123456789abcdef0123456789abcdef")
            .header("authorization", "Bearer signing")
            .body(Body::from(event.to_owned()))?;
        let answer = self.webhooks.clone().oneshot(request).await?;
        ensure!(answer.status() == StatusCode::OK, "the webhook answered {}", answer.status());
        Ok(())
    }

    /// Tells of a member.
    ///
    /// # Errors
    /// If it is not accepted.
    pub async fn tell_of_member(&self, member: &str, time: Timestamp) -> anyhow::Result<()> {
        self.deliver(&format!(
            r#"{{"specversion":"1.0","id":"{member}-{time}","source":"bench","type":"coworking.member.upserted",
                "subject":"member/{member}","time":"{time}",
                "data":{{"id":"{member}","full_name":"Example Person","email":"{member}@example.com","status":"active"}}}}"#
        ))
        .await
    }

    /// Tells of a booking of the room.
    ///
    /// # Errors
    /// If it is not accepted.
    pub async fn tell_of_booking(
        &self,
        booking: &str,
        member: &str,
        time: Timestamp,
        (starts, ends): (Timestamp, Timestamp),
    ) -> anyhow::Result<()> {
        self.deliver(&format!(
            r#"{{"specversion":"1.0","id":"{booking}-{time}","source":"bench","type":"coworking.booking.upserted",
                "subject":"booking/{booking}","time":"{time}",
                "data":{{"id":"{booking}","resource":"room","kind":"room","starts":"{starts}","ends":"{ends}",
                "status":"confirmed","booker":{{"member":"{member}"}}}}}}"#
        ))
        .await
    }

    /// Looks at a member.
    ///
    /// # Errors
    /// If the run cannot be ended.
    pub async fn reconcile(&self, member: &str) -> anyhow::Result<()> {
        let key = MemberKey { tenant: "acme".into(), member: member.into() };
        reconcile::reconcile(&self.services, &key).await.context("the run could not be ended")?;
        Ok(())
    }

    /// Messages and schedules asked for so far.
    pub fn sends(&self) -> usize {
        self.wakeups.0.load(Ordering::Relaxed)
    }
}

/// Puts the tenant there, with an account of which the users were read before.
///
/// # Errors
/// If the state fails.
pub async fn install_acme(services: &Services, now: Timestamp) -> anyhow::Result<()> {
    install(&*services.store, &services.sealer, &Document::from_toml(TENANT)?).await?;
    let read = SyncRecord { users_read_at: Some(now), ..SyncRecord::default() };
    Ok(services.store.put_sync(&"acme".into(), &"hq".into(), &read).await?)
}

/// Starts an engine with an empty table; its address.
///
/// # Errors
/// If it cannot start.
pub async fn start_engine() -> anyhow::Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}", listener.local_addr()?);
    tokio::spawn(dynoxide::server::serve_on(listener, dynoxide::Database::memory()?));
    create_table(&engine_client(&url), TABLE).await?;
    Ok(url)
}

/// A client of an engine that nobody counts.
pub fn engine_client(url: &str) -> Client {
    client(url, None)
}

/// A client of an engine whose requests are kept.
pub fn recorded_client(url: &str, recorder: Recorder) -> Client {
    client(url, Some(recorder))
}

fn client(url: &str, recorder: Option<Recorder>) -> Client {
    let config = Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .endpoint_url(url)
        .region(Region::new("local"))
        .credentials_provider(Credentials::for_tests());
    let config = match recorder {
        Some(recorder) => config.interceptor(recorder),
        None => config,
    };
    Client::from_conf(config.build())
}

async fn start_brivo(clock: Arc<ManualClock>) -> anyhow::Result<BrivoServer> {
    let options = Options { requests_per_second: None, ..Options::default() };
    let now = move || runtime::clock::Clock::now(&*clock);
    let brivo = BrivoServer::start(Arc::new(now), options).await?;
    brivo.edit(|model, now| {
        model.add_application("client", "secret", "key");
        model.accept_refresh_token("client", "refresh", now);
        for group in [501, 502, 503] {
            model.add_group(GroupId(group), &format!("Group {group}"));
        }
    })?;
    Ok(brivo)
}
