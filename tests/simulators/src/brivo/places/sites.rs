//! The operations on sites and schedules.
//!
//! Source: apidocs.brivo.com (2025-11-25), sections Site and Schedule: a site's name is `siteName`. Its address is left out: the
//! documents fetched do not name its members. Assumed: the texts of the 404, and that groups come in pages.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::premises::{ALWAYS, Premises};
use crate::brivo::account::Account;
use crate::brivo::ask::{Ask, Outcome};
use crate::brivo::ids::{AccessPointId, GroupId, ScheduleId, SiteId};
use crate::brivo::paging::{self, Page};
use crate::brivo::{filter, groups, refusal};
use crate::message::Response;

impl Account {
    pub(super) fn list_sites(&self, ask: &Ask<'_>) -> Outcome {
        let page = Page::read(&ask.query)?;
        let conditions = filter::read_texts(&ask.query, &["name"])?;
        let sites = self.premises.sites.iter();
        let found = sites.filter(|(_, site)| conditions.iter().all(|condition| condition.is_in(&site.name)));
        Ok(page.of(found.map(|(id, site)| json!({"id": id, "siteName": site.name})).collect()))
    }

    pub(super) fn read_site(&self, id: SiteId) -> Outcome {
        let site = self.premises.sites.get(&id).ok_or_else(site_not_found)?;
        Ok(Response::json(200, &json!({"id": id, "siteName": site.name, "timeZone": site.time_zone})))
    }

    pub(super) fn list_access_points_of_site(&self, id: SiteId) -> Outcome {
        self.read_site(id)?;
        let of_site = self.premises.access_points.iter().filter(|(_, access_point)| access_point.site == id);
        let rows: Vec<Value> = of_site.map(|(id, _)| self.premises.short_view(*id)).collect();
        Ok(paging::whole(&rows))
    }

    pub(super) fn list_groups_of_site(&self, id: SiteId, ask: &Ask<'_>) -> Outcome {
        let page = Page::read(&ask.query)?;
        self.read_site(id)?;
        let of_site = |door: &AccessPointId| self.premises.access_points.get(door).is_some_and(|door| door.site == id);
        Ok(page.of(self.groups_admitted(of_site)))
    }

    pub(super) fn groups_admitted(&self, is_meant: impl Fn(&AccessPointId) -> bool) -> Vec<Value> {
        let permissions = self.premises.permissions.iter();
        let admitted: BTreeSet<GroupId> =
            permissions.filter(|(_, doors)| doors.keys().any(&is_meant)).map(|(group, _)| *group).collect();
        let named = admitted.into_iter().filter_map(|id| Some((id, self.groups.get(&id)?)));
        named.map(|(id, name)| groups::row(id, name)).collect()
    }

    pub(super) fn list_schedules(&self, ask: &Ask<'_>) -> Outcome {
        let page = Page::read(&ask.query)?;
        let ids = std::iter::once(&ALWAYS).chain(self.premises.schedules.keys());
        Ok(page.of(ids.filter_map(|id| self.premises.schedule_view(*id)).collect()))
    }

    pub(super) fn read_schedule(&self, id: ScheduleId) -> Outcome {
        let schedule = self.premises.schedule_view(id);
        schedule.map(|view| Response::json(200, &view)).ok_or_else(|| refusal::coded(404, "Schedule not found"))
    }
}

impl Premises {
    fn schedule_view(&self, id: ScheduleId) -> Option<Value> {
        let name = self.schedule(id)?;
        Some(json!({"id": id, "name": name, "editable": id != ALWAYS, "siteName": "Universal"}))
    }
}

fn site_not_found() -> Response {
    refusal::coded(404, "Site not found")
}
