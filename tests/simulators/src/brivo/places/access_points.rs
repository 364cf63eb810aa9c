//! The operations on access points.
//!
//! Source: apidocs.brivo.com (2025-11-25), section Access Point. Assumed: how the live status is written in its filter.

use serde_json::{Map, Value, json};

use super::premises::{AccessPoint, AccessPointKind, Premises};
use crate::brivo::account::Account;
use crate::brivo::ask::{Ask, Outcome};
use crate::brivo::filter::{self, Condition};
use crate::brivo::ids::AccessPointId;
use crate::brivo::paging::Page;
use crate::brivo::refusal;
use crate::message::Response;

const FILTERS: &[&str] = &["name", "report_live_status", "serial_number", "access_point_types"];

impl Account {
    pub(super) fn list_access_points(&self, ask: &Ask<'_>) -> Outcome {
        let page = Page::read(&ask.query)?;
        let conditions = filter::read_texts(&ask.query, FILTERS)?;
        let mut rows = Vec::new();
        for (id, access_point) in &self.premises.access_points {
            let fits: Vec<bool> =
                conditions.iter().map(|condition| fits(condition, access_point)).collect::<Result<_, _>>()?;
            if fits.into_iter().all(|fits| fits) {
                rows.push(self.premises.row(*id));
            }
        }
        Ok(page.of(rows))
    }

    pub(super) fn read_access_point(&self, id: AccessPointId) -> Outcome {
        let access_point = self.access_point(id)?;
        let mut view = self.premises.row(id);
        if let Some(members) = view.as_object_mut() {
            if let Some(schedule) = access_point.unlock_schedule {
                members.insert("unlockScheduleId".to_owned(), json!(schedule));
                let name = self.premises.schedule(schedule).unwrap_or_default();
                members.insert("unlockScheduleName".to_owned(), json!(name));
            }
            if let Some(group) = access_point.unlock_enabling_group {
                members.insert("unlockScheduleEnablingGroupId".to_owned(), json!(group));
            }
        }
        Ok(Response::json(200, &view))
    }

    pub(super) fn list_groups_of_access_point(&self, id: AccessPointId, ask: &Ask<'_>) -> Outcome {
        let page = Page::read(&ask.query)?;
        self.access_point(id)?;
        Ok(page.of(self.groups_admitted(|door| *door == id)))
    }

    /// Opens for a moment, which is an event of its own.
    pub(super) fn activate(&mut self, id: AccessPointId, ask: &Ask<'_>) -> Outcome {
        let access_point = self.access_point(id)?;
        if !access_point.activation_enabled {
            return Err(refusal::not_allowed());
        }
        if !access_point.connected {
            return Err(refusal::coded(412, "Access point is not connected"));
        }
        self.note_pulse(id, ask);
        Ok(Response::empty(200))
    }

    pub(in crate::brivo) fn access_point(&self, id: AccessPointId) -> Result<&AccessPoint, Response> {
        let access_point = self.premises.access_points.get(&id);
        access_point.ok_or_else(|| refusal::coded(404, "Access point not found"))
    }
}

impl Premises {
    /// As a row of the listing of one site's access points.
    pub(super) fn short_view(&self, id: AccessPointId) -> Value {
        Value::Object(self.members(id))
    }

    /// As a row of the listing of all access points.
    fn row(&self, id: AccessPointId) -> Value {
        let mut members = self.members(id);
        if let Some(access_point) = self.access_points.get(&id) {
            members.insert("twoFactorEnabled".to_owned(), json!(access_point.two_factor_enabled));
            members.insert("reportLiveStatus".to_owned(), json!(access_point.report_live_status));
        }
        Value::Object(members)
    }

    fn members(&self, id: AccessPointId) -> Map<String, Value> {
        let Some(access_point) = self.access_points.get(&id) else {
            return Map::new();
        };
        let view = json!({
            "id": id,
            "name": access_point.name,
            "type": access_point.kind,
            "controlPanelId": access_point.control_panel,
            "siteId": access_point.site,
            "siteName": self.site_name(access_point.site),
            "activationEnabled": access_point.activation_enabled,
        });
        view.as_object().cloned().unwrap_or_default()
    }
}

fn fits(condition: &Condition, access_point: &AccessPoint) -> Result<bool, Response> {
    Ok(match condition.field.as_str() {
        "name" => condition.is_in(&access_point.name),
        "serial_number" => condition.is_in(&access_point.serial_number),
        "report_live_status" => condition.is_one_of(&access_point.report_live_status.to_string()),
        _ => kinds(&condition.values)?.contains(&access_point.kind),
    })
}

/// The kinds by their names; any other name is refused.
pub(super) fn kinds(names: &[String]) -> Result<Vec<AccessPointKind>, Response> {
    let kind = |name: &String| serde_json::from_value(json!(name)).map_err(|_| refusal::invalid_criteria());
    names.iter().map(kind).collect()
}
