//! `coworking.member.*`.

use super::*;

/// R23: absent stays, `null` or blank clears, an empty list empties.
#[test]
fn an_upsert_is_a_merge() {
    let patch = patch(json!({
        "id": "m1", "first_name": "Ann", "last_name": null, "email": "", "phone": " ", "teams": [], "status": "inactive",
        "door_access": {"groups": [601, "602"]},
    }));

    let expected = MemberPatch {
        first_name: Change::Set("Ann".to_owned()),
        last_name: Change::Clear,
        full_name: Change::Keep,
        email: Change::Clear,
        address: Change::Clear,
        phone: Change::Clear,
        status: Change::Set(domain::facts::MemberStatus::Inactive),
        teams: Change::Set(BTreeSet::new()),
        door_access: Change::Set(BTreeSet::from([GroupId(601), GroupId(602)])),
        fetch_details: false,
        details_fetched: false,
    };
    assert_eq!(patch, expected);
}

#[test]
fn a_choice_of_groups_can_be_kept_emptied_or_cleared() {
    let choice = |door_access: Value| patch(with(member(), json!({ "door_access": door_access }))).door_access;

    assert_eq!(choice("(absent)".into()), Change::Keep);
    assert_eq!(choice(json!({"groups": []})), Change::Set(BTreeSet::new()));
    assert_eq!(choice(Value::Null), Change::Clear);
    assert_eq!(choice(json!({"groups": null})), Change::Clear);
    let without = upserted("member", with(member(), json!({"door_access": {}})));
    assert_fault(&without, "data.door_access.groups: is missing");
    let odd = upserted("member", with(member(), json!({"door_access": {"groups": [1, 2.5]}})));
    assert_fault(&odd, "data.door_access.groups[1]: must be the number");
}

/// R13, R23: by the address a booking finds the member, so it follows the e-mail.
#[test]
fn the_address_is_set_cleared_and_kept_with_the_email() {
    let address = |email: Value| patch(with(member(), json!({ "email": email }))).address;

    assert_eq!(address(json!("ANN@example.com")), Change::Set(crate::address_of("ann@example.com").unwrap()));
    for cleared in [Value::Null, json!(""), json!(" ")] {
        assert_eq!(address(cleared), Change::Clear);
    }
    assert_eq!(address(json!("(absent)")), Change::Keep);
}

#[test]
fn teams_are_named_by_id() {
    let teams = |teams: Value| patch(with(member(), json!({ "teams": teams }))).teams;

    assert_eq!(teams(json!(["t1", 2, "t1"])), Change::Set(BTreeSet::from(["t1".into(), "2".into()])));
    assert_eq!(teams(Value::Null), Change::Clear);
}

#[test]
fn status_has_to_be_said() {
    assert_fault(
        &upserted("member", with(member(), json!({"status": "(absent)"}))),
        "data.status: is missing; it must be one of: active, inactive",
    );
    assert_fault(&upserted("member", with(member(), json!({"status": "Active"}))), "data.status: must be one of");
}

#[test]
fn an_access_code_is_accepted_and_not_kept() {
    let sent = upserted("member", with(member(), json!({"access_code": "4711"})));

    assert!(told(&one_location(), &sent).is_ok());
    assert!(deliver(&sent).events().all(|event| !event.body.contains("4711")));
}
