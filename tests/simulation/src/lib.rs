//! Seeded worlds on virtual time with an adversary: the proof that the engine keeps its invariants whatever goes wrong.
//!
//! [`run`] plays one seed: one or two tenants with members, bookings, memberships and passes over one or two days, staff
//! editing Brivo by hand, and everything that can go wrong going wrong. It drives the functions' own library code against
//! simulated services in one thread; nothing sleeps, nothing opens a socket, and one seed decides everything. The invariants
//! of the specification are held against every write and at every instant that matters.

mod account;
mod adversary;
mod approvals;
mod bugs;
mod chapters;
mod facts;
mod hand;
mod history;
mod invariants;
mod oracle;
mod outage;
mod people;
mod planted;
mod process;
mod queue;
mod quiet;
mod random;
mod readings;
mod script;
mod sender;
mod setting;
mod staff;
mod stage;
mod store;
mod transport;
mod writes;

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    ops::Range,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicU64, Ordering},
    },
};

use anyhow::Context as _;
use jiff::{SignedDuration, Timestamp};
use runtime::{data_key::DataKey, platform_api::PlatformApis, seal::Sealer};

use crate::{
    account::Account,
    adversary::Adversary,
    chapters::{Chapter, Chapters},
    facts::Facts,
    invariants::Watch,
    process::Fleet,
    queue::Queue,
    random::Random,
    script::Script,
    setting::Tenant,
    stage::{Operator, Stage, World},
};

pub use bugs::Bug;
pub use history::Line;
pub use stage::Failure;

/// What a world is made of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// Decides everything.
    pub seed: u64,
    /// A bug planted in the engine's boundaries.
    pub bug: Option<Bug>,
    /// Only what every world has.
    pub plain: bool,
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// Which seed.
    pub seed: u64,
    /// Everything that happened.
    pub history: Vec<Line>,
    /// The invariant that did not hold, if one did not.
    pub failure: Option<Failure>,
    /// How much time passed in the world.
    pub simulated: SignedDuration,
    /// Writes to Brivo.
    pub writes: usize,
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(failure) = &self.failure else { return write!(f, "seed {}: everything held", self.seed) };
        let person = failure.person.as_deref();
        let who = person.map(|who| format!("{who} ")).unwrap_or_default();
        writeln!(f, "seed {}: {} at {}: {who}{}", self.seed, failure.invariant, failure.at, failure.what)?;
        f.write_str(&history::excerpt(&self.history, person))
    }
}

/// Where worlds begin: ordinary days, and days on which clocks change in one of the zones.
const BEGINNINGS: [&str; 6] = [
    "2026-06-10T04:00:00Z",
    "2026-01-15T16:00:00Z",
    "2026-03-28T12:00:00Z",
    "2026-10-24T12:00:00Z",
    "2026-03-07T18:00:00Z",
    "2026-04-04T06:00:00Z",
];

/// What all worlds share because it takes long to make: connections that are never opened.
static SHARED: OnceLock<(PlatformApis, reqwest::Client)> = OnceLock::new();

/// Plays one seed to its end, or to the first invariant that does not hold.
///
/// # Errors
/// If the world cannot be made, which is no failure of the engine.
pub fn run(plan: Plan) -> anyhow::Result<Report> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build()?;
    runtime.block_on(play(plan))
}

async fn play(plan: Plan) -> anyhow::Result<Report> {
    let mut random = Random::of(plan.seed, "world");
    let start: Timestamp = random.one_of(BEGINNINGS).parse()?;
    let until = start
        + SignedDuration::from_hours(if random.chance(750) { random.between(9, 20) } else { random.between(20, 48) });
    let (world, scripts) = world(plan, &mut random, (start, until));
    let mut stage = Stage::new(start, plan.bug, Sealer::new(DataKey::generate()?), world);
    if stage.chapters.has(Chapter::StateOutages) {
        stage.state_outages = outage::short(&mut Random::of(plan.seed, "state outages"), start, until);
    }
    let stage = Arc::new(stage);
    let fleet = fleet(&stage)?;
    for number in 0..scripts.len() {
        people::connect_all(&fleet, number).await;
    }

    tokio::spawn(queue::deliver(Arc::clone(&fleet)));
    tokio::spawn(queue::sweep(Arc::clone(&fleet)));
    tokio::spawn(inspect(Arc::clone(&stage)));
    staff::begin(&stage, plan.seed, until);
    tokio::spawn(readings::hourly(Arc::clone(&fleet), Random::of(plan.seed, "readings")));
    for (number, script) in scripts.into_iter().enumerate() {
        let every = SignedDuration::from_mins(random.between(180, 600));
        tokio::spawn(sender::full_passes(Arc::clone(&fleet), number, every));
        let operator = Random::of(plan.seed, &format!("operator {number}"));
        tokio::spawn(people::operator(Arc::clone(&fleet), number, operator, until));
        let approver = Random::of(plan.seed, &format!("approver {number}"));
        tokio::spawn(approvals::give(Arc::clone(&fleet), number, approver, until));
        tokio::spawn(people::play(Arc::clone(&fleet), number, script, until));
    }
    let end = async {
        stage.sleep_until(until).await;
        quiet::settle(&fleet).await;
    };
    tokio::select! {
        biased;
        () = stage.failed.notified() => {}
        () = end => {}
    }
    Ok(report(plan.seed, start, &stage))
}

fn report(seed: u64, start: Timestamp, stage: &Stage) -> Report {
    let simulated = stage.now().duration_since(start);
    let mut world = stage.world();
    let writes = world.accounts.iter().map(|account| account.writes).sum();
    let history = std::mem::take(&mut world.lines);
    Report { seed, history, failure: world.failure.take(), simulated, writes }
}

fn world(plan: Plan, random: &mut Random, (start, until): (Timestamp, Timestamp)) -> (World, Vec<Script>) {
    let seed = plan.seed;
    let chapters = Chapters::of(seed, plan.plain);
    let mut world = World {
        chapters: chapters.clone(),
        adversary: Adversary::of(seed, start, until),
        accounts: Vec::new(),
        operators: Vec::new(),
        watch: Watch::default(),
        given_up: BTreeSet::new(),
        lines: Vec::new(),
        failure: None,
    };
    let mut scripts = Vec::new();
    for name in if random.chance(300) { ["acme", "beta"].as_slice() } else { &["acme"] } {
        let number = world.operators.len();
        let mut tenant = Tenant::invent(name, world.accounts.len(), random);
        let mut others = Random::of(seed, &format!("variety of {name}"));
        tenant.vary(&chapters, &mut others);
        for index in tenant.accounts.clone() {
            let mut account = Account::new(index, number, random);
            if chapters.has(Chapter::Outages) {
                account.outages = outage::long(&mut others, start, until);
            }
            world.accounts.push(account);
        }
        let mut script = Script::of(seed, name);
        world.operators.push(Operator {
            tenant,
            truth: Facts::default(),
            acknowledged: Facts::default(),
            in_doubt: Facts::default(),
            people: script.people(),
            guests: BTreeMap::new(),
            changed_at: start,
            settings_at: start,
        });
        scripts.push(script);
    }
    (world, scripts)
}

fn fleet(stage: &Arc<Stage>) -> anyhow::Result<Arc<Fleet>> {
    let (platforms, http) = if let Some(shared) = SHARED.get() {
        shared.clone()
    } else {
        let made = (PlatformApis::new(None)?, brivo::http_client()?);
        SHARED.get_or_init(|| made).clone()
    };
    let fleet = Fleet::new(Arc::clone(stage), Arc::new(Queue::default()), platforms, http);
    Ok(Arc::new(fleet))
}

/// Looks at the invariants whenever a window opens or closes or a bound runs out.
async fn inspect(stage: Arc<Stage>) {
    loop {
        let next = stage.world().watch.next.unwrap_or(Timestamp::MAX);
        let next = next.min(stage.now() + SignedDuration::from_hours(1));
        tokio::select! {
            biased;
            () = stage.changed.notified() => {}
            () = stage.sleep_until(next) => {
                stage.look_on();
            }
        }
    }
}

/// Plays many seeds on so many threads, and tells of each that failed as soon as it has; what all of them together amounted to.
///
/// # Errors
/// If a world cannot be made.
pub fn run_many(seeds: Range<u64>, threads: usize, tell: impl Fn(&Report) + Sync) -> anyhow::Result<Summary> {
    let next = AtomicU64::new(seeds.start);
    let part = || -> anyhow::Result<Summary> {
        let mut summary = Summary::default();
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if !seeds.contains(&seed) {
                return Ok(summary);
            }
            let report = run(Plan { seed, ..Plan::default() })?;
            if report.failure.is_some() {
                tell(&report);
            }
            summary.add(&report);
        }
    };
    std::thread::scope(|scope| {
        let handles: Vec<_> = (0..threads.max(1)).map(|_| scope.spawn(part)).collect();
        let mut whole = Summary::default();
        for handle in handles {
            whole.merge(&handle.join().ok().context("a thread of the simulation panicked")??);
        }
        Ok(whole)
    })
}

/// The first of these seeds in which a planted bug shows.
///
/// # Errors
/// If a world cannot be made.
pub fn find(bug: Bug, seeds: Range<u64>) -> anyhow::Result<Option<Report>> {
    for seed in seeds {
        let report = run(Plan { seed, bug: Some(bug), plain: false })?;
        if report.failure.is_some() {
            return Ok(Some(report));
        }
    }
    Ok(None)
}

/// What many seeds amounted to.
#[derive(Debug, Default)]
pub struct Summary {
    /// How many seeds were played.
    pub seeds: u64,
    /// How much time passed in their worlds.
    pub simulated: SignedDuration,
    /// Writes to Brivo.
    pub writes: usize,
    /// How many of them failed.
    pub failed: u64,
}

impl Summary {
    fn add(&mut self, report: &Report) {
        self.seeds += 1;
        self.simulated += report.simulated;
        self.writes += report.writes;
        self.failed += u64::from(report.failure.is_some());
    }

    fn merge(&mut self, other: &Self) {
        self.seeds += other.seeds;
        self.simulated += other.simulated;
        self.writes += other.writes;
        self.failed += other.failed;
    }
}
