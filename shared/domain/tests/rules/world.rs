//! A small operator and what happens there; groups are numbers, instants are minutes from midnight of 2 March 2026.

use std::collections::{BTreeMap, BTreeSet};

use domain::{
    AccountId, AddressId, GroupId, LocationId, MemberId, Subject, TeamId, Window,
    access::{Desired, desired, next_change},
    facts::{
        AssignedResource, Attendee, Booking, BookingKind, BookingStatus, Change, Entitlement, Guest, Member,
        MemberFacts, MemberPatch, MemberStatus, Membership, MembershipStatus, Pass, Payer, TeamFacts,
    },
    reasons::reasons,
    rules::Rulebook,
    tenant::{Account, Location, Mapping, MappingKind, Platform, Region, Tenant},
};
use jiff::{SignedDuration, Timestamp};
use proptest::{
    collection::{btree_set, vec},
    option,
    prelude::*,
};

pub(crate) const NANOSECOND: SignedDuration = SignedDuration::from_nanos(1);
pub(crate) const PLATFORMS: [Platform; 5] =
    [Platform::Nexudus, Platform::Officernd, Platform::Spacebring, Platform::Coworks, Platform::Deskworks];

/// A day of minutes, for `at`.
pub(crate) const DAY: i64 = 24 * 60;

pub(crate) fn at(minute: i64) -> Timestamp {
    let midnight: Timestamp = "2026-03-02T00:00:00Z".parse().unwrap();
    midnight.checked_add(SignedDuration::from_mins(minute)).unwrap()
}

/// The instant of a time of day, `hh:mm`.
pub(crate) fn clock(time: &str) -> Timestamp {
    format!("2026-03-02T{time}:00Z").parse().unwrap()
}

pub(crate) fn groups(ids: &[i64]) -> BTreeSet<GroupId> {
    ids.iter().copied().map(GroupId).collect()
}

pub(crate) fn account() -> AccountId {
    "hq".into()
}

/// A tenant with two locations on one account.
pub(crate) fn tenant(platform: Platform, mappings: Vec<Mapping>) -> Tenant {
    Tenant {
        id: "acme".into(),
        platform,
        enabled: true,
        managed_groups: BTreeSet::new(),
        released_groups: BTreeSet::new(),
        hook_quiet_days: Tenant::HOOK_QUIET_DAYS,
        leavers_from: None,
        disconnected: BTreeMap::new(),
        code_mail: None,
        app_hook: None,
        accounts: vec![Account { id: account(), region: Region::Us, budget: None }],
        locations: vec![location("london", "Europe/London"), location("berlin", "Europe/Berlin")],
        mappings,
        doors: Vec::new(),
        policy: serde_json::from_str("{}").unwrap(),
    }
}

/// The same with London alone.
pub(crate) fn in_london(platform: Platform, mappings: Vec<Mapping>) -> Tenant {
    Tenant { locations: vec![location("london", "Europe/London")], ..tenant(platform, mappings) }
}

pub(crate) fn location(id: &str, time_zone: &str) -> Location {
    Location {
        id: id.into(),
        name: String::new(),
        time_zone: time_zone.to_owned(),
        account: account(),
        site: None,
        policy: serde_json::from_str("{}").unwrap(),
    }
}

/// A mapping from `kind/id`, with `@location` if it counts only there.
pub(crate) fn mapping(name: &str, ids: &[i64]) -> Mapping {
    let (kind, rest) = name.split_once('/').unwrap();
    let (id, location) = rest.split_once('@').map_or((rest, None), |(id, location)| (id, Some(location)));
    Mapping {
        from_platform: false,
        kind: serde_json::from_value::<MappingKind>(kind.into()).unwrap(),
        id: id.to_owned(),
        groups: groups(ids),
        location: location.map(LocationId::from),
        automatic: None,
        policy: serde_json::from_str("{}").unwrap(),
    }
}

pub(crate) fn member(id: &str) -> Member {
    let mut member = Member::unknown(id.into());
    let patch = MemberPatch { status: Change::Set(MemberStatus::Active), ..MemberPatch::default() };
    member.merge(patch, Timestamp::UNIX_EPOCH);
    member
}

/// An active member who has an e-mail address, by its digest.
pub(crate) fn addressed(id: &str, address: &str) -> Member {
    let mut member = member(id);
    let patch = MemberPatch { address: Change::Set(address.into()), ..MemberPatch::default() };
    member.merge(patch, Timestamp::UNIX_EPOCH);
    member
}

/// Whoever has the e-mail address `guest` and is no member.
pub(crate) fn guest() -> Member {
    Member { guest: Some(Guest::Alone), ..addressed("guest:guest", "guest") }
}

/// A member, as a booking names one.
pub(crate) fn by_id(id: &str) -> Attendee {
    Attendee::Member(id.into())
}

/// Whoever has an e-mail address.
pub(crate) fn by_address(address: &str) -> Attendee {
    Attendee::Address(address.into())
}

/// An active member who holds these entitlements and is in no team.
pub(crate) fn holding<E: Into<Held>>(held: impl IntoIterator<Item = E>) -> MemberFacts {
    let entitlements = held.into_iter().map(|held| held.into().0).collect();
    MemberFacts { member: Some(member("m1")), entitlements, teams: Vec::new() }
}

/// An active member of one team, which holds these entitlements.
pub(crate) fn in_team<E: Into<Held>>(held: impl IntoIterator<Item = E>) -> MemberFacts {
    let entitlements = held.into_iter().map(|held| held.into().0).collect();
    MemberFacts { teams: vec![TeamFacts { id: "t1".into(), entitlements, payer: None }], ..nothing() }
}

/// An active member of one team, for which m2 pays and holds these memberships.
pub(crate) fn paid_for(held: impl IntoIterator<Item = Membership>) -> MemberFacts {
    let memberships = held.into_iter().map(Entitlement::Membership).collect();
    let payer = Some(Payer { member: "m2".into(), memberships });
    MemberFacts { teams: vec![TeamFacts { id: "t1".into(), entitlements: Vec::new(), payer }], ..nothing() }
}

/// An active member who holds nothing.
pub(crate) fn nothing() -> MemberFacts {
    holding([] as [Booking; 0])
}

/// An entitlement, from any kind of fact.
pub(crate) struct Held(Entitlement);

impl From<Booking> for Held {
    fn from(booking: Booking) -> Self {
        Self(Entitlement::Booking(booking))
    }
}

impl From<Membership> for Held {
    fn from(membership: Membership) -> Self {
        Self(Entitlement::Membership(membership))
    }
}

impl From<Pass> for Held {
    fn from(pass: Pass) -> Self {
        Self(Entitlement::Pass(pass))
    }
}

/// A confirmed booking of `room` by m1.
pub(crate) fn booking(id: &str, starts: Timestamp, ends: Timestamp) -> Booking {
    Booking {
        id: id.to_owned(),
        resource: "room".to_owned(),
        kind: BookingKind::Room,
        location: None,
        starts,
        ends,
        status: BookingStatus::Confirmed,
        booker: Some(by_id("m1")),
        invitees: BTreeSet::new(),
    }
}

/// An endless membership of `plan`, held by m1 from minute 0 on.
pub(crate) fn membership(id: &str) -> Membership {
    Membership {
        id: id.to_owned(),
        plan: "plan".to_owned(),
        member: Some("m1".into()),
        team: None,
        location: None,
        starts: at(0),
        ends: None,
        status: MembershipStatus::Active,
        resources: Vec::new(),
        groups: None,
        copied: None,
        products: BTreeSet::new(),
        origin: None,
    }
}

/// A pass of kind `day` without dates and count, held by m1.
pub(crate) fn pass(id: &str) -> Pass {
    Pass {
        id: id.to_owned(),
        pass: "day".to_owned(),
        member: Some("m1".into()),
        team: None,
        location: None,
        remaining: None,
        valid_from: None,
        valid_until: None,
        groups: None,
    }
}

/// An assigned desk or office: its floor and location as given.
pub(crate) fn assigned(id: &str, floor: Option<&str>, location: Option<&str>) -> AssignedResource {
    AssignedResource { id: id.to_owned(), floor: floor.map(str::to_owned), location: location.map(LocationId::from) }
}

/// What the tenant's account should show at an instant.
pub(crate) fn wanted(tenant: &Tenant, facts: &MemberFacts, now: Timestamp) -> Desired {
    desired(&reasons(&Rulebook::new(tenant), facts), &account(), now)
}

/// The groups due at an instant.
pub(crate) fn due(tenant: &Tenant, facts: &MemberFacts, now: Timestamp) -> BTreeSet<GroupId> {
    wanted(tenant, facts, now).group_ids()
}

/// The window of every reason there is.
pub(crate) fn windows(tenant: &Tenant, facts: &MemberFacts) -> Vec<Window> {
    reasons(&Rulebook::new(tenant), facts).into_iter().map(|reason| reason.window).collect()
}

/// The window of the only reason there is.
pub(crate) fn only_window(tenant: &Tenant, facts: &MemberFacts) -> Window {
    let [window] = windows(tenant, facts).try_into().expect("one reason");
    window
}

/// The next instant at which something changes.
pub(crate) fn next(tenant: &Tenant, facts: &MemberFacts, now: Timestamp) -> Option<Timestamp> {
    next_change(&reasons(&Rulebook::new(tenant), facts), now)
}

/// A tenant of any platform with every kind of mapping, some of which share groups.
pub(crate) fn any_tenant() -> impl Strategy<Value = Tenant> {
    (any_platform(), any::<bool>()).prop_map(|(platform, alone)| {
        let mappings = vec![
            mapping("plan/a", &[1]),
            mapping("plan/b@london", &[1, 2]),
            mapping("product/x", &[3]),
            mapping("resource/r1", &[2, 3]),
            mapping("resource/r2@berlin", &[4]),
            mapping("floor/f1", &[5]),
            mapping("location/london", &[6]),
            mapping("pass/day", &[1, 5]),
        ];
        let locations = if alone { in_london } else { tenant };
        Tenant { managed_groups: groups(&[7]), ..locations(platform, mappings) }
    })
}

pub(crate) fn any_platform() -> impl Strategy<Value = Platform> {
    prop::sample::select(PLATFORMS.to_vec())
}

/// An instant of a few days, often the same as another.
pub(crate) fn any_instant() -> impl Strategy<Value = Timestamp> {
    (0i64..100).prop_map(|step| at(step.saturating_mul(30)))
}

fn any_location() -> impl Strategy<Value = Option<LocationId>> {
    prop::sample::select(vec![None, Some("london".into()), Some("berlin".into())])
}

fn any_groups() -> impl Strategy<Value = BTreeSet<GroupId>> {
    btree_set((1i64..9).prop_map(GroupId), 0..3)
}

fn any_member_id() -> impl Strategy<Value = Option<MemberId>> {
    prop::sample::select(vec![None, Some("m1".into()), Some("m2".into())])
}

fn any_team_id() -> impl Strategy<Value = Option<TeamId>> {
    prop::sample::select(vec![None, Some("t1".into()), Some("t2".into())])
}

fn any_resource() -> impl Strategy<Value = AssignedResource> {
    let id = prop::sample::select(vec!["r1", "r2"]);
    let floor = prop::sample::select(vec![None, Some("f1"), Some("f2")]);
    (id, floor, any_location())
        .prop_map(|(id, floor, location)| AssignedResource { location, ..assigned(id, floor, None) })
}

fn any_membership() -> impl Strategy<Value = Membership> {
    let statuses = vec![MembershipStatus::Active, MembershipStatus::Cancelled, MembershipStatus::Paused];
    let holders = (any_member_id(), any_team_id(), any_location());
    let time = (any_instant(), option::of(any_instant()), prop::sample::select(statuses));
    let content = (
        prop::sample::select(vec!["a", "b"]),
        vec(any_resource(), 0..3),
        option::weighted(0.3, any_groups()),
        prop::sample::select(vec![BTreeSet::new(), BTreeSet::from(["x".to_owned()])]),
    );
    let id = prop::sample::select(vec!["s1", "s2"]);
    (id, holders, time, content).prop_map(
        |(id, (member, team, location), (starts, ends, status), (plan, resources, groups, products))| Membership {
            plan: plan.to_owned(),
            member,
            team,
            location,
            starts,
            ends,
            status,
            resources,
            groups,
            products,
            ..membership(id)
        },
    )
}

fn any_attendee() -> impl Strategy<Value = Attendee> {
    let members = prop::sample::select(vec!["m1", "m2"]).prop_map(by_id);
    prop_oneof![members, any_address().prop_map(Attendee::Address)]
}

pub(crate) fn any_address() -> impl Strategy<Value = AddressId> {
    prop::sample::select(vec!["a", "b"]).prop_map(AddressId::from)
}

fn any_booking() -> impl Strategy<Value = Booking> {
    let statuses = vec![BookingStatus::Confirmed, BookingStatus::Tentative, BookingStatus::Cancelled];
    let id = prop::sample::select(vec!["b1", "b2"]);
    let resource = prop::sample::select(vec!["r1", "r2"]);
    let time = (any_instant(), any_instant(), prop::sample::select(statuses));
    let people = (option::weighted(0.8, any_attendee()), btree_set(any_attendee(), 0..3));
    let kinds = vec![BookingKind::Room, BookingKind::Room, BookingKind::Desk, BookingKind::Parking];
    let place = (prop::sample::select(kinds), any_location());
    (id, resource, place, time, people).prop_map(
        |(id, resource, (kind, location), (starts, ends, status), (booker, invitees))| Booking {
            resource: resource.to_owned(),
            kind,
            location,
            status,
            booker,
            invitees,
            ..booking(id, starts, ends)
        },
    )
}

fn any_pass() -> impl Strategy<Value = Pass> {
    let dates = (option::of(any_instant()), option::of(any_instant()));
    (any_member_id(), any_team_id(), any_location(), option::of(0u32..2), dates).prop_map(
        |(member, team, location, remaining, (valid_from, valid_until))| Pass {
            member,
            team,
            location,
            remaining,
            valid_from,
            valid_until,
            ..pass("p1")
        },
    )
}

pub(crate) fn any_entitlement() -> impl Strategy<Value = Entitlement> {
    prop_oneof![
        any_membership().prop_map(Entitlement::Membership),
        any_booking().prop_map(Entitlement::Booking),
        any_pass().prop_map(Entitlement::Pass),
    ]
}

/// Facts of an active person: groups chosen for them, what they hold, their teams and who pays for these.
///
/// The person has the address `a`, and is a member or a guest.
pub(crate) fn any_facts() -> impl Strategy<Value = MemberFacts> {
    let chosen = option::weighted(0.3, any_groups());
    let people = vec![addressed("m1", "a"), Member { guest: Some(Guest::Alone), ..addressed("guest:a", "a") }];
    let person = (prop::sample::select(people), chosen).prop_map(|(mut person, chosen)| {
        let door_access = chosen.map_or(Change::Keep, Change::Set);
        person.merge(MemberPatch { door_access, ..MemberPatch::default() }, Timestamp::UNIX_EPOCH);
        person
    });
    (person, vec(any_entitlement(), 0..5), (any_team("t1"), any_team("t2"))).prop_map(
        |(person, entitlements, (one, other))| MemberFacts {
            member: Some(person),
            entitlements,
            teams: vec![one, other],
        },
    )
}

/// A team, and what it and its paying member hold.
fn any_team(id: &'static str) -> impl Strategy<Value = TeamFacts> {
    let memberships = vec(any_membership().prop_map(Entitlement::Membership), 0..3);
    let payer = option::of(memberships.prop_map(|memberships| Payer { member: "m2".into(), memberships }));
    (vec(any_entitlement(), 0..4), payer).prop_map(|(entitlements, payer)| TeamFacts {
        id: id.into(),
        entitlements,
        payer,
    })
}

pub(crate) fn subject(name: &str) -> Subject {
    name.parse().unwrap()
}
