//! Throttling and other trouble at Nexudus.

use std::time::Duration;

use simulators::nexudus::{Limits, Trouble};

use crate::nexudus_bench::Bench;

#[tokio::test]
async fn throttling_is_409_with_retry_after() {
    let bench = Bench::start().await;
    bench.nexudus.edit(|model, _| model.inject(Trouble::Throttled, 1));
    let response = bench.call("/spaces/coworkers").send().await.unwrap();
    assert_eq!(response.status(), 409);
    assert_eq!(response.headers()["retry-after"], "1");
    assert_eq!(response.text().await.unwrap(), "You must wait before accessing this url again.");
    assert_eq!(bench.get("/spaces/coworkers").await.0, 200);
}

#[tokio::test]
async fn a_conflict_is_409_without_retry_after() {
    let bench = Bench::start().await;
    bench.nexudus.edit(|model, _| model.inject(Trouble::Conflict, 1));
    let response = bench.call("/spaces/coworkers").send().await.unwrap();
    assert_eq!(response.status(), 409);
    assert!(response.headers().get("retry-after").is_none());
}

#[tokio::test]
async fn published_limits_admit_one_call_in_100_ms_and_120_in_a_minute() {
    let bench = Bench::with(Limits::Published).await;
    let started = bench.clock.now();
    for _ in 0..120 {
        assert_eq!(bench.get("/spaces/coworkers").await.0, 200);
        assert_eq!(bench.get("/spaces/coworkers").await.0, 409);
        bench.clock.advance_ms(100);
    }
    assert_eq!(bench.get("/spaces/coworkers").await.0, 409);
    let elapsed = bench.clock.now().as_millisecond() - started.as_millisecond();
    bench.clock.advance_ms(60_000 - elapsed);
    assert_eq!(bench.get("/spaces/coworkers").await.0, 200);
}

#[tokio::test]
async fn a_business_error_is_200_and_not_successful() {
    let bench = Bench::start().await;
    bench.nexudus.edit(|model, _| {
        model.inject_after(1, Trouble::Declined, 1);
        model.inject(Trouble::Nonsense, 1);
    });
    assert!(bench.get("/spaces/coworkers").await.1["Records"].is_array());
    let (status, body) = bench.get("/spaces/coworkers").await;
    assert_eq!((status, body["WasSuccessful"].as_bool(), body.get("Records")), (200, Some(false), None));
    assert_eq!(bench.get("/spaces/coworkers").await.1.get("Records"), None);
}

#[tokio::test]
async fn calls_may_fail_drop_or_hang() {
    let bench = Bench::start().await;
    bench.nexudus.edit(|model, _| {
        model.inject(Trouble::Status(503), 1);
        model.inject(Trouble::Dropped, 1);
        model.inject(Trouble::Hang, 1);
    });
    let call = || bench.call("/spaces/coworkers").timeout(Duration::from_millis(200)).send();
    assert_eq!(call().await.unwrap().status(), 503);
    let dropped = call().await.unwrap_err();
    assert!(dropped.is_request() && !dropped.is_timeout());
    assert!(call().await.unwrap_err().is_timeout());
    let statuses = bench.nexudus.read(|model| model.calls().iter().map(|call| call.status).collect::<Vec<_>>());
    assert_eq!(statuses, [Some(503), None, None]);
}
