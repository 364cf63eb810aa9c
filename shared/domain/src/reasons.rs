//! Why a person may be in a group: every entitlement, through every path, with its window.

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use jiff::Timestamp;

use crate::{
    AccountId, GroupId, LocationId, MemberId, Subject, SubjectKind, TeamId, Window,
    facts::{
        AssignedResource, Booking, BookingStatus, Entitlement, Guest, Member, MemberFacts, Membership,
        MembershipStatus, Pass,
    },
    intake::means,
    ledger::Ledger,
    policy::{Fanout, Nonmembers, Paused, Policy, SourceOfGroups},
    rules::Rulebook,
    tenant::{Mapping, MappingKind, Tenant, agreed},
};

/// Why a person may be in some groups, now or later.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason<'a> {
    /// What gives.
    pub fact: Fact<'a>,
    /// Through whom.
    pub path: Path<'a>,
    /// What names the groups.
    pub gives: Gives<'a>,
    /// The Brivo account the groups belong to.
    pub account: &'a AccountId,
    /// The groups.
    pub groups: Cow<'a, BTreeSet<GroupId>>,
    /// Since when and until when, lead and lag applied.
    pub window: Window,
    /// From when on the person may be made in Brivo, so that the groups are all that is left to do.
    pub prepare_from: Timestamp,
    /// From when on the person is to know the code that opens the door: before a booking starts, else with the window.
    pub notify_at: Timestamp,
    /// Whether only the settings before a change give it, and the change waits for approval.
    pub held_back: bool,
}

/// The fact that gives access.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fact<'a> {
    /// Groups were chosen for the person.
    Member(&'a MemberId),
    /// A membership, a booking or a pass.
    Entitlement(&'a Entitlement),
}

impl Fact<'_> {
    /// What the fact is about.
    pub fn subject(&self) -> Subject {
        match self {
            Self::Member(member) => Subject::new(SubjectKind::Member, member.as_str()),
            Self::Entitlement(entitlement) => entitlement.subject(),
        }
    }
}

/// Through whom an entitlement reaches a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Path<'a> {
    /// The person holds it.
    Own,
    /// A team of the person holds it.
    Team(&'a TeamId),
    /// Whoever pays for a team of the person holds it.
    PayingMember {
        /// The team.
        team: &'a TeamId,
        /// Who pays for it.
        payer: &'a MemberId,
    },
    /// The person is invited to it.
    Invitation,
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Own => f.write_str("own"),
            Self::Team(team) => write!(f, "team/{team}"),
            Self::PayingMember { team, payer } => write!(f, "team/{team} paid for by member/{payer}"),
            Self::Invitation => f.write_str("invitation"),
        }
    }
}

/// What names the groups of a reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gives<'a> {
    /// A mapping.
    Mapping(&'a Mapping),
    /// A choice for this person.
    PersonChoice,
    /// A choice for this subscription.
    SubscriptionChoice,
    /// The mapping of this plan, as it was when the subscription was first seen.
    CopyOfPlan(&'a str),
    /// The platform, by rules of its own.
    Platform,
    /// That the group was released, and the person was in it.
    Released,
}

impl fmt::Display for Gives<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Mapping(mapping) => write!(f, "{}/{}", mapping.kind.word(), mapping.id),
            Self::PersonChoice => f.write_str("choice per person"),
            Self::SubscriptionChoice => f.write_str("choice per subscription"),
            Self::CopyOfPlan(plan) => write!(f, "plan/{plan} as first seen"),
            Self::Platform => f.write_str("the platform's own rules"),
            Self::Released => f.write_str("released_groups"),
        }
    }
}

/// Every reason a person has, open, upcoming or over; none while the person is not active, or nobody can tell who it is.
pub fn reasons<'a>(rules: &'a Rulebook, facts: &'a MemberFacts) -> Vec<Reason<'a>> {
    // Most facts give one or two.
    let mut found = Vec::with_capacity(facts.entitlements.len().saturating_mul(2));
    let Some(member) = facts.member.as_ref().filter(|member| counts(member)) else {
        return found;
    };
    choice_reasons(rules, member, &mut found);
    for entitlement in &facts.entitlements {
        match entitlement {
            Entitlement::Booking(booking) => booking_reasons(rules, member, (entitlement, booking), &mut found),
            Entitlement::Membership(membership) => {
                membership_reasons(Source { rules, fact: entitlement, path: Path::Own }, membership, &mut found);
            }
            Entitlement::Pass(pass) => {
                pass_reasons(Source { rules, fact: entitlement, path: Path::Own }, pass, &mut found);
            }
        }
    }
    for team in &facts.teams {
        for entitlement in &team.entitlements {
            let source = Source { rules, fact: entitlement, path: Path::Team(&team.id) };
            match entitlement {
                // A booking is held by people; a team cannot have one.
                Entitlement::Booking(_) => {}
                Entitlement::Membership(membership) => membership_reasons(source, membership, &mut found),
                Entitlement::Pass(pass) => pass_reasons(source, pass, &mut found),
            }
        }
        for entitlement in team.payer.iter().flat_map(|payer| &payer.memberships) {
            if let (Entitlement::Membership(membership), Some(payer)) = (entitlement, &team.payer) {
                let path = Path::PayingMember { team: &team.id, payer: &payer.member };
                membership_reasons(Source { rules, fact: entitlement, path }, membership, &mut found);
            }
        }
    }
    found
}

/// The same, and the released groups that an active member is in through us: those stay, whatever the person holds. A group that
/// something names again is released no more.
pub fn reasons_with_released<'a>(rules: &'a Rulebook, facts: &'a MemberFacts, ledger: &Ledger) -> Vec<Reason<'a>> {
    let mut found = reasons(rules, facts);
    let Tenant { released_groups, accounts, .. } = rules.tenant();
    let member = facts.member.as_ref().filter(|member| counts(member) && !released_groups.is_empty());
    let Some(member) = member else { return found };
    for account in accounts {
        let Some(known) = ledger.accounts.get(&account.id).filter(|known| known.user.is_some()) else { continue };
        let released = released_groups.difference(rules.managed());
        let held: BTreeSet<GroupId> = released.filter(|group| known.groups.contains(group)).copied().collect();
        found.extend((!held.is_empty()).then(|| always(member, &account.id, (Gives::Released, Cow::Owned(held)))));
    }
    found
}

/// Whether a person can hold reasons at all.
fn counts(member: &Member) -> bool {
    member.is_active() && member.guest != Some(Guest::Disputed)
}

/// Why a chosen group is not given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum NotGiven {
    /// It may not be touched.
    Unmanaged,
    /// Nothing tells which Brivo account it is of.
    NoAccount,
}

/// Groups that were chosen for a person or a subscription and are not given, by the fact that names them.
pub fn choices_not_given(rules: &Rulebook, facts: &MemberFacts) -> BTreeMap<(Subject, NotGiven), BTreeSet<GroupId>> {
    let by_person = facts.member.iter().filter_map(|member| {
        Some((Fact::Member(&member.id).subject(), rules.account_at(None), Cow::Borrowed(member.door_access.get()?)))
    });
    let held = facts.entitlements.iter().chain(facts.teams.iter().flat_map(|team| &team.entitlements));
    let by_subscription = held.filter_map(|entitlement| {
        let (location, chosen) = match entitlement {
            Entitlement::Membership(membership) => {
                (location_of_membership(rules, membership), Cow::Borrowed(membership.groups.as_ref()?))
            }
            Entitlement::Pass(pass) => {
                (pass.location.as_ref(), Cow::Owned(pass.groups.as_ref()?.keys().copied().collect()))
            }
            Entitlement::Booking(_) => return None,
        };
        Some((entitlement.subject(), rules.account_at(location), chosen))
    });
    let mut not_given: BTreeMap<_, BTreeSet<GroupId>> = BTreeMap::new();
    for (fact, here, chosen) in by_person.chain(by_subscription) {
        for group in chosen.iter() {
            let cause = if !rules.managed().contains(group) {
                NotGiven::Unmanaged
            } else if here.or_else(|| account_naming(rules, *group)).is_none() {
                NotGiven::NoAccount
            } else {
                continue;
            };
            not_given.entry((fact.clone(), cause)).or_default().insert(*group);
        }
    }
    not_given
}

/// The account whose mappings name a group.
fn account_naming(rules: &Rulebook, group: GroupId) -> Option<&AccountId> {
    let naming = rules.tenant().mappings.iter().filter(|mapping| mapping.groups.contains(&group));
    agreed(naming.filter_map(|mapping| rules.account_at(mapping.location.as_ref())))
}

/// The groups of its plan that a membership takes a copy of when it is first seen; `None` where it takes none, and so follows the
/// mappings.
///
/// Of a plan that no mapping names it takes an empty copy, so that groups it gets later are for later subscriptions.
pub(crate) fn groups_to_copy(rules: &Rulebook, membership: &Membership) -> Option<BTreeSet<GroupId>> {
    let here = location_of_membership(rules, membership);
    let (copied, live): (Vec<_>, Vec<_>) =
        plan_mappings(rules, membership, here).partition(|(_, policy)| copies(policy));
    let takes_copy = !copied.is_empty() || (live.is_empty() && copies(rules.policy(here)));
    takes_copy.then(|| copied.into_iter().flat_map(|(mapping, _)| mapping.groups.iter().copied()).collect())
}

fn copies(policy: &Policy) -> bool {
    policy.source_of_groups == SourceOfGroups::PerSubscription
}

fn plan_mappings<'a>(
    rules: &'a Rulebook,
    membership: &'a Membership,
    here: Option<&'a LocationId>,
) -> impl Iterator<Item = (&'a Mapping, &'a Policy)> {
    let mapped = rules.mapped(MappingKind::Plan, &membership.plan, here);
    mapped.filter(|(mapping, _)| mapping.automatic.is_none() || mapping.automatic == membership.origin)
}

/// The standing reasons of groups chosen for this person, account by account.
fn choice_reasons<'a>(rules: &'a Rulebook, member: &'a Member, found: &mut Vec<Reason<'a>>) {
    let Some(chosen) = member.door_access.get() else { return };
    let chosen = by_account(rules, rules.account_at(None), Cow::Borrowed(chosen));
    found.extend(chosen.into_iter().map(|(account, groups)| always(member, account, (Gives::PersonChoice, groups))));
}

/// A reason of a person, and of nothing that could begin or end.
fn always<'a>(
    member: &'a Member,
    account: &'a AccountId,
    (gives, groups): (Gives<'a>, Cow<'a, BTreeSet<GroupId>>),
) -> Reason<'a> {
    Reason {
        fact: Fact::Member(&member.id),
        path: Path::Own,
        gives,
        account,
        groups,
        window: Window { from: Timestamp::MIN, until: None },
        prepare_from: Timestamp::MIN,
        notify_at: Timestamp::MIN,
        held_back: false,
    }
}

/// Chosen groups that may be touched, with the account each belongs to: the one of the place, or the one whose mappings name
/// the group.
fn by_account<'a>(
    rules: &'a Rulebook,
    here: Option<&'a AccountId>,
    chosen: Cow<'a, BTreeSet<GroupId>>,
) -> Vec<(&'a AccountId, Cow<'a, BTreeSet<GroupId>>)> {
    if let Some(account) = here {
        let managed = rules.managed();
        let groups = if chosen.is_subset(managed) {
            chosen
        } else {
            Cow::Owned(chosen.intersection(managed).copied().collect())
        };
        return if groups.is_empty() { Vec::new() } else { vec![(account, groups)] };
    }
    let mut groups: BTreeMap<&AccountId, BTreeSet<GroupId>> = BTreeMap::new();
    for group in chosen.iter() {
        if let Some(account) = account_naming(rules, *group) {
            groups.entry(account).or_default().insert(*group);
        }
    }
    groups.into_iter().map(|(account, groups)| (account, Cow::Owned(groups))).collect()
}

fn booking_reasons<'a>(
    rules: &'a Rulebook,
    member: &'a Member,
    (fact, booking): (&'a Entitlement, &'a Booking),
    found: &mut Vec<Reason<'a>>,
) {
    let stands = match booking.status {
        BookingStatus::Confirmed => booking.starts < booking.ends,
        BookingStatus::Tentative | BookingStatus::Cancelled => false,
    };
    let Some(path) = path_to(booking, member).filter(|_| stands) else { return };
    let window = |policy: &Policy| {
        let asked = match path {
            Path::Invitation => policy.invitees.contains(&booking.kind),
            Path::Own | Path::Team(_) | Path::PayingMember { .. } => true,
        };
        let known = member.guest.is_none() || policy.nonmembers == Nonmembers::Allow;
        (asked && known).then(|| Window::around(booking.starts, Some(booking.ends), policy.lead, policy.lag))
    };
    let location = booking.location.as_ref().or_else(|| rules.location_of_resource(&booking.resource));
    let at = Place::new(Source { rules, fact, path }, location);
    at.mapped(MappingKind::Resource, &booking.resource, window, found);
}

/// How a booking reaches a person: booked by or for them, or by an invitation.
pub(crate) fn path_to(booking: &Booking, member: &Member) -> Option<Path<'static>> {
    if booking.booker.as_ref().is_some_and(|booker| means(booker, member)) {
        Some(Path::Own)
    } else if booking.invitees.iter().any(|invitee| means(invitee, member)) {
        Some(Path::Invitation)
    } else {
        None
    }
}

fn membership_reasons<'a>(source: Source<'a>, membership: &'a Membership, found: &mut Vec<Reason<'a>>) {
    let rules = source.rules;
    let at = Place::new(source, location_of_membership(rules, membership));
    let window = |policy: &Policy| {
        let counts = stands(membership, policy) && reaches(membership, source.path, policy);
        counts.then_some(Window { from: membership.starts, until: membership.ends })
    };
    match &membership.groups {
        Some(chosen) => at.chosen((Gives::SubscriptionChoice, Cow::Borrowed(chosen)), window, found),
        None => at.planned(membership, window, found),
    }
    for product in &membership.products {
        at.mapped(MappingKind::Product, product, window, found);
    }
    let others = found.len();
    for resource in &membership.resources {
        let there = location_of_assigned(rules, membership, resource).or(at.location);
        assigned_reasons(Place { location: there, ..at }, resource, window, found);
    }
    if membership.resources.len() > 1 {
        drop_repeats(found, others);
    }
}

/// Keeps each reason after the first `others` once: two desks on one floor give the reason of that floor once.
fn drop_repeats(found: &mut Vec<Reason<'_>>, others: usize) {
    for reason in found.split_off(others) {
        if !found.iter().skip(others).any(|known| *known == reason) {
            found.push(reason);
        }
    }
}

/// Where a membership counts: as it says, else where all that is assigned through it lies.
fn location_of_membership<'a>(rules: &'a Rulebook, membership: &'a Membership) -> Option<&'a LocationId> {
    let resources = membership.resources.iter();
    let there = || agreed(resources.filter_map(|resource| location_of_assigned(rules, membership, resource)));
    membership.location.as_ref().or_else(there)
}

/// Whether a membership runs at all, inside its dates.
pub(crate) fn stands(membership: &Membership, policy: &Policy) -> bool {
    match membership.status {
        MembershipStatus::Active => true,
        MembershipStatus::Cancelled => membership.ends.is_some(),
        MembershipStatus::Paused => policy.paused == Paused::Keep,
    }
}

/// Whether a membership counts for those whom it reaches over `path`.
pub(crate) fn reaches(membership: &Membership, path: Path<'_>, policy: &Policy) -> bool {
    match path {
        Path::Own => true,
        Path::Team(_) => match policy.fanout {
            Fanout::CompanyAlways => true,
            Fanout::TeamIfUnassigned | Fanout::TeamIfPayer => membership.member.is_none(),
            Fanout::MemberOnly => false,
        },
        Path::PayingMember { .. } => match policy.fanout {
            Fanout::TeamIfPayer => true,
            Fanout::CompanyAlways | Fanout::TeamIfUnassigned | Fanout::MemberOnly => false,
        },
        Path::Invitation => false,
    }
}

/// Where an assigned desk or office lies: as it says, else where the membership counts, else as its mappings tell.
fn location_of_assigned<'a>(
    rules: &'a Rulebook,
    membership: &'a Membership,
    resource: &'a AssignedResource,
) -> Option<&'a LocationId> {
    let told = resource.location.as_ref().or(membership.location.as_ref());
    told.or_else(|| rules.location_of_resource(&resource.id))
}

/// What an assigned desk or office gives: its own groups, its floor's and its location's.
fn assigned_reasons<'a>(
    at: Place<'a>,
    resource: &'a AssignedResource,
    window: impl Fn(&Policy) -> Option<Window>,
    found: &mut Vec<Reason<'a>>,
) {
    at.mapped(MappingKind::Resource, &resource.id, &window, found);
    if let Some(floor) = &resource.floor {
        at.mapped(MappingKind::Floor, floor, &window, found);
    }
    if let Some(location) = at.location {
        at.mapped(MappingKind::Location, location.as_str(), &window, found);
    }
}

fn pass_reasons<'a>(source: Source<'a>, pass: &'a Pass, found: &mut Vec<Reason<'a>>) {
    let at = Place::new(source, pass.location.as_ref());
    let valid = |until: Option<Timestamp>| {
        let window = Window { from: pass.valid_from.unwrap_or(Timestamp::MIN), until };
        (pass.remaining != Some(0)).then_some(window)
    };
    let Some(told) = &pass.groups else {
        at.mapped(MappingKind::Pass, &pass.pass, |_| valid(pass.valid_until), found);
        return;
    };
    let mut by_end: BTreeMap<Option<Timestamp>, BTreeSet<GroupId>> = BTreeMap::new();
    for (group, until) in told {
        by_end.entry(*until).or_default().insert(*group);
    }
    for (until, groups) in by_end {
        at.chosen((Gives::Platform, Cow::Owned(groups)), |_| valid(until), found);
    }
}

/// Which fact gives, and how it reaches the person.
#[derive(Clone, Copy)]
struct Source<'a> {
    rules: &'a Rulebook,
    fact: &'a Entitlement,
    path: Path<'a>,
}

/// Where a fact counts; what the rules of all kinds of facts share.
#[derive(Clone, Copy)]
struct Place<'a> {
    source: Source<'a>,
    location: Option<&'a LocationId>,
}

impl<'a> Place<'a> {
    /// The fact's own location, else the tenant's only one.
    fn new(source: Source<'a>, location: Option<&'a LocationId>) -> Self {
        Self { source, location: location.or_else(|| source.rules.tenant().only_location()) }
    }

    /// The reasons of the mappings of one thing that count here, each in the window that its policy allows.
    fn mapped(
        &self,
        kind: MappingKind,
        id: &str,
        window: impl Fn(&Policy) -> Option<Window>,
        found: &mut Vec<Reason<'a>>,
    ) {
        for (mapping, policy) in self.source.rules.mapped(kind, id, self.location) {
            found.extend(self.due(Gives::Mapping(mapping), Cow::Borrowed(&mapping.groups), policy, window(policy)));
        }
    }

    /// The reasons of groups that a fact names itself; groups that are not managed are not applied.
    fn chosen(
        &self,
        (gives, chosen): (Gives<'a>, Cow<'a, BTreeSet<GroupId>>),
        window: impl Fn(&Policy) -> Option<Window>,
        found: &mut Vec<Reason<'a>>,
    ) {
        let rules = self.source.rules;
        let policy = rules.policy(self.location);
        for (account, groups) in by_account(rules, rules.account_at(self.location), chosen) {
            found.extend(self.due_in(account, (gives, groups), policy, window(policy)));
        }
    }

    /// The reasons of the plan of a membership: the groups of each mapping as it is, or what was copied of it where its policy says
    /// so. They were managed then, and later edits of the mapping leave them as they are.
    fn planned(
        &self,
        membership: &'a Membership,
        window: impl Fn(&Policy) -> Option<Window>,
        found: &mut Vec<Reason<'a>>,
    ) {
        let rules = self.source.rules;
        let gives = Gives::CopyOfPlan(&membership.plan);
        let mut unnamed = membership.copied.clone().unwrap_or_default();
        let mut copying = Vec::new();
        for (mapping, policy) in plan_mappings(rules, membership, self.location) {
            let Some(copied) = membership.copied.as_ref().filter(|_| copies(policy)) else {
                found.extend(self.due(Gives::Mapping(mapping), Cow::Borrowed(&mapping.groups), policy, window(policy)));
                continue;
            };
            let named = copied & &mapping.groups;
            unnamed.retain(|group| !named.contains(group));
            found.extend(self.due(gives, Cow::Owned(named), policy, window(policy)));
            copying.push(policy);
        }
        if copying.is_empty() {
            copying.extend([rules.policy(self.location)].into_iter().filter(|policy| copies(policy)));
        }
        // What no mapping of the plan names any more is given as all of them allow: a group does not reach more people than before
        // because it was taken out of the mapping that held it back.
        let allowed: Vec<_> = copying.iter().map_while(|policy| window(policy)).collect();
        if let (Some(policy), true) = (copying.first(), allowed.len() == copying.len()) {
            found.extend(self.due(gives, Cow::Owned(unnamed), policy, allowed.first().copied()));
        }
    }

    /// A reason; none where no account guards the place.
    fn due(
        &self,
        gives: Gives<'a>,
        groups: Cow<'a, BTreeSet<GroupId>>,
        policy: &Policy,
        window: Option<Window>,
    ) -> Option<Reason<'a>> {
        self.due_in(self.source.rules.account_at(self.location)?, (gives, groups), policy, window)
    }

    /// A reason; none without groups, or without an instant inside.
    fn due_in(
        &self,
        account: &'a AccountId,
        (gives, groups): (Gives<'a>, Cow<'a, BTreeSet<GroupId>>),
        policy: &Policy,
        window: Option<Window>,
    ) -> Option<Reason<'a>> {
        let window = window.filter(|window| !window.is_empty() && !groups.is_empty())?;
        let prepare_from = window.from.saturating_sub(policy.create_ahead).unwrap_or(Timestamp::MIN);
        let Source { fact, path, .. } = self.source;
        let notify_at = match fact {
            Entitlement::Booking(booking) => {
                booking.starts.saturating_sub(policy.notify_lead).unwrap_or(Timestamp::MIN)
            }
            Entitlement::Membership(_) | Entitlement::Pass(_) => window.from,
        };
        let fact = Fact::Entitlement(fact);
        Some(Reason { fact, path, gives, account, groups, window, prepare_from, notify_at, held_back: false })
    }
}
