//! One suite for every store: what holds for the one in memory holds for DynamoDB.
//!
//! Longer than other files because it is one list of claims, which are read together: what a store is.
#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test that cannot go on stops")]

mod engine;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use domain::{
    AccountId, BrivoUserId, GroupId, HookId, MemberId, MemberKey, Subject, SubjectKind, TenantId,
    adoption::Reference,
    breaker::Loss,
    drift::Staged,
    facts::{
        Attendee, Booking, BookingKind, BookingStatus, Change, Entitlement, MemberPatch, MemberStatus, Pass, Team,
    },
    full_read::{Extent, Mark},
    hook_list::SwitchedOff,
    hooks::HookSeen,
    intake::{EventKey, News, Recording, What, take_in},
    ledger::{AccountLedger, Ledger},
    rules::Rulebook,
    tenant::{Platform, Tenant},
};
use jiff::{SignedDuration, Timestamp};
use state::{
    AccountRecord, AuditOutcome, AuditRecord, Came, DynamoStore, EventRecord, FullReadRecord, HookListRecord,
    HookRecord, InventoryEntry, KeptEvent, Lease, LeaseTerms, Leased, MemoryStore, ReadFound, Recall, Release,
    Released, Sheet, Sheets, Store, StoreError, SyncFound, SyncRecord, SyncStage, TeamItems, TenantRecord, UnderWay,
    keys,
};

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn acme() -> TenantId {
    "acme".into()
}

fn member(id: &str) -> MemberKey {
    MemberKey { tenant: acme(), member: id.into() }
}

fn event(id: &str) -> EventKey {
    EventKey { source: "test".to_owned(), id: id.to_owned() }
}

fn booking(id: &str, booker: &str, as_of: i64) -> News {
    News {
        event: event(&format!("{id}-{as_of}")),
        subject: Subject::new(SubjectKind::Booking, id),
        as_of: at(as_of),
        what: What::Entitlement(Entitlement::Booking(Booking {
            id: id.to_owned(),
            resource: "room".to_owned(),
            kind: BookingKind::Room,
            location: None,
            starts: at(10_000),
            ends: at(20_000),
            status: BookingStatus::Confirmed,
            booker: Some(Attendee::Member(booker.into())),
            invitees: BTreeSet::new(),
        })),
    }
}

fn person(id: &str, as_of: i64) -> News {
    News {
        event: event(&format!("{id}-{as_of}")),
        subject: Subject::new(SubjectKind::Member, id),
        as_of: at(as_of),
        what: What::Member(MemberPatch {
            full_name: Change::Set(format!("Example {id}")),
            status: Change::Set(MemberStatus::Active),
            ..MemberPatch::default()
        }),
    }
}

/// A pass of team t1.
fn team_pass(id: &str, as_of: i64) -> News {
    let pass = Entitlement::Pass(Pass {
        id: id.to_owned(),
        pass: "day".to_owned(),
        member: None,
        team: Some("t1".into()),
        location: None,
        remaining: None,
        valid_from: None,
        valid_until: None,
        groups: None,
    });
    let event = event(&format!("{id}-{as_of}"));
    News { event, subject: pass.subject(), as_of: at(as_of), what: What::Entitlement(pass) }
}

fn tenant() -> Tenant {
    Tenant {
        id: acme(),
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
        policy: domain::policy::PolicyChanges::default(),
    }
}

fn tenant_record() -> TenantRecord {
    TenantRecord {
        tenant: tenant(),
        settled: None,
        sealed: [("hooks.path_secret".to_owned(), "sealed".to_owned())].into(),
        platform_api: BTreeMap::new(),
        loaded: Some("digest".to_owned()),
        version: 0,
        accounts: BTreeMap::new(),
    }
}

async fn with_tenant(store: &dyn Store) {
    store.put_tenant(&tenant_record()).await.unwrap();
}

/// Takes news in as the webhook does, at `now`.
async fn tell(store: &dyn Store, news: &[News], now: i64) -> Result<(), StoreError> {
    let (recall, recording) = decide(store, news).await?;
    keep(store, news, &(recall, recording), now).await
}

/// What is to be recorded of the news, and what that was decided on.
async fn decide(store: &dyn Store, news: &[News]) -> Result<(Recall, Recording), StoreError> {
    let keys: Vec<EventKey> = news.iter().map(|piece| piece.event.clone()).collect();
    let mut subjects: BTreeSet<Subject> = news.iter().map(|piece| piece.subject.clone()).collect();
    loop {
        let recall = store.recall(&acme(), &keys, &subjects, None).await?;
        match take_in(news, &recall.records, &Rulebook::new(&tenant())) {
            Ok(recording) => return Ok((recall, recording)),
            Err(missing) => subjects.extend(missing),
        }
    }
}

async fn keep(
    store: &dyn Store,
    news: &[News],
    (recall, recording): &(Recall, Recording),
    now: i64,
) -> Result<(), StoreError> {
    let sealed = |piece: &News| EventRecord { key: piece.event.clone(), body: Some("sealed".to_owned()), came: None };
    store.record(recall, recording, &news.iter().map(sealed).collect::<Vec<_>>(), at(now)).await
}

fn terms(now: i64, owner: &str, alone: bool) -> LeaseTerms {
    LeaseTerms { now: at(now), until: at(now + 120), owner: owner.to_owned(), alone }
}

async fn leased(store: &dyn Store, id: &str, now: i64) -> Lease {
    match store.lease(&member(id), &terms(now, "a", false)).await.unwrap() {
        Leased::Granted(lease) => lease,
        Leased::Held { until } => panic!("held until {until}"),
    }
}

fn audit(id: &str, outcome: AuditOutcome) -> AuditRecord {
    AuditRecord {
        id: id.to_owned(),
        at: at(5),
        account: AccountId::new("hq"),
        action: "change groups".to_owned(),
        brivo_user: None,
        added: BTreeSet::from([GroupId(501)]),
        removed: BTreeSet::new(),
        because: vec!["booking/b1".to_owned()],
        outcome,
        error: None,
    }
}

async fn a_fact_lies_with_its_holder_and_makes_him_due(store: Arc<dyn Store>) {
    with_tenant(&*store).await;
    tell(&*store, &[booking("b1", "m1", 1)], 7).await.unwrap();

    let items = store.member(&member("m1")).await.unwrap();

    assert_eq!(items.entitlements.len(), 1);
    assert_eq!(items.due, Some(at(7)));
    assert_eq!(store.due(at(6), 10).await.unwrap(), []);
    assert_eq!(store.due(at(7), 10).await.unwrap(), [(at(7), member("m1"))]);
    assert_eq!(store.members(&acme(), None).await.unwrap(), [member("m1").member]);
    assert_eq!(store.members(&acme(), Some(&member("m1").member)).await.unwrap(), []);
}

async fn a_booking_that_changes_hands_leaves_the_first_holder_and_wakes_both(store: Arc<dyn Store>) {
    with_tenant(&*store).await;
    tell(&*store, &[booking("b1", "m1", 1)], 7).await.unwrap();
    tell(&*store, &[booking("b1", "m2", 2)], 8).await.unwrap();
    tell(&*store, &[booking("b1", "m1", 1)], 9).await.unwrap_err();

    assert_eq!(store.member(&member("m1")).await.unwrap().entitlements, []);
    assert_eq!(store.member(&member("m2")).await.unwrap().entitlements.len(), 1);
    assert_eq!(store.due(at(100), 10).await.unwrap(), [(at(8), member("m1")), (at(8), member("m2"))]);
}

async fn an_event_is_recorded_once(store: Arc<dyn Store>) {
    with_tenant(&*store).await;
    tell(&*store, &[booking("b1", "m1", 1)], 7).await.unwrap();

    let recall = store.recall(&acme(), &[event("b1-1"), event("other")], &BTreeSet::new(), None).await.unwrap();
    let again = tell(&*store, &[booking("b1", "m1", 1)], 9).await;

    assert_eq!(recall.seen, BTreeSet::from([event("b1-1")]));
    assert!(matches!(again, Err(StoreError::Conflict)), "{again:?}");
    assert_eq!(store.member(&member("m1")).await.unwrap().due, Some(at(7)));
}

/// Nobody else's write of the same hook keeps an event out, and an alarm is raised only if nothing has come meanwhile.
async fn a_hook_is_noted_with_what_it_brings_once_an_hour(store: Arc<dyn Store>) {
    with_tenant(&*store).await;
    let hook = HookId::new("events");
    let seen = |second: i64| HookSeen { last: at(second), alarmed: false };
    let none = Recording::default();
    let bring = async |id: &str, now: i64| {
        let recall = store.recall(&acme(), &[], &BTreeSet::new(), Some(&hook)).await.unwrap();
        let events = [EventRecord { key: event(id), body: None, came: None }];
        store.record(&recall, &none, &events, at(now)).await.unwrap();
        store.hooks(&acme()).await.unwrap().remove(&hook).unwrap()
    };
    let old = store.recall(&acme(), &[], &BTreeSet::new(), Some(&hook)).await.unwrap();

    let first = bring("e1", 0).await;
    assert_eq!((first.seen, bring("e2", 3599).await.seen), (seen(0), seen(0)));
    store.record(&old, &none, &[EventRecord { key: event("e3"), body: None, came: None }], at(1800)).await.unwrap();
    let second = bring("e4", 5400).await;
    assert_eq!(second.seen, seen(5400));

    let alarmed = HookRecord { seen: HookSeen { alarmed: true, ..second.seen }, ..second };
    store.put_hook(&acme(), &hook, &alarmed).await.unwrap();
    assert!(matches!(store.put_hook(&acme(), &hook, &alarmed).await, Err(StoreError::Conflict)));
    let known = store.hooks(&acme()).await.unwrap().remove(&hook).unwrap();
    assert_eq!(known.seen, alarmed.seen);
    assert_eq!(bring("e5", 5401).await.seen, seen(5401), "it speaks again");
    assert!(matches!(store.put_hook(&acme(), &hook, &known).await, Err(StoreError::Conflict)));
    assert_eq!(store.hooks(&"other".into()).await.unwrap(), BTreeMap::new());
}

async fn what_was_decided_on_an_old_reading_is_refused_and_leaves_no_trace(store: Arc<dyn Store>) {
    with_tenant(&*store).await;
    let subject = BTreeSet::from([Subject::new(SubjectKind::Booking, "b1")]);
    let old = store.recall(&acme(), &[], &subject, None).await.unwrap();
    tell(&*store, &[booking("b1", "m1", 5)], 7).await.unwrap();

    let recording = take_in(&[booking("b1", "m2", 1)], &old.records, &Rulebook::new(&tenant())).unwrap();
    let events = [EventRecord { key: event("late"), body: None, came: None }];
    let answer = store.record(&old, &recording, &events, at(8)).await;

    assert!(matches!(answer, Err(StoreError::Conflict)), "{answer:?}");
    assert_eq!(store.member(&member("m2")).await.unwrap().entitlements, []);
    assert!(store.recall(&acme(), &[event("late")], &subject, None).await.unwrap().seen.is_empty());
}

async fn a_team_is_found_from_its_members_and_its_facts_wake_all_of_them(store: Arc<dyn Store>) {
    with_tenant(&*store).await;
    let team = |members: &[&str], as_of| News {
        event: event(&format!("team-{as_of}")),
        subject: Subject::new(SubjectKind::Team, "t1"),
        as_of: at(as_of),
        what: What::Team(Team {
            id: "t1".into(),
            members: members.iter().map(|id| (*id).into()).collect(),
            paying_member: None,
        }),
    };
    let crowd: Vec<String> = (0..150).map(|number| format!("m{number}")).collect();
    let crowd: Vec<&str> = crowd.iter().map(String::as_str).collect();
    tell(&*store, &[team(&crowd, 1)], 7).await.unwrap();
    assert_eq!(store.member(&member("m149")).await.unwrap().teams, BTreeSet::from(["t1".into()]));

    tell(&*store, &[team(&["m1"], 2)], 8).await.unwrap();

    assert!(store.member(&member("m149")).await.unwrap().teams.is_empty());
    assert_eq!(store.member(&member("m149")).await.unwrap().due, Some(at(8)));
    assert_eq!(store.member(&member("m1")).await.unwrap().due, Some(at(7)));
}

/// R33: a removed team's facts are kept, and give nothing until it comes back.
/// INV-1: who joins a team while news of its pass is written is woken for that too, though the news changes no team.
async fn news_is_refused_if_what_it_only_looked_at_has_changed(store: Arc<dyn Store>) {
    with_tenant(&*store).await;
    let joined = |id: &str, as_of| {
        let mut news = person(id, as_of);
        let What::Member(patch) = &mut news.what else { panic!("a person is told") };
        patch.teams = Change::Set(BTreeSet::from(["t1".into()]));
        news
    };
    tell(&*store, &[joined("m1", 1)], 1).await.unwrap();
    let pass = [team_pass("p1", 2)];

    let decided = decide(&*store, &pass).await.unwrap();
    tell(&*store, &[joined("m2", 3)], 3).await.unwrap();
    let refused = keep(&*store, &pass, &decided, 4).await;
    tell(&*store, &pass, 5).await.unwrap();

    assert!(matches!(refused, Err(StoreError::Conflict)), "{refused:?}");
    assert_eq!(store.due(at(100), 10).await.unwrap(), [(at(5), member("m1")), (at(5), member("m2"))]);
}

async fn a_removed_team_holds_nothing(store: Arc<dyn Store>) {
    with_tenant(&*store).await;
    let team = |what, as_of| News {
        event: event(&format!("team-{as_of}")),
        subject: Subject::new(SubjectKind::Team, "t1"),
        as_of: at(as_of),
        what,
    };
    let told = What::Team(Team { id: "t1".into(), members: BTreeSet::from(["m1".into()]), paying_member: None });
    tell(&*store, &[team(told.clone(), 1), team_pass("p1", 1)], 7).await.unwrap();
    assert_eq!(store.team(&acme(), &"t1".into()).await.unwrap().entitlements.len(), 1);

    tell(&*store, &[team(What::Removed, 2)], 8).await.unwrap();
    assert_eq!(store.team(&acme(), &"t1".into()).await.unwrap(), TeamItems::default());

    tell(&*store, &[team(told, 3)], 9).await.unwrap();
    assert_eq!(store.team(&acme(), &"t1".into()).await.unwrap().entitlements.len(), 1);
}

async fn a_lease_is_one_runs_alone_until_it_runs_out(store: Arc<dyn Store>) {
    let first = leased(&*store, "m1", 0).await;
    let held = store.lease(&member("m1"), &terms(119, "b", false)).await.unwrap();
    let second = leased(&*store, "m1", 120).await;

    assert!(matches!(held, Leased::Held { until } if until == at(120)), "{held:?}");
    assert!(second.fence > first.fence);
    let late = store.begin(&first, &terms(280, "a", false), &Ledger::default(), &[]).await;
    assert!(matches!(late, Err(StoreError::LeaseLost)), "{late:?}");
    let late = store.finish(&first, &Release::default()).await;
    assert!(matches!(late, Err(StoreError::LeaseLost)), "{late:?}");
    assert_eq!(store.finish(&second, &Release::default()).await.unwrap(), Released::Done);
    leased(&*store, "m1", 121).await;
}

async fn a_process_alone_on_its_state_takes_over_the_lease_of_a_dead_one(store: Arc<dyn Store>) {
    leased(&*store, "m1", 0).await;

    let own = store.lease(&member("m1"), &terms(1, "a", true)).await.unwrap();
    let other = store.lease(&member("m1"), &terms(1, "b", true)).await.unwrap();

    assert!(matches!(own, Leased::Held { .. }), "{own:?}");
    assert!(matches!(other, Leased::Granted(_)), "{other:?}");
}

async fn what_a_run_began_survives_it(store: Arc<dyn Store>) {
    let lease = leased(&*store, "m1", 0).await;
    let ledger = Ledger { failures: 3, ..Ledger::default() };
    store.begin(&lease, &terms(280, "a", false), &ledger, &[audit("0001", AuditOutcome::Begun)]).await.unwrap();

    let held = store.lease(&member("m1"), &terms(399, "b", false)).await.unwrap();
    let next = leased(&*store, "m1", 400).await;

    assert!(matches!(held, Leased::Held { until } if until == at(400)), "{held:?}");
    assert_eq!(next.ledger.failures, 3);
    let log = store.audit(&member("m1"), None, 10).await.unwrap();
    assert_eq!(log, [audit("0001", AuditOutcome::Begun)]);
    // Should the run be dead, the sweep finds the member.
    assert_eq!(store.due(at(280), 10).await.unwrap(), [(at(280), member("m1"))]);
}

async fn a_run_that_ends_sets_the_next_due_instant_and_closes_its_records(store: Arc<dyn Store>) {
    with_tenant(&*store).await;
    tell(&*store, &[person("m1", 1)], 7).await.unwrap();
    let lease = leased(&*store, "m1", 8).await;
    let due = at(900) + SignedDuration::from_nanos(1);
    let release = Release { due: Some(due), audit: vec![audit("0001", AuditOutcome::Done)], ..Release::default() };

    assert_eq!(store.finish(&lease, &release).await.unwrap(), Released::Done);

    let kept = store.member(&member("m1")).await.unwrap().due.unwrap();
    assert!(kept >= due && kept.duration_since(due) < SignedDuration::from_millis(2), "{kept}");
    assert_eq!(store.due(at(899), 10).await.unwrap(), []);
    assert_eq!(store.audit(&member("m1"), None, 10).await.unwrap(), [audit("0001", AuditOutcome::Done)]);
    assert_eq!(store.audit(&member("m1"), Some("0001"), 10).await.unwrap(), []);

    let lease = leased(&*store, "m1", 950).await;
    store.finish(&lease, &Release::default()).await.unwrap();
    assert_eq!(store.due(at(1_000_000), 10).await.unwrap(), []);
}

/// More of them than one request takes.
async fn ledgers_are_read_together(store: Arc<dyn Store>) {
    with_tenant(&*store).await;
    let members: Vec<MemberId> = (0..101).map(|number| format!("m{number}").as_str().into()).collect();
    let with_user = |user| {
        let known = AccountLedger { user: Some(BrivoUserId(user)), ..AccountLedger::default() };
        Ledger { accounts: [("hq".into(), known)].into(), ..Ledger::default() }
    };
    for (id, user) in [("m3", 17), ("m100", 18)] {
        let lease = leased(&*store, id, 8).await;
        store.finish(&lease, &Release { ledger: with_user(user), ..Release::default() }).await.unwrap();
    }

    let ledgers = store.ledgers(&acme(), &members).await.unwrap();

    assert_eq!(ledgers.len(), 101);
    assert_eq!((&ledgers[&"m3".into()], &ledgers[&"m100".into()]), (&with_user(17), &with_user(18)));
    assert_eq!(ledgers.values().filter(|ledger| **ledger == Ledger::default()).count(), 99);
    assert_eq!(store.ledgers(&"other".into(), &["m3".into()]).await.unwrap()[&"m3".into()], Ledger::default());
    assert!(store.ledgers(&acme(), &[]).await.unwrap().is_empty());
}

async fn facts_that_come_in_during_a_run_keep_the_member_due(store: Arc<dyn Store>) {
    with_tenant(&*store).await;
    tell(&*store, &[booking("b1", "m1", 1)], 7).await.unwrap();
    let lease = leased(&*store, "m1", 8).await;
    tell(&*store, &[booking("b2", "m1", 1)], 9).await.unwrap();
    let release = Release { ledger: Ledger { failures: 2, ..Ledger::default() }, ..Release::default() };

    assert_eq!(store.finish(&lease, &release).await.unwrap(), Released::FactsChanged);

    assert_eq!(store.due(at(9), 10).await.unwrap(), [(at(9), member("m1"))]);
    let next = leased(&*store, "m1", 10).await;
    assert_eq!(next.ledger.failures, 2);
    assert_eq!(store.finish(&next, &Release::default()).await.unwrap(), Released::Done);
}

/// Who pays for a team is remembered with it, and forgotten when the team is removed.
/// Far more than one transaction takes.
async fn who_is_marked_is_due_and_a_run_under_way_is_repeated(store: Arc<dyn Store>) {
    let lease = leased(&*store, "ann", 10).await;
    let all: Vec<MemberKey> = (0..60).map(|number| member(&format!("m{number}"))).chain([member("ann")]).collect();

    store.mark_due(&all, at(20)).await.unwrap();

    let due = store.due(at(20), 100).await.unwrap();
    assert_eq!(due.into_iter().map(|(_, who)| who).collect::<BTreeSet<_>>(), all.into_iter().collect());
    let release = Release { due: Some(at(5000)), ..Release::default() };
    assert_eq!(store.finish(&lease, &release).await.unwrap(), Released::FactsChanged);
    assert_eq!(store.due(at(20), 100).await.unwrap().len(), 61);
}

async fn a_team_of_hundreds_is_remembered_and_woken_to_the_last_member(store: Arc<dyn Store>) {
    with_tenant(&*store).await;
    let ids: BTreeSet<MemberId> = (0..730).map(|number| MemberId::new(format!("m{number:03}"))).collect();
    let news = |members: &BTreeSet<MemberId>, as_of: i64| News {
        event: event(&format!("t1-{as_of}")),
        subject: Subject::new(SubjectKind::Team, "t1"),
        as_of: at(as_of),
        what: What::Team(Team { id: "t1".into(), members: members.clone(), paying_member: None }),
    };

    tell(&*store, &[news(&ids, 1)], 7).await.unwrap();

    let due = store.due(at(7), 1000).await.unwrap();
    assert_eq!(due.into_iter().map(|(_, key)| key.member).collect::<BTreeSet<_>>(), ids);
    for id in ["m000", "m729"] {
        assert_eq!(store.member(&member(id)).await.unwrap().all_teams(), BTreeSet::from(["t1".into()]));
    }
    // Told again, it is known; told that all have left, it has nobody.
    assert!(matches!(tell(&*store, &[news(&ids, 1)], 8).await, Err(StoreError::Conflict)));
    tell(&*store, &[news(&BTreeSet::new(), 2)], 9).await.unwrap();
    assert_eq!(store.due(at(9), 1000).await.unwrap().len(), 730);
    assert_eq!(store.member(&member("m729")).await.unwrap().all_teams(), BTreeSet::new());
}

async fn a_team_knows_who_pays_for_it(store: Arc<dyn Store>) {
    with_tenant(&*store).await;
    let team = |what, as_of| News {
        event: event(&format!("team-{as_of}")),
        subject: Subject::new(SubjectKind::Team, "t1"),
        as_of: at(as_of),
        what,
    };
    let paid = Team { id: "t1".into(), members: BTreeSet::from(["m1".into()]), paying_member: Some("m2".into()) };

    tell(&*store, &[team(What::Team(paid), 1)], 7).await.unwrap();
    assert_eq!(store.team(&acme(), &"t1".into()).await.unwrap().paying_member, Some("m2".into()));

    tell(&*store, &[team(What::Removed, 2)], 8).await.unwrap();
    assert_eq!(store.team(&acme(), &"t1".into()).await.unwrap().paying_member, None);
}

/// Events that say how they came in are read in the order they came in, by whoever owns them, in pages.
async fn events_that_were_kept_are_read_in_the_order_they_came_in(store: Arc<dyn Store>) {
    with_tenant(&*store).await;
    let kept = |id: &str, number, body: Option<&str>| {
        let came = Some(Came { number, origin: format!("origin of {id}") });
        EventRecord { key: event(id), body: body.map(str::to_owned), came }
    };
    let none = Recording::default();
    let recall = store.recall(&acme(), &[], &BTreeSet::new(), None).await.unwrap();
    // Numbers count within a delivery alone; a mark may hold the separator.
    let batch = [
        kept("b#2", 1, None),
        kept("b#10", 0, Some("sealed")),
        EventRecord { key: event("odd"), body: None, came: None },
    ];
    store.record(&recall, &none, &batch, at(20)).await.unwrap();
    for number in 0..12 {
        store.record(&recall, &none, &[kept(&format!("a{number}"), 0, Some("sealed"))], at(number)).await.unwrap();
    }
    store.record(&recall, &none, &[kept("z", 3, None)], at(30)).await.unwrap();

    let from = |second| keys::event_marks_from(at(second));
    let ids = |page: &[KeptEvent]| page.iter().map(|kept| kept.key.id.clone()).collect::<Vec<_>>();
    let whole = store.events(&acme(), &from(0), 100).await.unwrap();
    let expected: Vec<String> = (0..12).map(|number| format!("a{number}")).collect();
    assert_eq!(ids(&whole), [&expected[..], &["b#10".to_owned(), "b#2".to_owned(), "z".to_owned()]].concat());
    assert_eq!(whole[12].key, event("b#10"));
    assert_eq!((whole[12].origin.as_deref(), whole[12].body.as_deref()), (Some("origin of b#10"), Some("sealed")));
    assert_eq!(whole[13].body, None);
    assert_eq!(ids(&store.events(&acme(), &from(11), 100).await.unwrap()), ["a11", "b#10", "b#2", "z"]);
    assert!(whole[13].mark < from(30) && whole[14].mark >= from(30));

    let (mut pages, mut after) = (Vec::new(), from(0));
    loop {
        let page = store.events(&acme(), &after, 4).await.unwrap();
        assert!(page.len() <= 4);
        let Some(last) = page.last() else { break };
        after.clone_from(&last.mark);
        pages.extend(page);
    }
    assert_eq!(pages, whole);
    assert_eq!(store.events(&"other".into(), &from(0), 100).await.unwrap(), []);
}

/// CWK-26: users are found by address, in their own account alone.
async fn the_inventory_knows_users_by_address(store: Arc<dyn Store>) {
    let hq = AccountId::new("hq");
    let entry = |user, address: &str| InventoryEntry {
        user: BrivoUserId(user),
        address: address.into(),
        reference: Reference::Nobodys,
    };
    // More than one transaction takes; one user has two addresses, two users share one.
    let mut entries: Vec<InventoryEntry> = (0..150).map(|number| entry(number, &format!("a{number}"))).collect();
    entries.extend([entry(1, "shared"), entry(2, "shared")]);
    store.put_inventory(&acme(), &hq, &entries, at(1)).await.unwrap();
    store.put_inventory(&acme(), &hq, &entries, at(2)).await.unwrap();
    store.put_inventory(&acme(), &hq, &[], at(2)).await.unwrap();

    let found = async |account: &str, address: &str| {
        store.inventory(&acme(), &account.into(), &address.into()).await.unwrap().into_keys().collect::<Vec<_>>()
    };
    assert_eq!(found("hq", "shared").await, [BrivoUserId(1), BrivoUserId(2)]);
    assert_eq!(found("hq", "a1").await, [BrivoUserId(1)]);
    assert_eq!(found("hq", "a149").await, [BrivoUserId(149)]);
    assert_eq!(found("hq", "a150").await, []);
    assert_eq!(found("other", "shared").await, []);
    assert_eq!(store.inventory(&"other".into(), &hq, &"shared".into()).await.unwrap(), BTreeMap::new());

    // Whoever bears another reference by now is written again at once.
    let linked = InventoryEntry { reference: Reference::Ours("acme:m1".into()), ..entry(1, "shared") };
    store.put_inventory(&acme(), &hq, std::slice::from_ref(&linked), at(3)).await.unwrap();
    let shared = store.inventory(&acme(), &hq, &"shared".into()).await.unwrap();
    assert_eq!(shared, [(BrivoUserId(1), linked.reference), (BrivoUserId(2), Reference::Nobodys)].into());
}

/// A person who turns out to be another is noted with both, until the other has taken over.
async fn a_bequest_lies_with_both_until_it_came_about(store: Arc<dyn Store>) {
    with_tenant(&*store).await;
    let recall = store.recall(&acme(), &[], &BTreeSet::new(), None).await.unwrap();
    let bequest = (MemberId::from("guest"), MemberId::from("m1"));
    let noted = |stands| Recording { bequests: [(bequest.clone(), stands)].into(), ..Recording::default() };
    let told_with_both = async || {
        let (guest, heir) = (member("guest"), member("m1"));
        let (guest, heir) = (store.member(&guest).await.unwrap(), store.member(&heir).await.unwrap());
        (guest.bequeathed_to.len(), heir.inherits_from.len(), guest.inherits_from.len() + heir.bequeathed_to.len())
    };

    store.record(&recall, &noted(true), &[], at(1)).await.unwrap();
    assert_eq!(told_with_both().await, (1, 1, 0));
    store.record(&recall, &noted(false), &[], at(2)).await.unwrap();
    assert_eq!(told_with_both().await, (0, 0, 0));

    store.record(&recall, &noted(true), &[], at(3)).await.unwrap();
    let lease = leased(&*store, "guest", 4).await;
    let release = Release { taken_over_by: Some("m1".into()), ..Release::default() };
    store.finish(&lease, &release).await.unwrap();
    assert_eq!(told_with_both().await, (0, 0, 0));
}

/// Every tenant is listed once, however often it is written.
async fn every_tenant_is_listed(store: Arc<dyn Store>) {
    assert_eq!(store.tenants().await.unwrap(), []);
    with_tenant(&*store).await;
    let stored = store.tenant(&acme()).await.unwrap().unwrap();
    store.put_tenant(&stored).await.unwrap();
    let other = TenantRecord { tenant: Tenant { id: "other".into(), ..tenant() }, ..tenant_record() };
    store.put_tenant(&other).await.unwrap();

    assert_eq!(store.tenants().await.unwrap(), [acme(), "other".into()]);
}

/// What is there of a kind is listed as long as it is; whoever is only known by a booking is not.
async fn what_is_there_is_listed_by_kind(store: Arc<dyn Store>) {
    with_tenant(&*store).await;
    let listed = async |kind| store.listed(&acme(), kind, None).await.unwrap();
    let all = [person("m1", 1), person("m2", 1), booking("b1", "m3", 1), booking("b2", "m1", 1)];
    tell(&*store, &all, 1).await.unwrap();

    assert_eq!(listed(SubjectKind::Member).await, ["m1", "m2"]);
    assert_eq!(listed(SubjectKind::Booking).await, ["b1", "b2"]);
    assert_eq!(store.listed(&acme(), SubjectKind::Booking, Some("b1")).await.unwrap(), ["b2"]);
    assert_eq!(store.listed(&"other".into(), SubjectKind::Booking, None).await.unwrap(), [""; 0]);

    let gone = [person("m1", 2), booking("b1", "m3", 2)].map(|piece| News { what: What::Removed, ..piece });
    tell(&*store, &gone, 2).await.unwrap();

    assert_eq!(listed(SubjectKind::Member).await, ["m2"]);
    assert_eq!(listed(SubjectKind::Booking).await, ["b2"]);
    assert_eq!(store.members(&acme(), None).await.unwrap(), ["m1".into(), "m2".into(), "m3".into()]);
}

/// A reading that was cut short goes on where it was, and two at once do not undo each other.
async fn how_far_a_reading_has_come_is_written_only_over_what_was_read(store: Arc<dyn Store>) {
    let hq = AccountId::new("hq");
    let blank = store.sync(&acme(), &hq).await.unwrap();
    assert_eq!(blank, SyncRecord::default());
    let users = BTreeSet::from([BrivoUserId(17), BrivoUserId(18)]);
    let staged = Staged {
        people: Loss { holders: 20, losers: 2 },
        groups: [(GroupId(501), Loss { holders: 9, losers: 2 })].into(),
        who: [(GroupId(501), users.clone())].into(),
    };
    let record = SyncRecord {
        stage: Some(SyncStage::Users(300)),
        ended: Some(at(9)),
        users_read_at: Some(at(8)),
        found: SyncFound {
            users: 300,
            missing: [GroupId(7)].into(),
            names: [(GroupId(8), "Café".to_owned())].into(),
            ..SyncFound::default()
        },
        staged: Some((staged, "hash".to_owned())),
        approved: [(GroupId(502), users)].into(),
        version: 0,
    };

    store.put_sync(&acme(), &hq, &record).await.unwrap();
    let again = store.put_sync(&acme(), &hq, &record).await;
    assert!(matches!(again, Err(StoreError::Conflict)), "{again:?}");

    let read = store.sync(&acme(), &hq).await.unwrap();
    assert_eq!(read, SyncRecord { version: 1, ..record });
    store.put_sync(&acme(), &hq, &SyncRecord { stage: Some(SyncStage::Groups), ..read }).await.unwrap();
    assert_eq!(store.sync(&acme(), &hq).await.unwrap().stage, Some(SyncStage::Groups));
    assert_eq!(store.sync(&acme(), &"other".into()).await.unwrap(), SyncRecord::default());
}

async fn a_tenant_and_an_account_are_written_only_over_what_was_read(store: Arc<dyn Store>) {
    with_tenant(&*store).await;
    let read = store.tenant(&acme()).await.unwrap().unwrap();
    assert_eq!(read.loaded.as_deref(), Some("digest"));
    store.put_tenant(&read).await.unwrap();
    let again = store.put_tenant(&read).await;
    assert!(matches!(again, Err(StoreError::Conflict)), "{again:?}");

    let hq = AccountId::new("hq");
    let blank = store.account(&acme(), &hq).await.unwrap();
    assert_eq!(blank, AccountRecord::default());
    let record = AccountRecord { needs_reconnect: true, seeds: ["seed".to_owned()].into(), ..blank.clone() };
    store.put_account(&acme(), &hq, &record).await.unwrap();
    let again = store.put_account(&acme(), &hq, &record).await;
    assert!(matches!(again, Err(StoreError::Conflict)), "{again:?}");
    let tenant = store.tenant(&acme()).await.unwrap().unwrap();
    assert!(tenant.accounts[&hq].needs_reconnect && tenant.accounts[&hq].seeds.contains("seed"));
    assert_eq!(tenant.accounts[&hq].version, 1);
    assert!(store.tenant(&"other".into()).await.unwrap().is_none());
}

async fn news_of_several_things_is_written_at_once(store: Arc<dyn Store>) {
    with_tenant(&*store).await;
    let news = [person("m1", 1), booking("b1", "m1", 1), booking("b2", "m1", 1), booking("b3", "m1", 1)];

    tell(&*store, &news, 7).await.unwrap();

    let items = store.member(&member("m1")).await.unwrap();
    assert!(items.member.unwrap().is_active());
    assert_eq!(items.entitlements.len(), 3);
}

async fn a_lease_that_is_given_back_is_free_and_nothing_else_changed(store: Arc<dyn Store>) {
    with_tenant(&*store).await;
    tell(&*store, &[booking("b1", "m1", 1)], 7).await.unwrap();
    let lease = leased(&*store, "m1", 8).await;

    store.release(&lease).await.unwrap();
    store.release(&lease).await.unwrap();

    let next = leased(&*store, "m1", 9).await;
    assert_eq!(next.due, Some(at(7)));
    assert_eq!(next.revision, lease.revision);
    store.release(&lease).await.unwrap();
    let held = store.lease(&member("m1"), &terms(10, "b", false)).await.unwrap();
    assert!(matches!(held, Leased::Held { .. }), "a dead run gave a living one's lease away");
}

async fn how_far_the_read_of_a_platform_has_come_is_written_only_over_what_was_read(store: Arc<dyn Store>) {
    let blank = store.full_read(&acme()).await.unwrap();
    assert_eq!(blank, FullReadRecord::default());
    let places = [(SubjectKind::Member, None), (SubjectKind::Booking, Some("london".into()))];
    let under_way = UnderWay {
        began: at(1),
        extent: Extent::Since(at(0)),
        settings: "digest".to_owned(),
        mark: Mark { list: 3, after: Some("next page".to_owned()) },
        sheets: 2,
        places: places.into(),
        found: ReadFound { listed: 150, ..ReadFound::default() },
        mappings: Vec::new(),
        failures: 1,
        stuck_since: Some(at(2)),
    };
    let record = FullReadRecord { under_way: Some(under_way), ..blank };
    let sheet = |text| Sheet { of: (Sheets::Seen, at(1)), number: 0, text };

    store.put_full_read(&acme(), &record, Some(sheet("seen"))).await.unwrap();

    let stored = store.full_read(&acme()).await.unwrap();
    assert_eq!(stored, FullReadRecord { version: 1, ..record.clone() });
    let late = store.put_full_read(&acme(), &record, Some(sheet("seen by another"))).await;
    assert!(matches!(late, Err(StoreError::Conflict)));
    assert_eq!(store.sheets(&acme(), (Sheets::Seen, at(1))).await.unwrap(), ["seen"]);
    store.put_full_read(&acme(), &FullReadRecord { under_way: None, ..stored }, None).await.unwrap();
    assert_eq!(store.full_read(&acme()).await.unwrap().under_way, None);
    assert_eq!(store.full_read(&"other".into()).await.unwrap(), FullReadRecord::default());
}

async fn what_the_list_of_hooks_said_is_written_only_over_what_was_read(store: Arc<dyn Store>) {
    let blank = store.hook_list(&acme()).await.unwrap();
    assert_eq!(blank, HookListRecord::default());
    let off = SwitchedOff { since: at(5), failures: Some(10) };
    let record = HookListRecord {
        address: Some("https://doors.example".to_owned()),
        seen_at: Some(at(9)),
        off: [("nexudus/BookingCreate?location=1".into(), off)].into(),
        making: ["officernd".into()].into(),
        held: Some(("process".to_owned(), at(10))),
        ..blank
    };

    store.put_hook_list(&acme(), &record).await.unwrap();

    assert_eq!(store.hook_list(&acme()).await.unwrap(), HookListRecord { version: 1, ..record.clone() });
    assert!(matches!(store.put_hook_list(&acme(), &record).await, Err(StoreError::Conflict)));
    assert_eq!(store.hook_list(&"other".into()).await.unwrap(), HookListRecord::default());
    assert!(store.hooks(&acme()).await.unwrap().is_empty(), "what hooks brought is kept apart");
}

async fn the_sheets_of_a_read_are_kept_apart_and_in_order(store: Arc<dyn Store>) {
    let write = async |of, number, text: &str| store.put_sheet(&acme(), Sheet { of, number, text }).await.unwrap();
    for number in [10, 0, 9] {
        write((Sheets::Seen, at(1)), number, &format!("sheet {number}")).await;
    }
    write((Sheets::Seen, at(1)), 9, "sheet 9, once more").await;
    write((Sheets::Missing, at(1)), 0, "missing").await;
    write((Sheets::Seen, at(2)), 0, "another read").await;

    let seen = store.sheets(&acme(), (Sheets::Seen, at(1))).await.unwrap();
    assert_eq!(seen, ["sheet 0", "sheet 9, once more", "sheet 10"]);
    assert_eq!(store.sheets(&acme(), (Sheets::Missing, at(1))).await.unwrap(), ["missing"]);
    assert_eq!(store.sheets(&"other".into(), (Sheets::Seen, at(1))).await.unwrap(), [""; 0]);
}

/// An embedded engine with an empty table, and a store on it.
async fn dynamo() -> Arc<dyn Store> {
    let client = engine::client(&engine::start().await).await;
    // A table that is there already is no error.
    state::create_table(&client, "latchwork").await.unwrap();
    Arc::new(DynamoStore::new(client, "latchwork"))
}

macro_rules! conformance {
    ($($claim:ident),* $(,)?) => {
        mod memory {
            use super::*;
            $(#[tokio::test] async fn $claim() { super::$claim(Arc::new(MemoryStore::default())).await })*
        }
        mod dynamodb {
            use super::*;
            $(#[tokio::test] async fn $claim() { super::$claim(dynamo().await).await })*
        }
    };
}

conformance!(
    a_fact_lies_with_its_holder_and_makes_him_due,
    a_booking_that_changes_hands_leaves_the_first_holder_and_wakes_both,
    an_event_is_recorded_once,
    a_hook_is_noted_with_what_it_brings_once_an_hour,
    what_was_decided_on_an_old_reading_is_refused_and_leaves_no_trace,
    a_team_is_found_from_its_members_and_its_facts_wake_all_of_them,
    news_is_refused_if_what_it_only_looked_at_has_changed,
    a_removed_team_holds_nothing,
    a_lease_is_one_runs_alone_until_it_runs_out,
    a_process_alone_on_its_state_takes_over_the_lease_of_a_dead_one,
    what_a_run_began_survives_it,
    a_run_that_ends_sets_the_next_due_instant_and_closes_its_records,
    ledgers_are_read_together,
    facts_that_come_in_during_a_run_keep_the_member_due,
    who_is_marked_is_due_and_a_run_under_way_is_repeated,
    a_team_of_hundreds_is_remembered_and_woken_to_the_last_member,
    a_team_knows_who_pays_for_it,
    events_that_were_kept_are_read_in_the_order_they_came_in,
    the_inventory_knows_users_by_address,
    a_bequest_lies_with_both_until_it_came_about,
    every_tenant_is_listed,
    what_is_there_is_listed_by_kind,
    how_far_a_reading_has_come_is_written_only_over_what_was_read,
    how_far_the_read_of_a_platform_has_come_is_written_only_over_what_was_read,
    the_sheets_of_a_read_are_kept_apart_and_in_order,
    what_the_list_of_hooks_said_is_written_only_over_what_was_read,
    a_tenant_and_an_account_are_written_only_over_what_was_read,
    news_of_several_things_is_written_at_once,
    a_lease_that_is_given_back_is_free_and_nothing_else_changed,
);
