//! Memberships.

use super::*;

const ID: &str = "membership/684c86cc78775bf2b5307db0";
const DESKS: [&str; 4] = [
    "membership/684c86cc78775bf2b5307db0_desks",
    "membership/684c86cc78775bf2b5307db0_desks/2",
    "membership/684c86cc78775bf2b5307db0_desks/3",
    "membership/684c86cc78775bf2b5307db0_desks/4",
];

/// With all that tells of its desks.
fn own_and_desks() -> Vec<&'static str> {
    [ID].into_iter().chain(DESKS).collect()
}

fn membership(changes: &Value) -> Membership {
    let news = news(&hook("membership.created", &object(MEMBERSHIP, changes)));
    let [News { what: What::Entitlement(Entitlement::Membership(membership)), .. }] = news.as_slice() else {
        panic!("{news:?}")
    };
    membership.clone()
}

/// ORD-08: without a member it is the company's; a date is midnight in the location's zone.
#[test]
fn the_known_membership_is_the_companys_from_its_first_day_on() {
    let delivery = deliver(&parsed(MEMBERSHIP));

    let news = delivery.news(&tenant(), at(NOW), Proof::Whole).unwrap();

    let expected = Membership {
        id: "684c86cc78775bf2b5307db0".to_owned(),
        plan: "6842be293c80dc718b3ba300".to_owned(),
        member: None,
        team: Some("6842be293c80dc718b3ba345".into()),
        location: Some(LONDON.into()),
        starts: at("2025-11-01T00:00:00Z"),
        ends: None,
        status: MembershipStatus::Active,
        resources: vec![],
        groups: None,
        copied: None,
        products: BTreeSet::new(),
        origin: None,
    };
    assert_eq!(news[0].what, What::Entitlement(Entitlement::Membership(expected)));
    assert_eq!((news.len(), news[0].as_of), (1, at("2025-10-31T09:00:00Z")));
    let subjects: Vec<_> = delivery.subjects().iter().map(ToString::to_string).collect();
    assert_eq!(subjects[..1], ["team/6842be293c80dc718b3ba345"]);
    assert_eq!(subjects[1..], own_and_desks());
}

/// ORD-09: both are told; the preset's fan-out gives it to the member alone.
#[test]
fn a_membership_with_a_member_names_both() {
    let assigned = membership(&json!({"member": "m1"}));

    assert_eq!((assigned.member, assigned.team), (Some("m1".into()), Some("6842be293c80dc718b3ba345".into())));
}

#[test]
fn both_sets_of_names_mean_the_same() {
    let newer =
        json!({"team": "(absent)", "company": "6842be293c80dc718b3ba345", "office": "(absent)", "location": LONDON});

    assert_eq!(membership(&newer), membership(&json!({})));
}

/// ORD-07, R8: the last day counts whole, in the location's zone.
#[test]
fn a_membership_ends_with_the_last_day_of_its_location() {
    let ended = membership(&json!({"startDate": "2026-06-01T00:00:00.000Z", "endDate": "2026-06-30T00:00:00.000Z"}));

    assert_eq!((ended.starts, ended.ends), (at("2026-05-31T23:00:00Z"), Some(at("2026-06-30T23:00:00Z"))));
}

#[test]
fn what_is_not_approved_gives_nothing() {
    for (status, end) in
        [("not_approved", json!(null)), ("not_approved", json!("2027-01-01T00:00:00Z")), ("draft", json!(null))]
    {
        let told = membership(&json!({"status": status, "startDate": "2025-01-01T00:00:00Z", "endDate": end}));

        assert_eq!(
            (told.status, told.ends),
            (MembershipStatus::Cancelled, Some(at("2025-10-31T09:00:00Z"))),
            "{status}"
        );
    }
}

#[test]
fn nothing_that_gives_access_has_a_default() {
    for field in ["_id", "plan", "status", "startDate"] {
        for missing in [json!("(absent)"), Value::Null] {
            let sent = object(MEMBERSHIP, &json!({ field: missing }));

            assert_fault(&hook("membership.updated", &sent), &format!("data.object.{field}: is missing"));
        }
    }
    let nobodys = object(MEMBERSHIP, &json!({"team": null}));
    assert_fault(&hook("membership.updated", &nobodys), "data.object.member: is missing, and so is company");
}

/// A location of the organization that is none of the tenant's has no doors of ours.
#[test]
fn what_lies_or_moves_elsewhere_is_gone() {
    let news = news(&hook("membership.updated", &object(MEMBERSHIP, &json!({"office": "rome"}))));

    assert_eq!(removed(&news), own_and_desks());
    assert_eq!(news.len(), 5);
}

#[test]
fn desks_stay_when_only_a_price_changed_and_go_until_the_next_reading_when_more_did() {
    let sent = object(MEMBERSHIP, &json!({}));
    let desks_after = |previous: &Value| removed(&news(&changed("membership.updated", &sent, previous)));

    assert!(desks_after(&json!({"price": 100, "modifiedAt": "2025-10-01T00:00:00Z"})).is_empty());
    assert!(desks_after(&json!({})).is_empty());
    for name in ["member", "team", "company", "startDate", "endDate", "status", "office", "somethingNew"] {
        assert_eq!(desks_after(&json!({ name: "x" })), DESKS, "{name}");
    }
    assert_eq!(removed(&news(&hook("membership.updated", &sent))), DESKS);
}

#[test]
fn a_removed_membership_takes_its_desks_along() {
    for sent in [object(MEMBERSHIP, &json!({})), json!({"_id": "684c86cc78775bf2b5307db0"})] {
        let news = news(&hook("membership.removed", &sent));

        assert_eq!(removed(&news), own_and_desks());
        assert!(news.iter().all(|news| news.as_of == at("2025-10-31T08:00:01Z")));
    }
}
