//! Deskworks and Coworks: who is no member gets nothing, R12.

use super::*;

const PLATFORMS_THAT_DENY: [&str; 2] = ["deskworks", "coworks"];

/// R12.
#[tokio::test]
async fn whoever_is_no_member_gets_nothing_where_only_members_are_let_in() {
    for platform in PLATFORMS_THAT_DENY {
        let mut world = world_with(platform, json!({"invitees": ["room"]})).await;

        tell(&world, "booking.upserted", booking("b1", gina(), &[hugo()])).await;
        world.run_until(at("18:00")).await;

        assert_eq!((user_with(&world, GINA), user_with(&world, HUGO)), (None, None), "{platform}");
        assert!(world.brivo.history().is_empty(), "{platform}");
    }
}

/// R13: but a booker who is named by a member's address is that member.
#[tokio::test]
async fn a_booker_by_a_members_address_comes_in_where_only_members_are_let_in() {
    for (platform, opens) in [("deskworks", "09:50:00"), ("coworks", "10:00:00")] {
        let mut world = world_of(platform).await;

        tell(&world, "booking.upserted", booking("b1", json!({"name": "A.", "email": ANNAS}), &[])).await;
        world.run_until(at("18:00")).await;

        assert_eq!(world.stays(ANNA, 501), [format!("{opens} to 11:00:00")], "{platform}");
        assert_eq!(world.users().len(), 1, "{platform}");
    }
}

/// R13: and so is an invitee, where invitees are let in; by the preset they are not.
#[tokio::test]
async fn an_invitee_by_a_members_address_comes_in_if_invitees_do() {
    for (platform, opens) in [("deskworks", "09:50:00"), ("coworks", "10:00:00")] {
        for (policy, stays) in
            [(json!({"invitees": ["room"]}), vec![format!("{opens} to 11:00:00")]), (json!({}), Vec::new())]
        {
            let mut world = world_with(platform, policy).await;

            tell(&world, "booking.upserted", booking("b1", gina(), &[json!({"email": ANNAS})])).await;
            world.run_until(at("18:00")).await;

            assert_eq!(world.stays(ANNA, 501), stays, "{platform}");
            assert_eq!(user_with(&world, GINA), None, "{platform}");
        }
    }
}

/// R12, R26: a stranger who becomes a member is let in from then on.
#[tokio::test]
async fn a_stranger_who_becomes_a_member_is_let_in_from_then_on() {
    for platform in PLATFORMS_THAT_DENY {
        let mut world = world_of(platform).await;
        tell(&world, "booking.upserted", booking("b1", gina(), &[])).await;
        world.run_until(at("10:30")).await;
        assert_eq!(user_with(&world, GINA), None, "{platform}");

        tell(&world, "member.upserted", member(41, "Gina Guest", GINA)).await;
        world.run_until(at("18:00")).await;

        assert_eq!(world.stays(41, 501), ["10:30:00 to 11:00:00"], "{platform}");
    }
}

/// R12, R26, DWK-22: nobody comes in as a guest who may not, though the invitation stands; back as a member, they are let in.
#[tokio::test]
async fn a_member_who_is_removed_while_invited_goes_where_only_members_are_let_in() {
    let mut world = world_with("deskworks", json!({"invitees": ["room"]})).await;
    tell(&world, "booking.upserted", booking("b1", gina(), &[json!({"email": ANNAS})])).await;
    world.run_until(at("10:10")).await;
    let user = user_with(&world, ANNAS).unwrap();
    assert_eq!(groups_with(&world, ANNAS), [501]);

    tell(&world, "member.removed", json!({"id": ANNA.to_string()})).await;
    assert_eq!(groups_with(&world, ANNAS), NONE);
    assert_eq!(user_with(&world, ANNAS).unwrap()["suspended"], true);
    world.run_until(at("10:30")).await;
    tell(&world, "member.upserted", member(ANNA, "Anna Example", ANNAS)).await;

    let back = user_with(&world, ANNAS).unwrap();
    assert_eq!((&back["id"], &back["suspended"]), (&user["id"], &json!(false)));
    world.run_until(at("18:00")).await;
    assert_eq!(stays_of(&world, &user, 501), ["09:50:00 to 10:10:00", "10:30:00 to 11:00:00"]);
}
