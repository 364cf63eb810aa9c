//! Whether the webhooks that facts come by still come.
//!
//! A platform that gave up on a hook says so to nobody: Nexudus switches one off after ten failures, Svix after five days of
//! them. What is left to see is that nothing comes any more.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// How often it is noted that a hook brought something: often enough for days to be counted, seldom enough to cost nothing.
const NOTED_EVERY: SignedDuration = SignedDuration::from_hours(1);

/// What is remembered of a hook.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HookSeen {
    /// When it brought something new; it may have brought more in the hour after.
    pub last: Timestamp,
    /// Whether an alarm was raised since, because nothing came.
    #[serde(default)]
    pub alarmed: bool,
}

/// What is to be remembered now that a hook brought something, if that is not known well enough.
pub fn noted(known: Option<HookSeen>, now: Timestamp) -> Option<HookSeen> {
    let is_known = known.is_some_and(|seen| !seen.alarmed && now.duration_since(seen.last) < NOTED_EVERY);
    (!is_known).then_some(HookSeen { last: now, alarmed: false })
}

impl HookSeen {
    /// Whether nothing has come for so many days.
    pub fn is_quiet(self, days: u16, now: Timestamp) -> bool {
        let days = SignedDuration::from_hours(24).saturating_mul(i32::from(days));
        now.duration_since(self.last) >= days.saturating_add(NOTED_EVERY)
    }

    /// What is to be remembered with the alarm, if one is to be raised now: one for each silence.
    pub fn alarm(self, days: u16, now: Timestamp) -> Option<Self> {
        (!self.alarmed && self.is_quiet(days, now)).then_some(Self { alarmed: true, ..self })
    }
}
