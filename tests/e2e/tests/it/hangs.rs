//! ALL-05: calls that never come back. Each takes as long in earnest as the client waits, so they are few.

use std::{
    cell::Cell,
    time::{Duration, Instant},
};

use simulators::{
    brivo::{Misbehaviour, Times},
    nexudus::Trouble,
};

use crate::{
    browser::Browser,
    connecting::{decide, new_link, unconnected, world_of},
    deliveries::{accepted, nexudus},
    tenants::{OTHER_ROOM, ROOM},
    world::{ANNA, BEN, NONE, World, at},
};

#[tokio::test]
async fn a_creation_that_hangs_after_it_was_applied_makes_no_second_user() {
    let mut world = World::start().await;
    world.fault(("POST", "/users"), Misbehaviour::AppliedThenHang, Times::Count(1));

    world.book(1, ROOM, ANNA, ("08:00", "11:00")).await;
    world.run_until(at("08:00:02")).await;

    assert_eq!((world.groups(ANNA), world.users().len()), (vec![501], 1));
}

/// ALL-11: facts that come in while a run is under way do not cost the member the wake-up that the run arranges.
#[tokio::test]
async fn a_webhook_during_a_run_loses_no_wake_up() {
    let mut world = World::start().await;
    world.book(1, ROOM, ANNA, ("10:00", "11:00")).await;
    world.run_until(at("09:49:59")).await;
    world.fault(("POST", "/users/*/groups"), Misbehaviour::AppliedThenHang, Times::Count(1));

    let body = world.put_booking(2, ROOM, Some(ANNA), ("18:00", "19:00"));
    let is_held_up = || world.brivo.calls().last().is_some_and(|call| call.status.is_none());
    let news = async {
        while !is_held_up() {
            tokio::task::yield_now().await;
        }
        world.deliver("BookingCreate", &body).await;
    };
    tokio::join!(world.step(at("09:50:00")), news);

    assert_eq!(world.groups_at("11:14:59", ANNA).await, [501]);
    assert_eq!(world.groups_at("11:15:00", ANNA).await, NONE);
    assert_eq!(world.groups_at("17:49:59", ANNA).await, NONE);
    assert_eq!(world.groups_at("17:50:00", ANNA).await, [501]);
}

#[tokio::test]
async fn a_grant_that_hangs_is_made_and_a_revoke_that_hangs_as_well() {
    let mut world = World::start().await;
    world.book(1, ROOM, ANNA, ("10:00", "11:00")).await;

    world.fault(("POST", "/users/*/groups"), Misbehaviour::Hang, Times::Count(1));
    assert_eq!(world.groups_at("09:50:02", ANNA).await, [501]);
    world.fault(("POST", "/users/*/groups"), Misbehaviour::AppliedThenHang, Times::Count(1));
    assert_eq!(world.groups_at("11:15:02", ANNA).await, NONE);
}

/// INV-1, INV-2: customer details that never come hold up neither another member's end nor, for long, the customer's own start.
#[tokio::test]
async fn a_platform_that_hangs_holds_up_no_other_members_run() {
    let mut world = World::start().await;
    world.book(1, OTHER_ROOM, BEN, ("08:00", "08:30")).await;
    // Anna's details are wanted and cannot be had until her window opens, the instant at which Ben's closes.
    world.nexudus.edit(|model, _| model.inject(Trouble::Status(503), 1000));
    world.book(2, ROOM, ANNA, ("08:55", "09:30")).await;
    world.run_until(at("08:44:59")).await;
    assert_eq!((world.groups(ANNA), world.groups(BEN)), (vec![], vec![502]));
    world.nexudus.edit(|model, _| {
        model.clear_troubles();
        model.inject(Trouble::Hang, 1);
    });

    let is_waiting = || world.nexudus.read(|model| model.calls().last().is_some_and(|call| call.status.is_none()));
    let meanwhile = async {
        while !is_waiting() || !world.groups(BEN).is_empty() {
            tokio::task::yield_now().await;
        }
        world.groups(ANNA)
    };
    let ((), annas_while_it_hung) = tokio::join!(world.step(at("08:45:00")), meanwhile);

    assert_eq!(annas_while_it_hung, NONE, "Ben left while Nexudus kept Anna's run waiting");
    assert_eq!(world.groups(ANNA), [501], "access rests on what is known");
    assert_eq!(world.stays(BEN, 502), ["08:00:00 to 08:45:00"]);
}

/// INV-1, INV-2: whoever is told of while another's call hangs is looked at at once, at Brivo and at a platform that hangs.
#[tokio::test]
async fn a_webhook_that_comes_while_a_call_hangs_is_acted_on_at_once() {
    for hangs_at_brivo in [true, false] {
        let mut world = World::start().await;
        if hangs_at_brivo {
            world.fault(("POST", "/users"), Misbehaviour::Hang, Times::Count(1));
        } else {
            world.nexudus.edit(|model, _| model.inject(Trouble::Hang, 1));
        }
        let annas = world.put_booking(1, ROOM, Some(ANNA), ("08:00", "11:00"));
        let bens = world.put_booking(2, OTHER_ROOM, Some(BEN), ("08:00", "11:00"));
        accepted(nexudus(&world.bundle, "acme", "BookingCreate", &annas)).await;

        let is_over = Cell::new(false);
        let settled = async {
            world.settle().await;
            is_over.set(true);
        };
        let brivo_waits = || world.brivo.calls().last().is_some_and(|call| call.status.is_none());
        let platform_waits =
            || world.nexudus.read(|model| model.calls().last().is_some_and(|call| call.status.is_none()));
        let news = async {
            while !is_over.get() && !(if hangs_at_brivo { brivo_waits() } else { platform_waits() }) {
                tokio::task::yield_now().await;
            }
            accepted(nexudus(&world.bundle, "acme", "BookingCreate", &bens)).await;
            while !is_over.get() && world.groups(BEN).is_empty() {
                tokio::task::yield_now().await;
            }
            (is_over.get(), world.groups(ANNA), world.groups(BEN))
        };
        let ((), while_it_hung) = tokio::join!(settled, news);

        assert_eq!(while_it_hung, (false, NONE.to_vec(), vec![502]), "at Brivo: {hangs_at_brivo}");
        world.run_until(at("08:01")).await;
        assert_eq!(world.groups(ANNA), [501]);
    }
}

/// ALL-01: whoever has logged in hears within the 30 s that the gateway has, though nothing else of Brivo answers.
#[tokio::test]
async fn a_brivo_that_hangs_after_a_login_does_not_keep_the_page() {
    let world = world_of(unconnected()).await;
    let link = new_link(&world).await;
    world.fault(("GET", "/users"), Misbehaviour::Hang, Times::Always);
    world.fault(("GET", "/groups"), Misbehaviour::Hang, Times::Always);

    let begun = Instant::now();
    let page = decide(&Browser::new(), &link, "allow").await;

    assert_eq!((page.status, page.title()), (200, "Brivo is connected"), "{}", page.html);
    assert!(begun.elapsed() < Duration::from_secs(29), "{:?}", begun.elapsed());
}
