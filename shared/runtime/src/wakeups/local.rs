//! Wake-ups within one process, on whatever clock drives it. Whoever drives takes what is due; nothing here waits.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;
use domain::{
    MemberKey,
    wake::{ScheduleChange, WakePlan},
};
use jiff::Timestamp;
use tokio::sync::watch;

use super::{WakeError, WakeUps};

/// When a wake-up is due; those of one instant keep the order in which they were asked for.
type Due = (Timestamp, u64);

/// A queue with delays and one schedule per member, in memory.
#[derive(Debug, Default)]
pub struct LocalWakeUps {
    agenda: Mutex<Agenda>,
    news: watch::Sender<()>,
}

impl LocalWakeUps {
    /// Nobody is to be woken.
    pub fn new() -> Self {
        Self::default()
    }

    /// When the next wake-up is due; may have passed.
    pub fn next_due(&self) -> Option<Timestamp> {
        self.lock().by_due.first_key_value().map(|((at, _), _)| *at)
    }

    /// Takes the earliest wake-up that is due at `now`, with the instant at which it was due.
    pub fn take_due(&self, now: Timestamp) -> Option<(Timestamp, MemberKey)> {
        self.lock().take_due(now)
    }

    /// Tells of every wake-up that is added from now on. Whoever else listens hears of it as well.
    pub fn additions(&self) -> Additions {
        Additions(self.news.subscribe())
    }

    fn lock(&self) -> MutexGuard<'_, Agenda> {
        self.agenda.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Hears of wake-ups that are added.
#[derive(Debug)]
pub struct Additions(watch::Receiver<()>);

impl Additions {
    /// Returns when a wake-up was added since the last call returned, or since this began to listen.
    pub async fn next(&mut self) {
        if self.0.changed().await.is_err() {
            // The queue is gone, so nothing is ever added again.
            std::future::pending::<()>().await;
        }
    }
}

#[async_trait]
impl WakeUps for LocalWakeUps {
    async fn wake(&self, members: &[MemberKey], now: Timestamp) -> Result<(), WakeError> {
        let mut agenda = self.lock();
        for member in members {
            agenda.add_message(now, member);
        }
        self.news.send_replace(());
        Ok(())
    }

    async fn arrange(&self, member: &MemberKey, plan: WakePlan, now: Timestamp) -> Result<(), WakeError> {
        let mut agenda = self.lock();
        if let Some(at) = plan.message_at {
            agenda.add_message(at.max(now), member);
        }
        match plan.schedule {
            ScheduleChange::Keep => {}
            ScheduleChange::Put(at) => agenda.put_schedule(at, member),
            ScheduleChange::Delete => agenda.delete_schedule(member),
        }
        self.news.send_replace(());
        Ok(())
    }
}

#[derive(Debug, Default)]
struct Agenda {
    by_due: BTreeMap<Due, MemberKey>,
    /// Messages by instant and member: a second one for the same says nothing new.
    messages: BTreeSet<(Timestamp, MemberKey)>,
    schedules: BTreeMap<MemberKey, Due>,
    asked: u64,
}

impl Agenda {
    fn add_message(&mut self, at: Timestamp, member: &MemberKey) {
        if self.messages.insert((at, member.clone())) {
            self.add(at, member);
        }
    }

    fn put_schedule(&mut self, at: Timestamp, member: &MemberKey) {
        self.delete_schedule(member);
        let due = self.add(at, member);
        self.schedules.insert(member.clone(), due);
    }

    fn delete_schedule(&mut self, member: &MemberKey) {
        if let Some(due) = self.schedules.remove(member) {
            self.by_due.remove(&due);
        }
    }

    fn add(&mut self, at: Timestamp, member: &MemberKey) -> Due {
        let due = (at, self.asked);
        self.asked += 1;
        self.by_due.insert(due, member.clone());
        due
    }

    fn take_due(&mut self, now: Timestamp) -> Option<(Timestamp, MemberKey)> {
        let first = self.by_due.first_entry().filter(|entry| entry.key().0 <= now)?;
        let (due, member) = first.remove_entry();
        if self.schedules.get(&member) == Some(&due) {
            self.schedules.remove(&member);
        } else {
            self.messages.remove(&(due.0, member.clone()));
        }
        Some((due.0, member))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn key(member: &str) -> MemberKey {
        MemberKey { tenant: "acme".into(), member: member.into() }
    }

    fn message(second: i64) -> WakePlan {
        WakePlan { message_at: Some(at(second)), schedule: ScheduleChange::Keep }
    }

    fn schedule(change: ScheduleChange) -> WakePlan {
        WakePlan { message_at: None, schedule: change }
    }

    fn all_due(wake_ups: &LocalWakeUps, now: i64) -> Vec<(i64, String)> {
        let due = std::iter::from_fn(|| wake_ups.take_due(at(now)));
        due.map(|(at, key)| (at.as_second(), key.member.as_str().to_owned())).collect()
    }

    #[tokio::test]
    async fn the_earliest_comes_first_and_one_instant_keeps_its_order() {
        let wake_ups = LocalWakeUps::new();

        wake_ups.arrange(&key("late"), message(30), at(0)).await.unwrap();
        wake_ups.wake(&[key("b"), key("a")], at(10)).await.unwrap();
        wake_ups.arrange(&key("c"), message(10), at(0)).await.unwrap();

        assert_eq!(wake_ups.next_due(), Some(at(10)));
        assert_eq!(
            all_due(&wake_ups, 30),
            [(10, "b".to_owned()), (10, "a".to_owned()), (10, "c".to_owned()), (30, "late".to_owned())]
        );
        assert_eq!(wake_ups.next_due(), None);
    }

    #[tokio::test]
    async fn nothing_comes_before_its_instant() {
        let wake_ups = LocalWakeUps::new();

        wake_ups.arrange(&key("m"), message(30), at(0)).await.unwrap();

        assert_eq!(wake_ups.take_due(at(29)), None);
        assert_eq!(wake_ups.take_due(at(30)), Some((at(30), key("m"))));
    }

    #[tokio::test]
    async fn an_instant_that_has_passed_is_now() {
        let wake_ups = LocalWakeUps::new();

        wake_ups.arrange(&key("m"), message(5), at(20)).await.unwrap();

        assert_eq!(wake_ups.next_due(), Some(at(20)));
    }

    #[tokio::test]
    async fn two_messages_for_one_member_and_instant_are_one() {
        let wake_ups = LocalWakeUps::new();

        wake_ups.wake(&[key("m"), key("m")], at(10)).await.unwrap();
        wake_ups.arrange(&key("m"), message(11), at(10)).await.unwrap();

        assert_eq!(all_due(&wake_ups, 60), [(10, "m".to_owned()), (11, "m".to_owned())]);
        wake_ups.wake(&[key("m")], at(10)).await.unwrap();
        assert_eq!(all_due(&wake_ups, 60), [(10, "m".to_owned())]);
    }

    #[tokio::test]
    async fn a_member_has_one_schedule_that_moves_and_goes() {
        let wake_ups = LocalWakeUps::new();

        wake_ups.arrange(&key("m"), schedule(ScheduleChange::Put(at(1000))), at(0)).await.unwrap();
        wake_ups.arrange(&key("m"), schedule(ScheduleChange::Put(at(2000))), at(0)).await.unwrap();
        wake_ups.arrange(&key("m"), schedule(ScheduleChange::Keep), at(0)).await.unwrap();
        assert_eq!(wake_ups.next_due(), Some(at(2000)));

        wake_ups.arrange(&key("m"), schedule(ScheduleChange::Delete), at(0)).await.unwrap();
        wake_ups.arrange(&key("m"), schedule(ScheduleChange::Delete), at(0)).await.unwrap();
        assert_eq!(wake_ups.next_due(), None);
    }

    #[tokio::test]
    async fn a_message_that_replaces_a_schedule_leaves_one_wake_up() {
        let wake_ups = LocalWakeUps::new();
        wake_ups.arrange(&key("m"), schedule(ScheduleChange::Put(at(1000))), at(0)).await.unwrap();

        let plan = WakePlan { message_at: Some(at(600)), schedule: ScheduleChange::Delete };
        wake_ups.arrange(&key("m"), plan, at(0)).await.unwrap();

        assert_eq!(all_due(&wake_ups, 5000), [(600, "m".to_owned())]);
    }

    #[tokio::test]
    async fn a_schedule_fires_once_beside_a_message_of_the_same_instant() {
        let wake_ups = LocalWakeUps::new();
        let plan = WakePlan { message_at: Some(at(50)), schedule: ScheduleChange::Put(at(50)) };

        wake_ups.arrange(&key("m"), plan, at(0)).await.unwrap();

        assert_eq!(all_due(&wake_ups, 50), [(50, "m".to_owned()), (50, "m".to_owned())]);
        wake_ups.arrange(&key("m"), plan, at(0)).await.unwrap();
        assert_eq!(all_due(&wake_ups, 50).len(), 2);
    }

    #[tokio::test]
    async fn whoever_listens_hears_of_what_was_added_meanwhile_once() {
        let wake_ups = LocalWakeUps::new();
        let mut listeners = [wake_ups.additions(), wake_ups.additions()];

        wake_ups.wake(&[key("m")], at(10)).await.unwrap();
        wake_ups.arrange(&key("m"), message(30), at(10)).await.unwrap();

        for listener in &mut listeners {
            listener.next().await;
            let mut idle = Box::pin(listener.next());
            let heard = std::future::poll_fn(|context| std::task::Poll::Ready(idle.as_mut().poll(context))).await;
            assert!(heard.is_pending());
        }
    }

    #[tokio::test]
    async fn nothing_is_heard_of_what_was_added_before() {
        let wake_ups = LocalWakeUps::new();
        wake_ups.wake(&[key("m")], at(10)).await.unwrap();

        let mut late = wake_ups.additions();

        let mut idle = Box::pin(late.next());
        let heard = std::future::poll_fn(|context| std::task::Poll::Ready(idle.as_mut().poll(context))).await;
        assert!(heard.is_pending());
    }
}
