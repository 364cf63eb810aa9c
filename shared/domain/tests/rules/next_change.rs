//! The next wake-up is exactly the next instant at which something changes.

use std::{borrow::Cow, collections::BTreeSet, sync::LazyLock};

use domain::{
    AccountId, GroupId, Window,
    access::{Nearness, desired, next_change, overdue_since},
    facts::Entitlement,
    reasons::{Fact, Gives, Path, Reason, reasons},
    rules::Rulebook,
    wake::{Arranged, LONGEST_DELAY, SCHEDULE_EARLY, ScheduleChange, plan_wake},
};
use jiff::Timestamp;
use proptest::{
    collection::{btree_set, vec},
    option,
    prelude::*,
};

use crate::world::{NANOSECOND, any_facts, any_instant, any_tenant, at, booking, groups};

static ACCOUNTS: LazyLock<[AccountId; 2]> = LazyLock::new(|| ["hq".into(), "east".into()]);
static BOOKING: LazyLock<Entitlement> = LazyLock::new(|| Entitlement::Booking(booking("b1", at(0), at(60))));

fn reason(minutes: (i64, Option<i64>, i64), groups: BTreeSet<GroupId>, account: &'static AccountId) -> Reason<'static> {
    let (from, until, ahead) = minutes;
    Reason {
        fact: Fact::Entitlement(&BOOKING),
        path: Path::Own,
        gives: Gives::PersonChoice,
        account,
        groups: Cow::Owned(groups),
        window: Window { from: at(from), until: until.map(at) },
        prepare_from: at(from.saturating_sub(ahead)),
        notify_at: at(from),
        held_back: false,
    }
}

/// Any reason within forty minutes, also empty ones.
fn any_reason() -> impl Strategy<Value = Reason<'static>> {
    let minutes = (0i64..40, option::of(0i64..40), 0i64..20);
    let groups = btree_set((1i64..4).prop_map(GroupId), 1..3);
    (minutes, groups, 0usize..2).prop_map(|(minutes, groups, account)| reason(minutes, groups, &ACCOUNTS[account]))
}

/// What is due in each account, how near the reasons are and when the last one ends.
fn everywhere(reasons: &[Reason<'_>], now: Timestamp) -> Vec<(BTreeSet<GroupId>, Nearness, Option<Timestamp>)> {
    let due = |account| desired(reasons, account, now);
    ACCOUNTS.iter().map(due).map(|due| (due.group_ids(), due.nearness, due.ends)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn nothing_changes_before_the_next_change_and_something_does_at_it(
        reasons in vec(any_reason(), 0..6), minute in -25i64..45
    ) {
        let now = at(minute);
        let present = everywhere(&reasons, now);

        let next = next_change(&reasons, now);

        prop_assert!(next.is_none_or(|next| next > now));
        prop_assert!(next.is_none_or(|next| everywhere(&reasons, next) != present));
        prop_assert!(next.is_none_or(|next| everywhere(&reasons, next - NANOSECOND) == present));
        for later in (minute..60).map(at).take_while(|later| next.is_none_or(|next| *later < next)) {
            prop_assert_eq!(&everywhere(&reasons, later), &present);
        }
    }

    /// R16: waking only when told to, from the first instant on, misses nothing that any facts bring about.
    #[test]
    fn waking_at_each_change_sees_all_that_facts_bring_about(
        tenant in any_tenant(), facts in any_facts(), now in any_instant()
    ) {
        let rules = Rulebook::new(&tenant);
        let reasons = reasons(&rules, &facts);
        let wakes = std::iter::successors(Some(Timestamp::MIN), |at| next_change(&reasons, *at));
        let last = wakes.take_while(|wake| *wake <= now).last().unwrap();

        prop_assert_eq!(everywhere(&reasons, last), everywhere(&reasons, now));
    }

    /// ALL-11: whatever stands, the member is woken at the instant or just early enough to wait for it exactly.
    #[test]
    fn a_wake_up_is_never_late(
        now in any_instant(), due in option::of(any_instant()), scheduled_at in option::of(any_instant()),
        message_at in option::of(any_instant())
    ) {
        let plan = plan_wake(now, due, Arranged { message_at, scheduled_at });

        let standing = match plan.schedule {
            ScheduleChange::Keep => scheduled_at.filter(|at| *at > now),
            ScheduleChange::Put(at) => Some(at),
            ScheduleChange::Delete => None,
        };
        match due {
            None => prop_assert_eq!((plan.message_at, standing), (None, None)),
            Some(due) if due.duration_since(now) <= LONGEST_DELAY => {
                let on_its_way = message_at.filter(|at| *at > now && *at <= due);
                prop_assert!(plan.message_at == Some(due.max(now)) || plan.message_at.is_none() && on_its_way.is_some());
                prop_assert_eq!(standing, None);
            }
            Some(due) => prop_assert_eq!((plan.message_at, standing), (None, Some(due - SCHEDULE_EARLY))),
        }
    }
}

#[test]
fn wake_ups_at_the_edges_of_time_do_not_panic() {
    let instants = [Timestamp::MIN, Timestamp::UNIX_EPOCH, Timestamp::MAX];
    for now in instants {
        for due in instants {
            let plan =
                plan_wake(now, Some(due), Arranged { message_at: Some(now), scheduled_at: Some(Timestamp::MAX) });
            assert!(plan.message_at.is_none_or(|at| at >= now));
        }
    }
}

#[test]
fn a_window_inside_another_of_the_same_group_is_no_change() {
    let stay = |from, until| reason((from, Some(until), 0), groups(&[1]), &ACCOUNTS[0]);

    assert_eq!(next_change(&[stay(0, 60), stay(10, 20)], at(0)), Some(at(60)));
}

#[test]
fn a_window_that_takes_over_from_another_of_the_same_group_is_no_change() {
    let stay = |from, until| reason((from, Some(until), 30), groups(&[1]), &ACCOUNTS[0]);

    assert_eq!(next_change(&[stay(0, 30), stay(20, 60)], at(0)), Some(at(60)));
}

/// ALL-03: whoever is out of time is so since the last reason of a group ended, and of several groups the earliest counts.
#[test]
fn a_person_is_overdue_since_the_last_reason_of_a_group_ended() {
    let ended = |until, group| reason((0, Some(until), 0), groups(&[group]), &ACCOUNTS[0]);
    let reasons = [ended(10, 1), ended(30, 1), ended(20, 2), ended(90, 3)];
    let since = |held: &[i64]| overdue_since(&reasons, (&ACCOUNTS[0], &groups(held)), None, at(60));

    assert_eq!([since(&[1]), since(&[1, 2]), since(&[2, 3])], [30, 20, 20].map(|minutes| Some(at(minutes))));
    assert_eq!([since(&[3]), since(&[])], [None, None]);
    assert_eq!(since(&[7]), Some(at(60)), "nobody knows since when");
    let noted = overdue_since(&reasons, (&ACCOUNTS[0], &groups(&[2, 7])), Some(at(15)), at(60));
    assert_eq!(noted, Some(at(15)), "what gave 7 was removed, and a run that failed then has noted it");
}
