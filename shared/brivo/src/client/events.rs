//! The calls about what happened at doors.

use jiff::{Timestamp, fmt::temporal::DateTimePrinter};
use reqwest::Method;

use super::Client;
use crate::{AccessToken, BrivoError, EventPage, EventQuery, paging::PAGE_SIZE, wire::EventList};

/// Events are told apart by thousandths of a second. Source: Brivo API, `GET /events/access`, sample of 2026-09-28.
const THOUSANDTHS: DateTimePrinter = DateTimePrinter::new().precision(Some(3));

const EVENTS: &str = "list of events";

impl Client {
    /// A page of the access events that the query asks for, newest first; of the next pages `from` is
    /// [`EventPage::next`].
    ///
    /// # Errors
    /// Any [`BrivoError`]; [`BrivoError::Rejected`] with status 400 if the query spans more than 24 hours.
    ///
    /// Source: Brivo API, `GET /events/access`, 2026-09-28; whether the offset itself belongs to the next page is unknown.
    pub async fn access_events(
        &self,
        token: &AccessToken,
        query: &EventQuery,
        from: Option<Timestamp>,
    ) -> Result<EventPage, BrivoError> {
        let request = self.api(token, Method::GET, "events/access")?;
        let request = request.query(&[("filter", query.filter())]).query(&[("pageSize", PAGE_SIZE)]);
        let offset = from.map(|from| [("offset", THOUSANDTHS.timestamp_to_string(&from))]);
        let request = request.query(offset.as_ref().map_or(&[][..], |offset| &offset[..]));
        let list: EventList = self.answer("access events", request, EVENTS).await?;
        Ok(EventPage::of(list.entries().ok_or(BrivoError::Unreadable { expected: EVENTS })?, query.by))
    }
}
