//! Queue, scheduler and the sweep's clock, as the cloud has them: late, twice, or never.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;
use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent, SqsMessage};
use domain::{
    MemberKey,
    wake::{ScheduleChange, WakePlan},
};
use futures::FutureExt as _;
use jiff::{SignedDuration, Timestamp};
use runtime::wakeups::{WakeError, WakeUp, WakeUps};
use serde_json::json;
use state::Store as _;
use tokio::sync::Notify;

use crate::{
    adversary::Trouble,
    bugs::Bug,
    process::{Fleet, Process, Reach},
    stage::Stage,
};

/// How long a message that was not dealt with stays invisible, as in the template.
const VISIBILITY: SignedDuration = SignedDuration::from_secs(360);

/// How often a member may be looked at in a minute, messages that come twice included, and each of those may be left for another
/// one in ten seconds: whoever comes again more often is looked at without end, and Brivo may never be called over it.
const MOST_RUNS: u32 = 150;

/// Messages of one batch.
const BATCH: usize = 10;

/// What waits to be delivered.
#[derive(Debug, Default)]
pub(crate) struct Queue {
    agenda: Mutex<Agenda>,
    news: Notify,
}

#[derive(Debug, Default)]
struct Agenda {
    asked: u64,
    messages: BTreeMap<(Timestamp, u64), MemberKey>,
    schedules: BTreeMap<MemberKey, Timestamp>,
    /// In which minute each member was looked at last, and how often.
    runs: BTreeMap<MemberKey, (i64, u32)>,
}

impl Queue {
    fn lock(&self) -> MutexGuard<'_, Agenda> {
        self.agenda.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn send(&self, member: &MemberKey, at: Timestamp) {
        let mut agenda = self.lock();
        agenda.asked += 1;
        let number = agenda.asked;
        agenda.messages.insert((at, number), member.clone());
        self.news.notify_one();
    }

    /// How often a member has been looked at in this minute, once more included.
    fn count_run(&self, member: &MemberKey, now: Timestamp) -> u32 {
        let minute = now.as_second().div_euclid(60);
        let mut agenda = self.lock();
        let (counted, runs) = agenda.runs.entry(member.clone()).or_default();
        if *counted != minute {
            (*counted, *runs) = (minute, 0);
        }
        *runs += 1;
        *runs
    }

    fn next_due(&self) -> Option<Timestamp> {
        let agenda = self.lock();
        let message = agenda.messages.first_key_value().map(|((at, _), _)| *at);
        message.into_iter().chain(agenda.schedules.values().copied()).min()
    }

    fn take_due(&self, now: Timestamp) -> Vec<MemberKey> {
        let mut agenda = self.lock();
        let due: Vec<_> = agenda.messages.keys().take_while(|(at, _)| *at <= now).take(BATCH).copied().collect();
        due.iter().filter_map(|key| agenda.messages.remove(key)).collect()
    }

    fn take_fired(&self, now: Timestamp) -> Vec<MemberKey> {
        let mut agenda = self.lock();
        let fired: Vec<_> = agenda.schedules.iter().filter(|(_, at)| **at <= now).map(|(who, _)| who.clone()).collect();
        agenda.schedules.retain(|_, at| *at > now);
        fired
    }
}

/// The wake-ups of one process.
#[derive(Debug)]
pub(crate) struct SimulatedWakeUps {
    process: Arc<Process>,
    queue: Arc<Queue>,
}

impl SimulatedWakeUps {
    pub(crate) fn new(process: Arc<Process>, queue: Arc<Queue>) -> Self {
        Self { process, queue }
    }

    /// A message arrives after the delay that the sender's clock asks for.
    fn message(&self, member: &MemberKey, delay: SignedDuration) {
        let stage = &self.process.stage;
        if stage.has(Bug::GivesUp) && stage.world().given_up.contains(member) {
            return;
        }
        let mut at = stage.now() + delay.max(SignedDuration::ZERO);
        if stage.strikes(Trouble::MessageLate) {
            at += SignedDuration::from_secs(stage.between(1, 120));
            stage.excuse_until(at);
        }
        self.queue.send(member, at);
        if stage.strikes(Trouble::MessageTwice) {
            self.queue.send(member, at + SignedDuration::from_millis(stage.between(0, 20_000)));
        }
    }

    /// Asks for messages that would come after `delay`.
    async fn asked(&self, delay: SignedDuration) -> Result<(), WakeError> {
        self.process.step(Reach::Near).await;
        if self.process.stage.strikes(Trouble::NotQueued) {
            self.process.stage.excuse_until(self.process.stage.now() + delay);
            return Err(WakeError::Unavailable("the simulated queue is throttled".into()));
        }
        Ok(())
    }
}

#[async_trait]
impl WakeUps for SimulatedWakeUps {
    async fn wake(&self, members: &[MemberKey], _now: Timestamp) -> Result<(), WakeError> {
        self.asked(SignedDuration::ZERO).await?;
        for (number, member) in members.iter().enumerate() {
            if number % 2 == 0 || !self.process.stage.has(Bug::NoDueMark) {
                self.message(member, SignedDuration::ZERO);
            }
        }
        self.process.step(Reach::Near).await;
        Ok(())
    }

    async fn arrange(&self, member: &MemberKey, plan: WakePlan, now: Timestamp) -> Result<(), WakeError> {
        let stage = &self.process.stage;
        let runs = self.queue.count_run(member, stage.now());
        if runs > MOST_RUNS {
            stage.fail(
                "restless",
                Some(&format!("{}:{}", member.tenant, member.member)),
                format!("looked at {runs} times in a minute"),
            );
        }
        let delay = plan.message_at.map(|at| at.duration_since(now));
        let delay = if stage.has(Bug::ComesAtOnce) { delay.map(|_| SignedDuration::ZERO) } else { delay };
        self.asked(delay.unwrap_or_default()).await?;
        if let Some(delay) = delay {
            self.message(member, delay);
        }
        match plan.schedule {
            ScheduleChange::Keep => {}
            ScheduleChange::Put(at) => {
                self.queue.lock().schedules.insert(member.clone(), at);
                self.queue.news.notify_one();
            }
            ScheduleChange::Delete => {
                self.queue.lock().schedules.remove(member);
            }
        }
        self.process.step(Reach::Near).await;
        Ok(())
    }
}

/// Delivers messages and fires schedules, for ever.
pub(crate) async fn deliver(fleet: Arc<Fleet>) {
    let (stage, queue) = (Arc::clone(&fleet.stage), Arc::clone(&fleet.queue));
    loop {
        let next = queue.next_due().unwrap_or(Timestamp::MAX).min(stage.now() + SignedDuration::from_hours(24));
        tokio::select! {
            biased;
            () = queue.news.notified() => {}
            () = stage.sleep_until(next) => {}
        }
        for member in queue.take_fired(stage.now()) {
            fire(&stage, &queue, &member);
        }
        loop {
            let batch = queue.take_due(stage.now());
            if batch.is_empty() {
                break;
            }
            tokio::spawn(hand_over(Arc::clone(&fleet), batch));
        }
    }
}

/// A schedule sends its message.
fn fire(stage: &Stage, queue: &Queue, member: &MemberKey) {
    let now = stage.now();
    if stage.strikes(Trouble::ScheduleLost) {
        // It would have fired a minute before anything is due.
        stage.excuse_until(now + SignedDuration::from_secs(60));
        return;
    }
    let mut at = now;
    if stage.strikes(Trouble::ScheduleLate) {
        at += SignedDuration::from_secs(stage.between(1, 300));
        stage.excuse_until(at);
    }
    queue.send(member, at);
    if stage.strikes(Trouble::ScheduleTwice) {
        queue.send(member, at + SignedDuration::from_secs(stage.between(0, 90)));
    }
}

/// Gives a batch to a function; what was not dealt with comes again.
async fn hand_over(fleet: Arc<Fleet>, batch: Vec<MemberKey>) {
    let message = |(number, member): (usize, &MemberKey)| {
        let mut message = SqsMessage::default();
        message.message_id = Some(number.to_string());
        message.body = Some(WakeUp(member.clone()).body());
        message
    };
    let mut event = SqsEvent::default();
    event.records = batch.iter().enumerate().map(message).collect();
    let worker = fleet.any();
    let services = worker.services.clone();
    let Ok(payload) = serde_json::to_value(event) else { return };
    let answer = worker.does(async move { reconcile_access::handle(&services, payload).await }).await;
    let answer = answer.and_then(Result::ok).and_then(|answer| serde_json::from_value::<SqsBatchResponse>(answer).ok());
    let again: Vec<&MemberKey> = match &answer {
        None => batch.iter().collect(),
        Some(answer) => {
            let failed = answer.batch_item_failures.iter().filter_map(|failure| failure.item_identifier.parse().ok());
            failed.filter_map(|number: usize| batch.get(number)).collect()
        }
    };
    for member in again {
        fleet.queue.send(member, fleet.stage.now() + VISIBILITY);
    }
}

/// Starts the sweep every minute, unless nobody can be late.
pub(crate) async fn sweep(fleet: Arc<Fleet>) {
    let stage = Arc::clone(&fleet.stage);
    loop {
        let minute = stage.now().as_second().div_euclid(60) + 1;
        stage.sleep_until(Timestamp::from_second(minute * 60).unwrap_or(Timestamp::MAX)).await;
        let soon = stage.now() + SignedDuration::from_secs(10);
        let late = stage.store.due(soon, 1).now_or_never().and_then(Result::ok).unwrap_or_default();
        if late.is_empty() || stage.has(Bug::NoSweep) || stage.strikes(Trouble::SweepLost) {
            continue;
        }
        let worker = fleet.any();
        stage.tell(None, format!("process {} sweeps", worker.process.name));
        let services = worker.services.clone();
        tokio::spawn(async move {
            worker.does(async move { reconcile_access::handle(&services, json!({"sweep": true})).await }).await
        });
    }
}
