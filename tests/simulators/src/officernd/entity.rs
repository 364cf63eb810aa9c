//! The kinds of records and where they are found.
//!
//! Source: developer.officernd.com/reference (2026-11-21).

use serde_json::{Map, Value};

/// A record as version 2 of the API shows it.
pub(super) type Record = Map<String, Value>;

/// A kind of record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Entity {
    /// A person.
    Member,
    /// A company; version 1 says team.
    Company,
    /// A membership.
    Membership,
    /// A booking; a series is one record.
    Booking,
    /// A day pass.
    Pass,
    /// A location; version 1 says office.
    Location,
    /// A floor.
    Floor,
    /// Something that can be booked or assigned.
    Resource,
    /// Which resource a membership occupies.
    Assignment,
    /// Somebody who is invited.
    Visitor,
}

/// Every kind.
const ALL: [Entity; 10] = [
    Entity::Member,
    Entity::Company,
    Entity::Membership,
    Entity::Booking,
    Entity::Pass,
    Entity::Location,
    Entity::Floor,
    Entity::Resource,
    Entity::Assignment,
    Entity::Visitor,
];

impl Entity {
    /// The part of the path after the organization.
    pub(super) fn path(self) -> &'static str {
        match self {
            Self::Member => "members",
            Self::Company => "companies",
            Self::Membership => "memberships",
            Self::Booking => "bookings",
            Self::Pass => "passes",
            Self::Location => "locations",
            Self::Floor => "floors",
            Self::Resource => "resources",
            Self::Assignment => "assignments",
            Self::Visitor => "visitors",
        }
    }

    /// What a token must allow for reading it.
    pub(super) fn scope(self) -> &'static str {
        match self {
            Self::Member => "flex.community.members.read",
            Self::Company => "flex.community.companies.read",
            Self::Membership => "flex.community.memberships.read",
            Self::Visitor => "flex.community.visitors.read",
            Self::Booking => "flex.space.bookings.read",
            Self::Pass => "flex.space.passes.read",
            Self::Location => "flex.space.locations.read",
            Self::Floor => "flex.space.floors.read",
            Self::Resource => "flex.space.resources.read",
            Self::Assignment => "flex.space.assignments.read",
        }
    }

    /// The kind found under a part of a path.
    pub(super) fn at(path: &str) -> Option<Self> {
        ALL.into_iter().find(|entity| entity.path() == path)
    }
}
