//! A Brivo user changes hands between guest and member on Brivo's bad days.

use jiff::SignedDuration;
use simulators::brivo::{ErrorBody, Misbehaviour, Times};

use super::{becoming::GINA_AS_MEMBER, *};

const LINK: (&str, &str) = ("PATCH", "/users/*");

/// R26, INV-3: there and back, the first call that changes hands struck each time.
async fn strike_every_handover(what: Misbehaviour) {
    let mut world = world_of("spacebring").await;
    let tolerance = SignedDuration::from_secs(2);
    tell(&world, "booking.upserted", booking("b1", anna(), &[gina()])).await;
    world.run_until(at("10:00")).await;
    let guest = user_with(&world, GINA).unwrap();

    world.fault(LINK, what.clone(), Times::Count(1));
    tell(&world, "member.upserted", member(GINA_AS_MEMBER, "Gina Guest", GINA)).await;
    world.run_until(world.now() + tolerance).await;
    assert_eq!(world.groups(GINA_AS_MEMBER), [501], "as a member after {what:?}");

    world.fault(LINK, what.clone(), Times::Count(1));
    tell(&world, "member.removed", json!({"id": GINA_AS_MEMBER.to_string()})).await;
    world.run_until(world.now() + tolerance).await;
    assert_eq!(groups_with(&world, GINA), [501], "as a guest after {what:?}");
    assert_eq!(world.groups(GINA_AS_MEMBER), NONE, "no longer as a member after {what:?}");

    world.run_until(at("18:00")).await;
    assert_eq!(user_with(&world, GINA).unwrap()["id"], guest["id"], "{what:?}");
    assert_eq!(stays_of(&world, &guest, 501), SPACEBRINGS_WINDOW, "{what:?}");
    assert_eq!(world.users().len(), 2, "Anna and Gina after {what:?}");
}

#[tokio::test]
async fn a_handover_refused_with_503_comes_about_after_all() {
    strike_every_handover(Misbehaviour::ServerError { status: 503, body: ErrorBody::Json }).await;
}

#[tokio::test]
async fn a_handover_whose_answer_is_lost_is_found_to_have_come_about() {
    strike_every_handover(Misbehaviour::AppliedThenDropped).await;
    strike_every_handover(Misbehaviour::AppliedThenError { status: 504 }).await;
    strike_every_handover(Misbehaviour::EmptyBody).await;
}
