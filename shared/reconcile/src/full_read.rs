//! A platform read by its own API: what no webhook told, or what one told wrongly.
//!
//! A read takes as many calls of the function as it needs. What a page tells is taken in before the next is asked for, as far as it
//! is news; what was seen is remembered as digests on sheets, with the mark at which the read goes on, every few pages. A process
//! that dies costs these few pages and nothing else.
//!
//! Only a read that came to its end says that something is gone, and only of kinds of which every record told at least its id; see
//! [`domain::snapshot`] for what then waits for approval. It waits until a later read lists it again or somebody approves of just
//! this list.

mod conclude;

use std::{collections::BTreeSet, time::Duration};

use domain::{
    Subject, TenantId,
    full_read::{Extent, Mark, begins_anew, goes_on},
    intake::What,
    snapshot::places,
};
use jiff::{SignedDuration, Timestamp};
use platforms::{Asked, PlatformError, Portion, Reader};
use runtime::{Services, clock};
use sha2::{Digest, Sha256};
use state::{FullReadRecord, ReadFound, Sheet, Sheets, StoreError, TenantRecord, UnderWay};

use crate::intake::{Absent, Intake};

pub use conclude::{Approval, approve, missing};

/// After how many calls what was seen is stored.
const CALLS_BETWEEN_SHEETS: usize = 20;

/// How often a call is made again that failed in a way that passes by itself.
const TRIES: usize = 3;

/// How often one is that came too soon: with the second that platforms ask for, longer than the minute they count by.
const TRIES_TOO_SOON: usize = 100;

/// How long to wait before that, if the platform does not say.
const BEFORE_ANOTHER_TRY: Duration = Duration::from_secs(2);

/// How long a platform is read at least, if there is as much time: what is needed beside its lists is asked for anew each time.
const LEAST_SHARE: SignedDuration = SignedDuration::from_mins(1);

/// How many faults are told of a read.
const FAULTS_TOLD: usize = 10;

/// Reads what is to be read of a tenant's platform, as far as it comes until then, and answers how that stands.
///
/// `None` if the platform has no API that is read, or no login was given. With `whole` everything is read, though what changed
/// would do.
///
/// # Errors
/// If the state failed, or somebody else reads at the same time. Trouble with the platform is remembered.
pub async fn read(
    services: &Services,
    tenant: &TenantRecord,
    whole: bool,
    until: Timestamp,
) -> Result<Option<FullReadRecord>, StoreError> {
    let mut known = services.store.full_read(&tenant.tenant.id).await?;
    let now = services.clock.now();
    (known.tried_at, known.first_tried_at) = (Some(now), known.first_tried_at.or(Some(now)));
    let mut reading = Reading { services, tenant, intake: Intake::of(services, tenant, until), until, record: known };
    let mut reader = match services.platforms.reader(&services.sealer, tenant) {
        Ok(Some(reader)) => reader,
        Ok(None) => return Ok(None),
        Err(error) => return reading.stopped(&error.to_string()).await.map(Some),
    };
    reading.take_away_what_was_approved().await?;
    reading.begin(whole, reader.tells_what_changed());
    match reading.go_on(&mut reader).await {
        Ok(()) | Err(Cut::Late) => {
            reading.tell_if_late();
            reading.put().await?;
        }
        Err(Cut::Store(error)) => return Err(error),
        Err(Cut::Platform(error)) => {
            let lasts = !error.is_transient();
            if let Some(under_way) = reading.record.under_way.as_mut().filter(|_| lasts) {
                under_way.failures = under_way.failures.saturating_add(1);
            }
            return reading.stopped(&told(&error)).await.map(Some);
        }
    }
    Ok(Some(reading.record))
}

/// What many reads came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Summary {
    /// Platforms that were read to the end.
    pub ended: usize,
    /// Platforms whose read goes on the next time.
    pub unfinished: usize,
    /// Platforms that could not be read.
    pub failed: usize,
}

/// Reads the platforms of these tenants, those first that were not read for longest, each within its share of the time.
///
/// What one leaves over is for the others, and one that is large keeps nobody from being read. What cannot be remembered of one
/// tenant is logged, and the next is read.
pub async fn read_all(services: &Services, tenants: &[TenantId], until: Timestamp) -> Summary {
    let mut order = Vec::new();
    for id in tenants {
        match services.store.full_read(id).await {
            Ok(known) => order.push((known.tried_at, id)),
            Err(error) => not_remembered(id, &error),
        }
    }
    order.sort();
    let mut summary = Summary { failed: tenants.len().saturating_sub(order.len()), ..Summary::default() };
    let mut left = order.len();
    for (_, id) in order {
        let until = share(services.clock.now(), until, left);
        left = left.saturating_sub(1);
        match read_one(services, id, until).await {
            // Without an API, or somebody else is reading.
            Ok(None) | Err(StoreError::Conflict) => {}
            Ok(Some(record)) => match (&record.under_way, &record.trouble) {
                (None, None) => summary.ended += 1,
                (Some(_), None) => summary.unfinished += 1,
                (None | Some(_), Some(_)) => summary.failed += 1,
            },
            // What keeps one platform from being read must not keep the others, nor Brivo.
            Err(error) => {
                not_remembered(id, &error);
                summary.failed += 1;
            }
        }
    }
    summary
}

async fn read_one(services: &Services, id: &TenantId, until: Timestamp) -> Result<Option<FullReadRecord>, StoreError> {
    match services.store.tenant(id).await? {
        Some(tenant) => read(services, &tenant, false, until).await,
        None => Ok(None),
    }
}

fn not_remembered(tenant: &TenantId, error: &StoreError) {
    tracing::error!(tenant.id = %tenant, error = %error, "what the platform lists could not be remembered");
}

/// Until when one of so many may be read: its part of the time, or long enough to get anywhere.
fn share(now: Timestamp, until: Timestamp, left: usize) -> Timestamp {
    let parts = i32::try_from(left.max(1)).unwrap_or(i32::MAX);
    let part = (until.duration_since(now) / parts).max(LEAST_SHARE);
    now.saturating_add(part).unwrap_or(until).min(until)
}

/// Why a read did not come to its end.
#[derive(Debug, thiserror::Error)]
enum Cut {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Platform(#[from] PlatformError),
    /// There is no more time; the read goes on with the next call.
    #[error("there was no more time")]
    Late,
}

/// What was seen since the last sheet, and the mark that goes with it.
#[derive(Default)]
struct Unsaved {
    digests: String,
    calls: usize,
}

/// How often a call is still made again.
struct Patience {
    after_failures: usize,
    after_calls_too_soon: usize,
}

impl Default for Patience {
    fn default() -> Self {
        Self { after_failures: TRIES, after_calls_too_soon: TRIES_TOO_SOON }
    }
}

impl Patience {
    /// Whether the call is made again after this.
    fn lasts(&mut self, error: &PlatformError) -> bool {
        let left = match error {
            PlatformError::Throttled { .. } => &mut self.after_calls_too_soon,
            PlatformError::Conflict | PlatformError::Unavailable(_) => &mut self.after_failures,
            PlatformError::Refused | PlatformError::Declined | PlatformError::Unreadable { .. } => return false,
        };
        let lasts = *left > 0;
        *left = left.saturating_sub(1);
        lasts
    }
}

/// A read, as far as it has come.
struct Reading<'a> {
    services: &'a Services,
    tenant: &'a TenantRecord,
    intake: Intake<'a>,
    until: Timestamp,
    record: FullReadRecord,
}

impl Reading<'_> {
    fn id(&self) -> &TenantId {
        &self.tenant.tenant.id
    }

    /// Goes on with the read that is under way, or begins one.
    fn begin(&mut self, whole: bool, tells_what_changed: bool) {
        let settings = digest_of_settings(self.tenant);
        let now = self.services.clock.now();
        let is_this = |under_way: &UnderWay| {
            let is_enough = !whole || under_way.extent == Extent::Whole;
            under_way.settings == settings && is_enough && goes_on(under_way.began, now)
        };
        if self.record.under_way.as_ref().is_some_and(is_this) {
            return;
        }
        // What was missing may be back, and unchanged at that.
        let is_missing = self.record.staged.is_some() || self.record.found.as_ref().is_some_and(|it| it.missing > 0);
        let extent = if whole || self.record.settings.as_ref() != Some(&settings) {
            Extent::Whole
        } else {
            self.record.reads.next(tells_what_changed, is_missing, now)
        };
        self.record.under_way = Some(UnderWay {
            began: now,
            extent,
            settings,
            mark: Mark::default(),
            sheets: 0,
            places: BTreeSet::new(),
            found: ReadFound::default(),
            mappings: Vec::new(),
            failures: 0,
            stuck_since: None,
        });
    }

    /// Reads page by page, and concludes.
    async fn go_on(&mut self, reader: &mut Reader) -> Result<(), Cut> {
        let mut unsaved = Unsaved::default();
        let read = self.read_pages(reader, &mut unsaved).await;
        match &read {
            // What was told of the pages that were taken in is seen.
            Ok(()) | Err(Cut::Late | Cut::Platform(_)) => self.save(&mut unsaved).await?,
            Err(Cut::Store(_)) => {}
        }
        read?;
        self.conclude(reader).await
    }

    async fn read_pages(&mut self, reader: &mut Reader, unsaved: &mut Unsaved) -> Result<(), Cut> {
        let mut patience = Patience::default();
        while let Some(under_way) = self.record.under_way.clone().filter(|it| !is_at_its_end(&it.mark)) {
            let now = self.in_time()?;
            let asked = Asked {
                tenant: &self.tenant.tenant,
                extent: under_way.extent,
                began: under_way.began,
                now,
                mark: &under_way.mark,
            };
            let portion = match reader.read(&asked).await {
                Ok(portion) => portion,
                Err(error) if patience.lasts(&error) => {
                    let told = error.retry_after().filter(|wait| !wait.is_zero());
                    self.rest(told.unwrap_or(BEFORE_ANOTHER_TRY)).await?;
                    continue;
                }
                Err(error) => return Err(error.into()),
            };
            patience = Patience::default();
            let rest = portion.rest;
            let is_aside = portion.next.as_ref() == Some(&under_way.mark);
            if !is_aside {
                self.take_in(under_way, portion, unsaved).await?;
            }
            if unsaved.calls >= CALLS_BETWEEN_SHEETS {
                self.save(unsaved).await?;
            }
            self.rest(rest).await?;
        }
        Ok(())
    }

    /// Waits before the next call; ends here if it would come too late.
    async fn rest(&self, rest: Duration) -> Result<(), Cut> {
        let rest = SignedDuration::try_from(rest).unwrap_or(SignedDuration::MAX);
        let rested = self.services.clock.now().saturating_add(rest).unwrap_or(Timestamp::MAX);
        if rested >= self.until {
            return Err(Cut::Late);
        }
        clock::rest(&*self.services.clock, rested).await;
        Ok(())
    }

    /// Takes in what a page tells, and goes on after it.
    async fn take_in(&mut self, mut under_way: UnderWay, portion: Portion, unsaved: &mut Unsaved) -> Result<(), Cut> {
        let fresh = self.intake.fresh(&portion.news, Absent::Unsaid).await?;
        if !self.intake.record(&fresh).await? {
            return Err(Cut::Late);
        }
        let listed = portion.news.iter().filter(|piece| piece.what != What::Removed);
        let mut seen: BTreeSet<&Subject> = portion.unread.iter().collect();
        for piece in listed {
            seen.insert(&piece.subject);
            under_way.places.extend(places(&piece.subject, &piece.what));
        }
        unsaved.digests.extend(seen.iter().map(|subject| format!("{:016x}", digest(subject))));
        unsaved.calls += 1;
        let found = &mut under_way.found;
        found.listed += seen.len();
        found.news += fresh.len();
        found.unreadable += portion.unreadable;
        found.in_doubt.extend(portion.in_doubt);
        let room = FAULTS_TOLD.saturating_sub(found.faults.len());
        found.faults.extend(portion.faults.into_iter().take(room));
        under_way.mappings.extend(portion.mappings);
        under_way.mark = portion.next.unwrap_or_else(end);
        (under_way.failures, under_way.stuck_since) = (0, None);
        (self.record.under_way, self.record.trouble) = (Some(under_way), None);
        Ok(())
    }

    /// Stores what was seen, and with it where the read goes on: both or neither, should somebody else be reading too.
    async fn save(&mut self, unsaved: &mut Unsaved) -> Result<(), StoreError> {
        let saved = std::mem::take(unsaved);
        if saved.calls == 0 {
            return Ok(());
        }
        let Some(under_way) = &mut self.record.under_way else { return Ok(()) };
        let sheet = Sheet { of: (Sheets::Seen, under_way.began), number: under_way.sheets, text: &saved.digests };
        under_way.sheets += 1;
        self.put_with(Some(sheet)).await
    }

    async fn put(&mut self) -> Result<(), StoreError> {
        self.put_with(None).await
    }

    async fn put_with(&mut self, seen: Option<Sheet<'_>>) -> Result<(), StoreError> {
        self.services.store.put_full_read(self.id(), &self.record, seen).await?;
        self.record.version = self.record.version.saturating_add(1);
        Ok(())
    }

    /// Remembers what kept the read from going on.
    async fn stopped(mut self, trouble: &str) -> Result<FullReadRecord, StoreError> {
        let now = self.services.clock.now();
        let before = self.record.trouble.as_ref().map(|(at, _)| *at);
        let was_told = self.note_if_late();
        if self.record.reads.alarms(before, now) && !was_told {
            tracing::error!(
                tenant.id = %self.id(), error = trouble, last = ?self.record.reads.last,
                "the platform is not read to its end any more: what no webhook tells is not seen"
            );
        } else {
            tracing::warn!(tenant.id = %self.id(), error = trouble, "the platform could not be read; nothing is decided");
        }
        self.record.trouble = Some((now, trouble.to_owned()));
        let is_stuck = |under_way: &mut UnderWay| {
            let since = *under_way.stuck_since.get_or_insert(now);
            begins_anew(under_way.failures, now.duration_since(since))
        };
        self.record.under_way.take_if(is_stuck);
        self.put().await?;
        Ok(self.record)
    }

    /// Notes whether reads are late, of which somebody is told then; whether somebody was before.
    fn note_if_late(&mut self) -> bool {
        let now = self.services.clock.now();
        let is_late = self.record.reads.are_late(self.record.first_tried_at, now);
        std::mem::replace(&mut self.record.told_late, is_late)
    }

    /// Tells once of a platform of which no read comes to its end, though nothing goes wrong: it is too large for its share of
    /// the time.
    fn tell_if_late(&mut self) {
        let was_told = self.note_if_late();
        if self.record.told_late && !was_told {
            tracing::error!(
                tenant.id = %self.id(), last = ?self.record.reads.last,
                "the platform is not read to its end within a day: what no webhook tells is seen too late"
            );
        }
    }

    fn in_time(&self) -> Result<Timestamp, Cut> {
        let now = self.services.clock.now();
        if now < self.until { Ok(now) } else { Err(Cut::Late) }
    }
}

/// The mark after the last list.
fn end() -> Mark {
    Mark { list: usize::MAX, after: None }
}

fn is_at_its_end(mark: &Mark) -> bool {
    mark.list == usize::MAX
}

/// Tells a subject from any other, the same in every process.
fn digest(subject: &Subject) -> u64 {
    let digest = Sha256::digest(subject.to_string());
    digest.iter().take(8).fold(0, |number, byte| (number << 8) | u64::from(*byte))
}

/// Tells the settings that a read depends on from any others.
fn digest_of_settings(tenant: &TenantRecord) -> String {
    let told = serde_json::json!([tenant.tenant, tenant.platform_api]);
    hex::encode(Sha256::digest(told.to_string()))
}

/// The trouble with all that is known of it: names of fields, nothing of what they hold.
fn told(error: &PlatformError) -> String {
    match error {
        PlatformError::Unreadable { faults: Some(faults), .. } => format!("{error}: {faults}"),
        PlatformError::Unreadable { faults: None, .. }
        | PlatformError::Throttled { .. }
        | PlatformError::Conflict
        | PlatformError::Refused
        | PlatformError::Unavailable(_)
        | PlatformError::Declined => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_is_read_has_a_part_of_the_time_and_leaves_the_rest() {
        let at = |second| Timestamp::from_second(second).unwrap();

        assert_eq!(share(at(0), at(600), 3), at(200));
        assert_eq!(share(at(10), at(600), 2), at(305), "the first was done after ten seconds");
        assert_eq!(share(at(305), at(600), 1), at(600));
        assert_eq!(share(at(0), at(600), 100), at(60), "long enough to get anywhere");
        assert_eq!(share(at(580), at(600), 5), at(600));
        assert_eq!(share(at(700), at(600), 5), at(600), "no time is left");
        assert_eq!(
            share(at(0), Timestamp::MAX, 2),
            at(0).saturating_add(Timestamp::MAX.duration_since(at(0)) / 2).unwrap()
        );
    }
}
