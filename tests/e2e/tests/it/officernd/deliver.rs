//! What hooks are answered, and that odd ones do no harm.

use jiff::SignedDuration;
use serde_json::{Value, json};
use simulators::officernd::{
    Entity::{self, Booking, Member, Membership, Pass},
    signature,
};

use super::{ANNA, BEN, OTHER_ROOM, PLAN, ROOM, Space, TEAM, booking, maps, member, membership, url};
use crate::{
    answers::refused,
    deliveries::{accepted, officernd, unsigned_officernd},
    feed::but,
    tenants::SIGNING_SECRET,
    world::{NONE, at},
};

/// The bytes behind the tenant's second signing secret.
const SECOND_KEY: &str = "planted-second-signing-secret";

/// ORD-07, ORD-08, ORD-20, ORD-23: the payloads as they are, check-ins among them, which tell nothing of access.
#[tokio::test]
async fn the_payloads_of_the_fixtures_open_what_they_say() {
    let mappings = [maps("plan", PLAN, &[501]), maps("resource", ROOM, &[502])];
    let mut space = Space::open_at("2025-10-31T09:00:00Z", &mappings).await;

    for (body, unused) in [
        (include_str!("../../../../fixtures/officernd/webhook_member_updated.json"), json!([])),
        (include_str!("../../../../fixtures/officernd/webhook_membership_created.json"), json!([])),
        (include_str!("../../../../fixtures/officernd/webhook_booking_created_v1names.json"), json!([])),
        (include_str!("../../../../fixtures/officernd/webhook_checkin_created.json"), json!(["checkin.created"])),
        (
            include_str!("../../../../fixtures/officernd/webhook_checkin_updated_checkout.json"),
            json!(["checkin.updated"]),
        ),
    ] {
        assert_eq!(space.deliver(body).await, json!({"accepted": 1, "repeated": 0, "unused": unused}));
    }
    space.world.run_until(at("2025-11-02T00:00:00Z")).await;

    assert_eq!(space.world.stays(ANNA, 501), ["2025-11-01T00:00:00Z to"]);
    assert_eq!(space.world.stays(ANNA, 502), ["2025-10-31T12:50:00Z to 2025-10-31T13:30:00Z"]);
}

/// ALL-07: by either secret and under either key, within five minutes; what is refused is nowhere.
#[tokio::test]
async fn a_hook_counts_only_if_it_is_signed_and_fresh() {
    let mut space = Space::open_at(crate::world::MORNING, &[maps("plan", PLAN, &[501])]).await;
    let now = space.world.now();
    let body = space.hook((Member, "member.created"), &member(ANNA, "Anna Example", "anna@example.com"), now);
    let bundle = &space.world.bundle;
    let signed = |value: String| bundle.post(&url()).header("officernd-signature", value).body(body.clone());

    refused(unsigned_officernd(bundle, "harbour", &body), 401).await;
    refused(signed(signature("another", &body, now, "signature")), 401).await;
    refused(officernd(bundle, "harbour", &body, now).body(body.replace("Anna", "Eve")), 401).await;
    for seconds in [301, -301] {
        refused(officernd(bundle, "harbour", &body, now + SignedDuration::from_secs(seconds)), 401).await;
    }
    space.world.settle().await;
    assert_eq!(space.world.bundle.api(&format!("/tenants/harbour/members/{ANNA}/access")).await.0, 404);

    assert_eq!(accepted(signed(signature(SECOND_KEY, &body, now, "v1"))).await["accepted"], 1);
    let late = now - SignedDuration::from_secs(300);
    assert_eq!(accepted(signed(signature(SIGNING_SECRET, &body, late, "signature"))).await["repeated"], 1);
    assert_eq!(space.world.bundle.api(&format!("/tenants/harbour/members/{ANNA}/access")).await.0, 200);
}

#[tokio::test]
async fn an_event_that_is_not_used_is_answered_200_and_logged() {
    let mut space = Space::open(&[maps("plan", PLAN, &[501])]).await;
    space.world.new_calls();

    for (number, kind) in ["contract.created", "visit.created", "moon.rose"].into_iter().enumerate() {
        let sent = json!({"event": format!("u{number}"), "eventType": kind, "createdAt": space.world.now(), "data": 7});

        assert_eq!(space.deliver(&sent.to_string()).await["unused"], json!([kind]));

        let said = space.world.stderr();
        assert!(said.lines().any(|line| line.contains("INFO") && line.contains(kind)), "{kind}: {said}");
    }
    assert_eq!(space.world.new_calls(), [""; 0]);
}

/// ORD-17, R24: nothing that is missing becomes access.
#[tokio::test]
async fn a_hook_that_lacks_something_is_refused_by_its_name_and_gives_nothing() {
    let mappings = [maps("plan", PLAN, &[501]), maps("resource", ROOM, &[501]), maps("pass", "day", &[501])];
    let mut space = Space::open(&mappings).await;
    space.world.new_calls();
    let pass = json!({"_id": "d1", "count": 2, "usedCount": 0, "status": "valid", "member": ANNA, "validFrom": "2026-03-01T00:00:00.000Z"});
    let membership = but(membership("s1", PLAN), &json!({"member": ANNA}));
    let booking = booking("b1", ROOM, ("08:00", "11:00"));

    let lacking: [(Entity, &str, &Value, &[&str], &str); 10] = [
        (Membership, "membership.created", &membership, &["plan"], "data.object.plan: is missing"),
        (Membership, "membership.created", &membership, &["status"], "data.object.status: is missing"),
        (Membership, "membership.created", &membership, &["startDate"], "data.object.startDate: is missing"),
        (Membership, "membership.created", &membership, &["member", "company"], "data.object.member: is missing"),
        (Booking, "booking.created", &booking, &["start"], "data.object.start: is missing"),
        (Booking, "booking.created", &booking, &["end"], "data.object.end: is missing"),
        (Pass, "pass.created", &pass, &["count"], "data.object.count: is missing"),
        (Pass, "pass.created", &pass, &["status"], "data.object.status: is missing"),
        (Pass, "pass.created", &pass, &["validFrom"], "data.object.validFrom: is missing"),
        (Pass, "pass.created", &pass, &["member"], "data.object.member: is missing"),
    ];
    for (entity, kind, whole, names, fault) in lacking {
        let mut record = whole.clone();
        record.as_object_mut().unwrap().retain(|name, _| !names.contains(&name.as_str()));
        let body = space.hook((entity, kind), &record, at("07:00"));

        let told = refused(officernd(&space.world.bundle, "harbour", &body, space.world.now()), 400).await;

        assert!(told["faults"].as_array().is_some_and(|faults| faults.len() == 1), "{told}");
        assert!(told["faults"][0].as_str().unwrap().starts_with(fault), "{told}");
    }
    space.world.run_until(at("12:00")).await;
    assert_eq!((space.world.groups(ANNA), space.world.groups(BEN)), (NONE.to_vec(), NONE.to_vec()));
    assert_eq!(space.world.new_writes(), [""; 0]);
}

/// What happened between seven and eight, as its hooks tell it in order.
fn morning(space: &mut Space) -> Vec<String> {
    let moved = booking("b1", ROOM, ("10:00", "12:00"));
    let assigned = but(membership("s1", PLAN), &json!({"member": ANNA}));
    let (seven, ten, twenty) = (at("07:00"), at("07:10"), at("07:20"));
    vec![
        space.hook((Entity::Company, "company.created"), &json!({"_id": TEAM, "name": "Example Ltd"}), seven),
        space.hook((Member, "member.created"), &member(ANNA, "Anna", "anna@example.com"), seven),
        space.hook((Member, "member.created"), &member(BEN, "Ben Example", "ben@example.com"), seven),
        space.hook((Membership, "membership.created"), &membership("s1", PLAN), seven),
        space.hook((Booking, "booking.created"), &booking("b1", ROOM, ("10:00", "11:00")), seven),
        space.hook((Booking, "booking.created"), &booking("b2", OTHER_ROOM, ("10:00", "11:00")), seven),
        space.hook((Booking, "booking.created"), &booking("b3", OTHER_ROOM, ("13:00", "14:00")), seven),
        space.hook((Booking, "booking.updated"), &moved, ten),
        space.hook(
            (Member, "member.updated"),
            &but(member(ANNA, "Anna", "anna@example.com"), &json!({"status": "drop-in"})),
            ten,
        ),
        space.hook((Membership, "membership.updated"), &assigned, ten),
        space.hook(
            (Booking, "booking.updated"),
            &but(booking("b2", OTHER_ROOM, ("10:00", "11:00")), &json!({"isCancelled": true})),
            ten,
        ),
        space.removal((Booking, "booking.removed"), "b3", twenty),
    ]
}

/// ALL-07, ALL-09, INV-3, INV-7: whatever the order, and however often.
#[tokio::test]
async fn hooks_that_come_twice_and_in_another_order_end_the_same() {
    let mappings = [maps("plan", PLAN, &[503]), maps("resource", ROOM, &[501]), maps("resource", OTHER_ROOM, &[502])];
    for is_reversed in [false, true] {
        let mut space = Space::open_at(crate::world::MORNING, &mappings).await;
        let mut hooks = morning(&mut space);
        if is_reversed {
            hooks.reverse();
        }

        for hook in hooks.iter().flat_map(|hook| [hook, hook]) {
            space.deliver(hook).await;
        }
        space.world.run_until(at("11:30")).await;
        space.world.new_writes();
        for hook in &hooks {
            assert_eq!(space.deliver(hook).await["repeated"], 1);
        }
        assert_eq!(space.world.new_writes(), [""; 0]);
        space.world.run_until(at("18:00")).await;

        assert_eq!(space.world.stays(ANNA, 501), ["09:50:00 to 12:00:00"], "{is_reversed}");
        assert_eq!(space.world.stays(ANNA, 502), [""; 0], "{is_reversed}");
        assert_eq!((space.world.groups(ANNA), space.world.groups(BEN)), (vec![503], NONE.to_vec()), "{is_reversed}");
    }
}
