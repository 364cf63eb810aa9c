//! Why a person may be in a group: every entitlement, through every path, with its window.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::Serialize;

use crate::{
    AccountId, GroupId, LocationId, Subject, SubjectKind, TeamId, Window,
    facts::{
        AssignedResource, Booking, BookingStatus, Entitlement, Member, MemberFacts, Membership, MembershipStatus, Pass,
    },
    policy::{Fanout, Paused, Policy},
    tenant::{Mapping, MappingKind, Tenant, agreed},
};

/// Why a person may be in some groups, now or later.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Reason {
    /// The entitlement.
    pub fact: Subject,
    /// Through whom.
    pub path: Path,
    /// The mapping that names the groups, or the choice per person or per subscription.
    pub mapping: String,
    /// The Brivo account the groups belong to.
    pub account: AccountId,
    /// The groups.
    pub groups: BTreeSet<GroupId>,
    /// Since when and until when, lead and lag applied.
    pub window: Window,
    /// From when on the person may be made in Brivo, so that the groups are all that is left to do.
    pub prepare_from: Timestamp,
}

/// Through whom an entitlement reaches a person.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Path {
    /// The person holds it.
    Own,
    /// A team of the person holds it.
    Team(TeamId),
}

/// Every reason a person has, open, upcoming or over, in a stable order; none while the person is not active.
pub fn reasons(tenant: &Tenant, facts: &MemberFacts) -> Vec<Reason> {
    let Some(member) = facts.member.as_ref().filter(|member| member.is_active()) else {
        return Vec::new();
    };
    let mut reasons: Vec<Reason> = choice_reason(tenant, member).into_iter().collect();
    for entitlement in &facts.entitlements {
        reasons.extend(entitlement_reasons(tenant, entitlement, &Path::Own));
    }
    for team in &facts.teams {
        let path = Path::Team(team.id.clone());
        reasons
            .extend(team.entitlements.iter().flat_map(|entitlement| entitlement_reasons(tenant, entitlement, &path)));
    }
    reasons.sort();
    reasons.dedup();
    reasons
}

/// Groups that were chosen for a person or a subscription but may not be touched, by the fact that names them.
pub fn unmanaged_choices(tenant: &Tenant, facts: &MemberFacts) -> BTreeMap<Subject, BTreeSet<GroupId>> {
    let managed = tenant.managed();
    let by_person = facts.member.iter().filter_map(|member| Some((member_subject(member), member.door_access.get()?)));
    let held = facts.entitlements.iter().chain(facts.teams.iter().flat_map(|team| &team.entitlements));
    let by_subscription = held.filter_map(|entitlement| match entitlement {
        Entitlement::Membership(membership) => Some((entitlement.subject(), membership.groups.as_ref()?)),
        Entitlement::Booking(_) | Entitlement::Pass(_) => None,
    });
    by_person
        .chain(by_subscription)
        .map(|(fact, chosen)| (fact, chosen.difference(&managed).copied().collect::<BTreeSet<_>>()))
        .filter(|(_, unmanaged)| !unmanaged.is_empty())
        .collect()
}

fn member_subject(member: &Member) -> Subject {
    Subject::new(SubjectKind::Member, member.id.as_str())
}

/// The standing reason of groups chosen for this person.
fn choice_reason(tenant: &Tenant, member: &Member) -> Option<Reason> {
    let chosen = member.door_access.get()?;
    let groups: BTreeSet<_> = chosen.intersection(&tenant.managed()).copied().collect();
    let account = tenant.account_at(None)?.clone();
    (!groups.is_empty()).then(|| Reason {
        fact: member_subject(member),
        path: Path::Own,
        mapping: "choice per person".to_owned(),
        account,
        groups,
        window: Window { from: Timestamp::MIN, until: None },
        prepare_from: Timestamp::MIN,
    })
}

fn entitlement_reasons(tenant: &Tenant, entitlement: &Entitlement, path: &Path) -> Vec<Reason> {
    let fact = entitlement.subject();
    match entitlement {
        Entitlement::Booking(booking) => booking_reasons(tenant, booking, Source { fact: &fact, path }),
        Entitlement::Membership(membership) => membership_reasons(tenant, membership, Source { fact: &fact, path }),
        Entitlement::Pass(pass) => pass_reasons(tenant, pass, Source { fact: &fact, path }),
    }
}

fn booking_reasons(tenant: &Tenant, booking: &Booking, source: Source<'_>) -> Vec<Reason> {
    let stands = match booking.status {
        BookingStatus::Confirmed => booking.starts < booking.ends,
        BookingStatus::Tentative | BookingStatus::Cancelled => false,
    };
    let window =
        |policy: &Policy| stands.then(|| Window::around(booking.starts, Some(booking.ends), policy.lead, policy.lag));
    let location = booking.location.as_ref().or_else(|| tenant.location_of_resource(&booking.resource));
    let at = Place::new(tenant, location, source);
    at.mapped(MappingKind::Resource, &booking.resource).filter_map(|mapping| at.reason(mapping, window)).collect()
}

fn membership_reasons(tenant: &Tenant, membership: &Membership, source: Source<'_>) -> Vec<Reason> {
    let location = membership.location.as_ref().or_else(|| {
        agreed(membership.resources.iter().filter_map(|resource| location_of_assigned(tenant, membership, resource)))
    });
    let at = Place::new(tenant, location, source);
    let window = |policy: &Policy| {
        let counts = stands(membership, policy) && reaches(membership, source.path, policy);
        counts.then_some(Window { from: membership.starts, until: membership.ends })
    };
    let mut reasons = Vec::new();
    match &membership.groups {
        Some(chosen) => reasons.extend(at.chosen(chosen, window)),
        None => reasons.extend(
            at.mapped(MappingKind::Plan, &membership.plan)
                .filter(|mapping| mapping.automatic.is_none() || mapping.automatic == membership.origin)
                .filter_map(|mapping| at.reason(mapping, window)),
        ),
    }
    for product in &membership.products {
        let mappings = at.mapped(MappingKind::Product, product);
        reasons.extend(mappings.filter_map(|mapping| at.reason(mapping, window)));
    }
    for resource in &membership.resources {
        let there = location_of_assigned(tenant, membership, resource).or(at.location);
        reasons.extend(assigned_reasons(Place { location: there, ..at }, resource, window));
    }
    reasons
}

/// Whether a membership runs at all, inside its dates.
fn stands(membership: &Membership, policy: &Policy) -> bool {
    match membership.status {
        MembershipStatus::Active => true,
        MembershipStatus::Cancelled => membership.ends.is_some(),
        MembershipStatus::Paused => policy.paused == Paused::Keep,
    }
}

/// Whether a membership counts for those whom it reaches over `path`.
fn reaches(membership: &Membership, path: &Path, policy: &Policy) -> bool {
    match path {
        Path::Own => true,
        Path::Team(_) => match policy.fanout {
            Fanout::CompanyAlways => true,
            Fanout::TeamIfUnassigned | Fanout::TeamIfPayer => membership.member.is_none(),
            Fanout::MemberOnly => false,
        },
    }
}

/// Where an assigned desk or office lies: as it says, else where the membership counts, else as its mappings tell.
fn location_of_assigned<'a>(
    tenant: &'a Tenant,
    membership: &'a Membership,
    resource: &'a AssignedResource,
) -> Option<&'a LocationId> {
    let told = resource.location.as_ref().or(membership.location.as_ref());
    told.or_else(|| tenant.location_of_resource(&resource.id))
}

/// What an assigned desk or office gives: its own groups, its floor's and its location's.
fn assigned_reasons(
    at: Place<'_>,
    resource: &AssignedResource,
    window: impl Fn(&Policy) -> Option<Window>,
) -> Vec<Reason> {
    let own = at.mapped(MappingKind::Resource, &resource.id);
    let floor = resource.floor.iter().flat_map(|floor| at.mapped(MappingKind::Floor, floor));
    let location = at.location.iter().flat_map(|location| at.mapped(MappingKind::Location, location.as_str()));
    own.chain(floor).chain(location).filter_map(|mapping| at.reason(mapping, &window)).collect()
}

fn pass_reasons(tenant: &Tenant, pass: &Pass, source: Source<'_>) -> Vec<Reason> {
    let window = |_: &Policy| {
        let window = Window { from: pass.valid_from.unwrap_or(Timestamp::MIN), until: pass.valid_until };
        (pass.remaining != Some(0)).then_some(window)
    };
    let at = Place::new(tenant, pass.location.as_ref(), source);
    at.mapped(MappingKind::Pass, &pass.pass).filter_map(|mapping| at.reason(mapping, window)).collect()
}

/// Which fact gives, and how it reaches the person.
#[derive(Clone, Copy)]
struct Source<'a> {
    fact: &'a Subject,
    path: &'a Path,
}

/// Where a fact counts; what the rules of all kinds of facts share.
#[derive(Clone, Copy)]
struct Place<'a> {
    tenant: &'a Tenant,
    location: Option<&'a LocationId>,
    source: Source<'a>,
}

impl<'a> Place<'a> {
    /// The fact's own location, else the tenant's only one.
    fn new(tenant: &'a Tenant, location: Option<&'a LocationId>, source: Source<'a>) -> Self {
        Self { tenant, location: location.or_else(|| tenant.only_location()), source }
    }

    /// The mappings of one thing that count here.
    fn mapped(&self, kind: MappingKind, id: &str) -> impl Iterator<Item = &'a Mapping> {
        let here = self.location;
        let mappings = self.tenant.mappings.iter().filter(move |mapping| mapping.kind == kind && mapping.id == id);
        mappings.filter(move |mapping| mapping.location.as_ref().is_none_or(|at| Some(at) == here))
    }

    /// The reason a mapping gives in the window that its policy allows.
    fn reason(&self, mapping: &Mapping, window: impl Fn(&Policy) -> Option<Window>) -> Option<Reason> {
        let policy = self.tenant.policy_for(self.location, Some(mapping));
        self.due(mapping.name(), mapping.groups.clone(), window(&policy)?, &policy)
    }

    /// The reason of groups chosen for one subscription; groups that are not managed are not applied.
    fn chosen(&self, chosen: &BTreeSet<GroupId>, window: impl Fn(&Policy) -> Option<Window>) -> Option<Reason> {
        let policy = self.tenant.policy_for(self.location, None);
        let groups = chosen.intersection(&self.tenant.managed()).copied().collect();
        self.due("choice per subscription".to_owned(), groups, window(&policy)?, &policy)
    }

    /// A reason; none without groups, without an instant inside, or where no account guards the place.
    fn due(&self, mapping: String, groups: BTreeSet<GroupId>, window: Window, policy: &Policy) -> Option<Reason> {
        let account = self.tenant.account_at(self.location)?.clone();
        (!groups.is_empty() && !window.is_empty()).then(|| Reason {
            fact: self.source.fact.clone(),
            path: self.source.path.clone(),
            mapping,
            account,
            groups,
            window,
            prepare_from: window.from.saturating_sub(policy.create_ahead).unwrap_or(Timestamp::MIN),
        })
    }
}
