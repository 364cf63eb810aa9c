//! Sites, their access points, and what a group opens.

use domain::DoorId;
use serde::Deserialize;

use super::or_default;
use crate::{ScheduleId, SiteId};

/// A site: a building or a part of one.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Site {
    /// Brivo's id.
    pub id: SiteId,
    /// Its name.
    #[serde(default, rename = "siteName", deserialize_with = "or_default")]
    pub name: String,
    /// Its time zone as Brivo writes it, `US/Eastern`; lists leave it out.
    #[serde(default)]
    pub time_zone: Option<String>,
}

/// A door, a floor or another thing that opens.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct AccessPoint {
    /// Brivo's id.
    pub id: DoorId,
    /// Its name.
    #[serde(default, deserialize_with = "or_default")]
    pub name: String,
    /// `Door`, `Floor` or another word.
    #[serde(default, rename = "type")]
    pub kind: Option<String>,
}

/// An access point that a group opens.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct GroupDoor {
    /// Which one.
    pub access_point: AccessPoint,
    /// When; `None` if Brivo left it out.
    #[serde(default)]
    pub schedule: Option<Schedule>,
}

/// When a group opens a door.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Schedule {
    /// Brivo's id.
    pub id: ScheduleId,
    /// Its name, at most 32 characters.
    #[serde(default, deserialize_with = "or_default")]
    pub name: String,
}
