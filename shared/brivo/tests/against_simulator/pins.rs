//! Access codes as the simulated Brivo keeps them. That it takes null for "none" is its assumption as well as ours.

use domain::BrivoUserId;
use simulators::brivo::{Match, Misbehaviour, UserId};

use super::World;

impl World {
    async fn set_pin(&self, user: BrivoUserId, pin: &str) -> Result<(), brivo::BrivoError> {
        let pin = &pin.into();
        self.call(|client, token| async move { client.set_pin(&token, user, pin).await }).await
    }

    async fn clear_pin(&self, user: BrivoUserId) -> Result<(), brivo::BrivoError> {
        self.call(|client, token| async move { client.clear_pin(&token, user).await }).await
    }

    fn pin_of(&self, user: BrivoUserId) -> Option<String> {
        let id = UserId(u64::try_from(user.0).unwrap());
        self.brivo.read(|model| model.profile_of(id).unwrap().pin.clone())
    }
}

#[tokio::test]
async fn a_code_is_set_with_its_end_changed_and_taken_away_and_nothing_else_changes() {
    let world = World::new().await;
    let user = world.a_user().await;
    let before = world.read(user).await.unwrap();
    let (end, pin) = (world.now() + jiff::SignedDuration::from_hours(8), &"5279".into());

    world.call(|client, token| async move { client.set_pin_until(&token, user, pin, end).await }).await.unwrap();
    assert_eq!(
        (world.pin_of(user).as_deref(), world.read(user).await.unwrap().effective_to),
        (Some("5279"), Some(end))
    );
    world.set_pin(user, "9753").await.unwrap();
    assert_eq!(
        (world.pin_of(user).as_deref(), world.read(user).await.unwrap().effective_to),
        (Some("9753"), Some(end))
    );
    world.clear_pin(user).await.unwrap();

    assert_eq!(world.pin_of(user), None);
    assert_eq!(world.read(user).await.unwrap(), brivo::User { effective_to: Some(end), ..before });
    assert_eq!(world.brivo.violations(), [""; 0]);
}

#[tokio::test]
async fn after_a_time_out_a_code_is_set_again_with_the_same_effect() {
    let world = World::impatient().await;
    let user = world.a_user().await;
    world.fault(Match::call("PATCH", "/users/*"), Misbehaviour::AppliedThenHang);

    let error = world.set_pin(user, "5279").await.unwrap_err();
    world.set_pin(user, "5279").await.unwrap();

    assert!(error.outcome_unknown());
    assert_eq!(world.pin_of(user).as_deref(), Some("5279"));
}
