//! The entity `Booking`, of a resource.

use std::collections::BTreeSet;

use domain::{
    LocationId, MemberId, Subject, SubjectKind,
    facts::{Attendee, Booking, BookingKind, BookingStatus},
};
use jiff::Timestamp;

use super::{coworker::optional_text, id, id_or_none, truth};
use crate::{
    fields::{Fields, Read},
    moment::instant_in_utc,
};

/// What of a booking concerns doors.
pub(super) struct Reservation {
    pub(super) id: String,
    pub(super) resource: String,
    kind: BookingKind,
    pub(super) customer: Option<MemberId>,
    pub(super) customer_name: Option<String>,
    starts: Timestamp,
    ends: Timestamp,
    tentative: bool,
    pub(super) updated_on: Timestamp,
}

/// Reads a booking. Nothing that could give access has a default.
pub(super) fn read(fields: &mut Fields<'_, '_>) -> Read<Reservation> {
    let id_of_booking = fields.required("Id", id);
    let resource = fields.required("ResourceId", id);
    let desk = fields.optional("FloorPlanDeskId", id_or_none);
    let customer = fields.optional("CoworkerId", id_or_none);
    let customer_name = optional_text(fields, "CoworkerFullName");
    let starts = fields.required("FromTime", instant_in_utc);
    let ends = fields.required("ToTime", instant_in_utc);
    let tentative = fields.required("Tentative", truth);
    let updated_on = fields.required("UpdatedOn", instant_in_utc);
    Ok(Reservation {
        id: id_of_booking?,
        resource: resource?,
        kind: if desk?.flatten().is_some() { BookingKind::Desk } else { BookingKind::Room },
        customer: customer?.flatten().map(MemberId::new),
        customer_name: customer_name?,
        starts: starts?,
        ends: ends?,
        tentative: tentative?,
        updated_on: updated_on?,
    })
}

impl Reservation {
    pub(super) fn subject(&self) -> Subject {
        Subject::new(SubjectKind::Booking, &self.id)
    }

    /// The booking, at this location.
    pub(super) fn booking(&self, location: Option<&LocationId>) -> Booking {
        let status = if self.ends <= self.starts {
            tracing::warn!(booking.id = self.id, "a booking that ends before it starts counts as cancelled");
            BookingStatus::Cancelled
        } else if self.tentative {
            BookingStatus::Tentative
        } else {
            BookingStatus::Confirmed
        };
        Booking {
            id: self.id.clone(),
            resource: self.resource.clone(),
            kind: self.kind,
            location: location.cloned(),
            starts: self.starts,
            ends: self.ends,
            status,
            booker: self.customer.clone().map(Attendee::Member),
            invitees: BTreeSet::new(),
        }
    }
}
