//! Leaving, adoption and the end of an access code, as the simulated Brivo sees them.

use std::{collections::BTreeSet, future::Future};

use brivo::{AccessToken, BrivoError, Client};
use domain::{BrivoUserId, ExternalId, GroupId};
use simulators::brivo::{Change, GroupId as SimulatedGroup, Match, Misbehaviour, Profile, Standing, UserId};

use super::{World, ids, member};

impl World {
    pub(super) async fn call<T, F>(&self, work: impl Fn(Client, AccessToken) -> F) -> Result<T, BrivoError>
    where
        F: Future<Output = Result<T, BrivoError>>,
    {
        self.session.call(self.now(), work).await
    }

    async fn suspend(&self, user: BrivoUserId, suspended: bool) -> Result<(), BrivoError> {
        self.call(|client, token| async move { client.set_suspended(&token, user, suspended).await }).await
    }

    async fn suspended(&self, user: BrivoUserId) -> Result<bool, BrivoError> {
        self.call(|client, token| async move { client.suspended(&token, user).await }).await
    }

    async fn delete(&self, user: BrivoUserId) -> Result<(), BrivoError> {
        self.call(|client, token| async move { client.delete_user(&token, user).await }).await
    }

    pub(super) async fn read(&self, user: BrivoUserId) -> Result<brivo::User, BrivoError> {
        self.call(|client, token| async move { client.user(&token, user).await }).await
    }

    async fn name(&self, user: BrivoUserId, external_id: &ExternalId) -> Result<(), BrivoError> {
        self.call(|client, token| async move { client.set_external_id(&token, user, external_id).await }).await
    }

    async fn end_pin(&self, user: BrivoUserId, until: Option<jiff::Timestamp>) -> Result<(), BrivoError> {
        self.call(|client, token| async move { client.set_pin_end(&token, user, until).await }).await
    }

    fn standings(&self) -> Vec<Standing> {
        self.brivo.standings().into_iter().map(|change| change.standing).collect()
    }

    /// A user of the operator's own making.
    fn by_hand(&self, email: &str) -> BrivoUserId {
        let id = self.brivo.edit(|model, now| model.create_by_hand("Zoë", "Other", email, now)).unwrap();
        ours(id)
    }
}

fn ours(id: UserId) -> BrivoUserId {
    BrivoUserId(i64::try_from(id.0).unwrap())
}

#[tokio::test]
async fn a_user_is_suspended_and_reinstated_and_keeps_its_groups() {
    let world = World::new().await;
    world.groups(1..=1);
    let id = world.a_user().await;
    world.change(id, &[1], &[]).await.unwrap();

    for suspended in [true, false] {
        for _ in 0..2 {
            world.suspend(id, suspended).await.unwrap();
            assert_eq!(world.suspended(id).await.unwrap(), suspended);
        }
    }

    assert_eq!(world.groups_of(id).await.unwrap(), ids(&[1]));
    assert_eq!(world.standings(), [Standing::Created, Standing::Suspended, Standing::Reinstated]);
    assert_eq!(world.brivo.violations(), [""; 0]);
}

/// `DWK-26`, `DWK-29`, `DWK-30`.
#[tokio::test]
async fn a_user_is_deleted_once_and_again_and_a_new_one_gets_its_reference() {
    let world = World::new().await;
    world.groups(1..=1);
    let first = world.a_user().await;
    world.change(first, &[1], &[]).await.unwrap();

    world.delete(first).await.unwrap();
    world.delete(first).await.unwrap();

    assert!(matches!(world.read(first).await, Err(BrivoError::NotFound)));
    assert!(world.brivo.read(|model| model.members_of(SimulatedGroup(1)).is_empty()));
    assert_ne!(world.a_user().await, first);
    assert_eq!(world.brivo.violations(), [""; 0]);
}

/// `DWK-30`: after a time-out, look before repeating.
#[tokio::test]
async fn a_deletion_without_an_answer_is_settled_by_looking() {
    let world = World::impatient().await;
    let id = world.a_user().await;
    world.fault(Match::call("DELETE", "/users/*"), Misbehaviour::AppliedThenHang);

    let error = world.delete(id).await.unwrap_err();

    assert!(error.outcome_unknown());
    assert_eq!(world.find(&member()).await.unwrap(), None);
    world.delete(id).await.unwrap();
}

#[tokio::test]
async fn a_suspension_whose_answer_is_a_page_or_nothing_is_to_be_looked_at() {
    let world = World::new().await;
    let id = world.a_user().await;
    for (suspended, what) in [(true, Misbehaviour::HtmlBody), (false, Misbehaviour::EmptyBody)] {
        world.fault(Match::call("PUT", "/users/*/suspended"), what);

        let error = world.suspend(id, suspended).await.unwrap_err();

        assert!(error.outcome_unknown(), "{error:?}");
        assert_eq!(world.suspended(id).await.unwrap(), suspended);
    }
}

/// `CWK-26`: whom the operator made is found by address and bears our reference from then on.
#[tokio::test]
async fn a_user_made_by_hand_is_found_by_address_and_adopted() {
    let world = World::new().await;
    world.groups(1..=1);
    world.by_hand("somebody@example.com");
    let id = world.by_hand("zoe@example.com");
    let by_hand = UserId(u64::try_from(id.0).unwrap());
    world.brivo.edit(|model, now| model.change_by_hand(by_hand, SimulatedGroup(1), Change::Joined, now)).unwrap();

    let users = world.call(|client, token| async move { client.all_users(&token).await }).await.unwrap();
    let found: Vec<_> =
        users.iter().filter(|user| user.emails.iter().any(|email| email.address == "zoe@example.com")).collect();
    assert_eq!(found.iter().map(|user| (user.id, user.external_id.as_ref())).collect::<Vec<_>>(), [(id, None)]);
    world.name(id, &member()).await.unwrap();
    world.name(id, &member()).await.unwrap();

    let adopted = world.find(&member()).await.unwrap().unwrap();
    assert_eq!((adopted.id, &*adopted.emails[0].address), (id, "zoe@example.com"));
    assert_eq!(world.groups_of(id).await.unwrap(), ids(&[1]));
    world.suspend(id, true).await.unwrap();
    assert_eq!(world.brivo.violations(), [""; 0]);
}

#[tokio::test]
async fn a_reference_that_another_user_has_is_rejected() {
    let world = World::new().await;
    world.a_user().await;
    let other = world.by_hand("zoe@example.com");

    let error = world.name(other, &member()).await.unwrap_err();

    assert!(matches!(error, BrivoError::Rejected { status: 400, .. }), "{error:?}");
    assert_eq!(world.read(other).await.unwrap().external_id, None);
}

#[tokio::test]
async fn the_end_of_an_access_code_is_set_moved_and_taken_away() {
    let world = World::new().await;
    let id = world.a_user().await;
    let before = world.read(id).await.unwrap();

    for until in ["2026-11-22T09:00:00Z", "2026-11-23T09:00:00Z"].map(|text| text.parse().ok()) {
        world.end_pin(id, until).await.unwrap();
        assert_eq!(world.read(id).await.unwrap().effective_to, until);
    }
    world.end_pin(id, None).await.unwrap();

    assert_eq!(world.read(id).await.unwrap(), before);
    assert_eq!(world.brivo.violations(), [""; 0]);
}

#[tokio::test]
async fn every_user_is_listed_by_the_hundred() {
    let world = World::new().await;
    let add = |model: &mut simulators::brivo::Model, now| {
        for number in 0..230 {
            model.add_user(Profile::named("A", &format!("{number}"), &format!("acme:{number}")), now);
        }
    };
    world.brivo.edit(add).unwrap();

    let users = world.call(|client, token| async move { client.all_users(&token).await }).await.unwrap();

    let references: BTreeSet<_> = users.into_iter().filter_map(|user| user.external_id).collect();
    assert_eq!(references.len(), 230);
}

#[tokio::test]
async fn a_linked_group_is_rejected_and_nothing_changes() {
    let world = World::new().await;
    world.groups(1..=3);
    let id = world.a_user().await;
    world.change(id, &[1], &[]).await.unwrap();
    let user = UserId(u64::try_from(id.0).unwrap());
    world.brivo.edit(|model, _| model.link_group(SimulatedGroup(3), user)).unwrap();

    let error = world.change(id, &[2, 3], &[1]).await.unwrap_err();

    assert!(matches!(error, BrivoError::Rejected { status: 400, .. }), "{error:?}");
    assert_eq!(world.groups_of(id).await.unwrap(), BTreeSet::from([GroupId(1)]));
}
