//! What gives which groups: location rule, assigned resources, automatic plans.

use domain::{
    AccountId, LocationId,
    facts::{Booking, Membership, Origin, Pass},
    policy::Fanout,
    reasons::reasons,
    rules::Rulebook,
    tenant::{Account, Platform, Region},
};

use crate::world::{
    assigned, at, booking, due, groups, holding, in_london, mapping, membership, pass, tenant, windows,
};

/// R2: a mapping with a location counts only for facts of that location.
#[test]
fn a_mapping_of_a_location_counts_only_there() {
    let mappings =
        || vec![mapping("pass/day@london", &[1]), mapping("pass/day@berlin", &[2]), mapping("pass/day", &[3])];
    let berlin = Pass { location: Some("berlin".into()), ..pass("p1") };

    assert_eq!(due(&tenant(Platform::Nexudus, mappings()), &holding([berlin]), at(0)), groups(&[2, 3]));
    assert_eq!(due(&tenant(Platform::Nexudus, mappings()), &holding([pass("p1")]), at(0)), groups(&[3]));
    assert_eq!(due(&in_london(Platform::Nexudus, mappings()), &holding([pass("p1")]), at(0)), groups(&[1, 3]));
}

/// R2: where a bookable resource lies is told by its own mappings, if they name just one location.
#[test]
fn a_booking_without_a_location_lies_where_its_room_is_mapped() {
    let mut mappings = vec![mapping("resource/room@berlin", &[1]), mapping("resource/room", &[2])];
    let facts = holding([booking("b1", at(0), at(60))]);
    let one = tenant(Platform::Coworks, mappings.clone());
    assert_eq!(one.location_of_resource("room"), Some(&"berlin".into()));
    assert_eq!(due(&one, &facts, at(0)), groups(&[1, 2]));

    mappings.push(mapping("resource/room@london", &[3]));
    let two = tenant(Platform::Coworks, mappings);
    assert_eq!(two.location_of_resource("room"), None);
    assert_eq!(due(&two, &facts, at(0)), groups(&[2]));
}

/// R2: a booking's own location wins over what the mappings tell.
#[test]
fn a_booking_that_names_its_location_lies_there() {
    let elsewhere = Booking { location: Some("london".into()), ..booking("b1", at(0), at(60)) };
    let tenant = tenant(Platform::Coworks, vec![mapping("resource/room@berlin", &[1])]);

    assert_eq!(due(&tenant, &holding([elsewhere]), at(0)), groups(&[]));
}

/// R2: a membership without a location lies where the desks lie that are assigned through it, if they agree.
#[test]
fn a_membership_without_a_location_lies_where_its_desks_do() {
    let tenant = tenant(Platform::Officernd, vec![mapping("plan/plan@berlin", &[1])]);
    let with = |resources| holding([Membership { resources, ..membership("s1") }]);

    assert_eq!(due(&tenant, &with(vec![assigned("d1", None, Some("berlin"))]), at(0)), groups(&[1]));
    let apart = vec![assigned("d1", None, Some("berlin")), assigned("d2", None, Some("london"))];
    assert_eq!(due(&tenant, &with(apart), at(0)), groups(&[]));
    assert_eq!(due(&tenant, &with(vec![]), at(0)), groups(&[]));
}

/// R10, ORD-15, ORD-17: floor and location count for every assigned desk that lies there, and for nobody without one.
#[test]
fn an_assigned_desk_gives_its_floor_and_its_location() {
    let mappings = vec![
        mapping("location/london", &[1]),
        mapping("floor/first", &[2]),
        mapping("resource/d1", &[3]),
        mapping("location/berlin", &[4]),
    ];
    let tenant = tenant(Platform::Officernd, mappings);
    let joe = |resources| holding([Membership { location: Some("london".into()), resources, ..membership("s1") }]);

    assert_eq!(due(&tenant, &joe(vec![assigned("d1", Some("first"), None)]), at(0)), groups(&[1, 2, 3]));
    assert_eq!(due(&tenant, &joe(vec![assigned("d2", None, Some("berlin"))]), at(0)), groups(&[4]));
    assert_eq!(due(&tenant, &joe(vec![]), at(0)), groups(&[]));
}

/// R10: a desk without any location lies where its mappings tell.
#[test]
fn a_desk_without_a_location_lies_where_it_is_mapped() {
    let mappings = vec![mapping("resource/d1@berlin", &[1]), mapping("location/berlin", &[2])];
    let tenant = tenant(Platform::Officernd, mappings);
    let facts = holding([Membership { resources: vec![assigned("d1", None, None)], ..membership("s1") }]);

    assert_eq!(due(&tenant, &facts, at(0)), groups(&[1, 2]));
}

#[test]
fn two_desks_on_one_floor_give_the_reason_of_that_floor_once() {
    let tenant = tenant(Platform::Officernd, vec![mapping("floor/first", &[2])]);
    let desks = vec![assigned("d1", Some("first"), None), assigned("d2", Some("first"), None)];

    let all = windows(&tenant, &holding([Membership { resources: desks, ..membership("s1") }]));

    assert_eq!(all.len(), 1);
}

/// CWK-21, CWK-22, CWK-23: an automatic plan counts only for memberships of its origin.
#[test]
fn an_automatic_plan_counts_for_its_origin_alone() {
    let mut plan = mapping("plan/plan", &[1]);
    plan.automatic = Some(Origin::PublicSignup);
    let tenant = tenant(Platform::Coworks, vec![plan, mapping("plan/plan", &[2])]);
    let from = |origin| holding([Membership { origin, ..membership("s1") }]);

    assert_eq!(due(&tenant, &from(Some(Origin::PublicSignup)), at(0)), groups(&[1, 2]));
    assert_eq!(due(&tenant, &from(Some(Origin::Staff)), at(0)), groups(&[2]));
    assert_eq!(due(&tenant, &from(None), at(0)), groups(&[2]));
}

/// SPB-03: groups belong to the account that guards the fact's location; without one nobody knows which is meant.
#[test]
fn each_location_has_its_own_account() {
    let mut tenant = tenant(Platform::Spacebring, vec![mapping("pass/day", &[1])]);
    tenant.accounts.push(Account { id: "east".into(), region: Region::Eu, budget: None });
    tenant.locations[1].account = "east".into();
    let accounts = |location: Option<LocationId>| -> Vec<AccountId> {
        let facts = holding([Pass { location, ..pass("p1") }]);
        reasons(&Rulebook::new(&tenant), &facts).into_iter().map(|reason| reason.account.clone()).collect()
    };

    assert_eq!(accounts(Some("london".into())), ["hq".into()]);
    assert_eq!(accounts(Some("berlin".into())), ["east".into()]);
    assert_eq!(accounts(None), []);
}

/// R2: whatever names no location has the tenant's only one: its policy and its account.
#[test]
fn the_only_location_stands_for_none() {
    let mut tenant = in_london(Platform::Nexudus, vec![]);
    tenant.accounts.push(Account { id: "east".into(), region: Region::Eu, budget: None });
    tenant.locations[0].account = "east".into();
    tenant.locations[0].policy.fanout = Some(Fanout::MemberOnly);

    assert_eq!(tenant.account_at(None), Some(&"east".into()));
    assert_eq!(tenant.policy_for(None, None).fanout, Fanout::MemberOnly);
}
