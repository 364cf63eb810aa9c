//! The record of who was in which group, and of who was made, suspended and deleted, and when.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::ids::{GroupId, UserId};

/// One user joining or leaving one group; calls that change nothing leave no trace.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MembershipChange {
    /// When it took effect.
    pub at: Timestamp,
    /// Whose membership changed.
    pub user: UserId,
    /// What the client called the user at that moment.
    pub external_id: Option<String>,
    /// The group.
    pub group: GroupId,
    /// Which way.
    pub change: Change,
}

/// One user made, suspended, reinstated or deleted; calls that change nothing leave no trace.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StandingChange {
    /// When it took effect.
    pub at: Timestamp,
    /// Whose standing changed.
    pub user: UserId,
    /// What the client called the user at that moment.
    pub external_id: Option<String>,
    /// What the user became.
    pub standing: Standing,
}

/// What a user became.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// A user of the account.
    Created,
    /// Suspended: keeps groups and credentials, opens no door.
    Suspended,
    /// No longer suspended.
    Reinstated,
    /// No user any more.
    Deleted,
}

/// The direction of a change of membership.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// The user became a member.
    Joined,
    /// The user ceased to be one.
    Left,
}
