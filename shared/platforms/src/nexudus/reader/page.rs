//! A page on its way from the list to news: whether it follows on what was seen, and what is asked for record by record.

use std::fmt;

use domain::{
    Subject,
    facts::Entitlement,
    full_read::{Extent, Mark, true_of},
    intake::{EventKey, News, What},
    tenant::Tenant,
};
use jiff::Timestamp;

use super::{BETWEEN, LISTS, PAGE, Part, Reader, TOGETHER};
use crate::{
    PlatformError, Proof, Unreadable,
    delivery::latest_believable,
    fields::{Faults, Fields, Read},
    ids::team_subject,
    nexudus::{
        booking,
        client::{Ask, Page, Row},
        contract, coworker, pass, team,
    },
    reader::{Asked, Portion, next},
};

/// A page that is not told yet.
pub(super) struct Held {
    pub(super) of: Mark,
    /// The instant before it was asked for.
    asked_at: Timestamp,
    position: Position,
    page: Page,
    place: Place,
    /// Records that are still to be read alone, the next last.
    left: Vec<u64>,
    /// How many were, since something was told.
    alone: usize,
    portion: Portion,
}

impl Held {
    fn saw(&mut self, ids: impl Iterator<Item = u64>) {
        self.position.seen = ids.chain([self.position.seen]).max().unwrap_or_default();
    }
}

impl fmt::Debug for Held {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Held").field("of", &self.of).field("left", &self.left.len()).finish_non_exhaustive()
    }
}

/// Whether a page follows on what was seen.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Follows,
    /// The record before it would tell.
    Unknown,
    /// Records may have slipped to the page before.
    Slipped,
}

/// Where a list goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Position {
    /// From 1.
    page: u64,
    /// Every record was seen whose id is not above this.
    seen: u64,
}

impl Position {
    /// That of a mark; a list begins anew where nothing else is told.
    fn of(mark: &Mark) -> Self {
        let told = mark.after.as_deref().and_then(|after| after.split_once('/'));
        let told = told.and_then(|(page, seen)| Some(Self { page: page.parse().ok()?, seen: seen.parse().ok()? }));
        told.filter(|told| told.page > 0).unwrap_or(Self { page: 1, seen: 0 })
    }

    fn text(self) -> String {
        format!("{}/{}", self.page, self.seen)
    }

    /// The first page follows on nothing, and a page that begins with what was seen leaves nothing out.
    fn place_of(self, page: &Page) -> Place {
        let first = page.rows.first().and_then(|row| row.id);
        if self.page == 1 || first.is_some_and(|first| first <= self.seen) { Place::Follows } else { Place::Unknown }
    }
}

impl Reader {
    pub(super) async fn page(
        &self,
        part: Part,
        filters: &[(String, String)],
        asked: &Asked<'_>,
    ) -> Result<Held, PlatformError> {
        let position = Position::of(asked.mark);
        let ask = Ask { list: part.list(), page: position.page, size: PAGE, filters };
        let mut page = self.client.page(&ask).await?;
        let place = position.place_of(&page);
        // What was told of a page before another process went on with it, or of one that is read again.
        page.rows.retain(|row| row.id.is_none_or(|id| id > position.seen));
        let mut left: Vec<u64> =
            page.rows.iter().filter(|row| self.is_read_alone(part, row, asked)).filter_map(|row| row.id).collect();
        left.reverse();
        let (of, portion) = (asked.mark.clone(), Portion::default());
        Ok(Held { of, asked_at: asked.now, position, page, place, left, alone: 0, portion })
    }

    /// Whether a row leaves out what is needed.
    fn is_read_alone(&self, part: Part, row: &Row, asked: &Asked<'_>) -> bool {
        match part {
            // To ask for everybody would take hours where there are thousands.
            Part::Customers => asked.extent != Extent::Whole,
            Part::Teams => true,
            Part::Contracts => {
                let mut unheard = Faults::default();
                let read =
                    Fields::of(&row.sent, &row.at, &mut unheard).and_then(|mut it| contract::read(&row.at, &mut it));
                self.maps_desks(asked.tenant) && read.is_ok_and(|contract| contract.may_have_more_desks())
            }
            Part::Bookings | Part::Passes | Part::UsedPasses => false,
        }
    }

    /// Makes the next call that a page needs.
    pub(super) async fn complete(
        &self,
        part: Part,
        filters: &[(String, String)],
        held: &mut Held,
    ) -> Result<(), PlatformError> {
        if held.place == Place::Unknown {
            held.place = self.place(part, filters, held).await?;
            return Ok(());
        }
        let Some(id) = held.left.last().copied() else { return Ok(()) };
        let read = self.client.alone(part.list(), id).await;
        if read.as_ref().is_err_and(|error| !concerns_one_record(error)) {
            return read.map(|_| ());
        }
        held.left.pop();
        held.alone += 1;
        held.saw([id].into_iter());
        let rows = &mut held.page.rows;
        match read {
            Ok(Some(alone)) => rows.iter_mut().filter(|row| row.id == Some(id)).for_each(|row| *row = alone.clone()),
            // It was deleted meanwhile.
            Ok(None) => rows.retain(|row| row.id != Some(id)),
            Err(error) => {
                rows.retain(|row| row.id != Some(id));
                held.portion.faults.push(format!("{}/{id}: {error}", part.list().entity()));
                held.portion.leaves_unread(part, Some(id));
            }
        }
        Ok(())
    }

    /// Asks for the record before a page: the last of the page before, as long as none was deleted.
    async fn place(&self, part: Part, filters: &[(String, String)], held: &Held) -> Result<Place, PlatformError> {
        let number = held.position.page.saturating_sub(1).saturating_mul(held.page.size);
        let before = self.client.page(&Ask { list: part.list(), page: number, size: 1, filters }).await?;
        let was_seen = |row: &Row| row.id.is_none_or(|id| id <= held.position.seen);
        Ok(if before.rows.first().is_some_and(was_seen) { Place::Follows } else { Place::Slipped })
    }

    /// What a page tells, as far as nothing more is to be asked for.
    pub(super) fn portion_of(&mut self, held: Held, asked: &Asked<'_>) -> Portion {
        let is_waited_for = !held.left.is_empty() && held.alone < TOGETHER;
        match held.place {
            Place::Slipped => {
                let back = Position { page: held.position.page.saturating_sub(1), ..held.position };
                let next = next(asked.mark, Some(back.text()), LISTS.len());
                Portion { next, rest: BETWEEN, ..Portion::default() }
            }
            Place::Follows if !is_waited_for => self.told(held, asked),
            Place::Follows | Place::Unknown => {
                self.held = Some(held);
                Portion::aside(asked, BETWEEN)
            }
        }
    }

    /// What the records tell that come before the next one that is to be read alone; that and those behind it stay.
    fn told(&mut self, mut held: Held, asked: &Asked<'_>) -> Portion {
        let part = LISTS.get(asked.mark.list).copied().unwrap_or(Part::Customers);
        let next_alone = held.left.last().copied();
        let is_next = |row: &Row| next_alone.is_some() && row.id == next_alone;
        let ready = held.page.rows.iter().position(is_next).unwrap_or(held.page.rows.len());
        let later = held.page.rows.split_off(ready);
        let ready = std::mem::replace(&mut held.page.rows, later);
        held.saw(ready.iter().filter_map(|row| row.id));
        let after = match next_alone {
            Some(_) => Some(held.position),
            None => {
                held.page.has_next.then(|| Position { page: held.position.page.saturating_add(1), ..held.position })
            }
        };
        let mut portion = std::mem::take(&mut held.portion);
        (portion.rest, portion.next) = (BETWEEN, next(asked.mark, after.map(Position::text), LISTS.len()));
        let earliest = true_of(held.asked_at);
        for row in &ready {
            match self.news(part, row, asked, earliest) {
                Ok(news) => portion.news.push(news),
                Err(unreadable) => {
                    portion.faults.extend(unreadable.faults);
                    portion.leaves_unread(part, row.id);
                }
            }
        }
        if let (Some(_), Some(mark)) = (next_alone, &portion.next) {
            (held.of, held.alone) = (mark.clone(), 0);
            self.held = Some(held);
        }
        portion
    }

    /// What a record tells: what a hook about it would.
    fn news(&self, part: Part, row: &Row, asked: &Asked<'_>, earliest: Timestamp) -> Result<News, Unreadable> {
        let mut faults = Faults::default();
        let told = self.read_row(part, row, asked, &mut faults);
        news_of(told, faults, (earliest, asked.now))
    }

    fn read_row(
        &self,
        part: Part,
        row: &Row,
        asked: &Asked<'_>,
        faults: &mut Faults,
    ) -> Read<(Subject, Timestamp, What)> {
        let fields = &mut Fields::of(&row.sent, &row.at, faults)?;
        match part {
            Part::Customers => {
                let customer = coworker::read(fields)?;
                let patch = if row.is_alone { customer.details() } else { customer.patch(Proof::Whole) };
                let updated_on = customer.updated_on.unwrap_or(Timestamp::MIN);
                Ok((Subject::new(part.kind(), &customer.id), updated_on, What::Member(patch)))
            }
            Part::Teams => {
                let read = team::read(fields)?;
                Ok((team_subject(&read.team.id), read.updated_on, What::Team(read.team)))
            }
            Part::Contracts => {
                let contract = contract::read(&row.at, fields)?;
                let placed = contract.place(asked.tenant, None, faults)?;
                Ok((contract.subject(), contract.updated_on, What::Entitlement(Entitlement::Membership(placed))))
            }
            Part::Bookings => {
                let booking = booking::read(fields)?;
                let Some(location) = self.resources.get(&booking.resource) else {
                    return Err(fields.note("ResourceId", "is of no resource that is listed with its location"));
                };
                let location = Some(location).filter(|location| asked.tenant.location(location).is_some());
                let what = What::Entitlement(Entitlement::Booking(booking.booking(location)));
                Ok((booking.subject(), booking.updated_on, what))
            }
            Part::Passes | Part::UsedPasses => read_pass(row, asked.tenant, faults),
        }
    }
}

/// What a pass tells that is listed now.
///
/// # Errors
/// What is wrong with it.
pub(in crate::nexudus) fn pass_news(row: &Row, tenant: &Tenant, now: Timestamp) -> Result<News, Unreadable> {
    let mut faults = Faults::default();
    let told = read_pass(row, tenant, &mut faults);
    news_of(told, faults, (true_of(now), now))
}

fn read_pass(row: &Row, tenant: &Tenant, faults: &mut Faults) -> Read<(Subject, Timestamp, What)> {
    let pass = pass::read(&row.at, &mut Fields::of(&row.sent, &row.at, faults)?)?;
    let (subject, updated_on) = (pass.subject(), pass.updated_on);
    let placed = pass.place(tenant, faults)?;
    Ok((subject, updated_on, What::Entitlement(Entitlement::Pass(placed))))
}

/// What was read as news, true at the earliest as of then, or what is wrong with it.
fn news_of(
    told: Read<(Subject, Timestamp, What)>,
    faults: Faults,
    (earliest, now): (Timestamp, Timestamp),
) -> Result<News, Unreadable> {
    let told = faults.none_or(told)?;
    let (subject, updated_on, what) = told.map_err(|_| Unreadable { faults: Vec::new() })?;
    // A clock of Nexudus that runs ahead must not keep later news out for longer than the tolerance.
    let as_of = updated_on.max(earliest).min(latest_believable(now));
    let event = EventKey { source: "nexudus".to_owned(), id: format!("read/{subject}") };
    Ok(News { event, subject, as_of, what })
}

/// Whether the trouble is with one record, which must not keep all others from being read.
fn concerns_one_record(error: &PlatformError) -> bool {
    match error {
        PlatformError::Declined | PlatformError::Unreadable { .. } => true,
        PlatformError::Throttled { .. }
        | PlatformError::Conflict
        | PlatformError::Refused
        | PlatformError::Unavailable(_) => false,
    }
}

impl Portion {
    /// Takes note of a record that cannot be read.
    fn leaves_unread(&mut self, part: Part, id: Option<u64>) {
        self.unreadable += 1;
        match id {
            Some(id) => self.unread.extend([Subject::new(part.kind(), id.to_string())]),
            None => {
                self.in_doubt.insert(part.kind());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    fn page(ids: &[u64]) -> Page {
        let row = |id: &u64| Row { id: Some(*id), at: String::new(), sent: Value::Null, is_alone: false };
        Page { rows: ids.iter().map(row).collect(), size: 25, has_next: false }
    }

    #[test]
    fn a_position_is_what_its_mark_says() {
        let position = Position { page: 3, seen: 4711 };

        assert_eq!(Position::of(&Mark { list: 1, after: Some(position.text()) }), position);
    }

    #[test]
    fn a_list_whose_mark_says_nothing_begins_anew() {
        for after in [None, Some(""), Some("3"), Some("0/4711"), Some("3/"), Some("-1/5"), Some("3/4711/1")] {
            let mark = Mark { list: 1, after: after.map(str::to_owned) };

            assert_eq!(Position::of(&mark), Position { page: 1, seen: 0 }, "{after:?}");
        }
    }

    #[test]
    fn only_the_first_page_and_one_that_begins_with_what_was_seen_follow_without_a_look() {
        let second = Position { page: 2, seen: 25 };

        assert!(Position { page: 1, seen: 0 }.place_of(&page(&[7])) == Place::Follows);
        assert!(second.place_of(&page(&[25, 26])) == Place::Follows);
        assert!(second.place_of(&page(&[26])) == Place::Unknown);
        assert!(second.place_of(&page(&[])) == Place::Unknown);
    }
}
