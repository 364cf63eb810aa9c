//! The limit on how often the API may be called.
//!
//! Source: developer.spacebring.com, rate limits (2026-11-21): ten requests a second, then 429. Over which span a second is
//! counted is not said; here it is any.

use std::collections::VecDeque;

use jiff::{SignedDuration, Timestamp};

/// Whether the limit holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Limits {
    /// No, so that a standing clock does not throttle everything after the tenth call.
    #[default]
    Off,
    /// Ten calls in a second.
    Published,
}

const CALLS_PER_SECOND: usize = 10;

/// The admitted calls of the last second, oldest first.
#[derive(Clone, Debug, Default)]
pub(super) struct Throttle(VecDeque<Timestamp>);

impl Throttle {
    pub(super) fn admit(&mut self, limits: Limits, now: Timestamp) -> bool {
        self.0.retain(|at| now - SignedDuration::from_secs(1) < *at);
        match limits {
            Limits::Off => true,
            Limits::Published if self.0.len() < CALLS_PER_SECOND => {
                self.0.push_back(now);
                true
            }
            Limits::Published => false,
        }
    }
}
