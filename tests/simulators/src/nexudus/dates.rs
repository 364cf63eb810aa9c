//! Dates as Nexudus writes and reads them.
//!
//! Source: the booking captured in 2022; developers.nexudus.com, filtering by ranges (2026-11-21).

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

/// Where the fraction of the captured record stood; each change moves it by one.
const FIRST_TICK: u64 = 5_515_198;

/// One more than the largest fraction of seven digits.
const TICKS: u64 = 10_000_000;

/// A plain instant, such as the start of a booking.
pub(super) fn plain(instant: Timestamp) -> String {
    instant.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// The instant of a change, with seven digits of fraction whatever the clock's own precision.
pub(super) fn with_ticks(instant: Timestamp, changes: u64) -> String {
    let tick = (FIRST_TICK + changes) % TICKS;
    format!("{}.{tick:07}Z", instant.strftime("%Y-%m-%dT%H:%M:%S"))
}

/// A date of a record or of a filter; without a zone it is UTC.
pub(super) fn read(text: &str) -> Option<Timestamp> {
    let zoned = text.parse::<Timestamp>();
    zoned.ok().or_else(|| {
        let civil: DateTime = text.parse().ok()?;
        Some(civil.to_zoned(TimeZone::UTC).ok()?.timestamp())
    })
}
