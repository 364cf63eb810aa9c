//! What bookings give, once and by a rule, to bookers and guests.

use serde_json::json;
use simulators::officernd::Entity::{Booking, Membership};

use super::{ANNA, BEN, OTHER_ROOM, PLAN, ROOM, Space, booking, maps, member, membership};
use crate::{
    feed::but,
    guests::{stays_of, user_with},
    world::{NONE, at},
};

const GINA: &str = "gina@example.com";

async fn with_rooms() -> Space {
    Space::open(&[maps("resource", ROOM, &[501]), maps("resource", OTHER_ROOM, &[502])]).await
}

/// ORD-20, ORD-21, ORD-22, ORD-23, ORD-24: not when it is booked but ten minutes before it starts, and for whom it is booked.
#[tokio::test]
async fn a_room_opens_ten_minutes_before_its_booking_for_the_member_and_closes_at_its_end() {
    let mut space = with_rooms().await;

    let by_staff = but(booking("b1", ROOM, ("13:00", "14:00")), &json!({"createdBy": BEN}));
    space.tell(Booking, "booking.created", &by_staff).await;

    assert_eq!(space.world.groups_at("12:49:59", ANNA).await, NONE);
    assert_eq!(space.world.groups_at("12:50:00", ANNA).await, [501]);
    space.world.run_until(at("18:00")).await;
    assert_eq!(space.world.stays(ANNA, 501), ["12:50:00 to 14:00:00"]);
    assert_eq!(space.world.stays(BEN, 501), [""; 0]);
}

/// ORD-23, D2: moved while open, to another room, cancelled before and within its time, removed; tentative ones wait.
#[tokio::test]
async fn a_booking_that_changes_changes_access_with_it() {
    let mut space = with_rooms().await;
    for (id, times) in [("b1", ("09:00", "12:00")), ("b2", ("13:00", "14:00")), ("b3", ("15:00", "16:00"))] {
        space.tell(Booking, "booking.created", &booking(id, ROOM, times)).await;
    }
    let tentative = but(booking("b4", OTHER_ROOM, ("09:00", "10:00")), &json!({"isTentative": true}));
    space.tell(Booking, "booking.created", &tentative).await;
    space
        .tell(Booking, "booking.updated", &but(booking("b2", ROOM, ("13:00", "14:00")), &json!({"isCancelled": true})))
        .await;

    space.world.run_until(at("10:00")).await;
    space.tell(Booking, "booking.updated", &booking("b1", OTHER_ROOM, ("09:00", "11:00"))).await;
    assert_eq!(space.world.groups(ANNA), [502]);
    space.world.run_until(at("10:30")).await;
    space
        .tell(
            Booking,
            "booking.updated",
            &but(booking("b1", OTHER_ROOM, ("09:00", "11:00")), &json!({"isCancelled": true})),
        )
        .await;
    assert_eq!(space.world.groups(ANNA), NONE);
    space.world.run_until(at("15:30")).await;
    space.remove(Booking, "booking.removed", "b3").await;
    space.world.run_until(at("18:00")).await;

    assert_eq!(space.world.stays(ANNA, 501), ["08:50:00 to 10:00:00", "14:50:00 to 15:30:00"]);
    assert_eq!(space.world.stays(ANNA, 502), ["10:00:00 to 10:30:00"]);
}

/// ORD-25, ORD-26, ORD-27: guests have the booking's window until they are left out; one who is a member keeps the rest.
#[tokio::test]
async fn guests_get_in_with_the_booking_and_members_among_them_keep_what_they_have() {
    let mappings = [maps("resource", ROOM, &[501]), maps("plan", PLAN, &[501, 502])];
    let mut space = Space::open(&mappings).await;
    let bens = but(membership("s1", PLAN), &json!({"member": BEN}));
    space.tell(Membership, "membership.created", &bens).await;
    let visitors = json!([{"name": "Gina Guest", "email": GINA}, {"name": "Hugo Helper", "email": "hugo@example.com"},
        {"name": "B. E.", "email": "Ben@example.com"}]);
    let invited = but(booking("b1", ROOM, ("10:00", "11:00")), &json!({"visitors": visitors}));

    space.tell(Booking, "booking.created", &invited).await;
    space.world.run_until(at("10:15")).await;
    let without_hugo = json!([{"name": "Gina Guest", "email": GINA}, {"email": "ben@example.com"}]);
    space.tell(Booking, "booking.updated", &but(invited, &json!({"visitors": without_hugo}))).await;
    space.world.run_until(at("18:00")).await;

    let stays = |email: &str| stays_of(&space.world, &user_with(&space.world, email).unwrap(), 501);
    assert_eq!(stays(GINA), ["09:50:00 to 11:00:00"]);
    assert_eq!(stays("hugo@example.com"), ["09:50:00 to 10:15:00"]);
    assert_eq!(space.world.stays(BEN, 501), ["08:00:00 to"]);
    assert_eq!(space.world.groups(BEN), [501, 502]);
    assert_eq!(space.world.users().len(), 4, "Anna, Ben, Gina and Hugo");
}

/// ORD-22, ORD-23, D3: each week at ten by the clocks of London, an hour earlier by the sun from the end of March on; without what is
/// left out of the series, be it by an exception or by the removal of one occurrence.
#[tokio::test]
async fn a_series_follows_its_clocks_over_the_change_of_the_hour() {
    let mut space = Space::open_at("2026-03-26T08:00:00Z", &[maps("resource", ROOM, &[501])]).await;
    space
        .tell(
            simulators::officernd::Entity::Member,
            "member.created",
            &member(ANNA, "Anna Example", "anna@example.com"),
        )
        .await;
    let times = ("2026-03-26T10:00:00Z", "2026-03-26T11:00:00Z");
    let rule = json!({"rrule": "FREQ=WEEKLY;COUNT=5", "exdates": ["2026-04-09T09:00:00.000Z"]});

    space.tell(Booking, "booking.created", &but(booking("b1", ROOM, times), &json!({"recurrence": rule}))).await;
    space.world.run_until(at("2026-04-10T00:00:00Z")).await;
    let slot = json!({"_id": "o1", "booking": "b1", "start": {"dateTime": "2026-04-16T09:00:00.000Z"}});
    let gone = json!({"event": "e1", "eventType": "occupancyslot.removed", "createdAt": space.world.now(), "data": {"object": slot}});
    space.deliver(&gone.to_string()).await;
    space.world.run_until(at("2026-04-20T00:00:00Z")).await;
    space.world.run_until(at("2026-04-30T00:00:00Z")).await;

    assert_eq!(
        space.world.stays(ANNA, 501),
        [
            "2026-03-26T09:50:00Z to 2026-03-26T11:00:00Z",
            "2026-04-02T08:50:00Z to 2026-04-02T10:00:00Z",
            "2026-04-23T08:50:00Z to 2026-04-23T10:00:00Z",
        ]
    );
}
