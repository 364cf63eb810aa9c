//! What one Brivo account holds, and the history of it.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::ask::Ask;
use super::credentials::Vault;
use super::events::Journal;
use super::group_changes::GroupSettings;
use super::history::{Change, MembershipChange, Standing, StandingChange};
use super::ids::{GroupId, UserId};
use super::passes::Passes;
use super::places::Premises;
use super::route::Operation;
use super::staff::Staff;
use super::user::User;
use crate::message::Response;
use crate::random::Random;

/// The users and groups of an account.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Account {
    pub(super) users: BTreeMap<UserId, User>,
    pub(super) groups: BTreeMap<GroupId, String>,
    pub(super) history: Vec<MembershipChange>,
    #[serde(default)]
    pub(super) standings: Vec<StandingChange>,
    /// Who is kept out of which group because of a group linked to it.
    #[serde(default)]
    pub(super) linked: BTreeSet<(GroupId, UserId)>,
    /// What groups are beside their names; a group that is nothing special is not here.
    #[serde(default)]
    pub(super) group_settings: BTreeMap<GroupId, GroupSettings>,
    /// Its number, unless it is that of every simulated account.
    #[serde(default)]
    pub(super) number: Option<u64>,
    #[serde(default)]
    pub(super) name: Option<String>,
    #[serde(default)]
    pub(super) staff: Staff,
    #[serde(default)]
    pub(super) lacks_mobile_passes: bool,
    #[serde(default)]
    pub(super) premises: Premises,
    #[serde(default)]
    pub(super) vault: Vault,
    #[serde(default)]
    pub(super) passes: Passes,
    #[serde(default)]
    pub(super) journal: Journal,
    /// What codes, PINs and the ids of events depend on.
    #[serde(default)]
    pub(super) random: Random,
    /// Users, and groups that were made by a call: both draw from one sequence of numbers, as recorded (2017-09-13).
    users_made: u64,
}

/// Ids start high enough not to be taken for a count or an index.
const FIRST_USER: u64 = 100_001;

impl Account {
    pub(super) fn seeded(seed: u64) -> Self {
        Self { random: Random::seeded(seed), ..Self::default() }
    }

    /// Does what an admitted request asks for.
    pub(super) fn perform(&mut self, operation: &Operation, ask: &Ask<'_>) -> Response {
        let (query, body, now) = (&ask.query, ask.raw_body(), ask.now);
        let outcome = match *operation {
            Operation::ListUsers => self.list_users(query),
            Operation::CreateUser => self.create_user(body, now),
            Operation::FindUser(ref external_id) => self.find_user(external_id),
            Operation::ReadUser(id) => self.read_user(id),
            Operation::ReplaceUser(id) => self.replace_user(id, body, now),
            Operation::ChangeUser(id) => self.change_user(id, ask),
            Operation::DeleteUser(id) => self.delete_user(id, now),
            Operation::ReadSuspension(id) => self.read_suspension(id),
            Operation::ChangeSuspension(id) => self.change_suspension(id, body, now),
            Operation::ListGroupsOfUser(id) => self.list_groups_of_user(id),
            Operation::ChangeGroupsOfUser(id) => self.change_groups_of_user(id, body, now),
            Operation::ListGroups => self.list_groups(query),
            Operation::ReadGroup(id) => self.read_group(id),
            Operation::ListUsersOfGroup(id) => self.list_users_of_group(id, query),
            Operation::AddMember(group, user) => self.add_member(group, user, now),
            Operation::RemoveMember(group, user) => self.remove_member(group, user, now),
            Operation::Group(ref change) => self.change_group(change, ask),
            Operation::Administration(ref operation) => self.administer(operation, ask),
            Operation::Place(ref operation) => self.visit(operation, ask),
            Operation::Credential(ref operation) => self.tend_credentials(operation, ask),
            Operation::Pass(ref operation) => self.tend_passes(operation, ask),
            Operation::Event(ref operation) => self.tend_events(operation, ask),
        };
        outcome.unwrap_or_else(|refusal| refusal)
    }

    /// Puts a user in the account, without groups.
    pub(super) fn insert_user(&mut self, user: User, at: Timestamp) -> UserId {
        let id = UserId(FIRST_USER + self.users_made);
        self.users_made += 1;
        self.users.insert(id, user);
        self.note_standing(id, Standing::Created, at);
        id
    }

    /// A number for a group that a call makes.
    pub(super) fn next_group_id(&mut self) -> GroupId {
        loop {
            let id = GroupId(FIRST_USER + self.users_made);
            self.users_made += 1;
            if !self.groups.contains_key(&id) {
                return id;
            }
        }
    }

    /// Takes the user out of its groups and out of the account.
    pub(super) fn remove_user(&mut self, id: UserId, at: Timestamp) {
        let groups = self.users.get(&id).map(|user| user.groups.clone()).unwrap_or_default();
        for group in groups {
            self.set_membership(id, group, Change::Left, at);
        }
        self.note_standing(id, Standing::Deleted, at);
        self.users.remove(&id);
        self.vault.release_all(id);
        self.passes.forget(id);
        self.linked.retain(|(_, user)| *user != id);
    }

    /// Suspends or reinstates the user, and remembers it if new.
    pub(super) fn set_suspended(&mut self, id: UserId, suspended: bool, at: Timestamp) {
        let Some(user) = self.users.get_mut(&id) else {
            return;
        };
        if user.suspended != suspended {
            user.suspended = suspended;
            self.note_standing(id, if suspended { Standing::Suspended } else { Standing::Reinstated }, at);
        }
    }

    fn note_standing(&mut self, id: UserId, standing: Standing, at: Timestamp) {
        if let Some(user) = self.users.get(&id) {
            let external_id = user.profile.external_id.clone();
            self.standings.push(StandingChange { at, user: id, external_id, standing });
            self.audit_standing(id, standing, at);
        }
    }

    /// Makes the user a member of the group or takes the membership, and remembers it if new.
    pub(super) fn set_membership(&mut self, id: UserId, group: GroupId, change: Change, at: Timestamp) {
        let Some(user) = self.users.get_mut(&id) else {
            return;
        };
        let changed = match change {
            Change::Joined => user.groups.insert(group),
            Change::Left => user.groups.remove(&group),
        };
        if changed {
            self.history.push(MembershipChange {
                at,
                user: id,
                external_id: user.profile.external_id.clone(),
                group,
                change,
            });
            self.audit_membership(id, group, change, at);
        }
    }

    /// The user the client knows by that id.
    pub(super) fn user_by_external_id(&self, external_id: &str) -> Option<UserId> {
        let known = |(_, user): &(&UserId, &User)| user.profile.external_id.as_deref() == Some(external_id);
        self.users.iter().find(known).map(|(id, _)| *id)
    }
}
