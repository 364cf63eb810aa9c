//! What a pass over an account of 100,000 members in 200 managed groups costs when nothing is to be changed.
//! `cargo bench -p requests --bench full_pass`
//!
//! State and Brivo are a process of their own, and that Brivo has every page ready. The pass is made to measure its time and
//! memory, and once more with every request kept; those are then made bare, one after another: the same calls of the SDK and
//! of the same HTTP client, with nothing around them. It fails if a goal is missed by far.
#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]

mod town;

use std::{
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Context, ensure};
use brivo::Hosts;
use jiff::{SignedDuration, Timestamp};
use reconcile::drift::sync_all;
use requests::{Recorder, Request, TABLE, engine_client, recorded_client};
use runtime::{
    Services, clock::FastClock, connections::Connections, courier::Messenger, data_key::DataKey, document::Document,
    platform_api::PlatformApis, seal::Sealer, services::Process, tenants::install, wakeups::LocalWakeUps,
};
use state::{DynamoStore, Store};
use town::{Town, asked};

const TOWN: Town = Town { members: 100_000, groups: 200 };

/// How much memory the process may take at most, in megabytes.
const MEMORY: f64 = 256.0;

/// How many times as long as its bare requests the pass may take at most.
const RATIO: f64 = 1.5;

/// How much faster than the real one its clock is, so that the pace never keeps it waiting.
const SPEED: u32 = 1000;

fn main() -> anyhow::Result<()> {
    if std::env::args().any(|argument| argument == "--town") {
        let tokio = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
        return tokio.block_on(TOWN.serve());
    }
    let tokio = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    tokio.block_on(measure())
}

/// The process that state and Brivo are, until dropped.
struct Served(Child);

impl Drop for Served {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ended = self.0.kill();
        let _reaped = self.0.wait();
    }
}

async fn measure() -> anyhow::Result<()> {
    let mut child = Command::new(std::env::current_exe()?).arg("--town").stdout(Stdio::piped()).spawn()?;
    let told = child.stdout.take().context("the town cannot be heard")?;
    let _served = Served(child);
    let mut addresses = String::new();
    BufReader::new(told).read_line(&mut addresses)?;
    let (engine, brivo) = addresses.trim().split_once(' ').context("the town did not say where it is")?;
    let plain = services(Arc::new(DynamoStore::new(engine_client(engine), TABLE)), brivo)?;
    install(&*plain.store, &plain.sealer, &Document::from_toml(&document())?).await?;
    pass(&plain).await?;

    let before = asked(brivo).await?;
    let took = pass(&plain).await?;
    let (calls, memory) = (asked(brivo).await? - before, peak_megabytes()?);
    let most = TOWN.members.div_ceil(100) + TOWN.groups * TOWN.members.div_ceil(TOWN.groups).div_ceil(100) + 10;

    let recorder = Recorder::default();
    let store = Arc::new(DynamoStore::new(recorded_client(engine, recorder.clone()), TABLE));
    let connections = connections(Arc::clone(&store) as _, &plain.sealer, brivo)?;
    pass(&Services { store, connections, ..plain }).await?;
    let requests = recorder.take();
    let (all, writes) = (requests.len(), requests.iter().filter(|request| request.is_write()).count());
    let bare = bare(engine, brivo, requests).await?;

    let ratio = took.as_secs_f64() / bare.as_secs_f64();
    println!("{} members in {} groups, nothing to change", TOWN.members, TOWN.groups);
    println!(
        "{calls} reads of Brivo (at most {most}) and no write; {all} requests to the state, {writes} of them writes"
    );
    println!(
        "{took:.2?}, bare {bare:.2?}: ratio {ratio:.2} (goal {RATIO}); at most {memory:.0} MB (goal {MEMORY:.0} MB)"
    );
    ensure!(calls <= most, "there were more calls than pages");
    ensure!(ratio < RATIO * 1.5 && memory < MEMORY, "a goal was missed by far");
    Ok(())
}

fn document() -> String {
    let groups: Vec<String> = TOWN.groups().map(|group| group.to_string()).collect();
    format!(
        r#"
        tenant = "acme"
        platform = "spacebring"
        managed_groups = [{}]
        [[accounts]]
        id = "hq"
        region = "us"
        api_key = "key"
        client_id = "client"
        client_secret = "secret"
        refresh_token = "refresh"
        "#,
        groups.join(", ")
    )
}

fn services(store: Arc<dyn Store>, brivo: &str) -> anyhow::Result<Services> {
    let sealer = Arc::new(Sealer::new(DataKey::generate()?));
    let start: Timestamp = "2026-03-02T08:00:00Z".parse()?;
    Ok(Services {
        connections: connections(Arc::clone(&store), &sealer, brivo)?,
        store,
        clock: Arc::new(FastClock::new(start, SPEED)),
        wakeups: Arc::new(LocalWakeUps::new()),
        sealer,
        platforms: PlatformApis::new(None)?,
        courier: Arc::new(Messenger::default()),
        process: Process { name: "bench".to_owned(), alone: false },
    })
}

fn connections(store: Arc<dyn Store>, sealer: &Arc<Sealer>, brivo: &str) -> anyhow::Result<Arc<Connections>> {
    let hosts = Some(Hosts { auth: brivo.to_owned(), api: brivo.to_owned() });
    Ok(Arc::new(Connections::new(store, Arc::clone(sealer), Arc::new(brivo::http_client()?), hosts)))
}

/// A pass that comes to its end, and how long it took.
async fn pass(services: &Services) -> anyhow::Result<Duration> {
    let began = Instant::now();
    let until = services.clock.now() + SignedDuration::from_hours(1000);
    let summary = sync_all(services, &["acme".into()], until).await?;
    ensure!(summary.whole == 1, "the pass did not come to its end: {summary:?}");
    Ok(began.elapsed())
}

/// How long the requests of a pass take with nothing around them. What a write is refused for now does not matter.
async fn bare(engine: &str, brivo: &str, requests: Vec<Request>) -> anyhow::Result<Duration> {
    let (engine, http) = (engine_client(engine), brivo::http_client()?);
    let began = Instant::now();
    for request in requests {
        let _refused = request.send(&engine).await;
    }
    for path in TOWN.paths() {
        let get = http.get(format!("{brivo}{path}")).header("api-key", "key").bearer_auth("access");
        get.send().await?.bytes().await?;
    }
    Ok(began.elapsed())
}

/// The most memory that this process ever had.
fn peak_megabytes() -> anyhow::Result<f64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).context("the system does not say")?;
    let kilobytes: u32 = peak.trim().trim_end_matches(" kB").parse()?;
    Ok(f64::from(kilobytes) / 1024.0)
}
