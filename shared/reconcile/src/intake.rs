//! News of many things at once, as uploads and reads of a platform bring it: compared with what is known, and recorded.

use std::collections::BTreeSet;

use domain::{
    MemberKey, Subject, SubjectKind, TenantId,
    intake::{EventKey, News, Recording, SameInstant, What, newer, says_nothing_new, take_in},
    rules::Rulebook,
    snapshot::Comparison,
};
use jiff::Timestamp;
use runtime::Services;
use state::{Recall, StoreError, TenantRecord};

/// How many things are looked up at once.
const LOOKED_UP: usize = 90;

/// How many pieces of news are recorded together; with the records beside them they fit into one transaction as a rule.
const TOGETHER: usize = 20;

/// How often news is decided anew when others write to the same records.
const TRIES: usize = 20;

/// Takes in the news of one tenant.
pub(crate) struct Intake<'a> {
    services: &'a Services,
    pub(crate) tenant: &'a TenantId,
    rules: Rulebook,
    until: Timestamp,
}

/// What becomes of news that something is gone of which nothing is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Absent {
    /// It is recorded: what is told later and is older must not bring it.
    Said,
    /// It is none: lists go on naming for years what is gone, and each time nobody ever knew of it.
    Unsaid,
}

/// News that something is gone as of an instant, by `source`.
pub(crate) fn gone(subject: &Subject, as_of: Timestamp, source: &str) -> News {
    let event = EventKey { source: source.to_owned(), id: subject.to_string() };
    News { event, subject: subject.clone(), as_of, what: What::Removed }
}

impl<'a> Intake<'a> {
    /// For a tenant, until then.
    pub(crate) fn of(services: &'a Services, tenant: &'a TenantRecord, until: Timestamp) -> Self {
        Self { services, tenant: &tenant.tenant.id, rules: Rulebook::new(&tenant.tenant), until }
    }

    /// Compares what is listed with everything that is known of these kinds, page by page.
    pub(crate) async fn compare(
        &self,
        kinds: &BTreeSet<SubjectKind>,
        comparison: &mut Comparison<'_>,
    ) -> Result<(), StoreError> {
        for kind in kinds.iter().copied() {
            let mut after: Option<String> = None;
            loop {
                let page = self.services.store.listed(self.tenant, kind, after.as_deref()).await?;
                let Some(last) = page.last().cloned() else { break };
                self.count(kind, &page, comparison).await?;
                after = Some(last);
            }
        }
        Ok(())
    }

    async fn count(&self, kind: SubjectKind, page: &[String], to: &mut Comparison<'_>) -> Result<(), StoreError> {
        for ids in page.chunks(LOOKED_UP) {
            let recall = self.recall(ids.iter().map(|id| Subject::new(kind, id)).collect()).await?;
            for (subject, record) in &recall.records {
                if let Some(record) = record {
                    to.count(subject, record);
                }
            }
        }
        Ok(())
    }

    /// What of the news is not known yet.
    pub(crate) async fn fresh(&self, news: &[News], absent: Absent) -> Result<Vec<News>, StoreError> {
        let mut fresh = Vec::new();
        for some in news.chunks(LOOKED_UP) {
            let recall = self.recall(some.iter().map(|piece| piece.subject.clone()).collect()).await?;
            let is_known = |piece: &News| {
                let record = recall.records.get(&piece.subject).and_then(Option::as_ref);
                let is_unsaid = absent == Absent::Unsaid && record.is_none() && piece.what == What::Removed;
                is_unsaid || says_nothing_new(piece, record)
            };
            fresh.extend(some.iter().filter(|piece| !is_known(piece)).cloned());
        }
        Ok(fresh)
    }

    /// What of news that came in before counts beside what is known by now.
    pub(crate) async fn newer(&self, news: &[News], same_instant: SameInstant) -> Result<Vec<News>, StoreError> {
        let mut counts = Vec::new();
        for some in news.chunks(LOOKED_UP) {
            let recall = self.recall(some.iter().map(|piece| piece.subject.clone()).collect()).await?;
            let record = |piece: &News| recall.records.get(&piece.subject).and_then(Option::as_ref);
            counts.extend(some.iter().filter_map(|piece| newer(piece, record(piece), same_instant)));
        }
        Ok(counts)
    }

    async fn recall(&self, subjects: BTreeSet<Subject>) -> Result<Recall, StoreError> {
        self.services.store.recall(self.tenant, &[], &subjects, None).await
    }

    /// Records news in order, as far as it comes in its time; answers whether that is all.
    pub(crate) async fn record(&self, news: &[News]) -> Result<bool, StoreError> {
        let mut parts: Vec<&[News]> = news.chunks(TOGETHER).rev().collect();
        while let Some(part) = parts.pop() {
            if self.services.clock.now() >= self.until {
                return Ok(false);
            }
            if !self.record_together(part).await? {
                let (one, other) = part.split_at(part.len() / 2);
                parts.extend([other, one]);
            }
        }
        Ok(true)
    }

    /// Records some news in one transaction and wakes everyone concerned; answers whether it fits into one.
    async fn record_together(&self, news: &[News]) -> Result<bool, StoreError> {
        let now = self.services.clock.now();
        let mut subjects: BTreeSet<Subject> = news.iter().map(|piece| piece.subject.clone()).collect();
        for _ in 0..TRIES {
            let recall = self.recall(subjects.clone()).await?;
            let recording = match take_in(news, &recall.records, &self.rules) {
                Ok(recording) => recording,
                Err(missing) => {
                    subjects.extend(missing);
                    continue;
                }
            };
            if !recall.fits_one_transaction(&recording, 0) && news.len() > 1 {
                return Ok(false);
            }
            match self.services.store.record(&recall, &recording, &[], now).await {
                Ok(()) => {
                    self.wake(recording, now).await;
                    return Ok(true);
                }
                Err(StoreError::Conflict | StoreError::Contended) => {}
                Err(error) => return Err(error),
            }
        }
        Err(StoreError::Contended)
    }

    /// Wakes everyone concerned. A failure costs at most the minute until the sweep finds them by their due marks.
    async fn wake(&self, recording: Recording, now: Timestamp) {
        let members = recording.wakes.into_iter();
        let members: Vec<_> = members.map(|member| MemberKey { tenant: self.tenant.clone(), member }).collect();
        if members.is_empty() {
            return;
        }
        if let Err(error) = self.services.wakeups.wake(&members, now).await {
            tracing::warn!(tenant.id = %self.tenant, error = %error, "nobody was woken; the sweep will find them");
        }
    }
}
