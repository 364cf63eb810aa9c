//! A clock that moves when told to, for tests.

use std::sync::{Arc, Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};

use crate::serving::Clock;

/// A clock that stands still until it is moved; its clones show the same time.
#[derive(Clone, Debug)]
pub struct TestClock(Arc<Mutex<Timestamp>>);

impl TestClock {
    /// At some nanoseconds past nine in the morning of 21 November 2026, UTC.
    pub fn new() -> Self {
        Self(Arc::new(Mutex::new(Timestamp::constant(1_795_251_600, 123_456_789))))
    }

    /// What it shows.
    pub fn now(&self) -> Timestamp {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Moves it by some seconds.
    pub fn advance(&self, seconds: i64) {
        self.advance_ms(seconds * 1_000);
    }

    /// Moves it by some milliseconds.
    pub fn advance_ms(&self, milliseconds: i64) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) += SignedDuration::from_millis(milliseconds);
    }

    /// What a simulator reads the time from.
    pub fn reader(&self) -> Clock {
        let clock = self.clone();
        Arc::new(move || clock.now())
    }
}

impl Default for TestClock {
    fn default() -> Self {
        Self::new()
    }
}
