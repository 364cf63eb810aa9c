//! When recurring bookings take place.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::{fields::Faults, samples::at};

const ZONES: [&str; 5] = ["Europe/London", "America/New_York", "Australia/Lord_Howe", "America/Sao_Paulo", "UTC"];

fn zone(name: &str) -> TimeZone {
    TimeZone::get(name).unwrap()
}

fn try_read(recurrence: &Value) -> Result<Option<Recurrence>, Vec<String>> {
    let mut faults = Faults::default();
    let sent = json!({ "recurrence": recurrence });
    let read = Fields::of(&sent, "", &mut faults).and_then(|mut fields| read(&mut fields));
    faults.none_or(read.ok().flatten()).map_err(|unreadable| unreadable.faults)
}

fn rule(rrule: &str, exdates: &[&str]) -> Recurrence {
    try_read(&json!({"rrule": rrule, "exdates": exdates})).unwrap().unwrap()
}

fn starts(recurrence: &Recurrence, first: &str, zone_name: &str, window: [&str; 2]) -> Vec<String> {
    let [from, until] = window.map(at);
    recurrence.starts(at(first), &zone(zone_name), &(from..until)).iter().map(ToString::to_string).collect()
}

const OCTOBER: [&str; 2] = ["2025-10-01T00:00:00Z", "2025-11-15T00:00:00Z"];

#[test]
fn what_takes_place_once_has_no_rule() {
    for once in [Value::Null, json!({}), json!({"rrule": null}), json!({"rrule": "", "exdates": []})] {
        assert_eq!(try_read(&once), Ok(None), "{once}");
    }
}

#[test]
fn a_weekly_booking_keeps_its_local_time_when_clocks_change() {
    let weekly = rule("FREQ=WEEKLY;BYDAY=FR", &[]);

    let expected = [
        "2025-10-17T13:00:00Z",
        "2025-10-24T13:00:00Z",
        "2025-10-31T14:00:00Z",
        "2025-11-07T14:00:00Z",
        "2025-11-14T14:00:00Z",
    ];
    assert_eq!(starts(&weekly, "2025-10-17T13:00:00Z", "Europe/London", OCTOBER), expected);
}

#[test]
fn a_rule_may_have_its_name_and_a_start_before_it() {
    for text in ["FREQ=DAILY;COUNT=2", "RRULE:FREQ=DAILY;COUNT=2", "DTSTART:20200101T000000Z\nRRULE:FREQ=DAILY;COUNT=2"]
    {
        let told = starts(&rule(text, &[]), "2025-10-17T13:00:00Z", "UTC", OCTOBER);

        assert_eq!(told, ["2025-10-17T13:00:00Z", "2025-10-18T13:00:00Z"], "{text}");
    }
}

#[test]
fn until_is_an_instant_a_local_time_or_a_whole_day() {
    for (until, last) in [
        ("20251019T130000Z", "2025-10-19T13:00:00Z"),
        ("20251019T125959Z", "2025-10-18T13:00:00Z"),
        ("20251019T140000", "2025-10-19T13:00:00Z"),
        ("20251019T135959", "2025-10-18T13:00:00Z"),
        ("20251019", "2025-10-19T13:00:00Z"),
    ] {
        let daily = rule(&format!("FREQ=DAILY;UNTIL={until}"), &[]);
        let told = starts(&daily, "2025-10-17T13:00:00Z", "Europe/London", OCTOBER);

        assert_eq!(told.last().map(String::as_str), Some(last), "{until}");
    }
    let over = rule("FREQ=DAILY;UNTIL=20200101T000000Z", &[]);
    assert!(starts(&over, "2025-10-17T13:00:00Z", "Europe/London", OCTOBER).is_empty());
}

#[test]
fn an_exception_is_an_occurrence_or_if_it_is_midnight_a_day() {
    let daily = "FREQ=DAILY;COUNT=3";
    let told = |exdate| starts(&rule(daily, &[exdate]), "2025-10-25T13:00:00Z", "Europe/London", OCTOBER);

    let all = ["2025-10-25T13:00:00Z", "2025-10-26T14:00:00Z", "2025-10-27T14:00:00Z"];
    assert_eq!(told("2025-10-26T14:00:00.000Z"), [all[0], all[2]]);
    assert_eq!(told("2025-10-26T00:00:00.000Z"), [all[0], all[2]]);
    assert_eq!(told("2025-10-26T13:00:00.000Z"), all);
    let at_midnight = rule(daily, &["2025-07-02T00:00:00Z"]);
    let told = starts(
        &at_midnight,
        "2025-07-01T00:00:00Z",
        "America/New_York",
        ["2025-07-01T00:00:00Z", "2025-07-09T00:00:00Z"],
    );
    assert_eq!(told, ["2025-07-01T00:00:00Z", "2025-07-03T00:00:00Z"]);
}

#[test]
fn a_time_that_clocks_jump_over_does_not_take_place_and_a_doubled_one_takes_place_once() {
    let daily = rule("FREQ=DAILY;COUNT=3", &[]);

    let spring =
        starts(&daily, "2025-03-29T01:30:00Z", "Europe/London", ["2025-03-01T00:00:00Z", "2025-04-05T00:00:00Z"]);
    assert_eq!(spring, ["2025-03-29T01:30:00Z", "2025-03-31T00:30:00Z"]);
    let autumn = starts(&daily, "2025-10-25T00:30:00Z", "Europe/London", OCTOBER);
    assert_eq!(autumn, ["2025-10-25T00:30:00Z", "2025-10-26T00:30:00Z", "2025-10-27T01:30:00Z"]);
}

#[test]
fn a_rule_that_cannot_be_followed_is_a_fault() {
    for text in [
        "WEEKLY",
        "FREQ=FORTNIGHTLY",
        "FREQ=MINUTELY",
        "FREQ=SECONDLY;COUNT=2",
        "FREQ=DAILY;UNTIL=soon",
        "FREQ=DAILY\nRRULE:FREQ=WEEKLY",
        "FREQ=DAILY\nEXDATE:20251026T000000Z",
        "FREQ=DAILY;INTERVAL=x",
    ] {
        let faults = try_read(&json!({"rrule": text})).unwrap_err();

        assert_eq!(faults.len(), 1, "{faults:?}");
        assert!(faults[0].starts_with("recurrence.rrule: must be a rule"), "{faults:?}");
        assert!(!faults[0].contains(text), "{faults:?}");
    }
    let faults = try_read(&json!({"rrule": "FREQ=DAILY", "exdates": ["soon"]})).unwrap_err();
    assert!(faults[0].starts_with("recurrence.exdates[0]: "), "{faults:?}");
}

#[test]
fn a_series_of_long_ago_or_far_ahead_costs_nothing() {
    let hourly = rule("FREQ=HOURLY", &[]);
    for first in [
        "-009999-01-02T01:59:59Z",
        "0001-01-01T00:00:00Z",
        "1999-01-01T00:00:00Z",
        "2025-11-15T00:00:00Z",
        "9999-12-30T22:00:00Z",
    ] {
        assert!(starts(&hourly, first, "Europe/London", OCTOBER).is_empty(), "{first}");
    }
    let never = rule("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", &[]);
    assert!(starts(&never, "2024-01-01T00:00:00Z", "Europe/London", OCTOBER).is_empty());
}

fn any_rule() -> impl Strategy<Value = String> {
    let frequency = prop::sample::select(vec!["HOURLY", "DAILY", "WEEKLY", "MONTHLY", "YEARLY"]);
    let more = prop::sample::select(vec![
        "",
        ";BYDAY=MO,WE",
        ";BYMONTHDAY=31",
        ";BYDAY=-1FR",
        ";COUNT=7",
        ";UNTIL=20270101",
        ";BYHOUR=1,2;BYMINUTE=30",
    ]);
    (frequency, 1u8..4, more)
        .prop_map(|(frequency, interval, more)| format!("FREQ={frequency};INTERVAL={interval}{more}"))
}

proptest! {
    #[test]
    fn occurrences_lie_in_the_window_and_none_comes_twice(
        text in any_rule(),
        name in prop::sample::select(ZONES.to_vec()),
        first in 1_720_000_000i64..1_780_000_000,
        from in 1_740_000_000i64..1_780_000_000,
        days in 1i64..60,
    ) {
        let Ok(Some(recurrence)) = try_read(&json!({ "rrule": text })) else { return Ok(()) };
        let second = |second| Timestamp::from_second(second).unwrap();
        let window = second(from)..second(from + days * 86_400);
        let told = recurrence.starts(second(first), &zone(name), &window);

        prop_assert!(told.len() <= MOST);
        prop_assert!(told.iter().all(|start| window.contains(start) && *start >= second(first)));
        // The same whenever it is told: a window that begins later tells the same of what both have.
        let later = second(from + 86_400)..window.end;
        let again = recurrence.starts(second(first), &zone(name), &later);
        if told.len() < MOST && again.len() < MOST {
            prop_assert_eq!(told.range(later.start..).copied().collect::<Vec<_>>(), again.into_iter().collect::<Vec<_>>());
        }
    }

    #[test]
    fn a_weekly_booking_is_every_week_at_the_same_local_time(
        name in prop::sample::select(ZONES.to_vec()),
        first in 1_740_000_000i64..1_780_000_000,
    ) {
        let (zone, first) = (zone(name), Timestamp::from_second(first).unwrap());
        let window = first..first + SignedDuration::from_hours(24 * 200);
        let local = zone.to_datetime(first);

        let told = rule("FREQ=WEEKLY", &[]).starts(first, &zone, &window);

        for (week, start) in told.iter().enumerate() {
            let shown = zone.to_datetime(*start);
            prop_assert_eq!(shown.time(), local.time());
            prop_assert_eq!(shown.weekday(), local.weekday());
            prop_assert!(week > 0 || *start == first || zone.to_datetime(*start) == local);
        }
        // Two clock changes a year can each leave out one week at most.
        prop_assert!(told.len() >= 27);
    }

    #[test]
    fn no_rule_is_too_odd(
        text in "(FREQ=(DAILY|WEEKLY|MONTHLY|YEARLY|HOURLY))?;?[A-Z0-9=;,+-]{0,30}",
        first in 1_740_000_000i64..1_780_000_000,
    ) {
        if let Ok(Some(recurrence)) = try_read(&json!({ "rrule": text })) {
            let window = at("2026-01-01T00:00:00Z")..at("2026-02-05T00:00:00Z");
            let _ = recurrence.starts(Timestamp::from_second(first).unwrap(), &zone("Europe/London"), &window);
        }
    }
}
