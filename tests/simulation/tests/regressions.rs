//! Seeds that failed once, each under the name of what was wrong.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops")]

use simulation::{Plan, run};

fn holds(seed: u64, plain: bool) {
    let report = run(Plan { seed, bug: None, plain }).unwrap();

    assert_eq!(report.failure, None, "{report}");
}

macro_rules! regressions {
    (plain: $plain:literal; $($name:ident: $seed:literal,)*) => {
        $(
            #[test]
            fn $name() {
                holds($seed, $plain);
            }
        )*
    };
}

regressions! {
    plain: true;
    a_message_that_the_queue_refused_is_made_up_for_by_the_sweep: 9,
    a_refresh_token_that_died_with_its_process_is_connected_again: 22,
    a_choice_counts_in_the_account_whose_mappings_name_the_group: 45,
    a_due_mark_is_set_before_anything_is_begun: 71,
    duplicates_of_a_message_do_not_breed: 246,
    what_staff_added_while_we_were_about_to_is_taken_for_ours: 1843,
    whoever_is_chosen_for_a_group_is_not_suspended: 98,
}

regressions! {
    plain: false;
    a_group_that_staff_deleted_leaves_its_place_to_another: 2727,
    a_group_that_staff_took_away_leaves_its_place_to_another: 4502,
    what_staff_had_put_there_is_not_ours_after_a_write_that_was_refused: 5639,
    a_stranger_with_a_write_under_way_counts: 6655,
    a_user_that_is_deleted_between_two_writes_is_made_again: 11783,
    trouble_in_an_account_without_a_ledger_is_tried_again: 20890,
    who_comes_back_while_brivo_is_out_of_reach_leaves_anew: 509_012,
    a_change_that_shows_in_part_after_a_hand_edit_is_staffs: 531_599,
    whoever_we_were_about_to_add_as_well_is_not_one_of_the_crowd: 549_426,
    a_crowd_of_which_one_has_a_reason_by_now_is_small_enough_to_be_undone: 567_989,
    a_run_whose_end_was_not_heard_of_is_made_up_for_by_the_sweep: 572_652,
    a_run_under_way_has_an_open_record: 573_279,
    whoever_is_due_for_the_daily_look_is_waited_for: 581_650,
    a_user_who_was_asked_for_and_is_found_goes_on_with_its_groups: 583_597,
    trouble_in_one_account_is_not_forgotten_for_a_turn_in_another: 614_770,
    an_account_that_turns_out_to_be_lost_at_the_very_end_is_connected_again: 630_888,
    a_user_deleted_while_brivo_is_read_is_none_of_a_crowd: 656_826,
}
