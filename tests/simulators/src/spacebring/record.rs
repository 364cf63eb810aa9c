//! What the network keeps, and where its lists are.
//!
//! Source: `spec/openapi.json` (2026-08-20).

use serde_json::{Map, Value};

/// The kinds of records that have a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A location.
    Location,
    /// A membership.
    Membership,
    /// A membership that was deleted.
    DeletedMembership,
    /// A company.
    Company,
    /// A plan.
    Plan,
    /// A subscription.
    Subscription,
    /// A room, desk, office or parking lot.
    Resource,
    /// A booking.
    Booking,
}

/// Where each list is and under which name its answer has it.
const LISTS: [(Kind, &str, &str); 8] = [
    (Kind::Location, "/locations/v1", "locations"),
    (Kind::Membership, "/community/memberships/v1", "memberships"),
    (Kind::DeletedMembership, "/community/memberships/v1/deleted", "memberships"),
    (Kind::Company, "/community/companies/v1", "companies"),
    (Kind::Plan, "/plans/v1", "plans"),
    (Kind::Subscription, "/subscriptions/v1", "subscriptions"),
    (Kind::Resource, "/resources/v1", "resources"),
    (Kind::Booking, "/resources/bookings/v1", "bookings"),
];

impl Kind {
    /// The kind listed at a path, and the name of its list.
    pub(super) fn at(path: &str) -> Option<(Self, &'static str)> {
        LISTS.iter().find(|(_, at, _)| *at == path).map(|(kind, _, name)| (*kind, *name))
    }

    /// Every status that its list can be asked for; none if it has no such parameter.
    pub(super) fn statuses(self) -> &'static [&'static str] {
        match self {
            Self::Subscription => &["active", "scheduled", "incomplete", "incompleteExpired", "canceled"],
            Self::Booking => &["tentative", "confirmed", "canceled"],
            Self::Membership => &["requested", "approved"],
            Self::Location | Self::DeletedMembership | Self::Company | Self::Plan | Self::Resource => &[],
        }
    }

    /// Those of its statuses that a list does not show unless it is asked for them.
    pub(super) fn hidden(self) -> &'static [&'static str] {
        match self {
            Self::Subscription => &["incompleteExpired", "canceled"],
            Self::Booking => &["canceled"],
            Self::Location
            | Self::Membership
            | Self::DeletedMembership
            | Self::Company
            | Self::Plan
            | Self::Resource => &[],
        }
    }
}

/// A record as the API shows it.
pub(super) type Shown = Map<String, Value>;

/// A record, with what is known of it and not shown.
#[derive(Clone, Debug)]
pub(super) struct Record {
    pub(super) location: String,
    /// Empty for what has none.
    pub(super) status: String,
    pub(super) shown: Shown,
    /// How many weeks in a row it is repeated; 1 for once.
    pub(super) weeks: u32,
}

/// The members of an object.
pub(super) fn members(object: &Value) -> Shown {
    object.as_object().cloned().unwrap_or_default()
}

/// Shows one more member.
pub(super) fn show(shown: &mut Shown, name: &str, value: impl Into<Value>) {
    shown.insert(name.to_owned(), value.into());
}

/// A member that is a text.
pub(super) fn text<'s>(shown: &'s Shown, name: &str) -> Option<&'s str> {
    shown.get(name)?.as_str()
}
