//! The most that a webhook and a run may cost, asserted.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops")]

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use domain::{
    MemberKey,
    preflight::{Finding, Report},
};
use jiff::{SignedDuration, Timestamp};
use reconcile::preflight::preflight;
use requests::{Bench, Request};
use runtime::{Services, clock::Clock};

fn start() -> Timestamp {
    "2026-03-02T08:00:00Z".parse().unwrap()
}

fn booked(after: i64) -> (Timestamp, Timestamp) {
    let starts = start() + SignedDuration::from_hours(after);
    (starts, starts + SignedDuration::from_hours(1))
}

/// A person who is in Brivo already, with a token at hand.
async fn known_person() -> Bench {
    let bench = Bench::start(start()).await.unwrap();
    bench.tell_of_member("m1", start()).await.unwrap();
    bench.tell_of_booking("b1", "m1", start(), booked(1)).await.unwrap();
    bench.reconcile("m1").await.unwrap();
    bench.recorder.take();
    bench
}

#[tokio::test]
async fn an_accepted_webhook_takes_two_requests_and_one_send() {
    let bench = Bench::start(start()).await.unwrap();
    bench.recorder.take();
    bench.tell_of_member("m1", start()).await.unwrap();
    assert!(bench.recorder.take().len() <= 2);
    assert_eq!(bench.sends(), 1);

    bench.tell_of_booking("b1", "m1", start(), booked(1)).await.unwrap();

    assert!(bench.recorder.take().len() <= 2);
    assert_eq!(bench.sends(), 2);
}

#[tokio::test]
async fn a_repeated_webhook_takes_one_request_and_no_send() {
    let bench = Bench::start(start()).await.unwrap();
    bench.tell_of_member("m1", start()).await.unwrap();
    bench.recorder.take();

    bench.tell_of_member("m1", start()).await.unwrap();

    assert_eq!(bench.recorder.take().len(), 1);
    assert_eq!(bench.sends(), 1);
}

#[tokio::test]
async fn a_new_person_takes_a_look_up_and_two_calls() {
    let bench = Bench::start(start()).await.unwrap();
    bench.tell_of_member("m1", start()).await.unwrap();
    bench.tell_of_booking("b1", "m1", start(), (start(), booked(1).1)).await.unwrap();

    bench.reconcile("m1").await.unwrap();

    let calls: Vec<_> = bench.brivo.calls().into_iter().map(|call| format!("{} {}", call.method, call.path)).collect();
    assert_eq!(calls.len(), 4, "{calls:?}");
    assert_eq!(calls[0], "POST /oauth/token");
    assert!(calls[1].starts_with("GET /v1/api/users/acme"), "{calls:?}");
    assert_eq!(calls[2], "POST /v1/api/users");
    assert!(calls[3].ends_with("/groups"), "{calls:?}");
}

/// ALL-06: one request asks for the turn.
#[tokio::test]
async fn a_known_persons_change_of_groups_takes_seven_requests_and_one_call() {
    let bench = known_person().await;
    let before = bench.brivo.calls().len();
    bench.set_clock(booked(1).0 - SignedDuration::from_mins(30));

    // The token's life has passed by now; its refresh is counted apart, in the next step.
    bench.reconcile("m1").await.unwrap();
    bench.recorder.take();
    assert_eq!(bench.brivo.calls().len(), before + 2);
    bench.tell_of_booking("b1", "m1", start() + SignedDuration::from_mins(30), booked(5)).await.unwrap();
    bench.recorder.take();
    let before = bench.brivo.calls().len();
    bench.reconcile("m1").await.unwrap();

    let requests = bench.recorder.take();
    assert!(requests.len() <= 7, "{requests:?}");
    assert_eq!(bench.brivo.calls().len(), before + 1);
    assert!(bench.brivo.violations().is_empty());
}

/// Requests that only read.
fn reads(requests: &[Request]) -> usize {
    requests.iter().filter(|request| !request.is_write()).count()
}

/// The token comes with the tenant.
#[tokio::test]
async fn a_cold_start_takes_one_read_to_its_first_call() {
    let bench = known_person().await;
    let cold = bench.cold().unwrap();
    let before = bench.brivo.calls().len();

    let record = cold.store.tenant(&"acme".into()).await.unwrap().unwrap();
    let session = cold.connections.session(&record, &"hq".into()).unwrap();
    session.call(start(), |brivo, token| async move { brivo.whoami(&token).await }).await.unwrap();

    assert_eq!(bench.recorder.take().len(), 1);
    assert_eq!(bench.brivo.calls().len(), before + 1, "no refresh");
}

/// Lease, member, tenant, the turn, what is about to be written, how it ended: nothing is read to get going. A process that has
/// not seen the key's pace yet asks for its turn once more.
#[tokio::test]
async fn a_cold_run_reads_the_member_and_the_tenant_and_nothing_else() {
    let bench = known_person().await;
    bench.tell_of_booking("b2", "m1", start(), (start(), booked(1).1)).await.unwrap();
    bench.recorder.take();
    let before = bench.brivo.calls().len();

    let member = MemberKey { tenant: "acme".into(), member: "m1".into() };
    reconcile::reconcile(&bench.cold().unwrap(), &member).await.unwrap();

    let requests = bench.recorder.take();
    assert_eq!((reads(&requests), requests.len()), (2, 7), "{requests:?}");
    assert_eq!(bench.brivo.calls().len(), before + 1);
}

#[tokio::test]
async fn a_look_that_changes_nothing_takes_no_call_and_asks_for_no_turn() {
    let bench = known_person().await;
    let before = bench.brivo.calls().len();

    let record = bench.services.store.tenant(&"acme".into()).await.unwrap().unwrap();
    let (_, pace) = bench.services.connections.paced(&record, &"hq".into()).unwrap();
    let counted = pace.standing(start()).await.unwrap().calls_this_month;
    bench.recorder.take();

    bench.reconcile("m1").await.unwrap();

    assert!(bench.recorder.take().len() <= 4);
    assert_eq!(bench.brivo.calls().len(), before);
    assert_eq!(pace.standing(start()).await.unwrap().calls_this_month, counted);
}

/// A member with two bookings, in all its items, under 4 KB.
#[tokio::test]
async fn a_members_state_is_under_four_kilobytes() {
    let bench = known_person().await;
    bench.tell_of_booking("b2", "m1", start(), booked(5)).await.unwrap();
    bench.reconcile("m1").await.unwrap();

    let scan = bench.uncounted.scan().table_name("latchwork").send().await.unwrap();

    let of_member = |pk: &str| pk.starts_with("M#acme#m1") || pk.starts_with("S#acme#booking/");
    let items = scan.items().iter().filter(|item| of_member(item["pk"].as_s().unwrap()));
    let bytes: usize = items.flat_map(|item| item.iter()).map(|(name, value)| name.len() + size(value)).sum();
    assert!(bytes > 500 && bytes < 4096, "{bytes}");
}

fn size(value: &aws_sdk_dynamodb::types::AttributeValue) -> usize {
    value.as_s().or_else(|_| value.as_n()).map_or(0, String::len)
}

/// A clock that moves on by a second whenever somebody looks at it.
#[derive(Debug)]
struct Restless(AtomicI64);

impl Clock for Restless {
    fn now(&self) -> Timestamp {
        Timestamp::from_second(self.0.fetch_add(1, Ordering::Relaxed)).unwrap()
    }

    fn wait(&self, _instant: Timestamp) -> Option<Duration> {
        None
    }
}

/// A preflight that may take so many looks at the clock, and the calls it made.
async fn preflight_within(bench: &Bench, seconds: i64) -> (Report, usize) {
    let clock = Arc::new(Restless(AtomicI64::new(start().as_second())));
    let services = Services { clock, ..bench.services.clone() };
    let record = services.store.tenant(&"acme".into()).await.unwrap().unwrap();
    let before = bench.brivo.calls().len();
    let until = start() + SignedDuration::from_secs(seconds);
    let report = preflight(&services, &record, &"hq".into(), until).await.unwrap();
    (report, bench.brivo.calls().len() - before)
}

#[tokio::test]
async fn a_preflight_begins_no_call_after_its_time_and_says_what_it_left_out() {
    let bench = known_person().await;
    let left_out = |report: &Report| {
        let is_left_out = |finding: &&Finding| finding.text.starts_with("Not looked at");
        report.findings.iter().filter(is_left_out).count()
    };

    let (nothing, calls) = preflight_within(&bench, 0).await;
    assert_eq!((left_out(&nothing), calls), (nothing.findings.len(), 0), "{nothing:#?}");
    let (whole, calls) = preflight_within(&bench, 60).await;
    assert_eq!((left_out(&whole), calls), (0, 13), "{whole:#?}");
    for seconds in 1..20_i32 {
        let (part, calls) = preflight_within(&bench, seconds.into()).await;
        assert!(calls <= usize::try_from(seconds).unwrap(), "{calls} in {seconds} s");
        assert!(calls == 13 || left_out(&part) > 0, "{seconds} s: {part:#?}");
    }
    assert!(bench.brivo.violations().is_empty());
}
