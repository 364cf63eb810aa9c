//! What hooks are answered, who may send them, and that odd ones do no harm.

use jiff::SignedDuration;
use reqwest::RequestBuilder;
use serde_json::{Value, json};
use simulators::spacebring::{Attempt, Endpoint};
use standardwebhooks::Webhook;

use super::network::{
    ANNA, BEN, COMPANY, DESK, Network, ROOM, booking, company, endpoint_of, maps, member, subscription,
};
use crate::{
    answers::refused,
    bundle::{Answer, answer},
    deliveries::{self, accepted},
    tenants::{PATH_SECRET, SECOND_SIGNING_SECRET},
    world::{NONE, World, at},
};

/// What the first secret is exchanged for.
const NEW_SECRET: &str = "whsec_cGxhbnRlZC1uZXctc2lnbmluZy1zZWNyZXQ=";

fn send(network: &Network, attempt: &Attempt) -> RequestBuilder {
    deliveries::spacebring(&network.world.bundle, "harbour", "subscription.updated", attempt)
}

async fn access(network: &Network, member: &str) -> Answer {
    network.world.bundle.api(&format!("/tenants/harbour/members/{member}/access")).await
}

/// ALL-07: wrongly signed, changed, unsigned, with the secret itself, sent again by somebody else; and then its own attempts.
#[tokio::test]
async fn a_hook_counts_only_if_svix_signed_it_within_five_minutes() {
    let mut network = Network::of_nobody(&[maps("plan", "p1", &[501])]).await;
    let now = network.world.now();
    network.model.put_membership(&member(ANNA, "Anna", None), now);
    let body = network.model.webhook_body("membership.created", ANNA).unwrap();
    let message = network.svix.message(&body, now);
    let good = network.svix.attempt(&message, now);

    refused(send(&network, &Endpoint::new(NEW_SECRET).attempt(&message, now)), 401).await;
    refused(send(&network, &good).body(good.body.replace("Anna", "Eve")), 401).await;
    let path = format!("/hooks/spacebring/harbour/{PATH_SECRET}/membership.created");
    refused(network.world.bundle.post(&path).body(good.body.clone()), 401).await;
    refused(network.world.bundle.post(&path).bearer_auth(SECOND_SIGNING_SECRET).body(good.body.clone()), 401).await;
    for seconds in [301, -301] {
        let other = network.svix.attempt(&message, now + SignedDuration::from_secs(seconds));
        refused(send(&network, &other), 401).await;
    }
    network.world.settle().await;
    assert_eq!(access(&network, ANNA).await.0, 404, "nothing of it is stored");

    assert_eq!(accepted(send(&network, &good)).await["accepted"], 1);
    network.world.run_until(at("18:00")).await;
    let hours_later = network.svix.attempt(&message, network.world.now());
    assert_eq!(accepted(send(&network, &hours_later)).await["repeated"], 1);
    assert_eq!(access(&network, ANNA).await.0, 200);
}

/// ALL-07: both secrets sign for a day; within it the new one is put into the document, and then the old one proves nothing.
#[tokio::test]
async fn a_secret_is_exchanged_without_a_hook_being_lost() {
    let mut network = Network::of_nobody(&[maps("plan", "p1", &[501])]).await;
    let before = network.svix.clone();

    network.svix.rotate(NEW_SECRET, network.world.now());
    network.tell_member(ANNA, "Anna", None).await;
    network.world.document["hooks"]["signing_secrets"] = json!([NEW_SECRET]);
    network.world.put_tenant().await;
    network.tell_member(BEN, "Ben", None).await;
    network.world.run_until(at("2026-03-03T09:00:00Z")).await;
    network.model.put_subscription(&subscription("s1", "p1", ANNA), network.world.now());
    network.tell("subscription.created", "s1").await;

    assert_eq!(network.world.groups(ANNA), [501]);
    assert_eq!(access(&network, BEN).await.0, 200);
    let message = network.svix.message(&json!({"type": "invoice.issued"}), network.world.now());
    refused(send(&network, &before.attempt(&message, network.world.now())), 401).await;
}

/// ALL-07, SPB-06, SPB-15: signed by the library of Standard Webhooks, which shares no code with ours, under either family of headers.
#[tokio::test]
async fn hooks_signed_by_a_library_of_somebody_elses_are_taken() {
    let mut network = Network::open(&[maps("plan", "p1", &[501]), maps("resource", ROOM, &[502])]).await;
    let now = network.world.now();
    network.model.put_subscription(&subscription("s1", "p1", ANNA), now);
    network.model.put_booking(&booking("b1", ROOM, ("08:00", "11:00")), now);
    let library = Webhook::new(SECOND_SIGNING_SECRET).unwrap();

    for (family, event, id) in [("svix", "subscription.created", "s1"), ("webhook", "booking.created", "b1")] {
        let body = network.model.webhook_body(event, id).unwrap().to_string();
        let (message, seconds) = (format!("msg_{family}"), now.as_second());
        let signature = library.sign(&message, seconds, body.as_bytes()).unwrap();
        let path = format!("/hooks/spacebring/harbour/{PATH_SECRET}/{event}");
        let request = network.world.bundle.post(&path).body(body).header(format!("{family}-id"), message);
        let request = request.header(format!("{family}-timestamp"), seconds.to_string());
        assert_eq!(accepted(request.header(format!("{family}-signature"), signature)).await["accepted"], 1, "{family}");
    }

    network.world.settle().await;
    assert_eq!(network.world.groups(ANNA), [501, 502]);
}

/// SPB-06, SPB-13: bodies without a type are what the URL says, else what their shape and their own words say, else nothing.
#[tokio::test]
async fn a_body_that_does_not_name_its_event_is_told_by_url_or_shape_or_refused() {
    let mut network = Network::open(&[maps("plan", "p1", &[501]), maps("resource", ROOM, &[502])]).await;
    let now = network.world.now();
    network.model.put_subscription(&subscription("s1", "p1", ANNA), now);
    network.model.put_booking(&booking("b1", ROOM, ("08:00", "11:00")), now);
    let subscribed = network.model.webhook_body("subscription.created", "s1").unwrap();
    let mut booked = network.model.webhook_body("booking.created", "b1").unwrap();
    booked.as_object_mut().unwrap().remove("type");
    assert_eq!(subscribed.get("type"), None);
    let bare = |network: &mut Network, body: &Value| {
        let attempt = network.attempt(body, now);
        let path = format!("/hooks/spacebring/harbour/{PATH_SECRET}");
        let request = network.world.bundle.post(&path).body(attempt.body.clone());
        attempt.headers.iter().fold(request, |request, (name, value)| request.header(*name, value))
    };

    let told = refused(bare(&mut network, &subscribed), 400).await;
    assert!(told["faults"][0].as_str().unwrap().starts_with("status: is missing"), "{told}");
    accepted(bare(&mut network, &booked)).await;
    network.world.settle().await;
    assert_eq!(network.world.groups(ANNA), [502]);
    network.deliver("subscription.updated", &subscribed).await;
    assert_eq!(network.world.groups(ANNA), [501, 502]);
    network.deliver("subscription.deleted", &subscribed).await;

    assert_eq!(network.world.groups(ANNA), [502]);
}

#[tokio::test]
async fn an_event_that_is_not_used_is_answered_200_and_logged() {
    let mut network = Network::open(&[maps("plan", "p1", &[501])]).await;
    network.world.new_calls();
    let visit: Value =
        serde_json::from_str(include_str!("../../../../fixtures/spacebring/webhook_visitors_visit_checked_in.json"))
            .unwrap();

    for (url, body, name) in [
        ("visitors.visit.checked_in", visit, "visitors.visit.checked_in"),
        ("subscription.updated", json!({"type": "shop.order.created", "order": {}}), "shop.order.created"),
        ("moon.rose", json!([7]), "moon.rose"),
    ] {
        let attempt = network.attempt(&body, network.world.now());
        let (status, told) = answer(deliveries::spacebring(&network.world.bundle, "harbour", url, &attempt)).await;

        assert_eq!((status, &told["unused"]), (200, &json!([name])), "{told}");
        let said = network.world.stderr();
        assert!(said.lines().any(|line| line.contains("INFO") && line.contains(name)), "{name}: {said}");
    }
    network.world.settle().await;
    assert_eq!(network.world.new_calls(), [""; 0]);
}

/// SPB-36, R24: nothing that is missing becomes access.
#[tokio::test]
async fn a_hook_that_lacks_something_is_refused_by_its_name_and_gives_nothing() {
    let mut network = Network::open(&[maps("plan", "p1", &[501]), maps("resource", ROOM, &[501])]).await;
    let now = network.world.now();
    network.model.put_subscription(&subscription("s1", "p1", ANNA), now);
    network.model.put_booking(&booking("b1", ROOM, ("08:00", "11:00")), now);
    network.world.new_calls();

    for (event, id, place, names, fault) in [
        ("subscription.created", "s1", "", &["startDate"][..], "startDate: is missing"),
        ("subscription.created", "s1", "", &["items"], "items: is missing"),
        ("subscription.created", "s1", "", &["locationRef"], "locationRef: is missing"),
        ("subscription.created", "s1", "", &["membershipRef"], "membershipRef: is missing"),
        ("booking.created", "b1", "/booking", &["resourceRef"], "booking.resourceRef: is missing"),
        ("booking.created", "b1", "/booking", &["startDate"], "booking.startDate: is missing"),
        ("booking.created", "b1", "/booking", &["endDate"], "booking.endDate: is missing"),
        ("booking.created", "b1", "/booking", &["resourceType"], "booking.resourceType: is missing"),
        ("membership.created", ANNA, "/membership", &["status"], "membership.status: is missing"),
    ] {
        let mut body = network.model.webhook_body(event, id).unwrap();
        let within = body.pointer_mut(place).unwrap().as_object_mut().unwrap();
        within.retain(|name, _| !names.contains(&name.as_str()));
        let attempt = network.attempt(&body, now);

        let request = deliveries::spacebring(&network.world.bundle, "harbour", endpoint_of(event), &attempt);
        let told = refused(request, 400).await;

        assert!(told["faults"].as_array().is_some_and(|faults| faults.len() == 1), "{told}");
        assert!(told["faults"][0].as_str().unwrap().starts_with(fault), "{told}");
    }
    network.world.run_until(at("12:00")).await;
    assert_eq!((network.world.groups(ANNA), network.world.new_writes()), (NONE.to_vec(), vec![]));
}

/// What happened between seven and eight, as its messages tell it in order, each at its event's endpoint.
fn morning(network: &mut Network) -> Vec<(&'static str, Attempt)> {
    let (seven, ten, twenty) = (at("07:00"), at("07:10"), at("07:20"));
    let model = &mut network.model;
    model.put_company(&company(), seven);
    model.put_membership(&member(ANNA, "Anna", None), seven);
    model.put_membership(&member(BEN, "Ben", Some(COMPANY)), seven);
    model.put_subscription(&subscription("s1", "p1", ANNA), seven);
    model.put_subscription(&subscription("s2", "p2", BEN), seven);
    model.put_booking(&booking("b1", ROOM, ("10:00", "11:00")), seven);
    model.put_booking(&booking("b2", DESK, ("10:00", "11:00")), seven);
    let mut told = Vec::new();
    for (event, id) in [
        ("company.created", COMPANY),
        ("membership.created", ANNA),
        ("membership.created", BEN),
        ("subscription.created", "s1"),
        ("subscription.created", "s2"),
        ("booking.created", "b1"),
        ("booking.created", "b2"),
    ] {
        let body = network.model.webhook_body(event, id).unwrap();
        told.push((endpoint_of(event), network.attempt(&body, seven)));
    }
    network.model.put_booking(&booking("b1", ROOM, ("10:00", "12:00")), ten);
    let ended = simulators::spacebring::Subscription { ends: Some(at("11:30")), ..subscription("s1", "p1", ANNA) };
    network.model.put_subscription(&ended, ten);
    for (event, id, made) in [
        ("booking.updated", "b1", ten),
        ("subscription.updated", "s1", ten),
        ("booking.deleted", "b2", twenty),
        ("subscription.deleted", "s2", twenty),
    ] {
        let body = network.model.webhook_body(event, id).unwrap();
        told.push((endpoint_of(event), network.attempt(&body, made)));
    }
    told
}

/// ALL-07, ALL-09, INV-3, INV-7: whatever the order, and however often.
#[tokio::test]
async fn hooks_that_come_twice_and_in_another_order_end_the_same() {
    let mappings = [
        maps("plan", "p1", &[503]),
        maps("plan", "p2", &[511]),
        maps("resource", ROOM, &[501]),
        maps("resource", DESK, &[502]),
    ];
    for is_reversed in [false, true] {
        let mut network = Network::of_nobody(&mappings).await;
        let mut hooks = morning(&mut network);
        if is_reversed {
            hooks.reverse();
        }
        let World { bundle, tenant, .. } = &network.world;
        let request = |(endpoint, attempt): &(&str, Attempt)| deliveries::spacebring(bundle, tenant, endpoint, attempt);

        for hook in hooks.iter().flat_map(|hook| [hook, hook]) {
            accepted(request(hook)).await;
            network.world.settle().await;
        }
        for hook in &hooks {
            assert_eq!(accepted(request(hook)).await["repeated"], 1);
        }
        network.world.run_until(at("18:00")).await;

        assert_eq!(network.world.stays(ANNA, 501), ["09:30:00 to 12:30:00"], "{is_reversed}");
        assert_eq!(network.world.stays(ANNA, 503), ["08:00:00 to 11:30:00"], "{is_reversed}");
        assert_eq!(network.world.stays(ANNA, 502), [""; 0], "{is_reversed}");
        assert_eq!(network.world.groups(BEN), NONE, "{is_reversed}");
    }
}
