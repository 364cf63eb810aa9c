//! Changes of settings that would take groups away, and the plans that show it before it happens: B1, B2, B14, B15, INV-9.

use serde_json::{Value, json};

use crate::{
    bundle::{ADMIN_KEY, answer},
    feed::{booking, but, cancelled, document, member, membership, plan, tell},
    kills::kill_twice_at,
    tenants::{self, ROOM},
    world::{NONE, Setting, World, at},
};

/// Holders of plan `p1` enough that not all of them may lose its group without approval.
const MANY: u64 = 12;

/// `p1` and `p2` give group 502, `p3` gives 503, and the room 501; so many members hold a membership of `p1`.
async fn world_with_holders(holders: u64) -> World {
    let mappings = [plan("p1", &[502]), plan("p2", &[502]), plan("p3", &[503]), tenants::resource(ROOM, &[501])];
    let document = document("nexudus", &mappings);
    let mut world = World::of(Setting { keeps_data: true, ..Setting::of(document) }).await;
    for id in 1..=holders {
        tell_holder(&world, id, "p1").await;
    }
    world.take_turns().await;
    for id in 1..=holders {
        assert_eq!(world.groups(id), [502], "member {id}");
    }
    world
}

async fn tell_holder(world: &World, id: u64, plan: &str) {
    tell(world, "member.upserted", member(id, &format!("Member {id}"), &format!("m{id}@example.com"))).await;
    tell(world, "membership.upserted", membership(&format!("s{id}"), plan, id)).await;
}

/// Puts the document with these mappings gone or back, and has everybody looked at; the plan that the answer carries.
async fn put_without(world: &mut World, plans: &[&str]) -> Value {
    let mappings = [plan("p1", &[502]), plan("p2", &[502]), plan("p3", &[503]), tenants::resource(ROOM, &[501])];
    let stays = |mapping: &&Value| !plans.contains(&mapping["id"].as_str().unwrap());
    world.document["mappings"] = mappings.iter().filter(stays).cloned().collect();
    let (status, body) = world.bundle.put_tenant(&world.tenant, &world.document).await;
    assert_eq!((status, &body["changed"]), (200, &json!(true)), "{body}");
    world.take_turns().await;
    body["plan"].clone()
}

async fn tenant_plan(world: &World) -> Value {
    let (status, body) = world.bundle.api(&format!("/tenants/{}/plan", world.tenant)).await;
    assert_eq!(status, 200, "{body}");
    body
}

async fn member_plan(world: &World, member: u64) -> Value {
    let (status, body) = world.bundle.api(&format!("/tenants/{}/members/{member}/plan", world.tenant)).await;
    assert_eq!(status, 200, "{body}");
    body["writes"].clone()
}

async fn apply(world: &mut World, hash: &Value) -> (u16, Value) {
    let answered = answer(apply_request(world, hash)).await;
    world.take_turns().await;
    answered
}

fn apply_request(world: &World, hash: &Value) -> reqwest::RequestBuilder {
    let post = world.bundle.post(&format!("/api/v1/tenants/{}/plan/apply", world.tenant));
    post.bearer_auth(ADMIN_KEY).json(&json!({"hash": hash}))
}

async fn waits(world: &World) -> bool {
    let (status, body) = world.bundle.api(&format!("/tenants/{}/status", world.tenant)).await;
    assert_eq!(status, 200, "{body}");
    body["plan"]["waits_for_approval"].as_bool().unwrap()
}

fn holders_of(world: &World, group: u64) -> Vec<u64> {
    (1..=2 * MANY).filter(|id| world.groups(*id).contains(&group)).collect()
}

fn losers(plan: &Value) -> (u64, u64) {
    let people = &plan["losses"]["people"];
    (people["losers"].as_u64().unwrap(), people["holders"].as_u64().unwrap())
}

/// INV-9, B1, B2, B14, B15, R33, ORD-50: nobody loses anything until somebody who has seen the plan says so.
#[tokio::test]
async fn a_deleted_mapping_that_many_would_feel_waits_until_its_plan_is_applied() {
    let mut world = world_with_holders(MANY).await;
    world.new_calls();
    assert!(!waits(&world).await);

    let plan = put_without(&mut world, &["p1"]).await;

    assert_eq!(plan["waits_for_approval"], true);
    assert_eq!((losers(&plan), &plan["people"]), ((MANY, MANY), &json!(MANY)));
    let group = json!({"account": "hq", "group": 502, "holders": MANY, "losers": MANY});
    assert_eq!(plan["losses"]["groups"], json!([group]));
    assert_eq!((&plan["losses"]["who"]["1"], &plan["losses"]["who"]["12"]), (&json!([502]), &json!([502])));
    let write = json!({"account": "hq", "write": "remove from 502", "because": ["no open reason for group 502"]});
    assert_eq!(plan["writes"]["7"], json!([write]));
    assert_eq!((tenant_plan(&world).await, waits(&world).await), (plan.clone(), true));
    assert_eq!((holders_of(&world, 502), world.new_calls()), ((1..=MANY).collect(), Vec::new()));
    let held = &world.access(1).await["groups"][0];
    assert_eq!((&held["group"], &held["held"]), (&json!(502), &json!(true)), "{held}");
    assert_eq!(held["reasons"][0]["waits_for_approval"], true, "{held}");

    // What nobody has seen is not applied.
    let (status, body) = apply(&mut world, &json!("0123456789abcdef")).await;
    assert_eq!((status, &body["plan"]), (409, &plan));
    assert_eq!(holders_of(&world, 502).len(), 12);

    let applied = apply(&mut world, &plan["hash"]).await;

    assert_eq!(applied, (200, json!({"tenant": "harbour", "applied": true})));
    assert_eq!((holders_of(&world, 502), waits(&world).await), (vec![], false));
    let nothing = tenant_plan(&world).await;
    assert_eq!((&nothing["people"], &nothing["writes"]), (&json!(0), &json!({})));
    assert_eq!(nothing["waits_for_approval"], false);
    // Once is enough.
    assert_eq!(apply(&mut world, &plan["hash"]).await.0, 409);
}

/// B1, B14: a plan is applied as it was seen, or not at all.
#[tokio::test]
async fn a_plan_that_is_not_the_one_that_was_seen_is_refused_with_the_one_it_is_now() {
    let mut world = world_with_holders(MANY).await;
    let seen = put_without(&mut world, &["p1"]).await;

    tell(&world, "membership.upserted", cancelled(membership("s12", "p1", 12))).await;
    let (status, body) = apply(&mut world, &seen["hash"]).await;

    assert_eq!((status, losers(&body["plan"])), (409, (11, 11)));
    assert_ne!(body["plan"]["hash"], seen["hash"]);
    assert_eq!(body["plan"], tenant_plan(&world).await);
    assert_eq!(holders_of(&world, 502), (1..=11).collect::<Vec<_>>());

    assert_eq!(apply(&mut world, &body["plan"]["hash"]).await.0, 200);
    assert_eq!(holders_of(&world, 502), NONE);
}

/// INV-9, B2, R33: only what the change itself would take is held back.
#[tokio::test]
async fn while_a_plan_waits_grants_and_all_that_ends_by_time_or_by_a_fact_go_on() {
    let mut world = world_with_holders(MANY).await;
    tell(&world, "booking.upserted", booking("b4", ROOM, 4, ("10:00", "11:00"))).await;
    let ends = json!({"ends": "2026-03-02T12:00:00Z"});
    tell(&world, "membership.upserted", but(membership("s5", "p1", 5), &ends)).await;
    put_without(&mut world, &["p1"]).await;

    // Granted: by another mapping, to those who wait and to those who come; but nothing by the mapping that is gone.
    tell(&world, "membership.upserted", membership("s1b", "p3", 1)).await;
    tell_holder(&world, 13, "p3").await;
    tell_holder(&world, 14, "p1").await;
    assert_eq!((world.groups(1), world.groups(13), world.groups(14)), (vec![502, 503], vec![503], vec![]));

    // Removed by facts.
    tell(&world, "membership.upserted", cancelled(membership("s2", "p1", 2))).await;
    tell(&world, "member.upserted", json!({"id": "3", "status": "inactive"})).await;
    assert_eq!((world.groups(2), world.groups(3)), (vec![], vec![]));

    // Removed by time: a booking, and a membership that only the mapping that is gone would still let in.
    assert_eq!(world.groups_at("09:50:00", 4).await, [501, 502]);
    assert_eq!(world.groups_at("11:14:59", 4).await, [501, 502]);
    assert_eq!(world.groups_at("11:15:00", 4).await, [502]);
    assert_eq!(world.groups_at("11:59:59", 5).await, [502]);
    assert_eq!(world.groups_at("12:00:00", 5).await, NONE);

    let others: Vec<u64> = [1, 4].into_iter().chain(6..=MANY).collect();
    assert_eq!((holders_of(&world, 502), waits(&world).await), (others, true));
}

/// INV-9, B2: up to five at once, and up to a tenth of those who hold a group.
#[tokio::test]
async fn few_lose_their_groups_at_once() {
    let mut world = world_with_holders(5).await;

    assert_eq!(put_without(&mut world, &["p1"]).await, Value::Null);

    assert_eq!((holders_of(&world, 502), waits(&world).await), (vec![], false));
}

/// INV-9, B2: a tenth of sixty is six; the seventh makes them all wait.
#[tokio::test]
async fn a_tenth_of_many_lose_their_groups_at_once_and_one_more_makes_all_wait() {
    let mut world = world_with_holders(53).await;
    for id in 54..=60 {
        tell_holder(&world, id, "p2").await;
    }
    world.take_turns().await;

    let plan = put_without(&mut world, &["p2"]).await;
    assert_eq!(losers(&plan), (7, 60));
    assert_eq!((54..=60).filter(|id| world.groups(*id) == [502]).count(), 7);

    assert_eq!(put_without(&mut world, &[]).await, Value::Null);
    tell(&world, "membership.upserted", membership("s60", "p1", 60)).await;
    assert_eq!(put_without(&mut world, &["p2"]).await, Value::Null);
    assert_eq!((54..=59).filter(|id| world.groups(*id) == NONE).count(), 6);
    assert_eq!(world.groups(60), [502]);
}

/// B15: thinking better of it.
#[tokio::test]
async fn putting_the_old_document_back_ends_the_waiting_and_nobody_noticed() {
    let mut world = world_with_holders(MANY).await;
    world.new_calls();
    let plan = put_without(&mut world, &["p1"]).await;

    assert_eq!(put_without(&mut world, &[]).await, Value::Null);

    assert!(!waits(&world).await);
    assert_eq!(apply(&mut world, &plan["hash"]).await.0, 409);
    world.run_until(at("08:30")).await;
    assert_eq!((holders_of(&world, 502), world.new_calls()), ((1..=MANY).collect(), Vec::new()));
    tell_holder(&world, 13, "p1").await;
    assert_eq!(world.groups(13), [502], "the mapping counts again");
}

/// B2, B15: no sequence of edits, each of which takes from a few, takes from many while the first of them waits.
#[tokio::test]
async fn a_second_edit_is_measured_against_the_settings_that_last_took_effect() {
    let mut world = world_with_holders(6).await;
    for id in 7..=10 {
        tell_holder(&world, id, "p3").await;
    }

    let first = put_without(&mut world, &["p1"]).await;
    assert_eq!(losers(&first), (6, 10));
    // By itself few enough, but what waits already counts too.
    let second = put_without(&mut world, &["p1", "p3"]).await;
    assert_eq!(losers(&second), (10, 10));
    assert_eq!((holders_of(&world, 502).len(), holders_of(&world, 503).len()), (6, 4));
    assert_eq!(apply(&mut world, &first["hash"]).await.0, 409);

    // What waits no longer lets the other go.
    assert_eq!(put_without(&mut world, &["p3"]).await, Value::Null);
    assert_eq!((holders_of(&world, 502).len(), holders_of(&world, 503)), (6, vec![]));
    assert!(!waits(&world).await);
}

/// B15: what has nothing to do with the change is not asked about, and does not let the change through.
#[tokio::test]
async fn an_edit_of_something_else_leaves_the_waiting_change_waiting() {
    let mut world = world_with_holders(MANY).await;
    put_without(&mut world, &["p1"]).await;

    world.document["policy"] = json!({"lag": "PT20M"});
    let (status, body) = world.bundle.put_tenant(&world.tenant, &world.document).await;
    world.settle().await;

    assert_eq!((status, losers(&body["plan"])), (200, (MANY, MANY)));
    assert_eq!((holders_of(&world, 502).len(), waits(&world).await), (12, true));
}

/// B1, ALL-16: one member's plan, before anything is written, while a change waits, and when all is in step.
#[tokio::test]
async fn a_members_plan_tells_the_writes_to_come_with_their_reasons() {
    let mut world = world_with_holders(MANY).await;
    assert_eq!(member_plan(&world, 1).await, json!([]));

    put_without(&mut world, &["p1"]).await;
    let remove = json!({"account": "hq", "write": "remove from 502", "because": ["no open reason for group 502"]});
    assert_eq!(member_plan(&world, 1).await, json!([remove]));
    put_without(&mut world, &[]).await;

    world.document["enabled"] = json!(false);
    world.put_tenant().await;
    tell_holder(&world, 13, "p3").await;
    let because = ["membership/s13 by plan/p3 from 2026-03-01T00:00:00Z"];
    let create = json!({"account": "hq", "write": "create user harbour:13", "because": because});
    let add = json!({"account": "hq", "write": "add to 503", "because": because});
    assert_eq!(member_plan(&world, 13).await, json!([create, add]));
    assert_eq!((world.groups(13), tenant_plan(&world).await["people"].clone()), (vec![], json!(1)));

    world.document["enabled"] = json!(true);
    world.put_tenant().await;
    assert_eq!((member_plan(&world, 13).await, world.groups(13)), (json!([]), vec![503]));
}

/// INV-9: a power cut neither lets a waiting change through nor forgets an approval.
#[tokio::test]
async fn a_kill_while_a_plan_waits_or_is_carried_out_changes_nothing() {
    let mut world = world_with_holders(MANY).await;
    let plan = put_without(&mut world, &["p1"]).await;

    world.restart();
    world.settle().await;
    assert_eq!((holders_of(&world, 502).len(), tenant_plan(&world).await), (12, plan.clone()));
    assert!(waits(&world).await);

    let approval = apply_request(&world, &plan["hash"]);
    kill_twice_at(&mut world, ("POST", "/users/*/groups"), approval).await;
    // What was begun and not answered is looked at again in a moment.
    world.take_turns().await;
    assert_eq!((holders_of(&world, 502), waits(&world).await), (vec![], false));
}

/// B1: without the key nothing is shown or applied; of nobody there is no plan.
#[tokio::test]
async fn plans_are_the_operators() {
    let mut world = world_with_holders(MANY).await;
    let plan = put_without(&mut world, &["p1"]).await;

    for path in ["/plan", "/members/1/plan"] {
        assert_eq!(answer(world.bundle.get(&format!("/api/v1/tenants/harbour{path}"))).await.0, 401);
    }
    let post = |tenant: &str| world.bundle.post(&format!("/api/v1/tenants/{tenant}/plan/apply")).json(&plan);
    assert_eq!(answer(post("harbour")).await.0, 401);
    assert_eq!(answer(post("nobody").bearer_auth(ADMIN_KEY)).await.0, 404);
    assert_eq!(world.bundle.api("/tenants/nobody/plan").await.0, 404);
    assert_eq!(world.bundle.api("/tenants/nobody/members/1/plan").await.0, 404);
    assert_eq!(holders_of(&world, 502).len(), 12);
}

/// B9, B15: a mapping is switched off in one of two ways: whoever is in its group by it is taken out, or is left in it.
#[tokio::test]
async fn a_mapping_that_is_taken_out_leaves_or_revokes() {
    let mut world = world_with_holders(MANY).await;
    world.new_calls();
    let plan = put_without(&mut world, &["p1", "p2"]).await;
    assert_eq!(losers(&plan), (MANY, MANY), "taking it out alone would take it from all of them");

    world.document["released_groups"] = json!([502]);
    let (_, left) = world.bundle.put_tenant(&world.tenant, &world.document).await;
    world.take_turns().await;
    tell_holder(&world, MANY + 1, "p1").await;
    world.take_turns().await;

    assert_eq!((&left["plan"], left.to_string().contains("named no more")), (&Value::Null, false), "{left}");
    assert_eq!((holders_of(&world, 502), waits(&world).await), ((1..=MANY).collect(), false));
    let access = world.access(3).await;
    let reason = &access["groups"][0]["reasons"][0];
    assert_eq!(
        (&access["groups"][0]["group"], &reason["mapping"]),
        (&json!(502), &json!("released_groups")),
        "{access}"
    );

    world.document["released_groups"] = json!([]);
    let (_, gone) = world.bundle.put_tenant(&world.tenant, &world.document).await;
    let (status, _) = apply(&mut world, &gone["plan"]["hash"]).await;

    assert_eq!((status, holders_of(&world, 502)), (200, vec![]), "{gone}");
}

/// B9: whoever takes a group out of the document is told what becomes of those in it, and what to write to leave them in.
#[tokio::test]
async fn taking_a_group_out_of_the_document_says_what_becomes_of_it() {
    let mut world = world_with_holders(1).await;
    world.document["mappings"] = json!([plan("p3", &[503]), tenants::resource(ROOM, &[501])]);

    let (_, body) = world.bundle.put_tenant(&world.tenant, &world.document).await;

    let warnings = body["warnings"].to_string();
    assert!(
        warnings.contains("groups 502 are named no more") && warnings.contains("released_groups = [502]"),
        "{body}"
    );
    world.take_turns().await;
    assert_eq!(world.groups(1), NONE);
}
