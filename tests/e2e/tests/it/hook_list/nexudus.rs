//! Nexudus: a hook for each action at each location, switched off after ten failures.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use simulators::nexudus::{Business, Entity, Hashing, Model, Trouble, signature};

use super::{alarms, an_hour_later, post, register, said, shown, standing, status};
use crate::{
    bundle::answer,
    tenants::{self, PASSWORD, PATH_SECRET, ROOM, SIGNING_SECRET, USERNAME},
    world::{ANNA, Setting, World},
};

const ACTIONS: usize = 18;
const BOOKING_CREATE: u64 = 6;
const HOOK: &str = "nexudus/BookingCreate?location=1";

/// `acme` with so many locations, which Nexudus has as well.
async fn world(locations: u64) -> World {
    let mut document = tenants::nexudus();
    let location = |id| json!({"id": id, "name": "Main", "time_zone": "Europe/London", "account": "hq", "site": 1});
    document["locations"] = (1..=locations).map(|id| location(id.to_string())).collect();
    let world = World::of(Setting { keeps_data: true, ..Setting::of(document) }).await;
    world.nexudus.edit(|model, now| {
        for id in 1..=locations {
            model.put_business(&Business { id, name: format!("Space {id}"), ..Business::default() }, now);
        }
    });
    world
}

fn hooks(world: &World) -> Vec<Value> {
    world.nexudus.read(Model::hooks)
}

fn urls(world: &World) -> BTreeSet<String> {
    hooks(world).iter().map(|hook| hook["URL"].as_str().unwrap().to_owned()).collect()
}

/// Nexudus delivers what happened, to whoever wants to know; answers with which statuses.
async fn deliver(world: &World, body: &str, secret: &str) -> Vec<u16> {
    let mut statuses = Vec::new();
    for (id, url) in world.nexudus.read(|model| model.deliveries(BOOKING_CREATE, 1)) {
        let Some(path) = url.strip_prefix(world.bundle.url()) else { continue };
        let signed = signature(secret, body, Hashing::RawBytes);
        let delivery = world.bundle.post(path).header("X-Nexudus-Hook-Signature", signed).body(body.to_owned());
        let (status, _) = answer(delivery).await;
        world.nexudus.edit(|model, now| model.note_delivery(id, status, now));
        statuses.push(status);
    }
    statuses
}

/// ALL-07: hooks that are registered bring what happens.
#[tokio::test]
async fn hooks_are_registered_once_and_deliver() {
    let mut world = world(1).await;
    let before = shown(&world, "").await;
    assert_eq!((standing(&before, "missing"), &before["left_alone"]), (ACTIONS, &json!([])));

    let done = register(&world).await;
    assert_eq!((done["registered"].as_array().unwrap().len(), &done["left"]), (ACTIONS, &json!(0)), "{done}");
    assert_eq!((standing(&done, "fine"), urls(&world).len()), (ACTIONS, ACTIONS));
    let again = register(&world).await;
    assert_eq!((&again["registered"], &again["switched_on"], hooks(&world).len()), (&json!([]), &json!([]), ACTIONS));

    let body = world.put_booking(1, ROOM, Some(ANNA), ("08:00", "11:00"));
    assert_eq!(deliver(&world, &body, SIGNING_SECRET).await, [200]);
    world.take_turns().await;
    assert_eq!(world.groups(ANNA), [501]);
    assert_eq!(status(&world).await["hooks"][0]["hook"], HOOK);
}

/// Some at a time, and each of them once.
#[tokio::test]
async fn many_hooks_take_several_calls_and_a_restart_loses_none() {
    let mut world = world(3).await;

    let first = register(&world).await;
    assert_eq!((&first["left"], &first["trouble"]), (&json!(3 * ACTIONS - 20), &Value::Null), "{first}");
    world.restart();
    let url = world.nexudus.read(Model::hooks)[0]["URL"].as_str().unwrap().split("/hooks").next().unwrap().to_owned();
    let known = shown(&world, "").await;
    assert_eq!((&known["url"], standing(&known, "fine")), (&json!(url), 20), "where they go is remembered");
    assert_eq!(register(&world).await["left"], 3 * ACTIONS - 40);
    assert_eq!(register(&world).await["left"], 0);

    assert_eq!((urls(&world).len(), hooks(&world).len()), (3 * ACTIONS, 3 * ACTIONS));
    assert_eq!(register(&world).await["registered"], json!([]));
}

/// INV-6: a platform that gave up on a hook tells nobody.
#[tokio::test]
async fn a_hook_that_was_switched_off_raises_one_alarm_and_is_switched_on_by_registering_again() {
    let mut world = world(1).await;
    register(&world).await;
    let body = world.body(Entity::Coworker, ANNA);
    for _ in 0..10 {
        assert_eq!(deliver(&world, &body, "not the secret").await, [401]);
    }
    assert_eq!(deliver(&world, &body, "not the secret").await, [0_u16; 0], "it is off");

    for _ in 0..3 {
        an_hour_later(&mut world).await;
        assert_eq!(alarms(&world), 1);
    }
    let told = status(&world).await;
    let off = &told["hooks"][0];
    assert_eq!(
        (&off["hook"], &off["last_event"], &off["switched_off"]["failures"]),
        (&json!(HOOK), &Value::Null, &json!(10))
    );
    assert!(off["switched_off"]["since"].is_string() && told["hook_list"]["switched_off"] == 1, "{told}");
    assert_eq!(standing(&shown(&world, "").await, "switched_off"), 1);

    let done = register(&world).await;
    assert_eq!((&done["switched_on"], &done["registered"]), (&json!([HOOK]), &json!([])));
    assert_eq!((hooks(&world).len(), &status(&world).await["hooks"]), (ACTIONS, &json!([])));
    an_hour_later(&mut world).await;
    assert_eq!(alarms(&world), 1);
    for _ in 0..10 {
        deliver(&world, &body, "not the secret").await;
    }
    an_hour_later(&mut world).await;
    assert_eq!(alarms(&world), 2, "it was on in between");
}

#[tokio::test]
async fn the_hooks_of_others_are_neither_shown_nor_touched() {
    let world = world(1).await;
    let foreign = "https://zapier.example/planted-secret-of-somebody-else";
    world.nexudus.edit(|model, now| {
        let id = model.add_hook(1, BOOKING_CREATE, foreign, now).unwrap();
        for _ in 0..10 {
            model.note_delivery(id, 500, now);
        }
    });
    let before = hooks(&world);

    let done = register(&world).await;
    let shown = shown(&world, "?show=urls").await;

    assert_eq!(hooks(&world)[0], before[0]);
    assert!(!format!("{done} {shown} {}", status(&world).await).contains("zapier"));
    assert_eq!((hooks(&world).len(), &shown["left_alone"]), (ACTIONS + 1, &json!([])));
}

/// Hooks with the secret before are refused, and left to whoever deletes them.
#[tokio::test]
async fn another_path_secret_makes_the_hooks_outdated_and_new_ones_are_registered() {
    let mut world = world(1).await;
    register(&world).await;
    world.document["hooks"]["path_secret"] = json!("planted-another-path-secret-0123456789");
    world.put_tenant().await;

    assert_eq!(standing(&shown(&world, "").await, "outdated"), ACTIONS);
    an_hour_later(&mut world).await;
    assert_eq!(status(&world).await["hook_list"]["outdated"], ACTIONS);
    let done = register(&world).await;

    assert_eq!((done["registered"].as_array().unwrap().len(), hooks(&world).len()), (ACTIONS, 2 * ACTIONS));
    let shown = shown(&world, "").await;
    let left = shown["left_alone"].as_array().unwrap();
    assert_eq!((standing(&shown, "fine"), left.len(), &left[0]["fault"]), (ACTIONS, ACTIONS, &json!("old_secret")));
    assert_eq!(register(&world).await["registered"], json!([]));
}

/// A hook whose answer was lost is found before another is made.
#[tokio::test]
async fn lost_answers_and_throttling_cost_no_hook_and_double_none() {
    let world = world(1).await;
    world.nexudus.edit(|model, _| model.lose_answers(1));

    let lost = register(&world).await;
    assert_eq!((&lost["registered"], &lost["left"], hooks(&world).len()), (&json!([]), &json!(ACTIONS), 1), "{lost}");
    assert!(lost["trouble"].is_string());
    world.nexudus.edit(|model, _| model.inject_after(3, Trouble::Throttled, 2));
    assert_eq!(register(&world).await["left"], 0, "a second is waited");

    assert_eq!((urls(&world).len(), hooks(&world).len()), (ACTIONS, ACTIONS));
    world.nexudus.edit(|model, _| model.remove(Entity::WebHook, 1));
    world.nexudus.edit(|model, _| model.inject_after(1, Trouble::Throttled, 3));
    let throttled = register(&world).await;
    assert_eq!((&throttled["left"], &throttled["retry_after_seconds"]), (&json!(1), &json!(1)), "{throttled}");
}

#[tokio::test]
async fn a_location_that_nexudus_does_not_know_keeps_no_other_from_its_hooks() {
    let world = world(2).await;
    world.nexudus.edit(|model, _| model.remove(Entity::Business, 1));

    let done = register(&world).await;

    assert_eq!(done["declined"], json!([HOOK]));
    assert_eq!((done["registered"].as_array().unwrap().len(), hooks(&world).len()), (ACTIONS, ACTIONS), "{done}");
}

/// A login that may read single customers only is a note and no alarm.
#[tokio::test]
async fn a_login_that_may_not_read_hooks_is_told_once_and_harms_nothing() {
    let mut world = world(1).await;
    world.nexudus.edit(|model, _| model.add_restricted_administrator(USERNAME, PASSWORD, &["Coworker-Read"]));

    an_hour_later(&mut world).await;
    an_hour_later(&mut world).await;

    assert_eq!(said(&world, "WARN", "the platform does not tell which hooks it has"), 1);
    let told = status(&world).await;
    assert!(told["hook_list"]["trouble"].is_string() && told["accounts"][0]["sync"]["trouble"].is_null(), "{told}");
    let (status, body) = post(&world, &json!({})).await;
    assert_eq!((status, &body["registered"]), (200, &json!([])));
    assert!(body["trouble"].is_string(), "{body}");
}

/// INV-9: the secret is in URLs alone, and only for whoever asks for it.
#[tokio::test]
async fn a_url_has_its_secret_only_where_it_was_asked_for() {
    let world = world(1).await;
    let done = register(&world).await;
    let plain = shown(&world, "").await;
    assert!(!format!("{done} {plain} {}", world.stderr()).contains(PATH_SECRET));
    assert!(
        plain["hooks"][0]["url"]
            .as_str()
            .unwrap()
            .ends_with("/hooks/nexudus/acme/{path_secret}/BookingCreate?location=1")
    );

    let full = shown(&world, "?show=urls").await;
    assert_eq!(full["hooks"][0]["url"], *urls(&world).iter().find(|url| url.contains("BookingCreate")).unwrap());
    let (status, refused) = post(&world, &json!({"url": "http://doors.example"})).await;
    assert_eq!(status, 400, "{refused}");
    let response = world.bundle.get("/api/v1/tenants/acme/hooks").send().await.unwrap();
    assert_eq!(response.status(), 401);
}
