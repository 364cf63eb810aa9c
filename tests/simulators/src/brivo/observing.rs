//! Observing a model: what a test may know that the client cannot.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::call::Call;
use super::credentials::MOBILE_PASS;
use super::history::{MembershipChange, Standing, StandingChange};
use super::ids::{GroupId, UserId};
use super::model::Model;
use super::profile::Profile;

impl Model {
    /// Every change of membership, oldest first.
    pub fn history(&self) -> &[MembershipChange] {
        &self.state.account.history
    }

    /// Every user made, suspended, reinstated or deleted, oldest first.
    pub fn standings(&self) -> &[StandingChange] {
        &self.state.account.standings
    }

    /// Since when the user is suspended; `None` if it is not.
    pub fn suspended_since(&self, user: UserId) -> Option<Timestamp> {
        let last = self.standings().iter().rev().find(|change| change.user == user)?;
        (last.standing == Standing::Suspended).then_some(last.at)
    }

    /// When the user was deleted; `None` if it was not. Ids are not used again.
    pub fn deleted_at(&self, user: UserId) -> Option<Timestamp> {
        let of_user = |change: &&StandingChange| change.user == user && change.standing == Standing::Deleted;
        self.standings().iter().find(of_user).map(|change| change.at)
    }

    /// Every request, oldest first.
    pub fn calls(&self) -> &[Call] {
        &self.state.calls
    }

    /// What strict mode found, oldest first; empty if the client is careful or the mode is off.
    ///
    /// Found are: a path or verb that is not documented, a field that is not documented, a missing
    /// api-key or bearer token, PUT on a user, a user created without an external id or without a look
    /// for it since the last attempt, a user deleted or its suspension changed whom the client neither
    /// made nor gave its external id, a group made under the name of another or deleted that the client did
    /// not make, an invitation for a user who holds a pass, and a refresh token used twice within the ten
    /// seconds a call may take.
    pub fn violations(&self) -> &[String] {
        &self.state.watch.violations
    }

    /// The members of a group.
    pub fn members_of(&self, group: GroupId) -> BTreeSet<UserId> {
        let users = self.state.account.users.iter();
        users.filter(|(_, user)| user.groups.contains(&group)).map(|(id, _)| *id).collect()
    }

    /// The groups of the user with that external id; none if there is no such user.
    pub fn groups_of(&self, external_id: &str) -> BTreeSet<GroupId> {
        let user = self.user_by_external_id(external_id);
        user.and_then(|id| self.state.account.users.get(&id)).map(|user| user.groups.clone()).unwrap_or_default()
    }

    /// The user with that external id.
    pub fn user_by_external_id(&self, external_id: &str) -> Option<UserId> {
        self.state.account.user_by_external_id(external_id)
    }

    /// What was written about a user.
    pub fn profile_of(&self, user: UserId) -> Option<&Profile> {
        self.state.account.users.get(&user).map(|user| &user.profile)
    }

    /// Whether a user is suspended; `false` for one that does not exist.
    pub fn is_suspended(&self, user: UserId) -> bool {
        let user = self.state.account.users.get(&user);
        user.is_some_and(|user| user.suspended)
    }

    /// Whether a user holds a mobile pass.
    pub fn has_mobile_pass(&self, user: UserId) -> bool {
        self.state.account.vault.held_by(user).any(|(_, card)| card.format == MOBILE_PASS)
    }
}
