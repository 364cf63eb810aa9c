//! The audit log against what Brivo saw: ALL-19.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use simulators::brivo::{Call, Host, Misbehaviour, Times};

use crate::{
    feed::{booking, but, cancelled, document_with, member, membership, plan, tell, world_of},
    tenants::{self, OTHER_ROOM, ROOM},
    world::{ANNA, BEN, World, at},
};

/// All records of these members, by their action.
async fn records(world: &World, members: &[u64]) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for member in members {
        let mut path = format!("/tenants/{}/members/{member}/audit", world.tenant);
        loop {
            let (status, page) = world.bundle.api(&path).await;
            assert_eq!(status, 200, "{page}");
            for record in page["records"].as_array().unwrap() {
                assert!(["done", "failed"].contains(&record["outcome"].as_str().unwrap()), "{record}");
                assert_ne!(record["because"], json!([]), "{record}");
                *counts.entry(record["action"].as_str().unwrap().to_owned()).or_default() += 1;
            }
            match page["next_before"].as_str() {
                Some(before) => path = format!("/tenants/{}/members/{member}/audit?before={before}", world.tenant),
                None => break,
            }
        }
    }
    counts
}

/// The writes Brivo was asked for; a refused token asks again for the same.
fn writes(world: &World) -> usize {
    let is_write = |call: &Call| call.host == Host::Api && call.method != "GET" && call.status != Some(401);
    world.brivo.calls().into_iter().filter(is_write).count()
}

fn edited(name: &str) -> Value {
    json!({"id": ANNA.to_string(), "full_name": name, "status": "active"})
}

/// A day with all that can happen to two people.
async fn a_mixed_day() -> World {
    let mappings = [
        tenants::resource(ROOM, &[501]),
        tenants::resource(OTHER_ROOM, &[502, 999]),
        plan("office", &[503]),
        plan("suite", &[511, 512]),
    ];
    let policy = json!({"backstop": "pin"});
    let mut world = world_of(document_with("deskworks", &mappings, policy)).await;
    for (id, name) in [(ANNA, "Anna Example"), (BEN, "Ben Example")] {
        tell(&world, "member.upserted", member(id, name, &format!("{id}@example.com"))).await;
    }
    tell(&world, "booking.upserted", booking("r1", ROOM, ANNA, ("09:00", "10:00"))).await;
    tell(&world, "booking.upserted", booking("r2", OTHER_ROOM, BEN, ("09:30", "11:00"))).await;
    tell(&world, "membership.upserted", membership("b1", "office", ANNA)).await;
    world.run_until(at("09:45")).await;
    world.fault(("PATCH", "/users/*"), Misbehaviour::TokenRefused, Times::Count(1));
    tell(&world, "member.upserted", edited("Anna Married")).await;
    world.fault(("POST", "/users/*/groups"), Misbehaviour::AppliedThenDropped, Times::Count(1));
    tell(&world, "membership.upserted", membership("b1", "suite", ANNA)).await;
    world.fault(("PUT", "/users/*/suspended"), Misbehaviour::AppliedThenError { status: 503 }, Times::Count(1));
    tell(&world, "membership.upserted", cancelled(membership("b1", "suite", ANNA))).await;
    world.run_until(at("12:10")).await;
    world.document["policy"] = json!({"deprovision": "delete"});
    world.put_tenant().await;
    tell(&world, "booking.upserted", booking("r3", ROOM, BEN, ("12:30", "13:00"))).await;
    world.delete_by_hand(ANNA);
    tell(&world, "membership.upserted", membership("b2", "office", ANNA)).await;
    world.run_until(at("18:00")).await;
    tell(&world, "member.upserted", but(edited("Anna Example"), &json!({"status": "inactive"}))).await;
    world.run_until(at("19:30")).await;
    world
}

/// ALL-19, B13, INV-10: as many records as writes, each closed and with its reason.
#[tokio::test]
async fn over_a_mixed_day_there_is_one_record_for_every_write() {
    let world = a_mixed_day().await;

    let records = records(&world, &[ANNA, BEN]).await;

    assert_eq!(records.values().sum::<usize>(), writes(&world), "{records:?}, {:?}", world.brivo.calls());
    let kinds = ["change groups", "create user", "delete user", "patch profile", "set pin end", "suspend", "unsuspend"];
    assert_eq!(records.keys().collect::<Vec<_>>(), kinds, "every kind of write");
    assert!(writes(&world) > 25, "a day worth the name");
}
