//! The operations that change who is in which group.
//!
//! Source: apidocs.brivo.com (2025-11-25), "Update user's group memberships", "Assign User to Group".
//! The status for too many groups is not given; 400 is assumed.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;

use super::account::Account;
use super::groups;
use super::history::Change;
use super::ids::{GroupId, UserId};
use super::paging;
use super::refusal;
use crate::message::Response;

type Outcome = Result<Response, Response>;

/// The most groups a user can be in.
const MOST_GROUPS: usize = 16;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct GroupChanges {
    #[serde(default)]
    add_groups: BTreeSet<GroupId>,
    #[serde(default)]
    remove_groups: BTreeSet<GroupId>,
}

impl Account {
    pub(super) fn list_groups_of_user(&self, id: UserId) -> Outcome {
        let rows: Vec<Value> = self
            .user(id)?
            .groups
            .iter()
            .filter_map(|group| Some((group, self.groups.get(group)?)))
            .map(|(group, name)| groups::row(*group, name))
            .collect();
        Ok(paging::whole(&rows))
    }

    /// All the changes or none; those already in force are skipped.
    pub(super) fn change_groups_of_user(&mut self, id: UserId, body: &[u8], now: Timestamp) -> Outcome {
        let current = self.user(id)?.groups.clone();
        let changes: GroupChanges = serde_json::from_slice(body).map_err(|_| refusal::invalid_criteria())?;
        for group in changes.add_groups.union(&changes.remove_groups) {
            self.group(*group)?;
        }
        let kept: BTreeSet<GroupId> = &current - &changes.remove_groups;
        let desired = &kept | &changes.add_groups;
        if desired.len() > MOST_GROUPS {
            return Err(refusal::invalid_criteria());
        }
        for group in &desired - &current {
            self.check_linked(group, id)?;
        }
        for group in &current - &desired {
            self.set_membership(id, group, Change::Left, now);
        }
        for group in &desired - &current {
            self.set_membership(id, group, Change::Joined, now);
        }
        self.list_groups_of_user(id)
    }

    pub(super) fn add_member(&mut self, group: GroupId, id: UserId, now: Timestamp) -> Outcome {
        self.group(group)?;
        let groups = &self.user(id)?.groups;
        if groups.len() >= MOST_GROUPS && !groups.contains(&group) {
            return Err(refusal::invalid_criteria());
        }
        if !groups.contains(&group) {
            self.check_linked(group, id)?;
        }
        self.set_membership(id, group, Change::Joined, now);
        Ok(Response::empty(204))
    }

    pub(super) fn remove_member(&mut self, group: GroupId, id: UserId, now: Timestamp) -> Outcome {
        self.group(group)?;
        self.user(id)?;
        self.set_membership(id, group, Change::Left, now);
        Ok(Response::empty(204))
    }

    fn check_linked(&self, group: GroupId, id: UserId) -> Result<(), Response> {
        if self.linked.contains(&(group, id)) { Err(refusal::linked_group()) } else { Ok(()) }
    }
}
