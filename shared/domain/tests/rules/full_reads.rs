//! When a platform is read by its own API, and how far back (B6, ALL-08).

use domain::full_read::{Extent, Reads, goes_on};
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
