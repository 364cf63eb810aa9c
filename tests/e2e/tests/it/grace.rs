//! The preset `spacebring` over the canonical feed: thirty minutes on both sides.

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::{
    deliveries::event,
    tenants::{self, OTHER_ROOM, ROOM},
    world::{ANNA, NONE, Setting, World, at},
};

/// A Spacebring tenant whose member is known since `start_at`.
async fn spacebring(time_zone: &str, start_at: &str) -> World {
    let document = tenants::with_platform("harbour", "spacebring", time_zone);
    let world = World::of(Setting { start_at: at(start_at), ..Setting::of(document) }).await;
    let anna = json!({"id": ANNA.to_string(), "full_name": "Anna Planted-Nameson", "email": "anna@planted.example",
        "phone": "+44 20 7946 0000", "status": "active"});
    world.tell(&[event("anna", "member.upserted", world.now(), anna)]).await;
    world
}

/// A confirmed booking of a room by Anna.
pub(crate) fn booking(id: &str, room: u64, (from, to): (&str, &str), time: Timestamp) -> Value {
    let data = json!({"id": id, "resource": room.to_string(), "kind": "room", "starts": at(from), "ends": at(to),
        "status": "confirmed", "booker": {"member": ANNA.to_string()}});
    event(&format!("{id} at {time}"), "booking.upserted", time, data)
}

/// SPB-21, SPB-22, SPB-23: the two examples of Spacebring's own page, at a location in New York.
#[tokio::test]
async fn a_booking_opens_and_closes_half_an_hour_around_it_to_the_second() {
    // 12 PM to 4 PM, and 9:30 to 11:30 AM by the clocks there.
    let mut world = spacebring("America/New_York", "2024-01-08T12:00:00Z").await;
    let first = booking("b1", ROOM, ("2024-01-08T12:00:00-05:00", "2024-01-08T16:00:00-05:00"), world.now());
    world.tell(&[first]).await;
    assert_eq!(world.groups_at("2024-01-08T11:29:59-05:00", ANNA).await, NONE);
    assert_eq!(world.groups_at("2024-01-08T11:30:00-05:00", ANNA).await, [501]);
    assert_eq!(world.groups_at("2024-01-08T16:29:59-05:00", ANNA).await, [501]);
    assert_eq!(world.groups_at("2024-01-08T16:30:00-05:00", ANNA).await, NONE);

    let mut world = spacebring("America/New_York", "2024-05-11T12:00:00Z").await;
    let second = booking("b2", ROOM, ("2024-05-12T09:30:00-04:00", "2024-05-12T11:30:00-04:00"), world.now());
    world.tell(&[second]).await;
    world.run_until(at("2024-05-13T00:00:00Z")).await;
    assert_eq!(world.stays(ANNA, 501), ["2024-05-12T13:00:00Z to 2024-05-12T16:00:00Z"]);
}

/// SPB-24.
#[tokio::test]
async fn bookings_forty_minutes_apart_are_one_stay() {
    let mut world = spacebring("Europe/London", "2026-03-02T08:00:00Z").await;

    world.tell(&[booking("b1", ROOM, ("10:00", "11:00"), world.now())]).await;
    world.tell(&[booking("b2", ROOM, ("11:40", "12:00"), world.now())]).await;
    // An hour apart touches; one second more does not.
    world.tell(&[booking("b3", OTHER_ROOM, ("10:00", "11:00"), world.now())]).await;
    world.tell(&[booking("b4", OTHER_ROOM, ("12:00", "12:30"), world.now())]).await;
    world.tell(&[booking("b5", OTHER_ROOM, ("13:30:01", "14:00"), world.now())]).await;
    world.run_until(at("18:00")).await;

    assert_eq!(world.stays(ANNA, 501), ["09:30:00 to 12:30:00"]);
    assert_eq!(world.stays(ANNA, 502), ["09:30:00 to 13:00:00", "13:00:01 to 14:30:00"]);
    assert_eq!(world.users()[0]["phoneNumbers"], Value::Null, "SPB-27: no phone");
}

/// SPB-26: the half hour is of real time, on the night on which the clocks change.
#[tokio::test]
async fn a_booking_across_the_change_of_the_clocks_keeps_thirty_real_minutes_on_both_sides() {
    // In New York the hour from 2 to 3 in the morning is left out.
    let mut world = spacebring("America/New_York", "2026-03-08T00:00:00-05:00").await;
    let spring = ("2026-03-08T01:45:00-05:00", "2026-03-08T03:15:00-04:00");
    world.tell(&[booking("b1", ROOM, spring, world.now())]).await;
    world.run_until(at("2026-03-09T00:00:00Z")).await;
    assert_eq!(world.stays(ANNA, 501), ["2026-03-08T06:15:00Z to 2026-03-08T07:45:00Z"]);

    // In London the hour from 1 to 2 comes twice.
    let mut world = spacebring("Europe/London", "2026-10-24T22:00:00Z").await;
    let autumn = ("2026-10-25T01:30:00+01:00", "2026-10-25T01:30:00Z");
    world.tell(&[booking("b1", ROOM, autumn, world.now())]).await;
    world.run_until(at("2026-10-26T00:00:00Z")).await;
    assert_eq!(world.stays(ANNA, 501), ["2026-10-25T00:00:00Z to 2026-10-25T02:00:00Z"]);
}

/// SPB-21, and a day by its date: from its first instant to its last, by the clocks of the location.
#[tokio::test]
async fn a_booking_of_a_whole_day_follows_the_clocks_of_its_location() {
    let mut world = spacebring("America/New_York", "2026-03-07T12:00:00Z").await;
    let mut day = booking("b1", ROOM, ("10:00", "11:00"), world.now());
    day["data"]["starts"] = json!("2026-03-08");
    day["data"]["ends"] = json!("2026-03-08");

    world.tell(&[day]).await;
    world.run_until(at("2026-03-10T00:00:00Z")).await;

    // Twenty-three hours.
    assert_eq!(world.stays(ANNA, 501), ["2026-03-08T04:30:00Z to 2026-03-09T04:30:00Z"]);
}
