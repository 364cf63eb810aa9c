//! A small operator and what happens there; groups are numbers, instants are minutes from midnight of 2 March 2026.

use std::collections::BTreeSet;

use domain::{
    AccountId, GroupId, LocationId, MemberId, Subject, TeamId,
    access::desired,
    facts::{
        AssignedResource, Booking, BookingKind, BookingStatus, Change, Entitlement, Member, MemberFacts, MemberPatch,
        MemberStatus, Membership, MembershipStatus, Pass, TeamFacts,
    },
    reasons::{Reason, reasons},
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
        accounts: vec![Account { id: account(), region: Region::Us }],
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

/// An active member who holds these entitlements and is in no team.
pub(crate) fn holding<E: Into<Held>>(held: impl IntoIterator<Item = E>) -> MemberFacts {
    let entitlements = held.into_iter().map(|held| held.into().0).collect();
    MemberFacts { member: Some(member("m1")), entitlements, teams: Vec::new() }
}

/// An active member of one team, which holds these entitlements.
pub(crate) fn in_team<E: Into<Held>>(held: impl IntoIterator<Item = E>) -> MemberFacts {
    let entitlements = held.into_iter().map(|held| held.into().0).collect();
    MemberFacts { teams: vec![TeamFacts { id: "t1".into(), entitlements }], ..holding([] as [Booking; 0]) }
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
        booker: Some("m1".into()),
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
    }
}

/// An assigned desk or office: its floor and location as given.
pub(crate) fn assigned(id: &str, floor: Option<&str>, location: Option<&str>) -> AssignedResource {
    AssignedResource { id: id.to_owned(), floor: floor.map(str::to_owned), location: location.map(LocationId::from) }
}

/// The groups due at an instant.
pub(crate) fn due(tenant: &Tenant, facts: &MemberFacts, now: Timestamp) -> BTreeSet<GroupId> {
    desired(&reasons(tenant, facts), &account(), now).group_ids()
}

/// The window of the only reason there is.
pub(crate) fn only_window(tenant: &Tenant, facts: &MemberFacts) -> domain::Window {
    let [Reason { window, .. }] = reasons(tenant, facts).try_into().expect("one reason");
    window
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

fn any_booking() -> impl Strategy<Value = Booking> {
    let statuses = vec![BookingStatus::Confirmed, BookingStatus::Tentative, BookingStatus::Cancelled];
    let id = prop::sample::select(vec!["b1", "b2"]);
    let resource = prop::sample::select(vec!["r1", "r2"]);
    let time = (any_instant(), any_instant(), prop::sample::select(statuses));
    (id, resource, any_location(), time, any_member_id()).prop_map(
        |(id, resource, location, (starts, ends, status), booker)| Booking {
            resource: resource.to_owned(),
            location,
            status,
            booker,
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

/// Facts of an active person, groups chosen for the person included.
pub(crate) fn any_facts() -> impl Strategy<Value = MemberFacts> {
    let team = |id: &'static str| {
        vec(any_entitlement(), 0..4).prop_map(move |entitlements| TeamFacts { id: id.into(), entitlements })
    };
    let chosen = option::weighted(0.3, any_groups());
    (chosen, vec(any_entitlement(), 0..5), (team("t1"), team("t2"))).prop_map(|(chosen, entitlements, (one, other))| {
        let door_access = chosen.map_or(Change::Keep, Change::Set);
        let mut person = member("m1");
        person.merge(MemberPatch { door_access, ..MemberPatch::default() }, Timestamp::UNIX_EPOCH);
        MemberFacts { member: Some(person), entitlements, teams: vec![one, other] }
    })
}

pub(crate) fn subject(name: &str) -> Subject {
    name.parse().unwrap()
}
