//! Contracts, which are memberships.

use domain::facts::{Membership, MembershipStatus};

use super::*;

const DOCUMENTED: &str = include_str!("../../../../../../tests/fixtures/nexudus/rest_coworkercontract.json");

fn contract(changes: &Value) -> Value {
    with(serde_json::from_str(DOCUMENTED).unwrap(), changes)
}

fn membership_of(sent: &Value) -> Membership {
    let what = news("CoworkerContractUpdate", &json!([sent])).remove(0).what;
    let What::Entitlement(Entitlement::Membership(membership)) = what else { panic!("{what:?}") };
    membership
}

#[test]
fn a_contract_is_a_membership_and_a_hint_about_its_customer() {
    let sent = json!([contract(&json!({}))]);

    let news = news("CoworkerContractCreate", &sent);

    let [told, hint] = news.as_slice() else { panic!("{news:?}") };
    assert_eq!(told.subject.to_string(), "membership/87654321");
    assert_eq!(told.as_of, at("2025-01-15T10:30:00Z"));
    let membership = membership_of(&sent[0]);
    assert_eq!((membership.plan.as_str(), membership.member), ("555", Some("3032".into())));
    assert_eq!((membership.location, membership.status), (Some("london".into()), MembershipStatus::Active));
    assert_eq!((membership.starts, membership.ends), (at("2025-01-15T00:00:00Z"), None));
    assert_eq!((hint.subject.to_string(), hint.as_of), ("member/3032".to_owned(), HINT));
    let subjects: Vec<_> =
        deliver("CoworkerContractCreate", &sent).subjects().iter().map(ToString::to_string).collect();
    assert_eq!(subjects, ["member/3032", "membership/87654321"]);
}

/// NEX-32: the day is one of the location, told as such or as an instant.
#[test]
fn the_first_day_begins_at_midnight_of_the_location() {
    let summer = at("2026-06-29T23:00:00Z");
    for dates in [
        json!({"StartDate": "2026-06-30T00:00:00Z", "StartDateLocal": "2026-06-30T00:00:00"}),
        json!({"StartDate": "2026-06-29T23:00:00Z", "StartDateLocal": "2026-06-30T00:00:00"}),
        json!({"StartDate": "2026-06-30T00:00:00Z", "StartDateLocal": null}),
        json!({"StartDate": "2026-06-29T23:00:00Z", "StartDateLocal": "(absent)"}),
    ] {
        assert_eq!(membership_of(&contract(&dates)).starts, summer, "{dates}");
    }
}

/// NEX-36, NEX-37: cancelled, it lasts to the end of its last day; without one it is over.
#[test]
fn a_cancelled_contract_ends_with_its_day() {
    let last_day = json!({"Cancelled": true, "CancellationDate": "2026-06-30T00:00:00Z", "CancellationDateLocal": "2026-06-30T00:00:00"});
    let at_once = json!({"Cancelled": true, "CancellationDate": null});

    let ending = membership_of(&contract(&last_day));
    let ended = membership_of(&contract(&at_once));

    assert_eq!((ending.status, ending.ends), (MembershipStatus::Cancelled, Some(at("2026-06-30T23:00:00Z"))));
    assert_eq!(ended.ends, Some(at("2025-01-15T10:30:00Z")));
}

/// NEX-31: what is not active gives nothing, be its dates what they may; paused is for the policy to say.
#[test]
fn only_an_active_contract_gives_something() {
    let future = json!({"Active": false, "StartDateLocal": "2026-12-01T00:00:00"});

    let inactive = membership_of(&contract(&future));

    assert_eq!((inactive.status, inactive.ends), (MembershipStatus::Cancelled, Some(at("2025-01-15T10:30:00Z"))));
    let paused = membership_of(&contract(&json!({"InPausedPeriod": true})));
    assert_eq!((paused.status, paused.ends), (MembershipStatus::Paused, None));
}

/// NEX-30: desks and offices, as a text of ids or as a list.
#[test]
fn desks_come_as_a_text_or_as_a_list() {
    for (desks, expected) in [
        (json!({"FloorPlanDeskIds": "71, 72"}), vec!["71", "72"]),
        (json!({"FloorPlanDeskIds": 71}), vec!["71"]),
        (json!({"Desks": [71, 72]}), vec!["71", "72"]),
        (json!({"FloorPlanDeskIds": "", "Desks": []}), vec![]),
    ] {
        let ids: Vec<_> = membership_of(&contract(&desks)).resources.into_iter().map(|desk| desk.id).collect();
        assert_eq!(ids, expected, "{desks}");
    }
}

/// B3: what could give access has no default.
#[test]
fn a_contract_with_something_missing_is_refused_by_name() {
    for name in ["Id", "CoworkerId", "TariffId", "Active", "Cancelled", "UpdatedOn"] {
        let faults = told("CoworkerContractUpdate", &contract(&json!({name: "(absent)"})), Proof::Whole).unwrap_err();
        assert!(faults[0].starts_with(&format!("{name}: is missing")), "{faults:?}");
    }
    let no_start = contract(&json!({"StartDate": "(absent)", "StartDateLocal": "(absent)"}));
    assert!(
        told("CoworkerContractUpdate", &no_start, Proof::Whole).unwrap_err()[0].starts_with("StartDate: is missing")
    );
    let odd = contract(&json!({"FloorPlanDeskIds": "71,Desk 2"}));
    assert!(told("CoworkerContractUpdate", &odd, Proof::Whole).unwrap_err()[0].starts_with("FloorPlanDeskIds: "));
}

#[test]
fn a_contract_belongs_where_its_hook_does_or_where_it_was_issued() {
    let sent = contract(&json!({"IssuedById": 101})).to_string();
    let tenant: Tenant = serde_json::from_value(json!({"tenant": "acme", "platform": "nexudus", "locations": [
        {"id": "london", "time_zone": "Europe/London", "account": "hq"},
        {"id": "101", "time_zone": "Europe/London", "account": "hq"},
    ]}))
    .unwrap();
    let location = |given: Option<&str>| {
        let source = Source::Nexudus { action: Some("60".to_owned()), location: given.map(Into::into) };
        let delivery = Delivery::read(&source, &HeaderMap::new(), sent.as_bytes(), at(NOW)).unwrap();
        let what = delivery.news(&tenant, at(NOW), Proof::Whole).map_err(|fault| fault.faults)?.remove(0).what;
        let What::Entitlement(Entitlement::Membership(membership)) = what else { panic!("{what:?}") };
        Ok::<_, Vec<String>>(membership.location)
    };

    assert_eq!(location(Some("london")), Ok(Some("london".into())));
    assert_eq!(location(None), Ok(Some("101".into())));
    assert_eq!(location(Some("rome")).unwrap_err().len(), 1);
}

#[test]
fn every_action_about_contracts_is_known_by_name_and_number() {
    let sent = contract(&json!({}));
    for action in ["62", "60", "10", "14", "11", "12", "13", "coworkercontractrenew"] {
        assert_eq!(news(action, &sent).len(), 2, "{action}");
    }
    let gone = news("77", &sent);
    assert_eq!((gone[0].subject.to_string(), gone[0].as_of), ("membership/87654321".to_owned(), FINAL));
    assert_eq!(gone[0].what, What::Removed);
}

#[test]
fn a_contract_of_somebody_switched_off_does_not_say_that_they_are_active() {
    assert_eq!(news("60", &contract(&json!({"CoworkerActive": false}))).len(), 1);
}

proptest! {
    /// Whatever a field holds, it is read or refused.
    #[test]
    fn no_contract_is_too_odd(
        name in prop::sample::select(vec!["StartDateLocal", "CancellationDateLocal", "FloorPlanDeskIds", "Desks", "TariffId"]),
        text in ".{0,20}",
    ) {
        let _ = told("60", &contract(&json!({name: text})), Proof::Whole);
        let _ = told("60", &contract(&json!({name: [text]})), Proof::Whole);
    }
}
