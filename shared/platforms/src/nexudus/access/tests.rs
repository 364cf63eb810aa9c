//! What messages of Custom ACS mean, from bytes to news.

use domain::facts::Stamped;
use http::HeaderMap;
use secrecy::SecretString;

use super::*;
use crate::{
    Proof, Refused, Source,
    samples::{at, tenant_at, with},
    verify,
};

const DOCUMENTED: &str = include_str!("../../../../../tests/fixtures/nexudus/custom_acs_webhook.json");
const NOW: &str = "2024-08-20T16:31:00Z";

fn tenant() -> Tenant {
    tenant_at("nexudus", "101", "Europe/London")
}

fn documented() -> Value {
    serde_json::from_str(DOCUMENTED).unwrap()
}

fn deliver(sent: &Value) -> Delivery {
    Delivery::read(&Source::NexudusAccess, &HeaderMap::new(), sent.to_string().as_bytes(), at(NOW)).unwrap()
}

fn told(sent: &Value) -> Result<Vec<News>, Vec<String>> {
    deliver(sent).news(&tenant(), at(NOW), Proof::Whole).map_err(|unreadable| unreadable.faults)
}

fn set(sent: &Value) -> What {
    told(sent).unwrap().into_iter().find(|piece| piece.subject.kind == SubjectKind::Pass).unwrap().what
}

fn groups(sent: &Value) -> BTreeMap<GroupId, Option<Timestamp>> {
    let What::Entitlement(Entitlement::Pass(pass)) = set(sent) else { panic!("{:?}", set(sent)) };
    pass.groups.unwrap()
}

#[test]
fn the_documented_message_is_told_whole() {
    let news = told(&documented()).unwrap();

    let until = at("2024-08-31T20:00:00Z");
    let expected = Pass {
        id: "custom-acs:101:3032".to_owned(),
        pass: "custom-acs".to_owned(),
        member: Some("3032".into()),
        team: None,
        location: Some("101".into()),
        remaining: None,
        valid_from: None,
        valid_until: Some(until),
        groups: Some([(GroupId(1), Some(until))].into()),
    };
    assert_eq!(news[0].what, What::Entitlement(Entitlement::Pass(expected)));
    assert_eq!(news[0].as_of, at("2024-08-20T16:30:49.7961262Z"));
    let mut customer = domain::facts::Member::unknown("3032".into());
    for piece in &news[1..] {
        let What::Member(patch) = piece.what.clone() else { panic!("{piece:?}") };
        customer.merge(patch, piece.as_of);
    }
    assert_eq!(customer.email.get().map(String::as_str), Some("customer@example.com"));
    assert!(customer.is_active() && customer.details_wanted);
    assert_eq!(customer.access_code, Stamped::default());
}

/// DWK-20: the code that comes along is kept nowhere in clear.
#[test]
fn the_access_code_is_not_kept() {
    let delivery = deliver(&documented());

    assert!(delivery.events().all(|event| !event.body.contains("11546")));
}

#[test]
fn an_empty_set_takes_everything_away_and_a_missing_one_is_refused() {
    assert_eq!(set(&with(documented(), &json!({"groups": [], "schedule": []}))), What::Removed);

    let mut sent = documented();
    sent.as_object_mut().unwrap().remove("groups");
    assert_eq!(told(&sent).unwrap_err(), ["groups: is missing; it must be a list"]);
}

#[test]
fn whoever_loses_everything_is_not_said_to_be_active() {
    let news = told(&with(documented(), &json!({"groups": []}))).unwrap();

    assert!(news.iter().all(|piece| piece.as_of > HINT), "{news:?}");
}

#[test]
fn a_schedule_limits_only_groups_of_the_set() {
    let sent = with(
        documented(),
        &json!({"groups": ["1", 2, "3"], "schedule": [
            {"group": "1", "expires_on": "2024-08-21T10:00:00Z"},
            {"group": "1", "expires_on": "2024-08-22T10:00:00"},
            {"group": "3", "expires_on": null},
            {"group": "9", "expires_on": "2024-08-23T10:00:00Z"},
        ]}),
    );

    let expected = [(GroupId(1), Some(at("2024-08-22T10:00:00Z"))), (GroupId(2), None), (GroupId(3), None)];
    assert_eq!(groups(&sent), expected.into());
}

#[test]
fn a_set_without_schedule_has_no_end() {
    let mut sent = documented();
    sent.as_object_mut().unwrap().remove("schedule");

    assert_eq!(groups(&sent), [(GroupId(1), None)].into());
}

#[test]
fn groups_that_are_not_of_brivo_are_told_and_keep_nothing_back() {
    let sent = with(documented(), &json!({"groups": ["1", "front-door"]}));

    assert_eq!(groups(&sent).into_keys().collect::<Vec<_>>(), [GroupId(1)]);
    assert_eq!(deliver(&sent).ignored().collect::<Vec<_>>(), ["groups that are not of Brivo"]);
}

#[test]
fn every_fault_is_named() {
    let faults = told(&json!({"business": {}, "groups": [""], "schedule": [{"expires_on": "soon"}]})).unwrap_err();

    for place in
        ["time: ", "business.id: ", "coworker: ", "groups[0]: ", "schedule[0].group: ", "schedule[0].expires_on: "]
    {
        assert!(faults.iter().any(|fault| fault.starts_with(place)), "{place} {faults:?}");
    }
}

#[test]
fn a_location_that_the_tenant_does_not_have_is_named() {
    let faults = told(&with(documented(), &json!({"business": {"id": 7}}))).unwrap_err();

    assert_eq!(faults, ["business.id: the tenant has no location \"7\"; add it"]);
}

#[test]
fn a_message_from_the_future_does_not_keep_later_ones_out() {
    let news = told(&with(documented(), &json!({"time": "2034-01-01T00:00:00Z"}))).unwrap();

    assert_eq!(news[0].as_of, at("2024-08-20T16:36:00Z"));
}

/// ALL-07.
#[test]
fn only_the_bearer_token_proves_a_message() {
    let secrets = ["a token".into(), "the next token".into()];
    let with = |token: &str| [(http::header::AUTHORIZATION, token.parse().unwrap())].into_iter().collect::<HeaderMap>();
    let check = |headers: &HeaderMap, secrets: &[SecretString]| {
        verify(&Source::NexudusAccess, headers, DOCUMENTED.as_bytes(), secrets, at(NOW))
    };

    assert_eq!(check(&with("Bearer a token"), &secrets), Ok(Proof::Whole));
    assert_eq!(check(&with("bearer the next token"), &secrets), Ok(Proof::Whole));
    assert_eq!(check(&with("Bearer a toke"), &secrets), Err(Refused::Wrong));
    assert_eq!(check(&HeaderMap::new(), &secrets), Err(Refused::Unsigned));
    assert_eq!(check(&with("Bearer "), &secrets), Err(Refused::Unsigned));
    assert_eq!(check(&with("Bearer a token"), &[]), Err(Refused::NoSecret));
}

#[test]
fn groups_are_told_by_id_and_name() {
    assert_eq!(
        access_groups([(GroupId(501), Some("Café")), (GroupId(502), None)]),
        json!([{"id": "501", "name": "Café"}, {"id": "502", "name": "Brivo group 502"}])
    );
}
