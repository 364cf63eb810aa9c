//! How a member is woken at the next instant that matters: by a delayed message, or by a one-time schedule.

use jiff::{SignedDuration, Timestamp};

/// The longest delay of a queue message.
///
/// Source: Amazon SQS developer guide, delay queues, 15 minutes.
pub const LONGEST_DELAY: SignedDuration = SignedDuration::from_mins(15);

/// How much earlier than due a schedule fires, because the scheduler is only accurate to the minute; the run it starts
/// sends itself a message with the exact rest.
///
/// Source: EventBridge Scheduler user guide, schedule types, 60 second precision.
pub const SCHEDULE_EARLY: SignedDuration = SignedDuration::from_secs(60);

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

/// How to be woken at `due`, when a schedule stands at `scheduled_at`.
pub fn plan_wake(now: Timestamp, due: Option<Timestamp>, scheduled_at: Option<Timestamp>) -> WakePlan {
    // A schedule that has fired deletes itself.
    let standing = scheduled_at.filter(|at| *at > now);
    let removal = if standing.is_some() { ScheduleChange::Delete } else { ScheduleChange::Keep };
    let Some(due) = due else {
        return WakePlan { message_at: None, schedule: removal };
    };
    if due.duration_since(now) <= LONGEST_DELAY {
        return WakePlan { message_at: Some(due.max(now)), schedule: removal };
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

    #[test]
    fn a_change_within_fifteen_minutes_is_a_message_and_replaces_the_schedule() {
        let plan = plan_wake(at(0), Some(at(900)), Some(at(5000)));

        assert_eq!(plan, WakePlan { message_at: Some(at(900)), schedule: ScheduleChange::Delete });
    }

    #[test]
    fn a_later_change_is_a_schedule_one_minute_early() {
        let plan = plan_wake(at(0), Some(at(901)), None);

        assert_eq!(plan, WakePlan { message_at: None, schedule: ScheduleChange::Put(at(841)) });
    }

    #[test]
    fn a_schedule_that_stands_right_is_left_alone_and_one_without_use_is_deleted() {
        assert_eq!(plan_wake(at(0), Some(at(4000)), Some(at(3940))).schedule, ScheduleChange::Keep);
        assert_eq!(plan_wake(at(0), None, Some(at(3940))).schedule, ScheduleChange::Delete);
        assert_eq!(plan_wake(at(4000), None, Some(at(3940))).schedule, ScheduleChange::Keep);
    }
}
