//! OfficeRnD read list by list. What a list tells is what a webhook about it would, and the desks of memberships besides.

use std::{collections::BTreeSet, time::Duration};

use domain::{
    SubjectKind,
    full_read::{Extent, Mark, true_of},
    intake::{EventKey, What},
    snapshot::Scope,
    tenant::{MappingKind, Tenant},
};
use jiff::Timestamp;

use super::{
    Client, Directory, Entity, Kind,
    client::{API, Ask, Cursor, IDENTITY, Login, Occupied, Page},
    membership::id_of_desks,
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
    /// The instant before it was asked for.
    asked_at: Timestamp,
    page: Page<Entity>,
    /// Memberships that are still to be asked for, the next last.
    left: Vec<String>,
    /// Where the assignments of the one that is being asked for go on.
    after: Option<Cursor>,
}

impl Reader {
    /// Reads with this login, from the vendor's own address unless `base` stands in for it, or that of a region.
    pub(crate) fn connect(http: reqwest::Client, (base, region): (Option<&str>, Option<&str>), login: Login) -> Self {
        let client = match base {
            Some(base) => Client::new(http, &format!("{}/api/v2", base.trim_end_matches('/')), base, login),
            None => Client::new(http, region.unwrap_or(API), IDENTITY, login),
        };
        Self { client, directory: Directory::default(), aside: Aside::Resources(None), held: None }
    }

    pub(crate) fn scope(began: Timestamp) -> Scope {
        let kinds =
            [SubjectKind::Member, SubjectKind::Team, SubjectKind::Membership, SubjectKind::Booking, SubjectKind::Pass];
        Scope::of_all(BTreeSet::from(kinds), began)
    }

    pub(crate) async fn read(&mut self, asked: &Asked<'_>) -> Result<Portion, PlatformError> {
        if let Some(rest) = self.read_aside(asked.tenant).await? {
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
    async fn read_aside(&mut self, tenant: &Tenant) -> Result<Option<Duration>, PlatformError> {
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
                if page.next.is_none() && maps_desks(tenant) && !self.directory.has_resources() {
                    let faults = vec!["resources: are none, though the document maps some".to_owned()];
                    return Err(PlatformError::of_faults(Unreadable { faults }));
                }
                let next = page.next.map_or(Aside::Visitors(None), |next| Aside::Resources(Some(next)));
                (next, page.rest)
            }
            Aside::Visitors(after) => {
                let page = self.client.visitors(&all(after)).await?;
                self.directory.add_visitors(page.rows);
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
        Ok(Held { of: asked.mark.clone(), asked_at: asked.now, page, left, after: None })
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
        self.directory.add_assignments(page.rows);
        held.after = page.next;
        if held.after.is_none() {
            held.left.pop();
        }
        let rest = held.page.rest.take().into_iter().chain(page.rest).max();
        self.held = Some(held);
        Ok(Portion::aside(asked, rest.unwrap_or_default()))
    }

    /// What a page tells, true of a little before it was asked for, however long its desks took since.
    fn portion(&self, held: Held, asked: &Asked<'_>) -> Portion {
        let Held { page, asked_at, .. } = held;
        let kind = LISTS.get(asked.mark.list).copied().unwrap_or(Kind::Member);
        let next = next(asked.mark, page.next.map(|Cursor(next)| next), LISTS.len());
        let mut portion =
            Portion { faults: page.faults, next, rest: page.rest.unwrap_or_default(), ..Portion::default() };
        for id in page.unread {
            portion.is_unreadable(kind, id.as_deref());
        }
        let earliest = true_of(asked_at);
        for entity in page.rows {
            let event = EventKey { source: "officernd".to_owned(), id: format!("read/{}", entity.id()) };
            match entity.news(&event, asked.tenant, &self.directory, asked_at) {
                Ok(mut news) => {
                    // That a membership is elsewhere now, or has no desk any more, is no more than missing here: so it is judged with
                    // what else is missing.
                    news.retain(|piece| !is_judged_later(kind, asked.extent) || piece.what != What::Removed);
                    for piece in &mut news {
                        piece.as_of = piece.as_of.max(earliest);
                    }
                    portion.news.extend(news);
                    if kind == Kind::Membership && self.directory.is_unsure_of_desks(entity.id(), asked_at) {
                        portion.keeps_desks(entity.id());
                    }
                }
                Err(unreadable) => {
                    portion.faults.extend(unreadable.faults);
                    portion.is_unreadable(kind, Some(entity.id()));
                }
            }
        }
        portion
    }
}

/// Whether what is gone by what a row lacks is left to be found missing, at the end of a read of everything.
fn is_judged_later(kind: Kind, extent: Extent) -> bool {
    kind == Kind::Membership && extent == Extent::Whole
}

impl Portion {
    /// Takes note of a membership with a desk that the list of resources lacks: nobody can say what it gives, so it keeps what it had.
    fn keeps_desks(&mut self, membership: &str) {
        self.unreadable += 1;
        self.unread.insert(Kind::Membership.subject(&id_of_desks(membership)));
        self.faults.push(format!("assignments?membership={membership}: resource: is on no list of resources"));
    }

    /// Takes note of a row that cannot be read. Under what a booking may be known besides, as one of a series, only the row could tell.
    fn is_unreadable(&mut self, kind: Kind, id: Option<&str>) {
        self.unreadable += 1;
        let Some(id) = id.filter(|_| kind != Kind::Booking) else {
            self.in_doubt.insert(kind.subject("").kind);
            return;
        };
        let desks = (kind == Kind::Membership).then(|| kind.subject(&id_of_desks(id)));
        self.unread.extend(desks.into_iter().chain([kind.subject(id)]));
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
