//! Drives the functions that no HTTP request starts: the queue, the sweep and the full read, each at its instant.

use std::{collections::BTreeSet, pin::pin, sync::Arc, time::Duration};

use anyhow::Context;
use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent, SqsMessage};
use domain::{
    MemberKey,
    wake::{ScheduleChange, WakePlan},
};
use futures::{StreamExt, stream::FuturesUnordered};
use jiff::{SignedDuration, Timestamp};
use reconcile::drift::first_reading;
use runtime::{
    Services,
    wakeups::{LocalWakeUps, WakeUp, WakeUps},
};
use serde_json::json;
use tokio::sync::Mutex;

use crate::time::Time;

/// Members looked at side by side: ten batches, of which the function looks at eight members each. Every one comes with a
/// message of its own, so that whoever waits for a slow platform holds up nobody else.
const SIDE_BY_SIDE: usize = 80;

/// How long a message whose run failed is invisible before it comes again.
const VISIBILITY: SignedDuration = SignedDuration::from_secs(30);

/// How often the sweep runs. It looks for members that are late by some seconds, so it is skipped while nobody can be.
const SWEEP_EVERY: i64 = 60;

/// How often what Brivo shows is read: with each full hour that the clock passes, the first one after the start included. A
/// manual clock that passes several at once is read by once.
const SYNC_EVERY: i64 = 3600;

/// How long the driver sleeps at most; a timer takes no longer wait than some years.
const LONGEST_WAIT: Duration = Duration::from_hours(1);

/// How late the sweep wants a member to be.
const SWEEP_GRACE: SignedDuration = SignedDuration::from_secs(5);

/// Drives queue, sweep and full read.
#[derive(Debug)]
pub(crate) struct Driver {
    services: Services,
    queue: Arc<LocalWakeUps>,
    time: Time,
    turn: Mutex<Turn>,
}

/// Held by whoever runs what is due.
#[derive(Debug)]
struct Turn {
    /// Whether Brivo's users were read where nobody had read them when the process started.
    has_read_first: bool,
    swept_at: Option<Timestamp>,
    /// The last full read, or the start.
    synced_at: Timestamp,
}

/// Who is being looked at.
#[derive(Debug, Default)]
struct UnderWay {
    members: BTreeSet<MemberKey>,
    /// Of these, whoever was woken meanwhile: to be looked at again, and not before, because a run has its member alone.
    again: BTreeSet<MemberKey>,
}

impl UnderWay {
    fn has_room(&self) -> bool {
        self.members.len() < SIDE_BY_SIDE
    }

    /// Whether the member may be looked at now.
    fn begin(&mut self, member: &MemberKey) -> bool {
        let is_free = self.members.insert(member.clone());
        if !is_free {
            self.again.insert(member.clone());
        }
        is_free
    }

    /// Whether the member is to be looked at again.
    fn end(&mut self, member: &MemberKey) -> bool {
        self.members.remove(member);
        self.again.remove(member)
    }
}

impl Driver {
    /// A driver that knows everyone who was due when the last process ended.
    pub(crate) async fn start(services: Services, queue: Arc<LocalWakeUps>, time: Time) -> anyhow::Result<Self> {
        let due = services.store.due(Timestamp::MAX, usize::MAX).await.context("cannot read who is due")?;
        let now = time.now();
        for (at, member) in due {
            // Messages and schedules died with the last process, but the ledger counts on them: a run would leave alone what is
            // on its way as it should be, and nobody would wake the member in time.
            let arranged =
                services.store.member(&member).await.context("cannot read who is scheduled")?.ledger.arranged;
            if let Some(arrives_at) = arranged.message_at.filter(|arrives_at| *arrives_at > now) {
                wake_at(&queue, &member, arrives_at, now).await?;
            }
            let scheduled_at = arranged.scheduled_at.filter(|fires_at| *fires_at > now);
            if let Some(fires_at) = scheduled_at {
                let plan = WakePlan { message_at: None, schedule: ScheduleChange::Put(fires_at) };
                queue.arrange(&member, plan, now).await?;
            }
            if scheduled_at.is_none_or(|fires_at| at < fires_at) {
                wake_at(&queue, &member, at, now).await?;
            }
        }
        Ok(Self {
            services,
            queue,
            time,
            turn: Mutex::new(Turn { has_read_first: false, swept_at: None, synced_at: now }),
        })
    }

    pub(crate) fn time(&self) -> &Time {
        &self.time
    }

    pub(crate) fn next_due(&self) -> Option<Timestamp> {
        self.queue.next_due()
    }

    /// Moves the manual clock to `target`, running everything that falls due on the way at its own instant; how much ran.
    pub(crate) async fn advance(&self, target: Timestamp) -> anyhow::Result<usize> {
        let mut turn = self.turn.lock().await;
        let mut ran = 0;
        loop {
            let (count, next_sweep) = self.run_due(&mut turn).await?;
            ran += count;
            let now = self.time.now();
            let next = [self.queue.next_due(), next_sweep].into_iter().flatten().min();
            if let Some(next) = next.filter(|next| *next <= target) {
                self.time.set(next.max(now))?;
                continue;
            }
            self.time.set(target.max(now))?;
            if self.sync_if_due(&mut turn).await? {
                ran += 1;
                continue;
            }
            // A delivery may have come in while the clock moved.
            if self.queue.next_due().is_none_or(|due| due > target) {
                return Ok(ran);
            }
        }
    }

    /// Runs whatever falls due, as it falls due, for ever. The manual clock's time stands still here.
    pub(crate) async fn run(&self) {
        let mut added = self.queue.additions();
        loop {
            let ended = self.run_all(&mut *self.turn.lock().await).await;
            let clockwork = ended.unwrap_or_else(|error| {
                tracing::error!(error = format!("{error:#}"), "could not run what is due");
                self.time.now().checked_add(SignedDuration::from_secs(SWEEP_EVERY)).ok()
            });
            let next = [self.queue.next_due(), clockwork].into_iter().flatten().min();
            let wait = next.map_or(Duration::MAX, |next| self.time.wait_until(next));
            tokio::select! {
                () = added.next() => {}
                () = tokio::time::sleep(wait.min(LONGEST_WAIT)) => {}
            }
        }
    }

    /// Runs everything that is due now, the full read last; when the clock alone starts something next.
    async fn run_all(&self, turn: &mut Turn) -> anyhow::Result<Option<Timestamp>> {
        let (_, mut next_sweep) = self.run_due(turn).await?;
        if self.sync_if_due(turn).await? {
            (_, next_sweep) = self.run_due(turn).await?;
        }
        let next_sync =
            Timestamp::from_second(next_whole(turn.synced_at.as_second().saturating_add(1), SYNC_EVERY)).ok();
        Ok([next_sweep, next_sync].into_iter().flatten().min())
    }

    /// Reads what Brivo shows if the clock has passed a full hour since the last time; whether it did.
    async fn sync_if_due(&self, turn: &mut Turn) -> anyhow::Result<bool> {
        let now = self.time.now();
        if now.as_second() < next_whole(turn.synced_at.as_second().saturating_add(1), SYNC_EVERY) {
            return Ok(false);
        }
        turn.synced_at = now;
        self.serve_queue(async {
            let synced = Box::pin(sync_members::handle(&self.services, json!({}), Timestamp::MAX)).await;
            synced.map_err(anyhow::Error::from_boxed).context("the full read failed")
        })
        .await?;
        Ok(true)
    }

    /// Reads Brivo's users of the accounts of which nobody has read them yet; once after a start.
    async fn read_first(&self, turn: &mut Turn) -> anyhow::Result<()> {
        if std::mem::replace(&mut turn.has_read_first, true) {
            return Ok(());
        }
        for tenant in self.services.store.tenants().await.context("cannot list the tenants")? {
            first_reading(&self.services, &tenant, Timestamp::MAX).await.context("the first reading failed")?;
        }
        Ok(())
    }

    /// Runs everything that is due now, the sweep last; how much ran, and when the sweep could next find somebody late.
    async fn run_due(&self, turn: &mut Turn) -> anyhow::Result<(usize, Option<Timestamp>)> {
        let (mut ran, ()) = Box::pin(self.serve_queue(self.read_first(turn))).await?;
        let next_sweep = self.next_sweep(turn).await?;
        if next_sweep.is_none_or(|at| at > self.time.now()) {
            return Ok((ran, next_sweep));
        }
        turn.swept_at = Some(self.time.now());
        let sweep = async {
            let swept = reconcile_access::handle(&self.services, json!({"sweep": true})).await;
            swept.map_err(anyhow::Error::from_boxed).context("the sweep failed")
        };
        let (count, _) = self.serve_queue(sweep).await?;
        ran += count + 1;
        Ok((ran, self.next_sweep(turn).await?))
    }

    /// Does some work, and hands out the wake-ups that are due or fall due meanwhile, until all of it is done: nobody waits
    /// for another's call that hangs. How many wake-ups there were, and what the work came to.
    async fn serve_queue<T>(&self, work: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<(usize, T)> {
        let mut added = self.queue.additions();
        let (mut work, mut outcome) = (pin!(work), None);
        let mut looks = FuturesUnordered::new();
        let mut under_way = UnderWay::default();
        let mut ran = 0;
        loop {
            while let Some(member) = self.next_member(&mut under_way) {
                ran += 1;
                looks.push(self.look_at(member));
            }
            if looks.is_empty()
                && let Some(outcome) = outcome.take()
            {
                return Ok((ran, outcome));
            }
            tokio::select! {
                Some(ended) = looks.next() => {
                    let member = ended?;
                    if under_way.end(&member) {
                        self.queue.wake(&[member], self.time.now()).await?;
                    }
                }
                done = &mut work, if outcome.is_none() => outcome = Some(done?),
                () = added.next() => {}
            }
        }
    }

    /// The next member who is due and is not being looked at already.
    fn next_member(&self, under_way: &mut UnderWay) -> Option<MemberKey> {
        while under_way.has_room() {
            let (_, member) = self.queue.take_due(self.time.now())?;
            if under_way.begin(&member) {
                return Some(member);
            }
        }
        None
    }

    /// Hands a wake-up to the function, and brings it back if the run could not be ended.
    async fn look_at(&self, member: MemberKey) -> anyhow::Result<MemberKey> {
        let mut event = SqsEvent::default();
        event.records = vec![message(&member)];
        let answer = reconcile_access::handle(&self.services, serde_json::to_value(event)?).await;
        let answer: SqsBatchResponse = serde_json::from_value(answer.map_err(anyhow::Error::from_boxed)?)?;
        if !answer.batch_item_failures.is_empty() {
            let now = self.time.now();
            wake_at(&self.queue, &member, now.saturating_add(VISIBILITY)?, now).await?;
        }
        Ok(member)
    }

    /// When the sweep could next find somebody late: a whole minute, and not the same one twice.
    async fn next_sweep(&self, turn: &Turn) -> anyhow::Result<Option<Timestamp>> {
        let earliest = self.services.store.due(Timestamp::MAX, 1).await?.into_iter().next();
        let Some((due, _)) = earliest else { return Ok(None) };
        let late = due.saturating_add(SWEEP_GRACE)?.as_second().saturating_add(1);
        let again = turn.swept_at.map_or(i64::MIN, |at| at.as_second().saturating_add(1));
        Ok(Timestamp::from_second(next_whole(late.max(again), SWEEP_EVERY)).ok())
    }
}

/// The first whole minute, or hour, or whatever is so many seconds long, from `second` on.
fn next_whole(second: i64, seconds: i64) -> i64 {
    second.saturating_add(seconds - 1).div_euclid(seconds).saturating_mul(seconds)
}

fn message(member: &MemberKey) -> SqsMessage {
    let mut message = SqsMessage::default();
    message.message_id = Some("0".to_owned());
    message.body = Some(WakeUp(member.clone()).body());
    message
}

async fn wake_at(queue: &LocalWakeUps, member: &MemberKey, at: Timestamp, now: Timestamp) -> anyhow::Result<()> {
    let plan = WakePlan { message_at: Some(at), schedule: ScheduleChange::Keep };
    Ok(queue.arrange(member, plan, now).await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sweeps_fall_on_whole_minutes() {
        assert_eq!([0, 1, 60, -1].map(|second| next_whole(second, SWEEP_EVERY)), [0, 60, 60, 0]);
    }
}
