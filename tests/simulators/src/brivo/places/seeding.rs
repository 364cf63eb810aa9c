//! Preparing a model: what installers and the account's own staff would have put there.

use super::premises::{ALWAYS, AccessPoint, Permission, Site};
use crate::brivo::ids::{AccessPointId, GroupId, ScheduleId, SiteId};
use crate::brivo::model::Model;

impl Model {
    /// Adds or changes a site; its time zone is a name such as `US/Eastern`.
    pub fn add_site(&mut self, id: SiteId, name: &str, time_zone: &str) {
        let site = Site { name: name.to_owned(), time_zone: time_zone.to_owned() };
        self.state.account.premises.sites.insert(id, site);
    }

    /// Adds or changes an access point.
    pub fn add_access_point(&mut self, id: AccessPointId, access_point: AccessPoint) {
        self.state.account.premises.access_points.insert(id, access_point);
    }

    /// Adds or renames a schedule beside number 1, `24x7`, which is always there.
    pub fn add_schedule(&mut self, id: ScheduleId, name: &str) {
        self.state.account.premises.schedules.insert(id, name.to_owned());
    }

    /// Lets a group pass an access point at all times.
    pub fn permit(&mut self, group: GroupId, access_point: AccessPointId) {
        let permission = Permission { schedule: ALWAYS, privacy_mode_override: None };
        self.state.account.premises.permissions.entry(group).or_default().insert(access_point, permission);
    }

    /// Takes back what [`Model::permit`] gave.
    pub fn forbid(&mut self, group: GroupId, access_point: AccessPointId) {
        if let Some(doors) = self.state.account.premises.permissions.get_mut(&group) {
            doors.remove(&access_point);
        }
    }
}
