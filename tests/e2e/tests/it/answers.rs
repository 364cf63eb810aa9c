//! ALL-07: what a delivery is answered, and that a refused one has no effect.

use jiff::SignedDuration;
use reqwest::RequestBuilder;
use serde_json::{Value, json};
use simulators::nexudus::{Hashing, signature};

use crate::{
    bundle::{Bundle, answer},
    deliveries::{accepted, event, events, nexudus, signed_events, unsigned_events},
    grace,
    tenants::{
        API_KEY, CLIENT_SECRET, PASSWORD, PATH_SECRET, REFRESH_TOKEN, ROOM, SECOND_SIGNING_SECRET, SIGNING_SECRET,
    },
    world::{ANNA, BEN, NONE, World, at},
};

/// The bytes behind [`SECOND_SIGNING_SECRET`].
const SECOND_KEY: &str = "planted-second-signing-secret";

/// Sends, expects this status, and that the answer says why without a secret in it.
pub(crate) async fn refused(request: RequestBuilder, status: u16) -> Value {
    let (given, body) = answer(request).await;
    assert_eq!(given, status, "{body}");
    assert!(body["error"].as_str().is_some_and(|reason| !reason.is_empty()), "{body}");
    let secrets = [API_KEY, CLIENT_SECRET, PASSWORD, PATH_SECRET, REFRESH_TOKEN, SIGNING_SECRET];
    for secret in secrets.into_iter().chain([SECOND_SIGNING_SECRET, SECOND_KEY]) {
        assert!(!body.to_string().contains(secret), "{body}");
    }
    body
}

fn nexudus_signed(bundle: &Bundle, secret: &str, hashing: Hashing, body: &str) -> RequestBuilder {
    let path = format!("/hooks/nexudus/acme/{PATH_SECRET}/BookingCreate");
    bundle.post(&path).header("X-Nexudus-Hook-Signature", signature(secret, body, hashing)).body(body.to_owned())
}

#[tokio::test]
async fn a_delivery_that_nobody_vouches_for_is_refused_and_has_no_effect() {
    let mut world = World::start().await;
    let body = world.put_booking(1, ROOM, Some(ANNA), ("08:00", "11:00"));
    let feed = grace::booking("b1", ROOM, ("08:00", "11:00"), world.now()).to_string();
    let bundle = &world.bundle;
    let signed = || signature(SIGNING_SECRET, &body, Hashing::RawBytes);
    let to = |path: &str| bundle.post(path).header("X-Nexudus-Hook-Signature", signed()).body(body.clone());

    // Unsigned, wrongly signed, changed on the way.
    refused(bundle.post(&format!("/hooks/nexudus/acme/{PATH_SECRET}/BookingCreate")).body(body.clone()), 401).await;
    refused(nexudus_signed(bundle, "another", Hashing::RawBytes, &body), 401).await;
    refused(nexudus(bundle, "acme", "BookingCreate", &body).body(body.replace("11:00", "23:00")), 401).await;
    refused(unsigned_events(bundle, "acme", &feed), 401).await;
    refused(unsigned_events(bundle, "acme", &feed).bearer_auth("another"), 401).await;
    refused(unsigned_events(bundle, "acme", &feed).bearer_auth(PATH_SECRET), 401).await;
    refused(signed_events(bundle, "acme", &feed, world.now(), b"another"), 401).await;
    refused(events(bundle, "acme", &feed, world.now()).body(feed.replace("11:00", "23:00")), 401).await;
    // Stale by a second, either way.
    for seconds in [301, -301] {
        refused(events(bundle, "acme", &feed, world.now() + SignedDuration::from_secs(seconds)), 401).await;
    }
    // Wrong path secret and unknown tenant: the same answer.
    let wrong = refused(to(&format!("/hooks/nexudus/acme/{}/BookingCreate", "x".repeat(32))), 401).await;
    let unknown = refused(to(&format!("/hooks/nexudus/nobody/{PATH_SECRET}/BookingCreate")), 401).await;
    assert_eq!(wrong, unknown);
    // Neither is anything there.
    refused(to(&format!("/hooks/teamup/acme/{PATH_SECRET}/BookingCreate")), 404).await;
    refused(to(&format!("/hooks/deskworks/acme/{PATH_SECRET}")), 404).await;

    world.run_until(at("12:00")).await;
    assert_eq!(world.new_calls(), [""; 0]);
    assert_eq!(world.bundle.api("/tenants/acme/members/31/access").await.0, 404);
}

#[tokio::test]
async fn either_secret_and_either_form_of_signature_is_good_until_it_is_rotated_out() {
    let mut world = World::start().await;
    let bodies: Vec<String> = (1..=9).map(|id| world.put_booking(id, ROOM, Some(ANNA), ("10:00", "11:00"))).collect();
    let feed = |id: &str| grace::booking(id, ROOM, ("10:00", "11:00"), at("08:00")).to_string();
    let now = world.now();
    let bundle = &world.bundle;

    accepted(nexudus_signed(bundle, SIGNING_SECRET, Hashing::RawBytes, &bodies[0])).await;
    accepted(nexudus_signed(bundle, SIGNING_SECRET, Hashing::AsciiReplaced, &bodies[1])).await;
    accepted(nexudus_signed(bundle, SECOND_KEY, Hashing::RawBytes, &bodies[2])).await;
    accepted(signed_events(bundle, "acme", &feed("b4"), now, SECOND_KEY.as_bytes())).await;
    accepted(unsigned_events(bundle, "acme", &feed("b5")).bearer_auth(SIGNING_SECRET)).await;
    accepted(unsigned_events(bundle, "acme", &feed("b6")).bearer_auth(SECOND_SIGNING_SECRET)).await;
    for seconds in [300, -300] {
        accepted(events(bundle, "acme", &feed("b7"), now + SignedDuration::from_secs(seconds))).await;
    }

    world.document["hooks"]["signing_secrets"] = json!(["planted-new-signing-secret", SECOND_SIGNING_SECRET]);
    world.put_tenant().await;
    let bundle = &world.bundle;
    refused(nexudus_signed(bundle, SIGNING_SECRET, Hashing::RawBytes, &bodies[7]), 401).await;
    refused(unsigned_events(bundle, "acme", &feed("b9")).bearer_auth(SIGNING_SECRET), 401).await;
    accepted(nexudus_signed(bundle, "planted-new-signing-secret", Hashing::RawBytes, &bodies[8])).await;
    accepted(signed_events(bundle, "acme", &feed("b10"), now, SECOND_KEY.as_bytes())).await;

    world.settle().await;
    let access = world.access(ANNA).await;
    assert_eq!(access["groups"][0]["reasons"].as_array().unwrap().len(), 9, "{access}");
}

#[tokio::test]
async fn a_body_that_is_too_large_or_no_json_is_refused_and_the_next_request_works() {
    let mut world = World::start().await;
    let body = world.put_booking(1, ROOM, Some(ANNA), ("08:00", "11:00"));
    let bundle = &world.bundle;
    let now = world.now();

    let padded = |length: usize| format!("{body}{}", " ".repeat(length - body.len()));
    refused(nexudus(bundle, "acme", "BookingCreate", &padded(25 << 20)), 413).await;
    refused(nexudus(bundle, "acme", "BookingCreate", &padded((1 << 20) + 1)), 413).await;
    refused(events(bundle, "acme", &padded(25 << 20), now), 413).await;
    for broken in ["", "not json", "[{\"Id\":1", "{\"Id\": 1}}", "\u{0}", "[]", "7", "[1,2]"] {
        refused(nexudus(bundle, "acme", "BookingCreate", broken), 400).await;
    }
    for broken in ["", "not json", "[{\"specversion\":\"1.0\"", "7", "[1,2]"] {
        refused(events(bundle, "acme", broken, now), 400).await;
    }
    // Deeper than any parser should follow.
    refused(events(bundle, "acme", &"[".repeat(1 << 19), now), 400).await;
    // A URL that does not say what happened.
    let signed = signature(SIGNING_SECRET, &body, Hashing::RawBytes);
    let nameless = bundle.post(&format!("/hooks/nexudus/acme/{PATH_SECRET}")).body(body.clone());
    refused(nameless.header("X-Nexudus-Hook-Signature", signed), 400).await;

    // Of just a mebibyte.
    accepted(nexudus(bundle, "acme", "BookingCreate", &padded(1 << 20))).await;
    world.settle().await;
    assert_eq!(world.groups(ANNA), [501]);
    world.run_until(at("12:00")).await;
    assert_eq!(world.users().len(), 1);
}

/// R24, R18.
#[tokio::test]
async fn a_batch_with_bad_events_is_refused_whole_with_every_fault() {
    let mut world = World::start().await;
    let now = world.now();
    let good = grace::booking("b1", ROOM, ("08:00", "11:00"), now);
    let backwards = grace::booking("b2", ROOM, ("11:00", "10:00"), now);
    let empty = grace::booking("b3", ROOM, ("11:00", "11:00"), now);
    let mut nameless = grace::booking("b4", ROOM, ("10:00", "11:00"), now);
    nameless["data"].as_object_mut().unwrap().remove("resource");
    nameless.as_object_mut().unwrap().remove("source");
    let early = grace::booking("b5", ROOM, ("10:00", "11:00"), now + SignedDuration::from_secs(301));
    let batch = json!([good, backwards, empty, nameless, early]).to_string();

    for _ in 0..2 {
        let body = refused(events(&world.bundle, "acme", &batch, now), 400).await;
        let faults = body["faults"].as_array().unwrap();
        for at in ["[1]", "[2]", "[3]", "[4]"] {
            assert!(faults.iter().any(|fault| fault.as_str().unwrap().contains(at)), "{at}: {body}");
        }
        assert!(!faults.iter().any(|fault| fault.as_str().unwrap().contains("[0]")), "{body}");
    }
    world.settle().await;
    assert_eq!(world.bundle.api("/tenants/acme/members/31/access").await.0, 404, "nothing of it is stored");
    assert_eq!(world.new_calls(), [""; 0]);

    // What was good in it is taken when it comes alone.
    let anna = json!({"id": ANNA.to_string(), "full_name": "Anna Planted-Nameson", "status": "active"});
    world.tell(&[good, event("m", "member.upserted", now, anna)]).await;
    assert_eq!(world.groups(ANNA), [501]);
}

/// R18, ALL-10: alone on the feed it is refused, again on a repeat; from Nexudus it is taken and gives nothing.
#[tokio::test]
async fn a_booking_that_ends_before_it_starts_gives_no_access() {
    let mut world = World::start().await;
    world.book(1, ROOM, BEN, ("10:00", "12:00")).await;
    world.run_until(at("10:30")).await;

    for (from, to) in [("11:00", "10:00"), ("10:30", "10:30")] {
        let event = grace::booking("b1", ROOM, (from, to), world.now()).to_string();
        for _ in 0..2 {
            refused(events(&world.bundle, "acme", &event, world.now()), 400).await;
        }
    }
    world.book(2, ROOM, ANNA, ("11:00", "10:00")).await;
    world.book(3, ROOM, ANNA, ("10:30", "10:30")).await;
    assert_eq!(world.groups(ANNA), NONE);
    // A booking that was good counts as cancelled when it is changed into such a one.
    world.book(1, ROOM, BEN, ("12:00", "10:00")).await;
    assert_eq!(world.groups(BEN), NONE);

    world.run_until(at("18:00")).await;
    assert_eq!(world.stays(ANNA, 501), [""; 0]);
    assert_eq!(world.stays(BEN, 501), ["09:50:00 to 10:30:00"]);
}

#[tokio::test]
async fn what_is_repeated_late_or_of_no_use_is_answered_200_and_changes_nothing() {
    let mut world = World::start().await;
    let now = world.now();
    let minute = SignedDuration::from_secs(60);
    let anna = json!({"id": ANNA.to_string(), "full_name": "Anna Planted-Nameson", "status": "active"});
    let first = grace::booking("b1", ROOM, ("08:00", "11:00"), now - minute);
    let later = grace::booking("b1", ROOM, ("08:00", "12:00"), now);
    let older = grace::booking("b1", ROOM, ("08:00", "23:00"), now - minute - minute);
    let cancelled = {
        let mut event = grace::booking("b1", ROOM, ("08:00", "11:00"), now - minute);
        event["id"] = json!("cancelled in between");
        event["data"]["status"] = json!("cancelled");
        event
    };

    world.tell(&[event("m", "member.upserted", now, anna), first.clone()]).await;
    world.tell(std::slice::from_ref(&later)).await;
    assert_eq!(world.access(ANNA).await["next_change"], "2026-03-02T12:15:00Z");
    world.new_calls();

    let batch = json!([first, later]).to_string();
    let receipt = accepted(events(&world.bundle, "acme", &batch, now)).await;
    assert_eq!((&receipt["accepted"], &receipt["repeated"]), (&json!(0), &json!(2)));
    // Within one array as well.
    let twice = json!([older, older]).to_string();
    accepted(events(&world.bundle, "acme", &twice, now)).await;
    world.tell(&[cancelled]).await;
    // Types and actions that are not ours.
    let unknown =
        json!({"specversion": "1.0", "id": "u", "source": "tests", "type": "com.example.moon.rose", "time": now});
    world.tell(&[unknown]).await;
    world.deliver("ResourceUpdate", "[{\"Id\":7}]").await;

    assert_eq!(world.access(ANNA).await["next_change"], "2026-03-02T12:15:00Z");
    assert_eq!(world.new_calls(), [""; 0]);
    assert_eq!(world.groups(ANNA), [501]);
}
