//! What hooks of Spacebring mean, from bytes to news.

use domain::{
    GroupId,
    facts::{Booking, BookingKind, Change, Entitlement, MemberPatch, MemberStatus, Membership, Team},
    intake::{FINAL, HINT, What},
};
use http::HeaderMap;
use jiff::SignedDuration;
use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::{
    Proof, Source, address_of,
    samples::{at, tenant_at, with},
};

mod bookings;
mod memberships;
mod subscriptions;

/// The instant of the attempt, and of receipt.
const NOW: &str = "2026-06-01T09:00:00Z";

fn tenant() -> Tenant {
    tenant_at("spacebring", "loc-1", "Europe/Berlin")
}

fn headers(id: &str, sent_at: Timestamp) -> HeaderMap {
    let values = [("svix-id", id.to_owned()), ("svix-timestamp", sent_at.as_second().to_string())];
    let mut headers: HeaderMap =
        values.into_iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect();
    headers.insert("svix-signature", "v1,AAAA".parse().unwrap());
    headers
}

fn source(event: Option<&str>) -> Source {
    Source::Spacebring { event: event.map(str::to_owned) }
}

fn deliver(event: Option<&str>, sent: &Value) -> Delivery {
    Delivery::read(&source(event), &headers("msg_1", at(NOW)), sent.to_string().as_bytes(), at(NOW)).unwrap()
}

fn told(event: Option<&str>, sent: &Value) -> Result<Vec<News>, Vec<String>> {
    deliver(event, sent).news(&tenant(), at(NOW), Proof::Whole).map_err(|unreadable| unreadable.faults)
}

fn news(event: Option<&str>, sent: &Value) -> Vec<News> {
    told(event, sent).unwrap()
}

/// What is said of one subject.
fn of<'a>(news: &'a [News], kind: SubjectKind, id: &str) -> &'a News {
    news.iter().find(|piece| piece.subject == Subject::new(kind, id)).unwrap()
}

fn user(name: &str, email: &str) -> Value {
    json!({"id": "u-1", "name": name, "surname": "Example", "email": email, "phoneNumber": null, "about": null, "photoUrl": null})
}

fn booking(changes: &Value) -> Value {
    let booking = json!({
        "id": "b-7", "resourceRef": "r-3", "resourceType": "meetingRoom", "title": "Weekly", "seats": 4,
        "startDate": "2026-06-01T10:00:00.000Z", "endDate": "2026-06-01T11:00:00.000Z", "createDate": "2026-06-01T08:00:00.090Z",
        "deleteDate": null, "membershipRefOwner": "m-1", "userOwner": user("Zoë", "zoe@example.com"), "attendees": [],
        "payment": {"status": "pending", "type": "stripe"},
    });
    with(booking, changes)
}

fn subscription(changes: &Value) -> Value {
    let subscription = json!({
        "id": "s-1", "companyRef": "c-1", "locationRef": "loc-1", "timezoneId": "Europe/Berlin",
        "createDate": "2026-05-01T10:00:00+02:00", "startDate": "2026-06-01T00:00:00+02:00",
        "endDate": "2026-07-01T00:00:00+02:00", "items": [{"id": "i-1", "planRef": "p-1", "brivoGroupRef": 501}],
        "user": {"id": 123, "name": null, "surname": null, "email": null},
    });
    with(subscription, changes)
}

/// ALL-01: Svix sends a message again under the same id, and so does the record of it.
#[test]
fn a_delivery_is_known_by_the_id_that_its_signature_covers() {
    let delivery = deliver(Some("subscription.created"), &subscription(&json!({})));

    let keys: Vec<_> = delivery.events().map(|received| received.key.clone()).collect();
    assert_eq!(keys, [EventKey { source: "spacebring".to_owned(), id: "msg_1".to_owned() }]);
}

#[test]
fn a_delivery_without_an_id_or_a_time_cannot_be_told_from_others() {
    let whole = headers("msg_1", at(NOW));
    for missing in ["svix-id", "svix-timestamp", "svix-signature"] {
        let mut headers = whole.clone();
        headers.remove(missing);

        let unreadable = Delivery::read(&source(None), &headers, b"{}", at(NOW)).unwrap_err();

        assert!(unreadable.faults[0].contains("svix-id"), "{missing}");
    }
}

/// Everything in the catalogue that tells nothing of doors, and what will be added to it.
#[test]
fn events_that_are_not_used_are_taken_whatever_they_carry() {
    for (event, sent) in [
        (None, json!({"type": "shop.order.created", "order": {"id": 1}})),
        (Some("visitors.visit.checked_in"), json!({"visit": {"id": "v-1", "code": "123456"}})),
        (Some("resource.updated"), json!({"anything": []})),
        (Some("booking.rescheduled"), booking(&json!({}))),
        (None, json!({"visit": {"id": "v-1"}})),
        (None, json!([1, 2])),
        (Some("\n"), json!(null)),
    ] {
        let delivery = deliver(event, &sent);

        assert_eq!(delivery.news(&tenant(), at(NOW), Proof::Whole), Ok(vec![]), "{sent}");
        assert_eq!(delivery.ignored().count(), 1, "{sent}");
        assert_eq!(delivery.subjects(), BTreeSet::new(), "{sent}");
        assert_eq!(delivery.events().count(), 1, "{sent}");
    }
}

/// Every endpoint at Svix has a secret of its own, so that two of them have to do for all events.
#[test]
fn an_event_at_the_url_of_another_is_what_its_type_says() {
    let url = Some("subscription.updated");
    let deleted = json!({"type": "booking.deleted", "booking": booking(&json!({}))});
    assert_eq!((&news(url, &deleted)[0].what, news(url, &deleted).len()), (&What::Removed, 1));
    let created = json!({"type": "booking.created", "booking": booking(&json!({}))});
    assert!(news(Some("subscription.deleted"), &created).last().and_then(entitlement).is_some());

    let unused = deliver(url, &json!({"type": "invoice.issued"}));
    assert_eq!(unused.ignored().collect::<Vec<_>>(), ["invoice.issued"]);
}

#[test]
fn every_missing_field_is_named() {
    for (sent, wanted) in [
        (json!({"type": "booking.created"}), "booking: is missing"),
        (json!({"type": "booking.created", "booking": null}), "booking: must be"),
        (
            json!({"type": "booking.created", "booking": booking(&json!({"resourceRef": "(absent)"}))}),
            "booking.resourceRef: is missing",
        ),
        (
            json!({"type": "booking.created", "booking": booking(&json!({"endDate": "soon"}))}),
            "booking.endDate: must be",
        ),
        (json!({"type": "booking.deleted", "booking": {}}), "booking.id: is missing"),
        (json!({"type": "company.created", "company": {"title": "x"}}), "company.id: is missing"),
    ] {
        let faults = told(None, &sent).unwrap_err();

        assert_eq!(faults.len(), 1, "{faults:?}");
        assert!(faults[0].starts_with(wanted), "{faults:?}");
    }
}

/// SPB-13: the company's subscription counts for nobody once the company is gone.
#[test]
fn a_company_is_there_from_its_first_hook_to_its_last() {
    let company =
        json!({"type": "company.created", "company": {"id": "c-1", "locationRef": "loc-1", "title": "Sample"}});
    let created = news(None, &company);
    let team = Team { id: "c-1".into(), members: BTreeSet::new(), paying_member: None };
    assert_eq!((&created[0].what, created[0].as_of), (&What::Team(team), at(NOW)));

    let deleted = news(None, &with(company, &json!({"type": "company.deleted"})));
    assert_eq!((&deleted[0].what, deleted[0].as_of), (&What::Removed, FINAL));
    assert_eq!(deleted[0].subject, Subject::new(SubjectKind::Team, "c-1"));
}

#[test]
fn the_shapes_of_the_catalogue_can_be_read() {
    const CATALOGUE: [(&str, &str); 8] = [
        ("booking.created", include_str!("../../../../../tests/fixtures/spacebring/webhook_booking_created.json")),
        ("booking.updated", include_str!("../../../../../tests/fixtures/spacebring/webhook_booking_updated.json")),
        ("booking.deleted", include_str!("../../../../../tests/fixtures/spacebring/webhook_booking_deleted.json")),
        ("company.created", include_str!("../../../../../tests/fixtures/spacebring/webhook_company_created.json")),
        ("company.deleted", include_str!("../../../../../tests/fixtures/spacebring/webhook_company_deleted.json")),
        (
            "membership.created",
            include_str!("../../../../../tests/fixtures/spacebring/webhook_membership_created.json"),
        ),
        (
            "subscription.created",
            include_str!("../../../../../tests/fixtures/spacebring/webhook_subscription_created.json"),
        ),
        (
            "subscription.deleted",
            include_str!("../../../../../tests/fixtures/spacebring/webhook_subscription_deleted.json"),
        ),
    ];
    for (event, body) in CATALOGUE {
        let delivery =
            Delivery::read(&source(Some(event)), &headers("msg_1", at(NOW)), body.as_bytes(), at(NOW)).unwrap();

        assert!(delivery.news(&tenant(), at(NOW), Proof::Whole).is_ok(), "{event}");
        assert_eq!(delivery.ignored().count(), 0, "{event}");
        assert!(!delivery.subjects().is_empty(), "{event}");
    }
}

#[test]
fn what_people_wrote_does_not_show_in_debug_output_or_faults() {
    let sent = json!({"type": "booking.created", "booking": booking(&json!({"attendees": [{"user": {"email": 7}}]}))});

    let delivery = deliver(None, &sent);

    assert!(!format!("{delivery:?}").contains("zoe@"));
    assert!(!told(None, &sent).unwrap_err()[0].contains("zoe@"));
}

fn anything() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        prop::sample::select(vec!["booking.created", "2026-06-01T10:00:00Z", "room", "", "requested"])
            .prop_map(Value::from)
    ];
    let names = prop::sample::select(vec![
        "type",
        "booking",
        "membership",
        "company",
        "id",
        "items",
        "attendees",
        "user",
        "startDate",
        "endDate",
        "createDate",
        "status",
    ]);
    leaf.prop_recursive(4, 32, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((names.clone(), inner), 0..8)
                .prop_map(|fields| fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()),
        ]
    })
}

proptest! {
    #[test]
    fn no_body_is_too_odd(sent in anything(), event in prop::sample::select(EVENTS.map(|(name, _, _)| name).to_vec())) {
        let delivery = deliver(Some(event), &sent);
        let _ = delivery.news(&tenant(), at(NOW), Proof::Whole);
    }

    /// SPB-36, R11: nothing that is missing becomes access.
    #[test]
    fn a_body_without_one_of_its_fields_gives_no_more_than_the_whole(field in 0usize..16) {
        let whole = booking(&json!({}));
        let mut body = whole.clone();
        let name = body.as_object().unwrap().keys().nth(field % body.as_object().unwrap().len()).unwrap().clone();
        body.as_object_mut().unwrap().remove(&name);

        if let Ok(told) = told(None, &json!({"type": "booking.created", "booking": body})) {
            let Some(Entitlement::Booking(less)) = told.iter().find_map(entitlement) else { unreachable!() };
            let all = news(None, &json!({"type": "booking.created", "booking": whole}));
            let Some(Entitlement::Booking(more)) = all.iter().find_map(entitlement) else { unreachable!() };
            prop_assert!(less.invitees.is_subset(&more.invitees) && (less.starts, less.ends) == (more.starts, more.ends));
        }
    }
}

fn entitlement(piece: &News) -> Option<Entitlement> {
    match &piece.what {
        What::Entitlement(entitlement) => Some(entitlement.clone()),
        What::Member(_) | What::Team(_) | What::Contact(_) | What::Removed => None,
    }
}

fn group(number: i64) -> BTreeSet<GroupId> {
    BTreeSet::from([GroupId(number)])
}
