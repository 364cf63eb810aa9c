//! How much our own code adds to the requests it makes: the wall time of webhooks and runs as a ratio to the same requests
//! sent bare, one after another, in the same run. `cargo bench -p requests`
#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]

use std::time::{Duration, Instant};

use anyhow::ensure;
use jiff::{SignedDuration, Timestamp};
use requests::{Bench, Request};

/// Members; each makes one measured webhook and one measured run.
const MEMBERS: u32 = 300;

fn main() -> anyhow::Result<()> {
    let tokio = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    tokio.block_on(measure())
}

async fn measure() -> anyhow::Result<()> {
    let start: Timestamp = "2026-03-02T08:00:00Z".parse()?;
    let bench = Bench::start(start).await?;
    let hour = SignedDuration::from_hours(1);
    for number in 0..MEMBERS {
        let member = format!("m{number}");
        bench.tell_of_member(&member, start).await?;
        bench.tell_of_booking(&format!("a{number}"), &member, start, (start + hour, start + hour + hour)).await?;
        bench.reconcile(&member).await?;
    }
    bench.recorder.take();

    let mut webhooks = Figures::default();
    let mut runs = Figures::default();
    for number in 0..MEMBERS {
        let member = format!("m{number}");
        let began = Instant::now();
        bench.tell_of_booking(&format!("b{number}"), &member, start, (start, start + hour)).await?;
        webhooks.add(began.elapsed(), bench.recorder.take(), 0);

        let calls = bench.brivo.read(|model| model.calls().len());
        let began = Instant::now();
        bench.reconcile(&member).await?;
        let calls = bench.brivo.read(|model| model.calls().len()) - calls;
        runs.add(began.elapsed(), bench.recorder.take(), calls);
    }
    ensure!(bench.brivo.violations().is_empty(), "the simulator noted violations: {:?}", bench.brivo.violations());
    let bare = Bare { http: reqwest::Client::new(), bench: &bench };
    webhooks.print("accepted webhook", &bare).await?;
    runs.print("run that changes a known person's groups", &bare).await
}

/// What was measured of one kind of work.
#[derive(Default)]
struct Figures {
    wall: Duration,
    requests: Vec<Request>,
    calls: usize,
}

impl Figures {
    fn add(&mut self, wall: Duration, requests: Vec<Request>, calls: usize) {
        self.wall += wall;
        self.requests.extend(requests);
        self.calls += calls;
    }

    async fn print(&self, what: &str, bare: &Bare<'_>) -> anyhow::Result<()> {
        let again = bare.send(&self.requests, self.calls).await?;
        let each = |count: usize| u32::try_from(count).map(|count| f64::from(count) / f64::from(MEMBERS));
        println!(
            "{what}: {:.2} DynamoDB requests and {:.2} Brivo calls each, {:?}; bare {:?}; ratio {:.2}",
            each(self.requests.len())?,
            each(self.calls)?,
            self.wall / MEMBERS,
            again / MEMBERS,
            self.wall.as_secs_f64() / again.as_secs_f64(),
        );
        Ok(())
    }
}

/// Sends the same requests with nothing around them.
struct Bare<'a> {
    http: reqwest::Client,
    bench: &'a Bench,
}

impl Bare<'_> {
    async fn send(&self, requests: &[Request], calls: usize) -> anyhow::Result<Duration> {
        let began = Instant::now();
        for request in requests {
            let mut post = self.http.post(&self.bench.engine_url).body(request.body.clone());
            for (name, value) in request.headers.iter().filter(|(name, _)| name != "host" && name != "content-length") {
                post = post.header(name, value);
            }
            post.send().await?.bytes().await?;
        }
        let url = format!("{}/v1/api/users/1/groups", self.bench.brivo.api_url());
        for _ in 0..calls {
            let post = self.http.post(&url).header("api-key", "key").body(r#"{"addGroups":[501,502,503]}"#);
            post.send().await?.bytes().await?;
        }
        Ok(began.elapsed())
    }
}
