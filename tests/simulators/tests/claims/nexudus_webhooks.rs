//! The bodies of Nexudus webhooks and their signatures.

use serde_json::Value;
use simulators::nexudus::{Entity, Hashing, signature};

use crate::nexudus_bench::Bench;

const VECTORS: &str = include_str!("../../../fixtures/nexudus/signature_vectors.json");

#[test]
fn both_ways_of_signing_give_the_known_signatures() {
    let known: Value = serde_json::from_str(VECTORS).unwrap();
    let secret = known["secret"].as_str().unwrap();
    for vector in known["vectors"].as_array().unwrap() {
        let body = vector["body_utf8"].as_str().unwrap();
        assert_eq!(signature(secret, body, Hashing::RawBytes), vector["raw_bytes"]);
        assert_eq!(signature(secret, body, Hashing::AsciiReplaced), vector["ascii_replaced"]);
    }
}

#[test]
fn a_letter_outside_the_basic_plane_is_replaced_twice() {
    let replaced = signature("secret", "𝄞", Hashing::AsciiReplaced);
    assert_eq!(replaced, signature("secret", "??", Hashing::RawBytes));
}

#[tokio::test]
async fn a_webhook_carries_the_whole_record_in_an_array_of_one_and_no_event_name() {
    let bench = Bench::start().await;
    for (entity, path, id) in
        [(Entity::Coworker, "/spaces/coworkers", 3033), (Entity::Booking, "/spaces/bookings", 900)]
    {
        let body = bench.nexudus.read(|model| model.webhook_body(entity, id)).unwrap();
        let (_, record) = bench.get(&format!("{path}/{id}")).await;
        assert_eq!(serde_json::from_str::<Value>(&body).unwrap(), Value::Array(vec![record]));
    }
}

#[tokio::test]
async fn a_webhook_about_nothing_has_no_body() {
    let bench = Bench::start().await;
    assert_eq!(bench.nexudus.read(|model| model.webhook_body(Entity::Booking, 1)), None);
}
