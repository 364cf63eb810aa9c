//! Bookings: of a room or a desk, once or by a rule, by a member, with members and visitors invited.
//!
//! A series is one record here and many bookings for us: each occurrence is a booking of its own, with the id of the series and
//! its start behind it, so that each can be moved, end and be taken away alone. They are told for [`AHEAD`]; the lists, which are
//! read again before that is over, tell the next. An occurrence that was moved is a record of its own at OfficeRnD, and an
//! exception of its series.
//!
//! Guests are let in by whatever is booked, as the vendor's page on Brivo says, so every booking counts as one of a room.
//!
//! Source: developer.officernd.com/reference, booking; cschouten/tap-officernd bookings.json; the vendor's help page on Brivo
//! ("Inviting a guest to a booking will grant them door access"); 2026-11.

use std::{collections::BTreeSet, ops::Range};

use domain::{
    LocationId, MemberId, Subject, SubjectKind,
    facts::{Booking, BookingKind, BookingStatus},
    tenant::Tenant,
};
use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use serde_json::Value;

use super::{
    Directory, either,
    recurrence::{self, Recurrence},
    reference, truth,
};
use crate::{
    attendees::{Attendees, Told},
    fields::{Faults, Fields, Read, email, inside, text},
    ids::location,
    moment::{Moment, instant, moment},
    place::{Place, only_zone},
};

/// How far ahead occurrences are told.
pub(super) const AHEAD: SignedDuration = SignedDuration::from_hours(35 * 24);

/// How long an occurrence is told of after its end, so that a change reaches whoever is just leaving.
const BEHIND: SignedDuration = SignedDuration::from_hours(24);

/// A booking whose times are not yet instants.
#[derive(Clone)]
pub(super) struct Reservation {
    id: String,
    /// One that reserves nothing gives nothing.
    resource: Option<String>,
    location: Option<LocationId>,
    zone: Option<TimeZone>,
    starts: Moment,
    ends: Moment,
    series_ends: Option<Timestamp>,
    recurrence: Option<Recurrence>,
    status: BookingStatus,
    member: Option<MemberId>,
    members: Vec<MemberId>,
    visitors: Vec<Guest>,
}

/// A visitor as a booking names them.
#[derive(Clone)]
enum Guest {
    /// Only by id.
    Listed(String),
    /// By name and address, of which either may be missing.
    Described(Option<String>, Option<String>),
}

/// Reads a booking.
///
/// Empty fields are left out of real answers, and so are the flags that are not set.
pub(super) fn read(id: &str, fields: &mut Fields<'_, '_>) -> Read<Reservation> {
    let resource = either(fields, ["resource", "resourceId"], reference);
    let location = either(fields, ["location", "office"], |value| location(&reference(value)?.into()));
    let zone = fields.optional("timezone", zone);
    let starts = fields.required("start", when);
    let ends = fields.required("end", when);
    let series_ends = fields.optional("seriesEnd", instant);
    let recurrence = recurrence::read(fields);
    let cancelled = either(fields, ["isCancelled", "canceled"], truth);
    let tentative = either(fields, ["isTentative", "tentative"], truth);
    let member = fields.optional("member", reference);
    let members = fields.list("members", reference);
    let visitors = fields.list("visitors", guest);
    let status = match (cancelled?, tentative?) {
        (Some(true), _) => BookingStatus::Cancelled,
        (_, Some(true)) => BookingStatus::Tentative,
        (None | Some(false), None | Some(false)) => BookingStatus::Confirmed,
    };
    Ok(Reservation {
        id: id.to_owned(),
        resource: resource?,
        location: location?,
        zone: zone?,
        starts: starts?,
        ends: ends?,
        series_ends: series_ends?,
        recurrence: recurrence?,
        status,
        member: member?.map(MemberId::new),
        members: members?.unwrap_or_default().into_iter().map(MemberId::new).collect(),
        visitors: visitors?.unwrap_or_default(),
    })
}

fn zone(value: &Value) -> Result<TimeZone, String> {
    let zone = value.as_str().and_then(|name| TimeZone::get(name).ok());
    zone.ok_or_else(|| "must be an IANA time zone like Europe/London".to_owned())
}

/// An instant, or as version 1 has it `{"dateTime"}`, or `{"date"}` for what is booked by the day.
fn when(value: &Value) -> Result<Moment, String> {
    let inner = value.get("dateTime").or_else(|| value.get("date")).filter(|inner| !inner.is_null());
    moment(inner.unwrap_or(value))
}

fn guest(value: &Value) -> Result<Guest, String> {
    let described = value.get("email").or_else(|| value.get("name")).is_some();
    if !described {
        return reference(value).map(Guest::Listed);
    }
    // What is no name or no address leaves out that guest, not the booking.
    let name = value.get("name").and_then(|name| text(name).ok());
    let email = value.get("email").and_then(|address| email(address).ok().flatten());
    Ok(Guest::Described(name, email))
}

/// The id of the booking that an occurrence is: the same whenever it is told, as long as it begins at that instant.
pub(super) fn id_of_occurrence(series: &str, start: Timestamp) -> String {
    format!("{series}_{}", start.strftime("%Y%m%dT%H%M%SZ"))
}

impl Reservation {
    /// Its own subject, those of its occurrences and of whoever is known by an address alone.
    pub(super) fn subjects(&self, now: Timestamp) -> BTreeSet<Subject> {
        let mut subjects: BTreeSet<Subject> = self.attendees(None).subjects().collect();
        subjects.insert(subject(&self.id));
        // Without a zone of its own the tenant has to say; what is missing then is asked for later.
        let times = self.zone.as_ref().map(|zone| self.times(zone, now)).unwrap_or_default();
        subjects.extend(times.into_iter().map(|(id, _)| subject(&id)));
        subjects
    }

    /// The people, visitors who are known only by an id looked up in the directory.
    pub(super) fn attendees(&self, directory: Option<&Directory>) -> Attendees {
        let visitors = self.visitors.iter().map(|guest| match guest {
            Guest::Listed(id) => match directory.and_then(|directory| directory.visitor(id)) {
                Some(visitor) => Told::addressed(visitor.name.clone(), visitor.email.clone()),
                None => Told::Stranger,
            },
            Guest::Described(name, email) => Told::addressed(name.clone(), email.clone()),
        });
        Attendees {
            // One that names only a company is nobody's: it does not say who of it comes.
            booker: self.member.clone().map_or(Told::Nobody, Told::Member),
            invitees: self.members.iter().cloned().map(Told::Member).chain(visitors).collect(),
        }
    }

    /// Whether it lets in a visitor by an id that may be of one who could not be read.
    pub(super) fn names_unread_visitor(&self, directory: &Directory) -> bool {
        let gives = self.status != BookingStatus::Cancelled && self.resource.is_some();
        gives
            && self.visitors.iter().any(|guest| match guest {
                Guest::Listed(id) => directory.is_unread_visitor(id),
                Guest::Described(..) => false,
            })
    }

    /// Every booking that this is, its times placed; none if it reserves nothing.
    pub(super) fn bookings(
        &self,
        attendees: &Attendees,
        (tenant, now): (&Tenant, Timestamp),
        at: &str,
        faults: &mut Faults,
    ) -> Read<Vec<Booking>> {
        let Some(resource) = &self.resource else { return Ok(Vec::new()) };
        let zone = self.zone_in(tenant, at, faults)?;
        let booking = |(id, span): (String, Range<Timestamp>)| Booking {
            id,
            resource: resource.clone(),
            kind: BookingKind::Room,
            location: self.location.clone(),
            starts: span.start,
            ends: span.end,
            status: self.status_of(&span),
            booker: attendees.booker(),
            invitees: attendees.invitees(),
        };
        Ok(self.times(&zone, now).into_iter().map(booking).collect())
    }

    /// The ids under which it may have been told: its own, its occurrences' and its exceptions'.
    pub(super) fn ids(&self, tenant: &Tenant, now: Timestamp) -> BTreeSet<String> {
        let zone = self.zone_in(tenant, "", &mut Faults::default());
        let times = zone.map(|zone| self.times(&zone, now)).unwrap_or_default();
        let window = window(now, SignedDuration::ZERO);
        let exceptions = self.recurrence.iter().flat_map(Recurrence::exceptions).filter(|start| window.contains(start));
        let occurrences = times.into_iter().map(|(id, _)| id);
        let exceptions = exceptions.map(|start| id_of_occurrence(&self.id, start));
        occurrences.chain(exceptions).chain([self.id.clone()]).collect()
    }

    /// Where it says that it lies.
    pub(super) fn location(&self) -> Option<&LocationId> {
        self.location.as_ref()
    }

    /// R18: what ends before it starts counts as cancelled.
    fn status_of(&self, span: &Range<Timestamp>) -> BookingStatus {
        if span.is_empty() && self.status != BookingStatus::Cancelled {
            tracing::warn!(booking.id = self.id, "a booking that ends before it starts counts as cancelled");
            return BookingStatus::Cancelled;
        }
        self.status
    }

    /// Its own zone, else that of its location.
    fn zone_in(&self, tenant: &Tenant, at: &str, faults: &mut Faults) -> Read<TimeZone> {
        match &self.zone {
            Some(zone) => Ok(zone.clone()),
            None if self.is_of_instants() => Ok(TimeZone::UTC),
            None => {
                let zone = Place::new(tenant, self.location.as_ref(), only_zone, at, faults).zone();
                zone.ok_or_else(|| faults.note(&inside(at, "timezone"), "is missing, and no location says which"))
            }
        }
    }

    /// Whether no time zone is needed to know when it is.
    fn is_of_instants(&self) -> bool {
        let instant = |moment: Moment| matches!(moment, Moment::Instant(_));
        self.recurrence.is_none() && instant(self.starts) && instant(self.ends)
    }

    /// When it takes place, each time with the id of its booking.
    fn times(&self, zone: &TimeZone, now: Timestamp) -> Vec<(String, Range<Timestamp>)> {
        // The day on which something booked by the day ends is not part of it, as in the calendars that shape comes from.
        let span =
            self.starts.first_instant(Some(zone)).and_then(|starts| Ok(starts..self.ends.first_instant(Some(zone))?));
        let Ok(span) = span else { return Vec::new() };
        let Some(recurrence) = &self.recurrence else { return vec![(self.id.clone(), span)] };
        let lasts = span.end.duration_since(span.start).max(SignedDuration::ZERO);
        // Only an end of the series that lies behind its first occurrence says something about the others.
        let series_ends = self.series_ends.filter(|ends| *ends > span.end);
        let starts = recurrence.starts(span.start, zone, &window(now, lasts));
        if starts.len() >= recurrence::MOST {
            tracing::warn!(
                booking.id = self.id,
                "a booking that recurs this often is told only for its next occurrences"
            );
        }
        let starts = starts.into_iter().filter(|start| series_ends.is_none_or(|ends| *start < ends));
        let occurrence =
            |start: Timestamp| Some((id_of_occurrence(&self.id, start), start..start.checked_add(lasts).ok()?));
        starts.filter_map(occurrence).collect()
    }
}

/// The starts of what is told at `now`, if it lasts so long.
fn window(now: Timestamp, lasts: SignedDuration) -> Range<Timestamp> {
    let behind = BEHIND.saturating_add(lasts);
    let from = now.checked_sub(behind).unwrap_or(Timestamp::MIN);
    from..now.checked_add(AHEAD).unwrap_or(Timestamp::MAX)
}

pub(super) fn subject(id: &str) -> Subject {
    Subject::new(SubjectKind::Booking, id)
}
