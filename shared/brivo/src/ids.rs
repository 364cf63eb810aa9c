//! The ids of Brivo that only this crate and its callers' preflights need; the others are `domain`'s.
//!
//! Source: Brivo API, conventions, 2025-11-25: ids are JSON integers.

use std::fmt;

use serde::{Deserialize, Serialize};

macro_rules! number_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub i64);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}", self.0)
            }
        }
    };
}

number_id!(
    /// A Brivo account, as Brivo numbers it.
    BrivoAccountId
);
number_id!(
    /// A site: a building or a part of one.
    SiteId
);
number_id!(
    /// A schedule on which a group opens a door.
    ScheduleId
);
number_id!(
    /// A credential format; accounts name the same format differently, so that only the id tells formats apart.
    FormatId
);
number_id!(
    /// A subscription to events.
    SubscriptionId
);
number_id!(
    /// What happened, by Brivo's number; the list of them is not public.
    ActionId
);
number_id!(
    /// Who did something: a user at a door, an administrator otherwise.
    ActorId
);

/// An event, by the UUID that is the same wherever the event is delivered.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct EventId(pub String);

impl fmt::Display for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FormatId {
    /// An access code. Source: Brivo API, `GET /users/{id}/credentials`, 2026-09-28; the list of formats leaves it out.
    pub const PIN: Self = Self(2);

    /// A Brivo Mobile Pass. Source: Brivo API, `GET /credentials/formats`, recorded 2017-09-13; a newer mobile credential
    /// is known by name only.
    pub const MOBILE_PASS: Self = Self(307);
}
