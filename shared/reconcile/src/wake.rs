//! The next wake-up.

use domain::{
    MemberKey,
    wake::{ScheduleChange, plan_wake},
};
use jiff::Timestamp;
use runtime::Services;

/// When the member's schedule fires once the next wake-up is arranged.
pub(crate) fn scheduled_after(
    now: Timestamp,
    due: Option<Timestamp>,
    scheduled_at: Option<Timestamp>,
) -> Option<Timestamp> {
    match plan_wake(now, due, scheduled_at).schedule {
        ScheduleChange::Keep => scheduled_at.filter(|at| *at > now),
        ScheduleChange::Put(at) => Some(at),
        ScheduleChange::Delete => None,
    }
}

/// Arranges the next wake-up. A failure costs at most the minute until the sweep finds the member by its due mark.
pub(crate) async fn arrange(
    services: &Services,
    member: &MemberKey,
    due: Option<Timestamp>,
    scheduled_at: Option<Timestamp>,
    now: Timestamp,
) {
    let plan = plan_wake(now, due, scheduled_at);
    if plan.message_at.is_none() && plan.schedule == ScheduleChange::Keep {
        return;
    }
    if let Err(error) = services.wakeups.arrange(member, plan, now).await {
        tracing::warn!(member.id = %member, error = %error, "no wake-up was arranged; the sweep will find the member");
    }
}
