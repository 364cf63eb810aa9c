//! The limits on how often the API may be called.
//!
//! Source: developers.nexudus.com/reference/api-limitations (2026-11-21), the rows for all calls
//! and for writes.

use std::collections::VecDeque;

use jiff::{SignedDuration, Timestamp};

/// Which limits hold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Limits {
    /// None, so that a standing clock does not throttle everything after the first call.
    #[default]
    Off,
    /// One call in 100 ms, 120 in a minute, 5000 in an hour, 200 000 in a day; of these 60 writes in a minute, 5000 in a day.
    Published,
}

/// Each span, with the most calls it may hold.
const PUBLISHED: [(SignedDuration, usize); 4] = [
    (SignedDuration::from_millis(100), 1),
    (SignedDuration::from_mins(1), 120),
    (SignedDuration::from_hours(1), 5_000),
    (SignedDuration::from_hours(24), 200_000),
];

/// The same of writes.
const PUBLISHED_FOR_WRITES: [(SignedDuration, usize); 2] =
    [(SignedDuration::from_mins(1), 60), (SignedDuration::from_hours(24), 5_000)];

/// The admitted calls of the last day, oldest first.
#[derive(Clone, Debug, Default)]
pub(super) struct Throttle {
    admitted: VecDeque<Timestamp>,
    writes: VecDeque<Timestamp>,
}

impl Throttle {
    /// Admits a call if every span still has room for it.
    pub(super) fn admit(&mut self, limits: Limits, is_write: bool, now: Timestamp) -> bool {
        match limits {
            Limits::Off => true,
            Limits::Published => {
                let is_admitted = has_room(&self.admitted, &PUBLISHED, now)
                    && (!is_write || has_room(&self.writes, &PUBLISHED_FOR_WRITES, now));
                if is_admitted {
                    note(&mut self.admitted, now);
                }
                if is_admitted && is_write {
                    note(&mut self.writes, now);
                }
                is_admitted
            }
        }
    }
}

/// Whether every span still has room for a call now.
fn has_room(admitted: &VecDeque<Timestamp>, spans: &[(SignedDuration, usize)], now: Timestamp) -> bool {
    let count = |start: Timestamp| admitted.iter().rev().take_while(|at| start < **at).count();
    spans.iter().all(|(span, most)| count(now - *span) < *most)
}

fn note(admitted: &mut VecDeque<Timestamp>, now: Timestamp) {
    let longest = SignedDuration::from_hours(24);
    admitted.push_back(now);
    admitted.retain(|at| now - longest < *at);
}
