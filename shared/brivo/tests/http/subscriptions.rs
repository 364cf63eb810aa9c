//! Who is told of events: made, listed, ended.

use brivo::{BrivoError, NewSubscription, SiteId, Subscription, SubscriptionId, Watch};
use secrecy::ExposeSecret;
use serde_json::json;

use crate::fake::{Fake, reply, token};

/// Source: Brivo API, `POST /event-subscriptions`, 2026-09-28, other URL and address.
const MADE: &str = r#"{"id":2452345,"name":"Site 1","url":"https://hooks.example/brivo/guess-me-not",
    "errorEmail":"john.doe@example.com",
    "criteria":[{"id":349,"criteriaType":"SITE","criteriaOperationType":"EQ","criteriaValue":12345}],
    "encryptedSecretWord":"rL6NGWa1TkxGsyl3M3Fp9w=="}"#;

fn new(watch: Watch) -> NewSubscription {
    NewSubscription {
        name: "Site 1".into(),
        url: "https://hooks.example/brivo/guess-me-not".into(),
        error_email: "john.doe@example.com".into(),
        watch,
    }
}

#[tokio::test]
async fn a_subscription_is_posted_with_the_criteria_of_what_it_watches() {
    let brivo = Fake::answering(|_| reply(200, MADE)).await;
    let client = brivo.client();

    let made = client.subscribe(&token(), &new(Watch::Site(SiteId(12_345)))).await.unwrap();
    client.subscribe(&token(), &new(Watch::AllDoors)).await.unwrap();
    client.subscribe(&token(), &new(Watch::Changes)).await.unwrap();

    assert_eq!((made.id, made.watch()), (SubscriptionId(2_452_345), Some(Watch::Site(SiteId(12_345)))));
    assert_eq!(brivo.lines(), ["POST /v1/api/event-subscriptions"; 3]);
    let criteria = |n: usize| {
        let body: serde_json::Value = serde_json::from_str(&brivo.seen()[n].body).unwrap();
        assert_eq!((&body["name"], &body["errorEmail"]), (&"Site 1".into(), &"john.doe@example.com".into()));
        assert_eq!(body["url"], "https://hooks.example/brivo/guess-me-not");
        body["criteria"].clone()
    };
    let equal = |of: &str, value| json!({"criteriaType": of, "criteriaOperationType": "EQ", "criteriaValue": value});
    assert_eq!(criteria(0), json!([equal("SITE", 12_345)]));
    assert_eq!(criteria(1), json!([]));
    assert_eq!(criteria(2), json!([equal("AUDIT", 1)]));
    assert_eq!(brivo.seen()[0].header("api-key"), "the-key");
}

#[tokio::test]
async fn neither_the_url_nor_the_address_of_a_subscription_is_printed() {
    let brivo = Fake::answering(|_| reply(200, MADE)).await;

    let made = brivo.client().subscribe(&token(), &new(Watch::AllDoors)).await.unwrap();

    let printed = format!("{made:?} {:?}", new(Watch::AllDoors));
    assert!(!printed.contains("guess-me-not") && !printed.contains("john.doe"), "{printed}");
}

#[tokio::test]
async fn a_refusal_never_repeats_the_url() {
    let body = r#"{"code":400,"message":"Cannot reach https://hooks.example/guess-me-not"}"#;
    let brivo = Fake::answering(move |_| reply(400, body)).await;

    let error = brivo.client().subscribe(&token(), &new(Watch::AllDoors)).await.unwrap_err();

    assert!(matches!(error, BrivoError::Rejected { status: 400, message: None }), "{error:?}");
}

#[tokio::test]
async fn subscriptions_of_others_are_listed_and_not_taken_for_ours() {
    // Source: Brivo API, `GET /event-subscriptions`, 2026-09-28, other URL; the second entry is made up.
    let brivo = Fake::answering(|_| {
        reply(
            200,
            r#"{"offset":0,"pageSize":20,"count":2,"data":[
                {"id":227,"name":"John's Desk","url":"http://hooks.example/door","errorEmail":"john.doe@example.com",
                 "criteria":[{"id":349,"criteriaType":"USER","criteriaOperationType":"NE","criteriaValue":23361}]},
                {"id":228,"name":"All","url":"https://hooks.example/all"}]}"#,
        )
    })
    .await;

    let all = brivo.client().all_subscriptions(&token()).await.unwrap();

    assert_eq!(all.iter().map(Subscription::watch).collect::<Vec<_>>(), [None, Some(Watch::AllDoors)]);
    assert_eq!(all[1].url.as_ref().map(ExposeSecret::expose_secret), Some("https://hooks.example/all"));
    assert_eq!(brivo.lines(), ["GET /v1/api/event-subscriptions?offset=0&pageSize=100"]);
}

#[tokio::test]
async fn ending_what_has_ended_counts_as_done() {
    for (status, body) in [(204, ""), (404, r#"{"code":404,"message":"Event subscription not found"}"#)] {
        let brivo = Fake::answering(move |_| reply(status, body)).await;

        brivo.client().unsubscribe(&token(), SubscriptionId(227)).await.unwrap();

        assert_eq!(brivo.lines(), ["DELETE /v1/api/event-subscriptions/227"]);
    }
}
