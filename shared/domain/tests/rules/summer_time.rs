//! SPB-26: lead and lag are real minutes, whatever the clocks on the wall do meanwhile.

use domain::tenant::Platform;
use jiff::{ToSpan, Zoned, civil::DateTime, tz::TimeZone};
use proptest::prelude::*;

use crate::world::{booking, holding, mapping, only_window, tenant};

/// Zones of both hemispheres, one of which moves its clocks by half an hour only.
const ZONES: [&str; 6] = [
    "Europe/London",
    "America/New_York",
    "America/St_Johns",
    "Australia/Lord_Howe",
    "America/Santiago",
    "Pacific/Auckland",
];

/// The first and last instant of the access that a booking gives, as the wall shows them.
fn on_the_wall(starts: &Zoned, ends: &Zoned) -> (Zoned, Zoned) {
    let tenant = tenant(Platform::Spacebring, vec![mapping("resource/room", &[1])]);
    let window = only_window(&tenant, &holding([booking("b1", starts.timestamp(), ends.timestamp())]));
    let zone = starts.time_zone();
    (window.from.to_zoned(zone.clone()), window.until.unwrap().to_zoned(zone.clone()))
}

fn zoned(text: &str) -> Zoned {
    text.parse().unwrap()
}

/// SPB-26: lead and lag are thirty real minutes, before the change and after it.
#[test]
fn a_booking_in_the_night_the_clocks_go_forward_keeps_its_thirty_minutes() {
    let starts = zoned("2026-03-29T00:45+00:00[Europe/London]");
    let ends = zoned("2026-03-29T02:15+01:00[Europe/London]");

    let (from, until) = on_the_wall(&starts, &ends);

    assert_eq!(from, zoned("2026-03-29T00:15+00:00[Europe/London]"));
    assert_eq!(until, zoned("2026-03-29T02:45+01:00[Europe/London]"));
}

/// SPB-26: thirty minutes after an end just before the clocks go forward the wall shows an hour and a half more.
#[test]
fn the_lag_runs_on_through_the_hour_that_is_skipped() {
    let starts = zoned("2026-03-29T00:00+00:00[Europe/London]");
    let ends = zoned("2026-03-29T00:45+00:00[Europe/London]");

    let (_, until) = on_the_wall(&starts, &ends);

    assert_eq!(until, zoned("2026-03-29T02:15+01:00[Europe/London]"));
}

/// SPB-26: thirty minutes before a start in the second of two equal hours is in the first.
#[test]
fn the_lead_begins_in_the_first_of_two_equal_hours() {
    let starts = zoned("2026-11-01T01:15-05:00[America/New_York]");
    let ends = zoned("2026-11-01T03:00-05:00[America/New_York]");

    let (from, _) = on_the_wall(&starts, &ends);

    assert_eq!(from, zoned("2026-11-01T01:45-04:00[America/New_York]"));
}

proptest! {
    /// SPB-26: bookings that begin up to a day around a change of the clocks and last up to a day.
    #[test]
    fn a_booking_across_a_change_of_the_clocks_keeps_thirty_real_minutes(
        zone in prop::sample::select(ZONES.to_vec()), year in 2024i16..2030, which in 0usize..2,
        offset in -1440i64..1440, minutes in 1i64..1440
    ) {
        let zone = TimeZone::get(zone).unwrap();
        let new_year = DateTime::new(year, 1, 1, 0, 0, 0, 0).unwrap().to_zoned(zone.clone()).unwrap();
        let change = zone.following(new_year.timestamp()).nth(which).unwrap().timestamp().to_zoned(zone.clone());
        let starts = change.checked_add(offset.minutes()).unwrap();
        let ends = starts.checked_add(minutes.minutes()).unwrap();

        let (from, until) = on_the_wall(&starts, &ends);

        prop_assert_eq!(from.checked_add(30.minutes()).unwrap(), starts);
        prop_assert_eq!(ends.checked_add(30.minutes()).unwrap(), until);
    }
}
