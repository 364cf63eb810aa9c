//! What bookings of rooms, desks and parking lots give, to whoever booked and to those invited.

use serde_json::json;
use simulators::spacebring::Booking;

use super::network::{ANNA, BEN, DESK, LOT, Network, ROOM, booking, maps, person};
use crate::{
    guests::{stays_of, user_with},
    world::{NONE, at},
};

const WINDOW: [&str; 1] = ["09:30:00 to 11:30:00"];

async fn with_resources() -> Network {
    let resources = [(ROOM, 501), (DESK, 502), (LOT, 503)];
    Network::open(&resources.map(|(id, group)| maps("resource", id, &[group]))).await
}

/// SPB-15, SPB-17, SPB-18, SPB-21: half an hour before and after, to the second.
#[tokio::test]
async fn a_room_a_desk_and_a_parking_lot_open_for_the_member_who_booked_them() {
    let mut network = with_resources().await;

    for (id, resource) in [("b1", ROOM), ("b2", DESK), ("b3", LOT)] {
        network.model.put_booking(&booking(id, resource, ("10:00", "11:00")), network.world.now());
        network.tell("booking.created", id).await;
    }
    assert_eq!(network.world.groups_at("09:29:59", ANNA).await, NONE);
    assert_eq!(network.world.groups_at("09:30:00", ANNA).await, [501, 502, 503]);
    network.world.run_until(at("18:00")).await;

    for group in [501, 502, 503] {
        assert_eq!(network.world.stays(ANNA, group), WINDOW, "{group}");
    }
}

/// SPB-16, SPB-19, SPB-20: whoever is invited to a room comes in with it, to a desk or a parking lot not.
#[tokio::test]
async fn nonmembers_and_invitees_of_rooms_get_in_too() {
    let mut network = with_resources().await;
    let invited = || vec![(Some(BEN.to_owned()), person("Ben")), (None, person("Hugo"))];

    for (id, resource) in [("b1", ROOM), ("b2", DESK), ("b3", LOT)] {
        let of_gina = Booking {
            owner: (None, person("Gina")),
            attendees: invited(),
            ..booking(id, resource, ("10:00", "11:00"))
        };
        network.model.put_booking(&of_gina, network.world.now());
        network.tell("booking.created", id).await;
    }
    network.world.run_until(at("18:00")).await;

    let stays = |email: &str, group: u64| stays_of(&network.world, &user_with(&network.world, email).unwrap(), group);
    for group in [501, 502, 503] {
        assert_eq!(stays("gina@example.com", group), WINDOW, "{group}");
    }
    for email in ["ben@example.com", "hugo@example.com"] {
        assert_eq!(stays(email, 501), WINDOW, "{email}");
        assert_eq!((stays(email, 502), stays(email, 503)), (vec![], vec![]), "{email}");
    }
    assert_eq!(network.world.users().len(), 3);
}

/// SPB-25, D2: moved, given to another resource, called off; an attempt of an older message brings nothing back.
#[tokio::test]
async fn a_booking_that_is_moved_or_called_off_takes_access_with_it() {
    let mut network = with_resources().await;
    for (id, times) in [("b1", ("09:00", "12:00")), ("b2", ("14:00", "15:00"))] {
        network.model.put_booking(&booking(id, ROOM, times), network.world.now());
        network.tell("booking.created", id).await;
    }
    let older = network.model.webhook_body("booking.updated", "b1").unwrap();
    let older = network.svix.message(&older, network.world.now());
    network.world.run_until(at("10:00")).await;
    assert_eq!(network.world.groups(ANNA), [501]);

    network.model.put_booking(&booking("b1", DESK, ("09:00", "11:00")), network.world.now());
    network.tell("booking.updated", "b1").await;
    assert_eq!(network.world.groups(ANNA), [502]);
    network.world.run_until(at("10:10")).await;
    network.tell("booking.deleted", "b1").await;
    assert_eq!(network.world.groups(ANNA), NONE);
    let again = network.svix.attempt(&older, network.world.now());
    let request = crate::deliveries::spacebring(&network.world.bundle, "harbour", "subscription.updated", &again);
    crate::deliveries::accepted(request).await;
    network.tell("booking.deleted", "b2").await;
    network.world.run_until(at("18:00")).await;

    assert_eq!(network.world.stays(ANNA, 501), ["08:30:00 to 10:00:00"]);
    assert_eq!(network.world.stays(ANNA, 502), ["10:00:00 to 10:10:00"]);
}

/// SPB-15: what is deleted is one occurrence, told by an id of its own.
#[tokio::test]
async fn an_occurrence_of_a_repeated_booking_is_called_off_alone() {
    let mut network = with_resources().await;
    let occurrences =
        [("b1_2026-03-02T10:00:00.000Z", ("10:00", "11:00")), ("b1_2026-03-02T14:00:00.000Z", ("14:00", "15:00"))];
    for (id, times) in occurrences {
        network.model.put_booking(&booking(id, ROOM, times), network.world.now());
        network.tell("booking.created", id).await;
    }

    network.tell("booking.deleted", occurrences[1].0).await;
    network.world.run_until(at("18:00")).await;

    assert_eq!(network.world.stays(ANNA, 501), WINDOW);
}

/// SPB-10, SPB-36: paid or not it is the same booking, and one of what nobody mapped is none.
#[tokio::test]
async fn a_payment_changes_no_booking_and_what_is_not_mapped_gives_nothing() {
    let mut network = Network::open(&[maps("resource", ROOM, &[501])]).await;
    for (id, resource) in [("b1", ROOM), ("b2", DESK)] {
        network.model.put_booking(&booking(id, resource, ("10:00", "11:00")), network.world.now());
        network.tell("booking.created", id).await;
    }
    let mut refunded = network.model.webhook_body("booking.paid", "b1").unwrap();
    refunded["booking"]["payment"] = json!({"status": "refunded", "type": "flow"});

    network.deliver("booking.paid", &refunded).await;
    network.world.run_until(at("18:00")).await;

    assert_eq!(network.world.stays(ANNA, 501), WINDOW);
    assert_eq!(network.world.stays(ANNA, 502), [""; 0]);
}
