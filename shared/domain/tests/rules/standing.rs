//! When a membership, a pass or a person counts at all.

use domain::{
    Window,
    access::Nearness,
    facts::{Change, MemberFacts, MemberPatch, MemberStatus, Membership, MembershipStatus, Pass},
    tenant::{Platform, Tenant},
};
use jiff::Timestamp;

use crate::world::{
    DAY, PLATFORMS, at, due, groups, holding, in_london, mapping, membership, only_window, pass, tenant, wanted,
    windows,
};

fn with_plan(platform: Platform) -> Tenant {
    tenant(platform, vec![mapping("plan/plan", &[1]), mapping("pass/day", &[2])])
}

fn with_status(status: MembershipStatus, ends: Option<Timestamp>) -> MemberFacts {
    holding([Membership { status, ends, ..membership("s1") }])
}

/// R5: an inactive member holds no reason; active again, all reasons count again.
#[test]
fn an_inactive_member_holds_no_reason() {
    let tenant = with_plan(Platform::Deskworks);
    let mut facts = holding([membership("s1")]);
    let told = |status| MemberPatch { status: Change::Set(status), ..MemberPatch::default() };

    facts.member.as_mut().unwrap().merge(told(MemberStatus::Inactive), at(1));
    assert_eq!(windows(&tenant, &facts), []);

    facts.member.as_mut().unwrap().merge(told(MemberStatus::Active), at(2));
    assert_eq!(due(&tenant, &facts, at(3)), groups(&[1]));
}

#[test]
fn a_person_of_whom_nothing_was_told_holds_no_reason() {
    let facts = MemberFacts { member: None, ..holding([membership("s1")]) };

    assert_eq!(windows(&with_plan(Platform::Deskworks), &facts), []);
}

/// R8: a cancelled membership gives access until it ends.
#[test]
fn a_cancelled_membership_runs_out() {
    let tenant = with_plan(Platform::Nexudus);
    let cancelled = with_status(MembershipStatus::Cancelled, Some(at(100)));

    assert_eq!(only_window(&tenant, &cancelled), Window { from: at(0), until: Some(at(100)) });
    assert_eq!(windows(&tenant, &with_status(MembershipStatus::Cancelled, None)), []);
    assert_eq!(windows(&tenant, &with_status(MembershipStatus::Cancelled, Some(at(0)))), []);
}

/// R9: a pause keeps access under Spacebring and takes it under all others, unless policy says otherwise.
#[test]
fn a_pause_takes_access_except_under_spacebring() {
    let paused = with_status(MembershipStatus::Paused, None);
    let keep: Vec<_> =
        PLATFORMS.into_iter().filter(|platform| !due(&with_plan(*platform), &paused, at(5)).is_empty()).collect();
    assert_eq!(keep, [Platform::Spacebring]);

    let mut tenant = in_london(Platform::Nexudus, vec![mapping("plan/plan", &[1]), mapping("plan/plan", &[2])]);
    tenant.locations[0].policy = serde_json::from_str(r#"{"paused": "keep"}"#).unwrap();
    tenant.mappings[1].policy = serde_json::from_str(r#"{"paused": "revoke"}"#).unwrap();
    assert_eq!(due(&tenant, &paused, at(5)), groups(&[1]));
}

/// A pass counts while uses are left and inside its dates.
#[test]
fn a_pass_counts_until_it_is_used_up_or_over() {
    let tenant = with_plan(Platform::Nexudus);
    let dated = Pass { remaining: Some(1), valid_from: Some(at(10)), valid_until: Some(at(20)), ..pass("p1") };
    let used = Pass { remaining: Some(0), ..pass("p2") };

    assert_eq!(only_window(&tenant, &holding([dated])), Window { from: at(10), until: Some(at(20)) });
    assert_eq!(windows(&tenant, &holding([used.clone()])), []);
    assert_eq!(due(&tenant, &holding([used, pass("p3")]), at(0)), groups(&[2]));
}

/// R16: the user is wanted from 90 days before the first window opens, or as policy says; the groups follow later.
#[test]
fn a_reason_makes_the_user_ahead_of_time() {
    let mut tenant = with_plan(Platform::Nexudus);
    let facts = holding([Membership { starts: at(200 * DAY), ..membership("s1") }]);
    let nearness = |tenant: &Tenant, now| wanted(tenant, &facts, now).nearness;

    assert_eq!(nearness(&tenant, at(110 * DAY - 1)), Nearness::Far);
    assert_eq!(nearness(&tenant, at(110 * DAY)), Nearness::Near);
    assert!(due(&tenant, &facts, at(110 * DAY)).is_empty());

    tenant.mappings[0].policy = serde_json::from_str(r#"{"create_ahead": "P1D"}"#).unwrap();
    assert_eq!(nearness(&tenant, at(199 * DAY - 1)), Nearness::Far);
    assert_eq!(nearness(&tenant, at(199 * DAY)), Nearness::Near);
}
