//! By which hooks something still comes.

use jiff::SignedDuration;
use serde_json::{Value, json};
use simulators::nexudus::Entity;

use crate::{
    answers::refused,
    deliveries::nexudus,
    tenants::{self, ROOM},
    world::{ANNA, MORNING, Setting, World, at},
};

/// What the status says of the hooks.
async fn hooks(world: &World) -> Value {
    let (status, body) = world.bundle.api(&format!("/tenants/{}/status", world.tenant)).await;
    assert_eq!(status, 200, "{body}");
    body["hooks"].clone()
}

fn hook(event: &str, last: &str, quiet: bool) -> Value {
    json!({"hook": format!("nexudus/{event}"), "last_event": at(last), "quiet": quiet, "switched_off": null})
}

/// The alarms so far, each by the line it is.
fn alarms(world: &World) -> Vec<String> {
    let said = world.stderr();
    let is_alarm = |line: &&str| line.contains("ERROR") && line.contains("nothing has come by this hook");
    said.lines().filter(is_alarm).map(str::to_owned).collect()
}

/// ALL-07: only what is new and proven counts, noted once an hour.
#[tokio::test]
async fn the_status_says_when_each_hook_last_brought_something() {
    let mut world = World::start().await;
    assert_eq!(hooks(&world).await, json!([]));

    world.book(1, ROOM, ANNA, ("10:00", "11:00")).await;
    world.run_until(at("08:30")).await;
    world.book(2, ROOM, ANNA, ("12:00", "13:00")).await;
    assert_eq!(hooks(&world).await, json!([hook("BookingCreate", MORNING, false)]));
    world.run_until(at("09:30")).await;
    let body = world.body(Entity::Booking, 2);
    refused(nexudus(&world.bundle, "acme", "BookingCreate", &body).body(format!("{body} ")), 401).await;
    world.deliver("BookingCreate", &body).await;
    assert_eq!(
        hooks(&world).await,
        json!([hook("BookingCreate", MORNING, false)]),
        "one was wrong and one told before"
    );
    world.book(2, ROOM, ANNA, ("12:00", "14:00")).await;
    world.book(3, ROOM, ANNA, ("15:00", "16:00")).await;

    let both = [hook("BookingCreate", "09:30", false), hook("BookingUpdate", "09:30", false)];
    assert_eq!(hooks(&world).await, json!(both));
}

/// INV-6: a platform that gave up on a hook tells nobody.
#[tokio::test]
async fn a_hook_that_fell_silent_raises_one_alarm_until_it_speaks_again() {
    let mut document = tenants::nexudus();
    document["hook_quiet_days"] = json!(2);
    let mut world = World::of(Setting::of(document)).await;
    world.book(1, ROOM, ANNA, ("10:00", "11:00")).await;

    world.run_until(at("2026-03-04T08:30:00Z")).await;
    assert_eq!((hooks(&world).await, alarms(&world)), (json!([hook("BookingCreate", MORNING, false)]), vec![]));
    for hours in 0..3 {
        world.run_until(at("2026-03-04T10:00:00Z") + SignedDuration::from_hours(hours)).await;
        assert_eq!(hooks(&world).await, json!([hook("BookingCreate", MORNING, true)]));
        assert_eq!(alarms(&world).len(), 1, "{:?}", alarms(&world));
    }
    assert!(alarms(&world)[0].contains("nexudus/BookingCreate") && alarms(&world)[0].contains("acme"));

    world.book(2, ROOM, ANNA, ("2026-03-04T15:00:00Z", "2026-03-04T16:00:00Z")).await;
    assert_eq!(hooks(&world).await, json!([hook("BookingCreate", "2026-03-04T12:00:00Z", false)]));
    world.run_until(at("2026-03-06T14:00:00Z")).await;
    assert_eq!(alarms(&world).len(), 2, "{:?}", alarms(&world));
}

#[tokio::test]
async fn a_silence_of_no_days_is_a_fault_of_the_document() {
    let mut world = World::start().await;
    world.document["hook_quiet_days"] = json!(0);

    let (status, body) = world.bundle.put_tenant("acme", &world.document).await;

    assert_eq!(status, 400, "{body}");
    assert!(body["faults"][0].as_str().unwrap().starts_with("hook_quiet_days: "), "{body}");
}
