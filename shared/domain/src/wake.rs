//! How a member is woken at the next instant that matters: by a delayed message, or by a one-time schedule.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// The longest delay of a queue message.
///
/// Source: Amazon SQS developer guide, delay queues, 15 minutes.
pub const LONGEST_DELAY: SignedDuration = SignedDuration::from_mins(15);

/// How much earlier than due a schedule fires, because the scheduler is only accurate to the minute; the run it starts
/// sends itself a message with the exact rest.
///
/// Source: EventBridge Scheduler user guide, schedule types, 60 second precision.
pub const SCHEDULE_EARLY: SignedDuration = SignedDuration::from_secs(60);

/// How far the clocks of two processes may be apart: a message may arrive that much early by the clock of who gets it.
pub const CLOCKS_APART: SignedDuration = SignedDuration::from_secs(10);

/// What is on its way to a member already.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Arranged {
    /// When the last message arrives that was sent ahead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message_at: Option<Timestamp>,
    /// When the one-time schedule that stands for the member fires, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scheduled_at: Option<Timestamp>,
}

/// What to ask of queue and scheduler.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WakePlan {
    /// Send a message that arrives then, if set.
    pub message_at: Option<Timestamp>,
    /// What to do about the member's one-time schedule.
    pub schedule: ScheduleChange,
}

/// What to do about a member's one-time schedule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScheduleChange {
    /// Leave it as it is.
    Keep,
    /// Make it, or move it: it fires at this instant.
    Put(Timestamp),
    /// Take it away.
    Delete,
}

/// How to be woken at `due`, when this is arranged.
///
/// Every run asks for the next one, so without regard to the message that is on its way already, whoever is woken often
/// would be woken more often with each time.
pub fn plan_wake(now: Timestamp, due: Option<Timestamp>, arranged: Arranged) -> WakePlan {
    // A schedule that has fired deletes itself.
    let standing = arranged.scheduled_at.filter(|at| *at > now);
    let removal = if standing.is_some() { ScheduleChange::Delete } else { ScheduleChange::Keep };
    let Some(due) = due else {
        return WakePlan { message_at: None, schedule: removal };
    };
    if due.duration_since(now) <= LONGEST_DELAY {
        // The run that a message starts arranges the rest.
        let is_woken = arranged.message_at.is_some_and(|at| at.duration_since(now) > CLOCKS_APART && at <= due);
        return WakePlan { message_at: (!is_woken).then_some(due.max(now)), schedule: removal };
    }
    let fires_at = due.saturating_sub(SCHEDULE_EARLY).unwrap_or(now);
    let schedule = if standing == Some(fires_at) { ScheduleChange::Keep } else { ScheduleChange::Put(fires_at) };
    WakePlan { message_at: None, schedule }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn scheduled(second: i64) -> Arranged {
        Arranged { scheduled_at: Some(at(second)), ..Arranged::default() }
    }

    fn told(second: i64) -> Arranged {
        Arranged { message_at: Some(at(second)), ..Arranged::default() }
    }

    #[test]
    fn a_change_within_fifteen_minutes_is_a_message_and_replaces_the_schedule() {
        let plan = plan_wake(at(0), Some(at(900)), scheduled(5000));

        assert_eq!(plan, WakePlan { message_at: Some(at(900)), schedule: ScheduleChange::Delete });
    }

    #[test]
    fn a_later_change_is_a_schedule_one_minute_early() {
        let plan = plan_wake(at(0), Some(at(901)), Arranged::default());

        assert_eq!(plan, WakePlan { message_at: None, schedule: ScheduleChange::Put(at(841)) });
    }

    #[test]
    fn a_schedule_that_stands_right_is_left_alone_and_one_without_use_is_deleted() {
        assert_eq!(plan_wake(at(0), Some(at(4000)), scheduled(3940)).schedule, ScheduleChange::Keep);
        assert_eq!(plan_wake(at(0), None, scheduled(3940)).schedule, ScheduleChange::Delete);
        assert_eq!(plan_wake(at(4000), None, scheduled(3940)).schedule, ScheduleChange::Keep);
    }

    #[test]
    fn a_message_on_its_way_is_not_sent_again() {
        assert_eq!(plan_wake(at(0), Some(at(300)), told(300)).message_at, None);
        assert_eq!(plan_wake(at(0), Some(at(300)), told(200)).message_at, None);
    }

    #[test]
    fn a_message_that_is_too_late_or_has_arrived_is_none() {
        assert_eq!(plan_wake(at(0), Some(at(300)), told(301)).message_at, Some(at(300)));
        assert_eq!(plan_wake(at(290), Some(at(300)), told(300)).message_at, Some(at(300)), "by a clock that is behind");
        assert_eq!(plan_wake(at(301), Some(at(302)), told(300)).message_at, Some(at(302)));
    }
}
