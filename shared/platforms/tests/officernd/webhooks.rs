//! The bodies of OfficeRnD's webhooks and their signatures, as the simulator makes them.

use std::collections::BTreeSet;

use serde_json::Value;
use simulators::officernd::{Entity, Names, signature};

use crate::bench::{ANN, Bench};

const VECTORS: &str = include_str!("../../../../tests/fixtures/officernd/signature_vectors.json");
const SEEN: &str = include_str!("../../../../tests/fixtures/officernd/webhook_member_updated.json");

#[test]
fn signing_gives_the_known_signature() {
    let known: Value = serde_json::from_str(VECTORS).unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    for vector in known["vectors"].as_array().unwrap() {
        let sent_at = jiff::Timestamp::from_second(text(&vector["t"]).parse().unwrap()).unwrap();
        let signed = signature(&text(&known["secret"]), &text(&vector["body_utf8"]), sent_at, "v1");

        assert_eq!(signed, format!("t={},v1={}", text(&vector["t"]), text(&vector["hex"])));
    }
}

#[tokio::test]
async fn a_webhook_has_the_fields_that_were_seen() {
    let bench = Bench::start().await;
    let mut ann = crate::bench::ann();
    ann["phone"] = Value::from("+44 20 7946 0000");
    bench.put(Entity::Member, &ann);

    let body = bench
        .officernd
        .edit(|model, now| model.webhook_body((Entity::Member, ANN), "member.updated", Names::Version1, now));

    let body: Value = serde_json::from_str(&body.unwrap()).unwrap();
    let seen: Value = serde_json::from_str(SEEN).unwrap();
    let names = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<BTreeSet<_>>();
    assert_eq!(names(&body), names(&seen));
    assert_eq!(names(&body["data"]["object"]), names(&seen["data"]["object"]));
    assert_eq!(names(&body["data"]["previousAttributes"]), BTreeSet::from(["phone".to_owned()]));
}

#[tokio::test]
async fn every_webhook_is_another_event() {
    let bench = Bench::start().await;
    let event = || {
        let body = bench
            .officernd
            .edit(|model, now| model.webhook_body((Entity::Member, ANN), "member.updated", Names::Version2, now));
        let body: Value = serde_json::from_str(&body.unwrap()).unwrap();
        body["event"].clone()
    };

    assert_ne!(event(), event());
    assert_eq!(
        bench.officernd.edit(|model, now| model.webhook_body(
            (Entity::Member, "nobody"),
            "member.updated",
            Names::Version2,
            now
        )),
        None
    );
}
