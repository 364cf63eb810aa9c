//! Seeds that failed once, each under the name of what was wrong.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops")]

use simulation::{Plan, run};

fn holds(seed: u64) {
    let report = run(Plan { seed, bug: None, plain: true }).unwrap();

    assert_eq!(report.failure, None, "{report}");
}

macro_rules! regressions {
    ($($name:ident: $seed:expr,)*) => {
        $(
            #[test]
            fn $name() {
                holds($seed);
            }
        )*
    };
}

regressions! {
    a_message_that_the_queue_refused_is_made_up_for_by_the_sweep: 9,
    a_refresh_token_that_died_with_its_process_is_connected_again: 22,
    a_choice_counts_in_the_account_whose_mappings_name_the_group: 45,
    a_due_mark_is_set_before_anything_is_begun: 71,
    duplicates_of_a_message_do_not_breed: 246,
    what_staff_added_while_we_were_about_to_is_taken_for_ours: 1843,
    whoever_is_chosen_for_a_group_is_not_suspended: 98,
}
