//! The canonical feed: `CloudEvents` 1.0 in structured JSON, one event or an array.
//!
//! Event types that are not in the table are accepted and tell nothing, so that a sender of a later version does not
//! break; the caller finds them in [`Delivery::ignored`]. A repeat within one array counts once.

use std::collections::{BTreeMap, BTreeSet};

use domain::{
    LocationId, Subject, SubjectKind,
    facts::{Entitlement, Team},
    intake::{EventKey, News, What},
    tenant::Tenant,
};
use jiff::Timestamp;
use secrecy::SecretString;
use serde_json::Value;

use crate::{
    Delivery, Received, Unreadable,
    address::address_subject,
    delivery::{Content, latest_believable},
    fields::{Faults, Fields, Read, id, inside, json, one_or_many, word},
    ids::member_subject,
    moment::instant,
    unplaced::{UnplacedMembership, UnplacedPass},
};

mod attendee;
mod booking;
mod member;
mod membership;
mod pass;
pub(crate) mod snapshot;
mod team;

/// One event of the feed, its dates not yet placed in a time zone.
pub(crate) struct Event {
    /// Where its time stands.
    at: String,
    /// Where its data stands.
    data: String,
    key: EventKey,
    subject: Subject,
    time: Timestamp,
    says: Says,
}

/// What an event says.
enum Says {
    Member(member::Told),
    Team(Team),
    Membership(UnplacedMembership),
    Booking(booking::Unplaced),
    Pass(UnplacedPass),
    Removed,
}

/// What a type of event is about, and how its data is read.
type About = (SubjectKind, fn(&mut Fields<'_, '_>) -> Read<Says>);

impl Says {
    /// Where it says that it counts.
    fn location(&self) -> Option<&LocationId> {
        match self {
            Self::Member(_) | Self::Team(_) | Self::Removed => None,
            Self::Membership(membership) => membership.location.as_ref(),
            Self::Booking(booking) => booking.location.as_ref(),
            Self::Pass(pass) => pass.location.as_ref(),
        }
    }
}

const UPSERTED: [About; 5] = [
    (SubjectKind::Member, |data| member::read(data).map(Says::Member)),
    (SubjectKind::Team, |data| team::read(data).map(Says::Team)),
    (SubjectKind::Membership, |data| membership::read(data).map(Says::Membership)),
    (SubjectKind::Booking, |data| booking::read(data).map(Says::Booking)),
    (SubjectKind::Pass, |data| pass::read(data).map(Says::Pass)),
];

/// Reads one event or an array of them.
pub(crate) fn read(body: &[u8]) -> Result<Delivery, Unreadable> {
    let sent = json(body)?;
    let mut faults = Faults::default();
    let mut seen = BTreeSet::new();
    let (mut received, mut ignored, mut events) = (Vec::new(), BTreeSet::new(), Vec::new());
    for (at, sent) in one_or_many(&sent) {
        let Ok(Envelope { key, about }) = envelope(sent, &at, &mut faults) else { continue };
        let event = match about {
            Ok(about) => match event(sent, &at, about, &mut faults) {
                Ok((subject, time, says)) => {
                    Some(Event { data: inside(&at, "data"), at, key: key.clone(), subject, time, says })
                }
                Err(_) => continue,
            },
            Err(unknown) => {
                ignored.insert(unknown);
                None
            }
        };
        if seen.insert(key.clone()) {
            let number = received.len();
            received.push(Received { number, ..Received::new(key, sent) });
            events.extend(event);
        }
    }
    Ok(Delivery { received, ignored, content: Content::Events(events), faults })
}

/// What every event says of itself.
struct Envelope {
    key: EventKey,
    /// What it is about, or its type if that is none of ours.
    about: Result<About, String>,
}

fn envelope(sent: &Value, at: &str, faults: &mut Faults) -> Read<Envelope> {
    let mut fields = Fields::of(sent, at, faults)?;
    let version = fields.required("specversion", word(&[("1.0", ())]));
    let source = fields.required("source", id);
    let id_of_event = fields.required("id", id);
    let kind = fields.required("type", id);
    version?;
    let (source, id, kind) = (source?, id_of_event?, kind?);
    Ok(Envelope { key: EventKey { source, id }, about: about(&kind).ok_or(kind) })
}

/// Reads the data of a thing of this kind, as one that is there.
fn read_upserted(kind: SubjectKind, data: &mut Fields<'_, '_>) -> Read<Says> {
    match UPSERTED.iter().find(|(about, _)| *about == kind) {
        Some((_, read)) => read(data),
        None => Err(data.note("id", "belongs to nothing that is told")),
    }
}

fn about(kind: &str) -> Option<About> {
    let (subject, verb) = kind.strip_prefix("coworking.")?.split_once('.')?;
    let upserted = UPSERTED.into_iter().find(|(kind, _)| kind.word() == subject)?;
    match verb {
        "upserted" => Some(upserted),
        "removed" => Some((upserted.0, |_| Ok(Says::Removed))),
        _ => None,
    }
}

fn event(sent: &Value, at: &str, (kind, read): About, faults: &mut Faults) -> Read<(Subject, Timestamp, Says)> {
    let mut fields = Fields::of(sent, at, faults)?;
    let time = fields.required("time", instant);
    let wanted = format!("must be {}/ID, with the id of data", kind.word());
    let subject = fields.required("subject", |value| {
        let subject = value.as_str().and_then(|text| text.parse::<Subject>().ok());
        subject.filter(|subject| subject.kind == kind).ok_or_else(|| wanted.clone())
    });
    let says = match fields.object("data") {
        Ok(Some(mut data)) => {
            let (id, says) = (data.required("id", id), read(&mut data));
            id.and_then(|id| Ok((id, says?)))
        }
        Ok(None) => Err(fields.note("data", "is missing; it must be a JSON object")),
        Err(noted) => Err(noted),
    };
    let (time, subject, (id, says)) = (time?, subject?, says?);
    if subject.id == id {
        Ok((subject, time, says))
    } else {
        Err(fields.note("data.id", format_args!("is not the id of the subject \"{subject}\"; make them equal")))
    }
}

impl Event {
    /// Its own subject, and whose records are needed beside it.
    pub(crate) fn subjects(&self) -> BTreeSet<Subject> {
        let mut subjects = BTreeSet::from([self.subject.clone()]);
        match &self.says {
            Says::Member(told) => subjects.extend(member::subjects(&told.patch)),
            Says::Team(team) => subjects.extend(team.paying_member.iter().map(member_subject)),
            Says::Membership(membership) => subjects.extend(membership.subjects()),
            Says::Booking(booking) => subjects.extend(booking.attendees.subjects()),
            Says::Pass(pass) => subjects.extend(pass.subjects()),
            Says::Removed => {}
        }
        subjects
    }

    /// The access code that it tells, and whose it is.
    pub(crate) fn access_code(&self) -> Option<(&EventKey, &Subject, &SecretString)> {
        match &self.says {
            Says::Member(told) => Some((&self.key, &self.subject, told.access_code.as_ref()?)),
            Says::Team(_) | Says::Membership(_) | Says::Booking(_) | Says::Pass(_) | Says::Removed => None,
        }
    }

    /// What it tells, its dates placed in their location's time zone. Whom an address belongs to comes before what is held by it.
    pub(crate) fn news(&self, tenant: &Tenant, now: Timestamp, faults: &mut Faults) -> Read<Vec<News>> {
        // Both are looked at before either counts, so that all faults are noted.
        let timely = if self.time <= latest_believable(now) {
            Ok(())
        } else {
            Err(faults
                .note(&inside(&self.at, "time"), "is more than five minutes in the future; send it when it is true"))
        };
        let what = self.what(tenant, faults);
        timely?;
        let mut news: Vec<News> = self.contacts().collect();
        news.push(self.piece(self.subject.clone(), what?));
        Ok(news)
    }

    fn what(&self, tenant: &Tenant, faults: &mut Faults) -> Read<What> {
        let data = &self.data;
        match &self.says {
            Says::Member(told) => Ok(What::Member(told.patch.clone())),
            Says::Team(team) => Ok(What::Team(team.clone())),
            Says::Membership(membership) => membership
                .place(tenant, self.time, data, faults)
                .map(|membership| What::Entitlement(Entitlement::Membership(membership))),
            Says::Booking(booking) => {
                booking.place(tenant, data, faults).map(|booking| What::Entitlement(Entitlement::Booking(booking)))
            }
            Says::Pass(pass) => pass.place(tenant, data, faults).map(|pass| What::Entitlement(Entitlement::Pass(pass))),
            Says::Removed => Ok(What::Removed),
        }
    }

    fn contacts(&self) -> impl Iterator<Item = News> {
        let contacts = match &self.says {
            Says::Booking(booking) => booking.attendees.contacts(),
            Says::Member(_) | Says::Team(_) | Says::Membership(_) | Says::Pass(_) | Says::Removed => BTreeMap::new(),
        };
        contacts
            .into_iter()
            .map(|(address, contact)| self.piece(address_subject(address), What::Contact(contact.clone())))
    }

    fn piece(&self, subject: Subject, what: What) -> News {
        News { event: self.key.clone(), subject, as_of: self.time, what }
    }
}

#[cfg(test)]
mod tests;
