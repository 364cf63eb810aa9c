//! A demonstration of a working day: the whole bundle in memory, a day of webhooks, and a judgement at the end.

mod book;
mod cast;
mod day;
mod page;
mod replay;
mod scenes;
mod table;
mod timeline;
mod verdict;
mod windows;

use std::time::Instant;

use anyhow::{Context, bail};
use runtime::document::Document;
use simulators::brivo::{BrivoServer, Host};

use crate::{
    bundle::{BrivoChoice, Bundle, Settings},
    output::write,
    time::ClockChoice,
};

use book::Book;
use day::Day;
use page::Page;
use replay::{Receipts, Replay, Sender};
use scenes::{DAY, OPENING};
use verdict::Verdict;

/// The operator of the demonstration.
const TENANT: &str = include_str!("../demo/tenant.toml");

const HEADING: &str = "Latchwork: a working day at Harbour House, Auckland";

const WHAT_THIS_IS: &str = "Every part runs in this process: webhooks arrive over HTTP and are signed as Nexudus signs them, \
    and a simulated Brivo writes down who is in which door group. Time is moved by hand, so the day takes seconds.";

const TO_TRY_NEXT: &str = "  cargo run -p local -- serve --tenant infra/local/demo/tenant.toml\n      \
    the same operator on the real clock, until stopped; its first line says where everything is\n  \
    cargo run -p local -- serve --help\n      \
    your own tenant document, kept state, a faster clock, a real Brivo";

/// Runs it.
///
/// # Errors
/// If a window shown differs from the promised one, anybody is left in a group, or the strict simulator noted a violation.
pub(crate) async fn run() -> anyhow::Result<()> {
    let began = Instant::now();
    let page = Page::new();
    let document = Document::from_toml(TENANT)?;
    let secret = |place: &str| document.secrets.get(place).cloned().with_context(|| format!("{place} is missing"));
    let (path_secret, signing_secret) = (secret("hooks.path_secret")?, secret("hooks.signing_secrets.0")?);
    let day = Day::of(&document.tenant)?;
    let book = Book::of(DAY, &day)?;
    let bundle = Bundle::start(settings(document, &day)?).await?;
    let (nexudus, brivo) = bundle.nexudus().zip(bundle.brivo()).context("the simulators are not running")?;
    cast::name_doors(brivo)?;
    cast::furnish(nexudus, day.location.id.as_str(), &day.location.name)?;

    page.heading(HEADING)?;
    page.paragraph(&format!("{WHAT_THIS_IS} {}", what_is_promised(&day)))?;
    page.heading("What happens")?;
    page.timeline_header()?;
    let sender = Sender::new(bundle.url(), &day, &path_secret, signing_secret)?;
    let replay = Replay { bundle: &bundle, nexudus, brivo, day: &day, book: &book, page: &page, sender };
    let receipts = Box::pin(replay.play(DAY)).await?;

    let verdict = Verdict::on(brivo, &book, &day);
    page.heading("What was promised, and what Brivo shows")?;
    table::write(&page, &book, &day, &verdict)?;
    page.heading("In numbers")?;
    write(&numbers(brivo, receipts, &verdict))?;
    let faults = verdict.faults(&day, &book);
    if !faults.is_empty() {
        bail!("the day did not go as promised:\n  {}", faults.join("\n  "));
    }
    write(&format!("  The whole day took {:.1} s.", began.elapsed().as_secs_f32()))?;
    page.heading("What to try next")?;
    write(TO_TRY_NEXT)
}

fn settings(document: Document, day: &Day) -> anyhow::Result<Settings> {
    Ok(Settings {
        port: 0,
        data: None,
        tenants: vec![document],
        vendor_key: None,
        brivo: BrivoChoice::Simulated,
        platform_api: None,
        clock: ClockChoice::Manual { start_at: Some(day.at(OPENING)?) },
        admin_key: None,
    })
}

fn what_is_promised(day: &Day) -> String {
    let policy = day.tenant.policy_for(Some(&day.location.id), None);
    let (lead, lag) = (policy.lead.as_mins(), policy.lag.as_mins());
    format!("Doors open {lead} minutes before a booking and close {lag} minutes after it. Times are local.")
}

/// What the day came to.
fn numbers(brivo: &BrivoServer, receipts: Receipts, verdict: &Verdict) -> String {
    let calls = brivo.calls();
    let tokens = calls.iter().filter(|call| call.host == Host::Auth).count();
    let of_api = || calls.iter().filter(|call| call.host == Host::Api);
    let reads = of_api().filter(|call| call.method == "GET").count();
    let line = |number: usize, what: &str| format!("  {number:>4}  {what}");
    let lines = [
        line(receipts.deliveries, "webhooks arrived"),
        line(receipts.repeated, "of them had been taken in before"),
        line(of_api().count() - reads, "writes to Brivo"),
        line(reads, "reads from Brivo"),
        line(tokens, "token calls"),
        line(verdict.violations.len(), "violations noted by the strict simulator"),
        line(verdict.left_inside, "people left in door groups"),
    ];
    lines.join("\n")
}
