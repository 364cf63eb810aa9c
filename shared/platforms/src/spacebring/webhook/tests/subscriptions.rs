//! Subscriptions and their items.

use domain::facts::{AssignedResource, MembershipStatus};

use super::*;

const CREATED: Option<&str> = Some("subscription.created");
const UPDATED: Option<&str> = Some("subscription.updated");

/// The memberships that a subscription becomes.
fn held(sent: &Value) -> Vec<Membership> {
    let told = news(UPDATED, sent);
    told.iter()
        .filter_map(|piece| match entitlement(piece)? {
            Entitlement::Membership(membership) => Some(membership),
            Entitlement::Booking(_) | Entitlement::Pass(_) => None,
        })
        .collect()
}

fn is_gone(told: &[News]) -> bool {
    told.iter().all(|piece| piece.what == What::Removed)
}

/// SPB-06, SPB-08, SPB-09, SPB-12, R7: the group chosen in its item, for the company, from start to end.
#[test]
fn a_subscription_gives_the_group_of_its_item_from_start_to_end() {
    let told = news(CREATED, &subscription(&json!({})));

    let expected = Membership {
        id: "s-1".to_owned(),
        plan: "p-1".to_owned(),
        member: None,
        team: Some("c-1".into()),
        location: Some("loc-1".into()),
        starts: at("2026-05-31T22:00:00Z"),
        ends: Some(at("2026-06-30T22:00:00Z")),
        status: MembershipStatus::Active,
        resources: vec![],
        groups: Some(group(501)),
        copied: None,
        products: BTreeSet::new(),
        origin: None,
    };
    let first = of(&told, SubjectKind::Membership, "s-1");
    assert_eq!(first.what, What::Entitlement(Entitlement::Membership(expected)));
    assert_eq!(first.as_of, at("2026-05-01T08:00:00Z"), "when it was made");
    assert!(told[1..].iter().all(|piece| piece.what == What::Removed && piece.as_of == first.as_of));
}

/// R29: then the mapping of the plan is copied.
#[test]
fn an_item_without_a_group_leaves_it_to_the_mapping_of_its_plan() {
    for item in [json!({"planRef": "p-1"}), json!({"planRef": "p-1", "brivoGroupRef": null})] {
        let held = held(&subscription(&json!({"items": [item]})));

        assert_eq!((held.len(), held[0].plan.as_str(), &held[0].groups), (1, "p-1", &None));
    }
}

#[test]
fn a_group_that_is_no_number_is_a_fault() {
    for group in [json!("x"), json!(0), json!(-5), json!(1.5)] {
        let faults =
            told(UPDATED, &subscription(&json!({"items": [{"planRef": "p-1", "brivoGroupRef": group}]}))).unwrap_err();

        assert!(faults[0].starts_with("items[0].brivoGroupRef: must be the number"), "{faults:?}");
    }
}

#[test]
fn chosen_groups_of_items_with_the_same_time_are_one_membership() {
    let items = json!([{"planRef": "p-1", "brivoGroupRef": 501}, {"planRef": "p-2", "brivoGroupRef": 502}]);

    let held = held(&subscription(&json!({"items": items})));

    assert_eq!((held.len(), held[0].groups.clone()), (1, Some(BTreeSet::from([GroupId(501), GroupId(502)]))));
}

/// INV-3: the end of one item leaves the others.
#[test]
fn an_item_with_a_time_of_its_own_is_a_membership_of_its_own() {
    let items = json!([
        {"planRef": "p-1", "brivoGroupRef": 501, "startDate": "2026-01-01T00:00:00+01:00"},
        {"planRef": "p-2", "brivoGroupRef": 502, "startDate": "2026-06-10T00:00:00+02:00", "endDate": "2026-06-20T00:00:00+02:00"},
        {"planRef": "p-3", "endDate": "2027-01-01T00:00:00Z"},
        {"planRef": "p-4", "brivoGroupRef": 504, "endDate": "2026-05-20T00:00:00Z"},
    ]);

    let held = held(&subscription(&json!({"items": items})));

    let times: Vec<_> = held.iter().map(|it| (it.id.as_str(), it.plan.as_str(), it.starts, it.ends.unwrap())).collect();
    let (starts, ends) = (at("2026-05-31T22:00:00Z"), at("2026-06-30T22:00:00Z"));
    let own = (at("2026-06-09T22:00:00Z"), at("2026-06-19T22:00:00Z"));
    assert_eq!(times, [("s-1", "p-1", starts, ends), ("s-1/2", "p-3", starts, ends), ("s-1/3", "p-2", own.0, own.1)]);
}

#[test]
fn a_subscription_is_replaced_whole() {
    let subjects = deliver(UPDATED, &subscription(&json!({}))).subjects();
    let told = news(UPDATED, &subscription(&json!({"items": []})));

    assert_eq!(told.len(), 4);
    assert!(is_gone(&told) && told.iter().all(|piece| subjects.contains(&piece.subject)));
}

#[test]
fn too_many_plans_at_once_give_no_more_than_there_is_room_for() {
    let items: Vec<_> = (1..=6).map(|number| json!({"planRef": format!("p-{number}")})).collect();

    assert_eq!(held(&subscription(&json!({"items": items}))).len(), 4);
}

#[test]
fn a_desk_or_office_is_assigned_through_the_subscription() {
    let changes = json!({
        "assignments": [{"id": "a-1", "entire": true, "resource": {"id": "r-9", "type": "office"}}],
        "items": [{"planRef": "p-1", "brivoGroupRef": 501, "resourceRef": "r-8"}],
    });

    let held = held(&subscription(&changes));

    let assigned = |id: &str| AssignedResource { id: id.to_owned(), floor: None, location: None };
    assert_eq!((held.len(), held[0].resources.clone()), (1, vec![assigned("r-8"), assigned("r-9")]));
}

/// SPB-13, SPB-11: told by nothing but the URL.
#[test]
fn a_subscription_without_a_type_is_deleted_if_the_url_says_so() {
    let told = news(Some("subscription.deleted"), &subscription(&json!({})));

    assert_eq!(told.len(), 4);
    assert!(is_gone(&told) && told.iter().all(|piece| piece.as_of == FINAL));
}

/// SPB-11: cancelled is over; a scheduled end is an end.
#[test]
fn a_subscription_that_was_cancelled_or_never_begun_gives_nothing() {
    for status in ["canceled", "incomplete", "incompleteExpired"] {
        assert!(is_gone(&news(UPDATED, &subscription(&json!({"status": status})))), "{status}");
    }
    assert!(is_gone(&news(UPDATED, &subscription(&json!({"deleteDate": NOW})))));
    for status in ["active", "scheduled"] {
        assert_eq!(held(&subscription(&json!({"status": status}))).len(), 1, "{status}");
    }
    assert!(told(UPDATED, &subscription(&json!({"status": "trial"}))).is_err());
}

/// SPB-10: neither a pause of payment nor what is owed.
#[test]
fn payment_changes_nothing() {
    let paused =
        json!({"pausePaymentCollection": {"behavior": "void"}, "payWithInvoice": {"rooms": false}, "price": 0});

    assert_eq!(held(&subscription(&paused)), held(&subscription(&json!({}))));
}

/// Made, changed, bought or deleted: a subscription looks the same.
#[test]
fn a_subscription_whose_event_nothing_names_has_to_tell_whether_it_stands() {
    let faults = told(None, &subscription(&json!({}))).unwrap_err();
    assert!(faults[0].starts_with("status: is missing") && faults[0].contains("/subscription.deleted"), "{faults:?}");

    let stands = news(None, &subscription(&json!({"status": "active"})));
    assert_eq!((stands[0].as_of, is_gone(&stands)), (at(NOW), false));
    assert!(is_gone(&news(None, &subscription(&json!({"deleteDate": NOW})))));
}

/// A subscription is made for a company or for a person.
#[test]
fn a_subscription_is_held_by_whom_it_was_made_for() {
    let holders = |changes: Value| {
        let held = held(&subscription(&changes)).remove(0);
        (held.member.map(|id| id.as_str().to_owned()), held.team.map(|id| id.as_str().to_owned()))
    };
    let text = |text: &str| Some(text.to_owned());

    assert_eq!(holders(json!({"membershipRef": "m-1", "companyRef": null})), (text("m-1"), None));
    assert_eq!(holders(json!({"membershipRef": "m-1", "subscriptionType": "user"})), (text("m-1"), None));
    assert_eq!(holders(json!({"membershipRef": "m-1", "subscriptionType": "company"})), (None, text("c-1")));
    let by_customer = json!({"companyRef": null, "subscriptionType": "company", "customerRef": "c-2"});
    assert_eq!(holders(by_customer), (None, text("c-2")));
    let faults = told(UPDATED, &subscription(&json!({"companyRef": null}))).unwrap_err();
    assert!(faults[0].starts_with("membershipRef: is missing"), "{faults:?}");
}

/// SPB-03: what moves to a location that Brivo does not guard is over here.
#[test]
fn a_subscription_at_a_location_that_the_tenant_does_not_have_gives_nothing() {
    let told = news(UPDATED, &subscription(&json!({"locationRef": "elsewhere"})));

    assert!(is_gone(&told) && told.iter().all(|piece| piece.as_of == at(NOW)));
    assert!(super::told(UPDATED, &subscription(&json!({"locationRef": null}))).is_err());
}

#[test]
fn a_subscription_as_the_api_shows_it_is_read_in_the_same_way() {
    let sent = include_str!("../../../../../../tests/fixtures/spacebring/rest_subscription_fields.json");
    let sent = with(serde_json::from_str(sent).unwrap(), &json!({"locationRef": "loc-1"}));

    let held = held(&sent);

    assert_eq!((held.len(), held[0].groups.clone(), held[0].ends), (1, Some(group(123_456)), None));
    assert_eq!(held[0].resources.len(), 1);
}
