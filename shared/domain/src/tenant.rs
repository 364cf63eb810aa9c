//! An operator as the rules see it: platform, locations, mappings and policy. Secrets live elsewhere.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    AccountId, DoorId, GroupId, LocationId, TenantId,
    facts::Origin,
    policy::{Policy, PolicyChanges},
};

mod couriers;
mod faults;
mod policy_faults;
mod warnings;

pub use couriers::{AppHook, CodeMail, Way};

/// Where members, memberships and bookings live.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Platform {
    /// Nexudus.
    Nexudus,
    /// OfficeRnD Flex.
    Officernd,
    /// Spacebring.
    Spacebring,
    /// Coworks.
    Coworks,
    /// Deskworks.
    Deskworks,
}

impl Platform {
    /// Every platform.
    pub const ALL: [Self; 5] = [Self::Nexudus, Self::Officernd, Self::Spacebring, Self::Coworks, Self::Deskworks];

    /// The platform's name in URLs and documents.
    pub fn word(self) -> &'static str {
        match self {
            Self::Nexudus => "nexudus",
            Self::Officernd => "officernd",
            Self::Spacebring => "spacebring",
            Self::Coworks => "coworks",
            Self::Deskworks => "deskworks",
        }
    }
}

/// The operator of one or more locations.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tenant {
    /// Which operator.
    #[serde(rename = "tenant")]
    pub id: TenantId,
    /// The platform; chooses the preset.
    pub platform: Platform,
    /// Whether anybody is given access in Brivo. Facts are kept either way, and what was given is taken away when it ends.
    #[serde(default = "yes")]
    pub enabled: bool,
    /// Groups that may be chosen per person or per subscription, beside those of the mappings.
    #[serde(default)]
    pub managed_groups: BTreeSet<GroupId>,
    /// Groups that are left as they are: nobody is put into them, and no active member whom we put there is taken out.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub released_groups: BTreeSet<GroupId>,
    /// Connected Brivo accounts, without their secrets.
    #[serde(default)]
    pub accounts: Vec<Account>,
    /// Locations.
    #[serde(default)]
    pub locations: Vec<Location>,
    /// What gives which groups.
    #[serde(default)]
    pub mappings: Vec<Mapping>,
    /// What an unlock means at each door.
    #[serde(default)]
    pub doors: Vec<Door>,
    /// What differs from the preset.
    #[serde(default)]
    pub policy: PolicyChanges,
    /// After how many days in which nothing came by a hook an alarm is raised, 1 to 365.
    #[serde(default = "a_week")]
    pub hook_quiet_days: u16,
    /// How pass codes are mailed, if they are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code_mail: Option<Box<CodeMail>>,
    /// Where the operator's own application is told of pass codes, if it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub app_hook: Option<Box<AppHook>>,
    /// Whoever left before this instant counts as having left then: a policy for leaving was applied to them as well. Not part
    /// of the document.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub leavers_from: Option<Timestamp>,
    /// Accounts that the operator disconnected, with what becomes of the access we gave there. Not part of the document.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub disconnected: BTreeMap<AccountId, Parting>,
}

/// What becomes of the access that we gave in an account that is disconnected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Parting {
    /// It stays as it is.
    Leave,
    /// All of it is taken away.
    Revoke,
}

fn yes() -> bool {
    true
}

fn a_week() -> u16 {
    Tenant::HOOK_QUIET_DAYS
}

/// A connected Brivo account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// The account's name in this document.
    pub id: AccountId,
    /// Which Brivo hosts it lives on.
    pub region: Region,
    /// How many calls a month its API key has; others may share the key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub budget: Option<u64>,
}

/// Which Brivo hosts an account lives on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Region {
    /// `api.brivo.com`
    Us,
    /// `api.eu.brivo.com`
    Eu,
}

/// A centre, campus or space.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Location {
    /// The platform's id.
    pub id: LocationId,
    /// For people.
    #[serde(default)]
    pub name: String,
    /// IANA name.
    pub time_zone: String,
    /// The Brivo account that guards it.
    pub account: AccountId,
    /// The Brivo site.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub site: Option<i64>,
    /// What differs here from the tenant's policy.
    #[serde(default)]
    pub policy: PolicyChanges,
}

/// One line of the table that says what gives which groups.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mapping {
    /// What sort of thing.
    pub kind: MappingKind,
    /// The platform's id of it.
    pub id: String,
    /// The groups it gives.
    pub groups: BTreeSet<GroupId>,
    /// Counts only for facts of this location.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location: Option<LocationId>,
    /// Counts only for memberships of this origin.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub automatic: Option<Origin>,
    /// What differs here from the location's policy.
    #[serde(default)]
    pub policy: PolicyChanges,
    /// Whether the platform says so itself. Not part of the document.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub from_platform: bool,
}

impl Mapping {
    /// `kind/id`, as shown in reasons.
    pub fn name(&self) -> String {
        format!("{}/{}", self.kind.word(), self.id)
    }
}

/// What a mapping is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MappingKind {
    /// A plan.
    Plan,
    /// A location.
    Location,
    /// A floor.
    Floor,
    /// A room, desk, parking lot or office.
    Resource,
    /// A kind of pass.
    Pass,
    /// A product.
    Product,
}

impl MappingKind {
    /// The kind's name in documents.
    pub fn word(self) -> &'static str {
        match self {
            Self::Plan => "plan",
            Self::Location => "location",
            Self::Floor => "floor",
            Self::Resource => "resource",
            Self::Pass => "pass",
            Self::Product => "product",
        }
    }
}

/// What an unlock means at a door.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Door {
    /// The Brivo access point.
    pub door: DoorId,
    /// Where it is.
    pub location: LocationId,
    /// What an unlock there does.
    pub action: DoorAction,
}

/// What an unlock does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DoorAction {
    /// Checks the member in.
    CheckIn,
    /// Checks the member out.
    CheckOut,
    /// Nothing.
    Nothing,
}

impl Tenant {
    /// [`Tenant::hook_quiet_days`] unless the document says otherwise: a week has every day on which a space is shut.
    pub const HOOK_QUIET_DAYS: u16 = 7;

    /// The location with this id.
    pub fn location(&self, id: &LocationId) -> Option<&Location> {
        self.locations.iter().find(|location| location.id == *id)
    }

    /// The tenant's location, if it has just one.
    pub fn only_location(&self) -> Option<&LocationId> {
        match self.locations.as_slice() {
            [only] => Some(&only.id),
            _ => None,
        }
    }

    /// Where a bookable resource lies is told by its own mappings, if they name just one location.
    pub fn location_of_resource(&self, resource: &str) -> Option<&LocationId> {
        let mappings = self.mappings.iter();
        let of_resource = mappings.filter(|mapping| mapping.kind == MappingKind::Resource && mapping.id == resource);
        agreed(of_resource.filter_map(|mapping| mapping.location.as_ref()))
    }

    /// The account that guards a location, without one the tenant's only location; else its account if it has just one.
    pub fn account_at(&self, location: Option<&LocationId>) -> Option<&AccountId> {
        match self.place(location) {
            Some(location) => Some(&location.account),
            None => self.only_account(),
        }
    }

    /// The tenant's account, if it has just one.
    pub fn only_account(&self) -> Option<&AccountId> {
        match self.accounts.as_slice() {
            [only] => Some(&only.id),
            _ => None,
        }
    }

    /// These settings with what the platform itself says about what gives which groups, in place of what it said before. What the
    /// document says counts beside it.
    #[must_use]
    pub fn with_platform_mappings(mut self, mappings: impl IntoIterator<Item = Mapping>) -> Self {
        self.mappings.retain(|mapping| !mapping.from_platform);
        let new = mappings.into_iter().map(|mapping| Mapping { from_platform: true, ..mapping });
        let mut new: Vec<Mapping> = new.collect();
        // In an order of its own: another one is no change.
        new.sort_by(|one, other| {
            let name = |mapping: &Mapping| (mapping.kind, mapping.id.clone(), mapping.location.clone());
            name(one).cmp(&name(other))
        });
        new.dedup();
        self.mappings.extend(new);
        self
    }

    /// What the platform itself says about what gives which groups.
    pub fn platform_mappings(&self) -> impl Iterator<Item = &Mapping> {
        self.mappings.iter().filter(|mapping| mapping.from_platform)
    }

    /// Whether the platform itself names no group any more for a whole kind of thing for which it named some before: an answer that is
    /// empty by mistake looks the same.
    pub fn lacks_a_kind_of(&self, before: &Self) -> bool {
        let kinds = |tenant: &Self| tenant.platform_mappings().map(|mapping| mapping.kind).collect::<BTreeSet<_>>();
        !kinds(before).is_subset(&kinds(self))
    }

    /// All groups that may be touched: those of the mappings and `managed_groups`.
    pub fn managed(&self) -> BTreeSet<GroupId> {
        let mapped = self.mappings.iter().flat_map(|mapping| mapping.groups.iter());
        mapped.chain(&self.managed_groups).copied().collect()
    }

    /// The policy that holds for a mapping at a location: preset, tenant, location, mapping, in this order.
    ///
    /// Without a location it is that of the tenant's only one.
    pub fn policy_for(&self, location: Option<&LocationId>, mapping: Option<&Mapping>) -> Policy {
        let mut policy = self.own_policy();
        if let Some(location) = self.place(location) {
            policy.apply(&location.policy);
        }
        if let Some(mapping) = mapping {
            policy.apply(&mapping.policy);
        }
        policy
    }

    /// The tenant's own policy: what holds where no location and no mapping says otherwise.
    pub fn own_policy(&self) -> Policy {
        Policy::preset(self.platform).changed(&self.policy)
    }

    /// The policy that holds for people in a whole account.
    ///
    /// It is the tenant's; but of the keys that speak of a person in the account and not of one fact (`create_users`,
    /// `adopt`, `profile_fields`, `profile_mode`, `deprovision`, `delete_after`, `never_delete`, `suspend_when`,
    /// `credential`, `backstop`) the mildest of what the account's locations say.
    pub fn account_policy(&self, account: &AccountId) -> Policy {
        let policy = self.own_policy();
        let guarded = self.locations.iter().filter(|location| location.account == *account);
        let here: Vec<Policy> = guarded.map(|location| policy.changed(&location.policy)).collect();
        policy.at_mildest(&here)
    }

    fn place(&self, location: Option<&LocationId>) -> Option<&Location> {
        location.or_else(|| self.only_location()).and_then(|id| self.location(id))
    }
}

/// What all of them are, if they agree and there are any.
pub fn agreed<T: PartialEq>(mut all: impl Iterator<Item = T>) -> Option<T> {
    let first = all.next()?;
    all.all(|other| other == first).then_some(first)
}
