//! Memberships: people at a location.

use super::*;

fn membership(changes: &Value) -> Value {
    let membership = json!({
        "id": "m-1", "locationRef": "loc-1", "companyRef": "c-1", "role": "member", "status": "approved", "type": "member",
        "createDate": "2026-05-01T10:00:00.445Z", "invitationDate": null, "deleteDate": null, "metadata": {},
        "user": user("Zoë", "zoe@example.com"), "userRef": "u-1",
    });
    json!({"type": "membership.created", "membership": with(membership, changes)})
}

fn patch(changes: &Value) -> MemberPatch {
    let told = news(None, &membership(changes));
    let What::Member(patch) = &told[0].what else { panic!("{told:?}") };
    patch.clone()
}

/// SPB-12, SPB-27: who somebody is, and which company they are in.
#[test]
fn a_membership_tells_name_address_status_and_company() {
    let expected = MemberPatch {
        first_name: Change::Set("Zoë".to_owned()),
        last_name: Change::Set("Example".to_owned()),
        full_name: Change::Clear,
        email: Change::Set("zoe@example.com".to_owned()),
        address: Change::Set(address_of("zoe@example.com").unwrap()),
        status: Change::Set(MemberStatus::Active),
        teams: Change::Set(BTreeSet::from(["c-1".into()])),
        ..MemberPatch::default()
    };
    assert_eq!(patch(&json!({})), expected);
}

/// SPB-14: whoever is in no company any more leaves what the company holds.
#[test]
fn a_membership_without_a_company_is_in_none() {
    for none in [json!({"companyRef": null}), json!({"companyRef": "(absent)"})] {
        assert_eq!(patch(&none).teams, Change::Set(BTreeSet::new()), "{none}");
    }
}

/// A request is no membership yet; a nonmember, SPB-16, is nobody's to approve.
#[test]
fn whoever_asks_for_a_membership_has_none_until_it_is_approved() {
    for (changes, status) in [
        (json!({"status": "requested"}), MemberStatus::Inactive),
        (json!({"status": "requested", "type": "(absent)"}), MemberStatus::Inactive),
        (json!({"status": "requested", "type": "nonmember"}), MemberStatus::Active),
        (json!({"status": "(absent)", "type": "nonmember"}), MemberStatus::Active),
    ] {
        assert_eq!(patch(&changes).status, Change::Set(status), "{changes}");
    }
}

#[test]
fn a_status_that_is_missing_or_unknown_is_a_fault() {
    for changes in [json!({"status": "(absent)"}), json!({"status": "welcome"}), json!({"type": "guest"})] {
        assert!(told(None, &membership(&changes)).is_err(), "{changes}");
    }
}

/// SPB-28: no part of a name is lost, whichever of the two fields holds it.
#[test]
fn a_name_in_one_field_is_the_whole_name() {
    let user = json!({"name": " María José García ", "surname": "", "email": null});

    let patch = patch(&json!({"user": user}));

    assert_eq!(patch.full_name, Change::Set("María José García".to_owned()));
    assert_eq!((patch.first_name, patch.last_name), (Change::Clear, Change::Clear));
    assert_eq!((patch.email, patch.address), (Change::Keep, Change::Keep), "hidden, not gone");
}

/// ALL-02: a request that is told late does not undo what came of it.
#[test]
fn a_membership_is_of_the_last_instant_it_tells() {
    let invited = json!({"type": "membership.invited", "membership": membership(&json!({"invitationDate": "2026-05-02T10:00:00Z"}))["membership"]});

    assert_eq!(news(None, &membership(&json!({})))[0].as_of, at("2026-05-01T10:00:00.445Z"));
    assert_eq!(news(None, &invited)[0].as_of, at("2026-05-02T10:00:00Z"));
}

/// SPB-13: with all that they hold.
#[test]
fn a_deleted_membership_is_gone_since_it_was_deleted() {
    let told = news(None, &membership(&json!({"deleteDate": "2026-05-03T10:00:00Z"})));

    assert_eq!((&told[0].what, told[0].as_of), (&What::Removed, at("2026-05-03T10:00:00Z")));
}

/// SPB-03: people at a location that Brivo does not guard are not mixed with those at one that it does.
#[test]
fn a_membership_at_a_location_that_the_tenant_does_not_have_tells_nothing() {
    assert_eq!(news(None, &membership(&json!({"locationRef": "elsewhere"}))), []);
}

#[test]
fn ids_may_be_numbers() {
    let delivery = deliver(None, &membership(&json!({"id": 7, "companyRef": 8, "user": {"id": 123, "name": "Zoë"}})));

    let expected = [Subject::new(SubjectKind::Member, "7"), Subject::new(SubjectKind::Team, "8")];
    assert_eq!(delivery.subjects(), BTreeSet::from(expected));
}

#[test]
fn the_records_of_the_address_and_the_company_are_needed_too() {
    let subjects = deliver(None, &membership(&json!({}))).subjects();

    let words: Vec<_> = subjects.iter().map(|subject| subject.kind).collect();
    assert_eq!(subjects.len(), 3);
    assert!(words.contains(&SubjectKind::Address) && words.contains(&SubjectKind::Team));
}
