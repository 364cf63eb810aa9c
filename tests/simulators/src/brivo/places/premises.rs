//! What stands where, as the account keeps it.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::brivo::ids::{AccessPointId, GroupId, ScheduleId, SiteId};

/// The schedule that is always and everywhere.
///
/// Source: apidocs.brivo.com (2025-11-25), section Schedule; that it has this id is assumed.
pub(super) const ALWAYS: ScheduleId = ScheduleId(1);

/// Everything that is built in.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(in crate::brivo) struct Premises {
    pub(in crate::brivo) sites: BTreeMap<SiteId, Site>,
    pub(in crate::brivo) access_points: BTreeMap<AccessPointId, AccessPoint>,
    /// The schedules beside the one that is always.
    pub(super) schedules: BTreeMap<ScheduleId, String>,
    pub(in crate::brivo) permissions: BTreeMap<GroupId, BTreeMap<AccessPointId, Permission>>,
}

/// A building or a part of one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::brivo) struct Site {
    pub(in crate::brivo) name: String,
    pub(super) time_zone: String,
}

/// A group's leave to pass one access point.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::brivo) struct Permission {
    pub(super) schedule: ScheduleId,
    pub(super) privacy_mode_override: Option<bool>,
}

/// A door or whatever else opens.
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own in the documents too")]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessPoint {
    /// The site it belongs to.
    pub site: SiteId,
    /// The name people know it by.
    pub name: String,
    /// What it is.
    pub kind: AccessPointKind,
    /// The id of the panel it hangs on.
    pub control_panel: u64,
    /// The panel's serial number; only the filter of the listing knows it.
    pub serial_number: String,
    /// Whether administrators may open it from a browser.
    pub activation_enabled: bool,
    /// Whether one credential is not enough.
    pub two_factor_enabled: bool,
    /// Whether it tells its state at once.
    pub report_live_status: bool,
    /// Whether a permission may say `privacyModeOverride`.
    pub supports_privacy_mode: bool,
    /// Whether its panel can be reached.
    pub connected: bool,
    /// The schedule by which it stands open, if it ever does.
    pub unlock_schedule: Option<ScheduleId>,
    /// The group one of whose members has to come first.
    pub unlock_enabling_group: Option<GroupId>,
}

/// What an access point is.
///
/// Source: apidocs.brivo.com (2025-11-25), filter `access_point_types`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[expect(missing_docs, reason = "the names are Brivo's and all that is known of them")]
pub enum AccessPointKind {
    #[default]
    Door,
    Floor,
    SaltoDoor,
    AllegionDoor,
    AssaAbloyDoor,
    OfflineDoor,
    SimonsVossLock,
    YonomiLock,
}

impl AccessPoint {
    /// A door of that site on a panel that can be reached.
    pub fn door(site: SiteId, name: &str) -> Self {
        Self {
            site,
            name: name.to_owned(),
            kind: AccessPointKind::Door,
            control_panel: 900_001,
            serial_number: "SIM-1".to_owned(),
            activation_enabled: true,
            two_factor_enabled: false,
            report_live_status: true,
            supports_privacy_mode: false,
            connected: true,
            unlock_schedule: None,
            unlock_enabling_group: None,
        }
    }
}

impl Premises {
    /// The name of a schedule.
    pub(super) fn schedule(&self, id: ScheduleId) -> Option<&str> {
        if id == ALWAYS { Some("24x7") } else { self.schedules.get(&id).map(String::as_str) }
    }

    /// The name of a site, empty if there is none.
    pub(in crate::brivo) fn site_name(&self, id: SiteId) -> &str {
        self.sites.get(&id).map(|site| site.name.as_str()).unwrap_or_default()
    }

    /// Whether one of the groups may pass.
    pub(in crate::brivo) fn admits(&self, groups: &BTreeSet<GroupId>, access_point: AccessPointId) -> bool {
        let permits = |group| self.permissions.get(group).is_some_and(|doors| doors.contains_key(&access_point));
        groups.iter().any(permits)
    }

    pub(in crate::brivo) fn panels(&self) -> BTreeSet<u64> {
        self.access_points.values().map(|access_point| access_point.control_panel).collect()
    }

    pub(in crate::brivo) fn panels_offline(&self) -> usize {
        let offline = self.access_points.values().filter(|access_point| !access_point.connected);
        offline.map(|access_point| access_point.control_panel).collect::<BTreeSet<_>>().len()
    }
}
