//! Day passes.

use super::*;

const PASS: &str = include_str!("../../../../../../tests/fixtures/officernd/v2_pass_fields.json");

pub(super) fn pass(changes: &Value) -> Value {
    with(parsed(PASS), changes)
}

fn placed(changes: &Value) -> Pass {
    let what = news(&hook("pass.updated", &pass(changes))).remove(0).what;
    let What::Entitlement(Entitlement::Pass(pass)) = what else { panic!("{what:?}") };
    pass
}

/// ORD-28, ORD-31, ORD-32, R20: what is left of it, inside its validity, whose last day counts.
#[test]
fn the_documented_pass_is_told_whole() {
    let expected = Pass {
        id: "684c86cc78775bf2b5307de0".to_owned(),
        pass: "day".to_owned(),
        member: Some("684c7cc078775bf2b52dd162".into()),
        team: None,
        location: None,
        remaining: Some(4),
        valid_from: Some(at("2025-11-01T00:00:00Z")),
        valid_until: Some(at("2025-12-02T00:00:00Z")),
        groups: None,
    };
    assert_eq!(placed(&json!({})), expected);
}

/// ORD-29.
#[test]
fn a_pass_may_be_a_companys() {
    let shared = placed(&json!({"member": null, "company": "t1"}));

    assert_eq!((shared.member, shared.team), (None, Some("t1".into())));
}

/// ORD-30.
#[test]
fn a_pass_that_is_used_up_or_over_has_no_uses_left() {
    assert_eq!(placed(&json!({"usedCount": 5})).remaining, Some(0));
    assert_eq!(placed(&json!({"usedCount": 6})).remaining, Some(0));
    for (status, left) in [("valid", 4), ("pending", 4), ("used", 0), ("expired", 0), ("frozen", 0)] {
        assert_eq!(placed(&json!({"status": status})).remaining, Some(left), "{status}");
    }
}

#[test]
fn validity_may_stand_under_the_other_names_and_have_no_end() {
    let open = placed(&json!({"validFrom": null, "validTo": null, "startDate": "2026-06-02T00:00:00Z"}));

    assert_eq!((open.valid_from, open.valid_until), (Some(at("2026-06-01T23:00:00Z")), None));
}

#[test]
fn nothing_that_gives_access_has_a_default() {
    for field in ["_id", "count", "usedCount", "status"] {
        let sent = pass(&json!({ field: null }));

        assert_fault(&hook("pass.updated", &sent), &format!("data.object.{field}: is missing"));
    }
    let nobodys = hook("pass.updated", &pass(&json!({"member": null})));
    assert_fault(&nobodys, "data.object.member: is missing, and so is company");
    let since_ever = hook("pass.updated", &pass(&json!({"validFrom": null, "startDate": null})));
    assert_fault(&since_ever, "data.object.validFrom: is missing, and so is startDate");
    assert_fault(&hook("pass.updated", &pass(&json!({"count": -1}))), "data.object.count: must be a whole number");
}
