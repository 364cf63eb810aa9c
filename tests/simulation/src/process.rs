//! Simulated processes: each with its clock and its caches, side by side on one state, dying between any two steps.

use std::{
    future::pending,
    sync::{
        Arc, Mutex, OnceLock, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use axum::Router;
use brivo::Hosts;
use jiff::{SignedDuration, Timestamp};
use runtime::{
    Services,
    clock::Clock,
    connections::Connections,
    courier::{Messenger, Outbox},
    platform_api::PlatformApis,
    services::Process as ProcessName,
};
use state::Store;
use tokio::sync::Notify;

use crate::{
    adversary::Trouble, bugs::Bug, queue::Queue, queue::SimulatedWakeUps, stage::Stage, store::FaultyStore,
    transport::SimulatedBrivo,
};

/// How long a function may take for one batch before it is killed, as in the template.
const TIMEOUT: Duration = Duration::from_mins(1);

/// How long nobody else looks at whom a dead process was looking at: its lease, by clocks that are off.
pub(crate) const LEASE: SignedDuration = SignedDuration::from_secs(35);

/// The process that operators use, which does not die: nobody would do over what it was doing.
const OFFICE: &str = "office";

/// Which of the processes reads Brivo.
const READER: usize = 3;

/// What a step takes at most, in milliseconds.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Reach {
    /// State, queue and scheduler.
    Near = 8,
    /// Brivo.
    Far = 60,
}

/// A process, until it dies.
#[derive(Debug)]
pub(crate) struct Process {
    pub(crate) name: String,
    /// Whether it is the one that reads Brivo.
    pub(crate) reads: bool,
    /// How far its clock is off.
    skew: SignedDuration,
    pub(crate) stage: Arc<Stage>,
    is_dead: AtomicBool,
    death: Notify,
}

impl Process {
    /// Time passes before or after something has its effect; the process may die here, and never returns then.
    pub(crate) async fn step(&self, reach: Reach) {
        self.live().await;
        let slow = self.stage.strikes(Trouble::Slow);
        let wait = self.stage.between(1, if slow { 3000 } else { reach as i64 });
        tokio::time::sleep(Duration::from_millis(wait.unsigned_abs())).await;
        if self.stage.strikes(Trouble::Crash) {
            self.die();
        }
        self.live().await;
    }

    fn die(&self) {
        if self.name == OFFICE {
            return;
        }
        self.is_dead.store(true, Ordering::Relaxed);
        self.stage.tell(None, format!("process {} dies", self.name));
        self.stage.excuse_until(self.stage.now() + LEASE);
        self.death.notify_waiters();
    }

    async fn live(&self) {
        if self.is_dead.load(Ordering::Relaxed) {
            pending::<()>().await;
        }
    }

    async fn died(&self) {
        let death = self.death.notified();
        if !self.is_dead.load(Ordering::Relaxed) {
            death.await;
        }
    }
}

/// A process's clock.
#[derive(Debug)]
struct ProcessClock(Arc<Process>);

impl Clock for ProcessClock {
    fn now(&self) -> Timestamp {
        let now = self.0.stage.now();
        let local = self.0.stage.has(Bug::LocalTime);
        let zone = self
            .0
            .stage
            .world()
            .operators
            .first()
            .and_then(|it| it.tenant.locations.first().map(crate::setting::Location::time_zone));
        let offset = zone.filter(|_| local).map_or(0, |zone| zone.to_offset(now).seconds());
        now + self.0.skew + SignedDuration::from_secs(offset.into())
    }
}

/// A process with all it works with.
#[derive(Debug)]
pub(crate) struct Worker {
    pub(crate) process: Arc<Process>,
    pub(crate) services: Services,
    webhooks: OnceLock<Router>,
}

impl Worker {
    /// What answers webhooks; few workers are asked for it.
    pub(crate) fn webhooks(&self) -> Router {
        self.webhooks.get_or_init(|| receive_webhook::router(self.services.clone())).clone()
    }

    /// Does a piece of work; `None` if the process died over it, with all it was doing.
    pub(crate) async fn does<T: Send + 'static>(&self, work: impl Future<Output = T> + Send + 'static) -> Option<T> {
        self.does_within(TIMEOUT, work).await
    }

    /// The same, for a function that may take so long.
    pub(crate) async fn does_within<T: Send + 'static>(
        &self,
        timeout: Duration,
        work: impl Future<Output = T> + Send + 'static,
    ) -> Option<T> {
        let mut task = tokio::spawn(work);
        let ended = tokio::select! {
            biased;
            () = self.process.died() => None,
            ended = &mut task => ended.ok(),
            () = tokio::time::sleep(timeout) => {
                self.process.stage.excuse_until(self.process.stage.now());
                self.process.die();
                None
            }
        };
        task.abort();
        ended
    }
}

/// The processes: one for webhooks, two for wake-ups, one that reads Brivo. Whichever died is replaced when it is next needed.
#[derive(Debug)]
pub(crate) struct Fleet {
    pub(crate) stage: Arc<Stage>,
    pub(crate) queue: Arc<Queue>,
    platforms: PlatformApis,
    http: reqwest::Client,
    /// The mails of all processes.
    outbox: Arc<Outbox>,
    slots: Mutex<(u64, [Option<Arc<Worker>>; 4])>,
}

impl Fleet {
    pub(crate) fn new(stage: Arc<Stage>, queue: Arc<Queue>, platforms: PlatformApis, http: reqwest::Client) -> Self {
        Self { stage, queue, platforms, http, outbox: Arc::default(), slots: Mutex::default() }
    }

    /// The process that takes webhooks.
    pub(crate) fn webhooks(&self) -> Arc<Worker> {
        self.worker(0)
    }

    /// One of those that look at members.
    pub(crate) fn any(&self) -> Arc<Worker> {
        self.worker(if self.stage.between(0, 1) == 0 { 1 } else { 2 })
    }

    /// The process that reads Brivo.
    pub(crate) fn reader(&self) -> Arc<Worker> {
        self.worker(READER)
    }

    /// A process of the console's, to which everything happens that happens to others.
    pub(crate) fn console(&self) -> Worker {
        self.start("console".to_owned(), false, SignedDuration::ZERO)
    }

    fn worker(&self, slot: usize) -> Arc<Worker> {
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        let alive = slots.1.get(slot).cloned().flatten().filter(|it| !it.process.is_dead.load(Ordering::Relaxed));
        if let Some(worker) = alive {
            return worker;
        }
        slots.0 += 1;
        let skew = SignedDuration::from_millis(self.stage.between(-5000, 5000));
        let worker = Arc::new(self.start(format!("p{}", slots.0), slot == READER, skew));
        if let Some(slot) = slots.1.get_mut(slot) {
            *slot = Some(Arc::clone(&worker));
        }
        worker
    }

    /// What operators use: state without trouble, and the right time.
    pub(crate) fn office(&self) -> Services {
        let worker = self.start(OFFICE.to_owned(), false, SignedDuration::ZERO);
        Services { store: Arc::clone(&self.stage.store) as _, ..worker.services }
    }

    fn start(&self, name: String, reads: bool, skew: SignedDuration) -> Worker {
        let process = Arc::new(Process {
            name,
            reads,
            skew,
            stage: Arc::clone(&self.stage),
            is_dead: AtomicBool::new(false),
            death: Notify::new(),
        });
        let store: Arc<dyn Store> = Arc::new(FaultyStore::new(Arc::clone(&process)));
        let sealer = Arc::clone(&self.stage.sealer);
        let brivo = Arc::new(SimulatedBrivo::new(Arc::clone(&process), self.http.clone()));
        let hosts = Hosts { auth: "http://auth.brivo".to_owned(), api: "http://api.brivo".to_owned() };
        let services = Services {
            connections: Arc::new(Connections::new(Arc::clone(&store), Arc::clone(&sealer), brivo, Some(hosts))),
            store,
            clock: Arc::new(ProcessClock(Arc::clone(&process))),
            wakeups: Arc::new(SimulatedWakeUps::new(Arc::clone(&process), Arc::clone(&self.queue))),
            sealer,
            platforms: self.platforms.clone(),
            courier: Arc::new(Messenger::default().with_mail(Arc::clone(&self.outbox) as _)),
            process: ProcessName { name: process.name.clone(), alone: false },
        };
        Worker { process, services, webhooks: OnceLock::new() }
    }
}
