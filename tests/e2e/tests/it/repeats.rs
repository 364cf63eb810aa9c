//! One booking is one reason and leaves one wake-up, however often it is told and moved.

use simulators::nexudus::Entity;

use crate::{
    tenants::{OTHER_ROOM, ROOM},
    world::{ANNA, BEN, World, at},
};

/// ALL-09.
#[tokio::test]
async fn a_booking_told_in_several_deliveries_is_one_reason() {
    let mut world = World::start().await;
    let created = world.put_booking(1, ROOM, Some(ANNA), ("10:00", "11:00"));
    let updated = world.put_booking(1, ROOM, Some(ANNA), ("10:00", "11:00"));
    assert_ne!(created, updated);

    for (action, body) in [("BookingCreate", &created), ("BookingUpdate", &updated), ("BookingCreate", &updated)] {
        world.deliver(action, body).await;
    }

    let access = world.access(ANNA).await;
    assert_eq!(access["groups"].as_array().unwrap().len(), 1);
    assert_eq!(access["groups"][0]["reasons"].as_array().unwrap().len(), 1, "{access}");
    world.run_until(at("18:00")).await;
    assert_eq!(world.stays(ANNA, 501), ["09:50:00 to 11:15:00"]);
}

/// ALL-10: one minute, of the past, of years ago, without a customer; nothing of it breaks anything.
#[tokio::test]
async fn odd_bookings_are_taken_and_do_what_they_say() {
    let mut world = World::start().await;

    world.book(1, ROOM, ANNA, ("10:00", "10:01")).await;
    world.book(2, OTHER_ROOM, ANNA, ("07:00", "07:30")).await;
    world.book(3, OTHER_ROOM, ANNA, ("1999-12-31T23:00:00Z", "2000-01-01T01:00:00Z")).await;
    let internal = world.put_booking(4, OTHER_ROOM, None, ("08:00", "11:00"));
    world.deliver("BookingCreate", &internal).await;
    // Somebody Nexudus does not tell more about.
    let stranger = world.put_booking(5, OTHER_ROOM, Some(999), ("08:00", "11:00"));
    world.deliver("BookingCreate", &stranger).await;
    world.run_until(at("18:00")).await;

    assert_eq!(world.stays(ANNA, 501), ["09:50:00 to 10:16:00"]);
    assert_eq!(world.stays(ANNA, 502), [""; 0]);
    assert_eq!(world.users().len(), 1, "nobody is made without a name");
    assert_eq!(world.bundle.api("/tenants/acme/status").await.1["queue"]["overdue"], 0);
}

/// ALL-11.
#[tokio::test]
async fn a_booking_moved_many_times_leaves_one_wake_up_and_a_cancelled_one_none() {
    let mut world = World::start().await;
    for minute in 28..40 {
        world.book(1, ROOM, ANNA, (&format!("12:{minute}"), &format!("13:{minute}"))).await;
    }

    // A minute early at most, as the scheduler needs it.
    let (_, next_due) = world.bundle.clock().await;
    let (earliest, latest) = (at("12:23:00"), at("12:24:00"));
    assert!(next_due.is_some_and(|due| earliest <= due && due <= latest), "{next_due:?}");
    world.set_clock(at("13:53:59"));
    let (_, ran) = crate::bundle::answer(world.bundle.step(at("13:53:59"))).await;
    // The schedule, the look at Brivo that it prepared, the grant, the schedule of the revoke; and the hourly reading.
    assert_eq!(ran["ran"], 5);
    assert_eq!(world.groups(ANNA), [501]);
    world.run_until(at("13:54:00")).await;
    assert_eq!(world.bundle.clock().await.1, None, "nothing is left");

    world.book(2, ROOM, BEN, ("18:00", "19:00")).await;
    assert!(world.bundle.clock().await.1.is_some());
    let body = world.body(Entity::Booking, 2);
    world.cancel(2).await;
    assert_eq!(world.bundle.clock().await.1, None);
    // What is deleted stays so, whatever comes late.
    world.deliver("BookingUpdate", &format!("{body} ")).await;
    assert_eq!(world.bundle.clock().await.1, None);
}
