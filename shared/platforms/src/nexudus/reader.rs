//! Nexudus read list by list. What a list tells is what a hook about it would, and passes besides, of which no hook tells.
//!
//! Lists have numbered pages, from which a record slips to the page before if one before it is deleted. So they are read in the
//! order of ids, which only grow, and a page counts if it follows on what was seen: the record before it is one that was seen. If
//! it is not, the page before is read again.
//!
//! Rows leave things out. Who is in a team, and the desks of a contract whose row names none, are asked for record by record, as
//! are customers that changed; a customer in a list of all tells name, e-mail address and whether they are active, and keeps the
//! rest.

mod page;

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use domain::{
    LocationId, SubjectKind,
    full_read::Extent,
    snapshot::Scope,
    tenant::{MappingKind, Tenant},
};
use jiff::{SignedDuration, Timestamp};

use super::client::{Ask, Client, List, Row};
use crate::{
    PlatformError, Unreadable,
    fields::{Faults, Fields},
    reader::{Asked, Portion, next},
};

use page::Held;
pub(super) use page::pass_news;

/// The lists, people and teams before what they hold.
const LISTS: [Part; 6] =
    [Part::Customers, Part::Teams, Part::Contracts, Part::Bookings, Part::Passes, Part::UsedPasses];

/// How long to rest between calls: 120 a minute and 5000 an hour are allowed to all who ask, and more than a quarter is left to
/// others.
///
/// Source: developers.nexudus.com/reference/api-limitations, 2026-11.
const BETWEEN: Duration = Duration::from_secs(1);

/// How many records a page holds.
pub(super) const PAGE: u64 = 100;

/// How many records are read alone before what they tell is told, so that a read comes on in the seconds of a call on demand.
const TOGETHER: usize = 5;

/// From when on bookings are asked for: those that ended before the read began are over, whatever zone the filter is meant in.
const BOOKINGS_BEHIND: SignedDuration = SignedDuration::from_hours(24);

/// How long used passes are listed, so that whoever's pass was used since the last read is not missing one.
const USED_BEHIND: SignedDuration = SignedDuration::from_hours(7 * 24);

/// One of the lists that are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Customers,
    Teams,
    Contracts,
    Bookings,
    Passes,
    /// Those used of late; they are listed by themselves only in a read of everything.
    UsedPasses,
}

/// Reads one account.
#[derive(Debug)]
pub struct Reader {
    client: Client,
    aside: Aside,
    /// Where each resource is.
    resources: BTreeMap<String, LocationId>,
    /// A page that is not told yet.
    held: Option<Held>,
}

/// What is read before all lists, and the next page of it.
#[derive(Debug)]
enum Aside {
    /// The locations that the login sees, so far.
    Businesses(u64, BTreeSet<LocationId>),
    Resources(u64),
    Done,
}

impl Part {
    fn list(self) -> List {
        match self {
            Self::Customers => List::Coworkers,
            Self::Teams => List::Teams,
            Self::Contracts => List::Contracts,
            Self::Bookings => List::Bookings,
            Self::Passes | Self::UsedPasses => List::Passes,
        }
    }

    fn kind(self) -> SubjectKind {
        match self {
            Self::Customers => SubjectKind::Member,
            Self::Teams => SubjectKind::Team,
            Self::Contracts => SubjectKind::Membership,
            Self::Bookings => SubjectKind::Booking,
            Self::Passes | Self::UsedPasses => SubjectKind::Pass,
        }
    }

    /// Which of its records are asked for; none if the list is not.
    fn filters(self, asked: &Asked<'_>) -> Option<Vec<(String, String)>> {
        let entity = self.list().entity();
        let since = |instant: Timestamp| (format!("from_{entity}_UpdatedOn"), minute(instant));
        let before = |time: SignedDuration| asked.began.saturating_sub(time).unwrap_or(Timestamp::MIN);
        let used = |used: bool| (format!("{entity}_Used"), used.to_string());
        match (self, asked.extent) {
            (Self::Passes | Self::UsedPasses, _) if !maps(asked.tenant, MappingKind::Pass) => None,
            (Self::UsedPasses, Extent::Since(_)) => None,
            (_, Extent::Since(instant)) => Some(vec![since(instant)]),
            (Self::Customers | Self::Teams | Self::Contracts, Extent::Whole) => Some(Vec::new()),
            (Self::Bookings, Extent::Whole) => {
                Some(vec![("from_Booking_ToTime".to_owned(), minute(before(BOOKINGS_BEHIND)))])
            }
            (Self::Passes, Extent::Whole) => Some(vec![used(false)]),
            (Self::UsedPasses, Extent::Whole) => Some(vec![used(true), since(before(USED_BEHIND))]),
        }
    }
}

impl Reader {
    pub(crate) fn new(client: Client) -> Self {
        Self { client, aside: Aside::Businesses(1, BTreeSet::new()), resources: BTreeMap::new(), held: None }
    }

    pub(crate) fn scope(tenant: &Tenant, began: Timestamp) -> Scope {
        let kinds = [SubjectKind::Member, SubjectKind::Team, SubjectKind::Membership, SubjectKind::Booking];
        let passes = maps(tenant, MappingKind::Pass).then_some(SubjectKind::Pass);
        Scope::of_all(kinds.into_iter().chain(passes).collect(), began)
    }

    pub(crate) async fn read(&mut self, asked: &Asked<'_>) -> Result<Portion, PlatformError> {
        if self.read_aside(asked.tenant).await? {
            return Ok(Portion::aside(asked, BETWEEN));
        }
        let Some(part) = LISTS.get(asked.mark.list).copied() else { return Ok(Portion::default()) };
        let Some(filters) = part.filters(asked) else {
            return Ok(Portion { next: next(asked.mark, None, LISTS.len()), ..Portion::default() });
        };
        let Some(mut held) = self.held.take().filter(|held| held.of == *asked.mark) else {
            let held = self.page(part, &filters, asked).await?;
            return Ok(self.portion_of(held, asked));
        };
        match self.complete(part, &filters, &mut held).await {
            Ok(()) => Ok(self.portion_of(held, asked)),
            Err(error) => {
                self.held = Some(held);
                Err(error)
            }
        }
    }

    /// Reads a page of what is needed beside the lists, unless all of it is known.
    async fn read_aside(&mut self, tenant: &Tenant) -> Result<bool, PlatformError> {
        let ask = |list, page| Ask { list, page, size: PAGE, filters: &[] };
        let next = match &mut self.aside {
            Aside::Done => return Ok(false),
            Aside::Businesses(number, seen) => {
                let page = self.client.page(&ask(List::Businesses, *number)).await?;
                seen.extend(page.rows.iter().filter_map(|row| row.id).map(|id| LocationId::new(id.to_string())));
                if page.has_next {
                    Aside::Businesses(*number + 1, std::mem::take(seen))
                } else {
                    sees_all(tenant, seen)?;
                    Aside::Resources(1)
                }
            }
            Aside::Resources(number) => {
                let page = self.client.page(&ask(List::Resources, *number)).await?;
                let next = if page.has_next { Aside::Resources(*number + 1) } else { Aside::Done };
                self.resources.extend(page.rows.iter().filter_map(resource));
                next
            }
        };
        self.aside = next;
        Ok(true)
    }

    /// Whether any door depends on desks or offices, which are mapped as resources and are on the list of none.
    fn maps_desks(&self, tenant: &Tenant) -> bool {
        let mut mapped = tenant.mappings.iter().filter(|mapping| mapping.kind == MappingKind::Resource);
        mapped.any(|mapping| !self.resources.contains_key(&mapping.id))
    }
}

/// A login that does not see a location sees nothing of what is there, and all of it would be missing.
fn sees_all(tenant: &Tenant, seen: &BTreeSet<LocationId>) -> Result<(), PlatformError> {
    let unseen = tenant.locations.iter().filter(|location| !seen.contains(&location.id));
    let fault = |id: &LocationId| {
        format!(
            "locations: the login sees no location \"{id}\"; give each the id that it has there, and the login all of them"
        )
    };
    let faults: Vec<_> = unseen.map(|location| fault(&location.id)).collect();
    if faults.is_empty() { Ok(()) } else { Err(PlatformError::of_faults(Unreadable { faults })) }
}

/// Where a resource is. One that does not say so makes its bookings unreadable.
fn resource(row: &Row) -> Option<(String, LocationId)> {
    let mut faults = Faults::default();
    let business = Fields::of(&row.sent, &row.at, &mut faults).and_then(|mut it| it.required("BusinessId", super::id));
    Some((row.id?.to_string(), LocationId::new(business.ok()?)))
}

/// An instant as filters are written, which is to the minute.
pub(super) fn minute(instant: Timestamp) -> String {
    instant.strftime("%Y-%m-%dT%H:%M").to_string()
}

/// Whether any door depends on things of this kind.
pub(super) fn maps(tenant: &Tenant, kind: MappingKind) -> bool {
    tenant.mappings.iter().any(|mapping| mapping.kind == kind)
}
