//! A membership as a platform tells it, its dates still days of some location.

use std::collections::BTreeSet;

use domain::{
    GroupId, LocationId, MemberId, Subject, TeamId,
    facts::{AssignedResource, Membership, MembershipStatus, Origin},
    tenant::{MappingKind, Tenant, agreed},
};
use jiff::Timestamp;

use crate::{
    fields::{Faults, Read, inside},
    ids::holders,
    moment::Moment,
    place::{Place, no_such_location, only_zone},
};

/// A membership whose dates are not yet instants.
pub(crate) struct UnplacedMembership {
    pub(crate) id: String,
    pub(crate) plan: String,
    pub(crate) member: Option<MemberId>,
    pub(crate) team: Option<TeamId>,
    pub(crate) location: Option<LocationId>,
    pub(crate) starts: Moment,
    pub(crate) ends: Option<Moment>,
    pub(crate) status: MembershipStatus,
    pub(crate) resources: Vec<AssignedResource>,
    pub(crate) groups: Option<BTreeSet<GroupId>>,
    pub(crate) products: BTreeSet<String>,
    pub(crate) origin: Option<Origin>,
}

impl UnplacedMembership {
    /// Whose records are needed beside its own.
    pub(crate) fn subjects(&self) -> impl Iterator<Item = Subject> {
        holders(self.member.as_ref(), self.team.as_ref())
    }

    /// The membership with its dates placed. One that is cancelled without an end ends at the event's time.
    pub(crate) fn place(&self, tenant: &Tenant, time: Timestamp, at: &str, faults: &mut Faults) -> Read<Membership> {
        let resources = self.check_resources(tenant, at, faults);
        let location = self.location.as_ref().or_else(|| self.location_of_resources(tenant));
        let mut place = Place::new(tenant, location, only_zone, at, faults);
        let starts = place.first_instant("starts", self.starts);
        let ends = self.ends.map(|ends| place.first_instant_after("ends", ends)).transpose();
        place.is_known()?;
        resources?;
        let ends = match self.status {
            MembershipStatus::Cancelled => Some(ends?.unwrap_or(time)),
            MembershipStatus::Active | MembershipStatus::Paused => ends?,
        };
        Ok(Membership {
            id: self.id.clone(),
            plan: self.plan.clone(),
            member: self.member.clone(),
            team: self.team.clone(),
            location: self.location.clone(),
            starts: starts?,
            ends,
            status: self.status,
            resources: self.resources.clone(),
            groups: self.groups.clone(),
            copied: None,
            products: self.products.clone(),
            origin: self.origin,
        })
    }

    /// R2: where its resources lie, if that is one place; a location that the tenant does not have is noted elsewhere.
    fn location_of_resources<'a>(&'a self, tenant: &'a Tenant) -> Option<&'a LocationId> {
        let mapped = |resource: &AssignedResource| {
            let of_resource =
                tenant.mappings.iter().filter(|it| it.kind == MappingKind::Resource && it.id == resource.id);
            agreed(of_resource.filter_map(|mapping| mapping.location.as_ref()))
        };
        let told = self.resources.iter().map(|resource| resource.location.as_ref().or_else(|| mapped(resource)));
        agreed(told.flatten()).filter(|location| tenant.location(location).is_some())
    }

    fn check_resources(&self, tenant: &Tenant, at: &str, faults: &mut Faults) -> Read<()> {
        let mut checked = Ok(());
        for (number, resource) in self.resources.iter().enumerate() {
            if let Some(id) = &resource.location
                && tenant.location(id).is_none()
            {
                checked = Err(no_such_location(id, &inside(at, &format!("resources[{number}].location")), faults));
            }
        }
        checked
    }
}
