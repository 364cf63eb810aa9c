//! OfficeRnD read list by list. What a list tells is what a webhook about it would, and the desks of memberships besides.

use std::{collections::BTreeSet, time::Duration};

use domain::{
    SubjectKind,
    full_read::{Extent, Mark, true_of},
    intake::{EventKey, News, What},
    snapshot::Scope,
    tenant::{MappingKind, Tenant},
};
use jiff::Timestamp;

use super::{
    Client, Directory, Entity, Kind,
    client::{Ask, Cursor, Occupied, Page},
    membership::ids_of_desks,
};
use crate::{
    PlatformError, Unreadable,
    reader::{Asked, Portion, next},
};

/// The lists, people and companies before what they hold.
const LISTS: [Kind; 5] = [Kind::Member, Kind::Company, Kind::Membership, Kind::Booking, Kind::Pass];

/// Reads one organization.
#[derive(Debug)]
pub struct Reader {
    client: Client,
    directory: Directory,
    /// What of the directory is read next.
    aside: Aside,
    /// A page of memberships whose desks are being asked for, and of which of them.
    held: Option<Held>,
}

/// A list that is read before all others.
#[derive(Debug)]
enum Aside {
    Resources(Option<Cursor>),
    Visitors(Option<Cursor>),
    Done,
}

#[derive(Debug)]
struct Held {
    of: Mark,
    page: Page<Entity>,
    /// The instant before the page was asked for. What it tells is no newer, however long its desks take.
    read_at: Timestamp,
    /// Memberships that are still to be asked for, the next last.
    left: Vec<String>,
    /// Where the assignments of the one that is being asked for go on.
    after: Option<Cursor>,
}

impl Reader {
    /// Reads with this login, from the vendor's own address unless `base` stands in for it, or that of a region.
    pub(crate) fn new(client: Client) -> Self {
        Self { client, directory: Directory::default(), aside: Aside::Resources(None), held: None }
    }

    pub(crate) fn scope(began: Timestamp) -> Scope {
        let kinds =
            [SubjectKind::Member, SubjectKind::Team, SubjectKind::Membership, SubjectKind::Booking, SubjectKind::Pass];
        Scope::of_all(BTreeSet::from(kinds), began)
    }

    pub(crate) async fn read(&mut self, asked: &Asked<'_>) -> Result<Portion, PlatformError> {
        if let Some(rest) = self.read_aside().await? {
            return Ok(Portion::aside(asked, rest));
        }
        let Some(kind) = LISTS.get(asked.mark.list).copied() else { return Ok(Portion::default()) };
        let held = self.held.take().filter(|held| held.of == *asked.mark);
        let held = match held {
            Some(held) => held,
            None => self.page(kind, asked).await?,
        };
        self.with_desks(held, asked).await
    }

    /// Reads a page of what is needed beside the lists; none if all of it is known.
    async fn read_aside(&mut self) -> Result<Option<Duration>, PlatformError> {
        let all = |after: &Option<Cursor>| Ask { after: after.clone(), modified_since: None };
        let (next, rest) = match &self.aside {
            Aside::Done => return Ok(None),
            Aside::Resources(after) => {
                let page = self.client.resources(&all(after)).await?;
                if !page.unread.is_empty() {
                    // Whoever has a desk of which nothing is known would lose what it gives.
                    return Err(PlatformError::of_faults(Unreadable { faults: page.faults }));
                }
                self.directory.add_resources(page.rows);
                let next = page.next.map_or(Aside::Visitors(None), |next| Aside::Resources(Some(next)));
                (next, page.rest)
            }
            Aside::Visitors(after) => {
                let page = self.client.visitors(&all(after)).await?;
                self.directory.add_visitors(page.rows);
                self.directory.add_unread_visitors(page.unread);
                (page.next.map_or(Aside::Done, |next| Aside::Visitors(Some(next))), page.rest)
            }
        };
        self.aside = next;
        Ok(Some(rest.unwrap_or_default()))
    }

    async fn page(&self, kind: Kind, asked: &Asked<'_>) -> Result<Held, PlatformError> {
        let modified_since = match asked.extent {
            Extent::Whole => None,
            Extent::Since(since) => Some(since),
        };
        let ask = Ask { after: asked.mark.after.clone().map(Cursor), modified_since };
        let page = match kind {
            Kind::Member => self.client.members(&ask).await?,
            Kind::Company => self.client.companies(&ask).await?,
            Kind::Membership => self.client.memberships(&ask).await?,
            Kind::Booking => self.client.bookings(&ask).await?,
            Kind::Pass => self.client.passes(&ask).await?,
        };
        let asks_for_desks = kind == Kind::Membership && maps_desks(asked.tenant);
        let left = page.rows.iter().filter(|_| asks_for_desks).map(|membership| membership.id().to_owned()).collect();
        Ok(Held { of: asked.mark.clone(), page, read_at: asked.now, left, after: None })
    }

    /// Asks for the desks of the next membership of a page; the page's own portion once there is none.
    async fn with_desks(&mut self, mut held: Held, asked: &Asked<'_>) -> Result<Portion, PlatformError> {
        let Some(membership) = held.left.last() else { return Ok(self.portion(held, asked)) };
        let ask = Ask { after: held.after.clone(), modified_since: None };
        let page = match self.client.assignments(Occupied::Through(membership), &ask).await {
            Ok(page) => page,
            Err(error) => {
                self.held = Some(held);
                return Err(error);
            }
        };
        if !page.unread.is_empty() {
            // Half of somebody's desks would be taken for all of them.
            held.page.faults.extend(page.faults);
            held.page.rows.retain(|row| row.id() != membership);
            held.page.unread.push(Some(membership.clone()));
        }
        if held.after.is_none() {
            self.directory.forget_assignments(membership);
        }
        self.directory.add_assignments(page.rows);
        held.after = page.next;
        if held.after.is_none() {
            held.left.pop();
        }
        let rest = held.page.rest.take().into_iter().chain(page.rest).max();
        self.held = Some(held);
        Ok(Portion::aside(asked, rest.unwrap_or_default()))
    }

    fn portion(&self, Held { page, read_at, .. }: Held, asked: &Asked<'_>) -> Portion {
        let kind = LISTS.get(asked.mark.list).copied().unwrap_or(Kind::Member);
        let next = next(asked.mark, page.next.map(|Cursor(next)| next), LISTS.len());
        let mut portion =
            Portion { faults: page.faults, next, rest: page.rest.unwrap_or_default(), ..Portion::default() };
        for id in page.unread {
            portion.is_unreadable(kind, id.as_deref());
        }
        for entity in page.rows {
            self.tell(&entity, (asked.tenant, read_at), &mut portion);
        }
        portion
    }

    /// Adds what a row tells. A booking with a visitor who cannot be read stays as it is known, and so do desks of which one is
    /// unknown.
    fn tell(&self, entity: &Entity, (tenant, read_at): (&Tenant, Timestamp), portion: &mut Portion) {
        if let Some((unread, fault)) = entity.unknown(tenant, &self.directory, read_at) {
            portion.unreadable += 1;
            portion.faults.push(fault);
            portion.unread.extend(unread);
            if entity.kind() == Kind::Booking {
                return;
            }
        }
        let event = EventKey { source: "officernd".to_owned(), id: format!("read/{}", entity.id()) };
        match entity.news(&event, tenant, &self.directory, read_at) {
            Ok(mut news) => {
                if entity.kind() == Kind::Membership && !maps_desks(tenant) {
                    // Nobody asks who has which desk, and no door depends on it.
                    let gone = |id: String| News {
                        event: event.clone(),
                        subject: Kind::Membership.subject(&id),
                        as_of: entity.as_of(),
                        what: What::Removed,
                    };
                    news.extend(ids_of_desks(entity.id()).map(gone));
                }
                for piece in &mut news {
                    piece.as_of = piece.as_of.max(true_of(read_at));
                }
                portion.news.extend(news);
            }
            Err(unreadable) => {
                portion.faults.extend(unreadable.faults);
                portion.is_unreadable(entity.kind(), Some(entity.id()));
            }
        }
    }
}

impl Portion {
    /// Takes note of a row that cannot be read. Under what a booking may be known besides, as one of a series, only the row could
    /// tell.
    fn is_unreadable(&mut self, kind: Kind, id: Option<&str>) {
        self.unreadable += 1;
        let Some(id) = id.filter(|_| kind != Kind::Booking) else {
            self.in_doubt.insert(kind.subject("").kind);
            return;
        };
        let desks = ids_of_desks(id).filter(|_| kind == Kind::Membership).map(|id| kind.subject(&id));
        self.unread.extend(desks.chain([kind.subject(id)]));
    }
}

/// Whether any door depends on who has which desk.
fn maps_desks(tenant: &Tenant) -> bool {
    let depends = |kind: MappingKind| match kind {
        MappingKind::Location | MappingKind::Floor | MappingKind::Resource => true,
        MappingKind::Plan | MappingKind::Pass | MappingKind::Product => false,
    };
    tenant.mappings.iter().any(|mapping| depends(mapping.kind))
}
