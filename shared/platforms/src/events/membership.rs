//! `coworking.membership.upserted`: a contract, plan subscription or recurring billing, as a whole.

use std::collections::BTreeSet;

use domain::{
    GroupId, LocationId, MemberId, TeamId,
    facts::{AssignedResource, Membership, MembershipStatus, Origin},
    tenant::{MappingKind, Tenant, agreed},
};
use jiff::Timestamp;

use super::{
    ids::{group, location, member, team},
    place::{Place, no_such_location, only_zone},
};
use crate::{
    fields::{Faults, Fields, Read, id, inside, text, word},
    moment::{Moment, moment},
};

/// A membership whose dates are not yet instants.
pub(super) struct Unplaced {
    id: String,
    plan: String,
    pub(super) member: Option<MemberId>,
    pub(super) team: Option<TeamId>,
    location: Option<LocationId>,
    starts: Moment,
    ends: Option<Moment>,
    status: MembershipStatus,
    resources: Vec<AssignedResource>,
    groups: Option<BTreeSet<GroupId>>,
    products: BTreeSet<String>,
    origin: Option<Origin>,
}

const STATUSES: [(&str, MembershipStatus); 3] = [
    ("active", MembershipStatus::Active),
    ("cancelled", MembershipStatus::Cancelled),
    ("paused", MembershipStatus::Paused),
];

const ORIGINS: [(&str, Origin); 2] = [("staff", Origin::Staff), ("public_signup", Origin::PublicSignup)];

/// Reads a membership.
pub(super) fn read(data: &mut Fields<'_, '_>) -> Read<Unplaced> {
    let id_of_membership = data.required("id", id);
    let plan = data.required("plan", id);
    let holder = holder(data);
    let location = data.optional("location", location);
    let starts = data.required("starts", moment);
    let ends = data.optional("ends", moment);
    let status = data.required("status", word(&STATUSES));
    let resources = data.objects("resources", resource);
    let groups = data.list("groups", group);
    let products = data.list("products", id);
    let origin = data.optional("origin", word(&ORIGINS));
    let (member, team) = holder?;
    Ok(Unplaced {
        id: id_of_membership?,
        plan: plan?,
        member,
        team,
        location: location?,
        starts: starts?,
        ends: ends?,
        status: status?,
        resources: resources?.unwrap_or_default(),
        groups: groups?.map(BTreeSet::from_iter),
        products: products?.unwrap_or_default().into_iter().collect(),
        origin: origin?,
    })
}

/// Reads who holds it: a member, a team or both.
pub(super) fn holder(data: &mut Fields<'_, '_>) -> Read<(Option<MemberId>, Option<TeamId>)> {
    let member = data.optional("member", member);
    let team = data.optional("team", team);
    match (member?, team?) {
        (None, None) => Err(data.note("member", "is missing, and so is team; say who holds it")),
        holder => Ok(holder),
    }
}

fn resource(fields: &mut Fields<'_, '_>) -> Read<AssignedResource> {
    let id_of_resource = fields.required("id", id);
    let floor = fields.optional("floor", text);
    let location = fields.optional("location", location);
    Ok(AssignedResource { id: id_of_resource?, floor: floor?, location: location? })
}

impl Unplaced {
    /// The membership with its dates placed. One that is cancelled without an end ends at the event's time.
    pub(super) fn place(&self, tenant: &Tenant, time: Timestamp, at: &str, faults: &mut Faults) -> Read<Membership> {
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
