//! Takes in a full upload, and what is missing from it as gone.
//!
//! What is listed comes first, people and teams before what they hold, so that nobody who moves from one thing to another is
//! without both. Only what is news is recorded: an upload that says what is known writes nothing and wakes nobody, and one that
//! was cut short is sent again and goes on.

use std::collections::BTreeSet;

use domain::{
    MemberKey, Subject, SubjectKind, TenantId,
    intake::{EventKey, News, Recording, What, says_nothing_new, take_in},
    rules::Rulebook,
    snapshot::{Comparison, Scope},
};
use jiff::Timestamp;
use runtime::Services;
use serde_json::json;
use sha2::{Digest, Sha256};
use state::{Recall, StoreError, TenantRecord};

/// How many things are looked up at once.
const LOOKED_UP: usize = 90;

/// How many pieces of news are recorded together; with the records beside them they fit into one transaction as a rule.
const TOGETHER: usize = 20;

/// How often news is decided anew when others write to the same records.
const TRIES: usize = 20;

/// An upload.
#[derive(Debug)]
pub struct Upload {
    /// What is listed whole.
    pub scope: Scope,
    /// What is said of everything that is listed: people and teams before what they hold.
    pub news: Vec<News>,
}

/// What is to be done with an upload.
#[derive(Clone, Debug)]
pub struct Asked {
    /// Only look: nothing is recorded.
    pub dry_run: bool,
    /// The hash of what is to be taken away indeed.
    pub approves: Option<String>,
    /// When to stop; the upload is to be sent again then.
    pub until: Timestamp,
}

/// What came of an upload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Uploaded {
    /// Whether it was taken in to its end.
    pub finished: bool,
    /// What is new or different.
    pub fresh: BTreeSet<Subject>,
    /// How many things are known in its place, of its kinds.
    pub known: usize,
    /// What is known and not listed.
    pub missing: BTreeSet<Subject>,
    /// What is listed and gives less than before.
    pub lessened: BTreeSet<Subject>,
    /// Whether what is missing or gives less takes anything away only once somebody approves.
    pub waits_for_approval: bool,
    /// Names what would be taken away, for the approval.
    pub hash: Option<String>,
}

/// Takes an upload in.
///
/// # Errors
/// If the state failed. What was recorded by then stays.
pub async fn take_in_upload(
    services: &Services,
    tenant: &TenantRecord,
    upload: &Upload,
    asked: &Asked,
) -> Result<Uploaded, StoreError> {
    let intake =
        Intake { services, tenant: &tenant.tenant.id, rules: Rulebook::new(&tenant.tenant), until: asked.until };
    let comparison = intake.compared(upload).await?;
    let (missing, lessened) = (comparison.missing().clone(), comparison.lessened().clone());
    let hash = hash(&comparison);
    let waits = comparison.needs_approval() && asked.approves.as_ref() != Some(&hash);
    let mut fresh = intake.fresh(&upload.news).await?;
    let mut uploaded = Uploaded {
        finished: true,
        fresh: fresh.iter().map(|piece| piece.subject.clone()).collect(),
        known: comparison.known(),
        missing,
        lessened,
        waits_for_approval: waits,
        hash: waits.then_some(hash),
    };
    if asked.dry_run {
        return Ok(uploaded);
    }
    fresh.retain(|piece| !waits || !uploaded.lessened.contains(&piece.subject));
    uploaded.finished = intake.record(&fresh).await?;
    let (missing, lessened) = (uploaded.missing.len(), uploaded.lessened.len());
    if waits {
        tracing::warn!(
            tenant.id = %intake.tenant, missing, lessened, known = uploaded.known,
            "so much is missing from an upload that taking it away waits for approval"
        );
        return Ok(uploaded);
    }
    if uploaded.finished {
        let gone: Vec<News> = uploaded.missing.iter().map(|subject| gone(subject, upload.scope.as_of)).collect();
        uploaded.finished = intake.record(&gone).await?;
    }
    if !uploaded.finished && comparison.needs_approval() {
        // What is left of what was approved is another list by now.
        uploaded.hash = Some(self::hash(&intake.compared(upload).await?));
    }
    tracing::info!(
        tenant.id = %intake.tenant, news = uploaded.fresh.len(), missing, lessened, finished = uploaded.finished,
        approved = comparison.needs_approval(), "an upload was taken in"
    );
    Ok(uploaded)
}

/// Tells one list of what would be taken away from any other.
fn hash(comparison: &Comparison<'_>) -> String {
    hex::encode(Sha256::digest(json!([comparison.missing(), comparison.lessened()]).to_string()))
}

fn gone(subject: &Subject, as_of: Timestamp) -> News {
    let event = EventKey { source: "upload".to_owned(), id: subject.to_string() };
    News { event, subject: subject.clone(), as_of, what: What::Removed }
}

struct Intake<'a> {
    services: &'a Services,
    tenant: &'a TenantId,
    rules: Rulebook,
    until: Timestamp,
}

impl Intake<'_> {
    /// Compares the list with everything that is known of its kinds, page by page.
    async fn compared<'u>(&self, upload: &'u Upload) -> Result<Comparison<'u>, StoreError> {
        let mut comparison = Comparison::new(upload.scope.clone(), &upload.news);
        for kind in upload.scope.kinds.iter().copied() {
            let mut after: Option<String> = None;
            loop {
                let page = self.services.store.listed(self.tenant, kind, after.as_deref()).await?;
                let Some(last) = page.last().cloned() else { break };
                self.count(kind, &page, &mut comparison).await?;
                after = Some(last);
            }
        }
        Ok(comparison)
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
    async fn fresh(&self, news: &[News]) -> Result<Vec<News>, StoreError> {
        let mut fresh = Vec::new();
        for some in news.chunks(LOOKED_UP) {
            let recall = self.recall(some.iter().map(|piece| piece.subject.clone()).collect()).await?;
            let is_known = |piece: &News| {
                let record = recall.records.get(&piece.subject).and_then(Option::as_ref);
                says_nothing_new(piece, record)
            };
            fresh.extend(some.iter().filter(|piece| !is_known(piece)).cloned());
        }
        Ok(fresh)
    }

    async fn recall(&self, subjects: BTreeSet<Subject>) -> Result<Recall, StoreError> {
        self.services.store.recall(self.tenant, &[], &subjects, None).await
    }

    /// Records news in order, as far as it comes in its time; answers whether that is all.
    async fn record(&self, news: &[News]) -> Result<bool, StoreError> {
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
