//! One thing that OfficeRnD tells of, be it by a webhook or in a list, and the news that it is.

use std::{collections::BTreeSet, fmt};

use domain::{
    LocationId, Subject, SubjectKind, TeamId,
    facts::{Entitlement, MemberPatch, Team},
    intake::{EventKey, News, What},
    tenant::Tenant,
};
use jiff::Timestamp;
use serde_json::Value;

use super::{
    Directory,
    booking::{self, Reservation},
    member, membership, pass, reference,
};
use crate::{
    Unreadable,
    address::address_subject,
    delivery::latest_believable,
    fields::{Faults, Fields, Read},
    moment::instant,
    unplaced::{UnplacedMembership, UnplacedPass},
};

/// The kinds of things that access depends on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A person.
    Member,
    /// A company, which version 1 calls a team.
    Company,
    /// A membership.
    Membership,
    /// A booking, once or by a rule.
    Booking,
    /// A day pass.
    Pass,
}

/// One thing as OfficeRnD tells it, its dates not yet placed in a time zone.
pub struct Entity {
    at: String,
    id: String,
    as_of: Timestamp,
    said: Said,
}

impl fmt::Debug for Entity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Entity").field("id", &self.id).field("as_of", &self.as_of).finish_non_exhaustive()
    }
}

enum Said {
    Member(MemberPatch),
    Company,
    Membership(UnplacedMembership),
    Booking(Reservation),
    Pass(UnplacedPass),
}

/// What is needed to make news of a thing.
#[derive(Clone, Copy)]
pub(super) struct Telling<'a> {
    pub(super) event: &'a EventKey,
    pub(super) tenant: &'a Tenant,
    pub(super) now: Timestamp,
    /// Where things are, if that is known.
    pub(super) directory: Option<&'a Directory>,
}

impl Telling<'_> {
    pub(super) fn piece(&self, subject: Subject, as_of: Timestamp, what: What) -> News {
        // A clock of OfficeRnD that runs ahead must not keep later news out for longer than the tolerance.
        News { event: self.event.clone(), subject, as_of: as_of.min(latest_believable(self.now)), what }
    }
}

impl Kind {
    /// What of ours a thing of this kind is.
    pub(super) fn subject(self, id: &str) -> Subject {
        let kind = match self {
            Self::Member => SubjectKind::Member,
            Self::Company => SubjectKind::Team,
            Self::Membership => SubjectKind::Membership,
            Self::Booking => SubjectKind::Booking,
            Self::Pass => SubjectKind::Pass,
        };
        Subject::new(kind, id)
    }
}

impl Entity {
    /// Reads a thing. It is as of its last change; one that was never changed, as of its creation or else of `otherwise`.
    pub(super) fn read(
        kind: Kind,
        sent: &Value,
        at: &str,
        otherwise: Option<Timestamp>,
        faults: &mut Faults,
    ) -> Read<Self> {
        let mut fields = Fields::of(sent, at, faults)?;
        let id = fields.required("_id", reference);
        let modified = fields.optional("modifiedAt", instant);
        let created = fields.optional("createdAt", instant);
        // What else is wrong is noted even if the id is missing.
        let name = id.as_deref().unwrap_or_default();
        let said = match kind {
            Kind::Member => member::read(&mut fields).map(Said::Member),
            Kind::Company => Ok(Said::Company),
            Kind::Membership => membership::read(name, &mut fields).map(Said::Membership),
            Kind::Booking => booking::read(name, &mut fields).map(Said::Booking),
            Kind::Pass => pass::read(name, &mut fields).map(Said::Pass),
        };
        let as_of = match modified?.or(created?).or(otherwise) {
            Some(as_of) => Ok(as_of),
            None => Err(fields.note("modifiedAt", "is missing, and so is createdAt; it must be an instant")),
        };
        Ok(Self { at: at.to_owned(), id: id?, as_of: as_of?, said: said? })
    }

    /// OfficeRnD's id of it.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// When it was last changed.
    pub fn as_of(&self) -> Timestamp {
        self.as_of
    }

    /// The location that it says it belongs to; members and companies belong to none.
    fn location(&self) -> Option<&LocationId> {
        match &self.said {
            Said::Member(_) | Said::Company => None,
            Said::Membership(membership) => membership.location.as_ref(),
            Said::Booking(reservation) => reservation.location(),
            Said::Pass(pass) => pass.location.as_ref(),
        }
    }

    /// Whether it belongs to a location that the tenant document does not name.
    fn is_elsewhere(&self, tenant: &Tenant) -> bool {
        self.location().is_some_and(|location| tenant.location(location).is_none())
    }

    /// Its own subject, and whose records are needed beside it.
    pub(super) fn subjects(&self, now: Timestamp) -> BTreeSet<Subject> {
        let mut subjects = match &self.said {
            Said::Member(patch) => member::subjects(patch),
            Said::Company => BTreeSet::new(),
            Said::Membership(membership) => {
                let desks = membership::ids_of_desks(&self.id).map(|id| Kind::Membership.subject(&id));
                membership.subjects().chain(desks).collect()
            }
            Said::Booking(reservation) => reservation.subjects(now),
            Said::Pass(pass) => pass.subjects().collect(),
        };
        subjects.insert(self.kind().subject(&self.id));
        subjects
    }

    /// The ids under which it may have been told before.
    pub(super) fn ids(&self, tenant: &Tenant, now: Timestamp) -> BTreeSet<String> {
        match &self.said {
            Said::Booking(reservation) => reservation.ids(tenant, now),
            Said::Membership(_) => membership::ids_of_desks(&self.id).chain([self.id.clone()]).collect(),
            Said::Member(_) | Said::Company | Said::Pass(_) => BTreeSet::from([self.id.clone()]),
        }
    }

    pub(super) fn kind(&self) -> Kind {
        match &self.said {
            Said::Member(_) => Kind::Member,
            Said::Company => Kind::Company,
            Said::Membership(_) => Kind::Membership,
            Said::Booking(_) => Kind::Booking,
            Said::Pass(_) => Kind::Pass,
        }
    }

    /// What it tells, read from a list at `now` with all that the directory knows: the same as a webhook about it, and the desks
    /// of a membership besides.
    ///
    /// # Errors
    /// A date cannot be placed, because nothing says in which time zone.
    pub fn news(
        &self,
        event: &EventKey,
        tenant: &Tenant,
        directory: &Directory,
        now: Timestamp,
    ) -> Result<Vec<News>, Unreadable> {
        let mut faults = Faults::default();
        let telling = Telling { event, tenant, now, directory: Some(directory) };
        let news = self.tell(&telling, &mut faults).unwrap_or_default();
        faults.none_or(news)
    }

    /// What it tells.
    ///
    /// What belongs to a location that the tenant document does not name is told as gone: none of our doors is meant, and what
    /// moved there gives nothing any more where it was.
    pub(super) fn tell(&self, telling: &Telling<'_>, faults: &mut Faults) -> Read<Vec<News>> {
        if self.is_elsewhere(telling.tenant) {
            tracing::info!(platform.id = self.id, "belongs to a location that the tenant document does not name");
            return Ok(self.gone(&self.ids(telling.tenant, telling.now), telling));
        }
        let own = |what| vec![telling.piece(self.kind().subject(&self.id), self.as_of, what)];
        match &self.said {
            Said::Member(patch) => Ok(own(What::Member(patch.clone()))),
            // Who belongs to a company is told by its members.
            Said::Company => {
                let id = TeamId::new(self.id.as_str());
                Ok(own(What::Team(Team { id, members: BTreeSet::new(), paying_member: None })))
            }
            Said::Membership(membership) => self.tell_membership(membership, telling, faults),
            Said::Booking(reservation) => self.tell_booking(reservation, telling, faults),
            Said::Pass(pass) => {
                let pass = pass.place(telling.tenant, &self.at, faults)?;
                Ok(own(What::Entitlement(Entitlement::Pass(pass))))
            }
        }
    }

    /// News that what has these ids is gone.
    pub(super) fn gone(&self, ids: &BTreeSet<String>, telling: &Telling<'_>) -> Vec<News> {
        ids.iter().map(|id| telling.piece(self.kind().subject(id), self.as_of, What::Removed)).collect()
    }

    fn tell_membership(
        &self,
        membership: &UnplacedMembership,
        telling: &Telling<'_>,
        faults: &mut Faults,
    ) -> Read<Vec<News>> {
        let placed = membership.place(telling.tenant, self.as_of, &self.at, faults)?;
        let fact = |membership| What::Entitlement(Entitlement::Membership(membership));
        let mut news = vec![telling.piece(Kind::Membership.subject(&self.id), self.as_of, fact(placed))];
        if telling.directory.is_some() {
            news.extend(self.tell_desks(membership, telling, faults)?);
        }
        Ok(news)
    }

    /// What a membership gives by its desks.
    ///
    /// Nothing is said if none is assigned in its time: an answer that is empty by mistake looks the same, so it takes a whole
    /// read that finds them missing. Nor is it if a resource is not known; [`Self::unknown`] tells that.
    fn tell_desks(
        &self,
        membership: &UnplacedMembership,
        telling: &Telling<'_>,
        faults: &mut Faults,
    ) -> Read<Vec<News>> {
        let Telling { tenant, now, directory, .. } = *telling;
        let found = directory.map(|them| them.desks(&self.id, membership.location.as_ref(), tenant, now));
        let Some(desks) = found.and_then(Result::ok).filter(|desks| !desks.is_empty()) else { return Ok(Vec::new()) };
        let all = desks.iter().map(|desk| desk.resource.clone()).collect();
        let whole = membership::with_desks(membership, all).place(tenant, self.as_of, &self.at, faults)?;
        let parts = membership::parts(&whole, desks, now);
        if parts.is_empty() {
            return Ok(Vec::new());
        }
        let mut parts = parts.into_iter();
        // Assignments do not say when they changed. They were read after their membership, so they are no older than it;
        // whoever reads lists says of when these are.
        let told = membership::ids_of_desks(&self.id).map(|id| {
            let part = parts.next().map(|part| What::Entitlement(Entitlement::Membership(part)));
            telling.piece(Kind::Membership.subject(&id), self.as_of, part.unwrap_or(What::Removed))
        });
        Ok(told.collect())
    }

    /// What of it a reading cannot tell, because it names what could not be read: under what that may be known, and what is wrong.
    pub(super) fn unknown(
        &self,
        tenant: &Tenant,
        directory: &Directory,
        now: Timestamp,
    ) -> Option<(BTreeSet<Subject>, String)> {
        let kind = self.kind();
        if self.is_elsewhere(tenant) {
            return None;
        }
        match &self.said {
            Said::Membership(membership) => {
                let desks = directory.desks(&self.id, membership.location.as_ref(), tenant, now);
                let ids = membership::ids_of_desks(&self.id).map(|id| kind.subject(&id));
                let fault = || format!("{}: the resource of an assignment is not in the list of resources", self.at);
                desks.is_err().then(|| (ids.collect(), fault()))
            }
            Said::Booking(reservation) => {
                let ids = || reservation.ids(tenant, now).iter().map(|id| kind.subject(id)).collect();
                let fault = || format!("{}.visitors: one of them could not be read", self.at);
                reservation.names_unread_visitor(directory).then(|| (ids(), fault()))
            }
            Said::Member(_) | Said::Company | Said::Pass(_) => None,
        }
    }

    fn tell_booking(&self, reservation: &Reservation, telling: &Telling<'_>, faults: &mut Faults) -> Read<Vec<News>> {
        let attendees = reservation.attendees(telling.directory);
        if attendees.leave_out_somebody() {
            tracing::info!(booking.id = self.id, "a visitor without a known e-mail address gets no access");
        }
        let bookings = reservation.bookings(&attendees, (telling.tenant, telling.now), &self.at, faults)?;
        let mut gone = reservation.ids(telling.tenant, telling.now);
        for booking in &bookings {
            gone.remove(&booking.id);
        }
        // Whom an address belongs to comes before what is held by it.
        let contacts = attendees.contacts().into_iter().map(|(address, contact)| {
            telling.piece(address_subject(address), self.as_of, What::Contact(contact.clone()))
        });
        let contacts: Vec<News> = contacts.collect();
        let told = bookings.into_iter().map(|booking| {
            let subject = booking::subject(&booking.id);
            telling.piece(subject, self.as_of, What::Entitlement(Entitlement::Booking(booking)))
        });
        Ok(contacts.into_iter().chain(self.gone(&gone, telling)).chain(told).collect())
    }
}
