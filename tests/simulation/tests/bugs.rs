//! The simulation has teeth: every planted bug is found, and found because it is there.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on stops")]

use simulation::{Bug, Plan, find, run};

/// How many seeds a bug may take.
const SEEDS: u64 = 1000;

fn is_found(bug: Bug) {
    let found = find(bug, 0..SEEDS).unwrap().unwrap_or_else(|| panic!("{bug:?} was not found in {SEEDS} seeds"));
    let without = run(Plan { seed: found.seed, bug: None, plain: false }).unwrap();
    assert_eq!(without.failure, None, "seed {} fails without the bug too", found.seed);
}

macro_rules! bugs {
    ($($name:ident: $bug:ident,)*) => {
        $(
            #[test]
            fn $name() {
                is_found(Bug::$bug);
            }
        )*

        #[test]
        fn no_bug_is_left_out() {
            let tested = [$(Bug::$bug),*];

            assert!(Bug::ALL.iter().all(|bug| tested.contains(bug)));
        }
    };
}

bugs! {
    the_end_of_one_booking_must_not_end_another: EdgeTriggeredRevoke,
    two_runs_must_not_work_on_one_member: NoLease,
    nothing_is_acknowledged_before_it_is_stored: AckBeforeStore,
    a_fact_without_due_mark_is_forgotten: NoDueMark,
    a_user_must_not_be_replaced: PutForPatch,
    a_user_must_be_looked_for_first: CreateWithoutLookUp,
    removals_due_by_time_must_not_be_held_back: BreakerHoldsDueRemovals,
    local_time_is_no_instant: LocalTime,
    a_write_must_be_remembered_before_it_is_made: NoIntent,
    a_write_must_be_audited: NoAudit,
    a_refresh_token_must_be_stored_before_use: TokenNotStored,
    one_token_must_not_be_refreshed_twice: NoClaim,
    groups_of_others_must_not_be_touched: SetsGroups,
    older_news_must_not_undo_newer: ArrivalOrder,
    settings_must_be_read_each_time: StaleSettings,
    who_was_not_woken_must_be_found: NoSweep,
    facts_that_come_in_during_a_run_must_count: LostUpdate,
    half_a_reading_is_none: HalfReading,
    a_crowd_must_not_be_taken_out_unasked: UndoneUnasked,
    an_outage_must_be_outlasted: GivesUp,
    a_held_group_must_not_make_room: DropsHeld,
    nobody_must_be_deleted_before_the_time: DeletesAtOnce,
    nobody_must_come_again_without_end: ComesAtOnce,
}
