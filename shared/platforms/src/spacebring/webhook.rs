//! Webhooks of Spacebring, delivered by Svix: one object, its event named in `type`, in the URL, or nowhere.
//!
//! Bookings, memberships and companies come as `{type, booking: {…}}`. A subscription is the whole body and has no `type`, like a
//! visit; made, changed, bought or deleted, it looks the same. So its deletion needs a hook of its own, whose URL ends with
//! `subscription.deleted`; one that ends with `subscription.updated` can take all else that is used, because a `type` counts more than the URL.
//! Without either a subscription is taken only if it tells by itself whether it stands.
//!
//! Nothing tells that a membership changed or was deleted, that a company changed, or of day passes: that has to be read.
//! Visitors are no condition for access in Spacebring's integration with Brivo, so visits are accepted and give nothing.
//!
//! Older news never undoes newer. What was just made has its `createDate`, a booking that changed may have its `updateDate`, and
//! deletions are final. All else is of when the message was made ([`made_at`]), which is when it was true.
//!
//! Source: webhooks.spacebring.com as kept in izak0s/spacebring-api `spec/webhook-events.json`, 2026-07;
//! docs.svix.com/receiving, 2026-11.

use std::collections::{BTreeMap, BTreeSet};

use domain::{
    Subject, SubjectKind,
    facts::BookingStatus,
    intake::{EventKey, News},
    tenant::Tenant,
};
use jiff::Timestamp;
use serde_json::Value;

use super::{
    booking::{self, Known},
    company,
    entity::Entity,
    id, member,
    message::made_at,
    subscription,
};
use crate::{
    Delivery, Received, Unreadable,
    delivery::{Content, latest_believable},
    fields::{self, Faults, Fields, Read, json},
};

/// The longest name of an event: twice that of the longest there is.
const LONGEST_EVENT: usize = 64;

/// A delivery of one hook.
pub(crate) struct Hook {
    key: EventKey,
    entity: Option<Entity>,
    as_of: Timestamp,
}

/// What sort of thing an event is about.
#[derive(Clone, Copy, PartialEq, Eq)]
enum About {
    Booking,
    Company,
    Membership,
    Subscription,
}

/// What happened to it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Happened {
    Made,
    Changed,
    Deleted,
    /// Any of these.
    Unsaid,
}

/// The events that are used.
const EVENTS: [(&str, About, Happened); 13] = [
    ("booking.created", About::Booking, Happened::Made),
    ("booking.updated", About::Booking, Happened::Changed),
    ("booking.paid", About::Booking, Happened::Changed),
    ("booking.approved", About::Booking, Happened::Changed),
    ("booking.deleted", About::Booking, Happened::Deleted),
    ("subscription.created", About::Subscription, Happened::Made),
    ("subscription.updated", About::Subscription, Happened::Changed),
    ("subscription.purchased", About::Subscription, Happened::Changed),
    ("subscription.deleted", About::Subscription, Happened::Deleted),
    ("membership.created", About::Membership, Happened::Made),
    ("membership.invited", About::Membership, Happened::Changed),
    ("company.created", About::Company, Happened::Made),
    ("company.deleted", About::Company, Happened::Deleted),
];

/// Every event that is used; one that Spacebring has given up is left out.
pub(crate) fn events() -> impl Iterator<Item = &'static str> {
    EVENTS.iter().map(|(name, _, _)| *name).filter(|name| *name != "booking.approved")
}

/// Reads what a hook delivered with this message id, sent at this second, as its headers tell. Events that are not used are
/// accepted whatever they carry, as long as it is JSON.
pub(crate) fn read(
    event: Option<&str>,
    message: Option<(&str, Timestamp)>,
    body: &[u8],
) -> Result<Delivery, Unreadable> {
    let message = message.filter(|(id, _)| fields::id(&Value::from(*id)).is_ok());
    let (id, sent_at) = message.ok_or_else(|| Unreadable {
        faults: vec!["the headers: svix-id and svix-timestamp must tell the message and its second".to_owned()],
    })?;
    let key = EventKey { source: "spacebring".to_owned(), id: id.to_owned() };
    let sent = json(body)?;
    let mut faults = Faults::default();
    let mut ignored = BTreeSet::new();
    let told = match named(event, &sent) {
        Ok((about, happened)) => entity(about, happened, &sent, &mut faults).ok().map(|entity| (entity, happened)),
        Err(unused) => {
            ignored.insert(unused);
            None
        }
    };
    let made_at = made_at(id, sent_at);
    let as_of = told.as_ref().and_then(|(entity, happened)| match happened {
        Happened::Made => entity.made_on(),
        Happened::Changed | Happened::Deleted | Happened::Unsaid => entity.changed_on(),
    });
    let received = vec![Received::new(key.clone(), &sent)];
    let hook = Hook { key, entity: told.map(|(entity, _)| entity), as_of: as_of.unwrap_or(made_at) };
    Ok(Delivery { received, ignored, content: Content::Spacebring(Box::new(hook)), faults })
}

/// What the delivery is about, by `type`, else by the URL, else by its shape; or the name of an event that is not used.
///
/// `type` is Spacebring's own word, and signed. The URL is the operator's, who may have registered one for several events.
fn named(event: Option<&str>, sent: &Value) -> Result<(About, Happened), String> {
    let is_name = |name: &&str| name.contains('.') && name.len() <= LONGEST_EVENT && !name.contains(char::is_control);
    let typed = sent.get("type").and_then(Value::as_str).filter(is_name);
    match typed.or(event.filter(is_name)) {
        Some(name) => {
            let used = EVENTS.iter().find(|(known, _, _)| *known == name);
            used.map(|(_, about, happened)| (*about, *happened)).ok_or_else(|| name.to_owned())
        }
        None => shape(sent).map(|about| (about, Happened::Unsaid)).ok_or_else(|| "(no event named)".to_owned()),
    }
}

/// What a body without a name is about.
fn shape(sent: &Value) -> Option<About> {
    let has = |name: &str| sent.get(name).is_some_and(|value| !value.is_null());
    if has("booking") {
        Some(About::Booking)
    } else if has("membership") {
        Some(About::Membership)
    } else if has("subscription") || (has("id") && has("startDate") && has("items")) {
        Some(About::Subscription)
    } else {
        None
    }
}

/// What is known of a booking beside what a hook tells: nothing.
///
/// The catalogue shows no hook that says whether a booking stands, so one that does not say so does.
const NOTHING: Known<'static> = Known { status: BookingStatus::Confirmed, location: None, kinds: &BTreeMap::new() };

fn entity(about: About, happened: Happened, sent: &Value, faults: &mut Faults) -> Read<Entity> {
    let mut fields = within(about, sent, faults)?;
    if happened == Happened::Deleted {
        return fields.required("id", id).map(|id| Entity::Gone(subjects_of(about, &id)));
    }
    match about {
        About::Booking => booking::read(&mut fields, NOTHING).map(Entity::Booking),
        About::Company => company::read(&mut fields).map(Entity::Company),
        About::Membership => member::read(&mut fields).map(Entity::Membership),
        About::Subscription => {
            let subscription = subscription::read(&mut fields)?;
            if happened == Happened::Unsaid && !subscription.tells_whether_it_stands() {
                return Err(fields.note("status", "is missing, and so is deleteDate; end the URL of the hook with its event, such as /subscription.deleted"));
            }
            Ok(Entity::Subscription(subscription))
        }
    }
}

/// The object that an event is about; a subscription is the body itself.
fn within<'v, 'f>(about: About, sent: &'v Value, faults: &'f mut Faults) -> Read<Fields<'v, 'f>> {
    let name = match about {
        About::Booking => "booking",
        About::Company => "company",
        About::Membership => "membership",
        About::Subscription => "subscription",
    };
    match sent.get(name) {
        Some(within) => Fields::of(within, name, faults),
        None if about == About::Subscription => Fields::of(sent, "", faults),
        None => Err(faults.note(name, "is missing; it must be a JSON object")),
    }
}

/// Every name that a thing has here.
fn subjects_of(about: About, id: &str) -> BTreeSet<Subject> {
    match about {
        About::Booking => BTreeSet::from([booking::subject(id)]),
        About::Company => BTreeSet::from([Subject::new(SubjectKind::Team, id)]),
        About::Membership => BTreeSet::from([Subject::new(SubjectKind::Member, id)]),
        About::Subscription => subscription::subjects_of(id).collect(),
    }
}

impl Hook {
    /// What it is about, and whose records are needed beside it.
    pub(crate) fn subjects(&self) -> BTreeSet<Subject> {
        self.entity.as_ref().map(Entity::subjects).unwrap_or_default()
    }

    /// What it tells.
    pub(crate) fn news(&self, tenant: &Tenant, now: Timestamp) -> Vec<News> {
        // A clock of Spacebring that runs ahead must not keep later news out for longer than the tolerance.
        let as_of = self.as_of.min(latest_believable(now));
        let pieces = self.entity.iter().flat_map(|entity| entity.pieces(tenant, as_of));
        pieces.map(|piece| piece.came_with(&self.key)).collect()
    }
}

#[cfg(test)]
mod tests;
