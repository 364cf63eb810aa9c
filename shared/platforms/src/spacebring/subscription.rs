//! A subscription of a person or a company: items, each with a plan and often a group of its own, and what is assigned by it.
//!
//! A membership here has one plan and one time, an item of a subscription its own. So a subscription becomes one membership for
//! each plan and time among its items ([`PARTS`] at most), the first under the subscription's own id, the others under `{id}/2` and
//! so on. All of them are told each time, those that are not needed as gone, so that a subscription is replaced whole;
//! but of one that stands without any item a list tells nothing.
//!
//! Payment is never asked for: neither `pausePaymentCollection` nor an invoice changes who gets in (SPB-10).

use std::collections::{BTreeMap, BTreeSet};

use domain::{
    GroupId, LocationId, MemberId, Subject, SubjectKind, TeamId,
    facts::{AssignedResource, Entitlement, Membership, MembershipStatus},
    intake::What,
    tenant::Tenant,
};
use jiff::Timestamp;

use super::{entity::Piece, group, id, location::is_ours};
use crate::{
    fields::{Fields, Read, word},
    moment::instant,
};

/// How many memberships a subscription becomes at most. Most have one plan and one time; what is beyond gives nothing and is
/// logged.
const PARTS: usize = 4;

/// What of a subscription concerns doors.
pub(super) struct Subscription {
    id: String,
    member: Option<MemberId>,
    company: Option<TeamId>,
    location: LocationId,
    starts: Timestamp,
    ends: Option<Timestamp>,
    status: Option<Status>,
    is_deleted: bool,
    items: Vec<Item>,
    assigned: Vec<String>,
    pub(super) created_on: Timestamp,
}

/// One line of a subscription.
struct Item {
    plan: Option<String>,
    group: Option<GroupId>,
    resource: Option<String>,
    starts: Option<Timestamp>,
    ends: Option<Timestamp>,
}

/// What Spacebring says of a subscription.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Status {
    /// Runs from its start to its end, be it begun or not.
    Stands,
    /// Was never begun, or is over.
    Over,
}

/// A subscription that is incomplete was never begun, which is more than an invoice that is not paid.
///
/// Source: Spacebring's `OpenAPI`, subscription, 2026-11.
const STATUSES: [(&str, Status); 5] = [
    ("active", Status::Stands),
    ("scheduled", Status::Stands),
    ("incomplete", Status::Over),
    ("incompleteExpired", Status::Over),
    ("canceled", Status::Over),
];

/// Who holds a subscription.
#[derive(Clone, Copy)]
enum Customer {
    Company,
    Person,
}

const CUSTOMERS: [(&str, Customer); 2] = [("company", Customer::Company), ("user", Customer::Person)];

/// Reads a subscription.
pub(super) fn read(fields: &mut Fields<'_, '_>) -> Read<Subscription> {
    let id_of_subscription = fields.required("id", id);
    let holder = holder(fields);
    let location = fields.required("locationRef", id);
    let starts = fields.required("startDate", instant);
    let ends = fields.optional("endDate", instant);
    let status = fields.optional("status", word(&STATUSES));
    let deleted_on = fields.optional("deleteDate", instant);
    let items = match fields.objects("items", item) {
        Ok(Some(items)) => Ok(items),
        Ok(None) => Err(fields.note("items", "is missing; it must be a list")),
        Err(noted) => Err(noted),
    };
    let assigned = fields.objects("assignments", assigned);
    let created_on = fields.required("createDate", instant);
    let (member, company) = holder?;
    Ok(Subscription {
        id: id_of_subscription?,
        member,
        company,
        location: LocationId::new(location?),
        starts: starts?,
        ends: ends?,
        status: status?,
        is_deleted: deleted_on?.is_some(),
        items: items?,
        assigned: assigned?.into_iter().flatten().flatten().collect(),
        created_on: created_on?,
    })
}

/// Reads who holds it.
///
/// A subscription is made for a company or for a person, never for both. Where it does not say for which, all that it names hold
/// it: `companyRef` is there only for a company's.
fn holder(fields: &mut Fields<'_, '_>) -> Read<(Option<MemberId>, Option<TeamId>)> {
    let customer = fields.optional("subscriptionType", word(&CUSTOMERS));
    let named = fields.optional("customerRef", id);
    let member = fields.optional("membershipRef", id);
    let company = fields.optional("companyRef", id);
    let (customer, named, member, company) = (customer?, named?, member?, company?);
    let (member, company) = match customer {
        Some(Customer::Company) => (None, company.or(named)),
        Some(Customer::Person) => (member.or(named), None),
        None => (member, company),
    };
    if member.is_none() && company.is_none() {
        return Err(fields.note("membershipRef", "is missing, and so is companyRef; one of them must say who holds it"));
    }
    Ok((member.map(MemberId::new), company.map(TeamId::new)))
}

fn item(fields: &mut Fields<'_, '_>) -> Read<Item> {
    let plan = fields.optional("planRef", id);
    let group = fields.optional("brivoGroupRef", group);
    let resource = fields.optional("resourceRef", id);
    let starts = fields.optional("startDate", instant);
    let ends = fields.optional("endDate", instant);
    Ok(Item { plan: plan?, group: group?, resource: resource?, starts: starts?, ends: ends? })
}

fn assigned(fields: &mut Fields<'_, '_>) -> Read<Option<String>> {
    match fields.object("resource")? {
        Some(mut resource) => resource.required("id", id).map(Some),
        None => Ok(None),
    }
}

/// Every name a subscription has here.
pub(super) fn subjects_of(id: &str) -> impl Iterator<Item = Subject> {
    (1..=PARTS).map(|number| Subject::new(SubjectKind::Membership, part_id(id, number)))
}

fn part_id(id: &str, number: usize) -> String {
    if number == 1 { id.to_owned() } else { format!("{id}/{number}") }
}

/// What the items of one plan and time give.
#[derive(Default)]
struct Part {
    plan: String,
    groups: Option<BTreeSet<GroupId>>,
    resources: BTreeSet<String>,
}

/// The time of a part, and its plan unless its groups were chosen.
type Kind = (Timestamp, Option<Timestamp>, Option<String>);

impl Subscription {
    /// Whether it tells by itself that it stands or does not: a body that may be about its deletion has to.
    pub(super) fn tells_whether_it_stands(&self) -> bool {
        self.is_deleted || self.status.is_some()
    }

    fn stands(&self) -> bool {
        !self.is_deleted && self.status != Some(Status::Over)
    }

    /// Whether it stands and has nothing that could give anything.
    pub(super) fn stands_empty(&self) -> bool {
        self.stands() && self.items.is_empty() && self.assigned.is_empty()
    }

    /// The subscription under all its names, and who holds it.
    pub(super) fn subjects(&self) -> BTreeSet<Subject> {
        let member = self.member.iter().map(|member| Subject::new(SubjectKind::Member, member.as_str()));
        let company = self.company.iter().map(|company| Subject::new(SubjectKind::Team, company.as_str()));
        subjects_of(&self.id).chain(member).chain(company).collect()
    }

    /// What it tells at an instant.
    pub(super) fn pieces(&self, tenant: &Tenant, as_of: Timestamp) -> Vec<Piece> {
        let stands = self.stands();
        let own = Subject::new(SubjectKind::Membership, &self.id);
        let counts = stands && is_ours(&self.location, tenant, &own);
        let parts = if counts { self.parts() } else { BTreeMap::new() };
        if parts.len() > PARTS {
            tracing::warn!(
                membership.id = self.id,
                "a subscription has too many plans and times; what is beyond gives nothing"
            );
        }
        let mut parts = parts.into_iter();
        let told = (1..=PARTS).map(|number| {
            let what = match parts.next() {
                Some((kind, part)) => What::Entitlement(Entitlement::Membership(self.membership(number, kind, part))),
                None => What::Removed,
            };
            Piece { subject: Subject::new(SubjectKind::Membership, part_id(&self.id, number)), as_of, what }
        });
        told.collect()
    }

    /// The items by plan and time, those left out that have no time within the subscription's.
    fn parts(&self) -> BTreeMap<Kind, Part> {
        let mut parts: BTreeMap<Kind, Part> = BTreeMap::new();
        for item in &self.items {
            let starts = item.starts.map_or(self.starts, |starts| starts.max(self.starts));
            let ends = [item.ends, self.ends].into_iter().flatten().min();
            if ends.is_some_and(|ends| ends <= starts) {
                continue;
            }
            let plan = item.plan.clone().filter(|_| item.group.is_none());
            let part = parts.entry((starts, ends, plan)).or_default();
            if part.plan.is_empty() {
                part.plan = item.plan.clone().unwrap_or_default();
            }
            if let Some(group) = item.group {
                part.groups.get_or_insert_default().insert(group);
            }
            part.resources.extend(item.resource.clone());
        }
        let is_over = self.ends.is_some_and(|ends| ends <= self.starts);
        if !self.assigned.is_empty() && !is_over {
            let at_all_times = parts.iter().find(|((starts, ends, _), _)| (*starts, *ends) == (self.starts, self.ends));
            let kind = at_all_times.map_or((self.starts, self.ends, None), |(kind, _)| kind.clone());
            parts.entry(kind).or_default().resources.extend(self.assigned.iter().cloned());
        }
        parts
    }

    fn membership(&self, number: usize, (starts, ends, _): Kind, part: Part) -> Membership {
        let assigned = |id| AssignedResource { id, floor: None, location: None };
        Membership {
            id: part_id(&self.id, number),
            plan: part.plan,
            member: self.member.clone(),
            team: self.company.clone(),
            location: Some(self.location.clone()),
            starts,
            ends,
            status: MembershipStatus::Active,
            resources: part.resources.into_iter().map(assigned).collect(),
            groups: part.groups,
            copied: None,
            products: BTreeSet::new(),
            origin: None,
        }
    }
}
