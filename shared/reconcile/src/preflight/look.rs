//! One look after another at Brivo, for as long as there is time and Brivo speaks to us.

use brivo::{AccessToken, BrivoError, Client, Page};
use domain::preflight::{Connection, Look, Refusal};
use jiff::Timestamp;
use runtime::{Services, pace::ReadingTurn};

use crate::pace::Session;

/// Looks at an account, and remembers whether Brivo speaks to us.
pub(super) struct Looking<'a> {
    pub(super) services: &'a Services,
    session: Session,
    until: Timestamp,
    pub(super) connection: Connection,
    /// The last call had no answer, and the one before had.
    is_worth_another: bool,
}

/// What a failed call means to the looks that follow.
enum Failed {
    /// This one gives nothing, another may.
    This(Refusal),
    /// Nobody answered: one call may have had bad luck, two in a row had not.
    NoAnswer,
    /// Every other would fail in the same way.
    All(Connection),
}

impl<'a> Looking<'a> {
    pub(super) fn new(services: &'a Services, session: Session, until: Timestamp) -> Self {
        Self { services, session, until, connection: Connection::NotLooked, is_worth_another: false }
    }

    pub(super) fn is_time_left(&self) -> bool {
        self.services.clock.now() < self.until
    }

    /// One call; none if the time is up, or Brivo does not speak to us.
    pub(super) async fn ask<T, F>(&mut self, work: impl Fn(Client, AccessToken) -> F) -> Look<T>
    where
        F: Future<Output = Result<T, BrivoError>>,
    {
        let now = self.services.clock.now();
        if now >= self.until || !self.is_worth_a_call() {
            return Look::NotLooked;
        }
        match self.session.wait_to_read(self.until).await {
            Ok(ReadingTurn::Go { .. }) => {}
            Ok(ReadingTurn::Late) | Err(_) => return Look::NotLooked,
            Ok(ReadingTurn::Spent(_)) => {
                self.connection = Connection::QuotaSpent;
                return Look::NotLooked;
            }
        }
        match self.session.call(work).await.map_err(|error| failed(&error)) {
            Ok(seen) => {
                self.connection = Connection::Works;
                Look::Seen(seen)
            }
            Err(Failed::This(refusal)) => {
                self.connection = Connection::Works;
                Look::Refused(refusal)
            }
            Err(Failed::NoAnswer) => {
                self.is_worth_another = self.connection == Connection::Works;
                self.connection = Connection::OutOfReach;
                Look::Refused(Refusal::NoAnswer)
            }
            Err(Failed::All(connection)) => {
                (self.connection, self.is_worth_another) = (connection, false);
                Look::NotLooked
            }
        }
    }

    /// Every entry of a list, page by page, of each what is kept.
    ///
    /// Offsets shift when others write: a list of which the total was not reached counts as no usable answer.
    pub(super) async fn list<T, U, F>(
        &mut self,
        page_at: impl Fn(Client, AccessToken, usize) -> F,
        keep: impl Fn(T) -> U,
    ) -> Look<Vec<U>>
    where
        F: Future<Output = Result<Page<T>, BrivoError>>,
    {
        let (mut all, mut offset) = (Vec::new(), 0);
        loop {
            let page = match self.ask(|brivo, token| page_at(brivo, token, offset)).await {
                Look::Seen(page) => page,
                Look::Refused(refusal) => return Look::Refused(refusal),
                Look::NotLooked => return Look::NotLooked,
            };
            let (next, count) = (page.next_offset(), page.count);
            all.extend(page.entries.into_iter().map(&keep));
            match next {
                Some(next) => offset = next,
                None if count.is_none_or(|count| count == all.len()) => return Look::Seen(all),
                None => return Look::Refused(Refusal::Failed),
            }
        }
    }

    fn is_worth_a_call(&self) -> bool {
        match &self.connection {
            Connection::NotLooked | Connection::Works => true,
            Connection::Incomplete { .. }
            | Connection::NotConnected
            | Connection::ApplicationRefused
            | Connection::KeyRefused
            | Connection::QuotaSpent => false,
            Connection::OutOfReach => self.is_worth_another,
        }
    }
}

/// Source: 412 is how Brivo's documents tell of passes that an account does not have, 2026-09-28.
fn failed(error: &BrivoError) -> Failed {
    tracing::debug!(error = %error, "brivo did not show something to a preflight");
    match error {
        BrivoError::Forbidden { .. } => Failed::This(Refusal::Forbidden),
        BrivoError::NotFound => Failed::This(Refusal::Unknown),
        BrivoError::Rejected { status: 412, .. } => Failed::This(Refusal::NotOffered),
        BrivoError::Unavailable { .. } | BrivoError::Interrupted(_) => Failed::NoAnswer,
        BrivoError::Rejected { .. } | BrivoError::Unreadable { .. } | BrivoError::Misrouted | BrivoError::Unsettled => {
            Failed::This(Refusal::Failed)
        }
        BrivoError::Disconnected | BrivoError::TokenRefused | BrivoError::CodeRefused => {
            Failed::All(Connection::NotConnected)
        }
        BrivoError::BadApplication => Failed::All(Connection::ApplicationRefused),
        BrivoError::KeyRefused => Failed::All(Connection::KeyRefused),
        BrivoError::QuotaSpent { .. } => Failed::All(Connection::QuotaSpent),
        BrivoError::SlowDown { .. }
        | BrivoError::Unreachable(_)
        | BrivoError::Refreshing { .. }
        | BrivoError::Vault(_) => Failed::All(Connection::OutOfReach),
    }
}
