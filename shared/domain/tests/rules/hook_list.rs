//! Hooks that are wanted, beside those that a platform lists.

use std::collections::{BTreeMap, BTreeSet};

use domain::{
    HookId,
    hook_list::{Compared, Fault, FoundHook, Standing, Step, SwitchedOff, compare, noted_off},
};
use proptest::prelude::*;

use crate::world::at;

fn found(hook: &str, reference: &str) -> FoundHook {
    FoundHook { hook: hook.into(), reference: reference.to_owned(), fault: None, is_on: true, failures: Some(0) }
}

fn off(hook: &str, reference: &str) -> FoundHook {
    FoundHook { is_on: false, failures: Some(10), ..found(hook, reference) }
}

fn faulty(hook: &str, reference: &str, fault: Fault) -> FoundHook {
    FoundHook { fault: Some(fault), ..found(hook, reference) }
}

fn wanted(hooks: &[&str]) -> BTreeSet<HookId> {
    hooks.iter().map(|hook| (*hook).into()).collect()
}

fn standings(compared: &Compared) -> Vec<Standing> {
    compared.wanted.values().map(|(standing, _)| *standing).collect()
}

#[test]
fn every_hook_that_is_wanted_stands_as_the_best_of_those_that_are_there() {
    let compared = compare(
        &wanted(&["a", "b", "c", "d", "e", "f"]),
        vec![
            found("a", "1"),
            off("a", "0"),
            off("b", "2"),
            faulty("c", "3", Fault::LacksEvents),
            faulty("d", "4", Fault::OldSecret),
            faulty("e", "5", Fault::UnknownSecret),
            faulty("f", "6", Fault::OtherEvent),
        ],
    );

    assert_eq!(
        standings(&compared),
        [
            Standing::Fine,
            Standing::SwitchedOff,
            Standing::Incomplete,
            Standing::Outdated,
            Standing::Unproven,
            Standing::Missing
        ]
    );
    let left: Vec<_> = compared.left_alone.iter().map(|found| found.reference.as_str()).collect();
    assert_eq!(left, ["0", "6"], "a twin, and one that delivers something else");
}

#[test]
fn what_nobody_wants_is_left_alone_and_what_is_not_there_is_missing() {
    let compared = compare(&wanted(&["a"]), vec![found("z", "9")]);

    assert_eq!((standings(&compared), compared.left_alone.len()), (vec![Standing::Missing], 1));
}

#[test]
fn only_what_is_missing_or_outdated_is_registered_and_only_what_is_ours_mended() {
    assert_eq!(Standing::Fine.step(), None);
    assert_eq!(Standing::SwitchedOff.step(), Some(Step::Mend));
    assert_eq!(Standing::Incomplete.step(), Some(Step::Mend));
    assert_eq!(Standing::Unproven.step(), None, "another one would deliver everything twice");
    assert_eq!(Standing::Outdated.step(), Some(Step::Register));
    assert_eq!(Standing::Missing.step(), Some(Step::Register));
}

/// INV-6: one alarm each time a hook is switched off.
#[test]
fn an_alarm_is_raised_once_until_the_hook_was_on_again() {
    let is_off = compare(&wanted(&["a"]), vec![off("a", "1")]);
    let is_on = compare(&wanted(&["a"]), vec![found("a", "1")]);

    let (known, fresh) = noted_off(&BTreeMap::new(), &is_off, at(0));
    assert_eq!(fresh, ["a".into()]);
    assert_eq!(known, BTreeMap::from([("a".into(), SwitchedOff { since: at(0), failures: Some(10) })]));
    let (known, fresh) = noted_off(&known, &is_off, at(60));
    assert_eq!((known[&HookId::new("a")].since, fresh), (at(0), vec![]));
    let (known, fresh) = noted_off(&known, &is_on, at(120));
    assert_eq!((known.len(), fresh), (0, vec![]));
    let (known, fresh) = noted_off(&known, &is_off, at(180));
    assert_eq!((known[&HookId::new("a")].since, fresh.len()), (at(180), 1));
}

/// It fails for a reason of its own, which is told.
#[test]
fn a_hook_with_an_old_secret_that_was_switched_off_raises_no_alarm() {
    let old = FoundHook { is_on: false, ..faulty("a", "1", Fault::OldSecret) };

    let (known, fresh) = noted_off(&BTreeMap::new(), &compare(&wanted(&["a"]), vec![old]), at(0));

    assert!(known.is_empty() && fresh.is_empty());
}

fn any_hook() -> impl Strategy<Value = FoundHook> {
    let fault = prop::option::of(prop::sample::select(vec![
        Fault::OldSecret,
        Fault::OtherEvent,
        Fault::LacksEvents,
        Fault::UnknownSecret,
    ]));
    (0..5_u8, 0..100_u32, fault, any::<bool>()).prop_map(|(hook, reference, fault, is_on)| FoundHook {
        fault,
        is_on,
        ..found(&hook.to_string(), &reference.to_string())
    })
}

proptest! {
    /// Nothing is lost, nothing is counted twice, and the order of the list does not matter.
    #[test]
    fn every_hook_that_is_there_is_told_of_once(
        hooks in prop::collection::vec(any_hook(), 0..20),
        names in prop::collection::btree_set(0..5_u8, 0..5),
    ) {
        let wanted: BTreeSet<HookId> = names.iter().map(|name| HookId::new(name.to_string())).collect();
        let mut reversed = hooks.clone();
        reversed.reverse();

        let compared = compare(&wanted, hooks.clone());

        let chosen = compared.wanted.values().filter(|(_, found)| found.is_some()).count();
        prop_assert_eq!(chosen + compared.left_alone.len(), hooks.len());
        prop_assert_eq!(compared.wanted.keys().cloned().collect::<BTreeSet<_>>(), wanted.clone());
        prop_assert_eq!(standings(&compare(&wanted, reversed)), standings(&compared));
        for (hook, (standing, found)) in &compared.wanted {
            let has_good_one = hooks.iter().any(|it| it.hook == *hook && it.fault.is_none() && it.is_on);
            prop_assert_eq!(*standing == Standing::Fine, has_good_one);
            prop_assert_eq!(found.is_none(), *standing == Standing::Missing);
        }
    }
}
