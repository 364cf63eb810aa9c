//! Plans, resources and locations: what memberships and bookings refer to, with the groups that staff chose for them.

use domain::{
    GroupId, LocationId,
    facts::BookingKind,
    policy::PolicyChanges,
    tenant::{Mapping, MappingKind},
};

use super::super::{booking, group, id};
use crate::fields::{Fields, Read, text};

/// A plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// Spacebring's id.
    pub id: String,
    /// Where it is sold.
    pub location: LocationId,
    /// The Brivo group that staff chose for it: what new subscriptions begin with (SPB-06).
    pub group: Option<GroupId>,
}

/// Something that can be booked or assigned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resource {
    /// Spacebring's id.
    pub id: String,
    /// Where it lies, which its bookings do not say.
    pub location: LocationId,
    /// What sort of thing it is.
    pub kind: BookingKind,
    /// The Brivo group that staff chose for it: what its bookings give.
    pub group: Option<GroupId>,
}

/// A location.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Site {
    /// Spacebring's id.
    pub id: LocationId,
    /// For people.
    pub name: String,
    /// IANA name.
    pub time_zone: String,
}

impl Plan {
    /// What it says about who gets which groups; nothing if no group was chosen.
    pub fn mapping(&self) -> Option<Mapping> {
        mapping(MappingKind::Plan, &self.id, &self.location, self.group)
    }
}

impl Resource {
    /// What it says about who gets which groups; nothing if no group was chosen.
    pub fn mapping(&self) -> Option<Mapping> {
        mapping(MappingKind::Resource, &self.id, &self.location, self.group)
    }
}

fn mapping(kind: MappingKind, id: &str, location: &LocationId, group: Option<GroupId>) -> Option<Mapping> {
    Some(Mapping {
        kind,
        id: id.to_owned(),
        groups: [group?].into(),
        location: Some(location.clone()),
        automatic: None,
        policy: PolicyChanges::default(),
        from_platform: true,
    })
}

/// Reads a plan.
pub(super) fn plan(fields: &mut Fields<'_, '_>, location: &LocationId) -> Read<Plan> {
    let id_of_plan = fields.required("id", id);
    let group = match fields.object("access") {
        Ok(Some(mut access)) => access.optional("brivoGroupRef", group),
        Ok(None) => Ok(None),
        Err(noted) => Err(noted),
    };
    Ok(Plan { id: id_of_plan?, location: location.clone(), group: group? })
}

/// Reads a resource.
pub(super) fn resource(fields: &mut Fields<'_, '_>, location: &LocationId) -> Read<Resource> {
    let id_of_resource = fields.required("id", id);
    let kind = fields.required("type", booking::kind);
    let group = fields.optional("brivoGroupRef", group);
    Ok(Resource { id: id_of_resource?, location: location.clone(), kind: kind?, group: group? })
}

/// Reads a location.
pub(super) fn site(fields: &mut Fields<'_, '_>) -> Read<Site> {
    let id_of_location = fields.required("id", id);
    let name = fields.optional("title", text);
    let time_zone = fields.required("timezoneId", text);
    Ok(Site { id: LocationId::new(id_of_location?), name: name?.unwrap_or_default(), time_zone: time_zone? })
}
