//! A user and the shapes in which Brivo shows one.
//!
//! Source: apidocs.brivo.com (2025-11-25), section User, success responses; the empty `customFields`
//! on reading and its absence after creation are recorded (2017-09-13).

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::ids::{GroupId, UserId};
use super::profile::{Profile, whole_second};

/// A user as the account keeps it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct User {
    pub(super) profile: Profile,
    pub(super) suspended: bool,
    /// Whether the client made the user or gave it its external id.
    #[serde(default)]
    pub(super) claimed: bool,
    pub(super) created: Timestamp,
    pub(super) updated: Timestamp,
    pub(super) groups: BTreeSet<GroupId>,
}

impl User {
    pub(super) fn new(profile: Profile, now: Timestamp) -> Self {
        Self {
            profile,
            suspended: false,
            claimed: false,
            created: whole_second(now),
            updated: whole_second(now),
            groups: BTreeSet::new(),
        }
    }

    pub(super) fn rewrite(&mut self, profile: Profile, now: Timestamp) {
        self.profile = profile;
        self.updated = whole_second(now);
    }

    /// As given back by the call that created the user.
    pub(super) fn created_view(&self, id: UserId) -> Value {
        Value::Object(self.members(id))
    }

    /// As given back by every call about this one user.
    pub(super) fn view(&self, id: UserId) -> Value {
        let mut members = self.members(id);
        members.insert("customFields".to_owned(), json!([]));
        Value::Object(members)
    }

    /// As a row of the listing of users.
    pub(super) fn row(&self, id: UserId) -> Value {
        let mut members = self.members(id);
        for absent in ["middleName", "pin", "effectiveFrom", "effectiveTo"] {
            members.remove(absent);
        }
        members.insert("customFields".to_owned(), json!([]));
        Value::Object(members)
    }

    /// As a row of the listing of a group's members.
    pub(super) fn member_row(&self, id: UserId) -> Value {
        let mut members = self.members(id);
        let shown = ["id", "externalId", "firstName", "middleName", "lastName", "suspended"];
        members.retain(|name, _| shown.contains(&name.as_str()));
        Value::Object(members)
    }

    /// As the holder of a credential.
    pub(super) fn holder_view(&self, id: UserId) -> Value {
        let mut members = self.members(id);
        let shown = ["id", "externalId", "firstName", "lastName", "suspended"];
        members.retain(|name, _| shown.contains(&name.as_str()));
        Value::Object(members)
    }

    /// What listings are sorted by. The documents name no order; recorded ones look like this.
    pub(super) fn sort_key(&self, id: UserId) -> (&str, &str, UserId) {
        let Profile { last_name, first_name, .. } = &self.profile;
        (last_name, first_name, id)
    }

    fn members(&self, id: UserId) -> Map<String, Value> {
        let profile = serde_json::to_value(&self.profile).unwrap_or_default();
        let mut members = profile.as_object().cloned().unwrap_or_default();
        members.insert("id".to_owned(), json!(id));
        members.insert("suspended".to_owned(), json!(self.suspended));
        members.insert("created".to_owned(), json!(self.created));
        members.insert("updated".to_owned(), json!(self.updated));
        members
    }
}
