//! The preflight: what it says of an account.

mod properties;

use std::collections::BTreeMap;

use domain::{
    BrivoUserId, DoorId, GroupId,
    ledger::{AccountLedger, Pending},
    plan::Write,
    preflight::{
        Administrator, Check, ClockReading, Connection, Finding, GroupRow, Ledgers, Level, Look, Panels, Passes,
        Refusal, Report, Seen, SeenGroup, SeenSite,
    },
    rules::Rulebook,
    tenant::{Door, DoorAction, Platform, Tenant},
};
use jiff::SignedDuration;

use crate::world::{PLATFORMS, account, at, groups, in_london, mapping, tenant};

const SITE: i64 = 7;

/// A tenant that gives groups 501 and 502, and has a door at London's site.
fn acme(platform: Platform) -> Tenant {
    let mut acme = in_london(platform, vec![mapping("plan/p", &[501]), mapping("resource/r", &[501, 502])]);
    acme.locations[0].site = Some(SITE);
    acme.doors = vec![Door { door: DoorId(71), location: "london".into(), action: DoorAction::CheckIn }];
    acme
}

fn group(name: &str, people: &[(i64, Option<&str>)]) -> SeenGroup {
    let people = people.iter().map(|(user, reference)| (BrivoUserId(*user), reference.map(Into::into))).collect();
    SeenGroup { name: name.to_owned(), people: Look::Seen(people), doors: Look::Seen(doors()) }
}

fn doors() -> BTreeMap<DoorId, String> {
    BTreeMap::from([(DoorId(71), "Front".to_owned())])
}

/// An account at which there is nothing to find fault with.
fn sound() -> Seen {
    let groups =
        [(501, group("Day", &[(1, Some("acme:m1"))])), (502, group("Night", &[])), (503, group("Staff", &[(9, None)]))];
    let mut ledgers = Ledgers::default();
    ledgers.note(&ledger(1, &[501]));
    Seen {
        connection: Connection::Works,
        administrator: Look::Seen(Administrator { id: 5, kind: Some("SENIOR".to_owned()), sees_everything: true }),
        clock: Look::Seen(ClockReading { asked: at(0), answered: at(0), shown: at(0) }),
        groups: Look::Seen(groups.map(|(id, group)| (GroupId(id), group)).into()),
        sites: Look::Seen(BTreeMap::from([(SITE, SeenSite { name: "HQ".to_owned(), doors: Look::Seen(doors()) })])),
        users: Look::Seen(Some(2)),
        passes: Look::Seen(Passes { all: 100, left: 60 }),
        panels: Look::Seen(Some(Panels { all: 2, offline: 0 })),
        ledgers: Look::Seen(ledgers),
    }
}

fn ledger(user: i64, held: &[i64]) -> AccountLedger {
    AccountLedger { user: Some(BrivoUserId(user)), groups: groups(held), ..AccountLedger::default() }
}

/// The sound account with another group in the place of one.
fn with_group(id: i64, group: SeenGroup) -> Seen {
    with_groups(|groups| {
        groups.insert(GroupId(id), group);
    })
}

fn with_groups(change: impl FnOnce(&mut BTreeMap<GroupId, SeenGroup>)) -> Seen {
    let mut seen = sound();
    if let Look::Seen(groups) = &mut seen.groups {
        change(groups);
    }
    seen
}

fn report(tenant: &Tenant, seen: &Seen) -> Report {
    Report::of(&Rulebook::new(tenant), &account(), seen)
}

/// What a check says of a Spacebring tenant.
fn found(check: Check, seen: &Seen) -> Vec<Finding> {
    of(check, report(&acme(Platform::Spacebring), seen))
}

fn of(check: Check, report: Report) -> Vec<Finding> {
    report.findings.into_iter().filter(|finding| finding.check == check).collect()
}

#[track_caller]
fn assert_told(findings: &[Finding], level: Level, words: &[&str]) {
    let [finding] = findings else { panic!("{findings:#?}") };
    assert_eq!(finding.level, level, "{finding:#?}");
    for word in words {
        assert!(finding.text.contains(word), "{word}: {finding:#?}");
    }
}

fn row(report: &Report, id: i64) -> &GroupRow {
    report.inventory.groups.as_ref().unwrap().iter().find(|row| row.id == GroupId(id)).unwrap()
}

#[test]
fn of_a_sound_account_every_check_is_fine_on_every_platform() {
    for platform in PLATFORMS {
        let report = report(&acme(platform), &sound());

        assert_eq!((report.level(), report.to_act_on()), (Level::Fine, vec![]), "{platform:?}");
        assert_eq!(report.findings.len(), 11, "{:#?}", report.findings);
    }
}

/// CWK-05, NEX-04: what there is to choose from is listed with names; NEX-03: sites with their doors.
#[test]
fn groups_sites_and_doors_are_listed_with_names() {
    let inventory = serde_json::to_value(report(&acme(Platform::Coworks), &sound()).inventory).unwrap();

    let front = serde_json::json!([{"id": 71, "name": "Front"}]);
    assert_eq!(inventory["sites"], serde_json::json!([{"id": 7, "name": "HQ", "doors": front}]));
    let day = serde_json::json!({
        "id": 501, "name": "Day", "mapped": true, "people": 1, "not_ours": 0, "other_references": 0, "doors": front,
    });
    assert_eq!(inventory["groups"][0], day);
    assert_eq!((&inventory["groups"][2]["name"], &inventory["groups"][2]["mapped"]), (&"Staff".into(), &false.into()));
}

/// SPB-04: where groups are to be ours alone, a stranger in one is a fault; where staff may use them, worth a word.
#[test]
fn somebody_whom_we_did_not_put_there_is_told_of_as_gravely_as_the_policy_says() {
    let seen = with_group(501, group("Day", &[(1, Some("acme:m1")), (2, None), (3, Some("acme:m3"))]));
    for (platform, level) in [
        (Platform::Spacebring, Level::Fault),
        (Platform::Officernd, Level::Fault),
        (Platform::Nexudus, Level::Notice),
        (Platform::Coworks, Level::Notice),
        (Platform::Deskworks, Level::Notice),
    ] {
        let report = report(&acme(platform), &seen);

        let row = row(&report, 501);
        assert_eq!((row.people, row.not_ours, row.other_references), (Some(3), Some(2), Some(0)));
        assert_told(&of(Check::Exclusivity, report), level, &["501 “Day”", "2 people"]);
    }
}

/// ALL-14: two tenants or applications that share a group show by the references of the people in it.
#[test]
fn a_reference_of_another_tenant_or_application_is_a_fault_on_every_platform() {
    for (platform, reference) in PLATFORMS.into_iter().zip(["beta:m1", "kisi-77", "acmes:1", "ACME:1", "acme:m~1"]) {
        let report = report(&acme(platform), &with_group(502, group("Night", &[(8, Some(reference))])));

        assert_eq!(row(&report, 502).other_references, Some(1), "{reference}");
        assert_told(&of(Check::Exclusivity, report), Level::Fault, &["502 “Night”", "1 person", "another tenant"]);
    }
}

#[test]
fn strangers_in_a_group_that_is_not_mapped_are_nobodys_business() {
    let seen = with_group(503, group("Staff", &[(8, Some("beta:m1")), (9, None)]));

    assert_told(&found(Check::Exclusivity, &seen), Level::Fine, &[]);
}

#[test]
fn whom_we_are_about_to_put_into_a_group_counts_as_ours_and_a_stranger_never_does() {
    let mut ledgers = Ledgers::default();
    let write = Write::ChangeGroups { add: groups(&[502]), remove: groups(&[]) };
    let pending = Some(Pending { write, audit: String::new(), at: at(0), because: vec![] });
    ledgers.note(&AccountLedger { pending, ..ledger(1, &[501]) });
    ledgers.note(&AccountLedger { stranger: true, ..ledger(2, &[502]) });
    ledgers.note(&AccountLedger { user: None, ..ledger(3, &[502]) });

    let put: Vec<_> = ledgers.put.into_iter().map(|(group, users)| (group.0, users.len())).collect();
    assert_eq!(put, [(501, 1), (502, 1)]);
}

#[test]
fn a_mapped_group_that_brivo_does_not_have_is_told_with_the_mappings_that_name_it() {
    let seen = with_groups(|groups| {
        groups.remove(&GroupId(501));
    });

    assert_told(&found(Check::Groups, &seen), Level::Fault, &["group 501", "plan/p, resource/r"]);
}

#[test]
fn without_any_mapping_there_is_a_choice_to_make() {
    let report = report(&tenant(Platform::Nexudus, vec![]), &sound());

    assert_told(&of(Check::Groups, report), Level::Notice, &["no group yet"]);
}

#[test]
fn a_mapped_group_that_opens_no_door_is_told() {
    let seen = with_group(502, SeenGroup { doors: Look::Seen(BTreeMap::new()), ..group("Night", &[]) });

    assert_told(&found(Check::Doors, &seen), Level::Notice, &["502 “Night”"]);
}

/// CWK-04: a location is tied to a site that is there, chosen by name.
#[test]
fn a_site_or_door_of_the_settings_that_brivo_does_not_have_is_told_with_what_there_is() {
    let site = SeenSite { name: "Annex".to_owned(), doors: Look::Seen(BTreeMap::new()) };
    let seen = Seen { sites: Look::Seen(BTreeMap::from([(8, site)])), ..sound() };

    assert_told(&found(Check::Sites, &seen), Level::Notice, &["london", "site 7", "8 “Annex”"]);
    assert_told(&found(Check::Doors, &seen), Level::Notice, &["door 71"]);
}

#[test]
fn a_person_near_the_most_groups_that_brivo_takes_is_told_by_id() {
    let crowd = |count: i64| {
        with_groups(|groups| {
            let many = (601..601_i64 + count).map(|id| (GroupId(id), group("Many", &[(42, None)])));
            groups.extend(many);
        })
    };

    assert_told(&found(Check::GroupLimit, &crowd(13)), Level::Fine, &[]);
    assert_told(&found(Check::GroupLimit, &crowd(14)), Level::Notice, &["1 person", "users 42"]);
}

#[test]
fn where_not_every_group_was_read_the_ledgers_say_who_is_in_many() {
    let mut seen = with_groups(|groups| groups.get_mut(&GroupId(503)).unwrap().people = Look::NotLooked);
    let mut ledgers = Ledgers::default();
    ledgers.note(&AccountLedger { foreign_groups: 14, ..ledger(1, &[501]) });
    seen.ledgers = Look::Seen(ledgers);

    let told = found(Check::GroupLimit, &seen);

    assert!(told[0].text.contains("users 1:"), "{told:#?}");
    assert!(told[1].text.starts_with("Not looked at") && told[1].text.contains("1 of 3"), "{told:#?}");
}

#[test]
fn clocks_may_be_apart_by_less_than_five_seconds_and_must_not_by_a_minute() {
    let apart = |seconds: i64| {
        let shown = at(0) + SignedDuration::from_secs(seconds);
        let clock = Look::Seen(ClockReading { asked: at(0), answered: at(0), shown });
        found(Check::Clock, &Seen { clock, ..sound() })
    };

    for (seconds, level) in [(4, Level::Fine), (5, Level::Notice), (59, Level::Notice), (60, Level::Fault)] {
        assert_told(&apart(seconds), level, &[&format!("{seconds} s")]);
        assert_told(&apart(-seconds), level, &[&format!("{seconds} s")]);
    }
    assert_told(&apart(60), Level::Fault, &["ahead of"]);
    assert_told(&apart(-60), Level::Fault, &["behind"]);
}

#[test]
fn a_clock_that_may_not_be_read_is_told_apart_from_one_that_agrees() {
    let told = found(Check::Clock, &Seen { clock: Look::Refused(Refusal::Forbidden), ..sound() });

    assert_told(&told, Level::Notice, &["may not ask Brivo for the time"]);
}

/// ORD-48: a feature that the account lacks is named; groups are kept in step all the same.
#[test]
fn mobile_passes_matter_where_the_settings_invite_people_to_them() {
    for refusal in [Refusal::Forbidden, Refusal::NotOffered] {
        let seen = Seen { passes: Look::Refused(refusal), ..sound() };
        let told = |platform| of(Check::MobilePasses, report(&acme(platform), &seen));

        assert_told(&told(Platform::Officernd), Level::Notice, &["not switched on", "Groups are kept in step"]);
        assert_told(&told(Platform::Deskworks), Level::Fine, &["not switched on"]);
    }
    for (left, level) in [(0, Level::Fault), (1, Level::Notice), (10, Level::Notice), (11, Level::Fine)] {
        let seen = Seen { passes: Look::Seen(Passes { all: 50, left }), ..sound() };

        assert_told(&of(Check::MobilePasses, report(&acme(Platform::Officernd), &seen)), level, &["of 50"]);
        assert_told(&of(Check::MobilePasses, report(&acme(Platform::Deskworks), &seen)), Level::Fine, &["of 50"]);
    }
}

#[test]
fn a_permission_that_is_lacking_is_named_once() {
    let refused = || Look::Refused(Refusal::Forbidden);
    let mut seen = with_groups(|groups| {
        for group in groups.values_mut() {
            group.people = Look::Refused(Refusal::Forbidden);
        }
    });
    seen.sites = refused();

    let told = found(Check::Permissions, &seen);

    assert!(told.iter().all(|finding| finding.level == Level::Fault), "{told:#?}");
    assert!(told[0].text.contains("may not view who is in a group"), "{told:#?}");
    assert!(told[1].text.contains("may not view sites") && told.len() == 2, "{told:#?}");
}

#[test]
fn what_may_not_be_seen_of_one_group_is_not_said_to_be_fine_of_all() {
    let seen = with_groups(|groups| {
        let night = groups.get_mut(&GroupId(502)).unwrap();
        (night.people, night.doors) = (Look::Refused(Refusal::Forbidden), Look::Refused(Refusal::Forbidden));
    });

    assert_eq!((found(Check::Doors, &seen), found(Check::Exclusivity, &seen)), (vec![], vec![]));
    assert_eq!(found(Check::Permissions, &seen).len(), 2);
}

#[test]
fn an_administrator_who_may_not_see_everything_is_told() {
    let who = Administrator { id: 6, kind: Some("ASSISTANT".to_owned()), sees_everything: false };
    let seen = Seen { administrator: Look::Seen(who), panels: Look::Refused(Refusal::Forbidden), ..sound() };

    assert_told(&found(Check::Administrator, &seen), Level::Notice, &["6 (ASSISTANT)", "senior"]);
    assert_eq!(found(Check::Panels, &seen), [], "only a senior administrator is told of panels");
}

/// DWK-03, NEX-02: a key problem is named as one.
#[test]
fn what_keeps_brivo_from_speaking_to_us_is_named_and_the_rest_is_not_looked_at() {
    let missing = Connection::Incomplete { missing: "api_key".to_owned() };
    for (connection, words) in [
        (missing, "accounts.hq.api_key: add it"),
        (Connection::KeyRefused, "API key"),
        (Connection::ApplicationRefused, "accounts.hq.client_id"),
        (Connection::NotConnected, "make a link"),
        (Connection::QuotaSpent, "are spent"),
    ] {
        let report = report(&acme(Platform::Nexudus), &Seen { connection, ..Seen::default() });

        assert_told(&of(Check::Connection, report.clone()), Level::Fault, &[words]);
        let rest = report.findings.iter().skip(1);
        assert!(rest.clone().all(|finding| finding.text.starts_with("Not looked at")), "{:#?}", report.findings);
        assert_eq!(rest.count(), 10);
        assert_eq!(report.inventory.groups, None);
    }
}

#[test]
fn what_brivo_gave_no_answer_about_is_told_and_the_rest_goes_on() {
    let mut seen = with_groups(|groups| {
        groups.get_mut(&GroupId(501)).unwrap().people = Look::Refused(Refusal::Failed);
        groups.get_mut(&GroupId(502)).unwrap().doors = Look::NotLooked;
    });
    seen.panels = Look::Refused(Refusal::Failed);
    seen.passes = Look::Refused(Refusal::NoAnswer);

    assert_told(&found(Check::Exclusivity, &seen), Level::Notice, &["no usable answer", "501 “Day”"]);
    assert_told(&found(Check::Doors, &seen), Level::Notice, &["Not looked at", "502"]);
    assert_told(&found(Check::Panels, &seen), Level::Notice, &["no usable answer"]);
    assert_told(&found(Check::MobilePasses, &seen), Level::Notice, &["Brivo gave no answer"]);
    assert_told(&found(Check::Sites, &seen), Level::Fine, &[]);
}

/// ALL-05: of a Brivo that does not answer nothing is said to be fine.
#[test]
fn of_a_brivo_that_gave_no_answer_nothing_is_fine() {
    let silent = Refusal::NoAnswer;
    let down = Seen {
        connection: Connection::OutOfReach,
        administrator: Look::Refused(silent),
        groups: Look::Refused(silent),
        users: Look::Refused(silent),
        ..Seen::default()
    };

    let report = report(&acme(Platform::Nexudus), &down);

    assert!(report.findings.iter().all(|finding| finding.level == Level::Notice), "{:#?}", report.findings);
}
