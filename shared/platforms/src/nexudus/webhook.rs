//! Webhooks of Nexudus: an array of one entity, without event name, delivery id or time of sending.
//!
//! What happened is said by the URL the hook was registered with. Times of day are UTC: Nexudus' member portal writes
//! local times with a false `Z`, its webhooks and admin API do not.
//!
//! A delivery that comes again has the same bytes, and any change moves `UpdatedOn`, so that the digest of the bytes is a key.
//! Deletions need no more than that: nothing comes after them. Customers are another matter. Nexudus' own examples of
//! signed bodies have no `UpdatedOn`, and then the same bytes can mean a repeat or a customer who is again what they were
//! before. Neither may do harm, so such a hook is no more than a reason to ask:
//!
//! * Its key has the instant of its receipt, so that it is never taken for a repeat. A real repeat costs one question more. That of
//!   `AccessControlUpdate` has it always: a pass that was bought or used up changes nothing of the customer it carries.
//! * Its news is as old as can be ([`asking`]). It fills in what nobody has told yet, and has the customer fetched by id; the
//!   answer has its `UpdatedOn`. Were it as of its receipt, a repeat of an old state would stand against that answer.
//!
//! The price: where Nexudus' API is not set up, such hooks count in the order of their receipt, and never against a hook
//! with a time. Where it does not answer, a customer who was switched off keeps access until it does.
//!
//! Source: help.nexudus.com/docs/verifying-webhooks-created-via-the-api; learn.nexudus.com/rest-api/sys/post-webhooks;
//! a captured booking, whose `CreatedOn` + `MinutesToStart` is its `FromTime`; 2026-11.

use std::collections::BTreeSet;

use domain::{
    LocationId, MemberId, Subject, SubjectKind,
    facts::{Change, Entitlement, MemberPatch, MemberStatus},
    intake::{EventKey, FINAL, HINT, News, What},
    tenant::Tenant,
};
use jiff::{SignedDuration, Timestamp};

use super::{
    booking::{self, Reservation},
    contract::{self, Contract},
    coworker::{self, Coworker},
    id,
    team::{self, Team},
};
use crate::{
    Delivery, Proof, Received, Unreadable,
    address::{address_of, address_subject},
    delivery::{Content, latest_believable},
    digest::sha256_hex,
    fields::{Faults, Fields, Read, json, one_or_many},
    ids::{member_subject, team_subject},
};

/// The longest name of an action: twice that of the longest there is.
const LONGEST_ACTION: usize = 64;

/// A delivery of one hook.
pub(crate) struct Hook {
    key: EventKey,
    location: Option<LocationId>,
    entities: Vec<Entity>,
}

/// What happened to what.
enum Entity {
    Booking(Reservation),
    Contract(Contract),
    Coworker(Coworker),
    /// A customer of whose access something has changed, be it that a pass was used up, of which the customer tells nothing.
    Access(Coworker),
    Team(Team),
    /// Deleted; Nexudus never uses an id again.
    Gone(Subject),
}

/// What an action is about, and how its entity is read.
#[derive(Clone, Copy, Debug)]
enum Action {
    Booking,
    Contract,
    Coworker,
    Access,
    Team,
    /// Something of this kind was deleted.
    Deleted(SubjectKind),
}

/// The actions that are used, by name and number. `AccessControlUpdate`, which comes after all sorts of things, carries the
/// customer.
const ACTIONS: [(&str, &str, Action); 18] = [
    ("BookingCreate", "6", Action::Booking),
    ("BookingUpdate", "7", Action::Booking),
    ("BookingDelete", "8", Action::Deleted(SubjectKind::Booking)),
    ("CoworkerCreate", "3", Action::Coworker),
    ("CoworkerUpdate", "2", Action::Coworker),
    ("AccessControlUpdate", "61", Action::Access),
    ("CoworkerDelete", "50", Action::Deleted(SubjectKind::Member)),
    ("CoworkerContractCreate", "62", Action::Contract),
    ("CoworkerContractUpdate", "60", Action::Contract),
    ("CoworkerContractActivate", "10", Action::Contract),
    ("CoworkerContractActivateFirst", "14", Action::Contract),
    ("CoworkerContractCancel", "11", Action::Contract),
    ("CoworkerContractRenew", "12", Action::Contract),
    ("CoworkerContractUpgradeDowngrade", "13", Action::Contract),
    ("CoworkerContractDelete", "77", Action::Deleted(SubjectKind::Membership)),
    ("TeamCreated", "57", Action::Team),
    ("TeamUpdated", "58", Action::Team),
    ("TeamDeleted", "59", Action::Deleted(SubjectKind::Team)),
];

/// Every action that is used, by name and number.
pub(crate) fn actions() -> impl Iterator<Item = (&'static str, u64)> {
    ACTIONS.iter().filter_map(|(name, number, _)| Some((*name, number.parse().ok()?)))
}

/// The name of an action that is used, given by name or number.
pub(crate) fn action_name(given: &str) -> Option<&'static str> {
    let used = ACTIONS.iter().find(|(name, number, _)| name.eq_ignore_ascii_case(given) || *number == given);
    used.map(|(name, _, _)| *name)
}

/// Reads what a hook delivered at `now`. Actions that are not used are accepted whatever they carry, as long as it is JSON.
pub(crate) fn read(
    action: Option<&str>,
    location: Option<&LocationId>,
    body: &[u8],
    now: Timestamp,
) -> Result<Delivery, Unreadable> {
    let given = action.filter(|action| action.len() <= LONGEST_ACTION && !action.contains(char::is_control));
    let given = given.ok_or_else(|| Unreadable {
        faults: vec!["the URL: end its path with the action of the hook, such as /BookingCreate".to_owned()],
    })?;
    let sent = json(body)?;
    let used = ACTIONS.iter().find(|(name, number, _)| name.eq_ignore_ascii_case(given) || *number == given);
    let name = used.map_or(given, |(name, _, _)| name);
    let mut faults = Faults::default();
    let mut entities = Vec::new();
    if let Some((_, _, action)) = used {
        let sent = one_or_many(&sent);
        if sent.is_empty() {
            faults.note("", "must carry an entity");
        }
        for (at, sent) in sent {
            let read = Fields::of(sent, &at, &mut faults);
            entities.extend(read.and_then(|mut fields| entity(*action, &at, &mut fields)).ok());
        }
    }
    // Nexudus numbers no deliveries.
    let digest = sha256_hex(body);
    let id = if entities.iter().all(Entity::is_known_by_its_bytes) { digest } else { format!("{digest}@{now}") };
    let key = EventKey { source: format!("nexudus/{name}"), id };
    let ignored = if used.is_none() { BTreeSet::from([name.to_owned()]) } else { BTreeSet::new() };
    let received = vec![Received::new(key.clone(), &sent)];
    let content = Content::Nexudus(Hook { key, location: location.cloned(), entities });
    Ok(Delivery { received, ignored, content, faults })
}

impl Entity {
    /// Whether the same bytes can only be the same news.
    fn is_known_by_its_bytes(&self) -> bool {
        match self {
            Self::Booking(_) | Self::Contract(_) | Self::Team(_) | Self::Gone(_) => true,
            Self::Coworker(coworker) => coworker.updated_on.is_some(),
            Self::Access(_) => false,
        }
    }
}

fn entity(action: Action, at: &str, fields: &mut Fields<'_, '_>) -> Read<Entity> {
    match action {
        Action::Booking => booking::read(fields).map(Entity::Booking),
        Action::Contract => contract::read(at, fields).map(Entity::Contract),
        Action::Coworker => coworker::read(fields).map(Entity::Coworker),
        Action::Access => coworker::read(fields).map(Entity::Access),
        Action::Team => team::read(fields).map(Entity::Team),
        Action::Deleted(kind) => fields.required("Id", id).map(|id| Entity::Gone(Subject::new(kind, id))),
    }
}

/// The `as_of` of a hook that says nothing of its time: it has the customer fetched, which a mere [`HINT`] does only for
/// somebody new, and anything with a time is newer.
fn asking() -> Timestamp {
    HINT.checked_add(SignedDuration::from_nanos(1)).unwrap_or(HINT)
}

impl Hook {
    /// The subjects of the entities, whoever holds or pays for something, and the addresses of customers.
    pub(crate) fn subjects(&self) -> BTreeSet<Subject> {
        let subjects = self.entities.iter().flat_map(|entity| match entity {
            Entity::Booking(reservation) => {
                let customer = reservation.customer.as_ref().map(member_subject);
                customer.into_iter().chain([reservation.subject()]).collect()
            }
            Entity::Contract(contract) => vec![contract.subject(), member_subject(&contract.customer)],
            Entity::Coworker(coworker) | Entity::Access(coworker) => {
                let address = coworker.email.as_deref().and_then(address_of);
                let customer = Subject::new(SubjectKind::Member, &coworker.id);
                address.as_ref().map(address_subject).into_iter().chain([customer]).collect()
            }
            Entity::Team(Team { team, .. }) => {
                let payer = team.paying_member.as_ref().map(member_subject);
                payer.into_iter().chain([team_subject(&team.id)]).collect()
            }
            Entity::Gone(subject) => vec![subject.clone()],
        });
        subjects.collect()
    }

    /// What the entities tell.
    pub(crate) fn news(&self, tenant: &Tenant, now: Timestamp, proof: Proof, faults: &mut Faults) -> Vec<News> {
        // What is gone, who a customer is and who is in a team does not depend on where the hook belongs.
        let has_place = |entity: &Entity| matches!(entity, Entity::Booking(_) | Entity::Contract(_));
        if let Some(id) = self.location.as_ref().filter(|_| self.entities.iter().any(has_place))
            && tenant.location(id).is_none()
        {
            faults.note("the URL", format_args!("the tenant has no location \"{id}\"; correct ?location= or add it"));
            return Vec::new();
        }
        let told = self.entities.iter().flat_map(|entity| self.told(entity, tenant, (now, proof), faults));
        told.collect()
    }

    fn told(
        &self,
        entity: &Entity,
        tenant: &Tenant,
        (now, proof): (Timestamp, Proof),
        faults: &mut Faults,
    ) -> Vec<News> {
        // A clock of Nexudus that runs ahead must not keep later news out for longer than the tolerance.
        let stamped = |updated_on: Timestamp| updated_on.min(latest_believable(now));
        let news = |subject, as_of, what| News { event: self.key.clone(), subject, as_of, what };
        let hint = |customer: &MemberId, name: Option<&str>| {
            news(member_subject(customer), HINT, What::Member(customer_hint(name, proof)))
        };
        match entity {
            Entity::Booking(reservation) => {
                let what = What::Entitlement(Entitlement::Booking(reservation.booking(self.location.as_ref())));
                let told = news(reservation.subject(), stamped(reservation.updated_on), what);
                let customer = reservation.customer.as_ref();
                let hint = customer.map(|customer| hint(customer, reservation.customer_name.as_deref()));
                [told].into_iter().chain(hint).collect()
            }
            Entity::Contract(contract) => {
                let Ok(placed) = contract.place(tenant, self.location.as_ref(), faults) else { return Vec::new() };
                let what = What::Entitlement(Entitlement::Membership(placed));
                let told = news(contract.subject(), stamped(contract.updated_on), what);
                let hint =
                    contract.customer_is_active.then(|| hint(&contract.customer, contract.customer_name.as_deref()));
                [told].into_iter().chain(hint).collect()
            }
            Entity::Coworker(coworker) | Entity::Access(coworker) => {
                let subject = Subject::new(SubjectKind::Member, &coworker.id);
                let as_of = coworker.updated_on.map_or_else(asking, stamped);
                vec![news(subject, as_of, What::Member(MemberPatch { fetch_details: true, ..coworker.patch(proof) }))]
            }
            Entity::Team(Team { team, updated_on }) => {
                vec![news(team_subject(&team.id), stamped(*updated_on), What::Team(team.clone()))]
            }
            Entity::Gone(subject) => vec![news(subject.clone(), FINAL, What::Removed)],
        }
    }
}

/// What a booking tells of its customer, who may be unknown to us: somebody active by this name, more on request.
fn customer_hint(name: Option<&str>, proof: Proof) -> MemberPatch {
    MemberPatch {
        full_name: coworker::believed(name, proof),
        status: Change::Set(MemberStatus::Active),
        fetch_details: true,
        ..MemberPatch::default()
    }
}

#[cfg(test)]
mod tests;
