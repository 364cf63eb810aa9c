//! People whom bookings name by an e-mail address: guests, and members who are named so.

use serde_json::{Value, json};
use simulators::brivo::{Change, GroupId, UserId};

use crate::{
    bundle::answer,
    deliveries::{event, events},
    tenants::{self, OTHER_ROOM, ROOM},
    world::{ANNA, BEN, NONE, Setting, World, at},
};

mod becoming;
mod denied;
mod disputed;
mod handing_over;
mod many;

const GINA: &str = "gina@example.com";
const HUGO: &str = "hugo@example.com";
const ANNAS: &str = "anna@example.com";

/// From ten to eleven, as Spacebring and OfficeRnD open and close it.
const SPACEBRINGS_WINDOW: [&str; 1] = ["09:30:00 to 11:30:00"];
const OFFICERNDS_WINDOW: [&str; 1] = ["09:50:00 to 11:00:00"];
const NEVER: [&str; 0] = [];

/// A tenant on the canonical feed with two rooms, a plan that gives the second's group, and the member Anna.
async fn world_with(platform: &str, changes: Value) -> World {
    let mut document = tenants::with_platform("harbour", platform, "Europe/London");
    document["mappings"] = json!([
        tenants::resource(ROOM, &[501]),
        tenants::resource(OTHER_ROOM, &[502]),
        {"kind": "plan", "id": "p1", "groups": [501, 503]},
    ]);
    document["policy"] = changes;
    let world = World::of(Setting::of(document)).await;
    tell(&world, "member.upserted", member(ANNA, "Anna Example", ANNAS)).await;
    world
}

async fn world_of(platform: &str) -> World {
    world_with(platform, json!({})).await
}

async fn tell(world: &World, kind: &str, data: Value) {
    let id = format!("{kind} {} at {}", data["id"], world.now());
    world.tell(&[event(&id, kind, world.now(), data)]).await;
}

fn member(id: u64, full_name: &str, email: &str) -> Value {
    json!({"id": id.to_string(), "full_name": full_name, "email": email, "status": "active"})
}

/// A confirmed booking of the room from ten to eleven.
fn booking(id: &str, booker: Value, invitees: &[Value]) -> Value {
    let mut data = json!({"id": id, "resource": ROOM.to_string(), "kind": "room", "starts": at("10:00"), "ends": at("11:00"),
        "status": "confirmed", "invitees": invitees});
    data["booker"] = booker;
    data
}

fn anna() -> Value {
    json!({"member": ANNA.to_string()})
}

fn gina() -> Value {
    json!({"name": "Gina Guest", "email": GINA})
}

fn hugo() -> Value {
    json!({"name": "Hugo Helper", "email": HUGO})
}

/// The only Brivo user with an address, as the listing shows it.
pub(crate) fn user_with(world: &World, email: &str) -> Option<Value> {
    let users: Vec<Value> = world.users().into_iter().filter(|user| user["emails"][0]["address"] == email).collect();
    assert!(users.len() <= 1, "{users:?}");
    users.into_iter().next()
}

fn id_of(user: &Value) -> UserId {
    UserId(user["id"].as_u64().unwrap())
}

/// The groups of whoever has an address now.
pub(crate) fn groups_with(world: &World, email: &str) -> Vec<u64> {
    let Some(user) = user_with(world, email) else { return NONE.to_vec() };
    let external_id = user["externalId"].as_str().unwrap();
    world.brivo.read(|model| model.groups_of(external_id)).into_iter().map(|group| group.0).collect()
}

/// From when until when a Brivo user was in a group, under whatever reference of ours.
pub(crate) fn stays_of(world: &World, user: &Value, group: u64) -> Vec<String> {
    let user = id_of(user);
    let mut stays: Vec<String> = Vec::new();
    for change in world.brivo.history() {
        if change.group != GroupId(group) || change.user != user {
            continue;
        }
        let time = change.at.strftime("%H:%M:%S").to_string();
        match change.change {
            Change::Joined => stays.push(format!("{time} to")),
            Change::Left => *stays.last_mut().unwrap() += &[" ", &time].concat(),
        }
    }
    stays
}

/// SPB-16, SPB-27: the user is made when the booking becomes known, with name and e-mail and nothing else.
#[tokio::test]
async fn a_room_booked_by_somebody_who_is_no_member_opens_for_them() {
    let mut world = world_of("spacebring").await;

    tell(&world, "booking.upserted", booking("b1", gina(), &[])).await;

    let user = user_with(&world, GINA).unwrap();
    assert_eq!((&user["firstName"], &user["lastName"]), (&json!("Gina"), &json!("Guest")));
    assert_eq!((&user["phoneNumbers"], &user["suspended"]), (&Value::Null, &json!(false)));
    assert!(user["externalId"].as_str().unwrap().starts_with("harbour:"), "{user}");
    assert_eq!(groups_with(&world, GINA), NONE);
    world.run_until(at("18:00")).await;
    assert_eq!(stays_of(&world, &user, 501), SPACEBRINGS_WINDOW);
    assert_eq!(world.users().len(), 1, "the account is kept, and nobody else has one");
}

/// SPB-19, SPB-20: only a room's invitees come in with it.
#[tokio::test]
async fn whoever_is_invited_to_a_room_gets_its_group_and_to_a_desk_or_a_parking_lot_not() {
    let mut world = world_of("spacebring").await;
    let of_kind = |id: &str, kind: &str| {
        let mut data = booking(id, anna(), &[hugo()]);
        data["kind"] = json!(kind);
        data["resource"] = json!(OTHER_ROOM.to_string());
        data
    };

    tell(&world, "booking.upserted", booking("b1", anna(), &[gina(), json!({"member": BEN.to_string()})])).await;
    tell(&world, "member.upserted", member(BEN, "Ben Example", "ben@example.com")).await;
    tell(&world, "booking.upserted", of_kind("b2", "desk")).await;
    tell(&world, "booking.upserted", of_kind("b3", "parking")).await;
    world.run_until(at("18:00")).await;

    for member in [ANNA, BEN] {
        assert_eq!(world.stays(member, 501), SPACEBRINGS_WINDOW, "{member}");
    }
    assert_eq!(world.stays(ANNA, 502), SPACEBRINGS_WINDOW);
    assert_eq!(world.stays(BEN, 502), NEVER);
    assert_eq!(stays_of(&world, &user_with(&world, GINA).unwrap(), 501), SPACEBRINGS_WINDOW);
    assert_eq!(user_with(&world, HUGO), None);
}

/// SPB-25, INV-3.
#[tokio::test]
async fn who_is_invited_or_left_out_while_the_window_is_open_comes_in_or_goes_at_once() {
    let mut world = world_of("spacebring").await;
    tell(&world, "booking.upserted", booking("b1", anna(), &[gina()])).await;
    tell(&world, "booking.upserted", booking("b2", hugo(), &[])).await;
    world.run_until(at("10:10")).await;
    assert_eq!(groups_with(&world, GINA), [501]);

    // Gina goes; Hugo, who has a booking of his own, comes and goes again.
    tell(&world, "booking.upserted", booking("b1", anna(), &[hugo()])).await;
    assert_eq!(groups_with(&world, GINA), NONE);
    world.run_until(at("10:20")).await;
    tell(&world, "booking.upserted", booking("b1", anna(), &[])).await;
    assert_eq!(groups_with(&world, HUGO), [501]);
    world.run_until(at("10:30")).await;
    tell(&world, "booking.upserted", booking("b1", anna(), &[gina()])).await;
    assert_eq!(groups_with(&world, GINA), [501]);
    world.run_until(at("18:00")).await;

    let gina = user_with(&world, GINA).unwrap();
    assert_eq!(stays_of(&world, &gina, 501), ["09:30:00 to 10:10:00", "10:30:00 to 11:30:00"]);
    assert_eq!(stays_of(&world, &user_with(&world, HUGO).unwrap(), 501), SPACEBRINGS_WINDOW);
    assert_eq!(world.stays(ANNA, 501), SPACEBRINGS_WINDOW);
}

/// ORD-25, ORD-26.
#[tokio::test]
async fn a_guest_has_the_groups_of_the_room_until_left_out_or_the_booking_is_cancelled() {
    let mut world = world_of("officernd").await;
    tell(&world, "booking.upserted", booking("b1", anna(), &[gina(), hugo()])).await;
    let mut elsewhere = booking("b2", anna(), &[gina()]);
    elsewhere["resource"] = json!(OTHER_ROOM.to_string());
    tell(&world, "booking.upserted", elsewhere.clone()).await;
    world.run_until(at("10:15")).await;
    assert_eq!(groups_with(&world, GINA), [501, 502]);

    tell(&world, "booking.upserted", booking("b1", anna(), &[gina()])).await;
    assert_eq!((groups_with(&world, GINA), groups_with(&world, HUGO)), (vec![501, 502], NONE.to_vec()));
    elsewhere["status"] = json!("cancelled");
    tell(&world, "booking.upserted", elsewhere).await;
    assert_eq!(groups_with(&world, GINA), [501]);
    world.run_until(at("18:00")).await;

    let gina = user_with(&world, GINA).unwrap();
    assert_eq!(stays_of(&world, &gina, 501), OFFICERNDS_WINDOW);
    assert_eq!(stays_of(&world, &gina, 502), ["09:50:00 to 10:15:00"]);
}

/// ORD-26: the whole booking is gone.
#[tokio::test]
async fn a_removed_booking_takes_its_guests_with_it() {
    let mut world = world_of("officernd").await;
    tell(&world, "booking.upserted", booking("b1", gina(), &[hugo()])).await;
    world.run_until(at("10:15")).await;

    tell(&world, "booking.removed", json!({"id": "b1"})).await;

    assert_eq!((groups_with(&world, GINA), groups_with(&world, HUGO)), (NONE.to_vec(), NONE.to_vec()));
}

/// ORD-27, R13: who is named by a member's address is that member, however it is written.
#[tokio::test]
async fn a_guest_who_is_also_a_member_keeps_what_the_membership_gives() {
    let mut world = world_of("officernd").await;
    let membership =
        json!({"id": "s1", "plan": "p1", "member": ANNA.to_string(), "starts": "2026-03-01", "status": "active"});
    tell(&world, "membership.upserted", membership).await;
    let mut elsewhere = booking("b1", gina(), &[json!({"name": "A. E.", "email": " Anna@EXAMPLE.com "})]);
    elsewhere["resource"] = json!(OTHER_ROOM.to_string());

    tell(&world, "booking.upserted", elsewhere).await;
    tell(&world, "booking.upserted", booking("b2", gina(), &[json!({"email": ANNAS})])).await;
    world.run_until(at("18:00")).await;

    assert_eq!(world.stays(ANNA, 502), OFFICERNDS_WINDOW);
    assert_eq!(world.stays(ANNA, 501), ["08:00:00 to"]);
    assert_eq!(world.groups(ANNA), [501, 503]);
    assert_eq!(user_with(&world, ANNAS).unwrap()["firstName"], "Anna");
    assert_eq!(world.users().len(), 2, "Anna and Gina");
}

/// ORD-21: an administrator books for John; who typed it in is not told, and whose address is beside the id does not matter.
#[tokio::test]
async fn a_booking_on_behalf_of_a_member_is_that_members() {
    let mut world = world_of("officernd").await;
    let on_behalf = json!({"member": ANNA.to_string(), "name": "Gina Guest", "email": GINA});

    tell(&world, "booking.upserted", booking("b1", on_behalf, &[])).await;
    world.run_until(at("18:00")).await;

    assert_eq!(world.stays(ANNA, 501), OFFICERNDS_WINDOW);
    assert_eq!(user_with(&world, GINA), None);
}

/// R12: no access for who cannot be told from others; the log names the booking and nobody.
#[tokio::test]
async fn whoever_has_neither_member_nor_email_stays_outside_and_unnamed() {
    let mut world = world_of("spacebring").await;

    tell(&world, "booking.upserted", booking("b77", json!({"name": "Nora Nobody"}), &[gina(), json!({"name": "Ned"})]))
        .await;
    world.run_until(at("18:00")).await;

    assert_eq!(world.users().len(), 1, "Gina alone");
    let said = world.stderr();
    assert!(said.lines().any(|line| line.contains("INFO") && line.contains("b77")), "{said}");
    for personal in ["Nora", "Ned", "Gina", GINA] {
        assert!(!said.contains(personal), "{personal}");
    }
}

/// SPB-16, R28: a later booking by the same address is the same user's; a corrected name follows.
#[tokio::test]
async fn a_guest_who_comes_again_is_the_same_user() {
    let mut world = world_of("spacebring").await;
    tell(&world, "booking.upserted", booking("b1", json!({"email": GINA}), &[])).await;
    let first = user_with(&world, GINA).unwrap();
    assert_eq!(first["firstName"], GINA, "there is nothing better to call them");
    world.run_until(at("12:00")).await;

    let mut again = booking("b2", gina(), &[]);
    (again["starts"], again["ends"]) = (json!(at("14:00")), json!(at("15:00")));
    tell(&world, "booking.upserted", again).await;
    world.run_until(at("18:00")).await;

    let user = user_with(&world, GINA).unwrap();
    assert_eq!(user["id"], first["id"]);
    assert_eq!((&user["firstName"], &user["lastName"]), (&json!("Gina"), &json!("Guest")));
    assert_eq!(stays_of(&world, &user, 501), ["09:30:00 to 11:30:00", "13:30:00 to 15:30:00"]);
}

/// R24: nothing is taken in of a delivery that names somebody in a way that cannot be read, and every place is told.
#[tokio::test]
async fn a_booking_that_names_people_badly_is_refused() {
    let world = world_of("spacebring").await;
    let bad = booking("b1", json!({"email": "gina at example.com"}), &[gina(), json!("hugo"), json!({"member": {}})]);
    let body = json!([event("bad", "booking.upserted", world.now(), bad)]).to_string();

    let (status, answered) = answer(events(&world.bundle, "harbour", &body, world.now())).await;

    assert_eq!(status, 400);
    let faults: Vec<&str> =
        answered["faults"].as_array().unwrap().iter().map(|fault| fault.as_str().unwrap()).collect();
    for place in ["[0].data.booker.email: ", "[0].data.invitees[1]: ", "[0].data.invitees[2].member: "] {
        assert!(faults.iter().any(|fault| fault.starts_with(place)), "{place}: {faults:?}");
    }
    assert_eq!((faults.len(), world.users().len()), (3, 0));
}
