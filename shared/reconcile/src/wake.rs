//! The next wake-up: a schedule for what is far away, a message for what is near.

use domain::{
    MemberKey,
    wake::{Arranged, ScheduleChange, WakePlan},
};
use jiff::Timestamp;
use runtime::Services;

/// Makes the member's schedule as planned; answers what is arranged from now on, which is what the ledger has to say.
///
/// A ledger that claims a schedule nobody made would keep the next run from making it, so this comes before the ledger is
/// stored. A failure costs at most the minute until the sweep finds the member by its due mark.
pub(crate) async fn schedule(
    services: &Services,
    member: &MemberKey,
    plan: WakePlan,
    arranged: Arranged,
    now: Timestamp,
) -> Arranged {
    let message_at = plan.message_at.or(arranged.message_at).filter(|at| *at > now);
    let standing = arranged.scheduled_at.filter(|at| *at > now);
    let wanted = match plan.schedule {
        ScheduleChange::Keep => return Arranged { message_at, scheduled_at: standing },
        ScheduleChange::Put(at) => Some(at),
        ScheduleChange::Delete => None,
    };
    let plan = WakePlan { message_at: None, ..plan };
    let scheduled_at = match services.wakeups.arrange(member, plan, now).await {
        Ok(()) => wanted,
        Err(error) => {
            tracing::warn!(member.id = %member, error = %error, "no schedule was made; the sweep will find the member");
            standing
        }
    };
    Arranged { message_at, scheduled_at }
}

/// Sends the message that wakes the member at `at`. It comes once the lease is given back, so that the run it starts does not
/// find the member held.
pub async fn wake_at(services: &Services, member: &MemberKey, at: Timestamp, now: Timestamp) {
    let plan = WakePlan { message_at: Some(at.max(now)), schedule: ScheduleChange::Keep };
    if let Err(error) = services.wakeups.arrange(member, plan, now).await {
        tracing::warn!(member.id = %member, error = %error, "no message was sent; the sweep will find the member");
    }
}
