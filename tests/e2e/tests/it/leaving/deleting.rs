//! The policy that deletes.

use simulators::brivo::{ErrorBody, Misbehaviour, Times};

use super::*;

const DELETE: (&str, &str) = ("DELETE", "/users/*");

async fn world_that_deletes(after: &str) -> World {
    world_under("deskworks", json!({"deprovision": "delete", "delete_after": after})).await
}

/// DWK-26, X23: out of the groups, then out of Brivo.
#[tokio::test]
async fn who_leaves_is_no_user_any_more_and_in_no_group() {
    let mut world = world_that_deletes("PT0S").await;
    world.run_until(at("08:10")).await;
    world.new_calls();

    tell(&world, "membership.upserted", cancelled(billing())).await;

    assert_eq!(world.new_writes(), ["change groups", "delete"]);
    assert_eq!((world.users().len(), members_of(&world, OFFICE)), (0, vec![]));
    assert_eq!(world.standings(ANNA), ["08:00:00 Created", "08:10:00 Deleted"]);
    let access = world.access(ANNA).await;
    assert_eq!((&access["brivo_user_id"], &access["last_error"]), (&Value::Null, &Value::Null));
}

/// R16: with this policy a member without a reason is not made, so that nobody is made to be deleted.
#[tokio::test]
async fn a_member_without_a_reason_is_not_made() {
    let world = world_of(document_with("deskworks", &mappings(), json!({"deprovision": "delete"}))).await;

    tell(&world, "member.upserted", anna()).await;

    assert_eq!(world.brivo.standings(), []);
}

/// DWK-29: another user and another link; the records of the first still name it.
#[tokio::test]
async fn who_comes_back_is_a_new_user_and_the_old_records_name_the_old_one() {
    let world = world_that_deletes("PT0S").await;
    let first = world.user(ANNA).unwrap();
    tell(&world, "membership.upserted", cancelled(billing())).await;

    tell(&world, "membership.upserted", membership("b2", "office", ANNA)).await;

    let second = world.user(ANNA).unwrap();
    assert_ne!(first, second);
    assert_eq!((world.groups(ANNA), members_of(&world, OFFICE)), (vec![OFFICE], vec![second]));
    let (_, audit) = world.bundle.api("/tenants/harbour/members/31/audit").await;
    let of_user = |user: UserId| {
        let records = audit["records"].as_array().unwrap().iter();
        records.filter(|record| record["brivo_user"] == json!(user)).count()
    };
    // Given groups and taken out of them; the making is known by its reference and the deletion by what it left.
    assert!(of_user(first) >= 2 && of_user(second) >= 1, "{audit}");
}

/// B8: until then the user stays, without groups; whoever comes back meanwhile is still the same.
#[tokio::test]
async fn a_deletion_waits_as_long_as_the_policy_says() {
    let mut world = world_that_deletes("PT5H").await;
    let user = world.user(ANNA);
    tell(&world, "membership.upserted", cancelled(billing())).await;
    assert_eq!((world.groups(ANNA), world.user(ANNA)), (vec![], user));
    assert_eq!(world.access(ANNA).await["accounts"][0]["delete_at"], "2026-03-02T13:00:00Z");

    world.run_until(at("12:00")).await;
    tell(&world, "membership.upserted", billing()).await;
    assert_eq!((world.groups(ANNA), world.user(ANNA)), (vec![OFFICE], user));
    world.run_until(at("13:30")).await;
    assert_eq!(world.user(ANNA), user);

    tell(&world, "membership.upserted", cancelled(billing())).await;
    world.run_until(at("18:29:59")).await;
    assert_eq!(world.user(ANNA), user);
    world.run_until(at("18:30:00")).await;
    assert_eq!(world.users().len(), 0);
}

/// DWK-29, INV-8: a reservation to come keeps the user, however far ahead it is.
#[tokio::test]
async fn who_has_a_reservation_to_come_is_not_deleted_before_it_is_over() {
    for (from, to) in [("10:00", "11:00"), ("2026-12-01T10:00:00Z", "2026-12-01T11:00:00Z")] {
        let world = world_that_deletes("PT0S").await;
        let reservation = booking("r1", ROOM, ANNA, (from, to));
        tell(&world, "booking.upserted", reservation.clone()).await;

        tell(&world, "membership.upserted", cancelled(billing())).await;
        assert_eq!((world.groups(ANNA), world.users().len()), (vec![], 1), "{from}");

        tell(&world, "booking.upserted", cancelled(reservation)).await;
        assert_eq!(world.users().len(), 0, "{from}");
    }
    let mut world = world_that_deletes("PT0S").await;
    tell(&world, "booking.upserted", booking("r1", ROOM, ANNA, ("10:00", "11:00"))).await;
    tell(&world, "membership.upserted", cancelled(billing())).await;
    world.run_until(at("18:00")).await;
    assert_eq!(world.stays(ANNA, ROOMS), ["09:50:00 to 11:00:00"]);
    assert_eq!(world.standings(ANNA), ["08:00:00 Created", "11:00:00 Deleted"]);
}

/// DWK-30: somebody was quicker.
#[tokio::test]
async fn a_deletion_that_finds_no_user_counts_as_done() {
    let mut world = world_that_deletes("PT30M").await;
    tell(&world, "membership.upserted", cancelled(billing())).await;
    world.run_until(at("08:10")).await;
    world.delete_by_hand(ANNA);
    world.new_calls();

    world.run_until(at("08:40")).await;

    assert_eq!(world.new_writes(), ["delete"]);
    let access = world.access(ANNA).await;
    assert_eq!((&access["brivo_user_id"], &access["last_error"]), (&Value::Null, &Value::Null));
    world.run_until(at("12:00")).await;
    assert_eq!(world.new_writes(), [""; 0]);
}

/// DWK-30, ALL-05: what was applied without an answer is read back by our reference and not repeated.
#[tokio::test]
async fn a_deletion_whose_answer_was_lost_is_looked_for_and_not_made_twice() {
    for what in [Misbehaviour::AppliedThenDropped, Misbehaviour::AppliedThenError { status: 503 }] {
        let mut world = world_that_deletes("PT0S").await;
        world.new_calls();
        world.fault(DELETE, what.clone(), Times::Count(1));

        tell(&world, "membership.upserted", cancelled(billing())).await;
        world.run_until(at("08:01")).await;

        assert_eq!(world.new_calls(), ["change groups", "delete", "look up"], "{what:?}");
        assert_eq!(world.users().len(), 0);
        let access = world.access(ANNA).await;
        assert_eq!((&access["brivo_user_id"], &access["last_error"]), (&Value::Null, &Value::Null), "{what:?}");
    }
}

/// DWK-30, ALL-05: what was not applied is made after all.
#[tokio::test]
async fn a_refused_deletion_is_made_after_all() {
    for what in [
        Misbehaviour::ServerError { status: 503, body: ErrorBody::Html },
        Misbehaviour::TooMany,
        Misbehaviour::Teapot,
        Misbehaviour::TokenRefused,
    ] {
        let mut world = world_that_deletes("PT0S").await;
        world.fault(DELETE, what.clone(), Times::Count(1));

        tell(&world, "membership.upserted", cancelled(billing())).await;
        world.run_until(at("08:00:05")).await;

        assert_eq!((world.users().len(), world.standings(ANNA).len()), (0, 2), "{what:?}");
        assert_eq!(world.access(ANNA).await["last_error"], Value::Null, "{what:?}");
    }
}
