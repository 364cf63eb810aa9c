//! Drives the functions that no HTTP request starts: the queue and the sweep, each at its instant.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use anyhow::Context;
use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent, SqsMessage};
use domain::{
    MemberKey,
    wake::{ScheduleChange, WakePlan},
};
use futures::future::try_join_all;
use jiff::{SignedDuration, Timestamp};
use runtime::{
    Services,
    wakeups::{LocalWakeUps, WakeUp, WakeUps},
};
use serde_json::json;
use tokio::sync::Mutex;

use crate::time::Time;

/// Messages of one batch, as in the template.
const BATCH: usize = 10;

/// Batches handled side by side, as the queue would: whoever waits for a slow platform holds up nobody else.
const BATCHES: usize = 10;

/// How long a message whose run failed is invisible before it comes again.
const VISIBILITY: SignedDuration = SignedDuration::from_secs(30);

/// How often the sweep runs. It looks for members that are late by some seconds, so it is skipped while nobody can be.
const SWEEP_EVERY: i64 = 60;

/// How long the driver sleeps at most; a timer takes no longer wait than some years.
const LONGEST_WAIT: Duration = Duration::from_hours(1);

/// How late the sweep wants a member to be.
const SWEEP_GRACE: SignedDuration = SignedDuration::from_secs(5);

/// Drives queue and sweep.
#[derive(Debug)]
pub(crate) struct Driver {
    services: Services,
    queue: Arc<LocalWakeUps>,
    time: Time,
    turn: Mutex<Turn>,
}

/// Held by whoever runs what is due.
#[derive(Debug, Default)]
struct Turn {
    swept_at: Option<Timestamp>,
}

impl Driver {
    /// A driver that knows everyone who was due when the last process ended.
    pub(crate) async fn start(services: Services, queue: Arc<LocalWakeUps>, time: Time) -> anyhow::Result<Self> {
        let due = services.store.due(Timestamp::MAX, usize::MAX).await.context("cannot read who is due")?;
        let now = time.now();
        for (at, member) in due {
            // Schedules died with the last process, but the ledger counts on them: a run would leave one that stands right
            // alone, and nobody would wake the member in time.
            let ledger = services.store.member(&member).await.context("cannot read who is scheduled")?.ledger;
            let scheduled_at = ledger.scheduled_at.filter(|fires_at| *fires_at > now);
            if let Some(fires_at) = scheduled_at {
                let plan = WakePlan { message_at: None, schedule: ScheduleChange::Put(fires_at) };
                queue.arrange(&member, plan, now).await?;
            }
            if scheduled_at.is_none_or(|fires_at| at < fires_at) {
                wake_at(&queue, &member, at, now).await?;
            }
        }
        Ok(Self { services, queue, time, turn: Mutex::default() })
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
            // A delivery may have come in while the clock moved.
            if self.queue.next_due().is_none_or(|due| due > target) {
                return Ok(ran);
            }
        }
    }

    /// Runs whatever falls due, as it falls due, for ever. The manual clock's time stands still here.
    pub(crate) async fn run(&self) {
        loop {
            let ended = self.run_due(&mut *self.turn.lock().await).await;
            let sweep = ended.map_or_else(
                |error| {
                    tracing::error!(error = format!("{error:#}"), "could not run what is due");
                    self.time.now().checked_add(SignedDuration::from_secs(SWEEP_EVERY)).ok()
                },
                |(_, next_sweep)| next_sweep,
            );
            let next = [self.queue.next_due(), sweep].into_iter().flatten().min();
            let wait = next.map_or(Duration::MAX, |next| self.time.wait_until(next));
            tokio::select! {
                () = self.queue.added() => {}
                () = tokio::time::sleep(wait.min(LONGEST_WAIT)) => {}
            }
        }
    }

    /// Runs everything that is due now, the sweep last; how much ran, and when the sweep could next find somebody late.
    async fn run_due(&self, turn: &mut Turn) -> anyhow::Result<(usize, Option<Timestamp>)> {
        let mut ran = 0;
        loop {
            let due = std::iter::from_fn(|| self.queue.take_due(self.time.now())).take(BATCH * BATCHES);
            // Two messages for one member say no more than one.
            let due: BTreeSet<MemberKey> = due.map(|(_, member)| member).collect();
            if due.is_empty() {
                break;
            }
            ran += due.len();
            let due: Vec<MemberKey> = due.into_iter().collect();
            try_join_all(due.chunks(BATCH).map(|batch| self.run_batch(batch))).await?;
        }
        let next_sweep = self.next_sweep(turn).await?;
        if next_sweep.is_none_or(|at| at > self.time.now()) {
            return Ok((ran, next_sweep));
        }
        turn.swept_at = Some(self.time.now());
        let swept = reconcile_access::handle(&self.services, json!({"sweep": true})).await;
        swept.map_err(anyhow::Error::from_boxed).context("the sweep failed")?;
        Ok((ran + 1, self.next_sweep(turn).await?))
    }

    /// Hands a batch of wake-ups to the function, and brings back those whose run could not be ended.
    async fn run_batch(&self, members: &[MemberKey]) -> anyhow::Result<()> {
        let mut event = SqsEvent::default();
        event.records = members.iter().enumerate().map(|(number, member)| message(number, member)).collect();
        let answer = reconcile_access::handle(&self.services, serde_json::to_value(event)?).await;
        let answer: SqsBatchResponse = serde_json::from_value(answer.map_err(anyhow::Error::from_boxed)?)?;
        let now = self.time.now();
        for failure in answer.batch_item_failures {
            let member = failure.item_identifier.parse().ok().and_then(|number: usize| members.get(number));
            if let Some(member) = member {
                wake_at(&self.queue, member, now.saturating_add(VISIBILITY)?, now).await?;
            }
        }
        Ok(())
    }

    /// When the sweep could next find somebody late: a whole minute, and not the same one twice.
    async fn next_sweep(&self, turn: &Turn) -> anyhow::Result<Option<Timestamp>> {
        let earliest = self.services.store.due(Timestamp::MAX, 1).await?.into_iter().next();
        let Some((due, _)) = earliest else { return Ok(None) };
        let late = due.saturating_add(SWEEP_GRACE)?.as_second().saturating_add(1);
        let again = turn.swept_at.map_or(i64::MIN, |at| at.as_second().saturating_add(1));
        Ok(Timestamp::from_second(next_minute(late.max(again))).ok())
    }
}

fn next_minute(second: i64) -> i64 {
    second.saturating_add(SWEEP_EVERY - 1).div_euclid(SWEEP_EVERY).saturating_mul(SWEEP_EVERY)
}

fn message(number: usize, member: &MemberKey) -> SqsMessage {
    let mut message = SqsMessage::default();
    message.message_id = Some(number.to_string());
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
        assert_eq!(next_minute(0), 0);
        assert_eq!(next_minute(1), 60);
        assert_eq!(next_minute(60), 60);
        assert_eq!(next_minute(-1), 0);
    }
}
