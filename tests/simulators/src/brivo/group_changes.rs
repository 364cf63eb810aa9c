//! The operations that make, change and delete groups, and what a group is beside its name.
//!
//! Source: apidocs.brivo.com (2025-11-25), section Group. Assumed: two groups may have the same name; a member that a PUT leaves out
//! stays as it was; minute 1440 of the day is shown as 24:00.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::account::Account;
use super::ask::{Ask, Outcome};
use super::history::Change;
use super::ids::GroupId;
use super::refusal;
use crate::message::Response;

/// The longest name of a group, in characters.
const LONGEST_NAME: usize = 35;

/// The minutes of a day, of which the last is its end.
const LAST_MINUTE: u64 = 1440;

/// What a request does to a group itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum GroupChange {
    Create,
    Replace(GroupId),
    Delete(GroupId),
}

/// What a group is beside its name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct GroupSettings {
    keypad_unlock: bool,
    immune_to_antipassback: bool,
    excluded_from_lockdown: bool,
    antipassback_reset_minute: Option<u64>,
    pub(super) maker: GroupMaker,
}

/// Who made a group.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum GroupMaker {
    /// The account's own staff.
    #[default]
    Staff,
    /// The client, by a call.
    Client,
    /// Brivo, for a multifamily site: not to be deleted.
    Brivo,
}

impl GroupChange {
    pub(super) fn of(method: &str, segments: &[&str]) -> Option<Self> {
        Some(match (method, segments) {
            ("POST", ["groups"]) => Self::Create,
            ("PUT", ["groups", id]) => Self::Replace(GroupId(id.parse().ok()?)),
            ("DELETE", ["groups", id]) => Self::Delete(GroupId(id.parse().ok()?)),
            _ => return None,
        })
    }

    /// The members documented for the body.
    pub(super) fn documented(&self) -> &'static [&'static str] {
        match self {
            Self::Create => &["name"],
            Self::Replace(_) => {
                &["name", "keypadUnlock", "immuneToAntipassback", "excludedFromLockdown", "antipassbackResetTime"]
            }
            Self::Delete(_) => &[],
        }
    }
}

impl Account {
    pub(super) fn change_group(&mut self, change: &GroupChange, ask: &Ask<'_>) -> Outcome {
        match change {
            GroupChange::Create => self.create_group(ask),
            GroupChange::Replace(id) => self.replace_group(*id, ask),
            GroupChange::Delete(id) => self.delete_group(*id, ask.now),
        }
    }

    pub(super) fn read_group(&self, id: GroupId) -> Outcome {
        let name = self.group(id)?;
        let settings = self.group_settings.get(&id).copied().unwrap_or_default();
        let mut group = json!({
            "id": id,
            "name": name,
            "keypadUnlock": settings.keypad_unlock,
            "immuneToAntipassback": settings.immune_to_antipassback,
            "excludedFromLockdown": settings.excluded_from_lockdown,
        });
        if let (Some(minute), Some(members)) = (settings.antipassback_reset_minute, group.as_object_mut()) {
            let time = format!("{:02}:{:02}", minute / 60, minute % 60);
            members.insert("antipassbackResetTime".to_owned(), json!(time));
        }
        Ok(Response::json(200, &group))
    }

    /// Takes a group with all that refers to it out of the account.
    pub(super) fn drop_group(&mut self, id: GroupId, now: Timestamp) {
        let is_member = |(_, user): &(_, &super::user::User)| user.groups.contains(&id);
        let members: Vec<_> = self.users.iter().filter(is_member).map(|(user, _)| *user).collect();
        for user in members {
            self.set_membership(user, id, Change::Left, now);
        }
        self.groups.remove(&id);
        self.group_settings.remove(&id);
        self.premises.permissions.remove(&id);
    }

    fn create_group(&mut self, ask: &Ask<'_>) -> Outcome {
        let body: Value = ask.body().unwrap_or_default();
        let name = name_in(&body).ok_or_else(misnamed)?.to_owned();
        let id = self.next_group_id();
        self.groups.insert(id, name);
        self.group_settings.insert(id, GroupSettings { maker: GroupMaker::Client, ..GroupSettings::default() });
        self.read_group(id)
    }

    fn replace_group(&mut self, id: GroupId, ask: &Ask<'_>) -> Outcome {
        self.group(id)?;
        let body: Map<String, Value> = ask.body()?;
        let name = match body.get("name") {
            Some(name) => Some(name.as_str().filter(|name| is_name(name)).ok_or_else(misnamed)?),
            None => None,
        };
        let current = self.group_settings.get(&id).copied().unwrap_or_default();
        let settings = written_over(current, &body)?;
        if let Some(name) = name {
            self.groups.insert(id, name.to_owned());
        }
        self.group_settings.insert(id, settings);
        self.read_group(id)
    }

    fn delete_group(&mut self, id: GroupId, now: Timestamp) -> Outcome {
        self.group(id)?;
        if self.group_settings.get(&id).is_some_and(|settings| settings.maker == GroupMaker::Brivo) {
            let message = "Cannot delete group: group is created for a multifamily site.";
            return Err(refusal::coded(412, message));
        }
        self.drop_group(id, now);
        Ok(Response::empty(204))
    }
}

/// The name in a body that makes or renames a group, if it is one.
pub(super) fn name_in(body: &Value) -> Option<&str> {
    body.get("name")?.as_str().filter(|name| is_name(name))
}

fn is_name(name: &str) -> bool {
    !name.is_empty() && name.chars().count() <= LONGEST_NAME
}

fn misnamed() -> Response {
    refusal::coded(400, "Group creation requires a name parameter of 35 characters or less")
}

fn written_over(current: GroupSettings, body: &Map<String, Value>) -> Result<GroupSettings, Response> {
    let flag = |name: &str, current: bool| match body.get(name) {
        Some(value) => value.as_bool().ok_or_else(refusal::invalid_criteria),
        None => Ok(current),
    };
    let antipassback_reset_minute = match body.get("antipassbackResetTime") {
        Some(value) => reset_minute(value)?,
        None => current.antipassback_reset_minute,
    };
    Ok(GroupSettings {
        keypad_unlock: flag("keypadUnlock", current.keypad_unlock)?,
        immune_to_antipassback: flag("immuneToAntipassback", current.immune_to_antipassback)?,
        excluded_from_lockdown: flag("excludedFromLockdown", current.excluded_from_lockdown)?,
        antipassback_reset_minute,
        ..current
    })
}

/// A minute of the day as a number or a text; an empty text clears it.
fn reset_minute(value: &Value) -> Result<Option<u64>, Response> {
    let minute = match value {
        Value::String(text) if text.is_empty() => return Ok(None),
        Value::String(text) => text.parse().ok(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => value.as_u64(),
    };
    minute.filter(|minute| *minute <= LAST_MINUTE).map(Some).ok_or_else(refusal::invalid_criteria)
}
