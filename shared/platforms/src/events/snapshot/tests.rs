//! What an upload means, from bytes to news.

use std::collections::BTreeMap;

use domain::{
    GroupId,
    facts::{Entitlement, MemberPatch, MemberStatus, Membership},
    intake::What,
};
use secrecy::ExposeSecret;

use super::*;
use crate::{
    events::tests::{NOW, one_location, two_locations},
    samples::at,
};

fn upload(location: Option<&str>) -> Provenance {
    Provenance { location: location.map(LocationId::from), as_of: at(NOW) }
}

fn table(text: &str) -> Snapshot {
    Snapshot::read_csv(text.as_bytes(), &Table::default(), upload(None)).unwrap()
}

fn listed(snapshot: &Snapshot) -> Vec<String> {
    snapshot.events.iter().map(|event| event.subject.to_string()).collect()
}

fn named<const N: usize>(columns: [(&str, &str); N]) -> Table {
    let columns = columns.map(|(field, name)| (field.to_owned(), name.to_owned()));
    Table { columns: BTreeMap::from(columns), ..Table::default() }
}

fn lists(sent: &Value, location: Option<&str>) -> Snapshot {
    Snapshot::read_json(sent.to_string().as_bytes(), upload(location)).unwrap()
}

fn news(snapshot: &Snapshot, tenant: &Tenant) -> Vec<News> {
    snapshot.news(tenant, at(NOW)).unwrap()
}

fn faults(snapshot: &Snapshot, tenant: &Tenant) -> String {
    snapshot.news(tenant, at(NOW)).unwrap_err().faults.join("\n")
}

fn people(news: &[News]) -> Vec<(&str, &MemberPatch)> {
    let person = |news: &'_ News| matches!(news.what, What::Member(_));
    let people = news.iter().filter(|news| person(news));
    people
        .filter_map(|news| match &news.what {
            What::Member(patch) => Some((news.subject.id.as_str(), patch)),
            What::Team(_) | What::Entitlement(_) | What::Contact(_) | What::Removed => None,
        })
        .collect()
}

fn memberships(news: &[News]) -> Vec<&Membership> {
    let held = news.iter().filter_map(|news| match &news.what {
        What::Entitlement(Entitlement::Membership(membership)) => Some(membership),
        What::Entitlement(Entitlement::Booking(_) | Entitlement::Pass(_))
        | What::Member(_)
        | What::Team(_)
        | What::Contact(_)
        | What::Removed => None,
    });
    held.collect()
}

/// CWK-25: what an export of Coworks has becomes people and memberships.
#[test]
fn a_table_tells_of_people_and_their_plans() {
    let told = table(
        "Id,Full Name,E-Mail,Status,Team,Plans,Starts,Ends\n\
         m1,Ann Example,ann@example.com,Active,Acme,\"Hot Desk, Parking\",2026-01-01,\n\
         m2,Bea Example,bea@example.com,inactive,,,2026-01-01,2026-06-30\n",
    );

    let news = news(&told, &one_location());

    let people = people(&news);
    let [("m1", ann), ("m2", bea)] = people.as_slice() else { panic!("{people:?}") };
    assert_eq!(ann.full_name, Change::Set("Ann Example".to_owned()));
    assert_eq!(ann.status, Change::Set(MemberStatus::Active));
    assert_eq!(ann.teams, Change::Set(BTreeSet::from(["Acme".into()])));
    assert_eq!(ann.door_access, Change::Keep, "there is no column that says");
    assert_eq!((&bea.status, &bea.teams), (&Change::Set(MemberStatus::Inactive), &Change::Set(BTreeSet::new())));
    let plans: Vec<_> =
        memberships(&news).into_iter().map(|it| (it.id.as_str(), it.plan.as_str(), it.starts)).collect();
    let midnight = at("2026-01-01T00:00:00Z");
    assert_eq!(plans, [("m1/Hot Desk", "Hot Desk", midnight), ("m1/Parking", "Parking", midnight)]);
    assert_eq!(told.scope(&one_location()).kinds, BTreeSet::from([SubjectKind::Member, SubjectKind::Membership]));
}

#[test]
fn a_table_without_plans_says_nothing_of_memberships() {
    let told = table("email,groups\nann@example.com,501;502\n");

    let scope = told.scope(&one_location());

    assert_eq!(scope.kinds, BTreeSet::from([SubjectKind::Member]));
    let news = news(&told, &one_location());
    let [(id, ann)] = people(&news)[..] else { panic!("{news:?}") };
    assert_eq!(id, "71d4f55f72fa128dfb468a1a3901507c", "the digest, which names nobody");
    assert_eq!(ann.door_access, Change::Set(BTreeSet::from([GroupId(501), GroupId(502)])));
}

/// The country decides what stands between the columns, and some programs begin with a mark of the encoding.
#[test]
fn semicolons_tabs_and_a_byte_order_mark_are_read() {
    for text in ["\u{feff}id;plans;status\nm1;Desk;active\n", "id\tplans\tstatus\r\nm1\tDesk\tactive\r\n"] {
        let told = table(text);

        assert_eq!(listed(&told).len(), 2, "{text}");
    }
}

#[test]
fn a_column_may_be_named_as_the_export_names_it() {
    let columns = named([("id", "Member No"), ("plans", "Recurring Billing")]);
    let body = b"member no,Recurring billing\n7,Office\n";

    let told = Snapshot::read_csv(body, &columns, upload(None)).unwrap();

    assert_eq!(listed(&told), ["member/7", "membership/7/Office"]);
}

/// Two lists of two locations, in neither of which a column says so, are not of the same memberships.
#[test]
fn a_plan_of_one_location_is_not_that_of_another() {
    let of = |location| {
        let table = Snapshot::read_csv(b"id,plans\nm1,Desk\n", &Table::default(), upload(Some(location))).unwrap();
        listed(&table)
    };

    assert_eq!(of("lisbon"), ["member/m1", "membership/m1/Desk@lisbon"]);
    assert_eq!(of("paris"), ["member/m1", "membership/m1/Desk@paris"]);
}

/// A plan of another name must not be read out of one.
#[test]
fn what_stands_between_plans_can_be_said() {
    let plans = |separator: &str| {
        let columns = Table { separator: separator.to_owned(), ..Table::default() };
        let body = b"id,plans\nm1,\"Office, Floor 2;Desk\"\n";
        listed(&Snapshot::read_csv(body, &columns, upload(None)).unwrap()).split_off(1)
    };

    assert_eq!(plans(","), ["membership/m1/Floor 2;Desk", "membership/m1/Office"]);
    assert_eq!(plans(";"), ["membership/m1/Desk", "membership/m1/Office, Floor 2"]);
    assert_eq!(plans(""), ["membership/m1/Office, Floor 2;Desk"]);
}

/// A renewal: the same plan before and after.
#[test]
fn somebody_may_have_the_same_plan_twice() {
    let told = table("id,plans,starts,ends\nm1,Desk,2026-01-01,2026-06-30\nm1,Desk,2026-07-01,\nm1,Desk,2026-07-01,\n");

    assert_eq!(listed(&told), ["member/m1", "membership/m1/Desk", "membership/m1/Desk#2"]);
}

#[test]
fn a_table_that_cannot_be_read_is_refused_and_nothing_of_it_is_quoted() {
    let refused = |body: &[u8], as_written: &Table| {
        Snapshot::read_csv(body, as_written, upload(None)).unwrap_err().faults.join("\n")
    };
    let read = |body: &[u8]| refused(body, &Table::default());

    assert_eq!(
        read(b"Ann,ann@example.com\n"),
        "the first line: must name the columns, and one of them must be id or email"
    );
    assert_eq!(refused(b"id\n1\n", &named([("plans", "Plan")])), "the column of plans: no column is named \"Plan\"");
    assert!(
        refused(b"id\n1\n", &named([("plan", "Plan")])).contains("there is no such field; the fields are: id, email")
    );
    assert_eq!(read(b"id,email\n1\n"), "line 2: has 1 columns, but the first line names 2");
    assert_eq!(read(b"id,full_name\n1,M\xfcller\n"), "line 2: is not UTF-8; save the table as \"CSV UTF-8\"");
    assert!(read(b"id,Status,status\n1,active,\n").contains("several columns are named \"status\""));
    assert!(refused(b"id,--\n1,2\n", &named([("plans", "-")])).contains("no column is named \"-\""));
}

/// B3: missing fields are faults with a name, never defaults that grant.
#[test]
fn faults_of_rows_are_told_with_their_line() {
    let told = table(
        "id,email,status,plans,starts\n\
         m1,a@example.com,guest,,2026-01-01\n\
         ,b@example.com,active,,2026-01-01\n\
         m3,c@example.com,active,Desk,\n\
         m4,d@example.com,active,Desk,01/02/2026\n\
         m5,e@example.com,active,Desk,2026-01-01\n\
         m5,f@example.com,active,Desk,2026-01-01\n\
         m6,g@example.com,,Desk,2026-01-01\n",
    );

    let faults = faults(&told, &one_location());

    for expected in [
        "line 2.status: must be one of: active, inactive",
        "line 3: has no id",
        "line 4.starts: must be a date",
        "line 5.starts: must be a date",
        "line 7: says something else of the same person than line 6",
        "line 8.status: must be one of: active, inactive",
    ] {
        assert!(faults.contains(expected), "{expected} is not in:\n{faults}");
    }
    assert!(!faults.contains("example.com"), "{faults}");
}

#[test]
fn whoever_has_two_plans_may_have_two_lines() {
    let told = table("id,plans\nm1,Desk\nm1,Parking\nm1,Desk\n");

    assert_eq!(news(&told, &one_location()).len(), 3);
}

/// DWK-20: a code is handed over to be sealed, and is no part of the news.
#[test]
fn access_codes_are_told_apart() {
    let told = table("id,access_code\nm1,0815\nm2,\n");

    let codes: Vec<_> =
        told.access_codes().map(|(_, subject, code)| (subject.id.clone(), code.expose_secret())).collect();

    assert_eq!(codes, [("m1".to_owned(), "0815")]);
    let news = news(&told, &one_location());
    assert_eq!(
        people(&news).iter().map(|(_, patch)| &patch.access_code).collect::<Vec<_>>(),
        [&Change::Keep, &Change::Clear]
    );
}

#[test]
fn lists_have_the_shapes_of_the_feed() {
    let told = lists(
        &json!({
            "members": [{"id": "m1", "full_name": "Ann Example", "status": "active"}],
            "memberships": [{"id": "s1", "plan": "desk", "member": "m1", "starts": "2026-01-01", "status": "active"}],
            "bookings": [],
            "something": "else",
        }),
        None,
    );

    assert_eq!(
        told.scope(&one_location()).kinds,
        BTreeSet::from([SubjectKind::Member, SubjectKind::Membership, SubjectKind::Booking])
    );
    assert_eq!(news(&told, &one_location()).len(), 2);
}

#[test]
fn what_an_upload_of_a_location_lists_counts_there() {
    let desk = json!({"id": "s1", "plan": "desk", "member": "m1", "starts": "2026-01-01", "status": "active"});
    let mut elsewhere = desk.clone();
    elsewhere["id"] = json!("s2");
    elsewhere["location"] = json!("paris");

    let told = lists(&json!({"memberships": [desk]}), Some("lisbon"));
    let wrong = lists(&json!({"memberships": [elsewhere]}), Some("lisbon"));

    let news = news(&told, &two_locations());
    assert_eq!(memberships(&news)[0].location, Some("lisbon".into()));
    assert_eq!(told.scope(&two_locations()).location, Some("lisbon".into()));
    assert_eq!(faults(&wrong, &two_locations()), "memberships[0].location: is another one than the upload's");
}

/// Where there is but one location, its upload is that of everything: people are compared too.
#[test]
fn the_only_location_is_everything() {
    let told = lists(&json!({"members": []}), Some("london"));

    assert_eq!(told.scope(&one_location()).location, None);
}

/// What is chosen for a person could not be taken away by the list of a location, on which the person is missing.
#[test]
fn groups_and_teams_are_not_taken_from_one_of_several_locations() {
    let ann = json!({"id": "m1", "status": "active", "door_access": {"groups": [501]}});

    let told = lists(&json!({"members": [ann]}), Some("lisbon"));

    assert!(faults(&told, &two_locations()).contains("without location"));
    let team = lists(&json!({"teams": [{"id": "t1", "members": ["m1"]}]}), Some("lisbon"));
    assert!(faults(&team, &two_locations()).contains("without location"));
    assert!(lists(&json!({"members": [ann]}), None).news(&two_locations(), at(NOW)).is_ok());
}

#[test]
fn faults_of_an_upload_say_what_to_do() {
    let read = |body: &str| Snapshot::read_json(body.as_bytes(), upload(None));

    assert!(read("[]").unwrap_err().faults[0].contains("must have lists: members, teams"));
    assert!(read("{").unwrap_err().faults[0].contains("must be JSON"));
    assert!(faults(&lists(&json!({"members": {}}), None), &one_location()).contains("members: must be a list"));
    assert!(faults(&lists(&json!({"members": []}), Some("rome")), &two_locations()).contains("london, lisbon, paris"));
    let twice = json!({"members": [{"id": "m1", "status": "active"}, {"id": "m1", "status": "inactive"}]});
    assert!(faults(&lists(&twice, None), &one_location()).contains("members[1]: \"member/m1\" is listed twice"));
    let late = Provenance { location: None, as_of: at("2026-06-01T09:06:00Z") };
    let late = Snapshot::read_json(br#"{"members": []}"#, late).unwrap();
    assert!(faults(&late, &one_location()).contains("as_of: is more than five minutes in the future"));
}
