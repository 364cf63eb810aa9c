//! The operations that list groups and their members.
//!
//! Source: apidocs.brivo.com (2025-11-25), section Group.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::account::Account;
use super::filter;
use super::ids::{GroupId, UserId};
use super::paging::Page;
use super::refusal;
use super::user::User;
use crate::message::Response;

type Outcome = Result<Response, Response>;

impl Account {
    pub(super) fn list_groups(&self, query: &BTreeMap<String, String>) -> Outcome {
        let page = Page::read(query)?;
        let conditions = filter::read_texts(query, &["name"])?;
        let passes = |name: &str| conditions.iter().all(|condition| condition.is_in(name));
        let mut found: Vec<(&String, &GroupId)> =
            self.groups.iter().filter(|(_, name)| passes(name)).map(|(id, name)| (name, id)).collect();
        found.sort();
        Ok(page.of_many(&found, |(name, id)| row(**id, name)))
    }

    pub(super) fn list_users_of_group(&self, id: GroupId, query: &BTreeMap<String, String>) -> Outcome {
        let page = Page::read(query)?;
        self.group(id)?;
        let mut members: Vec<(&UserId, &User)> =
            self.users.iter().filter(|(_, user)| user.groups.contains(&id)).collect();
        members.sort_by_key(|&(id, user)| user.sort_key(*id));
        Ok(page.of_many(&members, |(id, user)| user.member_row(**id)))
    }

    pub(super) fn group(&self, id: GroupId) -> Result<&str, Response> {
        let name = self.groups.get(&id).map(String::as_str);
        name.ok_or_else(refusal::group_not_found)
    }
}

/// A group as a row of a listing.
pub(super) fn row(id: GroupId, name: &str) -> Value {
    json!({"id": id, "name": name})
}
