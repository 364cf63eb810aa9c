//! How much our own code adds to the requests it makes: the wall time of webhooks and runs as a ratio to the same requests
//! made bare, one after another, right after. `cargo bench -p requests`
//!
//! Bare means: the same calls of the SDK and of the same HTTP client, with nothing around them, on an engine with the same
//! contents, so that every condition holds and every write is made again.
#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::ensure;
use aws_sdk_dynamodb::Client;
use jiff::{SignedDuration, Timestamp};
use requests::{Bench, engine_client, start_engine};
use simulators::brivo::{BrivoServer, Options};

/// Members; each makes one measured webhook and one measured run.
const MEMBERS: u32 = 300;

fn main() -> anyhow::Result<()> {
    let tokio = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    tokio.block_on(measure())
}

/// What one kind of work took in all, and what its requests took bare.
#[derive(Default)]
struct Figures {
    wall: Duration,
    bare: Duration,
    requests: usize,
    calls: usize,
}

async fn measure() -> anyhow::Result<()> {
    let start: Timestamp = "2026-03-02T08:00:00Z".parse()?;
    let hour = SignedDuration::from_hours(1);
    let (soon, now) = ((start + hour, start + hour + hour), (start, start + hour));
    let mut pair = Pair::start(start).await?;
    for number in 0..MEMBERS {
        let member = format!("m{number}");
        pair.both(async |bench| bench.tell_of_member(&member, start).await).await?;
        pair.both(async |bench| bench.tell_of_booking(&format!("a{number}"), &member, start, soon).await).await?;
        pair.both(async |bench| bench.reconcile(&member).await).await?;
    }
    let (mut webhooks, mut runs) = (Figures::default(), Figures::default());
    for number in 0..MEMBERS {
        let member = format!("m{number}");
        let webhook = async |bench: &Bench| bench.tell_of_booking(&format!("b{number}"), &member, start, now).await;
        webhooks.add(pair.both(webhook).await?);
        runs.add(pair.both(async |bench| bench.reconcile(&member).await).await?);
    }
    let violations = pair.bench.brivo.violations();
    ensure!(violations.is_empty(), "the simulator noted violations: {violations:?}");
    webhooks.print("accepted webhook")?;
    runs.print("run that changes a known person's groups")
}

/// The product, and an engine on which each of its requests is made again at once: whatever slows or speeds the machine up
/// meets both.
struct Pair {
    bench: Bench,
    engine: Client,
    brivo: BrivoServer,
    http: reqwest::Client,
}

impl Pair {
    async fn start(now: Timestamp) -> anyhow::Result<Self> {
        let bench = Bench::start(now).await?;
        let engine = engine_client(&start_engine().await?);
        let options = Options { requests_per_second: None, ..Options::default() };
        let brivo = BrivoServer::start(Arc::new(move || now), options).await?;
        let mut pair = Self { bench, engine, brivo, http: brivo::http_client()? };
        pair.both(async |_| Ok(())).await?;
        Ok(pair)
    }

    /// Does a piece of work, then makes its requests again with nothing around them.
    async fn both(&mut self, work: impl AsyncFn(&Bench) -> anyhow::Result<()>) -> anyhow::Result<Figures> {
        let calls = self.bench.brivo.read(|model| model.calls().len());
        let began = Instant::now();
        work(&self.bench).await?;
        let wall = began.elapsed();
        let calls = self.bench.brivo.read(|model| model.calls().len()) - calls;
        let requests = self.bench.recorder.take();
        let count = requests.len();

        let began = Instant::now();
        for request in requests {
            request.send(&self.engine).await?;
        }
        for _ in 0..calls {
            let url = format!("{}/v1/api/users/1/groups", self.brivo.api_url());
            let post = self.http.post(url).header("api-key", "key").body(r#"{"addGroups":[501,502,503]}"#);
            post.send().await?.bytes().await?;
        }
        Ok(Figures { wall, bare: began.elapsed(), requests: count, calls })
    }
}

impl Figures {
    #[expect(clippy::needless_pass_by_value, reason = "figures are added once")]
    fn add(&mut self, other: Self) {
        self.wall += other.wall;
        self.bare += other.bare;
        self.requests += other.requests;
        self.calls += other.calls;
    }

    fn print(&self, what: &str) -> anyhow::Result<()> {
        let each = |count: usize| u32::try_from(count).map(|count| f64::from(count) / f64::from(MEMBERS));
        println!(
            "{what}: {:.2} DynamoDB requests and {:.2} Brivo calls each, {:?}; bare {:?}; ratio {:.2}",
            each(self.requests)?,
            each(self.calls)?,
            self.wall / MEMBERS,
            self.bare / MEMBERS,
            self.wall.as_secs_f64() / self.bare.as_secs_f64(),
        );
        Ok(())
    }
}
