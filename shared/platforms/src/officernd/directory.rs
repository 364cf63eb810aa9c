//! What lists tell beside members and what they hold: where things are, who has which desk, and who visits.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use domain::{LocationId, facts::AssignedResource, tenant::Tenant};
use jiff::{
    Timestamp,
    tz::{Offset, TimeZone},
};

use super::{either, optional_text, reference};
use crate::{
    fields::{Fields, Read, email, text},
    ids::location,
    moment::{Moment, day_at_midnight_utc},
};

/// Where a day ends last.
const WESTERNMOST: Offset = Offset::constant(-12);

/// A location.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Location {
    /// `_id`.
    pub id: LocationId,
    /// `name`, for people.
    pub name: Option<String>,
    /// `timezone`, an IANA name.
    pub time_zone: Option<String>,
}

/// A floor of a location.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Floor {
    /// `_id`.
    pub id: String,
    /// `name`, for people.
    pub name: Option<String>,
    /// The location that it is a floor of.
    pub location: Option<LocationId>,
}

/// Something that can be booked or assigned: a room, a desk, an office.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resource {
    /// `_id`.
    pub id: String,
    /// `name`, for people.
    pub name: Option<String>,
    /// `type`, an id or a word.
    pub kind: Option<String>,
    /// Where it is.
    pub location: Option<LocationId>,
    /// The floor that it is on, by id.
    pub floor: Option<String>,
}

/// Which desk or office a membership occupies, and on which days.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assignment {
    resource: String,
    membership: String,
    starts: Moment,
    ends: Option<Moment>,
}

/// Somebody who is or was invited.
#[derive(Clone, PartialEq, Eq)]
pub struct Visitor {
    /// `_id`.
    pub id: String,
    pub(super) name: Option<String>,
    pub(super) email: Option<String>,
}

impl fmt::Debug for Visitor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Visitor").field("id", &self.id).finish_non_exhaustive()
    }
}

/// All resources, assignments and visitors, as far as lists told of them; read them whole before anything that leans on them.
#[derive(Clone, Debug, Default)]
pub struct Directory {
    resources: BTreeMap<String, Resource>,
    assignments: BTreeMap<String, Vec<Assignment>>,
    visitors: BTreeMap<String, Visitor>,
    unread_visitors: BTreeSet<Option<String>>,
}

impl Directory {
    /// Adds resources.
    pub fn add_resources(&mut self, resources: impl IntoIterator<Item = Resource>) {
        self.resources.extend(resources.into_iter().map(|resource| (resource.id.clone(), resource)));
    }

    /// Adds assignments.
    pub fn add_assignments(&mut self, assignments: impl IntoIterator<Item = Assignment>) {
        for assignment in assignments {
            self.assignments.entry(assignment.membership.clone()).or_default().push(assignment);
        }
    }

    /// Forgets the assignments of a membership, before they are read anew.
    pub(super) fn forget_assignments(&mut self, membership: &str) {
        self.assignments.remove(membership);
    }

    /// Adds visitors.
    pub fn add_visitors(&mut self, visitors: impl IntoIterator<Item = Visitor>) {
        self.visitors.extend(visitors.into_iter().map(|visitor| (visitor.id.clone(), visitor)));
    }

    /// Adds the ids of visitors who could not be read; none for one that does not tell it.
    pub fn add_unread_visitors(&mut self, unread: impl IntoIterator<Item = Option<String>>) {
        self.unread_visitors.extend(unread);
    }

    pub(super) fn visitor(&self, id: &str) -> Option<&Visitor> {
        self.visitors.get(id)
    }

    /// The desks and offices of a membership, each in a location that the tenant has, with its days.
    ///
    /// A desk that lies nowhere the tenant knows is left out: nobody could say whose doors are meant.
    ///
    /// # Errors
    /// One that is held or to be held is not in the list of resources: where it is cannot be told.
    pub(super) fn desks(
        &self,
        membership: &str,
        here: Option<&LocationId>,
        tenant: &Tenant,
        now: Timestamp,
    ) -> Result<Vec<Desk>, UnknownResource> {
        let mut desks = Vec::new();
        for assignment in self.assignments.get(membership).into_iter().flatten() {
            let Some(resource) = self.resources.get(&assignment.resource) else {
                if assignment.is_over(now) {
                    continue;
                }
                return Err(UnknownResource);
            };
            let there = resource.location.as_ref().or(here).or_else(|| tenant.only_location());
            desks.extend(there.and_then(|there| assignment.desk(resource, there, tenant)));
        }
        Ok(desks)
    }

    /// Whether a visitor is listed who may be this one, and could not be read.
    pub(super) fn is_unread_visitor(&self, id: &str) -> bool {
        !self.visitors.contains_key(id)
            && (self.unread_visitors.contains(&None) || self.unread_visitors.contains(&Some(id.to_owned())))
    }
}

/// A resource that is not in the list of resources.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct UnknownResource;

/// A desk or office that somebody has or is to have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Desk {
    pub(super) resource: AssignedResource,
    pub(super) starts: Timestamp,
    pub(super) ends: Option<Timestamp>,
}

impl Desk {
    /// Whether it is held at an instant.
    pub(super) fn is_held(&self, now: Timestamp) -> bool {
        self.starts <= now && self.ends.is_none_or(|ends| now < ends)
    }
}

impl Assignment {
    /// What is assigned; none if the tenant has no such location.
    fn desk(&self, resource: &Resource, there: &LocationId, tenant: &Tenant) -> Option<Desk> {
        let zone = TimeZone::get(&tenant.location(there)?.time_zone).ok()?;
        let starts = self.starts.first_instant(Some(&zone)).ok()?;
        // An end too far away to be counted is none.
        let ends = self.ends.and_then(|ends| ends.first_instant_after(Some(&zone)).ok());
        let resource =
            AssignedResource { id: resource.id.clone(), floor: resource.floor.clone(), location: Some(there.clone()) };
        Some(Desk { resource, starts, ends })
    }

    /// Whether it is over everywhere.
    fn is_over(&self, now: Timestamp) -> bool {
        let after = |ends: Moment| ends.first_instant_after(Some(&TimeZone::fixed(WESTERNMOST)));
        self.ends.is_some_and(|ends| after(ends).is_ok_and(|ends| ends <= now))
    }
}

fn place(fields: &mut Fields<'_, '_>) -> Read<Option<LocationId>> {
    either(fields, ["location", "office"], |value| location(&reference(value)?.into()))
}

/// Source: developer.officernd.com/reference, location; 2026-11.
pub(super) fn read_location(fields: &mut Fields<'_, '_>) -> Read<Location> {
    let id = fields.required("_id", location);
    let name = optional_text(fields, "name");
    let time_zone = optional_text(fields, "timezone");
    Ok(Location { id: id?, name: name?, time_zone: time_zone? })
}

/// Source: developer.officernd.com/reference, floor; 2026-11.
pub(super) fn read_floor(fields: &mut Fields<'_, '_>) -> Read<Floor> {
    let id = fields.required("_id", reference);
    let name = optional_text(fields, "name");
    let location = place(fields);
    Ok(Floor { id: id?, name: name?, location: location? })
}

/// Source: developer.officernd.com/reference, resource; 2026-11.
pub(super) fn read_resource(fields: &mut Fields<'_, '_>) -> Read<Resource> {
    let id = fields.required("_id", reference);
    let name = optional_text(fields, "name");
    let kind = fields.optional("type", |value| text(value).or_else(|_| reference(value)));
    let location = place(fields);
    let floor = fields.optional("floor", reference);
    Ok(Resource { id: id?, name: name?, kind: kind?, location: location?, floor: floor? })
}

/// Source: developer.officernd.com/reference/assignments; 2026-11.
pub(super) fn read_assignment(fields: &mut Fields<'_, '_>) -> Read<Assignment> {
    let resource = fields.required("resource", reference);
    let membership = fields.required("membership", reference);
    let starts = fields.required("startDate", day_at_midnight_utc);
    let ends = fields.optional("endDate", day_at_midnight_utc);
    Ok(Assignment { resource: resource?, membership: membership?, starts: starts?, ends: ends? })
}

/// Source: developer.officernd.com/reference, visitor; 2026-11.
pub(super) fn read_visitor(fields: &mut Fields<'_, '_>) -> Read<Visitor> {
    let id = fields.required("_id", reference);
    let name = optional_text(fields, "name");
    let email = fields.optional("email", email);
    Ok(Visitor { id: id?, name: name?, email: email?.flatten() })
}
