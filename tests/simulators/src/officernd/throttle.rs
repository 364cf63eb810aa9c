//! The limits on how often the API may be read, and the headers that tell of them.
//!
//! Source: header names from developer.officernd.com, 429 with `Retry-After` from public code (2026-11-21). The figures are not
//! published; those here are for tests.

use std::collections::VecDeque;

use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use crate::message::Response;

/// Which limits hold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Limits {
    /// None, and no headers.
    #[default]
    Off,
    /// So many calls that read in a minute and in a day.
    Of {
        /// In a minute.
        minute: usize,
        /// In a day.
        day: usize,
    },
}

/// The admitted calls of the last day, oldest first.
#[derive(Clone, Debug, Default)]
pub(super) struct Throttle {
    admitted: VecDeque<Timestamp>,
}

const MINUTE: SignedDuration = SignedDuration::from_mins(1);
const DAY: SignedDuration = SignedDuration::from_hours(24);

impl Throttle {
    /// Admits a call if there is room for it, and gives the headers that its answer is to have.
    pub(super) fn admit(&mut self, limits: Limits, now: Timestamp) -> Option<Vec<(&'static str, String)>> {
        let Limits::Of { minute, day } = limits else { return Some(Vec::new()) };
        self.admitted.retain(|at| now - DAY < *at);
        let left = |most: usize, used: usize| most.checked_sub(used + 1);
        let used = self.admitted.iter().filter(|at| now - MINUTE < **at).count();
        let (left_minute, left_day) = (left(minute, used)?, left(day, self.admitted.len())?);
        self.admitted.push_back(now);
        let oldest = self.admitted.iter().find(|at| now - MINUTE < **at).copied().unwrap_or(now);
        let reset = (oldest + MINUTE).duration_since(now).as_secs();
        Some(vec![
            ("x-ratelimit-limit-read-minute", minute.to_string()),
            ("x-ratelimit-remaining-read-minute", left_minute.to_string()),
            ("x-ratelimit-reset-read-minute", reset.to_string()),
            ("x-ratelimit-limit-read-day", day.to_string()),
            ("x-ratelimit-remaining-read-day", left_day.to_string()),
        ])
    }
}

/// The answer to a call that comes too soon.
pub(super) fn refused() -> Response {
    Response::json(429, &json!({"message": "Too many requests"})).with_header("Retry-After", "30")
}
