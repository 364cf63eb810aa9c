//! Strict mode: the calls a careful client would not make.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::account::Account;
use super::authority::{self, is_json};
use super::credentials::MOBILE_PASS;
use super::group_changes::{self, GroupChange, GroupMaker};
use super::ids::UserId;
use super::passes::PassOperation;
use super::route::{Host, Operation, Route};
use crate::message::{Answer, Request};

/// What was found, and which users were looked for before being created.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Watch {
    pub(super) violations: Vec<String>,
    looked_up: BTreeSet<String>,
}

const USER_FIELDS: &[&str] = &[
    "externalId",
    "firstName",
    "middleName",
    "lastName",
    "pin",
    "effectiveFrom",
    "effectiveTo",
    "bleTwoFactorExempt",
    "emails",
    "phoneNumbers",
];

const TOKEN_FIELDS: &[&str] =
    &["grant_type", "code", "redirect_uri", "client_id", "client_secret", "username", "password", "refresh_token"];

impl Watch {
    /// Writes a finding about a request down.
    pub(super) fn report(&mut self, request: &Request, finding: &str) {
        let Request { method, path, .. } = request;
        self.violations.push(format!("{method} {path}: {finding}"));
    }

    /// Judges a request by itself.
    pub(super) fn inspect(&mut self, host: Host, request: &Request, route: Option<&Route>) {
        let Some(route) = route else {
            self.report(request, "not a documented path and verb, or not simulated");
            return;
        };
        let is_browser = *route == Route::Authorize;
        if !is_browser && request.header("api-key").is_none() {
            self.report(request, "without api-key");
        }
        if host == Host::Api && request.authorization("bearer").is_none() {
            self.report(request, "without bearer token");
        }
        if matches!(route, Route::Account(Operation::ReplaceUser(_))) {
            self.report(request, "PUT drops what it does not repeat; PATCH is meant");
        }
        for field in unknown_fields(route, request) {
            self.report(request, &format!("unknown field {field}"));
        }
    }

    /// Judges a request by whom it is about.
    ///
    /// Brivo lets every administrator's token delete and suspend anybody: the documents warn of nothing but that a deleted
    /// user is gone. So a careful client does so only to users it made, or made its own by writing its external id first.
    pub(super) fn inspect_target(&mut self, request: &Request, route: Option<&Route>, account: &Account) {
        let Some(Route::Account(operation)) = route else {
            return;
        };
        let (target, deed) = match operation {
            Operation::DeleteUser(id) => (id, "deletes a user"),
            Operation::ChangeSuspension(id) => (id, "changes the suspension of a user"),
            Operation::Group(change) => return self.inspect_group(request, change, account),
            Operation::Pass(PassOperation::Invite(user)) => return self.inspect_invitation(request, *user, account),
            Operation::ListUsers
            | Operation::CreateUser
            | Operation::FindUser(_)
            | Operation::ReadUser(_)
            | Operation::ReplaceUser(_)
            | Operation::ChangeUser(_)
            | Operation::ReadSuspension(_)
            | Operation::ListGroupsOfUser(_)
            | Operation::ChangeGroupsOfUser(_)
            | Operation::ListGroups
            | Operation::ReadGroup(_)
            | Operation::ListUsersOfGroup(_)
            | Operation::AddMember(..)
            | Operation::RemoveMember(..)
            | Operation::Administration(_)
            | Operation::Credential(_)
            | Operation::Pass(_)
            | Operation::Event(_)
            | Operation::Place(_) => return,
        };
        if account.users.get(target).is_some_and(|user| !user.claimed) {
            self.report(request, &format!("{deed} that the client neither made nor gave its external id"));
        }
    }

    /// Brivo has no groups of one's own: a careful client deletes those it made, and tells its groups apart by their names.
    fn inspect_group(&mut self, request: &Request, change: &GroupChange, account: &Account) {
        match change {
            GroupChange::Create => {
                let body = serde_json::from_slice(&request.body).unwrap_or_default();
                let name = group_changes::name_in(&body);
                if name.is_some_and(|name| account.groups.values().any(|known| known == name)) {
                    self.report(request, "creates a group under the name of another");
                }
            }
            GroupChange::Delete(id) => {
                let is_claimed =
                    account.group_settings.get(id).is_some_and(|settings| settings.maker == GroupMaker::Client);
                if account.groups.contains_key(id) && !is_claimed {
                    self.report(request, "deletes a group that the client did not make");
                }
            }
            GroupChange::Replace(_) => {}
        }
    }

    /// Whether anybody may hold two passes is not documented, so a careful client gives nobody a second.
    fn inspect_invitation(&mut self, request: &Request, user: UserId, account: &Account) {
        if account.vault.held_by(user).any(|(_, card)| card.format == MOBILE_PASS) {
            self.report(request, "invites a user who holds a pass");
        }
    }

    /// Follows whether each new user was looked for since the last attempt to create it.
    pub(super) fn follow(&mut self, operation: &Operation, request: &Request, answer: &Answer) {
        if let (Operation::FindUser(external_id), Some(200 | 404)) = (operation, answer.status()) {
            self.looked_up.insert(external_id.clone());
        }
        if *operation == Operation::CreateUser {
            let Some(external_id) = external_id_in(&request.body) else {
                // After a lost answer nobody could tell whether the user was made.
                self.report(request, "creates a user without an external id to find it by");
                return;
            };
            if !self.looked_up.contains(&external_id) {
                self.report(request, "creates a user without looking for it first");
            }
            // These say for certain that nothing was created, so the last look still counts.
            if !matches!(answer.status(), Some(401 | 403 | 429)) {
                self.looked_up.remove(&external_id);
            }
        }
    }
}

fn external_id_in(body: &[u8]) -> Option<String> {
    let body: Value = serde_json::from_slice(body).ok()?;
    match body.get("externalId")? {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

fn unknown_fields(route: &Route, request: &Request) -> Vec<String> {
    match route {
        Route::Authorize => Vec::new(),
        Route::Token if is_json(request) => vec!["(a JSON body)".to_owned()],
        Route::Token => {
            authority::parameters(request).into_keys().filter(|name| !TOKEN_FIELDS.contains(&name.as_str())).collect()
        }
        Route::Account(operation) => unknown_members(documented(operation), &request.body),
    }
}

/// The members each operation documents for its body.
fn documented(operation: &Operation) -> &'static [&'static str] {
    match operation {
        Operation::CreateUser | Operation::ReplaceUser(_) | Operation::ChangeUser(_) => USER_FIELDS,
        Operation::ChangeSuspension(_) => &["suspended"],
        Operation::ChangeGroupsOfUser(_) => &["addGroups", "removeGroups"],
        Operation::Group(change) => change.documented(),
        Operation::Place(operation) => operation.documented(),
        Operation::Credential(operation) => operation.documented(),
        Operation::Pass(operation) => operation.documented(),
        Operation::Event(operation) => operation.documented(),
        Operation::Administration(_)
        | Operation::ListUsers
        | Operation::FindUser(_)
        | Operation::ReadUser(_)
        | Operation::DeleteUser(_)
        | Operation::ReadSuspension(_)
        | Operation::ListGroupsOfUser(_)
        | Operation::ListGroups
        | Operation::ReadGroup(_)
        | Operation::ListUsersOfGroup(_)
        | Operation::AddMember(..)
        | Operation::RemoveMember(..) => &[],
    }
}

fn unknown_members(known: &[&str], body: &[u8]) -> Vec<String> {
    if body.is_empty() {
        return Vec::new();
    }
    let Ok(members) = serde_json::from_slice::<Map<String, Value>>(body) else {
        return vec!["(a body that is not a JSON object)".to_owned()];
    };
    let mut unknown: Vec<String> = members.keys().filter(|name| !known.contains(&name.as_str())).cloned().collect();
    unknown.extend(unknown_in_items(&members, "emails", &["address", "type"]));
    unknown.extend(unknown_in_items(&members, "phoneNumbers", &["number", "type"]));
    unknown
}

fn unknown_in_items(members: &Map<String, Value>, list: &str, known: &[&str]) -> Vec<String> {
    let items = members.get(list).and_then(Value::as_array);
    items
        .into_iter()
        .flatten()
        .filter_map(Value::as_object)
        .flat_map(Map::keys)
        .filter(|name| !known.contains(&name.as_str()))
        .map(|name| format!("{list}.{name}"))
        .collect()
}
