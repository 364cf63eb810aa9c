//! The limits on how often the API may be called.
//!
//! Source: developers.nexudus.com/reference/api-limitations (2026-11-21), the row for all calls.

use std::collections::VecDeque;

use jiff::{SignedDuration, Timestamp};

/// Which limits hold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Limits {
    /// None, so that a standing clock does not throttle everything after the first call.
    #[default]
    Off,
    /// One call in 100 ms, 120 in a minute, 5000 in an hour, 200 000 in a day.
    Published,
}

/// Each span, with the most calls it may hold.
const PUBLISHED: [(SignedDuration, usize); 4] = [
    (SignedDuration::from_millis(100), 1),
    (SignedDuration::from_mins(1), 120),
    (SignedDuration::from_hours(1), 5_000),
    (SignedDuration::from_hours(24), 200_000),
];

/// The admitted calls of the last day, oldest first.
#[derive(Clone, Debug, Default)]
pub(super) struct Throttle {
    admitted: VecDeque<Timestamp>,
}

impl Throttle {
    /// Admits a call if every span still has room for it.
    pub(super) fn admit(&mut self, limits: Limits, now: Timestamp) -> bool {
        match limits {
            Limits::Off => true,
            Limits::Published => {
                let has_room = PUBLISHED.iter().all(|(span, most)| self.count_since(now - *span) < *most);
                if has_room {
                    self.admitted.push_back(now);
                    let longest = SignedDuration::from_hours(24);
                    self.admitted.retain(|at| now - longest < *at);
                }
                has_room
            }
        }
    }

    fn count_since(&self, start: Timestamp) -> usize {
        let recent = self.admitted.iter().rev();
        recent.take_while(|at| start < **at).count()
    }
}
