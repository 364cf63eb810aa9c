//! Who booked and who is invited.

use super::*;
use crate::address_of;

fn address(email: &str) -> Attendee {
    Attendee::Address(address_of(email).unwrap())
}

fn member(id: &str) -> Attendee {
    Attendee::Member(id.into())
}

fn booker(booker: &Value) -> Option<Attendee> {
    placed_booking(with(booking(), json!({ "booker": booker }))).booker
}

fn invitees(invitees: &Value) -> BTreeSet<Attendee> {
    placed_booking(with(booking(), json!({ "invitees": invitees }))).invitees
}

/// The contacts that come before the booking, each with its subject.
fn contacts(changes: Value) -> Vec<(String, Contact)> {
    let mut news = told(&one_location(), &upserted("booking", with(booking(), changes))).unwrap();
    assert!(matches!(news.pop().unwrap().what, What::Entitlement(_)));
    let contact = |news: News| {
        let What::Contact(contact) = news.what else { panic!("{news:?}") };
        (news.subject.to_string(), contact)
    };
    news.into_iter().map(contact).collect()
}

fn contact(name: Option<&str>, email: &str) -> (String, Contact) {
    let subject = format!("address/{}", address_of(email).unwrap());
    (subject, Contact { name: name.map(str::to_owned), email: email.to_owned() })
}

/// SPB-16, R13: who has the address is found out later.
#[test]
fn a_booker_who_is_no_member_is_whoever_has_the_address() {
    assert_eq!(booker(&stranger()), Some(address("gina@example.com")));
    assert_eq!(booker(&json!({"email": " Gina@Example.com "})), Some(address("gina@example.com")));
}

/// SPB-19, ORD-25.
#[test]
fn invitees_are_members_and_addresses() {
    let sent = json!([{"member": "m2"}, stranger(), {"member": 3, "name": "Three"}, stranger()]);

    assert_eq!(invitees(&sent), BTreeSet::from([member("m2"), member("3"), address("gina@example.com")]));
}

#[test]
fn a_booking_without_invitees_has_none() {
    for none in [json!("(absent)"), Value::Null, json!([])] {
        assert_eq!(invitees(&none), BTreeSet::new());
    }
}

/// SPB-20: which kinds count is the policy's to say; the feed keeps whom it was told of.
#[test]
fn invitees_of_a_desk_are_kept_too() {
    let desk = with(booking(), json!({"kind": "desk", "invitees": [stranger()]}));

    assert_eq!(placed_booking(desk).invitees, BTreeSet::from([address("gina@example.com")]));
}

/// ORD-21: the member who is meant, whoever else is named beside.
#[test]
fn of_member_and_address_the_member_counts() {
    let both = json!({"member": "m1", "name": "John", "email": "admin@example.com"});

    assert_eq!(booker(&both), Some(member("m1")));
    assert_eq!(contacts(json!({"booker": both, "invitees": [both]})), []);
}

/// R12: no access.
#[test]
fn without_member_and_address_it_is_nobody() {
    for nobody in
        [json!({}), json!({"name": "G"}), json!({"name": "G", "email": ""}), json!({"member": null, "email": " "})]
    {
        assert_eq!(booker(&nobody), None, "{nobody}");
        assert_eq!(invitees(&json!([nobody, {"member": "m2"}])), BTreeSet::from([member("m2")]));
    }
    assert_eq!(booker(&Value::Null), None);
}

/// SPB-16, ORD-25: Brivo wants a name and an address.
#[test]
fn whom_an_address_belongs_to_is_told_before_the_booking_and_of_the_same_instant() {
    let sent = upserted("booking", with(booking(), json!({"booker": stranger()})));

    let news = told(&one_location(), &sent).unwrap();

    let (subject, told) = contact(Some("Gina Guest"), "gina@example.com");
    assert_eq!((news[0].subject.to_string(), &news[0].what), (subject, &What::Contact(told)));
    assert_eq!(news[1].subject.to_string(), "booking/b7");
    assert_eq!((news[0].as_of, &news[0].event), (news[1].as_of, &news[1].event));
    assert_eq!(news.len(), 2);
}

#[test]
fn an_address_is_told_as_it_was_written_but_for_the_space_around_it() {
    let sent = json!({"booker": {"name": " Gina  Guest ", "email": " Gina@Example.com "}});

    assert_eq!(contacts(sent), [contact(Some("Gina  Guest"), "Gina@Example.com")]);
}

#[test]
fn of_two_names_for_an_address_the_bookers_counts_and_any_more_than_none() {
    let other = json!({"name": "G.", "email": "GINA@example.com"});
    let nameless = json!({"name": " ", "email": "GINA@example.com"});

    assert_eq!(
        contacts(json!({"booker": stranger(), "invitees": [other]})),
        [contact(Some("Gina Guest"), "gina@example.com")]
    );
    assert_eq!(
        contacts(json!({"booker": nameless, "invitees": [stranger(), other]})),
        [contact(Some("Gina Guest"), "gina@example.com")]
    );
    assert_eq!(contacts(json!({"booker": nameless})), [contact(None, "GINA@example.com")]);
}

#[test]
fn the_booker_has_to_be_said() {
    let fault = |booker: Value, begins: &str| {
        assert_fault(&upserted("booking", with(booking(), json!({ "booker": booker }))), begins);
    };

    fault(json!("(absent)"), "data.booker: is missing; give");
    fault(json!("m1"), "data.booker: must be a JSON object");
    fault(json!([stranger()]), "data.booker: must be a JSON object");
    fault(json!({"member": ""}), "data.booker.member: must be");
    fault(json!({"member": {}}), "data.booker.member: must be");
    fault(json!({"name": 7, "email": "g@example.com"}), "data.booker.name: must be a text");
    fault(json!({"email": ["g@example.com"]}), "data.booker.email: must be a text");
}

#[test]
fn every_faulty_invitee_is_named_by_its_place() {
    let invitees = json!(["m1", stranger(), {"email": 7}, null, {"member": true}, {"email": "nobody"}]);

    let faults = faults(&upserted("booking", with(booking(), json!({ "invitees": invitees }))));

    let places: Vec<_> = faults.iter().map(|fault| fault.split(": ").next().unwrap()).collect();
    let expected = [
        "data.invitees[0]",
        "data.invitees[2].email",
        "data.invitees[3]",
        "data.invitees[4].member",
        "data.invitees[5].email",
    ];
    assert_eq!(places, expected);
    let no_list = upserted("booking", with(booking(), json!({"invitees": stranger()})));
    assert_fault(&no_list, "data.invitees: must be a list");
}

#[test]
fn an_address_has_an_at_sign_and_no_space_inside() {
    for email in
        ["gina", "gina at example.com", "gina @example.com", "gina@example.com,\tb@example.com", "g@example.com\u{7}x"]
    {
        let sent = upserted("booking", with(booking(), json!({"booker": {"email": email}})));

        assert_fault(&sent, "data.booker.email: must be an e-mail address");
        assert!(!faults(&sent)[0].contains("gina"), "the sender knows what it sent, the log must not");
    }
}

/// One read serves: the addresses with who would be known by them alone, and no members, whose records stay as they are.
#[test]
fn addresses_have_to_be_known() {
    let data = with(booking(), json!({"invitees": [stranger(), {"member": "m2"}, {"name": "G"}]}));

    let subjects: Vec<_> = deliver(&upserted("booking", data)).subjects().iter().map(ToString::to_string).collect();

    let gina = address_of("gina@example.com").unwrap();
    assert_eq!(subjects, [format!("member/guest:{gina}"), "booking/b7".to_owned(), format!("address/{gina}")]);
}
