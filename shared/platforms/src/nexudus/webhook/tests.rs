//! What hooks of Nexudus mean, from bytes to news.

use domain::facts::{Attendee, Booking, BookingKind, BookingStatus, Member};
use http::HeaderMap;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::{
    Source,
    samples::{at, tenant_at, with},
    verify,
};

mod contracts;
mod teams;

const CAPTURED: &str = include_str!("../../../../../tests/fixtures/nexudus/webhook_BookingCreate.json");
const SIGNED: &str = include_str!("../../../../../tests/fixtures/nexudus/signature_vectors.json");
const NOW: &str = "2026-06-01T09:00:00Z";

fn tenant() -> Tenant {
    tenant_at("nexudus", "london", "Europe/London")
}

fn source(action: &str) -> Source {
    Source::Nexudus { action: Some(action.to_owned()), location: Some("london".into()) }
}

fn deliver(action: &str, sent: &Value) -> Delivery {
    Delivery::read(&source(action), &HeaderMap::new(), sent.to_string().as_bytes(), at(NOW)).unwrap()
}

fn told(action: &str, sent: &Value, proof: Proof) -> Result<Vec<News>, Vec<String>> {
    deliver(action, sent).news(&tenant(), at(NOW), proof).map_err(|unreadable| unreadable.faults)
}

fn news(action: &str, sent: &Value) -> Vec<News> {
    told(action, sent, Proof::Whole).unwrap()
}

fn entity(changes: &Value) -> Value {
    with(
        json!({
            "Id": 7, "ResourceId": 3, "CoworkerId": 9, "CoworkerFullName": "Zoë Example", "FloorPlanDeskId": null,
            "FromTime": "2026-06-01T10:00:00Z", "ToTime": "2026-06-01T11:00:00Z", "Tentative": false,
            "UpdatedOn": "2026-06-01T08:00:00.1234567Z",
        }),
        changes,
    )
}

fn customer(changes: &Value) -> Value {
    with(
        json!({
            "Id": 9, "FullName": "Zoë Example", "Email": "zoe@example.com", "MobilePhone": "+44 20 7946 0000", "Active": true,
            "UpdatedOn": "2026-06-01T08:00:00Z", "AccessPincode": "11546",
        }),
        changes,
    )
}

fn booking_of(sent: &Value) -> Booking {
    let what = news("BookingUpdate", sent).remove(0).what;
    let What::Entitlement(Entitlement::Booking(booking)) = what else { panic!("{what:?}") };
    booking
}

fn patch_of(sent: &Value, proof: Proof) -> MemberPatch {
    let what = told("CoworkerUpdate", sent, proof).unwrap().remove(0).what;
    let What::Member(patch) = what else { panic!("{what:?}") };
    patch
}

fn set(text: &str) -> Change<String> {
    Change::Set(text.to_owned())
}

#[test]
fn the_captured_booking_is_a_tentative_booking_and_a_hint_about_its_customer() {
    let delivery = Delivery::read(&source("BookingCreate"), &HeaderMap::new(), CAPTURED.as_bytes(), at(NOW)).unwrap();

    let news = delivery.news(&tenant(), at(NOW), Proof::Whole).unwrap();

    let booking = Booking {
        id: "1418686279".to_owned(),
        resource: "1414925063".to_owned(),
        kind: BookingKind::Room,
        location: Some("london".into()),
        starts: at("2022-05-13T23:00:00Z"),
        ends: at("2022-05-14T00:00:00Z"),
        status: BookingStatus::Tentative,
        booker: Some(Attendee::Member("1415914201".into())),
        invitees: BTreeSet::new(),
    };
    assert_eq!(news[0].what, What::Entitlement(Entitlement::Booking(booking)));
    assert_eq!(news[0].as_of, at("2022-05-13T20:55:44.5515198Z"));
    assert_eq!(news[1].subject.to_string(), "member/1415914201");
    assert_eq!(news[1].as_of, HINT);
    let hint = MemberPatch {
        full_name: set("Example Customer One"),
        status: Change::Set(MemberStatus::Active),
        fetch_details: true,
        ..MemberPatch::default()
    };
    assert_eq!(news[1].what, What::Member(hint));
    assert_eq!(news.len(), 2);
    let subjects: Vec<_> = delivery.subjects().iter().map(ToString::to_string).collect();
    assert_eq!(subjects, ["member/1415914201", "booking/1418686279"]);
}

#[test]
fn an_array_of_one_and_a_bare_object_mean_the_same() {
    let bare = entity(&json!({}));

    let meaning = |sent: &Value| news("BookingCreate", sent).into_iter().map(|news| news.what).collect::<Vec<_>>();

    assert_eq!(meaning(&bare), meaning(&json!([bare])));
}

#[test]
fn the_action_goes_by_name_or_number() {
    for action in ["BookingDelete", "bookingdelete", "BOOKINGDELETE", "8"] {
        let news = news(action, &json!([{"Id": 7}]));

        assert_eq!(news[0].what, What::Removed, "{action}");
        assert_eq!(news[0].event.source, "nexudus/BookingDelete");
    }
    for (action, name) in [("6", "BookingCreate"), ("7", "BookingUpdate")] {
        assert_eq!(news(action, &entity(&json!({})))[0].event.source, format!("nexudus/{name}"));
    }
    for (action, name) in [("3", "CoworkerCreate"), ("2", "CoworkerUpdate")] {
        assert_eq!(news(action, &customer(&json!({})))[0].event.source, format!("nexudus/{name}"));
    }
}

#[test]
fn without_an_action_the_url_is_at_fault() {
    for action in [None, Some("x".repeat(65))] {
        let refused = Delivery::read(
            &Source::Nexudus { action, location: None },
            &HeaderMap::new(),
            CAPTURED.as_bytes(),
            at(NOW),
        )
        .unwrap_err();

        assert!(refused.faults[0].starts_with("the URL: end its path with the action"), "{refused}");
    }
}

#[test]
fn other_actions_are_accepted_and_tell_nothing() {
    for action in ["CoworkerCheckin", "36", "SomethingNew"] {
        let delivery = deliver(action, &json!([{"Id": 3032}]));

        assert_eq!(delivery.ignored().collect::<Vec<_>>(), [action]);
        assert_eq!(delivery.news(&tenant(), at(NOW), Proof::Whole), Ok(vec![]));
        assert_eq!(delivery.events().count(), 1);
    }
}

/// ALL-07: a repeat has the same key, anything else another one.
#[test]
fn a_delivery_is_known_again_by_its_bytes_and_action() {
    let key = |action: &str, sent: &Value| deliver(action, sent).events().next().unwrap().key.clone();
    let sent = entity(&json!({}));

    assert_eq!(key("BookingUpdate", &sent), key("7", &sent));
    assert_ne!(key("BookingUpdate", &sent), key("BookingDelete", &sent));
    assert_ne!(
        key("BookingUpdate", &sent),
        key("BookingUpdate", &entity(&json!({"UpdatedOn": "2026-06-01T08:00:01Z"})))
    );
    assert_eq!(key("BookingUpdate", &sent).id.len(), 64);
}

#[test]
fn nothing_that_gives_access_has_a_default() {
    for field in ["Id", "ResourceId", "FromTime", "ToTime", "UpdatedOn"] {
        for missing in [json!("(absent)"), Value::Null, json!(""), json!(0)] {
            let faults = told("BookingCreate", &entity(&json!({ field: missing })), Proof::Whole).unwrap_err();

            assert_eq!(faults.len(), 1, "{faults:?}");
            assert!(faults[0].starts_with(&format!("{field}: ")), "{faults:?}");
        }
    }
}

#[test]
fn all_faults_are_named() {
    let faults = told("BookingCreate", &json!([{"Id": 1.5, "FromTime": "soon"}]), Proof::Whole).unwrap_err();

    let places: Vec<_> = faults.iter().map(|fault| fault.split(": ").next().unwrap()).collect();
    assert_eq!(places, ["[0].Id", "[0].ResourceId", "[0].FromTime", "[0].ToTime", "[0].Tentative", "[0].UpdatedOn"]);
    assert!(told("BookingCreate", &json!([]), Proof::Whole).is_err());
    assert!(told("BookingCreate", &json!([7]), Proof::Whole).is_err());
}

#[test]
fn times_are_utc_whether_they_say_so_or_not() {
    let times = json!({"FromTime": "2026-06-01T10:00:00", "ToTime": "2026-06-01T11:00:00.1234567"});

    let booking = booking_of(&entity(&times));

    assert_eq!(booking.starts, at("2026-06-01T10:00:00Z"));
    assert_eq!(booking.ends, at("2026-06-01T11:00:00.1234567Z"));
}

#[test]
fn a_booking_may_have_no_customer() {
    for nobody in [Value::Null, json!(0), json!("(absent)")] {
        let sent = entity(&json!({"CoworkerId": nobody}));

        assert_eq!(booking_of(&sent).booker, None);
        assert_eq!(news("BookingCreate", &sent).len(), 1);
    }
}

#[test]
fn a_desk_on_the_floor_plan_makes_it_a_desk() {
    assert_eq!(booking_of(&entity(&json!({"FloorPlanDeskId": 12}))).kind, BookingKind::Desk);
    assert_eq!(booking_of(&entity(&json!({"FloorPlanDeskId": 0}))).kind, BookingKind::Room);
}

#[test]
fn tentative_has_to_be_told_from_confirmed() {
    assert_eq!(booking_of(&entity(&json!({"Tentative": true}))).status, BookingStatus::Tentative);
    for unknown in [json!("yes"), json!(null), json!("(absent)")] {
        assert!(told("BookingCreate", &entity(&json!({"Tentative": unknown})), Proof::Whole).is_err());
    }
}

/// R18, ALL-10: in a vendor's webhook it counts as cancelled.
#[test]
fn a_booking_that_ends_before_it_starts_counts_as_cancelled() {
    for ends in ["2026-06-01T10:00:00Z", "2026-06-01T09:00:00Z", "0001-01-01T00:00:00"] {
        assert_eq!(booking_of(&entity(&json!({"ToTime": ends}))).status, BookingStatus::Cancelled, "{ends}");
    }
}

#[test]
fn a_deleted_booking_never_comes_back() {
    let removed = news("BookingDelete", &json!({"Id": 7}));
    let updated = news("BookingUpdate", &entity(&json!({"UpdatedOn": "9999-01-01T00:00:00Z"})));

    assert_eq!(removed[0].subject, updated[0].subject);
    assert_eq!(removed[0].as_of, FINAL);
    assert!(updated[0].as_of < FINAL);
}

#[test]
fn a_clock_of_nexudus_that_runs_ahead_does_not_keep_later_news_out() {
    let ahead = news("BookingUpdate", &entity(&json!({"UpdatedOn": "2099-01-01T00:00:00Z"})));

    assert_eq!(ahead[0].as_of, at("2026-06-01T09:05:00Z"));
}

#[test]
fn a_time_that_was_never_set_is_older_than_all_others() {
    let never = news("CoworkerUpdate", &customer(&json!({"UpdatedOn": "0001-01-01T00:00:00"})));

    assert!(never[0].as_of > HINT && never[0].as_of < at("1900-01-01T00:00:00Z"));
}

#[test]
fn a_hook_of_an_unknown_location_is_a_fault_unless_it_takes_away() {
    let source = |action: &str| Source::Nexudus { action: Some(action.to_owned()), location: Some("rome".into()) };
    let told = |action: &str, sent: Value| {
        let delivery =
            Delivery::read(&source(action), &HeaderMap::new(), sent.to_string().as_bytes(), at(NOW)).unwrap();
        delivery.news(&tenant(), at(NOW), Proof::Whole)
    };

    let faults = told("BookingCreate", entity(&json!({}))).unwrap_err().faults;
    assert!(faults[0].starts_with("the URL: the tenant has no location \"rome\""), "{faults:?}");
    assert!(told("BookingDelete", json!({"Id": 7})).is_ok());
    assert!(told("CoworkerUpdate", customer(&json!({"Active": false}))).is_ok());
}

#[test]
fn a_customer_is_told_and_the_rest_is_asked_for() {
    for proof in [Proof::Whole, Proof::PathSecret] {
        let expected = MemberPatch {
            full_name: set("Zoë Example"),
            email: set("zoe@example.com"),
            address: Change::Set(address_of("zoe@example.com").unwrap()),
            phone: set("+44 20 7946 0000"),
            status: Change::Set(MemberStatus::Active),
            fetch_details: true,
            ..MemberPatch::default()
        };
        assert_eq!(patch_of(&customer(&json!({})), proof), expected);
    }
}

/// R13: one read serves.
#[test]
fn the_address_of_a_customer_has_to_be_known() {
    let subjects = |sent: &Value| -> Vec<_> {
        deliver("CoworkerUpdate", sent).subjects().iter().map(ToString::to_string).collect()
    };

    let zoe = address_of("zoe@example.com").unwrap();
    assert_eq!(subjects(&customer(&json!({}))), ["member/9".to_owned(), format!("address/{zoe}")]);
    assert_eq!(subjects(&customer(&json!({"Email": null}))), ["member/9"]);
}

#[test]
fn of_a_body_signed_in_its_ascii_form_no_exchangeable_letters_are_taken() {
    let sent = customer(&json!({"Email": "zo?@example.com", "Active": false}));

    let patch = patch_of(&sent, Proof::AsciiForm);

    assert_eq!((patch.full_name, patch.email, patch.address), (Change::Keep, Change::Keep, Change::Keep));
    assert_eq!(patch.phone, set("+44 20 7946 0000"));
    assert_eq!(patch.status, Change::Set(MemberStatus::Inactive));
    assert!(patch.fetch_details);
    let hint = told("BookingCreate", &entity(&json!({})), Proof::AsciiForm).unwrap().remove(1);
    let What::Member(hint) = hint.what else { panic!("{hint:?}") };
    assert_eq!(hint.full_name, Change::Keep);
    assert!(hint.fetch_details);
}

/// Nexudus' own examples of signed bodies carry no `UpdatedOn`.
#[test]
fn a_customer_without_a_time_of_change_is_asked_for_and_undoes_nothing() {
    let vectors: Value = serde_json::from_str(SIGNED).unwrap();
    let secret = [vectors["secret"].as_str().unwrap().into()];
    for (vector, id) in vectors["vectors"].as_array().unwrap().iter().zip(["member/3032", "member/3033"]) {
        let [body, signature] = ["body_utf8", "raw_bytes"].map(|name| vector[name].as_str().unwrap());
        let headers = [("x-nexudus-hook-signature".parse().unwrap(), signature.parse().unwrap())].into_iter().collect();

        let delivery = Delivery::read(&source("CoworkerCreate"), &HeaderMap::new(), body.as_bytes(), at(NOW)).unwrap();
        let proof = verify(&source("CoworkerCreate"), &headers, body.as_bytes(), &secret, at(NOW)).unwrap();
        let news = delivery.news(&tenant(), at(NOW), proof).unwrap();

        assert_eq!((news[0].subject.to_string().as_str(), news[0].as_of), (id, asking()));
    }
    let undated = customer(&json!({"UpdatedOn": "(absent)", "Email": "old@example.com", "Active": false}));
    let mut known = Member::unknown("9".into());
    for sent in [customer(&json!({})), undated] {
        let news = news("CoworkerUpdate", &sent).remove(0);
        let What::Member(patch) = news.what else { panic!("{news:?}") };
        known.merge(MemberPatch { details_fetched: true, ..MemberPatch::default() }, HINT);
        known.merge(patch, news.as_of);
    }
    assert_eq!((known.email.get().unwrap().as_str(), known.is_active()), ("zoe@example.com", true));
    assert!(known.details_wanted);
}

/// Nexudus tells of a change, of another and of its undoing: the third has the bytes of the first.
#[test]
fn a_customer_without_a_time_of_change_is_no_repeat_of_what_he_was_before() {
    let key = |sent: &Value, now: &str| {
        let delivery =
            Delivery::read(&source("CoworkerUpdate"), &HeaderMap::new(), sent.to_string().as_bytes(), at(now)).unwrap();
        let news = delivery.news(&tenant(), at(now), Proof::Whole).unwrap();
        let key = delivery.events().next().unwrap().key.clone();
        assert_eq!(news[0].event, key);
        key
    };
    let later = "2026-06-01T09:00:00.000000001Z";
    for undated in [json!("(absent)"), Value::Null] {
        let undated = customer(&json!({"UpdatedOn": undated}));
        assert_ne!(key(&undated, NOW), key(&undated, later));
        assert_ne!(
            key(&json!([customer(&json!({})), undated]), NOW),
            key(&json!([customer(&json!({})), undated]), later)
        );
    }
    assert_eq!(key(&customer(&json!({})), NOW), key(&customer(&json!({})), later));
}

/// Without Nexudus' API there is nothing to go by but the order of receipt.
#[test]
fn customers_without_a_time_of_change_count_in_the_order_of_their_receipt() {
    let mut known = Member::unknown("9".into());
    for active in [true, false, true, false] {
        let sent = customer(&json!({"UpdatedOn": "(absent)", "Active": active}));
        let news = news("CoworkerUpdate", &sent).remove(0);
        let What::Member(patch) = news.what else { panic!("{news:?}") };

        known.merge(patch, news.as_of);

        assert_eq!(known.is_active(), active);
    }
}

#[test]
fn what_a_hook_leaves_out_of_a_customer_stays_as_it_was() {
    let sent = customer(&json!({"FullName": " ", "Email": null, "MobilePhone": "(absent)", "Active": null}));

    let patch = patch_of(&sent, Proof::Whole);

    assert_eq!(patch, MemberPatch { fetch_details: true, ..MemberPatch::default() });
}

#[test]
fn ids_that_an_ascii_signature_does_not_cover_are_a_fault() {
    for id in [json!("1é"), json!("1?"), json!("../1"), json!(1.0), json!(true), json!([1])] {
        assert!(told("BookingDelete", &json!({ "Id": id }), Proof::Whole).is_err(), "{id}");
    }
    assert_eq!(news("BookingDelete", &json!({"Id": "42"}))[0].subject.id, "42");
}

/// DWK-20: a PIN is nowhere in clear.
#[test]
fn a_pin_is_not_kept_with_the_event() {
    assert!(
        deliver("CoworkerUpdate", &json!([customer(&json!({}))])).events().all(|event| !event.body.contains("11546"))
    );
}

proptest! {
    #[test]
    fn no_bytes_are_too_odd(
        action in prop::sample::select(vec!["6", "8", "2", "61"]),
        body in prop::collection::vec(any::<u8>(), 0..200),
    ) {
        let _ = Delivery::read(&source(action), &HeaderMap::new(), &body, at(NOW));
    }

    #[test]
    fn no_field_is_too_odd(
        action in prop::sample::select(vec!["BookingUpdate", "BookingDelete", "CoworkerUpdate"]),
        index in any::<prop::sample::Index>(),
        odd in prop_oneof![".{0,30}".prop_map(Value::from), any::<f64>().prop_map(Value::from), any::<i64>().prop_map(Value::from)],
    ) {
        let mut sent = with(entity(&json!({})), &customer(&json!({})));
        let name = index.get(&sent.as_object().unwrap().keys().cloned().collect::<Vec<_>>()).clone();
        sent[name] = odd;

        for proof in [Proof::Whole, Proof::AsciiForm] {
            if let Err(faults) = told(action, &sent, proof) {
                prop_assert_eq!(faults.len(), 1);
            }
        }
    }
}
