//! Which request about a place means what.
//!
//! Source: apidocs.brivo.com (2025-11-25), sections Site, Access Point, Schedule and Group.

use crate::brivo::account::Account;
use crate::brivo::ask::{Ask, Outcome};
use crate::brivo::ids::{AccessPointId, GroupId, ScheduleId, SiteId};

/// What a request asks about sites, access points and schedules, or changes there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::brivo) enum PlaceOperation {
    ListSites,
    ReadSite(SiteId),
    ListAccessPointsOfSite(SiteId),
    ListGroupsOfSite(SiteId),
    ListAccessPoints,
    ReadAccessPoint(AccessPointId),
    ListGroupsOfAccessPoint(AccessPointId),
    Activate(AccessPointId),
    ListSchedules,
    ReadSchedule(ScheduleId),
    ListPermissions(GroupId),
    Permit(GroupId, AccessPointId),
    Forbid(GroupId, AccessPointId),
}

impl PlaceOperation {
    pub(in crate::brivo) fn of(method: &str, segments: &[&str]) -> Option<Self> {
        let number = |segment: &str| segment.parse::<u64>().ok();
        let site = |segment| number(segment).map(SiteId);
        let access_point = |segment| number(segment).map(AccessPointId);
        let group = |segment| number(segment).map(GroupId);
        Some(match (method, segments) {
            ("GET", ["sites"]) => Self::ListSites,
            ("GET", ["sites", id]) => Self::ReadSite(site(id)?),
            ("GET", ["sites", id, "access-points"]) => Self::ListAccessPointsOfSite(site(id)?),
            ("GET", ["sites", id, "groups"]) => Self::ListGroupsOfSite(site(id)?),
            ("GET", ["access-points"]) => Self::ListAccessPoints,
            ("GET", ["access-points", id]) => Self::ReadAccessPoint(access_point(id)?),
            ("GET", ["access-points", id, "groups"]) => Self::ListGroupsOfAccessPoint(access_point(id)?),
            ("POST", ["access-points", id, "activate"]) => Self::Activate(access_point(id)?),
            ("GET", ["schedules"]) => Self::ListSchedules,
            ("GET", ["schedules", id]) => Self::ReadSchedule(number(id).map(ScheduleId)?),
            ("GET", ["groups", id, "access", "access-points"]) => Self::ListPermissions(group(id)?),
            ("PUT", ["groups", id, "access", "access-points", door]) => Self::Permit(group(id)?, access_point(door)?),
            ("DELETE", ["groups", id, "access", "access-points", door]) => {
                Self::Forbid(group(id)?, access_point(door)?)
            }
            _ => return None,
        })
    }

    /// The members documented for the body.
    pub(in crate::brivo) fn documented(&self) -> &'static [&'static str] {
        match self {
            Self::Permit(..) => &["schedule", "privacyModeOverride"],
            Self::ListSites
            | Self::ReadSite(_)
            | Self::ListAccessPointsOfSite(_)
            | Self::ListGroupsOfSite(_)
            | Self::ListAccessPoints
            | Self::ReadAccessPoint(_)
            | Self::ListGroupsOfAccessPoint(_)
            | Self::Activate(_)
            | Self::ListSchedules
            | Self::ReadSchedule(_)
            | Self::ListPermissions(_)
            | Self::Forbid(..) => &[],
        }
    }
}

impl Account {
    pub(in crate::brivo) fn visit(&mut self, operation: &PlaceOperation, ask: &Ask<'_>) -> Outcome {
        match operation {
            PlaceOperation::ListSites => self.list_sites(ask),
            PlaceOperation::ReadSite(id) => self.read_site(*id),
            PlaceOperation::ListAccessPointsOfSite(id) => self.list_access_points_of_site(*id),
            PlaceOperation::ListGroupsOfSite(id) => self.list_groups_of_site(*id, ask),
            PlaceOperation::ListAccessPoints => self.list_access_points(ask),
            PlaceOperation::ReadAccessPoint(id) => self.read_access_point(*id),
            PlaceOperation::ListGroupsOfAccessPoint(id) => self.list_groups_of_access_point(*id, ask),
            PlaceOperation::Activate(id) => self.activate(*id, ask),
            PlaceOperation::ListSchedules => self.list_schedules(ask),
            PlaceOperation::ReadSchedule(id) => self.read_schedule(*id),
            PlaceOperation::ListPermissions(group) => self.list_permissions(*group, ask),
            PlaceOperation::Permit(group, access_point) => self.permit_by_call(*group, *access_point, ask),
            PlaceOperation::Forbid(group, access_point) => self.forbid_by_call(*group, *access_point),
        }
    }
}
