//! Instants and civil dates as platforms write them.

use jiff::{
    Timestamp,
    civil::{Date, Time},
    tz::TimeZone,
};
use serde_json::Value;

/// What a sender may write where both are allowed.
const WANTED: &str = "must be a date like 2026-11-21 or an instant with offset like 2026-11-21T09:00:00Z";

/// jiff counts nanoseconds; what a sender writes beyond is cut off.
const FRACTION_DIGITS: usize = 9;

/// An instant, or a day of a place that is still to be named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Moment {
    /// The same everywhere.
    Instant(Timestamp),
    /// A day in some location's time zone.
    Day(Date),
}

impl Moment {
    /// The first instant: of the day, if it is one.
    pub(crate) fn first_instant(self, zone: Option<&TimeZone>) -> Result<Timestamp, Unplaceable> {
        match self {
            Self::Instant(instant) => Ok(instant),
            Self::Day(day) => first_instant(day, zone),
        }
    }

    /// The first instant after: a day counts to its end, so that is the first instant of the next day.
    pub(crate) fn first_instant_after(self, zone: Option<&TimeZone>) -> Result<Timestamp, Unplaceable> {
        match self {
            Self::Instant(instant) => Ok(instant),
            Self::Day(day) => first_instant(day.tomorrow().map_err(|_| Unplaceable::OutOfRange)?, zone),
        }
    }
}

/// A day cannot become an instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Unplaceable {
    /// Nothing says in which time zone.
    #[error(
        "is a date, but no location says in which time zone; give a location of the tenant or an instant with offset"
    )]
    NoZone,
    /// Beyond the years that can be counted.
    #[error("is too far away; leave it out if there is none")]
    OutOfRange,
}

fn first_instant(day: Date, zone: Option<&TimeZone>) -> Result<Timestamp, Unplaceable> {
    let zone = zone.ok_or(Unplaceable::NoZone)?;
    // Where clocks jump over midnight, jiff gives the first instant that exists.
    let midnight = day.to_zoned(zone.clone()).map_err(|_| Unplaceable::OutOfRange)?;
    Ok(midnight.timestamp())
}

/// Reads a date or an instant.
pub(crate) fn moment(value: &Value) -> Result<Moment, String> {
    let text = value.as_str().ok_or(WANTED)?;
    match day(text) {
        Some(day) => Ok(Moment::Day(day)),
        None => parse(text).map(Moment::Instant).ok_or_else(|| WANTED.to_owned()),
    }
}

/// Reads a date or an instant from a platform that writes dates as midnight UTC: that is the date, wherever it is meant.
pub(crate) fn day_at_midnight_utc(value: &Value) -> Result<Moment, String> {
    Ok(match moment(value)? {
        Moment::Instant(instant) => {
            let civil = TimeZone::UTC.to_datetime(instant);
            if civil.time() == Time::midnight() { Moment::Day(civil.date()) } else { Moment::Instant(instant) }
        }
        Moment::Day(day) => Moment::Day(day),
    })
}

/// Reads an instant, which has an offset or `Z`.
pub(crate) fn instant(value: &Value) -> Result<Timestamp, String> {
    let wanted = || "must be an instant with offset like 2026-11-21T09:00:00Z".to_owned();
    value.as_str().and_then(parse).ok_or_else(wanted)
}

/// Reads an instant; one without offset is in UTC.
pub(crate) fn instant_in_utc(value: &Value) -> Result<Timestamp, String> {
    let parsed = value.as_str().and_then(|text| parse(text).or_else(|| parse(&format!("{text}Z"))));
    parsed.ok_or_else(|| "must be an instant like 2026-11-21T09:00:00Z".to_owned())
}

/// Just `YYYY-MM-DD`: jiff would also find a date in a longer text and drop the rest.
fn day(text: &str) -> Option<Date> {
    if text.len() == "2026-11-21".len() { text.parse().ok() } else { None }
}

fn parse(text: &str) -> Option<Timestamp> {
    let Some((whole, tail)) = text.split_once('.') else { return text.parse().ok() };
    let digits = tail.bytes().take_while(u8::is_ascii_digit).count();
    let (fraction, offset) = tail.split_at_checked(digits)?;
    let fraction = fraction.get(..FRACTION_DIGITS).unwrap_or(fraction);
    format!("{whole}.{fraction}{offset}").parse().ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::samples::at;

    fn zone(name: &str) -> TimeZone {
        TimeZone::get(name).unwrap()
    }

    #[test]
    fn instants_may_have_an_offset_and_any_number_of_fraction_digits() {
        for (text, expected) in [
            ("2026-11-21T09:00:00Z", "2026-11-21T09:00:00Z"),
            ("2026-11-21T09:00:00+02:00", "2026-11-21T07:00:00Z"),
            ("2026-11-21T09:00:00.5515198Z", "2026-11-21T09:00:00.5515198Z"),
            ("2026-11-21T09:00:00.123456789987654321-01:00", "2026-11-21T10:00:00.123456789Z"),
            ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z"),
        ] {
            assert_eq!(instant(&json!(text)), Ok(at(expected)), "{text}");
        }
    }

    #[test]
    fn an_instant_without_offset_is_a_fault_unless_utc_is_known() {
        assert!(instant(&json!("2026-11-21T09:00:00")).is_err());
        assert!(moment(&json!("2026-11-21T09:00:00")).is_err());
        assert_eq!(instant_in_utc(&json!("2026-11-21T09:00:00")), Ok(at("2026-11-21T09:00:00Z")));
        assert_eq!(instant_in_utc(&json!("2026-11-21T09:00:00.5+02:00")), Ok(at("2026-11-21T07:00:00.5Z")));
    }

    #[test]
    fn midnight_utc_is_a_date_and_any_other_time_is_itself() {
        let day = Moment::Day("2025-11-01".parse().unwrap());
        for text in ["2025-11-01T00:00:00.000Z", "2025-11-01", "2025-11-01T01:00:00+01:00"] {
            assert_eq!(day_at_midnight_utc(&json!(text)), Ok(day), "{text}");
        }
        let instant = Moment::Instant(at("2025-11-01T00:00:00.001Z"));
        assert_eq!(day_at_midnight_utc(&json!("2025-11-01T00:00:00.001Z")), Ok(instant));
        assert!(day_at_midnight_utc(&json!("2025-11-01T00:00:00.000")).is_err());
    }

    #[test]
    fn what_no_clock_shows_is_a_fault() {
        for text in
            ["", "tomorrow", "2026-02-30", "2026-02-30T00:00:00Z", "9999-12-31T23:59:59Z", "2026-11-21T25:00:00Z"]
        {
            assert!(moment(&json!(text)).is_err(), "{text}");
        }
        assert!(moment(&json!(1_700_000_000)).is_err());
    }

    /// NEX-32: a date is a day of its location, its end inclusive.
    #[test]
    fn a_day_lasts_from_its_first_instant_to_the_next_days_in_the_locations_zone() {
        let day = moment(&json!("2026-06-30")).unwrap();

        assert_eq!(day.first_instant(Some(&zone("Europe/London"))), Ok(at("2026-06-29T23:00:00Z")));
        assert_eq!(day.first_instant_after(Some(&zone("Europe/London"))), Ok(at("2026-06-30T23:00:00Z")));
        assert_eq!(day.first_instant_after(Some(&zone("America/New_York"))), Ok(at("2026-07-01T04:00:00Z")));
    }

    #[test]
    fn a_day_on_which_clocks_change_has_its_own_length() {
        let day = Moment::Day("2026-10-25".parse().unwrap());
        let london = zone("Europe/London");

        assert_eq!(day.first_instant(Some(&london)), Ok(at("2026-10-24T23:00:00Z")));
        assert_eq!(day.first_instant_after(Some(&london)), Ok(at("2026-10-26T00:00:00Z")));
    }

    #[test]
    fn a_day_without_midnight_begins_with_the_first_instant_that_exists() {
        let day = Moment::Day("2018-11-04".parse().unwrap());

        assert_eq!(day.first_instant(Some(&zone("America/Sao_Paulo"))), Ok(at("2018-11-04T03:00:00Z")));
    }

    #[test]
    fn a_day_without_zone_and_the_last_day_of_all_cannot_be_placed() {
        let day = Moment::Day("2026-06-30".parse().unwrap());

        assert_eq!(day.first_instant(None), Err(Unplaceable::NoZone));
        assert_eq!(Moment::Day(Date::MAX).first_instant_after(Some(&TimeZone::UTC)), Err(Unplaceable::OutOfRange));
    }

    proptest! {
        #[test]
        fn no_text_is_too_odd(text in ".{0,40}") {
            let value = json!(text);
            let _ = (moment(&value), instant(&value), instant_in_utc(&value));
        }

        #[test]
        fn the_end_of_a_day_is_the_beginning_of_the_next(
            number in 0i32..40_000,
            name in prop::sample::select(vec!["Europe/London", "Pacific/Apia", "Asia/Beirut", "America/Havana", "UTC"]),
        ) {
            let day = Date::constant(1970, 1, 1) + jiff::Span::new().days(number);
            let zone = zone(name);

            let end = Moment::Day(day).first_instant_after(Some(&zone)).unwrap();

            prop_assert_eq!(end, Moment::Day(day.tomorrow().unwrap()).first_instant(Some(&zone)).unwrap());
            prop_assert!(Moment::Day(day).first_instant(Some(&zone)).unwrap() <= end);
        }
    }
}
