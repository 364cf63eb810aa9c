//! One thing of Spacebring's, be it delivered or read, and the facts it stands for.

use std::collections::BTreeSet;

use domain::{
    Subject,
    facts::Pass,
    intake::{EventKey, FINAL, News, What},
    tenant::Tenant,
};
use jiff::Timestamp;

use super::{
    booking::Reservation,
    company::Company,
    day_pass,
    member::{Left, Membership},
    subscription::Subscription,
};

/// One thing of Spacebring's.
pub(super) enum Entity {
    Booking(Reservation),
    Company(Company),
    DayPass(Pass),
    Left(Left),
    Membership(Membership),
    Subscription(Subscription),
    /// What was deleted, under every name it has here.
    Gone(BTreeSet<Subject>),
}

/// A piece of news before it is known what it came with.
pub(super) struct Piece {
    pub(super) subject: Subject,
    pub(super) as_of: Timestamp,
    pub(super) what: What,
}

impl Piece {
    pub(super) fn came_with(self, event: &EventKey) -> News {
        News { event: event.clone(), subject: self.subject, as_of: self.as_of, what: self.what }
    }
}

impl Entity {
    /// Everything whose record is needed to take the news in.
    pub(super) fn subjects(&self) -> BTreeSet<Subject> {
        match self {
            Self::Booking(reservation) => reservation.subjects(),
            Self::Company(company) => BTreeSet::from([company.subject()]),
            Self::DayPass(pass) => day_pass::subjects(pass),
            Self::Left(left) => BTreeSet::from([left.subject.clone()]),
            Self::Membership(membership) => membership.subjects(),
            Self::Subscription(subscription) => subscription.subjects(),
            Self::Gone(subjects) => subjects.clone(),
        }
    }

    /// When it was made, or last changed if that is told too.
    pub(super) fn made_on(&self) -> Option<Timestamp> {
        match self {
            Self::Booking(reservation) => Some(reservation.updated_on.unwrap_or(reservation.created_on)),
            Self::Membership(membership) => Some(membership.changed_on()),
            Self::Subscription(subscription) => Some(subscription.created_on),
            Self::Company(_) | Self::DayPass(_) | Self::Left(_) | Self::Gone(_) => None,
        }
    }

    /// When it last changed, if that is told: a subscription never tells.
    pub(super) fn changed_on(&self) -> Option<Timestamp> {
        match self {
            Self::Booking(reservation) => reservation.updated_on,
            Self::Membership(membership) => Some(membership.changed_on()),
            Self::Subscription(_) | Self::Company(_) | Self::DayPass(_) | Self::Left(_) | Self::Gone(_) => None,
        }
    }

    /// What it tells at an instant.
    ///
    /// What was deleted is gone for good: ids are UUIDs, which nobody uses again, and nothing in the API brings back what they
    /// meant.
    pub(super) fn pieces(&self, tenant: &Tenant, as_of: Timestamp) -> Vec<Piece> {
        match self {
            Self::Booking(reservation) => reservation.pieces(as_of),
            Self::Company(company) => company.pieces(tenant, as_of),
            Self::DayPass(pass) => day_pass::pieces(pass, as_of),
            Self::Left(left) => vec![left.piece(as_of)],
            Self::Membership(membership) => membership.pieces(tenant, as_of),
            Self::Subscription(subscription) => subscription.pieces(tenant, as_of),
            Self::Gone(subjects) => {
                let gone = |subject: &Subject| Piece { subject: subject.clone(), as_of: FINAL, what: What::Removed };
                subjects.iter().map(gone).collect()
            }
        }
    }
}
