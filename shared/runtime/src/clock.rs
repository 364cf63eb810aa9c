//! What time it is: really, by hand, or faster than real.

use std::{
    fmt::Debug,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use jiff::Timestamp;

/// Tells what time it is. Read once per decision; everything else takes `now` as an argument.
pub trait Clock: Send + Sync + Debug {
    /// The present instant.
    fn now(&self) -> Timestamp;

    /// How long to wait in real time until `instant`; `None` by a clock that does not move by itself.
    fn wait(&self, instant: Timestamp) -> Option<Duration> {
        Some(until(self.now(), instant))
    }
}

/// Waits until `instant`, unless the clock does not move by itself.
pub async fn rest(clock: &dyn Clock, instant: Timestamp) {
    if let Some(wait) = clock.wait(instant) {
        tokio::time::sleep(wait).await;
    }
}

fn until(now: Timestamp, instant: Timestamp) -> Duration {
    Duration::try_from(instant.duration_since(now)).unwrap_or_default()
}

/// The system's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the system's clock")]
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }
}

/// A clock that moves only when told to, and never backwards.
#[derive(Debug)]
pub struct ManualClock {
    now: Mutex<Timestamp>,
}

impl ManualClock {
    /// A clock that stands at `start`.
    pub fn new(start: Timestamp) -> Self {
        Self { now: Mutex::new(start) }
    }

    /// Moves to `instant`, or stays when that has passed; answers where it stands.
    pub fn set(&self, instant: Timestamp) -> Timestamp {
        let mut now = self.lock();
        *now = instant.max(*now);
        *now
    }

    /// Moves ahead by `step`, to the end of time at most; answers where it stands.
    pub fn advance(&self, step: Duration) -> Timestamp {
        let mut now = self.lock();
        *now = later(*now, step);
        *now
    }

    fn lock(&self) -> MutexGuard<'_, Timestamp> {
        self.now.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        *self.lock()
    }

    fn wait(&self, _instant: Timestamp) -> Option<Duration> {
        None
    }
}

/// A clock that runs faster than the real one from the moment it is made.
#[derive(Clone, Copy, Debug)]
pub struct FastClock {
    start: Timestamp,
    started: Instant,
    speed: u32,
}

impl FastClock {
    /// A clock that shows `start` now and then runs at `speed` times real time.
    pub fn new(start: Timestamp, speed: u32) -> Self {
        Self { start, started: Instant::now(), speed }
    }

    fn after(&self, elapsed: Duration) -> Timestamp {
        later(self.start, elapsed.saturating_mul(self.speed))
    }
}

impl Clock for FastClock {
    fn now(&self) -> Timestamp {
        self.after(self.started.elapsed())
    }

    fn wait(&self, instant: Timestamp) -> Option<Duration> {
        Some(until(self.now(), instant) / self.speed.max(1))
    }
}

fn later(instant: Timestamp, step: Duration) -> Timestamp {
    instant.checked_add(step).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn a_manual_clock_moves_only_when_told_to() {
        let clock = ManualClock::new(at(100));

        assert_eq!(clock.now(), at(100));
        assert_eq!(clock.advance(Duration::from_secs(20)), at(120));
        assert_eq!(clock.set(at(200)), at(200));
        assert_eq!(clock.now(), at(200));
    }

    #[test]
    fn a_manual_clock_never_goes_back() {
        let clock = ManualClock::new(at(100));

        assert_eq!(clock.set(at(99)), at(100));
        assert_eq!(clock.now(), at(100));
    }

    #[test]
    fn only_a_clock_that_moves_by_itself_is_waited_for() {
        assert_eq!(ManualClock::new(at(100)).wait(at(110)), None);
        assert_eq!(SystemClock.wait(at(0)), Some(Duration::ZERO));
        let fast = FastClock::new(at(1_000), 10).wait(at(1_100)).unwrap();
        assert!(fast > Duration::from_secs(5) && fast <= Duration::from_secs(10), "{fast:?}");
    }

    #[test]
    fn a_step_past_the_end_of_time_stops_there() {
        let clock = ManualClock::new(at(100));

        assert_eq!(clock.advance(Duration::MAX), Timestamp::MAX);
    }

    #[test]
    fn a_fast_clock_shows_real_time_multiplied() {
        let clock = FastClock::new(at(1_000), 600);

        assert_eq!(clock.after(Duration::ZERO), at(1_000));
        assert_eq!(clock.after(Duration::from_millis(500)), at(1_300));
        assert_eq!(clock.after(Duration::MAX), Timestamp::MAX);
    }

    #[test]
    fn a_fast_clock_begins_at_its_start_and_runs() {
        let clock = FastClock::new(at(1_000), u32::MAX);

        let first = clock.now();
        let second = clock.now();

        assert!(first > at(1_000));
        assert!(second > first);
    }

    #[test]
    fn the_system_clock_is_past_the_year_this_was_written() {
        assert!(SystemClock.now() > "2026-01-01T00:00:00Z".parse().unwrap());
    }
}
