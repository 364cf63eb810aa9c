//! What the platform says: people, teams and the entitlements that can give access.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{AddressId, GroupId, LocationId, MemberId, Subject, SubjectKind, TeamId};

mod member;
pub use member::{Change, Guest, Member, MemberPatch, MemberStatus, Stamped};

/// A company or team.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Team {
    /// The platform's id.
    pub id: TeamId,
    /// Whom the team names as its members.
    pub members: BTreeSet<MemberId>,
    /// Who pays for the team.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paying_member: Option<MemberId>,
}

/// A contract, plan subscription or recurring billing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Membership {
    /// The platform's id.
    pub id: String,
    /// What is subscribed to.
    pub plan: String,
    /// The person it is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub member: Option<MemberId>,
    /// The team that holds it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub team: Option<TeamId>,
    /// Where it counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location: Option<LocationId>,
    /// First instant.
    pub starts: Timestamp,
    /// First instant after; a civil end date was inclusive and has become the next midnight.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ends: Option<Timestamp>,
    /// Whether it runs, was cancelled (and then ends at `ends`) or is paused.
    pub status: MembershipStatus,
    /// Desks and offices assigned through it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub resources: Vec<AssignedResource>,
    /// Groups chosen for this subscription in place of the plan's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub groups: Option<BTreeSet<GroupId>>,
    /// The plan's groups as they were when this subscription was first seen, where the policy takes a copy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub copied: Option<BTreeSet<GroupId>>,
    /// Products bought with it.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub products: BTreeSet<String>,
    /// Who made it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<Origin>,
}

/// The state of a membership.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MembershipStatus {
    /// Runs from `starts` to `ends`.
    Active,
    /// Runs out at `ends`; without an end it gives nothing.
    Cancelled,
    /// Set aside; policy `paused` says whether access goes on.
    Paused,
}

/// Who made a membership.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// The operator's staff.
    Staff,
    /// The member, on the public sign-up page.
    PublicSignup,
}

/// A desk or an office given through a membership.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AssignedResource {
    /// The platform's id of the desk or office.
    pub id: String,
    /// The floor it stands on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub floor: Option<String>,
    /// Where it lies; without one it lies where the membership counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location: Option<LocationId>,
}

/// A reserved room, desk, parking lot or office.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Booking {
    /// The platform's id.
    pub id: String,
    /// What is reserved.
    pub resource: String,
    /// What sort of thing is reserved.
    pub kind: BookingKind,
    /// Where it lies, if the platform says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location: Option<LocationId>,
    /// First instant.
    pub starts: Timestamp,
    /// First instant after; later than `starts` unless cancelled.
    pub ends: Timestamp,
    /// Whether it stands.
    pub status: BookingStatus,
    /// For whom. A booking without anybody gives nobody access.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub booker: Option<Attendee>,
    /// Who is invited to it.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub invitees: BTreeSet<Attendee>,
}

/// A person as a booking names them.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Attendee {
    /// A member, by the platform's id.
    Member(MemberId),
    /// Whoever has this e-mail address: the one member who has it, or else a guest.
    Address(AddressId),
}

/// What sort of thing is reserved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BookingKind {
    /// A meeting room.
    Room,
    /// A desk.
    Desk,
    /// A parking lot.
    Parking,
    /// An office.
    Office,
    /// Anything else.
    Other,
}

/// Whether a booking stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BookingStatus {
    /// Stands.
    Confirmed,
    /// Awaits approval; gives no access.
    Tentative,
    /// Does not stand any more.
    Cancelled,
}

/// A day pass or the like.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pass {
    /// The platform's id of this pass.
    pub id: String,
    /// The kind of pass, by the platform's id.
    pub pass: String,
    /// The person who holds it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub member: Option<MemberId>,
    /// The team that holds it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub team: Option<TeamId>,
    /// Where it counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location: Option<LocationId>,
    /// Uses left; a pass without a count is not used up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remaining: Option<u32>,
    /// First instant of validity.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_from: Option<Timestamp>,
    /// First instant after validity; a civil end date was inclusive.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_until: Option<Timestamp>,
    /// Groups that the platform works out itself, each with the first instant after its end, in place of those that mappings give
    /// this kind of pass.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub groups: Option<BTreeMap<GroupId, Option<Timestamp>>>,
}

/// An entitlement: a fact that can give access to whoever holds it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Entitlement {
    /// A membership.
    Membership(Membership),
    /// A booking.
    Booking(Booking),
    /// A pass.
    Pass(Pass),
}

impl Entitlement {
    /// What this is a fact about.
    pub fn subject(&self) -> Subject {
        match self {
            Self::Membership(membership) => Subject::new(SubjectKind::Membership, &membership.id),
            Self::Booking(booking) => Subject::new(SubjectKind::Booking, &booking.id),
            Self::Pass(pass) => Subject::new(SubjectKind::Pass, &pass.id),
        }
    }

    /// Who holds it: persons, a team, or both.
    pub fn holders(&self) -> BTreeSet<Holder> {
        let (member, team) = match self {
            Self::Membership(membership) => (&membership.member, &membership.team),
            Self::Booking(booking) => {
                return booking.booker.iter().chain(&booking.invitees).map(Holder::from).collect();
            }
            Self::Pass(pass) => (&pass.member, &pass.team),
        };
        let member = member.iter().cloned().map(Holder::Member);
        member.chain(team.iter().cloned().map(Holder::Team)).collect()
    }

    /// Where it says that it counts.
    pub fn location(&self) -> Option<&LocationId> {
        match self {
            Self::Membership(membership) => membership.location.as_ref(),
            Self::Booking(booking) => booking.location.as_ref(),
            Self::Pass(pass) => pass.location.as_ref(),
        }
    }

    /// The instant after which it cannot give access any more, lag left out; `None` while it has no end.
    pub fn ends(&self) -> Option<Timestamp> {
        match self {
            Self::Membership(membership) => membership.ends,
            Self::Booking(booking) => Some(booking.ends),
            Self::Pass(pass) => pass.valid_until,
        }
    }
}

/// Who holds an entitlement.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Holder {
    /// A person.
    Member(MemberId),
    /// A team.
    Team(TeamId),
    /// Whoever has an e-mail address.
    Address(AddressId),
}

impl From<&Attendee> for Holder {
    fn from(attendee: &Attendee) -> Self {
        match attendee {
            Attendee::Member(member) => Self::Member(member.clone()),
            Attendee::Address(address) => Self::Address(address.clone()),
        }
    }
}

/// A team as one of its members sees it: what the team holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TeamFacts {
    /// Which team.
    pub id: TeamId,
    /// What the team holds.
    pub entitlements: Vec<Entitlement>,
    /// Who pays for the team, if it is somebody else, and what memberships that person holds.
    pub payer: Option<Payer>,
}

/// Somebody who pays for a team, as another of its members sees them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Payer {
    /// Who.
    pub member: MemberId,
    /// Their memberships.
    pub memberships: Vec<Entitlement>,
}

impl Payer {
    /// What somebody of whom this is known shares: nothing as long as nobody has told of them, and nothing once they are gone.
    /// See R22.
    pub fn of(id: MemberId, known: Option<&Member>, mut held: Vec<Entitlement>) -> Option<Self> {
        held.retain(|entitlement| matches!(entitlement, Entitlement::Membership(_)));
        known.filter(|member| member.is_there()).map(|_| Self { member: id, memberships: held })
    }
}

/// All that is known of one person.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MemberFacts {
    /// The person, once known.
    pub member: Option<Member>,
    /// What the person holds.
    pub entitlements: Vec<Entitlement>,
    /// The person's teams.
    pub teams: Vec<TeamFacts>,
}
