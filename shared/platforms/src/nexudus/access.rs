//! Nexudus' *Custom ACS*: the groups a customer is to be in, as Nexudus works them out by its own rules.
//!
//! A message is the whole set of one customer at one location: what it does not name any more is over, and an empty one means no
//! access. `time` orders the messages. The set stands beside what hooks tell, as a pass without a kind: it is nobody else's,
//! whatever teams the customer pays for, because everybody has a set of their own.
//!
//! `schedule` says until when; what it does not limit lasts until a message leaves it out. Whether the groups of a network's
//! other locations are among them is not documented, so each location has its own set.
//!
//! The customer's name is not documented to be sent, so that the details are asked for. Where Nexudus' API is not set up, who is
//! in a group counts as active until something says otherwise.
//!
//! Source: developers.nexudus.com/integrations/access-control/custom-access-control-api, 2026-11.

use std::collections::{BTreeMap, BTreeSet};

use domain::{
    GroupId, LocationId, MemberId, Subject, SubjectKind,
    facts::{Change, Entitlement, MemberPatch, MemberStatus, Pass},
    intake::{EventKey, HINT, News, What},
    tenant::Tenant,
};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::{coworker::optional_text, id};
use crate::{
    Delivery, Received, Unreadable,
    address::{address_change, address_of, address_subject},
    delivery::{Content, latest_believable},
    digest::sha256_hex,
    fields::{self, Faults, Fields, Read, json},
    ids::{group, member_subject},
    moment::instant_in_utc,
};

/// What the groups of a message are a pass of; no mapping speaks of it.
const KIND: &str = "custom-acs";

/// A message: what one customer is to have at one location.
pub(crate) struct CustomerGroups {
    key: EventKey,
    time: Timestamp,
    location: LocationId,
    customer: MemberId,
    email: Option<String>,
    groups: BTreeMap<GroupId, Option<Timestamp>>,
}

/// Reads a message. A group that is no number is none of Brivo's, such as one of a system that was connected before: it is told
/// as ignored, and the others count.
pub(crate) fn read(body: &[u8]) -> Result<Delivery, Unreadable> {
    let sent = json(body)?;
    let mut faults = Faults::default();
    let key = EventKey { source: format!("nexudus/{KIND}"), id: sha256_hex(body) };
    let told = Fields::of(&sent, "", &mut faults).and_then(|mut fields| customer_groups(&key, &mut fields)).ok();
    let strange = told.as_ref().is_some_and(|(_, strange)| *strange);
    let ignored = strange.then(|| "groups that are not of Brivo".to_owned()).into_iter().collect();
    let content = Content::NexudusAccess(told.map(|(told, _)| Box::new(told)));
    Ok(Delivery { received: vec![Received::new(key, &sent)], ignored, content, faults })
}

/// The message, and whether some of its groups are not of Brivo.
fn customer_groups(key: &EventKey, fields: &mut Fields<'_, '_>) -> Read<(CustomerGroups, bool)> {
    let time = fields.required("time", instant_in_utc);
    let location = part(fields, "business", |business| business.required("id", id));
    let customer = part(fields, "coworker", |coworker| {
        let id = coworker.required("id", id);
        let email = optional_text(coworker, "email");
        Ok((id?, email?))
    });
    let groups = fields.list("groups", |value| fields::id(value).map(|_| group(value).ok()));
    // An empty list takes everything away, so that a missing one must not pass for it.
    let groups = groups.and_then(|found| found.ok_or_else(|| fields.note("groups", "is missing; it must be a list")));
    let ends = fields.objects("schedule", |entry| {
        let of = entry.required("group", |value| fields::id(value).map(|_| group(value).ok()));
        let until = entry.optional("expires_on", instant_in_utc);
        Ok((of?, until?))
    });
    let (ends, told) = (ends?.unwrap_or_default(), groups?);
    let (customer, email) = customer?;
    let groups = told.iter().flatten().map(|group| (*group, end_of(*group, &ends))).collect();
    let strange = told.iter().any(Option::is_none);
    let (time, location, customer) = (time?, LocationId::new(location?), MemberId::new(customer));
    Ok((CustomerGroups { key: key.clone(), time, location, customer, email, groups }, strange))
}

/// What is read of an object that has to be there.
fn part<T>(fields: &mut Fields<'_, '_>, name: &str, read: impl FnOnce(&mut Fields<'_, '_>) -> Read<T>) -> Read<T> {
    let found = match fields.object(name)? {
        Some(mut part) => Some(read(&mut part)?),
        None => None,
    };
    found.ok_or_else(|| fields.note(name, "is missing; it must be a JSON object"))
}

/// When a group ends: the last of the ends that are told of it.
fn end_of(group: GroupId, ends: &[(Option<GroupId>, Option<Timestamp>)]) -> Option<Timestamp> {
    let of_it: Option<Vec<Timestamp>> =
        ends.iter().filter(|(of, _)| *of == Some(group)).map(|(_, until)| *until).collect();
    of_it?.into_iter().max()
}

impl CustomerGroups {
    fn subject(&self) -> Subject {
        Subject::new(SubjectKind::Pass, format!("{KIND}:{}:{}", self.location, self.customer))
    }

    /// The set, the customer, and the customer's address.
    pub(crate) fn subjects(&self) -> BTreeSet<Subject> {
        let address = self.email.as_deref().and_then(address_of);
        let address = address.as_ref().map(address_subject);
        address.into_iter().chain([self.subject(), member_subject(&self.customer)]).collect()
    }

    /// What the message tells.
    pub(crate) fn news(&self, tenant: &Tenant, now: Timestamp, faults: &mut Faults) -> Vec<News> {
        if tenant.location(&self.location).is_none() {
            faults.note("business.id", format_args!("the tenant has no location \"{}\"; add it", self.location));
            return Vec::new();
        }
        // A clock of Nexudus that runs ahead must not keep later news out for longer than the tolerance.
        let as_of = self.time.min(latest_believable(now));
        let news = |subject, as_of, what| News { event: self.key.clone(), subject, as_of, what };
        let email = self.email.clone().map_or(Change::Keep, Change::Set);
        let has_access = !self.groups.is_empty();
        let patch =
            MemberPatch { address: address_change(&email), email, fetch_details: has_access, ..MemberPatch::default() };
        let hint = MemberPatch { status: Change::Set(MemberStatus::Active), ..MemberPatch::default() };
        let customer = member_subject(&self.customer);
        let set = if has_access { What::Entitlement(Entitlement::Pass(self.pass())) } else { What::Removed };
        let hint = has_access.then(|| news(customer.clone(), HINT, What::Member(hint)));
        let told = [news(self.subject(), as_of, set), news(customer, as_of, What::Member(patch))];
        told.into_iter().chain(hint).collect()
    }

    fn pass(&self) -> Pass {
        let ends: Option<Vec<Timestamp>> = self.groups.values().copied().collect();
        Pass {
            id: self.subject().id,
            pass: KIND.to_owned(),
            member: Some(self.customer.clone()),
            team: None,
            location: Some(self.location.clone()),
            remaining: None,
            valid_from: None,
            valid_until: ends.and_then(|ends| ends.into_iter().max()),
            groups: Some(self.groups.clone()),
        }
    }
}

/// The answer to Nexudus' question which groups there are: a list of objects with an id and a name. A group whose name is not
/// known goes by its number.
///
/// The names of the two fields are cut off in the copies of the documentation; these are the likeliest.
pub fn access_groups<'a>(groups: impl IntoIterator<Item = (GroupId, Option<&'a str>)>) -> Value {
    let told = groups.into_iter().map(|(id, name)| {
        let name = name.map_or_else(|| format!("Brivo group {id}"), str::to_owned);
        json!({"id": id.to_string(), "name": name})
    });
    Value::Array(told.collect())
}

#[cfg(test)]
mod tests;
