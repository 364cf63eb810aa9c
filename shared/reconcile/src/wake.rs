//! The next wake-up: a schedule for what is far away, a message for what is near.

use domain::{
    MemberKey,
    wake::{ScheduleChange, WakePlan, plan_wake},
};
use jiff::Timestamp;
use runtime::Services;

/// Makes the member's schedule right for `due`; answers when it fires from now on, which is what the ledger has to say.
///
/// A ledger that claims a schedule nobody made would keep the next run from making it, so this comes before the ledger is
/// stored. A failure costs at most the minute until the sweep finds the member by its due mark.
pub(crate) async fn schedule(
    services: &Services,
    member: &MemberKey,
    due: Option<Timestamp>,
    scheduled_at: Option<Timestamp>,
    now: Timestamp,
) -> Option<Timestamp> {
    let change = plan_wake(now, due, scheduled_at).schedule;
    let standing = scheduled_at.filter(|at| *at > now);
    let wanted = match change {
        ScheduleChange::Keep => return standing,
        ScheduleChange::Put(at) => Some(at),
        ScheduleChange::Delete => None,
    };
    let plan = WakePlan { message_at: None, schedule: change };
    match services.wakeups.arrange(member, plan, now).await {
        Ok(()) => wanted,
        Err(error) => {
            tracing::warn!(member.id = %member, error = %error, "no schedule was made; the sweep will find the member");
            standing
        }
    }
}

/// Sends the message that wakes the member at `due`, if that is near. It comes once the lease is given back, so that the run
/// it starts does not find the member held.
pub(crate) async fn message(services: &Services, member: &MemberKey, due: Option<Timestamp>, now: Timestamp) {
    let Some(at) = plan_wake(now, due, None).message_at else { return };
    let plan = WakePlan { message_at: Some(at), schedule: ScheduleChange::Keep };
    if let Err(error) = services.wakeups.arrange(member, plan, now).await {
        tracing::warn!(member.id = %member, error = %error, "no message was sent; the sweep will find the member");
    }
}
