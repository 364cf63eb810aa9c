//! The registration of webhooks with Nexudus, and what becomes of those whose deliveries fail.

use reqwest::Method;
use serde_json::{Value, json};
use simulators::nexudus::Limits;

use crate::{brivo_bench::parts, nexudus_bench::Bench};

const BOOKING_CREATE: u64 = 6;

async fn write(bench: &Bench, method: Method, body: &Value) -> (u16, Value) {
    let url = format!("{}/sys/webhooks", bench.nexudus.base_url());
    let call = bench.http.request(method, url).basic_auth("admin@example.com", Some("pass:word"));
    parts(call.json(body).send().await.unwrap()).await
}

fn hook() -> Value {
    json!({"BusinessId": 101, "Name": "Doors", "Action": BOOKING_CREATE, "URL": "https://doors.example/1", "Active": true})
}

#[tokio::test]
async fn a_hook_is_made_listed_and_changed() {
    let bench = Bench::start().await;

    let (status, made) = write(&bench, Method::POST, &hook()).await;
    assert_eq!((status, &made["WasSuccessful"], &made["Value"]["Id"]), (200, &json!(true), &json!(1)));
    let (_, listed) = bench.get("/sys/webhooks?WebHook_Business=101").await;
    assert_eq!(listed["Records"][0]["URL"], "https://doors.example/1");
    assert_eq!(bench.get("/sys/webhooks?WebHook_Active=false").await.1["TotalItems"], 0);

    let mut changed = bench.get("/sys/webhooks/1").await.1;
    changed["Active"] = json!(false);
    assert_eq!(write(&bench, Method::PUT, &changed).await.1["WasSuccessful"], true);
    assert_eq!(bench.get("/sys/webhooks/1").await.1["Active"], false);
}

#[tokio::test]
async fn a_hook_that_makes_no_sense_is_refused_with_200() {
    let bench = Bench::start().await;
    for (field, value) in [("BusinessId", json!(999)), ("Action", json!(1)), ("Name", json!("")), ("URL", Value::Null)]
    {
        let mut wrong = hook();
        wrong[field] = value;

        let (status, answer) = write(&bench, Method::POST, &wrong).await;

        assert_eq!((status, &answer["WasSuccessful"]), (200, &json!(false)), "{field}");
        assert_eq!(answer["Errors"][0]["PropertyName"], field);
    }
    assert_eq!(write(&bench, Method::PUT, &json!({"Id": 7})).await.0, 404);
}

#[tokio::test]
async fn a_hook_delivers_its_action_at_its_location_alone_and_is_switched_off_by_the_tenth_failure_in_a_row() {
    let bench = Bench::start().await;
    let id =
        bench.nexudus.edit(|model, now| model.add_hook(101, BOOKING_CREATE, "https://doors.example/1", now)).unwrap();
    let deliveries = |action, business| bench.nexudus.read(|model| model.deliveries(action, business)).len();
    let fail =
        |times: usize| (0..times).for_each(|_| bench.nexudus.edit(|model, now| model.note_delivery(id, 401, now)));
    assert_eq!((deliveries(BOOKING_CREATE, 101), deliveries(7, 101), deliveries(BOOKING_CREATE, 102)), (1, 0, 0));

    fail(9);
    bench.nexudus.edit(|model, now| model.note_delivery(id, 200, now));
    fail(9);
    assert_eq!(deliveries(BOOKING_CREATE, 101), 1);
    fail(1);

    assert_eq!(deliveries(BOOKING_CREATE, 101), 0);
    let (_, hook) = bench.get(&format!("/sys/webhooks/{id}")).await;
    assert_eq!((&hook["Active"], &hook["ErrorCount"]), (&json!(false), &json!(10)));
    assert!(hook["LastError"].as_str().unwrap().contains("401") && hook["LastTrigger"].is_string());
}

#[tokio::test]
async fn making_a_hook_takes_another_role_than_listing_them() {
    let bench = Bench::start().await;
    bench.nexudus.edit(|model, _| model.add_restricted_administrator("reader@example.com", "p", &["WebHook-List"]));
    let url = format!("{}/sys/webhooks", bench.nexudus.base_url());
    let as_reader = |call: reqwest::RequestBuilder| call.basic_auth("reader@example.com", Some("p")).send();

    assert_eq!(as_reader(bench.http.get(&url)).await.unwrap().status(), 200);
    assert_eq!(as_reader(bench.http.post(&url).json(&hook())).await.unwrap().status(), 401);
}

#[tokio::test]
async fn sixty_writes_are_admitted_in_a_minute_and_reads_go_on() {
    let bench = Bench::with(Limits::Published).await;
    for _ in 0..60 {
        assert_eq!(write(&bench, Method::POST, &hook()).await.0, 200);
        bench.clock.advance_ms(100);
    }

    assert_eq!(write(&bench, Method::POST, &hook()).await.0, 409);
    bench.clock.advance_ms(100);
    assert_eq!(bench.get("/sys/webhooks").await.0, 200);
    bench.clock.advance_ms(60_000);
    assert_eq!(write(&bench, Method::POST, &hook()).await.0, 200);
}
