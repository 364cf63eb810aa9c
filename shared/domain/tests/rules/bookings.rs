//! Bookings: since when and until when they give access, to the nanosecond.

use domain::{
    Window,
    facts::{Booking, BookingStatus, MemberFacts},
    tenant::{Platform, Tenant},
};
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

use crate::world::{
    DAY, NANOSECOND, PLATFORMS, any_instant, any_platform, at, booking, clock, due, groups, holding, mapping, next,
    only_window, tenant, windows,
};

fn with_room(platform: Platform) -> Tenant {
    tenant(
        platform,
        vec![mapping("resource/room", &[1]), mapping("resource/hall", &[1]), mapping("resource/lot", &[2])],
    )
}

fn window(from: &str, until: &str) -> Window {
    Window { from: clock(from), until: Some(clock(until)) }
}

fn is_in(tenant: &Tenant, facts: &MemberFacts, now: Timestamp) -> bool {
    !due(tenant, facts, now).is_empty()
}

/// X3: each preset's lead and lag.
#[test]
fn the_window_of_a_booking_is_that_of_the_preset() {
    let facts = holding([booking("b1", clock("12:00"), clock("16:00"))]);
    let windows = PLATFORMS.map(|platform| (platform, only_window(&with_room(platform), &facts)));

    assert_eq!(
        windows,
        [
            (Platform::Nexudus, window("11:50", "16:15")),
            (Platform::Officernd, window("11:50", "16:00")),
            (Platform::Spacebring, window("11:30", "16:30")),
            (Platform::Coworks, window("12:00", "16:00")),
            (Platform::Deskworks, window("11:50", "16:00")),
        ]
    );
}

/// NEX-17, NEX-18, NEX-19: in from 10 minutes before, out 15 minutes after, exactly.
#[test]
fn nexudus_lets_in_ten_minutes_before_and_out_fifteen_after() {
    let tenant = with_room(Platform::Nexudus);
    let facts = holding([booking("b1", clock("09:00"), clock("10:00"))]);

    assert!(!is_in(&tenant, &facts, clock("08:50").checked_sub(NANOSECOND).unwrap()));
    assert!(is_in(&tenant, &facts, clock("08:50")));
    assert!(is_in(&tenant, &facts, clock("10:15").checked_sub(NANOSECOND).unwrap()));
    assert!(!is_in(&tenant, &facts, clock("10:15")));
}

/// NEX-20: back-to-back and overlapping bookings, of one room or of rooms that share a group, leave no gap.
#[test]
fn back_to_back_bookings_end_once_after_the_last() {
    let tenant = with_room(Platform::Nexudus);
    let hall = Booking { resource: "hall".to_owned(), ..booking("b3", clock("10:30"), clock("11:30")) };
    let facts =
        holding([booking("b1", clock("09:00"), clock("10:00")), booking("b2", clock("10:00"), clock("11:00")), hall]);

    let changes: Vec<_> = std::iter::successors(Some(clock("08:50")), |now| next(&tenant, &facts, *now))
        .filter(|now| !is_in(&tenant, &facts, *now))
        .collect();

    assert_eq!(changes, [clock("11:45")]);
    assert!((530..705).all(|minute| is_in(&tenant, &facts, at(minute))));
}

/// NEX-21: a booking made inside its lead, or while it runs, gives access at once.
#[test]
fn a_booking_made_late_gives_access_at_once() {
    let tenant = with_room(Platform::Nexudus);

    assert!(is_in(&tenant, &holding([booking("b1", clock("09:03"), clock("10:00"))]), clock("09:00")));
    assert!(is_in(&tenant, &holding([booking("b1", clock("08:00"), clock("10:00"))]), clock("09:00")));
}

/// NEX-22: the window follows a booking that is moved, made longer or shorter, cancelled, or of another room.
#[test]
fn the_window_follows_the_booking() {
    let tenant = with_room(Platform::Nexudus);
    let before = booking("b1", clock("09:00"), clock("10:00"));
    let moved = Booking { starts: clock("14:00"), ends: clock("15:00"), ..before.clone() };
    let longer = Booking { ends: clock("12:00"), ..before.clone() };
    let shorter = Booking { ends: clock("09:30"), ..before.clone() };
    let cancelled = Booking { status: BookingStatus::Cancelled, ..before.clone() };
    let elsewhere = Booking { resource: "lot".to_owned(), ..before };

    assert_eq!(only_window(&tenant, &holding([moved])), window("13:50", "15:15"));
    assert_eq!(only_window(&tenant, &holding([longer])), window("08:50", "12:15"));
    assert_eq!(only_window(&tenant, &holding([shorter])), window("08:50", "09:45"));
    assert!(!is_in(&tenant, &holding([cancelled]), clock("09:30")));
    assert_eq!(due(&tenant, &holding([elsewhere]), clock("09:30")), groups(&[2]));
}

/// SPB-21, SPB-22, SPB-23: thirty minutes before and after, as in Spacebring's own examples.
#[test]
fn spacebring_gives_thirty_minutes_before_and_after() {
    let tenant = with_room(Platform::Spacebring);

    let noon = holding([booking("b1", clock("12:00"), clock("16:00"))]);
    assert_eq!(only_window(&tenant, &noon), window("11:30", "16:30"));
    let morning = holding([booking("b1", clock("09:30"), clock("11:30"))]);
    assert_eq!(only_window(&tenant, &morning), window("09:00", "12:00"));
}

/// SPB-24: two bookings 40 minutes apart are one stay with one end.
#[test]
fn grace_periods_that_overlap_leave_no_gap() {
    let tenant = with_room(Platform::Spacebring);
    let facts = holding([booking("b1", clock("09:00"), clock("10:00")), booking("b2", clock("10:40"), clock("11:00"))]);

    assert!((510..690).all(|minute| is_in(&tenant, &facts, at(minute))));
    assert!(!is_in(&tenant, &facts, clock("11:30")));
}

/// ALL-10: one minute, no length, end before start, five years ahead, in the past.
#[test]
fn odd_bookings_have_a_defined_meaning() {
    let tenant = with_room(Platform::Coworks);
    let noon = clock("12:00");
    let stay = |starts, ends| holding([booking("b1", starts, ends)]);

    let minute = stay(noon, clock("12:01"));
    assert!(is_in(&tenant, &minute, noon) && !is_in(&tenant, &minute, clock("12:01")));
    assert_eq!(windows(&with_room(Platform::Nexudus), &stay(noon, noon)), []);
    assert_eq!(windows(&with_room(Platform::Nexudus), &stay(noon, clock("11:00"))), []);
    let far = stay(at(5 * 365 * DAY), at(5 * 365 * DAY + 60));
    assert!(!is_in(&tenant, &far, noon));
    assert_eq!(next(&tenant, &far, noon), Some(at((5 * 365 - 90) * DAY)));
    let past = stay(at(-120), at(-60));
    assert!(!is_in(&tenant, &past, noon));
    assert_eq!(next(&tenant, &past, noon), None);
}

/// R11: a tentative booking gives nothing until it is confirmed.
#[test]
fn a_tentative_booking_gives_nothing() {
    let tentative = Booking { status: BookingStatus::Tentative, ..booking("b1", clock("09:00"), clock("10:00")) };

    for platform in PLATFORMS {
        assert_eq!(windows(&with_room(platform), &holding([tentative.clone()])), []);
    }
}

/// R14: under Coworks a mapped room works like anywhere, without lead and lag.
#[test]
fn a_booking_under_coworks_counts_from_start_to_end() {
    let facts = holding([booking("b1", clock("09:00"), clock("10:00"))]);

    assert_eq!(only_window(&with_room(Platform::Coworks), &facts), window("09:00", "10:00"));
}

/// The policy of a mapping wins over that of its location, which wins over the tenant's.
#[test]
fn the_nearest_policy_sets_lead_and_lag() {
    let mut tenant = with_room(Platform::Nexudus);
    tenant.policy = serde_json::from_str(r#"{"lead": "PT1H", "lag": "PT2H"}"#).unwrap();
    tenant.locations[0].policy = serde_json::from_str(r#"{"lead": "PT5M", "lag": "PT6M"}"#).unwrap();
    tenant.mappings[0].policy = serde_json::from_str(r#"{"lag": "PT0S"}"#).unwrap();
    let stay = Booking { location: Some("london".into()), ..booking("b1", clock("09:00"), clock("10:00")) };

    assert_eq!(only_window(&tenant, &holding([stay])), window("08:55", "10:00"));
}

#[test]
fn bookings_at_the_edges_of_time_do_not_panic() {
    let instants = [Timestamp::MIN, Timestamp::UNIX_EPOCH, Timestamp::MAX];
    let tenant = with_room(Platform::Spacebring);
    for (starts, ends) in instants.iter().flat_map(|starts| instants.map(|ends| (*starts, ends))) {
        let facts = holding([booking("b1", starts, ends)]);
        for now in instants {
            assert!(next(&tenant, &facts, now).is_none_or(|next| next > now));
        }
    }
}

proptest! {
    #[test]
    fn access_begins_and_ends_to_the_nanosecond(
        platform in any_platform(), starts in any_instant(), minutes in 1i64..600, lead in 0i64..120, lag in 0i64..120
    ) {
        let mut tenant = with_room(platform);
        tenant.policy.lead = Some(SignedDuration::from_mins(lead));
        tenant.policy.lag = Some(SignedDuration::from_mins(lag));
        let ends = starts + SignedDuration::from_mins(minutes);
        let facts = holding([booking("b1", starts, ends)]);
        let (from, until) = (starts - SignedDuration::from_mins(lead), ends + SignedDuration::from_mins(lag));

        prop_assert!(!is_in(&tenant, &facts, from - NANOSECOND));
        prop_assert!(is_in(&tenant, &facts, from));
        prop_assert!(is_in(&tenant, &facts, until - NANOSECOND));
        prop_assert!(!is_in(&tenant, &facts, until));
    }
}
