//! `coworking.booking.upserted`: a reserved room, desk, parking lot or office, as a whole.

use domain::{
    LocationId,
    facts::{Booking, BookingKind, BookingStatus},
    tenant::Tenant,
};

use super::attendee;
use crate::{
    attendees::Attendees,
    fields::{Faults, Fields, Read, id, inside, word},
    ids::location,
    moment::{Moment, moment},
    place::{Place, only_zone},
};

/// A booking whose dates are not yet instants.
pub(super) struct Unplaced {
    id: String,
    resource: String,
    kind: BookingKind,
    pub(super) location: Option<LocationId>,
    starts: Moment,
    ends: Moment,
    status: BookingStatus,
    pub(super) attendees: Attendees,
}

const KINDS: [(&str, BookingKind); 5] = [
    ("room", BookingKind::Room),
    ("desk", BookingKind::Desk),
    ("parking", BookingKind::Parking),
    ("office", BookingKind::Office),
    ("other", BookingKind::Other),
];

const STATUSES: [(&str, BookingStatus); 3] = [
    ("confirmed", BookingStatus::Confirmed),
    ("tentative", BookingStatus::Tentative),
    ("cancelled", BookingStatus::Cancelled),
];

/// Reads a booking.
pub(super) fn read(data: &mut Fields<'_, '_>) -> Read<Unplaced> {
    let id_of_booking = data.required("id", id);
    let resource = data.required("resource", id);
    let kind = data.required("kind", word(&KINDS));
    let location = data.optional("location", location);
    let starts = data.required("starts", moment);
    let ends = data.required("ends", moment);
    let status = data.required("status", word(&STATUSES));
    let attendees = attendee::read(data);
    Ok(Unplaced {
        id: id_of_booking?,
        resource: resource?,
        kind: kind?,
        location: location?,
        starts: starts?,
        ends: ends?,
        status: status?,
        attendees: attendees?,
    })
}

impl Unplaced {
    /// The booking with its dates placed. Only one that is cancelled may end before it starts.
    pub(super) fn place(&self, tenant: &Tenant, at: &str, faults: &mut Faults) -> Read<Booking> {
        let mut place = Place::new(tenant, self.location.as_ref(), only_zone, at, faults);
        let starts = place.first_instant("starts", self.starts);
        let ends = place.first_instant_after("ends", self.ends);
        let known = place.is_known();
        let (starts, ends) = (starts?, ends?);
        if ends <= starts && self.status != BookingStatus::Cancelled {
            return Err(faults.note(&inside(at, "ends"), "must be later than starts"));
        }
        known?;
        if self.attendees.leave_out_somebody() {
            tracing::info!(booking.id = self.id, "somebody without a member id or an e-mail address gets no access");
        }
        Ok(Booking {
            id: self.id.clone(),
            resource: self.resource.clone(),
            kind: self.kind,
            location: self.location.clone(),
            starts,
            ends,
            status: self.status,
            booker: self.attendees.booker(),
            invitees: self.attendees.invitees(),
        })
    }
}
