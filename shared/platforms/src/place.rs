//! Where a fact lies: which location its dates are meant in.

use domain::{LocationId, tenant::Tenant};
use jiff::{Timestamp, tz::TimeZone};

use crate::{
    fields::{Faults, Noted, Read, inside},
    moment::{Moment, Unplaceable},
};

/// The place a fact's dates are meant in, and where their faults are noted.
pub(crate) struct Place<'f> {
    zone: Option<TimeZone>,
    known: Read<()>,
    at: &'f str,
    faults: &'f mut Faults,
}

impl<'f> Place<'f> {
    /// The place of a fact, whose data stands at `at`.
    ///
    /// Without a location of its own it takes the zone that `otherwise` finds. An unknown location is a fault: nothing
    /// could tell whose doors are meant.
    pub(crate) fn new(
        tenant: &Tenant,
        location: Option<&LocationId>,
        otherwise: fn(&Tenant) -> Option<&str>,
        at: &'f str,
        faults: &'f mut Faults,
    ) -> Self {
        let own = location.map(|id| {
            let location = tenant.location(id);
            location.ok_or_else(|| no_such_location(id, &inside(at, "location"), faults))
        });
        let (zone, known) = match own {
            Some(Ok(location)) => (Some(location.time_zone.as_str()), Ok(())),
            Some(Err(noted)) => (None, Err(noted)),
            None => (otherwise(tenant), Ok(())),
        };
        Self { zone: zone.and_then(|name| TimeZone::get(name).ok()), known, at, faults }
    }

    /// The time zone in which days are meant, if that is known.
    pub(crate) fn zone(&self) -> Option<TimeZone> {
        self.zone.clone()
    }

    /// Whether the location is the tenant's.
    pub(crate) fn is_known(&self) -> Read<()> {
        self.known
    }

    /// The first instant of a moment.
    pub(crate) fn first_instant(&mut self, name: &str, moment: Moment) -> Read<Timestamp> {
        let instant = moment.first_instant(self.zone.as_ref());
        instant.map_err(|fault| self.note(name, fault))
    }

    /// The first instant after a moment.
    pub(crate) fn first_instant_after(&mut self, name: &str, moment: Moment) -> Read<Timestamp> {
        let instant = moment.first_instant_after(self.zone.as_ref());
        instant.map_err(|fault| self.note(name, fault))
    }

    fn note(&mut self, name: &str, fault: Unplaceable) -> Noted {
        match (fault, self.known) {
            // That the location is unknown says it all.
            (Unplaceable::NoZone, Err(noted)) => noted,
            (Unplaceable::NoZone | Unplaceable::OutOfRange, _) => self.faults.note(&inside(self.at, name), fault),
        }
    }
}

/// Notes that the tenant has no such location.
pub(crate) fn no_such_location(id: &LocationId, at: &str, faults: &mut Faults) -> Noted {
    faults.note(at, format_args!("the tenant has no location \"{id}\"; correct it or add it to the tenant document"))
}

/// The time zone of the tenant's locations, if they all have the same: then a date means the same in each.
pub(crate) fn only_zone(tenant: &Tenant) -> Option<&str> {
    let first = first_zone(tenant)?;
    tenant.locations.iter().all(|location| location.time_zone == first).then_some(first)
}

/// The time zone of the tenant's first location.
pub(crate) fn first_zone(tenant: &Tenant) -> Option<&str> {
    tenant.locations.first().map(|location| location.time_zone.as_str())
}
