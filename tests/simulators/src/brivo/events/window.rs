//! The time of which a listing of events tells.
//!
//! Source: apidocs.brivo.com (2025-11-25): `occurred` spans 24 hours at most, begins today in UTC if nothing is said, and its bounds
//! are cut to the hour; apidocs.brivo.com/access (2026-09-28): `processed` cannot be joined with it. Assumed: a bound left out is 24
//! hours from the other, or now; `processed` is neither cut nor limited.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::event::Event;
use crate::brivo::filter::{Condition, Operator};
use crate::brivo::refusal;
use crate::message::Response;

const DAY: SignedDuration = SignedDuration::from_hours(24);
const HOUR_SECONDS: i64 = 60 * 60;

/// Which events are told of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Window {
    /// Those that occurred from the one until before the other.
    Occurred(Timestamp, Timestamp),
    /// Those that were processed after the one and before the other.
    Processed(Timestamp, Timestamp),
}

#[derive(Default)]
struct Bounds {
    after: Option<Timestamp>,
    before: Option<Timestamp>,
}

impl Window {
    /// The window that the conditions about time ask for.
    pub(super) fn read(conditions: &[Condition], now: Timestamp) -> Result<Self, Response> {
        let occurred = Bounds::read(conditions, "occurred")?;
        let processed = Bounds::read(conditions, "processed")?;
        match (occurred, processed) {
            (Some(_), Some(_)) => Err(refusal::coded(
                400,
                "Invalid filters: the filter by occurred time and processed time cannot be applied at the same time",
            )),
            (None, Some(Bounds { after, before })) => {
                Ok(Self::Processed(after.unwrap_or(Timestamp::MIN), before.unwrap_or(Timestamp::MAX)))
            }
            (None, None) => Ok(Self::Occurred(midnight(now), now + DAY)),
            (Some(bounds), None) => Self::occurred(&bounds, now),
        }
    }

    pub(super) fn covers(self, event: &Event) -> bool {
        match self {
            Self::Occurred(from, to) => from <= event.occurred && event.occurred < to,
            Self::Processed(after, before) => after < event.processed && event.processed < before,
        }
    }

    fn occurred(bounds: &Bounds, now: Timestamp) -> Result<Self, Response> {
        let before = bounds.before.map(whole_hour);
        let from = bounds.after.map(whole_hour);
        let from = from.or_else(|| before?.checked_sub(DAY).ok()).unwrap_or_else(|| midnight(now));
        let span = before.unwrap_or(now).duration_since(from);
        if span > DAY || span.is_negative() {
            return Err(refusal::invalid_criteria());
        }
        Ok(Self::Occurred(from, before.unwrap_or(Timestamp::MAX)))
    }
}

impl Bounds {
    fn read(conditions: &[Condition], field: &str) -> Result<Option<Self>, Response> {
        let mut bounds = Self::default();
        for condition in conditions.iter().filter(|condition| condition.field == field) {
            let [text] = condition.values.as_slice() else {
                return Err(refusal::invalid_criteria());
            };
            let instant: Timestamp = text.parse().map_err(|_| refusal::invalid_criteria())?;
            match condition.operator {
                Operator::Gt => bounds.after = Some(instant),
                Operator::Lt => bounds.before = Some(instant),
                Operator::Eq | Operator::Ne => return Err(refusal::coded(400, "Invalid filter operator")),
            }
        }
        Ok((bounds.after.is_some() || bounds.before.is_some()).then_some(bounds))
    }
}

fn midnight(now: Timestamp) -> Timestamp {
    let today = now.to_zoned(TimeZone::UTC).start_of_day();
    today.map_or(now, |today| today.timestamp())
}

fn whole_hour(instant: Timestamp) -> Timestamp {
    let second = instant.as_second();
    Timestamp::from_second(second - second.rem_euclid(HOUR_SECONDS)).unwrap_or(instant)
}
