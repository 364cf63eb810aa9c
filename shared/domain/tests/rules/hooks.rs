//! Hooks that have fallen silent.

use domain::hooks::{HookSeen, noted};
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

use crate::world::at;

const WEEK: u16 = 7;

fn seen(last: Timestamp) -> HookSeen {
    HookSeen { last, alarmed: false }
}

fn after(hours: i64) -> Timestamp {
    at(0) + SignedDuration::from_hours(hours)
}

#[test]
fn what_a_hook_brings_is_noted_once_an_hour() {
    assert_eq!(noted(None, at(0)), Some(seen(at(0))));
    assert_eq!(noted(Some(seen(at(0))), at(59)), None);
    assert_eq!(noted(Some(seen(at(0))), at(60)), Some(seen(at(60))));
}

#[test]
fn a_hook_that_was_silent_and_speaks_again_is_noted_at_once() {
    let alarmed = HookSeen { alarmed: true, ..seen(at(0)) };

    assert_eq!(noted(Some(alarmed), at(1)), Some(seen(at(1))));
}

/// An hour more than the days, because so much may have come after what was noted.
#[test]
fn an_alarm_is_raised_once_for_each_silence_and_never_early() {
    let hook = seen(at(0));

    assert_eq!(hook.alarm(WEEK, after(7 * 24)), None);
    let alarmed = hook.alarm(WEEK, after(7 * 24 + 1)).unwrap();
    assert_eq!(alarmed, HookSeen { alarmed: true, ..hook });
    assert!(alarmed.is_quiet(WEEK, after(7 * 24 + 1)));
    assert_eq!(alarmed.alarm(WEEK, after(100 * 24)), None);
}

proptest! {
    #[test]
    fn whatever_comes_ends_the_silence(last in -10_000_i64..10_000, alarmed: bool, later in 0_i64..10_000, days in 1_u16..=365) {
        let known = HookSeen { last: after(last), alarmed };
        let now = after(last + later);

        let then = noted(Some(known), now).unwrap_or(known);

        prop_assert!(!then.is_quiet(days, now) && !then.alarmed);
        prop_assert_eq!(then.alarm(days, now), None);
    }
}
