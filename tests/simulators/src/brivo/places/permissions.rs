//! The operations on what a group may pass.
//!
//! Source: apidocs.brivo.com (2025-11-25), section Group, "access".

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::access_points::kinds;
use super::premises::{AccessPoint, Permission, Premises};
use crate::brivo::account::Account;
use crate::brivo::ask::{Ask, Outcome};
use crate::brivo::filter::{self, Condition};
use crate::brivo::ids::{AccessPointId, GroupId, ScheduleId};
use crate::brivo::paging::Page;
use crate::brivo::refusal;
use crate::message::Response;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Permit {
    schedule: Reference,
    privacy_mode_override: Option<bool>,
}

#[derive(Deserialize)]
struct Reference {
    id: ScheduleId,
}

impl Account {
    pub(super) fn list_permissions(&self, group: GroupId, ask: &Ask<'_>) -> Outcome {
        let page = Page::read(&ask.query)?;
        self.group(group)?;
        let conditions = filter::read_texts(&ask.query, &["access_point_name", "access_point_type"])?;
        let mut rows = Vec::new();
        for (id, permission) in self.premises.permissions.get(&group).into_iter().flatten() {
            let Some(access_point) = self.premises.access_points.get(id) else {
                continue;
            };
            let fits: Vec<bool> =
                conditions.iter().map(|condition| fits(condition, access_point)).collect::<Result<_, _>>()?;
            if fits.into_iter().all(|fits| fits) {
                rows.push(row(*id, access_point, *permission, &self.premises));
            }
        }
        Ok(page.of(rows))
    }

    pub(super) fn permit_by_call(&mut self, group: GroupId, id: AccessPointId, ask: &Ask<'_>) -> Outcome {
        self.group(group)?;
        let access_point = self.premises.access_points.get(&id);
        let access_point = access_point.ok_or_else(|| refusal::coded(404, "Unknown Access Point"))?;
        let body: Permit = ask.body().map_err(|_| refusal::coded(400, "The request body is not formatted properly"))?;
        if body.privacy_mode_override.is_some() && !access_point.supports_privacy_mode {
            return Err(refusal::coded(400, "This device doesn't support privacyModeOverride."));
        }
        if self.premises.schedule(body.schedule.id).is_none() {
            return Err(refusal::coded(404, "The requested resource was not found."));
        }
        let permission = Permission { schedule: body.schedule.id, privacy_mode_override: body.privacy_mode_override };
        self.premises.permissions.entry(group).or_default().insert(id, permission);
        Ok(Response::empty(204))
    }

    pub(super) fn forbid_by_call(&mut self, group: GroupId, id: AccessPointId) -> Outcome {
        self.group(group)?;
        let doors = self.premises.permissions.entry(group).or_default();
        doors.remove(&id).ok_or_else(|| refusal::coded(404, "The requested resource was not found."))?;
        Ok(Response::empty(204))
    }
}

fn row(id: AccessPointId, access_point: &AccessPoint, permission: Permission, premises: &Premises) -> Value {
    let schedule = premises.schedule(permission.schedule).unwrap_or_default();
    let mut row = Map::new();
    let door = json!({"id": id, "name": access_point.name, "type": access_point.kind});
    row.insert("accessPoint".to_owned(), door);
    row.insert("schedule".to_owned(), json!({"id": permission.schedule, "name": schedule}));
    if let Some(overriding) = permission.privacy_mode_override {
        row.insert("privacyModeOverride".to_owned(), json!(overriding));
    }
    Value::Object(row)
}

fn fits(condition: &Condition, access_point: &AccessPoint) -> Result<bool, Response> {
    match condition.field.as_str() {
        "access_point_name" => Ok(condition.is_in(&access_point.name)),
        _ => Ok(kinds(&condition.values)?.contains(&access_point.kind)),
    }
}
