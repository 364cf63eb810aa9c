//! How many members a core decides a second, and what planning a large tenant takes.
//!
//! `cargo bench -p domain` prints both beside their goals, and fails if a goal is missed by more than half: machines differ, a
//! mistake in the growth of cost does not hide.
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a benchmark measures and tells")]

use std::{
    collections::BTreeSet,
    hint::black_box,
    time::{Duration, Instant},
};

use domain::{
    AccountId, BrivoUserId, GroupId, MemberKey,
    access::next_change,
    case::{Case, Known, preview},
    facts::{
        Attendee, Booking, BookingKind, BookingStatus, Change, Entitlement, Member, MemberFacts, MemberPatch,
        MemberStatus, Membership, MembershipStatus, Pass, TeamFacts,
    },
    ledger::{AccountLedger, Ledger},
    plan::Existing,
    reasons::reasons,
    rules::Rulebook,
    tenant::Tenant,
};
use jiff::{SignedDuration, Timestamp};

/// Decisions a second and core: `desired`, `plan` and `next_change` for a member with 20 facts.
const DECISIONS: f64 = 250_000.0;

/// Members of the large tenant.
const MEMBERS: usize = 100_000;

/// How long planning it may take.
const PLANNING: Duration = Duration::from_secs(1);

/// How much memory the process may take at most, the tenant's facts included, in megabytes.
const MEMORY: f64 = 500.0;

fn main() {
    let rules = Rulebook::new(&tenant());
    let (decided, with_reasons) = (decisions(&rules, false), decisions(&rules, true));
    println!(
        "a member with 20 facts: {decided:.0} decisions a second (goal {DECISIONS:.0}), {with_reasons:.0} from the facts on"
    );
    let took = planning(&rules);
    let memory = peak_megabytes();
    println!(
        "planning {MEMBERS} members: {took:.2?} (goal {PLANNING:.2?}), at most {memory:.0} MB (goal {MEMORY:.0} MB)"
    );
    assert!(decided > DECISIONS / 2.0 && took < PLANNING * 2 && memory < MEMORY * 1.5, "a goal was missed by far");
}

/// The best of many short rounds: whatever else the machine does only makes it slower. The reasons are found anew each time only
/// if the measure is `from_facts` on.
fn decisions(rules: &Rulebook, from_facts: bool) -> f64 {
    const ROUND: u32 = 720;
    let (facts, key, account) = (with_20_facts("m1"), key("m1"), AccountId::new("hq"));
    let external_id = key.external_id();
    let ledger = AccountLedger { user: Some(BrivoUserId(1)), ..AccountLedger::default() };
    let known_reasons = reasons(rules, &facts);
    let best = (0..1000).map(|_| {
        let started = Instant::now();
        for minute in 0..ROUND {
            let now = at(i64::from(minute) * 2);
            let found = if from_facts { reasons(rules, black_box(&facts)) } else { Vec::new() };
            let reasons = if from_facts { &found } else { black_box(&known_reasons) };
            let case = Case { rules, facts: &facts, reasons, external_id: &external_id, now };
            let known = Known { details_settled: true, existing: &Existing::None, refused: &BTreeSet::new() };
            black_box(case.plan(&account, &ledger, known));
            black_box(next_change(reasons, now));
        }
        started.elapsed()
    });
    f64::from(ROUND) / best.min().unwrap().as_secs_f64()
}

/// How long it takes to see what is to be written for everyone.
fn planning(rules: &Rulebook) -> Duration {
    let members: Vec<_> = (0..MEMBERS).map(|number| of_large_tenant(&format!("m{number}"))).collect();
    let ledger = Ledger::default();
    let started = Instant::now();
    let mut writes = 0;
    for (number, facts) in members.iter().enumerate() {
        let external_id = key(&format!("m{number}")).external_id();
        writes += preview(rules, facts, &ledger, &external_id, at(9 * 60)).len();
    }
    let took = started.elapsed();
    assert!(writes >= 2 * MEMBERS, "everyone is to be made and put into groups");
    took
}

fn tenant() -> Tenant {
    let mut mappings = Vec::new();
    for number in 0..20 {
        mappings.push(serde_json::json!({"kind": "resource", "id": format!("r{number}"), "groups": [100 + number]}));
    }
    for (kind, id, group) in [("plan", "p", 1), ("product", "x", 2), ("floor", "f", 3), ("pass", "day", 4)] {
        mappings.push(serde_json::json!({"kind": kind, "id": id, "groups": [group]}));
    }
    serde_json::from_value(serde_json::json!({
        "tenant": "acme", "platform": "nexudus",
        "accounts": [{"id": "hq", "region": "us"}],
        "locations": [{"id": "london", "time_zone": "Europe/London", "account": "hq"}],
        "mappings": mappings,
    }))
    .unwrap()
}

fn key(member: &str) -> MemberKey {
    MemberKey { tenant: "acme".into(), member: member.into() }
}

fn at(minute: i64) -> Timestamp {
    let midnight: Timestamp = "2026-03-02T00:00:00Z".parse().unwrap();
    midnight.checked_add(SignedDuration::from_mins(minute)).unwrap()
}

fn person(id: &str) -> Member {
    let mut member = Member::unknown(id.into());
    let patch = MemberPatch {
        full_name: Change::Set("Ann Example".to_owned()),
        email: Change::Set("ann@example.com".to_owned()),
        status: Change::Set(MemberStatus::Active),
        ..MemberPatch::default()
    };
    member.merge(patch, Timestamp::UNIX_EPOCH);
    member
}

/// 14 bookings of one day, two memberships, a pass, and a team with two memberships and a pass.
fn with_20_facts(id: &str) -> MemberFacts {
    let bookings = (0..14).map(|number| booking(id, number));
    let own = bookings.chain([membership("c1", Some(id)), membership("c2", Some(id)), pass("p1", Some(id))]);
    let team = vec![membership("c3", None), membership("c4", None), pass("p2", None)];
    MemberFacts {
        member: Some(person(id)),
        entitlements: own.collect(),
        teams: vec![TeamFacts { id: "t1".into(), entitlements: team, payer: None }],
    }
}

/// A membership and two bookings.
fn of_large_tenant(id: &str) -> MemberFacts {
    let entitlements = vec![membership("c1", Some(id)), booking(id, 4), booking(id, 9)];
    MemberFacts { member: Some(person(id)), entitlements, teams: Vec::new() }
}

fn booking(member: &str, number: i64) -> Entitlement {
    Entitlement::Booking(Booking {
        id: format!("b{number}"),
        resource: format!("r{number}"),
        kind: BookingKind::Room,
        location: None,
        starts: at(8 * 60 + number * 45),
        ends: at(9 * 60 + number * 45),
        status: BookingStatus::Confirmed,
        booker: Some(Attendee::Member(member.into())),
        invitees: BTreeSet::new(),
    })
}

fn membership(id: &str, member: Option<&str>) -> Entitlement {
    Entitlement::Membership(Membership {
        id: id.to_owned(),
        plan: "p".to_owned(),
        member: member.map(Into::into),
        team: member.is_none().then(|| "t1".into()),
        location: None,
        starts: at(0),
        ends: None,
        status: MembershipStatus::Active,
        resources: Vec::new(),
        groups: None,
        copied: None::<BTreeSet<GroupId>>,
        products: BTreeSet::from(["x".to_owned()]),
        origin: None,
    })
}

fn pass(id: &str, member: Option<&str>) -> Entitlement {
    Entitlement::Pass(Pass {
        id: id.to_owned(),
        pass: "day".to_owned(),
        member: member.map(Into::into),
        team: member.is_none().then(|| "t1".into()),
        location: None,
        remaining: Some(2),
        valid_from: Some(at(0)),
        valid_until: Some(at(24 * 60)),
        groups: None,
    })
}

/// The most memory this process has taken so far; nothing where the system does not tell.
fn peak_megabytes() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes: Option<f64> = line.and_then(|text| text.trim().trim_end_matches("kB").trim().parse().ok());
    kilobytes.unwrap_or_default() / 1024.0
}
