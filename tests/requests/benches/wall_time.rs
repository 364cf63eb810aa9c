//! How much our own code adds to the requests it makes: the wall time of webhooks and runs as a ratio to the same requests
//! made bare, one after another, in the same run. `cargo bench -p requests`
//!
//! Bare means: the same calls of the SDK and of the same HTTP client, with nothing around them, on an engine with the same
//! contents, so that every condition holds and every write is made again.
#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]

use std::time::{Duration, Instant};

use anyhow::ensure;
use jiff::{SignedDuration, Timestamp};
use requests::{Bench, Request, engine_client, start_engine};

/// Members; each makes one measured webhook and one measured run.
const MEMBERS: u32 = 300;

fn main() -> anyhow::Result<()> {
    let tokio = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    tokio.block_on(measure())
}

/// What a piece of work was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Work {
    Setup,
    Webhook,
    Run,
}

/// A piece of work with what it took and sent.
struct Piece {
    work: Work,
    wall: Duration,
    requests: Vec<Request>,
    calls: usize,
}

async fn measure() -> anyhow::Result<()> {
    let start: Timestamp = "2026-03-02T08:00:00Z".parse()?;
    let hour = SignedDuration::from_hours(1);
    let (soon, now) = ((start + hour, start + hour + hour), (start, start + hour));
    let bench = Bench::start(start).await?;
    let mut pieces = vec![piece(&bench, Work::Setup, async || Ok(())).await?];
    for number in 0..MEMBERS {
        let member = format!("m{number}");
        let booking = format!("a{number}");
        let told = piece(&bench, Work::Setup, async || {
            bench.tell_of_member(&member, start).await?;
            bench.tell_of_booking(&booking, &member, start, soon).await?;
            bench.reconcile(&member).await
        });
        pieces.push(told.await?);
    }
    for number in 0..MEMBERS {
        let member = format!("m{number}");
        let booking = format!("b{number}");
        let webhook = async || bench.tell_of_booking(&booking, &member, start, now).await;
        pieces.push(piece(&bench, Work::Webhook, webhook).await?);
        pieces.push(piece(&bench, Work::Run, async || bench.reconcile(&member).await).await?);
    }
    ensure!(bench.brivo.violations().is_empty(), "the simulator noted violations: {:?}", bench.brivo.violations());

    let bare = send_bare(&bench, &pieces).await?;
    print("accepted webhook", Work::Webhook, &pieces, &bare)?;
    print("run that changes a known person's groups", Work::Run, &pieces, &bare)
}

/// Does a piece of work and keeps what it took and sent.
async fn piece(bench: &Bench, work: Work, act: impl AsyncFn() -> anyhow::Result<()>) -> anyhow::Result<Piece> {
    let calls = bench.brivo.read(|model| model.calls().len());
    let began = Instant::now();
    act().await?;
    let wall = began.elapsed();
    let calls = bench.brivo.read(|model| model.calls().len()) - calls;
    Ok(Piece { work, wall, requests: bench.recorder.take(), calls })
}

/// Makes the requests of all pieces again with nothing around them; how long each piece took.
async fn send_bare(bench: &Bench, pieces: &[Piece]) -> anyhow::Result<Vec<Duration>> {
    let http = brivo::http_client()?;
    let client = engine_client(&start_engine().await?);
    let brivo = format!("{}/v1/api/users/1/groups", bench.brivo.api_url());
    let mut walls = Vec::new();
    for piece in pieces {
        let requests = piece.requests.clone();
        let began = Instant::now();
        for request in requests {
            request.send(&client).await?;
        }
        for _ in 0..piece.calls {
            let post = http.post(&brivo).header("api-key", "key").body(r#"{"addGroups":[501,502,503]}"#);
            post.send().await?.bytes().await?;
        }
        walls.push(began.elapsed());
    }
    Ok(walls)
}

fn print(what: &str, work: Work, pieces: &[Piece], bare: &[Duration]) -> anyhow::Result<()> {
    let of_kind = || pieces.iter().zip(bare).filter(|(piece, _)| piece.work == work);
    let each = |count: usize| u32::try_from(count).map(|count| f64::from(count) / f64::from(MEMBERS));
    let wall: Duration = of_kind().map(|(piece, _)| piece.wall).sum();
    let bare: Duration = of_kind().map(|(_, bare)| *bare).sum();
    println!(
        "{what}: {:.2} DynamoDB requests and {:.2} Brivo calls each, {:?}; bare {:?}; ratio {:.2}",
        each(of_kind().map(|(piece, _)| piece.requests.len()).sum())?,
        each(of_kind().map(|(piece, _)| piece.calls).sum())?,
        wall / MEMBERS,
        bare / MEMBERS,
        wall.as_secs_f64() / bare.as_secs_f64(),
    );
    Ok(())
}
