//! What a platform's own list of webhooks says of those that are wanted.
//!
//! Only hooks that deliver to us for this tenant get here; whoever lists them has dropped those of others.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::HookId;

/// A hook of ours that the platform has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundHook {
    /// What its URL says it is.
    pub hook: HookId,
    /// Its id at the platform.
    pub reference: String,
    /// Why its deliveries are of no use, or not all that is wanted.
    pub fault: Option<Fault>,
    /// Whether it delivers at all.
    pub is_on: bool,
    /// How many deliveries failed, where the platform counts them.
    pub failures: Option<u64>,
}

/// What is wrong with a hook, whether it is switched on or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Fault {
    /// Its URL has a path secret that is not the tenant's: whatever it delivers is refused.
    OldSecret,
    /// It delivers something else than its URL says, or for another location.
    OtherEvent,
    /// It delivers only a part of what is wanted.
    LacksEvents,
    /// It signs with a secret that is not known here: whatever it delivers is refused.
    UnknownSecret,
}

/// How it stands with a hook that is wanted, the best first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// It delivers.
    Fine,
    /// It is there, and the platform or somebody has switched it off.
    SwitchedOff,
    /// It is there, and delivers only a part of what is wanted.
    Incomplete,
    /// It is there, and signs with a secret that is not known here.
    Unproven,
    /// There is only one with an old path secret.
    Outdated,
    /// There is none.
    Missing,
}

/// What is to be done about a hook at the platform.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Make one.
    Register,
    /// Switch the one that is there on, for all that is wanted.
    Mend,
}

impl Standing {
    /// What brings the hook to deliver; none where it does, or where only a person can help.
    pub fn step(self) -> Option<Step> {
        match self {
            Self::Fine | Self::Unproven => None,
            Self::SwitchedOff | Self::Incomplete => Some(Step::Mend),
            Self::Outdated | Self::Missing => Some(Step::Register),
        }
    }

    fn of(found: &FoundHook) -> Self {
        match found.fault {
            None if found.is_on => Self::Fine,
            None => Self::SwitchedOff,
            Some(Fault::LacksEvents) => Self::Incomplete,
            Some(Fault::UnknownSecret) => Self::Unproven,
            Some(Fault::OldSecret) => Self::Outdated,
            Some(Fault::OtherEvent) => Self::Missing,
        }
    }
}

/// What is wanted beside what was found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Compared {
    /// How it stands with each hook that is wanted, and the one at the platform that says so; none for one that is missing.
    pub wanted: BTreeMap<HookId, (Standing, Option<FoundHook>)>,
    /// The others of ours: nobody wants them, or another does the same. They are left alone.
    pub left_alone: Vec<FoundHook>,
}

/// Finds the best hook for each that is wanted. Of several that are as good the one with the lowest id counts, so that the same
/// list always says the same.
pub fn compare(wanted: &BTreeSet<HookId>, mut found: Vec<FoundHook>) -> Compared {
    found.sort_by(|one, other| (Standing::of(one), &one.reference).cmp(&(Standing::of(other), &other.reference)));
    let missing = wanted.iter().map(|hook| (hook.clone(), (Standing::Missing, None)));
    let mut compared = Compared { wanted: missing.collect(), left_alone: Vec::new() };
    for hook in found {
        let standing = Standing::of(&hook);
        match compared.wanted.get_mut(&hook.hook) {
            Some(place @ (Standing::Missing, None)) if standing != Standing::Missing => *place = (standing, Some(hook)),
            Some(_) | None => compared.left_alone.push(hook),
        }
    }
    compared
}

impl Compared {
    /// How many of the hooks that are wanted stand like this.
    pub fn count(&self, standing: Standing) -> usize {
        self.wanted.values().filter(|(is, _)| *is == standing).count()
    }

    /// Those that are there and switched off.
    fn off(&self) -> impl Iterator<Item = &FoundHook> {
        self.wanted.values().filter_map(|(_, found)| found.as_ref()).filter(|found| !found.is_on)
    }
}

/// A hook that was found switched off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SwitchedOff {
    /// When that was first seen since it was last on.
    pub since: Timestamp,
    /// How many deliveries failed, where the platform counts them.
    #[serde(default)]
    pub failures: Option<u64>,
}

/// The hooks that are off now, each with since when that is known, and those among them that an alarm is to be raised for: they
/// were not known to be off.
pub fn noted_off(
    known: &BTreeMap<HookId, SwitchedOff>,
    compared: &Compared,
    now: Timestamp,
) -> (BTreeMap<HookId, SwitchedOff>, Vec<HookId>) {
    // One with an old secret fails by itself, and is told of as outdated.
    let off = compared.off().filter(|found| Standing::of(found) != Standing::Outdated);
    let off: BTreeMap<HookId, SwitchedOff> = off
        .map(|found| {
            let since = known.get(&found.hook).map_or(now, |known| known.since);
            (found.hook.clone(), SwitchedOff { since, failures: found.failures })
        })
        .collect();
    let fresh = off.keys().filter(|hook| !known.contains_key(*hook)).cloned().collect();
    (off, fresh)
}
