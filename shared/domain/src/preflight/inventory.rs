//! What the account has, to choose from.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{Case, SeenGroup};
use crate::{DoorId, GroupId};

/// What the account has. Whatever is `null` in JSON is not known: nobody looked, or Brivo did not show it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Inventory {
    /// Who connected it.
    pub administrator: Option<AdministratorRow>,
    /// How many users there are.
    pub users: Option<usize>,
    /// Every group, by id.
    pub groups: Option<Vec<GroupRow>>,
    /// Every site, by id.
    pub sites: Option<Vec<SiteRow>>,
    /// The mobile passes.
    pub mobile_passes: Option<PassesRow>,
    /// How many seconds Brivo's clock is ahead of ours; less than 0 if it is behind.
    pub clock_ahead_s: Option<i64>,
}

/// Who connected the account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AdministratorRow {
    /// Brivo's id.
    pub id: i64,
    /// Brivo's word for the kind, `SENIOR`.
    pub kind: Option<String>,
}

/// A group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct GroupRow {
    /// Brivo's id.
    pub id: GroupId,
    /// Its name.
    pub name: String,
    /// Whether the settings may put people into it.
    pub mapped: bool,
    /// How many are in it.
    pub people: Option<usize>,
    /// How many of them we did not put there.
    pub not_ours: Option<usize>,
    /// How many of those bear the reference of another tenant or another application.
    pub other_references: Option<usize>,
    /// What it opens; known of mapped groups only.
    pub doors: Option<Vec<DoorRow>>,
}

/// A site.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SiteRow {
    /// Brivo's id.
    pub id: i64,
    /// Its name.
    pub name: String,
    /// Its doors.
    pub doors: Option<Vec<DoorRow>>,
}

/// A door, or another thing that opens.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DoorRow {
    /// Brivo's id.
    pub id: DoorId,
    /// Its name.
    pub name: String,
}

/// The mobile passes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct PassesRow {
    /// All of them.
    pub all: u64,
    /// Those that nobody has.
    pub left: u64,
}

impl Inventory {
    pub(super) fn of(case: &Case<'_>) -> Self {
        let seen = case.seen;
        let mapped = case.mapped();
        let group = |(id, group): (&GroupId, &SeenGroup)| row(case, *id, group, mapped.contains(id));
        let sites = seen.sites.seen().map(|sites| {
            let row = |(id, site): (&i64, &super::SeenSite)| SiteRow {
                id: *id,
                name: site.name.clone(),
                doors: site.doors.seen().map(doors),
            };
            sites.iter().map(row).collect()
        });
        Self {
            administrator: seen.administrator.seen().map(|who| AdministratorRow { id: who.id, kind: who.kind.clone() }),
            users: seen.users.seen().copied().flatten(),
            groups: seen.groups.seen().map(|groups| groups.iter().map(group).collect()),
            sites,
            mobile_passes: seen.passes.seen().map(|passes| PassesRow { all: passes.all, left: passes.left }),
            clock_ahead_s: seen.clock.seen().map(|clock| clock.ahead().as_secs()),
        }
    }
}

fn row(case: &Case<'_>, id: GroupId, seen: &SeenGroup, mapped: bool) -> GroupRow {
    let tally = case.tally(id, seen);
    GroupRow {
        id,
        name: seen.name.clone(),
        mapped,
        people: seen.people.seen().map(BTreeMap::len),
        not_ours: tally.map(|tally| tally.not_ours),
        other_references: tally.map(|tally| tally.other_references),
        doors: seen.doors.seen().map(doors),
    }
}

fn doors(doors: &BTreeMap<DoorId, String>) -> Vec<DoorRow> {
    doors.iter().map(|(id, name)| DoorRow { id: *id, name: name.clone() }).collect()
}
