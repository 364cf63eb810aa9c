//! What is forgotten by itself, and when.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops")]

mod engine;

use std::collections::{BTreeMap, BTreeSet};

use domain::{
    AccountId, BrivoUserId, MemberKey, Subject, SubjectKind,
    adoption::Reference,
    facts::{Attendee, Booking, BookingKind, BookingStatus, Entitlement, Team},
    intake::{EventKey, News, What, take_in},
    policy::PolicyChanges,
    rules::Rulebook,
    tenant::{Platform, Tenant},
};
use jiff::Timestamp;
use state::{
    AuditOutcome, AuditRecord, DynamoStore, EventRecord, InventoryEntry, LeaseTerms, Leased, Release, Store,
    TenantRecord,
};

const DAY: i64 = 24 * 3600;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn booking() -> News {
    booking_of("m1", 1)
}

fn booking_of(booker: &str, as_of: i64) -> News {
    News {
        event: EventKey { source: "test".to_owned(), id: format!("e{as_of}") },
        subject: Subject::new(SubjectKind::Booking, "b1"),
        as_of: at(as_of),
        what: What::Entitlement(Entitlement::Booking(Booking {
            id: "b1".to_owned(),
            resource: "room".to_owned(),
            kind: BookingKind::Room,
            location: None,
            starts: at(1000),
            ends: at(2000),
            status: BookingStatus::Confirmed,
            booker: Some(Attendee::Member(booker.into())),
            invitees: BTreeSet::new(),
        })),
    }
}

fn tenant() -> TenantRecord {
    TenantRecord {
        tenant: Tenant {
            id: "acme".into(),
            platform: Platform::Nexudus,
            enabled: true,
            managed_groups: BTreeSet::new(),
            released_groups: BTreeSet::new(),
            hook_quiet_days: Tenant::HOOK_QUIET_DAYS,
            leavers_from: None,
            disconnected: BTreeMap::new(),
            code_mail: None,
            app_hook: None,
            accounts: Vec::new(),
            locations: Vec::new(),
            mappings: Vec::new(),
            doors: Vec::new(),
            policy: PolicyChanges::default(),
        },
        settled: None,
        sealed: BTreeMap::new(),
        platform_api: BTreeMap::new(),
        loaded: None,
        version: 0,
        accounts: BTreeMap::new(),
    }
}

fn audit() -> AuditRecord {
    AuditRecord {
        id: "0001".to_owned(),
        at: at(7),
        account: AccountId::new("hq"),
        action: "change groups".to_owned(),
        brivo_user: None,
        added: BTreeSet::new(),
        removed: BTreeSet::new(),
        because: Vec::new(),
        outcome: AuditOutcome::Done,
        error: None,
    }
}

#[tokio::test]
async fn facts_events_and_audit_records_expire_and_people_do_not() {
    let client = engine::client(&engine::start().await).await;
    let store = DynamoStore::new(client.clone(), "latchwork");

    store.put_tenant(&tenant()).await.unwrap();
    let news = [booking()];
    let recall = store.recall(&"acme".into(), &[], &BTreeSet::from([news[0].subject.clone()]), None).await.unwrap();
    let recording = take_in(&news, &recall.records, &Rulebook::new(&tenant().tenant)).unwrap();
    let event = EventRecord { key: news[0].event.clone(), body: None, came: None };
    store.record(&recall, &recording, &[event], at(7)).await.unwrap();
    let member = MemberKey { tenant: "acme".into(), member: "m1".into() };
    let terms = LeaseTerms { now: at(7), until: at(37), owner: "a".to_owned(), alone: false };
    let Leased::Granted(lease) = store.lease(&member, &terms).await.unwrap() else { unreachable!() };
    store.finish(&lease, &Release { audit: vec![audit()], ..Release::default() }).await.unwrap();

    let entry = InventoryEntry { user: BrivoUserId(17), address: "address".into(), reference: Reference::default() };
    store.put_inventory(&"acme".into(), &"hq".into(), &[entry], at(7)).await.unwrap();

    let items = client.scan().table_name("latchwork").send().await.unwrap();
    let expiries: BTreeMap<String, Option<i64>> = items
        .items()
        .iter()
        .map(|item| {
            let expiry = item.get("expires_at").map(|value| value.as_n().unwrap().parse().unwrap());
            (item["sk"].as_s().unwrap().clone(), expiry)
        })
        .collect();
    let expected = [
        ("0001", Some(7 + 400 * DAY)),
        ("acme", None),
        ("address#17", Some(7 + 21 * DAY)),
        ("event", Some(7 + 14 * DAY)),
        ("fact#booking/b1", Some(2000 + 30 * DAY)),
        ("record", Some(2000 + 30 * DAY)),
        ("run", None),
        ("tenant", None),
    ];
    assert_eq!(expiries, expected.map(|(sk, expiry)| (sk.to_owned(), expiry)).into());
    let ttl = client.describe_time_to_live().table_name("latchwork").send().await.unwrap();
    assert_eq!(ttl.time_to_live_description.unwrap().attribute_name.unwrap(), "expires_at");
}

async fn tell(store: &DynamoStore, news: &News, now: i64) {
    let subjects = BTreeSet::from([news.subject.clone()]);
    let recall = store.recall(&"acme".into(), &[], &subjects, None).await.unwrap();
    let recording = take_in(std::slice::from_ref(news), &recall.records, &Rulebook::new(&tenant().tenant)).unwrap();
    store.record(&recall, &recording, &[], at(now)).await.unwrap();
}

/// For two days it keeps older news out; nobody sees it.
#[tokio::test]
async fn what_was_taken_away_is_remembered_for_two_days() {
    let client = engine::client(&engine::start().await).await;
    let store = DynamoStore::new(client.clone(), "latchwork");
    store.put_tenant(&tenant()).await.unwrap();
    let with_m1 = |names: &[&str], as_of| News {
        event: EventKey { source: "test".to_owned(), id: format!("t{as_of}") },
        subject: Subject::new(SubjectKind::Team, "t1"),
        as_of: at(as_of),
        what: What::Team(Team {
            id: "t1".into(),
            members: names.iter().map(|name| (*name).into()).collect(),
            paying_member: None,
        }),
    };

    tell(&store, &booking_of("m1", 1), 7).await;
    tell(&store, &with_m1(&["m1"], 1), 7).await;
    tell(&store, &booking_of("m2", 2), 9).await;
    tell(&store, &with_m1(&[], 2), 9).await;

    let items = client.scan().table_name("latchwork").send().await.unwrap();
    let of_m1 = items.items().iter().filter(|item| item["pk"].as_s().unwrap() == "M#acme#m1");
    let gone: BTreeMap<_, _> = of_m1
        .filter(|item| item["sk"].as_s().unwrap() != "run")
        .map(|item| {
            assert!(*item["gone"].as_bool().unwrap() && !item.contains_key("body"), "{item:?}");
            let [as_of, expires_at] = ["as_of", "expires_at"].map(|name| item[name].as_n().unwrap().clone());
            (item["sk"].as_s().unwrap().as_str(), (as_of, expires_at.parse::<i64>().unwrap()))
        })
        .collect();
    let expected = ("2000000000".to_owned(), 9 + 2 * DAY);
    assert_eq!(gone, [("fact#booking/b1", expected.clone()), ("team#t1", expected)].into());
    let m1 = store.member(&MemberKey { tenant: "acme".into(), member: "m1".into() }).await.unwrap();
    assert!(m1.entitlements.is_empty() && m1.teams.is_empty(), "{m1:?}");
}

/// An hourly pass writes nobody anew, and nobody who is seen again and again is forgotten.
#[tokio::test]
async fn an_entry_of_the_inventory_is_renewed_every_three_days() {
    let client = engine::client(&engine::start().await).await;
    let store = DynamoStore::new(client.clone(), "latchwork");
    let entry = InventoryEntry { user: BrivoUserId(17), address: "address".into(), reference: Reference::default() };
    let mut expiries = Vec::new();
    for day in [0, 1, 2, 3, 4] {
        store.put_inventory(&"acme".into(), &"hq".into(), std::slice::from_ref(&entry), at(day * DAY)).await.unwrap();
        let items = client.scan().table_name("latchwork").send().await.unwrap();
        expiries.push(items.items()[0]["expires_at"].as_n().unwrap().parse::<i64>().unwrap() / DAY);
    }

    assert_eq!(expiries, [21, 21, 21, 24, 24]);
}
