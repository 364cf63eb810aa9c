//! What Spacebring's webhooks carry, and what Svix puts around it.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use jiff::Timestamp;
use serde_json::{Value, json};
use sha2::Sha256;
use simulators::spacebring::{Endpoint, Message};

use crate::spacebring_bench::Bench;

const VECTOR: &str = include_str!("../../../fixtures/spacebring/signature_vectors.json");
const BOOKING: &str = include_str!("../../../fixtures/spacebring/webhook_booking_created.json");
const SUBSCRIPTION: &str = include_str!("../../../fixtures/spacebring/webhook_subscription_created.json");
const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

fn names(value: &Value) -> BTreeSet<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

#[test]
fn the_signature_is_that_of_the_known_vector() {
    let vector: Value = serde_json::from_str(VECTOR).unwrap();
    let (headers, text) = (&vector["headers"], |value: &Value| value.as_str().unwrap().to_owned());
    let message = Message { id: text(&headers["svix-id"]), body: text(&vector["body_utf8"]) };
    let sent_at = Timestamp::from_second(text(&headers["svix-timestamp"]).parse().unwrap()).unwrap();

    let attempt = Endpoint::new(&text(&vector["secret"])).attempt(&message, sent_at);

    for (name, value) in attempt.headers {
        assert_eq!(headers[name], value);
    }
}

#[test]
fn both_secrets_sign_for_a_day_after_a_rotation() {
    let now: Timestamp = "2026-11-21T09:00:00Z".parse().unwrap();
    let mut endpoint = Endpoint::new(SECRET);
    endpoint.rotate("whsec_b3RoZXI=", now);
    let message = endpoint.message(&json!({}), now);

    let signatures = |hours: i64| {
        let attempt = endpoint.attempt(&message, now + jiff::SignedDuration::from_hours(hours));
        attempt.headers[2].1.split(' ').map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!((signatures(23).len(), signatures(24).len()), (2, 1));
    let mut code = Hmac::<Sha256>::new_from_slice(b"other").unwrap();
    code.update(format!("{}.{}.{{}}", message.id, now.as_second()).as_bytes());
    assert_eq!(signatures(0)[0], format!("v1,{}", STANDARD.encode(code.finalize().into_bytes())));
}

#[test]
fn a_message_keeps_its_id_over_attempts_and_no_other_has_it() {
    let now: Timestamp = "2026-11-21T09:00:00Z".parse().unwrap();
    let mut endpoint = Endpoint::new(SECRET);
    let (first, second) = (endpoint.message(&json!({}), now), endpoint.message(&json!({}), now));

    assert_ne!(first.id, second.id);
    assert_eq!(first.id.len(), "msg_".len() + 27);
    let later = endpoint.attempt(&first, now + jiff::SignedDuration::from_hours(5));
    assert_eq!(later.headers[0].1, first.id);
    assert_eq!(later.headers[1].1, (now.as_second() + 5 * 3600).to_string());
}

#[tokio::test]
async fn a_booking_names_its_event_and_its_type_of_resource() {
    let bench = Bench::start().await;

    let body = bench.spacebring.read(|model| model.webhook_body("booking.updated", "b-1")).unwrap();

    assert_eq!((&body["type"], &body["booking"]["resourceType"]), (&json!("booking.updated"), &json!("meetingRoom")));
    let catalogue: Value = serde_json::from_str(BOOKING).unwrap();
    let (shown, known) = (names(&body["booking"]), names(&catalogue["booking"]));
    assert!(known.difference(&shown).all(|name| *name == "memo"), "{known:?} {shown:?}");
}

#[tokio::test]
async fn a_subscription_is_the_bare_body_and_looks_the_same_at_every_event() {
    let bench = Bench::start().await;

    let bodies = ["subscription.created", "subscription.deleted"]
        .map(|event| bench.spacebring.read(|model| model.webhook_body(event, "s-1")).unwrap());

    assert_eq!(bodies[0], bodies[1]);
    let catalogue: Value = serde_json::from_str(SUBSCRIPTION).unwrap();
    assert!(names(&bodies[0]).is_subset(&names(&catalogue)), "{:?}", names(&bodies[0]));
    assert_eq!(bodies[0]["startDate"], "2026-11-01T02:00:00+02:00");
    assert_eq!(bodies[0]["user"]["id"], 123);
}

#[tokio::test]
async fn nothing_is_told_of_what_has_no_webhook() {
    let bench = Bench::start().await;

    for (event, id) in [("plan.updated", "p-1"), ("booking.created", "nobody's")] {
        assert_eq!(bench.spacebring.read(|model| model.webhook_body(event, id)), None, "{event}");
    }
}

#[tokio::test]
async fn an_attempt_is_posted_to_its_endpoint() {
    let bench = Bench::start().await;
    let mut endpoint = Endpoint::new(SECRET);
    let message = endpoint.message(&json!({"type": "company.created"}), bench.clock.now());

    let url = format!("{}/nowhere", bench.spacebring.base_url());
    let status = endpoint.attempt(&message, bench.clock.now()).post(&bench.http, &url).await.unwrap();

    assert_eq!(status, 401, "whoever is there answers as it likes");
}
