//! When a platform is read by its own API, and how far back.
//!
//! Webhooks come at once, but one may never come: a platform gives up on a hook without a word, and some things no hook tells.
//! What a read tells is taken in like what a hook tells; what a whole one does not list is judged by [`crate::snapshot`].

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// How often a platform is read whole that can also tell what changed: often enough to miss nothing for longer than a day, and a
/// little less than that, because the hour at which reads begin is not exact.
const WHOLE_EVERY: SignedDuration = SignedDuration::from_mins(24 * 60 - 10);

/// How long a read may take that is kept from going on.
const LONGEST: SignedDuration = SignedDuration::from_hours(24);

/// How far before the last read the next begins: clocks differ, and what changed during a page may be on none.
const OVERLAP: SignedDuration = SignedDuration::from_mins(15);

/// How old what a page shows may be at most: it comes from a copy that lags behind, by a clock that is not ours.
pub const LAG: SignedDuration = SignedDuration::from_mins(1);

/// How long nothing may have been read to its end before somebody is told.
const SILENCE: SignedDuration = SignedDuration::from_hours(24);

/// How often a read may be kept from going on at one place, by something that does not pass by itself, before it begins anew.
const FAILURES: u32 = 2;

/// How long it may be kept from that by anything.
const STUCK: SignedDuration = SignedDuration::from_hours(3);

/// Where a read goes on: which list, and after which page of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    /// The list, by its number among those of the platform.
    pub list: usize,
    /// Where the page before ended, in the platform's words; none for the first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
}

/// What is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Extent {
    /// Everything; what is not listed is gone.
    Whole,
    /// What changed at or after this instant.
    Since(Timestamp),
}

/// When reads began that came to their end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reads {
    /// The last.
    pub last: Option<Timestamp>,
    /// The last of everything.
    pub whole: Option<Timestamp>,
}

/// Whether a read that was begun then goes on; after a day it begins anew, since too little of it is true any more.
pub fn goes_on(began: Timestamp, now: Timestamp) -> bool {
    now.duration_since(began) < LONGEST
}

/// Whether a read that was kept from going on so often at one place, or for so long, begins anew: what it has read grows old, and what
/// lies before that place can be read.
pub fn begins_anew(failures: u32, stuck_for: SignedDuration) -> bool {
    failures >= FAILURES || stuck_for >= STUCK
}

/// The instant that a read which began then is true of.
pub fn true_of(began: Timestamp) -> Timestamp {
    began.saturating_sub(LAG).unwrap_or(Timestamp::MIN)
}

impl Reads {
    /// Whether somebody is to be told, at `now`, that nothing is read to its end: once when that has been so for a day, or at the
    /// first trouble of a platform that never was.
    pub fn alarms(self, trouble_before: Option<Timestamp>, now: Timestamp) -> bool {
        let Some(last) = self.last else { return trouble_before.is_none() };
        let too_long = last.saturating_add(SILENCE).unwrap_or(Timestamp::MAX);
        now >= too_long && trouble_before.is_none_or(|before| before < too_long)
    }

    /// Whether reads are late at `now`: none has come to its end for a day, or ever since the first was begun.
    pub fn are_late(self, first_begun: Option<Timestamp>, now: Timestamp) -> bool {
        let since = self.last.or(first_begun);
        since.is_some_and(|since| now >= since.saturating_add(SILENCE).unwrap_or(Timestamp::MAX))
    }

    /// How far what is known by reads lies behind `now`, in whole seconds: by the last read, and by the last of everything.
    pub fn seconds_behind(self, now: Timestamp) -> (Option<i64>, Option<i64>) {
        let behind = |began: Timestamp| now.duration_since(true_of(began)).as_secs().max(0);
        (self.last.map(behind), self.whole.map(behind))
    }

    /// What the next read is to bring, of a platform that can or cannot tell what changed. While something waits for approval every
    /// read is whole: the next may list it again, and then nothing waits any more.
    pub fn next(self, tells_what_changed: bool, waits: bool, now: Timestamp) -> Extent {
        let is_fresh = self.whole.is_some_and(|whole| now.duration_since(whole) < WHOLE_EVERY);
        match self.last.filter(|_| tells_what_changed && is_fresh && !waits) {
            Some(last) => Extent::Since(last.saturating_sub(OVERLAP).unwrap_or(Timestamp::MIN)),
            None => Extent::Whole,
        }
    }

    /// A read that began then came to its end.
    #[must_use]
    pub fn and(self, began: Timestamp, extent: Extent) -> Self {
        let whole = match extent {
            Extent::Whole => Some(began),
            Extent::Since(_) => self.whole,
        };
        Self { last: Some(began), whole }
    }
}
