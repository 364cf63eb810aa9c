//! What a fact is about: one thing of the platform, by kind and id.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// The kinds of things facts are about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SubjectKind {
    /// A person.
    Member,
    /// A company or team.
    Team,
    /// A contract, plan subscription or billing.
    Membership,
    /// A reserved room, desk, parking lot or office.
    Booking,
    /// A day pass or the like.
    Pass,
    /// An e-mail address, by its digest: whoever has it.
    Address,
}

impl SubjectKind {
    /// The word used in event types and subjects.
    pub fn word(self) -> &'static str {
        match self {
            Self::Member => "member",
            Self::Team => "team",
            Self::Membership => "membership",
            Self::Booking => "booking",
            Self::Pass => "pass",
            Self::Address => "address",
        }
    }
}

/// One thing of the platform: `booking/b7`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Subject {
    /// What kind of thing.
    pub kind: SubjectKind,
    /// The platform's id.
    pub id: String,
}

impl Subject {
    /// `kind/id`.
    pub fn new(kind: SubjectKind, id: impl Into<String>) -> Self {
        Self { kind, id: id.into() }
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.kind.word(), self.id)
    }
}

/// The text is not `kind/id`.
#[derive(Debug, thiserror::Error)]
#[error("a subject is member/ID, team/ID, membership/ID, booking/ID, pass/ID or address/ID")]
pub struct NotASubject;

impl FromStr for Subject {
    type Err = NotASubject;

    fn from_str(text: &str) -> Result<Self, NotASubject> {
        let (word, id) = text.split_once('/').ok_or(NotASubject)?;
        let kind = match word {
            "member" => SubjectKind::Member,
            "team" => SubjectKind::Team,
            "membership" => SubjectKind::Membership,
            "booking" => SubjectKind::Booking,
            "pass" => SubjectKind::Pass,
            "address" => SubjectKind::Address,
            _ => return Err(NotASubject),
        };
        if id.is_empty() { Err(NotASubject) } else { Ok(Self::new(kind, id)) }
    }
}

impl Serialize for Subject {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Subject {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from)?.parse().map_err(serde::de::Error::custom)
    }
}
