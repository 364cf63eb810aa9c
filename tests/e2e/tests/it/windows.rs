//! When a booking opens doors and when it no longer does.

use crate::{
    tenants::{OTHER_ROOM, ROOM, SHARING_ROOM, SUITE, UNMAPPED_ROOM},
    world::{ANNA, BEN, NONE, World, at},
};

/// NEX-17, NEX-18, NEX-19.
#[tokio::test]
async fn a_booking_opens_ten_minutes_early_and_closes_fifteen_minutes_late_to_the_second() {
    let mut world = World::start().await;

    world.book(1, ROOM, ANNA, ("10:00", "11:00")).await;

    assert_eq!(world.groups(ANNA), NONE);
    assert_eq!(world.groups_at("09:49:59", ANNA).await, NONE);
    assert_eq!(world.groups_at("09:50:00", ANNA).await, [501]);
    assert_eq!(world.groups_at("11:14:59", ANNA).await, [501]);
    assert_eq!(world.groups_at("11:15:00", ANNA).await, NONE);
    assert_eq!(world.stays(ANNA, 501), ["09:50:00 to 11:15:00"]);
}

/// NEX-17, NEX-18: one long step of the clock stops wherever something falls due.
#[tokio::test]
async fn a_step_over_the_whole_day_runs_everything_on_the_way() {
    let mut world = World::start().await;
    world.book(1, ROOM, ANNA, ("10:00", "11:00")).await;
    world.book(2, OTHER_ROOM, ANNA, ("14:00", "15:00")).await;

    world.step(at("14:30:00")).await;
    assert_eq!(world.groups(ANNA), [502]);
    assert_eq!(world.stays(ANNA, 501).len(), 1);

    world.step(at("2026-03-09T00:00:00Z")).await;
    assert_eq!(world.groups(ANNA), NONE);
}

/// NEX-20.
#[tokio::test]
async fn bookings_that_touch_overlap_or_share_a_group_leave_no_gap_and_end_once() {
    let mut world = World::start().await;

    world.book(1, ROOM, ANNA, ("10:00", "11:00")).await;
    world.book(2, ROOM, ANNA, ("11:00", "12:00")).await;
    world.book(3, ROOM, ANNA, ("11:30", "12:30")).await;
    world.book(4, SHARING_ROOM, ANNA, ("12:40", "13:00")).await;
    world.book(5, ROOM, BEN, ("10:00", "10:30")).await;
    world.run_until(at("18:00")).await;

    assert_eq!(world.stays(ANNA, 501), ["09:50:00 to 13:15:00"]);
    assert_eq!(world.stays(ANNA, 503), ["12:30:00 to 13:15:00"]);
    assert_eq!(world.stays(BEN, 501), ["09:50:00 to 10:45:00"]);
}

/// NEX-20: between two bookings that do not overlap with lead and lag there is a gap.
#[tokio::test]
async fn bookings_apart_are_two_stays() {
    let mut world = World::start().await;

    world.book(1, ROOM, ANNA, ("10:00", "11:00")).await;
    world.book(2, ROOM, ANNA, ("11:26", "12:00")).await;
    world.book(3, ROOM, BEN, ("10:00", "11:00")).await;
    world.book(4, ROOM, BEN, ("11:25", "12:00")).await;
    world.run_until(at("18:00")).await;

    assert_eq!(world.stays(ANNA, 501), ["09:50:00 to 11:15:00", "11:16:00 to 12:15:00"]);
    assert_eq!(world.stays(BEN, 501), ["09:50:00 to 12:15:00"]);
}

/// NEX-21.
#[tokio::test]
async fn a_booking_made_inside_its_lead_or_already_running_opens_at_once() {
    let mut world = World::start().await;

    world.book(1, ROOM, ANNA, ("08:03", "08:30")).await;
    assert_eq!(world.groups(ANNA), [501]);

    world.book(2, OTHER_ROOM, BEN, ("07:00", "09:00")).await;
    assert_eq!(world.groups(BEN), [502]);

    world.run_until(at("09:20:00")).await;
    // Its time is over, but not its lag.
    world.book(3, SHARING_ROOM, ANNA, ("08:00", "09:10")).await;
    assert_eq!(world.groups(ANNA), [501, 503]);
    // Over altogether.
    world.book(4, OTHER_ROOM, ANNA, ("08:00", "09:00")).await;
    assert_eq!(world.groups(ANNA), [501, 503]);

    world.run_until(at("18:00")).await;
    assert_eq!(world.stays(ANNA, 501), ["08:00:00 to 08:45:00", "09:20:00 to 09:25:00"]);
    assert_eq!(world.stays(BEN, 502), ["08:00:00 to 09:15:00"]);
}

/// NEX-22: before the window opens.
#[tokio::test]
async fn a_booking_changed_before_its_window_opens_by_the_new_one_alone() {
    let mut world = World::start().await;
    for (id, customer) in [(1, ANNA), (2, BEN)] {
        world.book(id, ROOM, customer, ("10:00", "11:00")).await;
    }
    world.run_until(at("09:00")).await;

    // Moved and to another room.
    world.book(1, OTHER_ROOM, ANNA, ("12:00", "13:00")).await;
    // Brought forward, into its lead.
    world.book(2, ROOM, BEN, ("09:05", "09:30")).await;
    assert_eq!(world.groups(BEN), [501]);
    // Made and cancelled.
    world.book(3, SHARING_ROOM, ANNA, ("10:00", "11:00")).await;
    world.cancel(3).await;

    world.run_until(at("18:00")).await;
    assert_eq!(world.stays(ANNA, 501), [""; 0]);
    assert_eq!(world.stays(ANNA, 502), ["11:50:00 to 13:15:00"]);
    assert_eq!(world.stays(ANNA, 503), [""; 0]);
    assert_eq!(world.stays(BEN, 501), ["09:00:00 to 09:45:00"]);
}

/// NEX-22: while the window is open.
#[tokio::test]
async fn a_booking_changed_during_its_window_takes_effect_at_once() {
    let mut world = World::start().await;
    world.book(1, ROOM, ANNA, ("10:00", "11:00")).await;
    world.book(2, OTHER_ROOM, BEN, ("10:00", "12:00")).await;
    world.run_until(at("10:30")).await;

    // Extended; shortened so that its lag still runs.
    world.book(1, ROOM, ANNA, ("10:00", "11:30")).await;
    world.book(2, OTHER_ROOM, BEN, ("10:00", "10:20")).await;
    assert_eq!(world.groups(BEN), [502]);
    assert_eq!(world.groups_at("10:34:59", BEN).await, [502]);
    assert_eq!(world.groups_at("10:35:00", BEN).await, NONE);

    // Another resource, in one call.
    world.run_until(at("10:40")).await;
    world.new_calls();
    world.book(1, OTHER_ROOM, ANNA, ("10:00", "11:30")).await;
    assert_eq!(world.groups(ANNA), [502]);
    assert_eq!(world.new_calls(), ["token", "change groups"]);

    // Another customer.
    world.run_until(at("10:50")).await;
    world.book(1, OTHER_ROOM, BEN, ("10:00", "11:30")).await;
    assert_eq!(world.groups(ANNA), NONE);
    assert_eq!(world.groups(BEN), [502]);

    // Cancelled, and that late: removed at once.
    world.run_until(at("11:35")).await;
    world.cancel(1).await;
    assert_eq!(world.groups(BEN), NONE);

    world.run_until(at("18:00")).await;
    assert_eq!(world.stays(ANNA, 501), ["09:50:00 to 10:40:00"]);
    assert_eq!(world.stays(ANNA, 502), ["10:40:00 to 10:50:00"]);
    assert_eq!(world.stays(BEN, 502), ["09:50:00 to 10:35:00", "10:50:00 to 11:35:00"]);
}

/// NEX-22, INV-3: what is cancelled takes nothing away that something else gives.
#[tokio::test]
async fn a_cancelled_booking_leaves_what_an_overlapping_one_gives() {
    let mut world = World::start().await;
    world.book(1, ROOM, ANNA, ("10:00", "11:00")).await;
    world.book(2, SHARING_ROOM, ANNA, ("10:30", "11:30")).await;
    world.run_until(at("10:45")).await;

    world.cancel(1).await;
    assert_eq!(world.groups(ANNA), [501, 503]);

    world.run_until(at("18:00")).await;
    assert_eq!(world.stays(ANNA, 501), ["09:50:00 to 11:45:00"]);
}

/// ALL-10, R16: it waits, without a user until ninety days before its window.
#[tokio::test]
async fn a_booking_five_years_ahead_waits_and_opens_in_time() {
    let mut world = World::start().await;

    world.book(1, ROOM, ANNA, ("2031-03-02T10:00:00Z", "2031-03-02T11:00:00Z")).await;
    assert_eq!(world.new_calls(), [""; 0]);
    assert_eq!(world.access(ANNA).await["groups"][0]["due"], false);

    // The consent of 2026 is long over: an operator connects anew.
    world.run_until(at("2030-12-01T00:00:00Z")).await;
    world.reconnect("planted-refresh-token-of-2030").await;
    world.run_until(at("2030-12-02T09:49:59Z")).await;
    assert_eq!(world.users().len(), 0);
    world.run_until(at("2030-12-02T09:50:00Z")).await;
    assert_eq!(world.users().len(), 1);

    world.run_until(at("2031-03-01T00:00:00Z")).await;
    world.reconnect("planted-refresh-token-of-2031").await;
    world.run_until(at("2031-03-03T00:00:00Z")).await;
    assert_eq!(world.stays(ANNA, 501), ["2031-03-02T09:50:00Z to 2031-03-02T11:15:00Z"]);
}

/// NEX-06, ALL-10: eight groups at once, and a room that is not controlled.
#[tokio::test]
async fn a_suite_opens_all_its_groups_together_and_an_unmapped_room_nothing() {
    let mut world = World::start().await;

    world.book(1, UNMAPPED_ROOM, BEN, ("08:00", "11:00")).await;
    world.run_until(at("09:00")).await;
    assert_eq!(world.new_calls(), [""; 0]);
    world.book(2, SUITE, ANNA, ("10:00", "11:00")).await;

    assert_eq!(world.groups_at("09:49:59", ANNA).await, NONE);
    assert_eq!(world.groups_at("09:50:00", ANNA).await, [511, 512, 513, 514, 515, 516, 517, 518]);
    assert_eq!(world.groups_at("11:15:00", ANNA).await, NONE);
    assert_eq!(world.users().len(), 1);
}
