//! What was seen of an account, as plain values: no names of people, no addresses.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use super::{Connection, Ledgers, Look};
use crate::{BrivoUserId, DoorId, ExternalId, GroupId};

/// All that was seen of an account.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// Whether Brivo speaks to us.
    pub connection: Connection,
    /// Who connected the account.
    pub administrator: Look<Administrator>,
    /// Brivo's clock.
    pub clock: Look<ClockReading>,
    /// Every group that the administrator sees.
    pub groups: Look<BTreeMap<GroupId, SeenGroup>>,
    /// Every site that the administrator sees.
    pub sites: Look<BTreeMap<i64, SeenSite>>,
    /// How many users there are, if Brivo says so.
    pub users: Look<Option<usize>>,
    /// The mobile passes.
    pub passes: Look<Passes>,
    /// The control panels, if Brivo says so.
    pub panels: Look<Option<Panels>>,
    /// What our ledgers say.
    pub ledgers: Look<Ledgers>,
}

/// Whoever consented.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Administrator {
    /// Brivo's id.
    pub id: i64,
    /// Brivo's word for the kind, `SENIOR`.
    pub kind: Option<String>,
    /// Whether an administrator of this kind sees all of the account.
    pub sees_everything: bool,
}

/// Brivo's clock between two looks at ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClockReading {
    /// Ours when it was asked.
    pub asked: Timestamp,
    /// Ours when the answer was there.
    pub answered: Timestamp,
    /// What Brivo's showed, in whole seconds.
    pub shown: Timestamp,
}

impl ClockReading {
    /// How far Brivo's clock is ahead of ours, at least; less than nothing if it is behind.
    pub fn ahead(&self) -> SignedDuration {
        // Brivo cuts fractions off.
        let asked = Timestamp::from_second(self.asked.as_second()).unwrap_or(self.asked);
        if self.shown < asked {
            self.shown.duration_since(asked)
        } else if self.shown > self.answered {
            self.shown.duration_since(self.answered)
        } else {
            SignedDuration::ZERO
        }
    }
}

/// A group.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SeenGroup {
    /// Its name.
    pub name: String,
    /// Who is in it, each with the reference that the user bears, if any.
    pub people: Look<BTreeMap<BrivoUserId, Option<ExternalId>>>,
    /// What it opens, by name. Looked at for mapped groups only.
    pub doors: Look<BTreeMap<DoorId, String>>,
}

/// A site.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SeenSite {
    /// Its name.
    pub name: String,
    /// Its doors, by name.
    pub doors: Look<BTreeMap<DoorId, String>>,
}

/// The mobile passes of an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Passes {
    /// All of them.
    pub all: u64,
    /// Those that nobody has.
    pub left: u64,
}

/// The control panels of an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Panels {
    /// All of them.
    pub all: u64,
    /// Those that do not answer.
    pub offline: u64,
}
