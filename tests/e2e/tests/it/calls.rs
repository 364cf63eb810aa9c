//! How many calls Brivo gets: no more than the work needs.

use jiff::SignedDuration;
use serde_json::json;
use simulators::{brivo::Options, nexudus::Entity};

use crate::{
    deliveries,
    tenants::{OTHER_ROOM, ROOM, SHARING_ROOM, SUITE},
    world::{ANNA, BEN, Setting, World, at, customer},
};

const NOTHING: [&str; 0] = [];

/// "2 calls for a new person (plus one lookup)", whether the window is open already or not.
#[tokio::test]
async fn a_new_person_costs_a_look_a_creation_and_one_change_of_groups() {
    let mut world = World::start().await;

    // With the token of the first reading.
    world.book(1, SUITE, ANNA, ("08:00", "11:00")).await;
    assert_eq!(world.new_calls(), ["look up", "create", "change groups"]);

    world.book(2, SUITE, BEN, ("10:00", "11:00")).await;
    assert_eq!(world.new_calls(), ["look up", "create"]);
    // Past the look at Brivo that each booking has before it starts.
    world.run_until(at("09:49:59")).await;
    world.new_calls();
    world.run_until(at("09:50")).await;
    assert_eq!(world.new_calls(), ["token", "change groups"]);
}

/// "1 Brivo write per change for an existing person whatever the number of groups".
#[tokio::test]
async fn a_known_person_costs_one_call_a_change_however_many_groups_change() {
    let mut world = World::start().await;
    world.book(1, ROOM, ANNA, ("08:00", "08:30")).await;
    world.new_calls();

    // Eight more, with a token still fresh.
    world.book(2, SUITE, ANNA, ("08:05", "08:30")).await;
    assert_eq!(world.new_calls(), ["change groups"]);
    // Eight out, two others in.
    world.book(2, SHARING_ROOM, ANNA, ("08:05", "08:30")).await;
    assert_eq!(world.new_calls(), ["change groups"]);
    // Both end at 08:45 in one call; one stays for a booking that gives a group of them too.
    world.book(3, ROOM, ANNA, ("08:30", "09:00")).await;
    assert_eq!(world.new_calls(), NOTHING);
    world.run_until(at("08:44:59")).await;
    world.new_calls();
    world.run_until(at("08:45")).await;
    assert_eq!(world.new_calls(), ["token", "change groups"]);
    assert_eq!(world.groups(ANNA), [501]);
}

/// "0 for a fact that changes nothing", ALL-07.
#[tokio::test]
async fn facts_that_change_nothing_cost_no_call() {
    let mut world = World::start().await;
    let created = world.put_booking(1, ROOM, Some(ANNA), ("08:00", "11:00"));
    world.deliver("BookingCreate", &created).await;
    world.new_calls();

    // The same bytes; the same under the action's number.
    world.deliver("BookingCreate", &created).await;
    world.deliver("6", &created).await;
    assert_eq!(world.new_calls(), NOTHING);

    // A change of something that concerns no door.
    world.nexudus.edit(|model, now| model.set(Entity::Booking, 1, ("Notes", json!("coffee for four")), now));
    let noted = world.body(Entity::Booking, 1);
    world.deliver("BookingUpdate", &noted).await;
    assert_eq!(world.new_calls(), NOTHING);

    // The older delivery, late.
    let moved = world.put_booking(1, ROOM, Some(ANNA), ("08:00", "12:00"));
    world.deliver("BookingUpdate", &moved).await;
    // Not the same bytes, so that it is not just known again.
    world.deliver("BookingUpdate", &format!("{created}\n")).await;
    world.deliver("7", &noted).await;
    assert_eq!(world.new_calls(), NOTHING);
    assert_eq!(world.access(ANNA).await["next_change"], "2026-03-02T12:15:00Z");

    // The customer was saved again, without a change and with one that Brivo is not told.
    let customer_body = world.body(Entity::Coworker, ANNA);
    world.deliver("CoworkerUpdate", &customer_body).await;
    world.nexudus.edit(|model, now| model.set(Entity::Coworker, ANNA, ("MobilePhone", json!("+44 20 7946 0000")), now));
    let customer_body = world.body(Entity::Coworker, ANNA);
    world.deliver("CoworkerUpdate", &customer_body).await;
    assert_eq!(world.new_calls(), NOTHING);
    assert_eq!(world.groups(ANNA), [501]);
}

/// A booking far enough ahead changes nothing for a person who is known.
#[tokio::test]
async fn an_upcoming_booking_of_a_known_person_costs_nothing_until_its_window() {
    let mut world = World::start().await;
    world.book(1, ROOM, ANNA, ("08:00", "08:10")).await;
    world.run_until(at("08:25")).await;
    world.new_calls();

    world.book(2, OTHER_ROOM, ANNA, ("12:00", "13:00")).await;
    world.book(2, OTHER_ROOM, ANNA, ("13:00", "14:00")).await;
    world.cancel(2).await;
    world.run_until(at("18:00")).await;

    assert_eq!(world.new_calls(), NOTHING);
}

/// NEX-26, D11, DWK-17: Brivo follows the customer's name and address, with one write; a look tells what staff typed beside the
/// address.
#[tokio::test]
async fn a_changed_name_or_address_costs_one_patch() {
    let mut world = World::start().await;
    world.book(1, ROOM, ANNA, ("08:00", "11:00")).await;
    world.new_calls();

    let changed = customer(ANNA, "Anna Planted-Married", "married@planted.example");
    world.nexudus.edit(|model, now| model.put_customer(&changed, now));
    let body = world.body(Entity::Coworker, ANNA);
    world.deliver("CoworkerUpdate", &body).await;

    assert_eq!(world.new_calls(), ["read user", "patch"]);
    let users = world.users();
    assert_eq!(users[0]["lastName"], "Planted-Married");
    assert_eq!(users[0]["emails"][0]["address"], "married@planted.example");
    assert_eq!(world.groups(ANNA), [501]);
}

/// "One token call per token life", renewed once 80 % of it has passed, whatever the life.
#[tokio::test]
async fn a_token_serves_four_fifths_of_its_life_and_is_asked_for_once() {
    for life in [300_u32, 60] {
        let options = Options { access_token_seconds: life, ..Setting::nexudus().brivo };
        let mut world = World::of(Setting { brivo: options, ..Setting::nexudus() }).await;
        world.book(1, ROOM, ANNA, ("07:30", "12:00")).await;
        world.new_calls();
        let (start, mut issued_at) = (world.now(), world.now());
        let mut expected_tokens = 0;

        // A change of groups at every tenth of a life, for two and a half lives.
        for tenth in 1..=25_i64 {
            let now = start + SignedDuration::from_secs(i64::from(life) * tenth / 10);
            world.step(now).await;
            if now.duration_since(issued_at).as_secs() >= i64::from(life) * 4 / 5 {
                expected_tokens += 1;
                issued_at = now;
            }
            let room = if tenth % 2 == 0 { ROOM } else { OTHER_ROOM };
            let body = world.put_booking(1, room, Some(ANNA), ("07:30", "12:00"));
            deliveries::accepted(deliveries::nexudus(&world.bundle, "acme", "BookingUpdate", &body)).await;
        }
        world.settle().await;

        let calls = world.new_calls();
        let count = |name: &str| calls.iter().filter(|call| *call == name).count();
        assert_eq!((count("change groups"), count("token")), (25, expected_tokens), "life {life}: {calls:?}");
        assert_eq!(calls.len(), 25 + expected_tokens);
    }
}

/// Nothing happens, nothing is called: no token is kept warm for its own sake within a working day. Only the hooks are looked at, once
/// an hour.
#[tokio::test]
async fn a_tenant_without_bookings_calls_nobody() {
    let mut world = World::start().await;

    world.run_until(at("2026-03-03T08:00:00Z")).await;

    assert_eq!(world.new_calls(), NOTHING);
    let asked = world.nexudus.read(|model| model.calls().iter().map(|call| call.path.clone()).collect::<Vec<_>>());
    assert!(asked.len() <= 25 && asked.iter().all(|path| path.starts_with("/api/sys/webhooks")), "{asked:?}");
}
