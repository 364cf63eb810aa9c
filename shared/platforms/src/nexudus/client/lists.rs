//! Lists, a page at a time and in the order of ids, and records read alone, as they are sent.

use reqwest::StatusCode;
use serde_json::Value;

use super::Client;
use crate::{
    PlatformError,
    fields::{Faults, Fields, Read},
    nexudus::{id, truth},
};

/// The longest answer read, in bytes: a hundred records of a few thousand each.
const LONGEST_PAGE: usize = 8 << 20;

/// What is listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::nexudus) enum List {
    Coworkers,
    Teams,
    Contracts,
    Bookings,
    Passes,
    Resources,
    Businesses,
    Webhooks,
}

/// One page of a list.
#[derive(Clone, Copy, Debug)]
pub(in crate::nexudus) struct Ask<'a> {
    pub(in crate::nexudus) list: List,
    /// From 1.
    pub(in crate::nexudus) page: u64,
    pub(in crate::nexudus) size: u64,
    /// Which records, by filter and value.
    pub(in crate::nexudus) filters: &'a [(String, String)],
}

/// What is on a page.
pub(in crate::nexudus) struct Page {
    pub(in crate::nexudus) rows: Vec<Row>,
    /// How many records the pages before this one have each.
    pub(in crate::nexudus) size: u64,
    pub(in crate::nexudus) has_next: bool,
}

/// A record as it was sent.
#[derive(Clone)]
pub(in crate::nexudus) struct Row {
    pub(in crate::nexudus) id: Option<u64>,
    /// Where it stood, for faults.
    pub(in crate::nexudus) at: String,
    pub(in crate::nexudus) sent: Value,
    /// Whether it was read alone and so leaves nothing out.
    pub(in crate::nexudus) is_alone: bool,
}

impl List {
    fn path(self) -> &'static str {
        match self {
            Self::Coworkers => "/spaces/coworkers",
            Self::Teams => "/spaces/teams",
            Self::Contracts => "/billing/coworkercontracts",
            Self::Bookings => "/spaces/bookings",
            Self::Passes => "/billing/coworkertimepasses",
            Self::Resources => "/spaces/resources",
            Self::Businesses => "/sys/businesses",
            Self::Webhooks => "/sys/webhooks",
        }
    }

    /// What Nexudus calls one of what is listed, which is how its filters begin.
    pub(in crate::nexudus) fn entity(self) -> &'static str {
        match self {
            Self::Coworkers => "Coworker",
            Self::Teams => "Team",
            Self::Contracts => "CoworkerContract",
            Self::Bookings => "Booking",
            Self::Passes => "CoworkerTimePass",
            Self::Resources => "Resource",
            Self::Businesses => "Business",
            Self::Webhooks => "WebHook",
        }
    }
}

impl Client {
    /// A page, its records in the order of their ids: `?page=&size=&orderBy=Id&dir=1` and the filters.
    ///
    /// A page that is not the one that was asked for, or ends before the list does, is no usable answer.
    ///
    /// Source: developers.nexudus.com, list pages (paging, sorting, filters, envelope), 2026-11.
    ///
    /// # Errors
    /// Nexudus gave no usable answer.
    pub(in crate::nexudus) async fn page(&self, ask: &Ask<'_>) -> Result<Page, PlatformError> {
        let (page, size) = (ask.page.to_string(), ask.size.to_string());
        let own = [("page", page.as_str()), ("size", &size), ("orderBy", "Id"), ("dir", "1")];
        let filters = ask.filters.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let query: Vec<_> = own.into_iter().chain(filters).collect();
        let answer = self.get(ask.list.path(), &query, LONGEST_PAGE).await?;
        let answer = answer.ok_or_else(|| PlatformError::unreadable(StatusCode::NOT_FOUND))?;
        let mut faults = Faults::default();
        let page = page_of(&answer, ask, &mut faults);
        let page = faults.none_or(page).map_err(PlatformError::of_faults)?;
        page.map_err(|_| PlatformError::unreadable(StatusCode::OK))
    }

    /// A record with all that lists leave out; `None` if it is gone.
    ///
    /// # Errors
    /// Nexudus gave no usable answer.
    pub(in crate::nexudus) async fn alone(&self, list: List, id: u64) -> Result<Option<Row>, PlatformError> {
        let path = format!("{}/{id}", list.path());
        let Some(sent) = self.get(&path, &[], LONGEST_PAGE).await? else { return Ok(None) };
        if id_of(&sent) != Some(id) {
            return Err(PlatformError::unreadable(StatusCode::OK));
        }
        Ok(Some(Row { id: Some(id), at: format!("{}/{id}", list.entity()), sent, is_alone: true }))
    }
}

fn page_of(answer: &Value, ask: &Ask<'_>, faults: &mut Faults) -> Read<Page> {
    let mut fields = Fields::of(answer, "", faults)?;
    let records = match fields.list("Records", |sent| Ok(sent.clone())) {
        Ok(Some(records)) => Ok(records),
        Ok(None) => Err(fields.note("Records", "is missing; it must be a list")),
        Err(noted) => Err(noted),
    };
    let has_next = fields.required("HasNextPage", truth);
    let current = fields.optional("CurrentPage", whole);
    let size = fields.optional("CurrentPageSize", whole);
    let total = fields.optional("TotalItems", whole);
    let (records, has_next) = (records?, has_next?);
    if current?.is_some_and(|current| current != ask.page) {
        return Err(fields.note("CurrentPage", "is another page than was asked for"));
    }
    // A size beyond what Nexudus allows may be cut down.
    let size = size?.unwrap_or(ask.size).max(1);
    let before = ask.page.saturating_sub(1).saturating_mul(size);
    let listed = u64::try_from(records.len()).unwrap_or(u64::MAX);
    let is_cut_short = !has_next && total?.is_some_and(|total| total > before.saturating_add(listed));
    if is_cut_short || (has_next && records.is_empty()) {
        return Err(fields.note("Records", "end before the list does"));
    }
    let row = |(number, sent): (usize, Value)| {
        let at = format!("{}[{number}]", ask.list.entity());
        Row { id: id_of(&sent), at, sent, is_alone: false }
    };
    let rows: Vec<Row> = records.into_iter().enumerate().map(row).collect();
    if !rows.iter().filter_map(|row| row.id).is_sorted_by(|one, next| one < next) {
        return Err(fields.note("Records", "are not in the order of their ids, in which they were asked for"));
    }
    Ok(Page { rows, size, has_next })
}

fn id_of(sent: &Value) -> Option<u64> {
    id(sent.get("Id")?).ok()?.parse().ok()
}

fn whole(value: &Value) -> Result<u64, String> {
    value.as_u64().ok_or_else(|| "must be a whole number".to_owned())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// The second page of a list of 60, with these fields in place of its own.
    fn read(changes: &Value) -> Result<Page, Vec<String>> {
        let rows: Vec<_> = (26..=50).map(|id| json!({"Id": id})).collect();
        let mut answer =
            json!({"Records": rows, "CurrentPage": 2, "CurrentPageSize": 25, "TotalItems": 60, "HasNextPage": true});
        for (name, value) in changes.as_object().unwrap() {
            answer[name] = value.clone();
        }
        let mut faults = Faults::default();
        let page = page_of(&answer, &Ask { list: List::Teams, page: 2, size: 25, filters: &[] }, &mut faults);
        faults.none_or(()).map_err(|unreadable| unreadable.faults)?;
        Ok(page.ok().unwrap())
    }

    #[test]
    fn a_page_has_its_rows_with_their_ids_and_places() {
        let page = read(&json!({})).ok().unwrap();

        assert_eq!((page.rows.len(), page.size, page.has_next), (25, 25, true));
        assert_eq!((page.rows[3].id, page.rows[3].at.as_str()), (Some(29), "Team[3]"));
    }

    #[test]
    fn only_the_documented_fields_have_to_be_there_and_a_smaller_size_is_taken() {
        let absent = json!({"CurrentPage": null, "CurrentPageSize": null, "TotalItems": null, "FirstItem": 26});
        assert_eq!(read(&absent).ok().unwrap().size, 25);
        assert_eq!(read(&json!({"CurrentPageSize": 10})).ok().unwrap().size, 10);
    }

    #[test]
    fn a_row_without_id_is_a_row() {
        let page =
            read(&json!({"Records": [{"Id": 26}, {"Id": 0}, 7, {"Id": 27}], "TotalItems": 29, "HasNextPage": false}));

        assert_eq!(
            page.ok().unwrap().rows.iter().map(|row| row.id).collect::<Vec<_>>(),
            [Some(26), None, None, Some(27)]
        );
    }

    /// B3: a part of a list must never look like all of it.
    #[test]
    fn what_is_not_the_page_that_was_asked_for_is_a_fault() {
        for (changes, fault) in [
            (json!({"Records": null}), "Records: is missing"),
            (json!({"Records": {}}), "Records: must be a list"),
            (json!({"HasNextPage": null}), "HasNextPage: is missing"),
            (json!({"CurrentPage": 1}), "CurrentPage: is another page"),
            (json!({"HasNextPage": false}), "Records: end before the list does"),
            (json!({"Records": []}), "Records: end before the list does"),
            (json!({"Records": [{"Id": 27}, {"Id": 26}]}), "Records: are not in the order"),
            (json!({"Records": [{"Id": 27}, {"Id": 27}]}), "Records: are not in the order"),
        ] {
            let faults = read(&changes).err().unwrap();

            assert!(faults[0].starts_with(fault), "{changes}: {faults:?}");
        }
    }
}
