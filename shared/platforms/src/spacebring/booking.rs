//! A booking of a room, desk or parking lot, with the people it names.
//!
//! It does not say where its resource lies: that is told by the mappings of the resource. A single occurrence of a repeated
//! booking is a booking of its own, `{id}_{date}`.

use std::collections::{BTreeMap, BTreeSet};

use domain::{
    LocationId, MemberId, Subject, SubjectKind,
    facts::{Attendee, Booking, BookingKind, BookingStatus, Change, Entitlement, MemberPatch, MemberStatus},
    intake::{FINAL, HINT, What},
};
use jiff::Timestamp;
use serde_json::Value;

use super::{
    entity::Piece,
    id,
    person::{self, Person},
};
use crate::{
    address::address_subject,
    fields::{Fields, Read, text, word},
    moment::instant,
};

/// What of a booking concerns doors.
pub(super) struct Reservation {
    id: String,
    resource: String,
    kind: BookingKind,
    location: Option<LocationId>,
    starts: Timestamp,
    ends: Timestamp,
    status: BookingStatus,
    owner: Named,
    attendees: Vec<Named>,
    pub(super) created_on: Timestamp,
    pub(super) updated_on: Option<Timestamp>,
    is_deleted: bool,
}

/// What a booking leaves out, as far as it is known from elsewhere.
#[derive(Clone, Copy)]
pub(super) struct Known<'a> {
    /// Whether the booking stands, unless it says so itself.
    pub(super) status: BookingStatus,
    /// Where its resource lies.
    pub(super) location: Option<&'a LocationId>,
    /// What sort of thing each resource is.
    pub(super) kinds: &'a BTreeMap<String, BookingKind>,
}

/// Somebody whom a booking names: by a membership, by an e-mail address, or by neither.
struct Named {
    member: Option<MemberId>,
    person: Person,
}

/// Source: Spacebring's `OpenAPI`, status of the list of bookings, 2026-11.
const STATUSES: [(&str, BookingStatus); 3] = [
    ("confirmed", BookingStatus::Confirmed),
    ("tentative", BookingStatus::Tentative),
    ("canceled", BookingStatus::Cancelled),
];

/// Types of resources. One that is not among them is [`BookingKind::Other`], which gives no invitee anything.
///
/// Source: Spacebring's `OpenAPI`, types of the list of resources, 2026-11.
const KINDS: [(&str, BookingKind); 10] = [
    ("hotDesk", BookingKind::Desk),
    ("dedicatedDesk", BookingKind::Desk),
    ("office", BookingKind::Office),
    ("parkingLot", BookingKind::Parking),
    ("room", BookingKind::Room),
    ("conferenceRoom", BookingKind::Room),
    ("eventSpace", BookingKind::Room),
    ("meetingRoom", BookingKind::Room),
    ("phoneBooth", BookingKind::Room),
    ("studio", BookingKind::Room),
];

/// Reads a type of resource.
pub(super) fn kind(value: &Value) -> Result<BookingKind, String> {
    let told = text(value)?;
    let known = KINDS.iter().find(|(word, _)| *word == told);
    Ok(known.map_or(BookingKind::Other, |(_, kind)| *kind))
}

/// Reads a booking. Whom it is for may be missing: then it is for nobody.
pub(super) fn read(fields: &mut Fields<'_, '_>, known: Known<'_>) -> Read<Reservation> {
    let id_of_booking = fields.required("id", id);
    let resource = fields.required("resourceRef", id);
    let known_kind = resource.as_ref().ok().and_then(|resource| known.kinds.get(resource));
    let kind = match known_kind {
        Some(known) => Ok(*known),
        None => fields.required("resourceType", kind),
    };
    let starts = fields.required("startDate", instant);
    let ends = fields.required("endDate", instant);
    let status = fields.optional("status", word(&STATUSES));
    let owner = named(fields, "membershipRefOwner", "userOwner");
    let attendees = fields.objects("attendees", |attendee| named(attendee, "membershipRef", "user"));
    let created_on = fields.required("createDate", instant);
    let updated_on = fields.optional("updateDate", instant);
    let deleted_on = fields.optional("deleteDate", instant);
    Ok(Reservation {
        id: id_of_booking?,
        resource: resource?,
        kind: kind?,
        location: known.location.cloned(),
        starts: starts?,
        ends: ends?,
        status: status?.unwrap_or(known.status),
        owner: owner?,
        attendees: attendees?.unwrap_or_default(),
        created_on: created_on?,
        updated_on: updated_on?,
        is_deleted: deleted_on?.is_some(),
    })
}

fn named(fields: &mut Fields<'_, '_>, membership: &str, user: &str) -> Read<Named> {
    let member = fields.optional(membership, id);
    let person = person::optional(fields, user);
    Ok(Named { member: member?.map(MemberId::new), person: person? })
}

/// The subject of a booking.
pub(super) fn subject(id: &str) -> Subject {
    Subject::new(SubjectKind::Booking, id)
}

impl Reservation {
    /// The booking, its people, and the addresses they are known by.
    pub(super) fn subjects(&self) -> BTreeSet<Subject> {
        let people = self.people().flat_map(|named| match &named.member {
            Some(member) => {
                let address = named.person.address().map(|address| address_subject(&address));
                address.into_iter().chain([member_subject(member)]).collect()
            }
            None => named.person.contact().map_or_else(Vec::new, |(address, _)| {
                vec![address_subject(&address), member_subject(&address.guest())]
            }),
        });
        people.chain([subject(&self.id)]).collect()
    }

    /// What it tells at an instant: first who its people are, then that it is theirs.
    pub(super) fn pieces(&self, as_of: Timestamp) -> Vec<Piece> {
        let subject = subject(&self.id);
        if self.is_deleted {
            return vec![Piece { subject, as_of: FINAL, what: What::Removed }];
        }
        if self.people().skip(1).any(|named| named.attendee().is_none()) {
            tracing::info!(booking.id = self.id, "somebody without a membership or an e-mail address gets no access");
        }
        let people = self.people().filter_map(|named| named.told(as_of));
        let what = What::Entitlement(Entitlement::Booking(self.booking()));
        people.chain([Piece { subject, as_of, what }]).collect()
    }

    fn booking(&self) -> Booking {
        let is_empty = self.ends <= self.starts;
        if is_empty {
            tracing::warn!(booking.id = self.id, "a booking that ends before it starts counts as cancelled");
        }
        let booker = self.owner.attendee();
        let invitees = self.attendees.iter().filter_map(Named::attendee);
        Booking {
            id: self.id.clone(),
            resource: self.resource.clone(),
            kind: self.kind,
            location: self.location.clone(),
            starts: self.starts,
            ends: self.ends,
            status: if is_empty { BookingStatus::Cancelled } else { self.status },
            // Whoever booked is often listed among those who come.
            invitees: invitees.filter(|invitee| Some(invitee) != booker.as_ref()).collect(),
            booker,
        }
    }

    /// Who booked, then who else comes.
    fn people(&self) -> impl Iterator<Item = &Named> {
        [&self.owner].into_iter().chain(&self.attendees)
    }
}

impl Named {
    fn attendee(&self) -> Option<Attendee> {
        let address = || self.person.contact().map(|(address, _)| Attendee::Address(address));
        self.member.clone().map(Attendee::Member).or_else(address)
    }

    /// Who that is.
    ///
    /// Memberships are seldom told of by themselves, so a booking tells of its people in passing: whoever was never told of is
    /// somebody active, since Spacebring took the booking; anything that a membership tells of itself counts more.
    fn told(&self, as_of: Timestamp) -> Option<Piece> {
        match &self.member {
            Some(member) => {
                let status = Change::Set(MemberStatus::Active);
                let what = What::Member(MemberPatch { status, ..self.person.patch() });
                Some(Piece { subject: member_subject(member), as_of: HINT, what })
            }
            None => self.person.contact().map(|(address, contact)| Piece {
                subject: address_subject(&address),
                as_of,
                what: What::Contact(contact),
            }),
        }
    }
}

fn member_subject(member: &MemberId) -> Subject {
    Subject::new(SubjectKind::Member, member.as_str())
}
