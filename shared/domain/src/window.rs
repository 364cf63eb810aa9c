//! Half-open spans of time.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// A half-open span `[from, until)` in instants; `until: None` has no end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Window {
    /// The first instant inside.
    pub from: Timestamp,
    /// The first instant after, if there is an end.
    pub until: Option<Timestamp>,
}

impl Window {
    /// The span from `starts` to `ends`, `lead` earlier and `lag` later; clamped to representable time.
    pub fn around(starts: Timestamp, ends: Option<Timestamp>, lead: SignedDuration, lag: SignedDuration) -> Self {
        Self {
            from: starts.saturating_sub(lead).unwrap_or(Timestamp::MIN),
            until: ends.map(|end| end.saturating_add(lag).unwrap_or(Timestamp::MAX)),
        }
    }

    /// Whether `now` lies inside.
    pub fn covers(&self, now: Timestamp) -> bool {
        self.from <= now && self.until.is_none_or(|until| now < until)
    }

    /// Whether neither `now` nor any later instant lies inside.
    pub fn is_over(&self, now: Timestamp) -> bool {
        self.is_empty() || self.until.is_some_and(|until| until <= now)
    }

    /// Whether no instant lies inside.
    pub fn is_empty(&self) -> bool {
        self.until.is_some_and(|until| until <= self.from)
    }

    /// The next instant after `now` at which `covers` changes its answer.
    pub fn next_edge(&self, now: Timestamp) -> Option<Timestamp> {
        if self.is_empty() {
            return None;
        }
        [Some(self.from), self.until].into_iter().flatten().filter(|edge| *edge > now).min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn access_ends_at_the_first_instant_after_the_window() {
        let window = Window { from: at("2026-03-02T09:00:00Z"), until: Some(at("2026-03-02T10:00:00Z")) };

        assert!(!window.covers(at("2026-03-02T08:59:59.999999999Z")));
        assert!(window.covers(at("2026-03-02T09:00:00Z")));
        assert!(window.covers(at("2026-03-02T09:59:59.999999999Z")));
        assert!(!window.covers(at("2026-03-02T10:00:00Z")));
        assert!(window.is_over(at("2026-03-02T10:00:00Z")));
    }

    #[test]
    fn a_window_at_the_edge_of_time_does_not_wrap() {
        let hour = SignedDuration::from_hours(1);
        let window = Window::around(Timestamp::MIN, Some(Timestamp::MAX), hour, hour);

        assert_eq!(window, Window { from: Timestamp::MIN, until: Some(Timestamp::MAX) });
    }
}
