//! Guests who become members, and members who become guests: R26.

use simulators::brivo::{BrivoServer, Model};

use super::*;

/// Every secret of the account in the east.
const EAST: &str = "planted-secret-of-the-east";

pub(super) const GINA_AS_MEMBER: u64 = 41;

/// Records of a person's audit log whose action is this.
async fn audited(world: &World, member: &str, action: &str) -> usize {
    let (status, audit) = world.bundle.api(&format!("/tenants/harbour/members/{member}/audit")).await;
    assert_eq!(status, 200, "{audit}");
    audit["records"].as_array().unwrap().iter().filter(|record| record["action"] == action).count()
}

/// R26, INV-3: the same Brivo user, linked to the member, without a gap.
#[tokio::test]
async fn a_guest_who_becomes_a_member_goes_on_as_the_same_user() {
    let mut world = world_of("spacebring").await;
    tell(&world, "booking.upserted", booking("b1", anna(), &[gina()])).await;
    world.run_until(at("10:20")).await;
    let guest = user_with(&world, GINA).unwrap();

    tell(&world, "member.upserted", member(GINA_AS_MEMBER, "Gina Guest", GINA)).await;

    assert_eq!(world.groups(GINA_AS_MEMBER), [501]);
    let user = user_with(&world, GINA).unwrap();
    assert_eq!((&user["id"], &user["externalId"]), (&guest["id"], &json!("harbour:41")));
    assert_eq!(audited(&world, "41", "link user").await, 1);
    world.run_until(at("18:00")).await;
    assert_eq!(stays_of(&world, &user, 501), SPACEBRINGS_WINDOW);
    assert_eq!(world.users().len(), 2, "Anna and Gina");
}

/// R26, R22: before the window opens too, and what comes later is the member's.
#[tokio::test]
async fn a_guest_who_becomes_a_member_ahead_of_the_booking_comes_in_as_the_member() {
    let mut world = world_of("spacebring").await;
    tell(&world, "booking.upserted", booking("b1", gina(), &[])).await;
    let guest = user_with(&world, GINA).unwrap();

    tell(&world, "member.upserted", member(GINA_AS_MEMBER, "Gina Guest", GINA)).await;
    let mut second = booking("b2", json!({"member": GINA_AS_MEMBER.to_string()}), &[]);
    second["resource"] = json!(OTHER_ROOM.to_string());
    tell(&world, "booking.upserted", second).await;
    world.run_until(at("18:00")).await;

    let user = user_with(&world, GINA).unwrap();
    assert_eq!(user["id"], guest["id"]);
    assert_eq!(world.stays(GINA_AS_MEMBER, 501), SPACEBRINGS_WINDOW);
    assert_eq!(world.stays(GINA_AS_MEMBER, 502), SPACEBRINGS_WINDOW);
    assert_eq!(world.users().len(), 1);
}

/// R26, INV-3: the invitation stands, so access goes on under the guest's reference.
#[tokio::test]
async fn a_member_who_is_removed_while_invited_goes_on_as_a_guest() {
    let mut world = world_of("officernd").await;
    tell(&world, "member.upserted", member(GINA_AS_MEMBER, "Gina Guest", GINA)).await;
    tell(&world, "booking.upserted", booking("b1", anna(), &[gina()])).await;
    world.run_until(at("10:20")).await;
    let before = user_with(&world, GINA).unwrap();
    assert_eq!(before["externalId"], "harbour:41");

    tell(&world, "member.removed", json!({"id": GINA_AS_MEMBER.to_string()})).await;

    assert_eq!(groups_with(&world, GINA), [501]);
    let user = user_with(&world, GINA).unwrap();
    assert_eq!(user["id"], before["id"]);
    assert_ne!(user["externalId"], before["externalId"]);
    world.run_until(at("18:00")).await;
    assert_eq!(stays_of(&world, &user, 501), OFFICERNDS_WINDOW);
    assert_eq!(world.users().len(), 2, "Anna and Gina");
}

/// R26, R27: there and back again.
#[tokio::test]
async fn a_removed_member_who_was_a_guest_meanwhile_comes_back_as_the_same_user() {
    let mut world = world_of("officernd").await;
    tell(&world, "member.upserted", member(GINA_AS_MEMBER, "Gina Guest", GINA)).await;
    tell(&world, "booking.upserted", booking("b1", anna(), &[gina()])).await;
    world.run_until(at("10:20")).await;
    let before = user_with(&world, GINA).unwrap();

    tell(&world, "member.removed", json!({"id": GINA_AS_MEMBER.to_string()})).await;
    world.run_until(at("10:40")).await;
    tell(&world, "member.upserted", member(GINA_AS_MEMBER, "Gina Guest", GINA)).await;

    let user = user_with(&world, GINA).unwrap();
    assert_eq!((&user["id"], &user["externalId"]), (&before["id"], &json!("harbour:41")));
    world.run_until(at("18:00")).await;
    assert_eq!(stays_of(&world, &user, 501), OFFICERNDS_WINDOW);
}

/// R13, R23: whoever gets another address is not meant by the old one any more.
#[tokio::test]
async fn a_member_with_another_address_leaves_the_invitation_to_whoever_has_the_old_one() {
    let mut world = world_of("spacebring").await;
    tell(&world, "booking.upserted", booking("b1", json!({"member": BEN.to_string()}), &[json!({"email": ANNAS})]))
        .await;
    world.run_until(at("10:00")).await;
    assert_eq!(world.groups(ANNA), [501]);

    tell(&world, "member.upserted", member(ANNA, "Anna Example", "anna.new@example.com")).await;

    assert_eq!(world.groups(ANNA), NONE);
    // Somebody has the old address and is invited still; nobody says who.
    assert_eq!(groups_with(&world, ANNAS), [501]);
    world.run_until(at("10:10")).await;
    tell(&world, "member.upserted", json!({"id": ANNA.to_string(), "email": ANNAS, "status": "active"})).await;
    assert_eq!(world.groups(ANNA), [501]);
    world.run_until(at("18:00")).await;
    assert_eq!(world.stays(ANNA, 501), ["09:30:00 to 10:00:00", "10:10:00 to 11:30:00"]);
}

/// R26: the guest's user is the member's only if the member has none; whatever it held is taken back.
#[tokio::test]
async fn a_member_with_a_user_who_takes_a_guests_address_keeps_their_own() {
    let mut world = world_of("spacebring").await;
    let mut bens = booking("b1", json!({"member": BEN.to_string()}), &[]);
    bens["resource"] = json!(OTHER_ROOM.to_string());
    tell(&world, "member.upserted", member(BEN, "Ben Example", "ben@example.com")).await;
    tell(&world, "booking.upserted", bens).await;
    tell(&world, "booking.upserted", booking("b2", gina(), &[])).await;
    world.run_until(at("10:20")).await;
    let (ben, guest) = (user_with(&world, "ben@example.com").unwrap(), user_with(&world, GINA).unwrap());

    tell(&world, "member.upserted", member(BEN, "Ben Example", GINA)).await;

    assert_eq!(world.groups(BEN), [501, 502]);
    world.run_until(at("18:00")).await;
    assert_eq!(stays_of(&world, &ben, 502), SPACEBRINGS_WINDOW);
    assert_eq!(stays_of(&world, &ben, 501), ["10:20:00 to 11:30:00"]);
    assert_eq!(stays_of(&world, &guest, 501), ["09:30:00 to 10:20:00"]);
}

/// R26: the removal comes first, the invitation later.
#[tokio::test]
async fn a_removed_member_who_is_invited_later_is_the_same_user() {
    let mut world = world_of("spacebring").await;
    tell(&world, "member.upserted", member(GINA_AS_MEMBER, "Gina Guest", GINA)).await;
    tell(&world, "booking.upserted", booking("b1", json!({"member": GINA_AS_MEMBER.to_string()}), &[])).await;
    let before = user_with(&world, GINA).unwrap();
    world.run_until(at("10:10")).await;
    tell(&world, "member.removed", json!({"id": GINA_AS_MEMBER.to_string()})).await;
    assert_eq!(world.groups(GINA_AS_MEMBER), NONE);
    world.run_until(at("10:20")).await;

    tell(&world, "booking.upserted", booking("b2", anna(), &[gina()])).await;

    assert_eq!(groups_with(&world, GINA), [501]);
    world.run_until(at("18:00")).await;
    let user = user_with(&world, GINA).unwrap();
    assert_eq!(user["id"], before["id"]);
    assert_eq!(stays_of(&world, &user, 501), ["09:30:00 to 10:10:00", "10:20:00 to 11:30:00"]);
}

/// R5, R13: whoever is inactive is still the one who is meant, and holds nothing.
#[tokio::test]
async fn an_inactive_member_does_not_come_in_as_a_guest() {
    let mut world = world_of("spacebring").await;
    tell(&world, "booking.upserted", booking("b1", gina(), &[json!({"email": ANNAS})])).await;
    world.run_until(at("10:10")).await;
    assert_eq!(world.groups(ANNA), [501]);

    tell(&world, "member.upserted", json!({"id": ANNA.to_string(), "status": "inactive"})).await;
    world.run_until(at("18:00")).await;

    assert_eq!(world.stays(ANNA, 501), ["09:30:00 to 10:10:00"]);
    assert_eq!(world.users().len(), 2, "Anna and Gina");
}

/// R22, R26: one delivery, the booking before the member.
#[tokio::test]
async fn a_booking_and_its_booker_told_in_one_delivery_make_one_user() {
    let mut world = world_of("spacebring").await;
    let news = [
        event("b1", "booking.upserted", world.now(), booking("b1", gina(), &[])),
        event("m41", "member.upserted", world.now(), member(GINA_AS_MEMBER, "Gina Guest", GINA)),
        event("b2", "booking.upserted", world.now(), booking("b2", anna(), &[gina()])),
    ];

    world.tell(&news).await;
    world.run_until(at("18:00")).await;

    assert_eq!(world.stays(GINA_AS_MEMBER, 501), SPACEBRINGS_WINDOW);
    assert_eq!(user_with(&world, GINA).unwrap()["externalId"], "harbour:41");
    assert_eq!(world.users().len(), 2, "Anna and Gina");
}

/// R26: of several bookings, near and far, none is left behind.
#[tokio::test]
async fn all_bookings_of_a_guest_are_the_members_whoever_was_told_of_last() {
    let mut world = world_of("spacebring").await;
    let mut far = booking("b2", gina(), &[]);
    (far["starts"], far["ends"]) = (json!(at("2026-05-20T10:00:00Z")), json!(at("2026-05-20T11:00:00Z")));
    tell(&world, "booking.upserted", booking("b1", gina(), &[])).await;
    tell(&world, "booking.upserted", far).await;
    world.run_until(at("09:00")).await;

    tell(&world, "member.upserted", member(GINA_AS_MEMBER, "Gina Guest", GINA)).await;
    let access = world.access(GINA_AS_MEMBER).await;
    world.run_until(at("18:00")).await;

    assert_eq!(access["groups"][0]["reasons"].as_array().unwrap().len(), 2, "{access}");
    assert_eq!(world.stays(GINA_AS_MEMBER, 501), SPACEBRINGS_WINDOW);
}

/// R26, INV-6: an account that cannot be reached keeps the member waiting there, and in no other account.
#[tokio::test]
async fn trouble_in_one_account_holds_up_the_new_member_in_no_other() {
    let mut document = tenants::with_platform("harbour", "spacebring", "Europe/London");
    document["accounts"].as_array_mut().unwrap().push(json!({
        "id": "east", "region": "us", "api_key": EAST, "client_id": EAST, "client_secret": EAST, "refresh_token": EAST,
    }));
    document["locations"] = json!([
        {"id": "west", "name": "West", "time_zone": "Europe/London", "account": "hq", "site": 1},
        {"id": "east", "name": "East", "time_zone": "Europe/London", "account": "east", "site": 2},
    ]);
    let at_location = |location: &str, room: u64, group: u64| json!({"kind": "resource", "id": room.to_string(), "groups": [group], "location": location});
    document["mappings"] = json!([at_location("west", ROOM, 501), at_location("east", OTHER_ROOM, 502)]);
    document["policy"] = json!({"account_scope": "location"});
    let before = |brivo: &BrivoServer| {
        let connect = |model: &mut Model, now| {
            model.add_application(EAST, EAST, EAST);
            model.accept_refresh_token(EAST, EAST, now);
        };
        brivo.edit(connect).unwrap();
    };
    let mut world = World::of(Setting { before, ..Setting::of(document) }).await;
    let at_east = |mut data: Value| {
        (data["resource"], data["location"]) = (json!(OTHER_ROOM.to_string()), json!("east"));
        data
    };
    let at_west = |mut data: Value| {
        data["location"] = json!("west");
        data
    };
    tell(&world, "booking.upserted", at_west(booking("b1", gina(), &[]))).await;
    tell(&world, "booking.upserted", at_east(booking("b2", gina(), &[]))).await;
    // Nobody in the east takes our secret any more, once its token is over.
    world.brivo.edit(|model, _| model.add_application(EAST, "another secret", EAST)).unwrap();
    world.run_until(at("08:20")).await;

    tell(&world, "member.upserted", member(GINA_AS_MEMBER, "Gina Guest", GINA)).await;
    world.run_until(at("10:00")).await;

    assert_eq!(world.groups(GINA_AS_MEMBER), [501]);
    assert!(world.access(GINA_AS_MEMBER).await["last_error"].as_str().unwrap().contains("east"));
}
