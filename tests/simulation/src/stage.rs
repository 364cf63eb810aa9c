//! What all parts of a simulation share: time, the world, and the verdict.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use domain::MemberKey;
use jiff::{SignedDuration, Timestamp};
use runtime::seal::Sealer;
use state::MemoryStore;
use tokio::{sync::Notify, time::Instant};

use crate::{
    account::Account,
    adversary::{Adversary, Trouble},
    bugs::Bug,
    chapters::Chapters,
    facts::Facts,
    history::Line,
    invariants::Watch,
    outage::Outage,
    setting::Tenant,
};

/// An invariant that did not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// Which one.
    pub invariant: &'static str,
    /// What was seen.
    pub what: String,
    /// Who it happened to, as `tenant:member`.
    pub person: Option<String>,
    /// When.
    pub at: Timestamp,
}

/// What all parts of a simulation share.
#[derive(Debug)]
pub(crate) struct Stage {
    pub(crate) bug: Option<Bug>,
    pub(crate) chapters: Chapters,
    /// When state is down.
    pub(crate) state_outages: Vec<Outage>,
    pub(crate) store: Arc<MemoryStore>,
    pub(crate) sealer: Arc<Sealer>,
    start: Timestamp,
    began: Instant,
    world: Mutex<World>,
    /// Somebody should look at the invariants anew.
    pub(crate) changed: Notify,
    /// An invariant did not hold.
    pub(crate) failed: Notify,
}

/// Everything that changes.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) chapters: Chapters,
    pub(crate) adversary: Adversary,
    pub(crate) accounts: Vec<Account>,
    pub(crate) operators: Vec<Operator>,
    pub(crate) watch: Watch,
    /// For a planted bug: who is not tried again.
    pub(crate) given_up: BTreeSet<MemberKey>,
    pub(crate) lines: Vec<Line>,
    pub(crate) failure: Option<Failure>,
}

/// A tenant, what its platform says and what of that we have acknowledged.
#[derive(Debug)]
pub(crate) struct Operator {
    pub(crate) tenant: Tenant,
    /// As it is at the platform.
    pub(crate) truth: Facts,
    /// As it was acknowledged with 200.
    pub(crate) acknowledged: Facts,
    /// Sent and not acknowledged: it may have been taken in or not.
    pub(crate) in_doubt: Facts,
    /// Members, and guests as soon as a booking names them.
    pub(crate) people: Vec<String>,
    /// The address of each guest.
    pub(crate) guests: BTreeMap<String, String>,
    /// When facts or settings changed last.
    pub(crate) changed_at: Timestamp,
    /// When settings changed last.
    pub(crate) settings_at: Timestamp,
}

impl Stage {
    pub(crate) fn new(start: Timestamp, bug: Option<Bug>, sealer: Sealer, world: World) -> Self {
        Self {
            bug,
            chapters: world.chapters.clone(),
            state_outages: Vec::new(),
            store: Arc::default(),
            sealer: Arc::new(sealer),
            start,
            began: Instant::now(),
            world: Mutex::new(world),
            changed: Notify::new(),
            failed: Notify::new(),
        }
    }

    /// The true time.
    pub(crate) fn now(&self) -> Timestamp {
        let passed = SignedDuration::try_from(self.began.elapsed()).unwrap_or(SignedDuration::MAX);
        self.start.saturating_add(passed).unwrap_or(Timestamp::MAX)
    }

    pub(crate) async fn sleep_until(&self, instant: Timestamp) {
        let wait = instant.duration_since(self.now());
        tokio::time::sleep(Duration::try_from(wait).unwrap_or(Duration::ZERO)).await;
    }

    /// The world, for as long as nobody awaits anything.
    pub(crate) fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn has(&self, bug: Bug) -> bool {
        self.bug == Some(bug)
    }

    pub(crate) fn tell(&self, about: Option<&str>, text: impl Into<String>) {
        let at = self.now();
        self.world().lines.push(Line { at, about: about.map(str::to_owned), text: text.into() });
    }

    /// Whether this goes wrong now; if so, the bounds count from now on.
    pub(crate) fn strikes(&self, kind: Trouble) -> bool {
        let now = self.now();
        let mut world = self.world();
        let strikes = world.adversary.strikes(kind, now);
        if strikes {
            world.watch.trouble(now);
            world.lines.push(Line { at: now, about: None, text: format!("trouble: {kind:?}") });
        }
        strikes
    }

    /// Whether this goes wrong now, where that is no excuse for the engine: the sender's troubles.
    pub(crate) fn befalls_sender(&self, kind: Trouble) -> bool {
        let now = self.now();
        self.world().adversary.strikes(kind, now)
    }

    /// A number from `least` to `most`.
    pub(crate) fn between(&self, least: i64, most: i64) -> i64 {
        self.world().adversary.random.between(least, most)
    }

    /// The bounds count from `instant` on at the earliest.
    pub(crate) fn excuse_until(&self, instant: Timestamp) {
        self.world().watch.trouble(instant);
    }

    pub(crate) fn fail(&self, invariant: &'static str, person: Option<&str>, what: impl Into<String>) {
        let at = self.now();
        self.world().fail(Failure { invariant, what: what.into(), person: person.map(str::to_owned), at });
        self.check();
    }

    /// Looks at the invariants of state now.
    pub(crate) fn look(&self) {
        let now = self.now();
        self.world().look(now);
        self.changed.notify_one();
        self.check();
    }

    /// The same, for whoever waits for [`Self::changed`].
    pub(crate) fn look_on(&self) {
        let now = self.now();
        self.world().look(now);
        self.check();
    }

    fn check(&self) {
        if self.world().failure.is_some() {
            self.failed.notify_one();
        }
    }
}

impl World {
    /// The first failure counts.
    pub(crate) fn fail(&mut self, failure: Failure) {
        self.failure.get_or_insert(failure);
    }
}
