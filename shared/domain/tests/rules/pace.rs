//! ALL-06: never faster than the rate, the urgent first, and everybody in the end.

use domain::{
    ledger::AccountLedger,
    pace::{Answer, Ask, BURST, EVERY, Need, News, Pace, Turn, Urgency},
    plan::{Plan, Write},
};
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

use crate::{
    planning::{ann, reference},
    world::groups,
};

fn millis(at: i64) -> Timestamp {
    Timestamp::from_millisecond(1_800_000_000_000 + at).unwrap()
}

fn ask(urgency: Urgency, calls: u32, turn: Option<Turn>, now: Timestamp) -> Ask {
    Ask { need: Need { urgency, calls }, turn, now }
}

/// Asks as a run does: with a slot that can be used nothing is reserved anew.
fn ask_again(pace: &mut Pace, ask: &Ask) -> Answer {
    if ask.turn.is_some_and(|turn| turn.is_slot(ask.now)) { pace.redeem(ask) } else { pace.reserve(ask) }
}

/// Who makes how many calls, and when.
#[derive(Debug)]
struct Made {
    who: usize,
    at: Timestamp,
    calls: u32,
}

/// Everybody asks at their instant, in this order, and comes back when told to, until all have called.
fn played(needs: &[(i64, Urgency, u32)]) -> Vec<Made> {
    let mut pace = Pace::default();
    let mut agenda: std::collections::BTreeMap<(Timestamp, usize), Option<Turn>> =
        needs.iter().enumerate().map(|(who, (at, ..))| ((millis(*at), who), None)).collect();
    let mut made = Vec::new();
    let mut looks = 0;
    while let Some(((now, who), turn)) = agenda.pop_first() {
        looks += 1;
        assert!(looks < 200 * needs.len(), "somebody asks for ever");
        let (_, urgency, calls) = needs[who];
        match ask_again(&mut pace, &ask(urgency, calls, turn, now)) {
            Answer::Go { calls, .. } => made.push(Made { who, at: now, calls }),
            Answer::Wait(turn) => {
                assert!(turn.until > now);
                agenda.insert((turn.until, who), Some(turn));
            }
        }
    }
    made
}

fn urgency() -> impl Strategy<Value = Urgency> {
    prop_oneof![
        Just(Urgency::Revoke),
        Just(Urgency::Grant),
        Just(Urgency::Readiness),
        Just(Urgency::Profile),
        Just(Urgency::Reading),
    ]
}

proptest! {
    /// ALL-06: in no stretch of time more calls than the rate gives, and a burst. Everybody has called in the end.
    #[test]
    fn never_above_the_rate_by_more_than_the_burst(
        needs in prop::collection::vec((0_i64..20_000, urgency(), 1_u32..5), 1..150),
    ) {
        let made = played(&needs);

        prop_assert_eq!(made.len(), needs.len());
        for first in 0..made.len() {
            let mut calls = 0;
            for last in &made[first..] {
                calls += i128::from(last.calls);
                let stretch = last.at.duration_since(made[first].at).as_millis();
                prop_assert!(calls <= i128::from(BURST) + stretch / EVERY.as_millis() + 1, "{} from {:?}", calls, made[first]);
            }
        }
    }

    /// ALL-06: whoever is as urgent and came before is not overtaken while slots are handed out ahead.
    #[test]
    fn revokes_go_in_the_order_in_which_they_came(count in 1_usize..300, others in 0_usize..40) {
        let mut needs = vec![(0, Urgency::Grant, 1); others];
        needs.extend(vec![(0, Urgency::Revoke, 1); count]);

        let made = played(&needs);

        let revokes: Vec<usize> = made.iter().map(|made| made.who).filter(|who| *who >= others).collect();
        prop_assert!(revokes.is_sorted(), "{:?}", revokes);
    }
}

/// ALL-06, INV-1: a backlog of anything else holds up a revoke by half a minute at most.
#[test]
fn a_backlog_of_grants_holds_up_a_revoke_by_no_more_than_they_reach_ahead() {
    let mut needs = vec![(0, Urgency::Grant, 1); 2000];
    needs.extend((0..20).map(|second| (second * 1000, Urgency::Revoke, 1)));

    let made = played(&needs);

    for made in made.iter().filter(|made| made.who >= 2000) {
        let late = made.at.duration_since(millis(needs[made.who].0));
        assert!(late <= Urgency::Grant.reach(), "{late:#}");
    }
    // The grants themselves go about in order, however often a revoke comes between, and at the rate.
    let grants = made.iter().map(|made| made.who).filter(|who| *who < 2000);
    assert!(grants.enumerate().all(|(place, who)| place.abs_diff(who) <= 20));
    let last = made.last().unwrap().at.duration_since(millis(0));
    assert!((198..=205).contains(&last.as_secs()), "{last:#}");
}

/// ALL-06: while one kind alone is more than the rate takes, the less urgent wait; afterwards everybody gets through.
#[test]
fn the_more_urgent_come_first_and_nobody_waits_for_ever() {
    let order = [Urgency::Reading, Urgency::Profile, Urgency::Readiness, Urgency::Grant, Urgency::Revoke];
    let needs: Vec<_> = (0..400).flat_map(|_| order.map(|urgency| (0, urgency, 1))).collect();

    let made = played(&needs);

    let mean = |urgency: Urgency| {
        let of_it = made.iter().filter(|made| needs[made.who].1 == urgency);
        of_it.map(|made| made.at.duration_since(millis(0)).as_millis()).sum::<i128>() / 400
    };
    let means: Vec<i128> = order.iter().rev().map(|urgency| mean(*urgency)).collect();
    assert!(means.is_sorted(), "{means:?}");
    assert_eq!(made.len(), needs.len());
    assert!(made.last().unwrap().at <= millis(210_000), "the rate was left unused");
}

/// ALL-06: a part of the burst is kept for revokes.
#[test]
fn a_revoke_goes_at_once_after_a_burst_of_others() {
    let mut pace = Pace::default();
    while matches!(pace.reserve(&ask(Urgency::Grant, 1, None, millis(0))), Answer::Go { .. }) {}

    let answer = pace.reserve(&ask(Urgency::Revoke, 1, None, millis(0)));

    assert_eq!(answer, Answer::Go { calls: 1, is_trial: false });
}

/// A slot that was missed is lost; whoever misses it again and again gets a turn in the end.
#[test]
fn a_slot_that_was_missed_is_reserved_anew_and_kept_longer_each_time() {
    let mut pace = Pace::default();
    pace.overdraw(100, millis(0));
    let Answer::Wait(turn) = pace.reserve(&ask(Urgency::Revoke, 1, None, millis(0))) else { panic!("it has to wait") };
    assert!(turn.is_slot(turn.until) && turn.is_slot(turn.until + SignedDuration::from_secs(10)));
    let late = turn.until + SignedDuration::from_secs(11);
    assert!(!turn.is_slot(late));

    pace.overdraw(100, late);
    let Answer::Wait(again) = pace.reserve(&ask(Urgency::Revoke, 1, Some(turn), late)) else {
        panic!("it has to wait")
    };

    assert_eq!(again.missed, 1);
    assert!(again.is_slot(again.until + SignedDuration::from_secs(20)));
}

/// ALL-06: one call finds out that the quota is spent, and one more, later, whether it still is.
#[test]
fn a_spent_quota_stops_everybody_but_one_who_tries_again() {
    let mut pace = Pace::default();
    let day = SignedDuration::from_hours(24);
    assert!(pace.stop(Some(day), millis(0)), "it is news");
    let all: Vec<Turn> = (0..50)
        .map(|number| match pace.reserve(&ask(Urgency::Revoke, 1, None, millis(number))) {
            Answer::Wait(turn) => turn,
            Answer::Go { .. } => panic!("somebody calls"),
        })
        .collect();
    assert!(all.iter().all(|turn| turn.spent && turn.until >= millis(3_600_000)));
    assert!(all.is_sorted_by_key(|turn| turn.until));
    assert_eq!(pace.stopped_until(), Some(millis(0) + day));

    // The first tries; it is still spent, and so for an hour.
    let first = pace.reserve(&ask(Urgency::Revoke, 1, Some(all[0]), all[0].until));
    assert_eq!(first, Answer::Go { calls: 1, is_trial: true });
    assert!(!pace.stop(Some(day), all[0].until), "it was told before");
    for turn in &all[1..] {
        let answer = pace.reserve(&ask(Urgency::Revoke, 1, Some(*turn), turn.until));
        assert!(matches!(answer, Answer::Wait(turn) if turn.spent), "{answer:?}");
    }

    // Then it is not.
    pace.resume();
    let later = millis(8_000_000);
    assert_eq!(pace.reserve(&ask(Urgency::Revoke, 1, None, later)), Answer::Go { calls: 1, is_trial: false });
}

/// DWK-03, ALL-04: a key that Brivo does not accept is news once until it is accepted again; everybody goes on asking, and whoever
/// does finds out.
#[test]
fn a_key_that_is_refused_is_news_once_until_it_is_accepted() {
    let mut pace = Pace::default();
    pace.overdraw(BURST, millis(0));
    let Answer::Wait(slot) = pace.reserve(&ask(Urgency::Revoke, 1, None, millis(0))) else { panic!("it has to wait") };
    let at_rest = millis(60_000);

    assert!(pace.key_refused(millis(0)) && !pace.key_refused(millis(90_000)));

    let trial = Answer::Go { calls: 1, is_trial: true };
    assert_eq!(pace.redeem(&ask(Urgency::Revoke, 1, Some(slot), slot.until)), trial);
    assert_eq!(pace.reserve(&ask(Urgency::Profile, 1, None, at_rest)), trial);
    // A refusal of another kind says that the quota is not spent, and nothing of the key.
    pace.resume();
    assert!(pace.awaits_key());

    pace.answered(at_rest);
    assert_eq!(pace.reserve(&ask(Urgency::Profile, 1, None, at_rest)), Answer::Go { calls: 1, is_trial: false });
    assert!(!pace.key_refused(millis(61_000)), "it is refused for some calls and not for others");
    pace.answered(millis(62_000));
    assert!(pace.key_refused(millis(62_000 + 120_000)), "it is news again");
}

/// A clock that is ahead makes nobody wait whose clock is right; one that is hours ahead does not either.
#[test]
fn a_clock_that_is_ahead_holds_up_nobody() {
    let mut pace = Pace::default();
    let go = Answer::Go { calls: 1, is_trial: false };
    for (clock, now) in [(9000, 0), (36_000_000, 100), (5000, 200), (0, 300)] {
        assert_eq!(pace.reserve(&ask(Urgency::Revoke, 1, None, millis(now + clock))), go);
        assert_eq!(pace.reserve(&ask(Urgency::Revoke, 1, None, millis(now))), go, "{clock} ahead");
    }
}

/// Slots that lie in a pause are put off, in their order and at the rate.
#[test]
fn whoever_is_asked_to_slow_down_asks_for_everybody() {
    let mut pace = Pace::default();
    pace.overdraw(BURST, millis(0));
    let slots: Vec<Turn> = (0..30)
        .map(|_| match pace.reserve(&ask(Urgency::Revoke, 1, None, millis(0))) {
            Answer::Wait(turn) => turn,
            Answer::Go { .. } => panic!("the burst is gone"),
        })
        .collect();

    pace.slow_down(Some(SignedDuration::from_secs(5)), millis(50));

    let put_off: Vec<Timestamp> = slots
        .iter()
        .map(|slot| match pace.redeem(&ask(Urgency::Revoke, 1, Some(*slot), slot.until)) {
            Answer::Wait(turn) => turn.until,
            Answer::Go { .. } => panic!("it calls in the pause"),
        })
        .collect();
    assert_eq!(put_off[0], millis(5050));
    assert!(put_off.is_sorted() && put_off[29] == millis(5050 + 2900), "{put_off:?}");
}

/// The delay that is told is the one a revoke gets.
#[test]
fn the_delay_that_is_told_is_the_real_one() {
    let mut pace = Pace::default();
    assert_eq!(pace.behind(millis(0)), SignedDuration::ZERO);
    pace.overdraw(700, millis(0));

    let told = pace.behind(millis(0));

    let Answer::Wait(turn) = pace.reserve(&ask(Urgency::Revoke, 1, None, millis(0))) else { panic!("it has to wait") };
    assert_eq!(turn.until.duration_since(millis(0)), told);
    assert_eq!(turn.expected_at(), turn.until);
    assert!(matches!(pace.news(None, millis(0))[..], [News::Behind(_)]), "told once");
    assert_eq!(pace.news(None, millis(1)), []);
    assert_eq!(pace.news(None, millis(100_000)), []);
    pace.overdraw(700, millis(100_000));
    assert!(matches!(pace.news(None, millis(100_000))[..], [News::Behind(_)]), "and again after it was over");
}

/// ALL-06: the calls of a month are counted, and most of the budget being spent is told once.
#[test]
fn a_budget_is_told_of_once_at_eighty_percent_and_counted_anew_each_month() {
    let mut pace = Pace::default();
    let now: Timestamp = "2026-01-31T23:59:00Z".parse().unwrap();
    pace.count(799, now);
    assert_eq!(pace.news(Some(1000), now), []);
    pace.count(1, now);

    assert_eq!(pace.news(Some(1000), now), [News::NearlySpent { calls: 800, budget: 1000 }]);
    assert_eq!(pace.news(Some(1000), now), []);
    pace.count(900, now);
    assert_eq!(
        pace.news(Some(2000), now),
        [News::NearlySpent { calls: 1700, budget: 2000 }],
        "a larger one is another"
    );

    let next = now + SignedDuration::from_mins(2);
    assert_eq!(pace.calls_this_month(next), 0);
    pace.count(3, next);
    assert_eq!((pace.calls_this_month(next), pace.news(Some(1000), next)), (3, vec![]));
}

/// What is to be done tells how urgent it is and how many calls it takes.
#[test]
fn the_most_urgent_of_a_plan_decides() {
    let change = |add: &[i64], remove: &[i64]| Write::ChangeGroups { add: groups(add), remove: groups(remove) };
    let create = Write::CreateUser { external_id: reference(), profile: ann() };
    let link = Write::LinkUser { external_id: reference(), known: Box::new(AccountLedger::default()) };
    let of = |writes: &[Write], pending: Option<&Write>, check| {
        let need = Need::of(&Plan { writes: writes.to_vec(), ..Plan::default() }, pending, check);
        (need.urgency, need.calls)
    };

    assert_eq!(of(std::slice::from_ref(&create), None, false), (Urgency::Profile, 2));
    assert_eq!(of(&[create, change(&[1], &[])], None, true), (Urgency::Grant, 3));
    assert_eq!(of(&[link, change(&[1], &[2])], None, false), (Urgency::Revoke, 2));
    assert_eq!(of(&[change(&[], &[2]), Write::Suspend], None, false), (Urgency::Revoke, 3));
    assert_eq!(of(&[], None, true), (Urgency::Readiness, 1));
    assert_eq!(of(&[], Some(&change(&[], &[2])), false), (Urgency::Revoke, 1));
}

/// What is remembered of a key reads back, and nothing remembered is a key at rest.
#[test]
fn a_pace_reads_back_what_was_stored() {
    let mut pace = Pace::default();
    pace.stop(None, millis(0));
    pace.reserve(&ask(Urgency::Grant, 1, None, millis(1)));
    pace.slow_down(None, millis(2));

    let read: Pace = serde_json::from_str(&serde_json::to_string(&pace).unwrap()).unwrap();

    assert_eq!(read, pace);
    assert_eq!(serde_json::from_str::<Pace>("{}").unwrap(), Pace::default());
}
