//! `coworking.member.*`.

use secrecy::ExposeSecret;

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
        access_code: Change::Keep,
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

/// DWK-18, DWK-20: the code is told apart from the news, so that nothing keeps it in clear.
#[test]
fn an_access_code_is_told_apart_from_the_news() {
    let code = |code: Value| {
        let delivery = deliver(&upserted("member", with(member(), json!({ "access_code": code }))));
        let mut codes =
            delivery.access_codes().map(|(_, subject, code)| (subject.id.clone(), code.expose_secret().to_owned()));
        codes.next()
    };

    assert_eq!(code("04711".into()), Some(("m1".to_owned(), "04711".to_owned())));
    assert_eq!(code(4711.into()), Some(("m1".to_owned(), "4711".to_owned())));
    assert_eq!(code(Value::Null), None);
    let sent = upserted("member", with(member(), json!({"access_code": "04711"})));
    assert!(deliver(&sent).events().all(|event| !event.body.contains("04711")));
    assert!(!format!("{:?}", news(&sent)).contains("04711"));
}

/// DWK-19, R23: a code is cleared by null or blank, and stays where nothing is said of it.
#[test]
fn an_access_code_can_be_kept_or_cleared() {
    let change = |code: Value| patch(with(member(), json!({ "access_code": code }))).access_code;

    assert_eq!(change("(absent)".into()), Change::Keep);
    assert_eq!(change(Value::Null), Change::Clear);
    assert_eq!(change("  ".into()), Change::Clear);
}
