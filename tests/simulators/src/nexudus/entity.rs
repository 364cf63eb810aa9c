//! The kinds of records, where they are found, and what their lists leave out.
//!
//! Source: developers.nexudus.com, list and single-record pages of each entity (2026-11-21).

use serde_json::{Map, Value};

use crate::form;

/// A record as Nexudus shows it.
pub(super) type Record = Map<String, Value>;

/// A kind of record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Entity {
    /// A customer; Nexudus says coworker.
    Coworker,
    /// A contract of a customer for a plan.
    CoworkerContract,
    /// A pass that a customer holds.
    CoworkerTimePass,
    /// A team of customers.
    Team,
    /// A booking of a resource.
    Booking,
    /// Something that can be booked.
    Resource,
    /// A location.
    Business,
    /// A time zone under its Windows name.
    SimpleTimeZone,
    /// A webhook.
    WebHook,
}

/// Every kind.
const ALL: [Entity; 9] = [
    Entity::Coworker,
    Entity::CoworkerContract,
    Entity::CoworkerTimePass,
    Entity::Team,
    Entity::Booking,
    Entity::Resource,
    Entity::Business,
    Entity::SimpleTimeZone,
    Entity::WebHook,
];

/// What single customers show and lists of them do not.
const ONLY_IN_SINGLE_COWORKER: &[&str] = &["CoworkerType", "MobilePhone", "AccessPincode", "KeyFobNumber"];

impl Entity {
    /// Where the records are, after the base address.
    pub(super) fn path(self) -> &'static str {
        match self {
            Self::Coworker => "/spaces/coworkers",
            Self::CoworkerContract => "/billing/coworkercontracts",
            Self::CoworkerTimePass => "/billing/coworkertimepasses",
            Self::Team => "/spaces/teams",
            Self::Booking => "/spaces/bookings",
            Self::Resource => "/spaces/resources",
            Self::Business => "/sys/businesses",
            Self::SimpleTimeZone => "/sys/simpletimezones",
            Self::WebHook => "/sys/webhooks",
        }
    }

    /// What the names of filters start with.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Coworker => "Coworker",
            Self::CoworkerContract => "CoworkerContract",
            Self::CoworkerTimePass => "CoworkerTimePass",
            Self::Team => "Team",
            Self::Booking => "Booking",
            Self::Resource => "Resource",
            Self::Business => "Business",
            Self::SimpleTimeZone => "SimpleTimeZone",
            Self::WebHook => "WebHook",
        }
    }

    /// The kind found at a path, and what follows its place there.
    pub(super) fn at(path: &str) -> Option<(Self, &str)> {
        ALL.into_iter().find_map(|entity| {
            let rest = path.strip_prefix(entity.path())?;
            let rest = rest.strip_prefix('/').or(rest.is_empty().then_some(""))?;
            Some((entity, rest))
        })
    }

    /// The role that a call with this verb takes.
    pub(super) fn role_of(self, method: &str, id: &str, query: &str) -> String {
        match method {
            "POST" => format!("{}-Create", self.name()),
            "PUT" => format!("{}-Edit", self.name()),
            _ => self.role(id, query),
        }
    }

    /// The role that a read of one record (`Coworker-Read`), of several by id, or of a list (`Coworker-List`) takes.
    fn role(self, id: &str, query: &str) -> String {
        let is_list = id.is_empty() && !form::pairs(query).contains_key("id");
        format!("{}-{}", self.name(), if is_list { "List" } else { "Read" })
    }

    /// A record as a list shows it: no collections, and of customers not all fields.
    pub(super) fn row(self, record: &Record) -> Record {
        let is_left_out = |name: &str| {
            self == Self::Coworker && (ONLY_IN_SINGLE_COWORKER.contains(&name) || is_numbered_custom(name))
        };
        record
            .iter()
            .filter(|(name, value)| !value.is_array() && !is_left_out(name))
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect()
    }
}

/// `Custom1` to `Custom30`.
fn is_numbered_custom(name: &str) -> bool {
    let number = name.strip_prefix("Custom");
    number.is_some_and(|number| number.parse::<u8>().is_ok())
}
