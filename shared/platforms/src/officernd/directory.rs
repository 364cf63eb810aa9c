//! What lists tell beside members and what they hold: where things are, who has which desk, and who visits.

use std::{collections::BTreeMap, fmt};

use domain::{LocationId, facts::AssignedResource, tenant::Tenant};
use jiff::{SignedDuration, Timestamp, tz::TimeZone};

use super::{either, optional_text, reference};
use crate::{
    fields::{Fields, Read, email, text},
    ids::location,
    moment::{Moment, day_at_midnight_utc},
};

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
}

impl Directory {
    /// Adds resources.
    pub fn add_resources(&mut self, resources: impl IntoIterator<Item = Resource>) {
        self.resources.extend(resources.into_iter().map(|resource| (resource.id.clone(), resource)));
    }

    pub(super) fn has_resources(&self) -> bool {
        !self.resources.is_empty()
    }

    /// Whether a membership has a desk or office at `now`, wherever that is, that the list of resources does not name.
    pub(super) fn is_unsure_of_desks(&self, membership: &str, now: Timestamp) -> bool {
        let mut assigned = self.assignments.get(membership).into_iter().flatten();
        assigned.any(|assignment| !self.resources.contains_key(&assignment.resource) && assignment.may_cover(now))
    }

    /// Adds assignments.
    pub fn add_assignments(&mut self, assignments: impl IntoIterator<Item = Assignment>) {
        for assignment in assignments {
            self.assignments.entry(assignment.membership.clone()).or_default().push(assignment);
        }
    }

    /// Adds visitors.
    pub fn add_visitors(&mut self, visitors: impl IntoIterator<Item = Visitor>) {
        self.visitors.extend(visitors.into_iter().map(|visitor| (visitor.id.clone(), visitor)));
    }

    pub(super) fn visitor(&self, id: &str) -> Option<&Visitor> {
        self.visitors.get(id)
    }

    /// The desks and offices of a membership on the day of `now`, each in a location that the tenant has.
    ///
    /// A desk that lies nowhere the tenant knows is left out: nobody could say whose doors are meant. A fact about desks has no days of its own for each, so one that is yet to be assigned is told
    /// when its day has come and the lists are read again.
    pub(super) fn desks(
        &self,
        membership: &str,
        here: Option<&LocationId>,
        tenant: &Tenant,
        now: Timestamp,
    ) -> Vec<AssignedResource> {
        let assigned = self.assignments.get(membership).into_iter().flatten();
        assigned
            .filter_map(|assignment| {
                let resource = self.resources.get(&assignment.resource)?;
                let there = resource.location.as_ref().or(here).or_else(|| tenant.only_location())?;
                let zone = TimeZone::get(&tenant.location(there)?.time_zone).ok()?;
                assignment.covers(now, &zone).then(|| AssignedResource {
                    id: resource.id.clone(),
                    floor: resource.floor.clone(),
                    location: Some(there.clone()),
                })
            })
            .collect()
    }
}

impl Assignment {
    /// Whether it covers the instant in any time zone.
    fn may_cover(&self, now: Timestamp) -> bool {
        let shifted = |hours| now.saturating_add(SignedDuration::from_hours(hours)).unwrap_or(now);
        [-14, 0, 14].into_iter().any(|hours| self.covers(shifted(hours), &TimeZone::UTC))
    }

    fn covers(&self, now: Timestamp, zone: &TimeZone) -> bool {
        let begun = self.starts.first_instant(Some(zone)).is_ok_and(|starts| starts <= now);
        // An end too far away to be counted is none.
        let over = self.ends.is_some_and(|ends| ends.first_instant_after(Some(zone)).is_ok_and(|ends| ends <= now));
        begun && !over
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
