//! What one Brivo account holds, and the history of it.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::history::{Change, MembershipChange, Standing, StandingChange};
use super::ids::{GroupId, UserId};
use super::route::Operation;
use super::user::User;
use crate::form;
use crate::message::{Request, Response};

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
    users_made: u64,
}

/// Ids start high enough not to be taken for a count or an index.
const FIRST_USER: u64 = 100_001;

impl Account {
    /// Does what an admitted request asks for.
    pub(super) fn perform(&mut self, operation: Operation, request: &Request, now: Timestamp) -> Response {
        let query = form::pairs(&request.query);
        let body = request.body.as_slice();
        let outcome = match operation {
            Operation::WhoAmI => Ok(who_am_i()),
            Operation::ListUsers => self.list_users(&query),
            Operation::CreateUser => self.create_user(body, now),
            Operation::FindUser(external_id) => self.find_user(&external_id),
            Operation::ReadUser(id) => self.read_user(id),
            Operation::ReplaceUser(id) => self.replace_user(id, body, now),
            Operation::ChangeUser(id) => self.change_user(id, body, now),
            Operation::DeleteUser(id) => self.delete_user(id, now),
            Operation::ReadSuspension(id) => self.read_suspension(id),
            Operation::ChangeSuspension(id) => self.change_suspension(id, body, now),
            Operation::ListGroupsOfUser(id) => self.list_groups_of_user(id),
            Operation::ChangeGroupsOfUser(id) => self.change_groups_of_user(id, body, now),
            Operation::ListGroups => self.list_groups(&query),
            Operation::ReadGroup(id) => self.read_group(id),
            Operation::ListUsersOfGroup(id) => self.list_users_of_group(id, &query),
            Operation::AddMember(group, user) => self.add_member(group, user, now),
            Operation::RemoveMember(group, user) => self.remove_member(group, user, now),
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

    /// Takes the user out of its groups and out of the account.
    pub(super) fn remove_user(&mut self, id: UserId, at: Timestamp) {
        let groups = self.users.get(&id).map(|user| user.groups.clone()).unwrap_or_default();
        for group in groups {
            self.set_membership(id, group, Change::Left, at);
        }
        self.note_standing(id, Standing::Deleted, at);
        self.users.remove(&id);
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
        }
    }

    /// The user the client knows by that id.
    pub(super) fn user_by_external_id(&self, external_id: &str) -> Option<UserId> {
        let known = |(_, user): &(&UserId, &User)| user.profile.external_id.as_deref() == Some(external_id);
        self.users.iter().find(known).map(|(id, _)| *id)
    }
}

/// The administrator behind every token, who may do everything.
fn who_am_i() -> Response {
    let administrator = json!({
        "id": 5001,
        "username": "simulated-admin",
        "firstName": "Simulated",
        "lastName": "Administrator",
        "identityType": "SENIOR",
        "email": "admin@example.com",
        "timezone": "US/Eastern",
        "canCreateAdmins": true,
    });
    Response::json(200, &administrator)
}
