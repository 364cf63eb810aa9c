//! `coworking.membership.*`.

use super::*;

#[test]
fn all_that_is_said_is_kept() {
    let data = json!({
        "id": "s1", "plan": 5, "member": "m1", "team": "t1", "location": "london", "starts": "2026-06-01T00:00:00+02:00",
        "ends": "2026-07-01T00:00:00Z", "status": "paused", "groups": [501], "products": ["p", 7], "origin": "public_signup",
        "resources": [{"id": "d1", "kind": "desk", "floor": "2", "location": "london"}, {"id": 9, "kind": "office"}],
    });

    let membership = placed_membership(&one_location(), data);

    assert_eq!(membership.plan, "5");
    assert_eq!((membership.member, membership.team), (Some("m1".into()), Some("t1".into())));
    assert_eq!(membership.location, Some("london".into()));
    assert_eq!(membership.starts, at("2026-05-31T22:00:00Z"));
    assert_eq!(membership.ends, Some(at("2026-07-01T00:00:00Z")));
    assert_eq!(membership.status, domain::facts::MembershipStatus::Paused);
    assert_eq!(membership.groups, Some(BTreeSet::from([GroupId(501)])));
    assert_eq!(membership.products, BTreeSet::from(["p".to_owned(), "7".to_owned()]));
    assert_eq!(membership.origin, Some(domain::facts::Origin::PublicSignup));
    assert_eq!(membership.resources[0].floor.as_deref(), Some("2"));
    assert_eq!((membership.resources[1].id.as_str(), &membership.resources[1].location), ("9", &None));
}

/// A date as `starts` is its first instant in the location's zone, as `ends` it is inclusive.
#[test]
fn dates_are_days_of_the_location() {
    let data = with(membership(), json!({"location": "paris", "starts": "2026-06-30", "ends": "2026-10-25"}));

    let membership = placed_membership(&two_locations(), data);

    assert_eq!(membership.starts, at("2026-06-29T22:00:00Z"));
    assert_eq!(membership.ends, Some(at("2026-10-25T23:00:00Z")));
}

#[test]
fn a_date_without_location_is_a_day_of_the_only_zone() {
    let same_zone = tenant(&[("a", "Europe/London"), ("b", "Europe/London")]);
    for tenant in [one_location(), same_zone] {
        assert_eq!(placed_membership(&tenant, membership()).starts, at("2026-06-29T23:00:00Z"));
    }
}

#[test]
fn a_date_without_any_zone_is_a_fault_and_an_instant_is_not() {
    for tenant in [two_locations(), tenant(&[])] {
        let faults = told(&tenant, &upserted("membership", membership())).unwrap_err();
        assert_eq!(faults.len(), 1);
        assert!(faults[0].starts_with("data.starts: is a date, but no location says in which time zone"), "{faults:?}");

        let instant = with(membership(), json!({"starts": "2026-06-30T00:00:00Z"}));
        assert_eq!(placed_membership(&tenant, instant).starts, at("2026-06-30T00:00:00Z"));
    }
}

/// R2: a membership without location lies where its resources lie, told or mapped, if that is one place.
#[test]
fn a_date_without_location_is_a_day_of_the_place_of_its_resources() {
    let mut tenant = two_locations();
    let desk = json!([{"kind": "resource", "id": "d1", "location": "paris", "groups": [1]}]);
    tenant.mappings = serde_json::from_value(desk).unwrap();
    let placed = |resources: Value| {
        let data = with(membership(), json!({"starts": "2026-06-30", "resources": resources}));
        told(&tenant, &upserted("membership", data))
    };

    for resources in [json!([{"id": "d9", "location": "paris"}]), json!([{"id": "d1"}, {"id": "d8"}])] {
        let data = with(membership(), json!({"starts": "2026-06-30", "resources": resources}));
        assert_eq!(placed_membership(&tenant, data).starts, at("2026-06-29T22:00:00Z"));
    }
    for resources in [json!([{"id": "d8"}]), json!([{"id": "d1"}, {"id": "d9", "location": "london"}])] {
        let faults = placed(resources).unwrap_err();
        assert!(faults[0].starts_with("data.starts: is a date, but no location"), "{faults:?}");
    }
    let faults = placed(json!([{"id": "d9", "location": "rome"}])).unwrap_err();
    assert!(faults[0].starts_with("data.resources[0].location: "), "{faults:?}");
}

#[test]
fn an_unknown_location_is_one_fault() {
    assert_fault(
        &upserted("membership", with(membership(), json!({"location": "rome"}))),
        "data.location: the tenant has no location \"rome\"",
    );
    let resources = json!({"resources": [{"id": "d1"}, {"id": "d2", "location": "rome"}]});
    assert_fault(
        &upserted("membership", with(membership(), resources)),
        "data.resources[1].location: the tenant has no",
    );
}

/// R8: cancelled runs to its end, without one to the time of the event.
#[test]
fn a_cancelled_membership_ends_at_its_end_or_at_the_time_of_the_event() {
    let cancelled = |ends: Value| {
        let data = with(membership(), json!({"status": "cancelled", "ends": ends}));
        placed_membership(&one_location(), data).ends
    };

    assert_eq!(cancelled("2026-12-31".into()), Some(at("2027-01-01T00:00:00Z")));
    assert_eq!(cancelled("(absent)".into()), Some(at(NOW)));
    assert_eq!(cancelled(Value::Null), Some(at(NOW)));
    assert_eq!(placed_membership(&one_location(), membership()).ends, None);
}

#[test]
fn somebody_has_to_hold_it() {
    assert_fault(
        &upserted("membership", with(membership(), json!({"member": "(absent)"}))),
        "data.member: is missing, and so is team",
    );
    assert_fault(
        &upserted("membership", with(membership(), json!({"member": "", "team": "t1"}))),
        "data.member: must be",
    );
}

#[test]
fn what_is_left_blank_never_widens_access() {
    for (field, place) in [("ends", "data.ends"), ("location", "data.location"), ("origin", "data.origin")] {
        let sent = upserted("membership", with(membership(), json!({ field: "" })));

        assert_fault(&sent, &format!("{place}: must be"));
    }
}

#[test]
fn no_chosen_groups_differ_from_none_chosen() {
    let groups =
        |groups: Value| placed_membership(&one_location(), with(membership(), json!({ "groups": groups }))).groups;

    assert_eq!(groups(json!([])), Some(BTreeSet::new()));
    assert_eq!(groups(Value::Null), None);
    assert_eq!(groups("(absent)".into()), None);
}
