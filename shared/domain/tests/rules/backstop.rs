//! The end that Brivo itself knows of, so that access ends even if we do not act.

use domain::{
    access::Desired,
    credentials::SealedCode,
    ledger::AccountLedger,
    plan::Write,
    policy::{Backstop, Policy},
    tenant::{Platform, Tenant},
};

use crate::{
    planning::{change, changed, create, due_since, known, nobody, planned, preset, someone},
    world::{PLATFORMS, at, booking, clock, holding, mapping, membership, nothing, tenant, wanted},
};

fn with_backstop() -> Policy {
    changed(Platform::Nexudus, r#"{"backstop": "pin"}"#)
}

fn until(minute: i64) -> Write {
    Write::SetPinEnd { until: Some(at(minute)) }
}

fn endless() -> Write {
    Write::SetPinEnd { until: None }
}

fn due_until(minute: i64) -> Desired {
    Desired { ends: Some(at(minute)), ..due_since(&[(1, 0)]) }
}

fn ending(minute: i64, ids: &[i64]) -> AccountLedger {
    AccountLedger { pin_end: Some(at(minute)), ..known(ids) }
}

fn with_room_and_plan() -> Tenant {
    tenant(Platform::Nexudus, vec![mapping("resource/room", &[1]), mapping("plan/plan", &[2])])
}

/// X21: it is off in every preset, for parity, and then nothing is ever written of it.
#[test]
fn no_preset_gives_an_end_of_its_own() {
    for platform in PLATFORMS {
        assert_eq!(preset(platform).backstop, Backstop::Off);
        assert_eq!(planned(&due_until(60), &known(&[1]), &preset(platform)).writes, []);
    }
}

/// X21: the end is that of the last reason, lag included.
#[test]
fn the_end_is_that_of_the_last_window() {
    let facts = holding([booking("b1", clock("09:00"), clock("10:00")), booking("b2", clock("13:00"), clock("14:00"))]);

    let desired = wanted(&with_room_and_plan(), &facts, clock("09:00"));

    assert_eq!(desired.ends, Some(clock("14:15")));
    assert_eq!(planned(&desired, &known(&[1]), &with_backstop()).writes, [until(14 * 60 + 15)]);
}

/// X21: only who has nothing but reasons that end gets an end; a reason without one takes it away.
#[test]
fn a_reason_without_an_end_takes_the_end_away() {
    let mut facts = holding([booking("b1", clock("09:00"), clock("10:00"))]);
    facts.entitlements.extend(holding([membership("s1")]).entitlements);

    let desired = wanted(&with_room_and_plan(), &facts, clock("09:00"));

    assert_eq!(desired.ends, None);
    assert_eq!(planned(&desired, &ending(600, &[1, 2]), &with_backstop()).writes, [endless()]);
    assert_eq!(planned(&desired, &known(&[1, 2]), &with_backstop()).writes, []);
}

/// X21: a longer stay moves the end as soon as it is known, and so before the old end; a shorter one moves it too.
#[test]
fn an_extension_moves_the_end_at_once() {
    assert_eq!(planned(&due_until(120), &ending(60, &[1]), &with_backstop()).writes, [until(120)]);
    assert_eq!(planned(&due_until(30), &ending(60, &[1]), &with_backstop()).writes, [until(30)]);
    assert_eq!(planned(&due_until(60), &ending(60, &[1]), &with_backstop()).writes, []);
}

/// X21: who has no reason left keeps the end that has passed, so that the code stays shut.
#[test]
fn who_has_left_keeps_the_end_that_has_passed() {
    let plan = |desired: &Desired| planned(desired, &ending(60, &[1]), &with_backstop()).writes;

    assert_eq!(plan(&nobody()), [change(&[], &[1])]);
    assert_eq!(plan(&wanted(&with_room_and_plan(), &nothing(), at(100))), [change(&[], &[1])]);
}

/// DWK-19, X21: the end that stands for a code that Brivo did not clear stays in the past, whoever comes or stays and whatever
/// the policy is, until another code is given.
#[test]
fn a_code_that_was_ended_stays_ended_until_another_is_given() {
    for policy in [with_backstop(), preset(Platform::Deskworks)] {
        let mut ledger = known(&[1]);
        ledger.credentials.pin_sent(SealedCode::new("one"));
        ledger.pin_ended(at(30));

        for desired in [due_until(120), due_since(&[(1, 0)]), nobody()] {
            let writes = planned(&desired, &ledger, &policy).writes;
            assert!(!writes.iter().any(|write| matches!(write, Write::SetPinEnd { .. })), "{writes:?}");
        }

        ledger.credentials.pin_sent(SealedCode::new("two"));
        let ends = Desired { ends: Some(at(120)), ..due_since(&[(1, 0)]) };
        let moved = if policy.backstop == Backstop::Off { endless() } else { until(120) };
        assert!(planned(&ends, &ledger, &policy).writes.contains(&moved));
    }
}

/// X21: switched off again, the end is taken away from everybody.
#[test]
fn without_the_switch_no_end_stays() {
    for desired in [due_until(60), nobody()] {
        let writes = planned(&desired, &ending(60, &[]), &preset(Platform::Nexudus)).writes;

        assert!(writes.contains(&endless()));
    }
}

/// X21: which credentials get an end is the policy's choice; the mobile pass alone leaves the access code as it is.
#[test]
fn the_policy_says_what_gets_an_end() {
    let writes =
        |backstop| planned(&due_until(60), &known(&[1]), &Policy { backstop, ..preset(Platform::Nexudus) }).writes;

    assert_eq!((writes(Backstop::Pin), writes(Backstop::Both)), (vec![until(60)], vec![until(60)]));
    assert_eq!((writes(Backstop::Credential), writes(Backstop::Off)), (vec![], vec![]));
}

/// X21: a user who was just made gets the end in the next round, and then nothing more.
#[test]
fn a_new_user_gets_the_end_next() {
    let (mut ledger, policy, ann) = (AccountLedger::default(), with_backstop(), someone());

    assert_eq!(ann.follow(&due_until(60), &mut ledger, &policy, at(0)), [create(), change(&[1], &[])]);
    assert_eq!(ann.follow(&due_until(60), &mut ledger, &policy, at(0)), [until(60)]);
    assert_eq!(ann.follow(&due_until(60), &mut ledger, &policy, at(0)), []);
}
