//! Reads events once more that were kept: what was not understood, not recorded or lost is taken in then.
//!
//! They are read in the order they came in, as of the instants they came in, by the rules and settings of today. What is known as
//! newer stays, so that a replay of what was taken in rightly writes nothing and wakes nobody. No event is recorded anew:
//! whatever its sender repeats is known as before.

use domain::{
    HookId, TenantId,
    intake::{News, SameInstant},
};
use jiff::Timestamp;
use platforms::{Delivery, Origin, Unreadable};
use runtime::{
    Services,
    seal::{Sealed, SealedFor},
};
use secrecy::ExposeSecret;
use serde::Serialize;
use state::{KeptEvent, StoreError, TenantRecord, keys};

use crate::intake::Intake;

/// How many events are read from state at once; the longest are of 256 KB.
const PAGE: usize = 25;

/// How many events one call reads at most.
const MOST_EVENTS: usize = 500;

/// How many faults are told of one call.
const FAULTS_TOLD: usize = 10;

/// Which events are to be read.
#[derive(Clone, Debug)]
pub struct Asked {
    /// Those that came in from this instant on.
    pub since: Timestamp,
    /// Those that came in before this one.
    pub before: Timestamp,
    /// Those after this mark, where a call before has ended.
    pub after: Option<String>,
    /// Only those whose sender calls itself so.
    pub source: Option<String>,
    /// Only those that came by this hook.
    pub hook: Option<HookId>,
    /// What becomes of news of the very instant of what is known.
    pub same_instant: SameInstant,
    /// When to stop.
    pub until: Timestamp,
}

/// What a replay came to, as far as it came.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Replayed {
    /// Events that were read.
    pub events: usize,
    /// Pieces of news that were taken in, because nothing as new was known.
    pub news: usize,
    /// Events of other hooks or senders.
    pub passed_over: usize,
    /// Events whose body was too large to be kept.
    pub not_kept: usize,
    /// Events that cannot be read.
    pub unreadable: usize,
    /// Why, of the first of them.
    pub faults: Vec<String>,
    /// When the last of them came in.
    pub came_in: Option<Timestamp>,
    /// Where the next call goes on; none once all were read.
    pub next: Option<String>,
}

/// Reads events that were kept, as far as that comes in its time.
///
/// # Errors
/// If the state failed. What was read until then is taken in, and reading it again does no harm.
pub async fn replay(services: &Services, tenant: &TenantRecord, asked: &Asked) -> Result<Replayed, StoreError> {
    let intake = Intake::of(services, tenant, asked.until);
    let end = keys::event_marks_from(asked.before);
    let mut after = asked.after.clone().unwrap_or_else(|| keys::event_marks_from(asked.since));
    let mut so_far = Replayed::default();
    loop {
        let page = services.store.events(intake.tenant, &after, PAGE).await?;
        let is_last = page.len() < PAGE || page.last().is_some_and(|kept| kept.mark >= end);
        let mut with_page = so_far.clone();
        let mut news = Vec::new();
        for kept in page.iter().filter(|kept| kept.mark < end) {
            news.extend(with_page.read(services, tenant, kept, asked));
        }
        let newer = intake.newer(&news, asked.same_instant).await?;
        with_page.news += newer.len();
        if !intake.record(&newer).await? {
            return Ok(Replayed { next: Some(after), ..so_far });
        }
        so_far = with_page;
        let Some(last) = page.last().filter(|_| !is_last) else { return Ok(so_far) };
        after.clone_from(&last.mark);
        if so_far.seen() >= MOST_EVENTS || services.clock.now() >= asked.until {
            return Ok(Replayed { next: Some(after), ..so_far });
        }
    }
}

impl Replayed {
    fn seen(&self) -> usize {
        [self.events, self.passed_over, self.not_kept, self.unreadable].into_iter().fold(0, usize::saturating_add)
    }

    /// Counts an event, and answers what it tells.
    fn read(&mut self, services: &Services, tenant: &TenantRecord, kept: &KeptEvent, asked: &Asked) -> Vec<News> {
        let read = read_again(services, tenant, kept, asked);
        match read {
            Ok((came_in, news)) => {
                self.events += 1;
                self.came_in = Some(came_in);
                return news;
            }
            Err(Unread::PassedOver) => self.passed_over += 1,
            Err(Unread::NotKept) => self.not_kept += 1,
            Err(Unread::Faulty(faults)) => {
                self.unreadable += 1;
                let room = FAULTS_TOLD.saturating_sub(self.faults.len());
                let told = faults.into_iter().map(|fault| format!("{} {}: {fault}", kept.key.source, kept.key.id));
                self.faults.extend(told.take(room));
            }
        }
        Vec::new()
    }
}

/// Why an event tells nothing.
enum Unread {
    PassedOver,
    NotKept,
    Faulty(Vec<String>),
}

impl From<Unreadable> for Unread {
    fn from(unreadable: Unreadable) -> Self {
        Self::Faulty(unreadable.faults)
    }
}

/// When an event came in, and what it tells.
fn read_again(
    services: &Services,
    tenant: &TenantRecord,
    kept: &KeptEvent,
    asked: &Asked,
) -> Result<(Timestamp, Vec<News>), Unread> {
    let faulty = |fault: String| Unread::Faulty(vec![fault]);
    let origin: Origin = match kept.origin.as_deref().map(serde_json::from_str) {
        Some(Ok(origin)) => origin,
        Some(Err(_)) => return Err(faulty("how it came in cannot be read".to_owned())),
        None => return Err(Unread::NotKept),
    };
    let is_other = |wanted: &HookId| *wanted != origin.hook();
    if asked.hook.as_ref().is_some_and(is_other) || asked.source.as_ref().is_some_and(|it| *it != kept.key.source) {
        return Err(Unread::PassedOver);
    }
    let body = kept.body.as_ref().ok_or(Unread::NotKept)?;
    let id: &TenantId = &tenant.tenant.id;
    let item = keys::event(id, &kept.key).pk;
    let place = SealedFor { tenant: id, item: &item, field: "body" };
    let body = services.sealer.open(&place, &Sealed::from_text(body)).map_err(|error| faulty(error.to_string()))?;
    let delivery = Delivery::read_again(&origin, &kept.key, body.expose_secret())?;
    let news = delivery.news(&tenant.tenant, origin.received_at, origin.proof)?;
    Ok((origin.received_at, news))
}
