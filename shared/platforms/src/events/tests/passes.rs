//! `coworking.pass.*`.

use super::*;

/// R20: in the zone of its location, else of the tenant's first; the last day is inclusive.
#[test]
fn dates_of_a_pass_are_days_of_its_or_the_first_location() {
    let own = placed_pass(&two_locations(), with(pass(), json!({"location": "paris"})));
    let first = placed_pass(&two_locations(), pass());

    assert_eq!(own.valid_from, Some(at("2026-06-29T22:00:00Z")));
    assert_eq!(own.valid_until, Some(at("2026-06-30T22:00:00Z")));
    assert_eq!(first.valid_from, Some(at("2026-06-29T23:00:00Z")));
    assert_eq!(first.valid_until, Some(at("2026-06-30T23:00:00Z")));
}

#[test]
fn the_uses_left_are_a_whole_number() {
    let remaining = |remaining: Value| upserted("pass", with(pass(), json!({ "remaining": remaining })));

    assert_eq!(placed_pass(&one_location(), pass()).remaining, None);
    assert!(told(&one_location(), &remaining(0.into())).is_ok());
    for odd in [json!(-1), json!(1.5), json!("2"), json!(5_000_000_000u64)] {
        assert_fault(&remaining(odd), "data.remaining: must be a whole number");
    }
}

#[test]
fn somebody_has_to_hold_it() {
    assert_fault(
        &upserted("pass", with(pass(), json!({"member": "(absent)"}))),
        "data.member: is missing, and so is team",
    );
}
