//! Spacebring read list by list, location by location.

use std::{collections::BTreeMap, time::Duration};

use domain::{
    LocationId, MemberId, Subject, SubjectKind, TeamId,
    facts::{BookingKind, BookingStatus},
    full_read::{Mark, true_of},
    intake::EventKey,
    snapshot::Scope,
    tenant::{Mapping, MappingKind, Tenant},
};
use jiff::{SignedDuration, Timestamp};

use super::{Bookings, Client, Cursor, Customer, Page, Plan, Resource, Told, subscription::subjects_of};
use crate::{
    PlatformError,
    reader::{Asked, Portion, next},
};

/// The lists of a location, people and companies before what they hold.
const LISTS: [List; 8] = [
    List::Memberships,
    List::DeletedMemberships,
    List::Companies,
    List::Subscriptions,
    List::Bookings(BookingStatus::Confirmed),
    List::Bookings(BookingStatus::Tentative),
    List::Bookings(BookingStatus::Cancelled),
    List::DayPasses,
];

/// The lists of a location that say what gives which groups, read if the tenant document wants that.
const LISTS_OF_GROUPS: [List; 2] = [List::Plans, List::Resources];

/// How far ahead bookings are asked for; what starts later comes with a later read, or by its hook.
const AHEAD: SignedDuration = SignedDuration::from_hours(35 * 24);

/// How long to rest between calls, of which ten a second are allowed to all who read the network.
///
/// Source: developer.spacebring.com, rate limits, 2026-11.
const BETWEEN: Duration = Duration::from_millis(125);

#[derive(Clone, Copy, PartialEq, Eq)]
enum List {
    Memberships,
    DeletedMemberships,
    Companies,
    Subscriptions,
    Bookings(BookingStatus),
    DayPasses,
    Plans,
    Resources,
}

/// Reads one network.
#[derive(Debug)]
pub struct Reader {
    client: Client,
    reads_groups: bool,
    /// What sort of thing each resource of a location is.
    kinds: Gathered<BTreeMap<String, BookingKind>>,
    /// Whose day passes are to be asked for at a location, the next last.
    customers: Gathered<Customers>,
}

/// Whoever can hold day passes.
#[derive(Debug, Default)]
struct Customers {
    left: Vec<Customer>,
    /// Whether there are more, who do not tell who they are.
    are_not_all: bool,
}

/// Something gathered from the pages of a location.
#[derive(Debug, Default)]
struct Gathered<T> {
    of: Option<LocationId>,
    all: T,
    stage: Stage,
}

/// How far that is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
enum Stage {
    #[default]
    Begins,
    First(Cursor),
    /// The first of two lists is done.
    Second(Option<Cursor>),
    Done,
}

impl<T: Default> Gathered<T> {
    /// Begins anew at another location.
    fn at(&mut self, location: &LocationId) {
        if self.of.as_ref() != Some(location) {
            *self = Self { of: Some(location.clone()), ..Self::default() };
        }
    }
}

impl Reader {
    /// With `reads_groups` the groups of plans and resources are read as well.
    pub(crate) fn new(client: Client, reads_groups: bool) -> Self {
        Self { client, reads_groups, kinds: Gathered::default(), customers: Gathered::default() }
    }

    pub(crate) fn reads_groups(&self) -> bool {
        self.reads_groups
    }

    /// What is listed of a location, in this order.
    fn lists(&self) -> impl Iterator<Item = List> {
        let of_groups: &[List] = if self.reads_groups { &LISTS_OF_GROUPS } else { &[] };
        LISTS.iter().chain(of_groups).copied()
    }

    pub(crate) fn scope(tenant: &Tenant, began: Timestamp) -> Scope {
        let kinds = [SubjectKind::Member, SubjectKind::Team, SubjectKind::Membership, SubjectKind::Booking];
        let passes = maps_passes(tenant).then_some(SubjectKind::Pass);
        let all = Scope::of_all(kinds.into_iter().chain(passes).collect(), began);
        Scope { bookings_until: Some(ahead(began)), ..all }
    }

    pub(crate) async fn read(&mut self, asked: &Asked<'_>) -> Result<Portion, PlatformError> {
        let of_each = self.lists().count().max(1);
        let (place, list) = (asked.mark.list / of_each, self.lists().nth(asked.mark.list % of_each));
        let (Some(location), Some(list)) = (asked.tenant.locations.get(place), list) else {
            return Ok(Portion::default());
        };
        let location = &location.id;
        let after = asked.mark.after.clone().map(Cursor);
        let page = match list {
            List::Memberships => self.client.memberships(location, after.as_ref()).await?,
            List::DeletedMemberships => self.client.deleted_memberships(location, after.as_ref()).await?,
            List::Companies => self.client.companies(location, after.as_ref()).await?,
            List::Subscriptions => self.client.subscriptions(location, after.as_ref()).await?,
            List::Bookings(status) => {
                if self.read_kinds(location).await? {
                    return Ok(Portion::aside(asked, BETWEEN));
                }
                let (end_from, start_until) = (asked.began, ahead(asked.began));
                let bookings = Bookings { location, status, end_from, start_until, kinds: &self.kinds.all };
                self.client.bookings(bookings, after.as_ref()).await?
            }
            List::DayPasses => return self.day_passes(location, asked).await,
            List::Plans => {
                let page = self.client.plans(location, after.as_ref()).await?;
                return Ok(self.groups((MappingKind::Plan, location), page, Plan::mapping, asked));
            }
            List::Resources => {
                let page = self.client.resources(location, after.as_ref()).await?;
                return Ok(self.groups((MappingKind::Resource, location), page, Resource::mapping, asked));
            }
        };
        Ok(self.portion(list, page, asked))
    }

    /// What a page of plans or resources says about groups. Of what cannot be read that stays as it was.
    fn groups<T>(
        &self,
        (kind, location): (MappingKind, &LocationId),
        page: Page<T>,
        mapping: impl Fn(&T) -> Option<Mapping>,
        asked: &Asked<'_>,
    ) -> Portion {
        let known =
            asked.tenant.platform_mappings().filter(|it| it.kind == kind && it.location.as_ref() == Some(location));
        let stays = |it: &&Mapping| page.unread.iter().any(|id| id.as_ref().is_none_or(|id| *id == it.id));
        let stays = known.filter(stays).cloned();
        let mappings = page.items.iter().filter_map(mapping).chain(stays).collect();
        let (unreadable, next) = (page.unread.len(), self.after_list(asked, page.next));
        Portion { mappings, unreadable, faults: page.faults, next, rest: BETWEEN, ..Portion::default() }
    }

    /// Reads a page of the resources of a location, unless all of them are known. Of one that cannot be read no booking can be,
    /// unless it says itself what sort of thing it is.
    async fn read_kinds(&mut self, location: &LocationId) -> Result<bool, PlatformError> {
        self.kinds.at(location);
        let from = match &self.kinds.stage {
            Stage::Done => return Ok(false),
            Stage::First(from) => Some(from),
            Stage::Begins | Stage::Second(_) => None,
        };
        let page = self.client.resources(location, from).await?;
        self.kinds.all.extend(page.items.into_iter().map(|resource| (resource.id, resource.kind)));
        self.kinds.stage = page.next.map_or(Stage::Done, Stage::First);
        Ok(true)
    }

    /// The balance of the next customer, once it is known who they are. They are asked for in the order of their ids, so that a
    /// mark tells who is done.
    async fn day_passes(&mut self, location: &LocationId, asked: &Asked<'_>) -> Result<Portion, PlatformError> {
        if !maps_passes(asked.tenant) {
            return Ok(Portion { next: self.after_list(asked, None), ..Portion::default() });
        }
        if self.read_customers(location).await? {
            return Ok(Portion::aside(asked, BETWEEN));
        }
        let is_done = |customer: &Customer| asked.mark.after.as_deref().is_some_and(|done| *name(customer) <= *done);
        while self.customers.all.left.last().is_some_and(is_done) {
            self.customers.all.left.pop();
        }
        let doubted = self.customers.all.are_not_all.then_some(SubjectKind::Pass);
        let Some(customer) = self.customers.all.left.last() else {
            let next = self.after_list(asked, None);
            return Ok(Portion { in_doubt: doubted.into_iter().collect(), next, ..Portion::default() });
        };
        let balance = match self.client.day_passes(customer, location).await {
            Ok(balance) => balance,
            // Everybody behind would never be read.
            Err(PlatformError::Unreadable { status, .. }) => unreadable_balance(status),
            Err(error) => return Err(error),
        };
        let next = Some(Cursor(name(customer)));
        Ok(self.portion(List::DayPasses, Page { next, ..balance }, asked))
    }

    /// Reads a page of the memberships or companies of a location, unless all of them are known.
    async fn read_customers(&mut self, location: &LocationId) -> Result<bool, PlatformError> {
        self.customers.at(location);
        let (page, is_first) = match &self.customers.stage {
            Stage::Done => return Ok(false),
            Stage::Begins => (self.client.memberships(location, None).await?, true),
            Stage::First(from) => (self.client.memberships(location, Some(from)).await?, true),
            Stage::Second(from) => (self.client.companies(location, from.as_ref()).await?, false),
        };
        let of_unread = |id: &String| {
            if is_first {
                Customer::Member(MemberId::new(id.as_str()))
            } else {
                Customer::Company(TeamId::new(id.as_str()))
            }
        };
        self.customers.all.are_not_all |= page.unread.contains(&None);
        self.customers.all.left.extend(page.unread.iter().flatten().map(of_unread));
        self.customers.all.left.extend(page.items.iter().filter_map(Told::customer));
        self.customers.stage = match (is_first, page.next) {
            (true, Some(next)) => Stage::First(next),
            (true, None) => Stage::Second(None),
            (false, Some(next)) => Stage::Second(Some(next)),
            (false, None) => Stage::Done,
        };
        if self.customers.stage == Stage::Done {
            self.customers.all.left.sort_by_key(|customer| std::cmp::Reverse(name(customer)));
            self.customers.all.left.dedup();
        }
        Ok(true)
    }

    fn portion(&self, list: List, page: Page<Told>, asked: &Asked<'_>) -> Portion {
        let event = EventKey { source: "spacebring".to_owned(), id: "read".to_owned() };
        let read_at = true_of(asked.now);
        // Half of a balance would be taken for all of it.
        let is_told = list != List::DayPasses || page.unread.is_empty();
        let told = page.items.iter().filter(|_| is_told);
        let news = told.flat_map(|told| told.news(&event, asked.tenant, read_at)).collect();
        let next = self.after_list(asked, page.next);
        let mut portion = Portion { news, faults: page.faults, next, rest: BETWEEN, ..Portion::default() };
        for id in page.unread {
            portion.unreadable += 1;
            match list.unread(id.as_deref()) {
                Ok(subjects) => portion.unread.extend(subjects),
                Err(kind) => _ = portion.in_doubt.insert(kind),
            }
        }
        portion
    }

    fn after_list(&self, asked: &Asked<'_>, next_page: Option<Cursor>) -> Option<Mark> {
        let lists = self.lists().count().saturating_mul(asked.tenant.locations.len());
        next(asked.mark, next_page.map(|Cursor(next)| next), lists)
    }
}

/// Somebody's balance that cannot be read, as a line of it that cannot be.
fn unreadable_balance(status: u16) -> Page<Told> {
    let faults = vec![format!("balances: one of them cannot be read, with status {status}")];
    Page { items: Vec::new(), faults, unread: vec![None], next: None }
}

impl List {
    /// As what a row may be known that cannot be read; where that cannot be told, the kind that it is of.
    fn unread(self, id: Option<&str>) -> Result<Vec<Subject>, SubjectKind> {
        let one = |kind| id.map(|id| vec![Subject::new(kind, id)]).ok_or(kind);
        match self {
            Self::Memberships => one(SubjectKind::Member),
            // They say of nobody that they are still there.
            Self::DeletedMemberships | Self::Plans | Self::Resources => Ok(Vec::new()),
            Self::Companies => one(SubjectKind::Team),
            Self::Subscriptions => id.map(|id| subjects_of(id).collect()).ok_or(SubjectKind::Membership),
            Self::Bookings(_) => one(SubjectKind::Booking),
            // A line of a balance has no id of its own.
            Self::DayPasses => Err(SubjectKind::Pass),
        }
    }
}

/// Tells a customer from any other.
fn name(customer: &Customer) -> String {
    match customer {
        Customer::Member(member) => format!("member/{member}"),
        Customer::Company(company) => format!("company/{company}"),
    }
}

fn ahead(began: Timestamp) -> Timestamp {
    began.saturating_add(AHEAD).unwrap_or(Timestamp::MAX)
}

/// Whether any door depends on day passes, which cost a call for each customer.
fn maps_passes(tenant: &Tenant) -> bool {
    tenant.mappings.iter().any(|mapping| mapping.kind == MappingKind::Pass)
}
