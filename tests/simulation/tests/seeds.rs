//! Every invariant under every trouble, and the same history for the same seed.

use std::sync::Mutex;

use simulation::{Plan, run, run_many};

#[test]
fn thousands_of_worlds_keep_every_invariant() {
    let failures = Mutex::new(Vec::new());
    let summary = run_many(0..2000, 2, |report| failures.lock().unwrap().push(report.to_string())).unwrap();

    let failures = failures.into_inner().unwrap();
    assert!(failures.is_empty(), "{} of {} failed; {}", failures.len(), summary.seeds, failures[0]);
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
