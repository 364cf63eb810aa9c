//! The client against a server on this machine that answers as told.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{
    Router,
    extract::{Request, State},
    http::{HeaderMap, header::AUTHORIZATION},
    response::IntoResponse,
};
use base64::{Engine, prelude::BASE64_STANDARD};
use domain::facts::{Change, MemberStatus};
use serde_json::json;

use super::*;
use crate::address_of;

/// Status, headers and body of every answer.
type Answer = (u16, Vec<(&'static str, &'static str)>, String);

/// What the server was asked: path and authorization.
type Asked = Arc<Mutex<Vec<(String, String)>>>;

async fn answer(State((answer, asked)): State<(Answer, Asked)>, request: Request) -> impl IntoResponse {
    let authorization = request.headers()[AUTHORIZATION].to_str().unwrap().to_owned();
    asked.lock().unwrap().push((request.uri().to_string(), authorization));
    let (status, headers, body) = answer;
    let headers = headers.into_iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()));
    (StatusCode::from_u16(status).unwrap(), headers.collect::<HeaderMap>(), body)
}

fn client(base_url: &str) -> Client {
    let http = reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(5)).build().unwrap();
    Client::new(http, base_url, "bridge@example.com", "open sesame".into())
}

async fn ask(member: &str, answer_with: Answer) -> (Result<Option<Customer>, PlatformError>, Vec<(String, String)>) {
    let asked = Asked::default();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base_url = format!("http://{}/api/", listener.local_addr().unwrap());
    let router = Router::new().fallback(answer).with_state((answer_with, Arc::clone(&asked)));
    tokio::spawn(async move { axum::serve(listener, router).await });

    let customer = client(&base_url).customer(&member.into()).await;

    let asked = asked.lock().unwrap().clone();
    (customer, asked)
}

async fn fails(status: u16, headers: Vec<(&'static str, &'static str)>, body: &str) -> PlatformError {
    ask("9", (status, headers, body.to_owned())).await.0.unwrap_err()
}

fn record() -> Value {
    json!({
        "Id": 9, "FullName": "Zoë Example", "Email": "zoe@example.com", "MobilePhone": null, "Active": true,
        "UpdatedOn": "2026-06-01T08:00:00.1234567Z", "Teams": [{"Id": 1}],
    })
}

fn changed(name: &str, value: Value) -> String {
    let mut record = record();
    record[name] = value;
    record.to_string()
}

#[tokio::test]
async fn a_customer_is_read_with_every_field_set_or_cleared() {
    let (customer, asked) = ask("9", (200, vec![], record().to_string())).await;

    let expected = Customer {
        patch: MemberPatch {
            full_name: Change::Set("Zoë Example".to_owned()),
            email: Change::Set("zoe@example.com".to_owned()),
            address: Change::Set(address_of("zoe@example.com").unwrap()),
            phone: Change::Clear,
            status: Change::Set(MemberStatus::Active),
            details_fetched: true,
            ..MemberPatch::default()
        },
        as_of: "2026-06-01T08:00:00.1234567Z".parse().unwrap(),
    };
    assert_eq!(customer.unwrap(), Some(expected));
    let credentials = BASE64_STANDARD.encode("bridge@example.com:open sesame");
    assert_eq!(asked, [("/api/spaces/coworkers/9".to_owned(), format!("Basic {credentials}"))]);
}

/// R13, R23: without an e-mail no booking finds the customer by one.
#[tokio::test]
async fn an_email_that_is_gone_takes_the_address_with_it() {
    for gone in [Value::Null, json!(""), json!(" ")] {
        let patch = ask("9", (200, vec![], changed("Email", gone))).await.0.unwrap().unwrap().patch;

        assert_eq!((patch.email, patch.address), (Change::Clear, Change::Clear));
    }
}

#[tokio::test]
async fn somebody_unknown_is_nobody() {
    let (customer, _) = ask("9", (404, vec![], "{}".to_owned())).await;

    assert_eq!(customer.unwrap(), None);
}

#[tokio::test]
async fn an_id_that_is_no_number_is_never_asked_for() {
    for id in ["", "../sys/webhooks", "9?x=1", "9/", "m9", "-9", "٩"] {
        let (customer, asked) = ask(id, (200, vec![], record().to_string())).await;

        assert_eq!(customer.unwrap(), None, "{id}");
        assert_eq!(asked, [], "{id}");
    }
}

#[tokio::test]
async fn throttling_is_told_from_a_conflict() {
    let throttled = fails(409, vec![("retry-after", "1")], "You must wait before accessing this url again.").await;
    assert!(matches!(throttled, PlatformError::Throttled { .. }));
    assert_eq!(throttled.retry_after(), Some(Duration::from_secs(1)));

    let too_many = fails(429, vec![], "").await;
    assert!(matches!(too_many, PlatformError::Throttled { retry_after: None }));

    let conflict = fails(409, vec![], "").await;
    assert!(matches!(conflict, PlatformError::Conflict));
    assert!(throttled.is_transient() && too_many.is_transient() && conflict.is_transient());
}

#[tokio::test]
async fn a_bad_login_needs_a_person() {
    for status in [401, 403] {
        let refused = fails(status, vec![], "{}").await;

        assert!(matches!(refused, PlatformError::Refused) && !refused.is_transient(), "{status}");
    }
}

#[tokio::test]
async fn an_outage_is_worth_another_try() {
    for status in [500, 502, 503, 596] {
        let outage = fails(status, vec![], "<h1>out of order</h1>").await;

        assert!(matches!(outage, PlatformError::Unavailable(_)) && outage.is_transient(), "{status}");
    }
    let nobody_listens = client("http://127.0.0.1:1/api").customer(&"9".into()).await.unwrap_err();
    assert!(nobody_listens.is_transient());
}

#[tokio::test]
async fn a_failure_with_status_200_is_a_failure() {
    let declined =
        fails(200, vec![], r#"{"Status": 500, "Message": "no", "Value": null, "WasSuccessful": false}"#).await;

    assert!(matches!(declined, PlatformError::Declined) && !declined.is_transient());
}

#[tokio::test]
async fn an_answer_about_somebody_else_or_without_status_never_counts() {
    let nothing_of_use = ["", "[]", "{}", "<html>"].map(str::to_owned);
    let wrong = [
        changed("Id", json!(8)),
        changed("Active", Value::Null),
        changed("Active", json!("true")),
        changed("UpdatedOn", json!("soon")),
        changed("UpdatedOn", Value::Null),
        changed("FullName", json!("x".repeat(LONGEST_ANSWER))),
    ];
    for body in nothing_of_use.into_iter().chain(wrong) {
        let unreadable = fails(200, vec![], &body).await;

        assert!(matches!(unreadable, PlatformError::Unreadable { status: 200, .. }), "{unreadable}");
    }
    assert!(matches!(fails(400, vec![], "").await, PlatformError::Unreadable { status: 400, .. }));
}

#[test]
fn neither_account_nor_password_show() {
    let shown = format!("{:?}", client("https://spaces.nexudus.com/api"));

    assert!(!shown.contains("bridge@") && !shown.contains("sesame"), "{shown}");
}
