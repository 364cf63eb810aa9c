//! A tenant document made ready for deciding: every policy resolved once, every mapping found by what it is about.

use std::{
    collections::{BTreeMap, BTreeSet, btree_map},
    fmt,
};

use crate::{
    AccountId, GroupId, LocationId,
    policy::{Drift, Fanout, Policy, PolicyChanges},
    tenant::{Location, Mapping, MappingKind, Tenant},
};

/// The rules of one tenant. Built once for each run or webhook; every answer but [`Self::drift_of`] is a look-up.
#[derive(Clone, PartialEq, Eq)]
pub struct Rulebook {
    tenant: Tenant,
    policy: Policy,
    places: BTreeMap<LocationId, Place>,
    accounts: BTreeMap<AccountId, Policy>,
    mapped: BTreeMap<MappingKind, BTreeMap<String, Vec<Mapped>>>,
    managed: BTreeSet<GroupId>,
    /// Where each bookable resource lies, by its mappings; `None` where they differ.
    resources: BTreeMap<String, Option<LocationId>>,
}

impl fmt::Debug for Rulebook {
    /// The tenant document; all else follows from it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rulebook").field("tenant", &self.tenant).finish_non_exhaustive()
    }
}

/// What holds at a location.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Place {
    account: AccountId,
    policy: Policy,
}

/// A mapping, with policies of its own if it changes any.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Mapped {
    mapping: Mapping,
    own: Option<Own>,
}

/// The policies of a mapping: at the locations that have one, and elsewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Own {
    at: BTreeMap<LocationId, Policy>,
    elsewhere: Policy,
}

impl Rulebook {
    /// Makes a tenant document ready.
    pub fn new(tenant: &Tenant) -> Self {
        let policy = tenant.own_policy();
        let places = places(tenant, &policy);
        let mut rulebook = Self {
            tenant: tenant.clone(),
            policy,
            places,
            accounts: BTreeMap::new(),
            mapped: BTreeMap::new(),
            managed: tenant.managed(),
            resources: BTreeMap::new(),
        };
        rulebook.accounts =
            tenant.accounts.iter().map(|account| (account.id.clone(), rulebook.mildest(&account.id))).collect();
        for mapping in &tenant.mappings {
            rulebook.add(mapping);
        }
        rulebook
    }

    /// The tenant document.
    pub fn tenant(&self) -> &Tenant {
        &self.tenant
    }

    /// The mappings of one thing that count at a location, each with the policy that holds for it there.
    ///
    /// Without a location it is the tenant's only one.
    pub fn mapped<'r, 'l>(
        &'r self,
        kind: MappingKind,
        id: &str,
        location: Option<&'l LocationId>,
    ) -> impl Iterator<Item = (&'r Mapping, &'r Policy)> + use<'r, 'l>
    where
        'r: 'l,
    {
        let location = location.or_else(|| self.tenant.only_location());
        let policy = self.policy(location);
        let mapped = self.mapped.get(&kind).and_then(|of_kind| of_kind.get(id)).into_iter().flatten();
        mapped
            .filter(move |mapped| mapped.mapping.location.as_ref().is_none_or(|at| Some(at) == location))
            .map(move |mapped| (&mapped.mapping, mapped.policy_at(location).unwrap_or(policy)))
    }

    /// The policy that holds at a location, without one at the tenant's only location, else the tenant's.
    pub fn policy(&self, location: Option<&LocationId>) -> &Policy {
        self.place(location).map_or(&self.policy, |place| &place.policy)
    }

    /// Whether the memberships of whoever pays for a team count for the team anywhere.
    pub fn shares_payers_memberships(&self) -> bool {
        let mapped = self.mapped.values().flat_map(BTreeMap::values).flatten();
        let own = mapped.filter_map(|mapped| mapped.own.as_ref());
        let own = own.flat_map(|own| own.at.values().chain([&own.elsewhere]));
        let policies = self.places.values().map(|place| &place.policy).chain([&self.policy]).chain(own);
        policies.into_iter().any(|policy| policy.fanout == Fanout::TeamIfPayer)
    }

    /// All groups that may be touched: those of the mappings and `managed_groups`.
    pub fn managed(&self) -> &BTreeSet<GroupId> {
        &self.managed
    }

    /// The account that guards a location, without one the tenant's only location; else its account if it has just one.
    pub fn account_at(&self, location: Option<&LocationId>) -> Option<&AccountId> {
        match self.place(location) {
            Some(place) => Some(&place.account),
            None => self.tenant.only_account(),
        }
    }

    /// The policy that holds for people in a whole account; see [`Tenant::account_policy`].
    pub fn account_policy(&self, account: &AccountId) -> &Policy {
        self.accounts.get(account).unwrap_or(&self.policy)
    }

    /// Where a bookable resource lies is told by its own mappings, if they name just one location.
    pub fn location_of_resource(&self, resource: &str) -> Option<&LocationId> {
        self.resources.get(resource)?.as_ref()
    }

    /// What is done about hand edits of a group: the mildest of what its mappings say where they count, else the account.
    pub fn drift_of(&self, account: &AccountId, group: GroupId) -> Drift {
        let naming = self.mapped.values().flat_map(BTreeMap::values).flatten();
        let naming = naming.filter(|mapped| mapped.mapping.groups.contains(&group));
        let said = naming.flat_map(|mapped| {
            let guarded = self.places.iter().filter(|(_, place)| place.account == *account);
            let counts =
                guarded.filter(|(location, _)| mapped.mapping.location.as_ref().is_none_or(|only| only == *location));
            counts.map(|(location, place)| mapped.policy_at(Some(location)).unwrap_or(&place.policy).drift_of(group))
        });
        said.min().unwrap_or_else(|| self.account_policy(account).drift_of(group))
    }

    fn place(&self, location: Option<&LocationId>) -> Option<&Place> {
        location.or_else(|| self.tenant.only_location()).and_then(|location| self.places.get(location))
    }

    fn mildest(&self, account: &AccountId) -> Policy {
        let policies = self.places.values().filter(|place| place.account == *account).map(|place| &place.policy);
        self.policy.at_mildest(policies)
    }

    fn add(&mut self, mapping: &Mapping) {
        if let (MappingKind::Resource, Some(location)) = (mapping.kind, &mapping.location) {
            match self.resources.entry(mapping.id.clone()) {
                btree_map::Entry::Vacant(entry) => {
                    entry.insert(Some(location.clone()));
                }
                btree_map::Entry::Occupied(mut entry) if entry.get().as_ref() != Some(location) => {
                    entry.insert(None);
                }
                btree_map::Entry::Occupied(_) => {}
            }
        }
        let mapped = Mapped { mapping: mapping.clone(), own: self.own(mapping) };
        self.mapped.entry(mapping.kind).or_default().entry(mapping.id.clone()).or_default().push(mapped);
    }

    /// The policies of a mapping that changes some key. Most change none, and then hold none.
    fn own(&self, mapping: &Mapping) -> Option<Own> {
        if mapping.policy == PolicyChanges::default() {
            return None;
        }
        let changed = |policy: &Policy| policy.changed(&mapping.policy);
        Some(match &mapping.location {
            Some(only) => Own { at: BTreeMap::new(), elsewhere: changed(self.policy(Some(only))) },
            None => Own {
                at: self.places.iter().map(|(location, place)| (location.clone(), changed(&place.policy))).collect(),
                elsewhere: changed(&self.policy),
            },
        })
    }
}

impl Mapped {
    /// The policy of the mapping at a location, if it has any of its own.
    fn policy_at(&self, location: Option<&LocationId>) -> Option<&Policy> {
        let own = self.own.as_ref()?;
        Some(location.and_then(|location| own.at.get(location)).unwrap_or(&own.elsewhere))
    }
}

fn places(tenant: &Tenant, policy: &Policy) -> BTreeMap<LocationId, Place> {
    let place =
        |location: &Location| Place { account: location.account.clone(), policy: policy.changed(&location.policy) };
    tenant.locations.iter().map(|location| (location.id.clone(), place(location))).collect()
}
