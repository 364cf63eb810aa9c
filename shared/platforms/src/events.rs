//! The canonical feed: `CloudEvents` 1.0 in structured JSON, one event or an array.
//!
//! Event types that are not in the table are accepted and tell nothing, so that a sender of a later version does not
//! break; the caller finds them in [`Delivery::ignored`]. A repeat within one array counts once.

use std::collections::BTreeSet;

use domain::{
    Subject, SubjectKind,
    facts::{Entitlement, MemberPatch, Team},
    intake::{EventKey, News, What},
    tenant::Tenant,
};
use jiff::Timestamp;
use serde_json::Value;

use crate::{
    Delivery, Received, Unreadable,
    delivery::{Content, latest_believable},
    fields::{Faults, Fields, Read, id, inside, json, one_or_many, word},
    moment::instant,
};

mod booking;
mod ids;
mod member;
mod membership;
mod pass;
mod place;
mod team;

/// One event of the feed, its dates not yet placed in a time zone.
pub(crate) struct Event {
    at: String,
    key: EventKey,
    subject: Subject,
    time: Timestamp,
    says: Says,
}

/// What an event says.
enum Says {
    Member(MemberPatch),
    Team(Team),
    Membership(membership::Unplaced),
    Booking(booking::Unplaced),
    Pass(pass::Unplaced),
    Removed,
}

/// What a type of event is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verb {
    Upserted,
    Removed,
}

/// Reads one event or an array of them.
pub(crate) fn read(body: &[u8]) -> Result<Delivery, Unreadable> {
    let sent = json(body)?;
    let mut faults = Faults::default();
    let mut seen = BTreeSet::new();
    let (mut received, mut ignored, mut events) = (Vec::new(), BTreeSet::new(), Vec::new());
    for (at, sent) in one_or_many(&sent) {
        let Ok(Envelope { key, about }) = envelope(sent, &at, &mut faults) else { continue };
        let event = match about {
            Ok((kind, verb)) => match event(sent, &at, (kind, verb), &mut faults) {
                Ok((subject, time, says)) => Some(Event { at, key: key.clone(), subject, time, says }),
                Err(_) => continue,
            },
            Err(unknown) => {
                ignored.insert(unknown);
                None
            }
        };
        if seen.insert(key.clone()) {
            received.push(Received::new(key, sent));
            events.extend(event);
        }
    }
    Ok(Delivery { received, ignored, content: Content::Events(events), faults })
}

/// What every event says of itself.
struct Envelope {
    key: EventKey,
    /// What it is about, or its type if that is none of ours.
    about: Result<(SubjectKind, Verb), String>,
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

fn about(kind: &str) -> Option<(SubjectKind, Verb)> {
    let (subject, verb) = kind.strip_prefix("coworking.")?.split_once('.')?;
    let kinds =
        [SubjectKind::Member, SubjectKind::Team, SubjectKind::Membership, SubjectKind::Booking, SubjectKind::Pass];
    let kind = kinds.into_iter().find(|kind| kind.word() == subject)?;
    match verb {
        "upserted" => Some((kind, Verb::Upserted)),
        "removed" => Some((kind, Verb::Removed)),
        _ => None,
    }
}

fn event(
    sent: &Value,
    at: &str,
    (kind, verb): (SubjectKind, Verb),
    faults: &mut Faults,
) -> Read<(Subject, Timestamp, Says)> {
    let mut fields = Fields::of(sent, at, faults)?;
    let time = fields.required("time", instant);
    let wanted = format!("must be {}/ID, with the id of data", kind.word());
    let subject = fields.required("subject", |value| {
        let subject = value.as_str().and_then(|text| text.parse::<Subject>().ok());
        subject.filter(|subject| subject.kind == kind).ok_or_else(|| wanted.clone())
    });
    let says = match fields.object("data") {
        Ok(Some(data)) => data_of(kind, verb, data),
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

fn data_of(kind: SubjectKind, verb: Verb, mut data: Fields<'_, '_>) -> Read<(String, Says)> {
    let id = data.required("id", id);
    let says = match (verb, kind) {
        (Verb::Removed, _) => Ok(Says::Removed),
        (Verb::Upserted, SubjectKind::Member) => member::read(&mut data).map(Says::Member),
        (Verb::Upserted, SubjectKind::Team) => team::read(&mut data).map(Says::Team),
        (Verb::Upserted, SubjectKind::Membership) => membership::read(&mut data).map(Says::Membership),
        (Verb::Upserted, SubjectKind::Booking) => booking::read(&mut data).map(Says::Booking),
        (Verb::Upserted, SubjectKind::Pass) => pass::read(&mut data).map(Says::Pass),
    };
    Ok((id?, says?))
}

impl Event {
    /// Its own subject, and who holds or pays for it.
    pub(crate) fn subjects(&self) -> BTreeSet<Subject> {
        let mut subjects = BTreeSet::from([self.subject.clone()]);
        let (members, teams) = match &self.says {
            Says::Member(patch) => (None, member::teams(patch)),
            Says::Team(team) => (team.paying_member.as_ref(), BTreeSet::new()),
            Says::Membership(membership) => (membership.member.as_ref(), membership.team.iter().collect()),
            Says::Booking(booking) => (booking.booker.as_ref(), BTreeSet::new()),
            Says::Pass(pass) => (pass.member.as_ref(), pass.team.iter().collect()),
            Says::Removed => (None, BTreeSet::new()),
        };
        subjects.extend(members.map(|member| Subject::new(SubjectKind::Member, member.as_str())));
        subjects.extend(teams.into_iter().map(|team| Subject::new(SubjectKind::Team, team.as_str())));
        subjects
    }

    /// What it tells, its dates placed in their location's time zone.
    pub(crate) fn news(&self, tenant: &Tenant, now: Timestamp, faults: &mut Faults) -> Read<News> {
        // Both are looked at before either counts, so that all faults are noted.
        let timely = if self.time <= latest_believable(now) {
            Ok(())
        } else {
            Err(faults
                .note(&inside(&self.at, "time"), "is more than five minutes in the future; send it when it is true"))
        };
        let data = inside(&self.at, "data");
        let what = match &self.says {
            Says::Member(patch) => Ok(What::Member(patch.clone())),
            Says::Team(team) => Ok(What::Team(team.clone())),
            Says::Membership(membership) => membership
                .place(tenant, self.time, &data, faults)
                .map(|membership| What::Entitlement(Entitlement::Membership(membership))),
            Says::Booking(booking) => {
                booking.place(tenant, &data, faults).map(|booking| What::Entitlement(Entitlement::Booking(booking)))
            }
            Says::Pass(pass) => {
                pass.place(tenant, &data, faults).map(|pass| What::Entitlement(Entitlement::Pass(pass)))
            }
            Says::Removed => Ok(What::Removed),
        };
        timely?;
        Ok(News { event: self.key.clone(), subject: self.subject.clone(), as_of: self.time, what: what? })
    }
}

#[cfg(test)]
mod tests;
