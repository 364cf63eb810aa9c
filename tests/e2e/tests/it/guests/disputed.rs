//! Two members with one address: who is named by it is nobody, R13.

use super::*;

/// What the API says of whoever is known by Anna's address alone: the first half of its SHA-256 names them.
async fn access_of_guest(world: &World) -> Value {
    let guest = "guest:f7d54c22dda5b1780276601cd005909b";
    let (status, body) = world.bundle.api(&format!("/tenants/harbour/members/{guest}/access")).await;
    assert_eq!(status, 200, "{body}");
    body
}

/// R13: neither of them, nobody else, and an operator is told.
#[tokio::test]
async fn an_address_that_two_members_have_lets_nobody_in_and_is_reported() {
    let mut world = world_of("spacebring").await;
    tell(&world, "member.upserted", member(BEN, "Ben Example", ANNAS)).await;

    tell(&world, "booking.upserted", booking("b1", json!({"email": ANNAS}), &[gina()])).await;
    world.run_until(at("10:30")).await;

    assert_eq!((world.groups(ANNA), world.groups(BEN)), (NONE.to_vec(), NONE.to_vec()));
    assert_eq!(user_with(&world, ANNAS), None);
    assert_eq!(groups_with(&world, GINA), [501], "the other guests come in");
    let access = access_of_guest(&world).await;
    assert!(access["notices"].to_string().contains("several members"), "{access}");
    assert!(access["last_error"].to_string().contains("several members"), "{access}");
    for member in [ANNA, BEN] {
        let access = world.access(member).await;
        assert!(access["notices"].to_string().contains("another member has the same e-mail"), "{access}");
    }
    assert!(!world.stderr().contains(ANNAS));
}

/// R13: once it is one member's alone, it is that member.
#[tokio::test]
async fn a_settled_dispute_lets_in_the_member_who_kept_the_address() {
    let mut world = world_of("spacebring").await;
    tell(&world, "member.upserted", member(BEN, "Ben Example", ANNAS)).await;
    tell(&world, "booking.upserted", booking("b1", json!({"email": ANNAS}), &[])).await;
    world.run_until(at("10:30")).await;

    tell(&world, "member.upserted", member(BEN, "Ben Example", "ben@example.com")).await;
    assert_eq!((world.groups(ANNA), world.groups(BEN)), (vec![501], NONE.to_vec()));
    world.run_until(at("18:00")).await;

    assert_eq!(world.stays(ANNA, 501), ["10:30:00 to 11:30:00"]);
    assert_eq!(world.users().len(), 1);
}

/// R13: a second member with the address of one who is inside by it takes that access away, and reports it.
#[tokio::test]
async fn a_second_member_with_the_address_ends_what_it_gave_the_first() {
    let mut world = world_of("spacebring").await;
    let mut own = booking("b2", anna(), &[]);
    own["resource"] = json!(OTHER_ROOM.to_string());
    tell(&world, "booking.upserted", booking("b1", json!({"email": ANNAS}), &[])).await;
    tell(&world, "booking.upserted", own).await;
    world.run_until(at("10:30")).await;
    assert_eq!(world.groups(ANNA), [501, 502]);

    tell(&world, "member.upserted", member(BEN, "Ben Example", ANNAS)).await;

    assert_eq!((world.groups(ANNA), world.groups(BEN)), (vec![502], NONE.to_vec()));
    assert!(access_of_guest(&world).await["notices"].to_string().contains("several members"));
}
