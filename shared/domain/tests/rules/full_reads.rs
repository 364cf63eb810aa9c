//! When a platform is read by its own API, and how far back (B6, ALL-08).

use domain::full_read::{Extent, Reads, begins_anew, goes_on, true_of};
use jiff::{SignedDuration, Timestamp};

fn hour(hours: i64) -> Timestamp {
    Timestamp::UNIX_EPOCH + SignedDuration::from_hours(hours)
}

/// B6: what changed each hour, and everything once a day.
#[test]
fn a_platform_that_tells_what_changed_is_read_whole_once_a_day() {
    let mut reads = Reads::default();
    let mut whole = Vec::new();

    for now in 0..50 {
        let extent = reads.next(true, false, hour(now));
        match extent {
            Extent::Whole => whole.push(now),
            Extent::Since(since) => assert_eq!(since, hour(now - 1) - SignedDuration::from_mins(15)),
        }
        reads = reads.and(hour(now), extent);
    }

    assert_eq!(whole, [0, 24, 48]);
}

#[test]
fn a_platform_that_does_not_is_read_whole_every_time() {
    let reads = Reads::default().and(hour(0), Extent::Whole);

    assert_eq!(reads.next(false, false, hour(1)), Extent::Whole);
}

/// B4: what waits for approval is looked at again each hour, so that nobody has to approve what was a fault of one hour.
#[test]
fn while_something_waits_every_read_is_whole() {
    let reads = Reads::default().and(hour(0), Extent::Whole);

    assert_eq!(reads.next(true, true, hour(1)), Extent::Whole);
}

#[test]
fn a_read_that_was_kept_from_its_end_for_a_day_begins_anew() {
    assert!(goes_on(hour(0), hour(23)));
    assert!(!goes_on(hour(0), hour(24)));
}

/// A read that did not come to its end changes nothing, so the next begins where the last whole one did.
#[test]
fn what_changed_is_read_from_the_last_read_that_came_to_its_end() {
    let reads = Reads::default().and(hour(0), Extent::Whole).and(hour(1), Extent::Since(hour(0)));

    assert_eq!(reads.next(true, false, hour(5)), Extent::Since(hour(1) - SignedDuration::from_mins(15)));
}

/// A page shows what was so a minute ago, by another's clock: what was told within it is on no list yet.
#[test]
fn a_read_is_true_of_a_minute_before_it_began() {
    assert_eq!(true_of(hour(1)), hour(1) - SignedDuration::from_mins(1));
    assert_eq!(true_of(Timestamp::MIN), Timestamp::MIN);
}

#[test]
fn a_read_that_is_kept_from_going_on_twice_at_one_place_begins_anew() {
    let at_once = SignedDuration::ZERO;

    assert_eq!([0, 1, 2, 3].map(|failures| begins_anew(failures, at_once)), [false, false, true, true]);
}

/// ALL-08: a place that the platform never answers for, as it does not for a page mark that has run out, is left in the end.
#[test]
fn a_read_that_is_stuck_for_three_hours_begins_anew() {
    let stuck = |hours| begins_anew(0, SignedDuration::from_hours(hours));

    assert_eq!([0, 1, 2, 3, 4].map(stuck), [false, false, false, true, true]);
}

/// B6: what is known by reads is as old as the read, and a minute more.
#[test]
fn how_far_reads_lie_behind_is_told_of_the_last_and_of_the_last_whole_one() {
    let reads = Reads::default().and(hour(0), Extent::Whole).and(hour(2), Extent::Since(hour(1)));

    assert_eq!(reads.seconds_behind(hour(3)), (Some(3660), Some(3 * 3600 + 60)));
    assert_eq!(reads.seconds_behind(hour(1)), (Some(0), Some(3660)), "a clock that went back");
    assert_eq!(Reads::default().seconds_behind(hour(3)), (None, None));
}

#[test]
fn reads_are_late_after_a_day_without_an_end() {
    let read = Reads::default().and(hour(5), Extent::Whole);
    let late = |reads: Reads, first: Option<i64>, now: i64| reads.are_late(first.map(hour), hour(now));

    assert_eq!([28, 29, 30].map(|now| late(read, Some(0), now)), [false, true, true]);
    assert_eq!([23, 24].map(|now| late(Reads::default(), Some(0), now)), [false, true], "none ever ended");
    assert!(!late(Reads::default(), None, 100), "none was ever begun");
}

/// Once for each silence, however often it is tried.
#[test]
fn that_nothing_is_read_for_a_day_is_told_once() {
    let reads = Reads::default().and(hour(0), Extent::Whole);
    let tries: Vec<i64> = (1..72).collect();
    let mut before = None;
    let mut told = Vec::new();
    for now in tries {
        if reads.alarms(before, hour(now)) {
            told.push(now);
        }
        before = Some(hour(now));
    }
    assert_eq!(told, [24]);
    assert!(Reads::default().alarms(None, hour(0)), "it never was read");
    assert!(!Reads::default().alarms(Some(hour(0)), hour(1)));
}
