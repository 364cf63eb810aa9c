//! A full read, compared with what is known: what is missing from it is gone, unless so much is missing that the read is
//! doubted.
//!
//! A read that is empty never takes anything away by itself, and neither does one that lacks more than the breaker lets
//! through: of all things of a kind, or of all that is of one plan, one room or one kind of pass, so that a small plan cannot
//! vanish among many others, nor a location among others. What the breaker lets through of a few is too much of a read: with
//! three people or more and thirty percent of a kind gone, or of those at a location, the read is doubted however small the
//! tenant is. What says less of a thing than is known counts like what is missing: a column that came out blank must not lock
//! anybody out either. Both then wait for somebody's approval, or for a read that is whole. What else it lists is taken in,
//! and what ends by time ends.
//!
//! A read that takes longer than one call keeps no list of what it told, only [`Seen`]. What it says of a thing is taken in at once
//! then, as a delivery would be, and only what is missing waits.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use jiff::Timestamp;

use crate::{
    LocationId, Subject, SubjectKind, TeamId,
    breaker::Loss,
    facts::{BookingStatus, Entitlement, Holder},
    intake::{HINT, News, Record, What},
};

mod lessening;

use lessening::lessens;

/// How many people a small tenant's read must lack for it to be doubted.
const DOUBTED_FROM: usize = 3;

/// How many tenths of all those people they must be.
const DOUBTED_TENTHS: usize = 3;

/// What a full read lists whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scope {
    /// Which kinds of things.
    pub kinds: BTreeSet<SubjectKind>,
    /// Only what counts at this location; none means everywhere.
    pub location: Option<LocationId>,
    /// The instant it is true of.
    pub as_of: Timestamp,
    /// Bookings that start later are not asked for; none means that all are.
    pub bookings_until: Option<Timestamp>,
}

impl Scope {
    /// Of a list of all things of these kinds, everywhere and at any time.
    pub fn of_all(kinds: BTreeSet<SubjectKind>, as_of: Timestamp) -> Self {
        Self { kinds, location: None, as_of, bookings_until: None }
    }

    /// Whether the read would list what this is a record of, were it still there: not if that was told after the read, is over,
    /// or gives nothing.
    fn covers(&self, kind: SubjectKind, record: &Record) -> bool {
        let told_by_then = match record {
            // Whoever is known from a booking alone was never on a list that this could lack.
            Record::Member(member) => member.status.as_of().is_some_and(|as_of| as_of > HINT && as_of <= self.as_of),
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
        let is_not_asked_for = match held {
            Entitlement::Membership(_) => false,
            Entitlement::Booking(booking) => {
                booking.status == BookingStatus::Cancelled
                    || self.bookings_until.is_some_and(|until| booking.starts > until)
            }
            // What the platform works out itself stands on no list.
            Entitlement::Pass(pass) => pass.remaining == Some(0) || pass.groups.is_some(),
        };
        let is_over = held.ends().is_some_and(|end| end <= self.as_of);
        let is_here = self.location.is_none() || self.location.as_ref() == held.location();
        is_here && !is_over && !is_not_asked_for
    }
}

/// What a full read says, against what is known.
#[derive(Clone, Debug)]
pub struct Comparison<'a> {
    scope: Scope,
    listed: Listed<'a>,
    losses: BTreeMap<Class, Loss>,
    /// How many people are in each team that was counted.
    sizes: BTreeMap<TeamId, usize>,
    known: usize,
    missing: BTreeSet<Subject>,
    lessened: BTreeSet<Subject>,
}

/// What a read lists.
#[derive(Clone, Debug)]
enum Listed<'a> {
    /// With what it says of each thing.
    Told(BTreeMap<&'a Subject, &'a What>),
    /// That it does.
    Seen(&'a Seen),
}

/// What a read of many pages has listed, in little room.
#[derive(Clone, Debug)]
pub struct Seen {
    digest: fn(&Subject) -> u64,
    digests: HashSet<u64>,
    places: BTreeSet<Place>,
}

/// Where a read has listed something of a kind: somewhere, or at a location.
pub type Place = (SubjectKind, Option<LocationId>);

impl Seen {
    /// These digests of subjects, of things at these places.
    pub fn new(
        digest: fn(&Subject) -> u64,
        digests: impl IntoIterator<Item = u64>,
        places: impl IntoIterator<Item = Place>,
    ) -> Self {
        Self { digest, digests: digests.into_iter().collect(), places: places.into_iter().collect() }
    }
}

/// Where something is listed that is said to be this.
pub fn places(subject: &Subject, what: &What) -> BTreeSet<Place> {
    let location = match what {
        What::Entitlement(told) => told.location().cloned(),
        What::Member(_) | What::Team(_) | What::Contact(_) | What::Removed => None,
    };
    BTreeSet::from([(subject.kind, None), (subject.kind, location)])
}

/// Things whose people are counted together: all of a kind, those of a location, and those that are of the same plan, resource or
/// kind of pass there.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Class {
    kind: SubjectKind,
    location: Option<LocationId>,
    of: Option<String>,
}

impl<'a> Comparison<'a> {
    /// Of a read that says this; it lists what it says something of.
    pub fn new(scope: Scope, news: &'a [News]) -> Self {
        let listed = news.iter().filter(|piece| scope.kinds.contains(&piece.subject.kind));
        let told = listed.map(|piece| (&piece.subject, &piece.what)).collect();
        Self::with(scope, Listed::Told(told))
    }

    /// Of a read that has seen these; what it said of them counts already.
    pub fn of_seen(scope: Scope, seen: &'a Seen) -> Self {
        Self::with(scope, Listed::Seen(seen))
    }

    fn with(scope: Scope, listed: Listed<'a>) -> Self {
        Self {
            scope,
            listed,
            losses: BTreeMap::new(),
            sizes: BTreeMap::new(),
            known: 0,
            missing: BTreeSet::new(),
            lessened: BTreeSet::new(),
        }
    }

    /// Counts one thing that is known, and for the breaker everybody whom it gives something; teams come before what they hold.
    pub fn count(&mut self, subject: &Subject, record: &Record) {
        let people = self.people(subject, record);
        let (is_listed, told) = match &self.listed {
            Listed::Told(told) => (told.contains_key(subject), told.get(subject)),
            Listed::Seen(seen) => (seen.digests.contains(&(seen.digest)(subject)), None),
        };
        // A person is not missing from the list of a location, but what it says of one counts.
        let says_of_person = is_listed && matches!(record, Record::Member(_) | Record::Team(_)) && record.is_there();
        if !says_of_person && !self.scope.covers(subject.kind, record) {
            return;
        }
        let is_lessened = told.is_some_and(|what| lessens(record, what));
        self.known = self.known.saturating_add(1);
        for class in classes(subject.kind, record) {
            self.losses.entry(class).or_default().count_people(people, !is_listed || is_lessened);
        }
        if !is_listed {
            self.missing.insert(subject.clone());
        } else if is_lessened {
            self.lessened.insert(subject.clone());
        }
    }

    /// How many people depend on a thing; one at least.
    fn people(&mut self, subject: &Subject, record: &Record) -> usize {
        let people = match record {
            Record::Member(_) | Record::Address(_) => 1,
            Record::Team(team) => {
                let everyone = team.everyone().len();
                self.sizes.insert(TeamId::new(&subject.id), everyone);
                everyone
            }
            Record::Entitlement(record) => {
                let of = |holder: &Holder| match holder {
                    Holder::Member(_) | Holder::Address(_) => 1,
                    Holder::Team(team) => self.sizes.get(team).copied().unwrap_or(1),
                };
                record.holders.iter().map(of).fold(0, usize::saturating_add)
            }
        };
        people.max(1)
    }

    /// What is known and not listed.
    pub fn missing(&self) -> &BTreeSet<Subject> {
        &self.missing
    }

    /// What is listed and gives less than what is known.
    pub fn lessened(&self) -> &BTreeSet<Subject> {
        &self.lessened
    }

    /// How many things are known.
    pub fn known(&self) -> usize {
        self.known
    }

    /// Whether what is missing or gives less takes anything away only with somebody's approval.
    pub fn needs_approval(&self) -> bool {
        let is_empty = |class: &Class| !self.lists(&(class.kind, class.location.clone()));
        let is_doubted = |class: &Class, loss: &Loss| {
            class.of.is_none() && (is_share(*loss) || (loss.losers > 0 && is_empty(class)))
        };
        self.losses.iter().any(|(class, loss)| !loss.is_allowed() || is_doubted(class, loss))
    }

    fn lists(&self, place: &Place) -> bool {
        match &self.listed {
            Listed::Told(told) => told.iter().any(|(subject, what)| places(subject, what).contains(place)),
            Listed::Seen(seen) => seen.places.contains(place),
        }
    }
}

/// Whether so large a share of a kind is lost that the read is doubted.
fn is_share(loss: Loss) -> bool {
    let tenths = loss.losers.saturating_mul(10);
    loss.losers >= DOUBTED_FROM && tenths >= loss.holders.saturating_mul(DOUBTED_TENTHS)
}

fn classes(kind: SubjectKind, record: &Record) -> BTreeSet<Class> {
    let held = match record {
        Record::Entitlement(record) => record.held.as_deref(),
        Record::Member(_) | Record::Team(_) | Record::Address(_) => None,
    };
    let location = held.and_then(Entitlement::location).cloned();
    let of = held.map(|held| match held {
        Entitlement::Membership(membership) => membership.plan.clone(),
        Entitlement::Booking(booking) => booking.resource.clone(),
        Entitlement::Pass(pass) => pass.pass.clone(),
    });
    BTreeSet::from([
        Class { kind, location: None, of: None },
        Class { kind, location: location.clone(), of: None },
        Class { kind, location, of },
    ])
}
