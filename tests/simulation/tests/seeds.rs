//! Every invariant under every trouble, and the same history for the same seed.

use simulation::{Plan, run, run_many};

#[test]
fn hundreds_of_worlds_keep_every_invariant() {
    let summary = run_many(0..500, None, 2).unwrap();

    let first = summary.failures.first().map(ToString::to_string).unwrap_or_default();
    assert!(summary.failures.is_empty(), "{} of {} failed; {first}", summary.failures.len(), summary.seeds);
}

#[test]
fn one_seed_gives_one_history() {
    for seed in [1, 7, 40] {
        let first = run(Plan { seed, bug: None, plain: false }).unwrap();
        let second = run(Plan { seed, bug: None, plain: false }).unwrap();

        assert!(first.history.len() > 20);
        assert_eq!(first, second);
    }
}
