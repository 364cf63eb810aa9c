//! A full read, compared with what is known: what is missing from it is gone, unless so much is missing that the read is
//! doubted.
//!
//! A read that is empty never takes anything away by itself, and neither does one that lacks more than the breaker lets
//! through: of everything, or of all that is of one plan, one room or one kind of pass, so that a small plan cannot vanish
//! among many others. What is missing then waits for somebody's approval, or for a read that has it again. What it lists is
//! taken in either way, and what ends by time ends.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use crate::{
    LocationId, Subject, SubjectKind,
    breaker::Loss,
    facts::{BookingStatus, Entitlement},
    intake::Record,
};

/// What a full read lists whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scope {
    /// Which kinds of things.
    pub kinds: BTreeSet<SubjectKind>,
    /// Only what counts at this location; none means everywhere.
    pub location: Option<LocationId>,
    /// The instant it is true of.
    pub as_of: Timestamp,
}

impl Scope {
    /// Whether the read would list what this is a record of, were it still there: not if that was told after the read, is over,
    /// or gives nothing.
    fn covers(&self, kind: SubjectKind, record: &Record) -> bool {
        let told_by_then = match record {
            Record::Member(member) => member.status.as_of().is_some_and(|as_of| as_of <= self.as_of),
            Record::Team(team) => team.told.as_ref().is_some_and(|(as_of, _)| *as_of <= self.as_of),
            Record::Entitlement(entitlement) => entitlement.as_of <= self.as_of,
            Record::Address(_) => false,
        };
        let counts = match record {
            Record::Entitlement(record) => record.held.as_ref().is_some_and(|held| self.counts(held)),
            Record::Member(_) | Record::Team(_) | Record::Address(_) => self.location.is_none(),
        };
        self.kinds.contains(&kind) && record.is_there() && told_by_then && counts
    }

    fn counts(&self, held: &Entitlement) -> bool {
        let (location, gives_nothing) = match held {
            Entitlement::Membership(membership) => (&membership.location, false),
            Entitlement::Booking(booking) => (&booking.location, booking.status == BookingStatus::Cancelled),
            Entitlement::Pass(pass) => (&pass.location, pass.remaining == Some(0)),
        };
        let is_over = held.ends().is_some_and(|end| end <= self.as_of);
        let is_here = self.location.is_none() || self.location == *location;
        is_here && !is_over && !gives_nothing
    }
}

/// What a full read lists, against what is known.
#[derive(Clone, Debug)]
pub struct Comparison {
    scope: Scope,
    listed: BTreeSet<Subject>,
    /// By what they are of: plan, resource or kind of pass.
    of: BTreeMap<(SubjectKind, String), Loss>,
    all: Loss,
    missing: BTreeSet<Subject>,
}

impl Comparison {
    /// Of a read that lists these.
    pub fn new(scope: Scope, listed: BTreeSet<Subject>) -> Self {
        Self { scope, listed, of: BTreeMap::new(), all: Loss::default(), missing: BTreeSet::new() }
    }

    /// Counts one thing that is known.
    pub fn count(&mut self, subject: &Subject, record: &Record) {
        if !self.scope.covers(subject.kind, record) {
            return;
        }
        let is_missing = !self.listed.contains(subject);
        self.all.count(is_missing);
        self.of.entry((subject.kind, what_it_is_of(record))).or_default().count(is_missing);
        if is_missing {
            self.missing.insert(subject.clone());
        }
    }

    /// What is known and not listed.
    pub fn missing(&self) -> &BTreeSet<Subject> {
        &self.missing
    }

    /// How many things are missing, of how many that are known.
    pub fn all(&self) -> Loss {
        self.all
    }

    /// Whether what is missing is taken for gone only with somebody's approval.
    pub fn needs_approval(&self) -> bool {
        let is_empty = |kind: SubjectKind| !self.listed.iter().any(|listed| listed.kind == kind);
        let lacks_a_kind = self.missing.iter().any(|missing| is_empty(missing.kind));
        lacks_a_kind || !self.all.is_allowed() || self.of.values().any(|loss| !loss.is_allowed())
    }
}

fn what_it_is_of(record: &Record) -> String {
    let Record::Entitlement(record) = record else { return String::new() };
    match record.held.as_deref() {
        Some(Entitlement::Membership(membership)) => membership.plan.clone(),
        Some(Entitlement::Booking(booking)) => booking.resource.clone(),
        Some(Entitlement::Pass(pass)) => pass.pass.clone(),
        None => String::new(),
    }
}
