//! Takes in a full upload, and what is missing from it as gone.
//!
//! What is listed comes first, people and teams before what they hold, so that nobody who moves from one thing to another is
//! without both. Only what is news is recorded: an upload that says what is known writes nothing and wakes nobody, and one that
//! was cut short is sent again and goes on.

use std::collections::BTreeSet;

use domain::{
    Subject,
    intake::News,
    snapshot::{Comparison, Scope},
};
use jiff::Timestamp;
use runtime::Services;
use serde_json::json;
use sha2::{Digest, Sha256};
use state::{StoreError, TenantRecord};

use crate::intake::{Absent, Intake, gone};

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
    let intake = Intake::of(services, tenant, asked.until);
    let comparison = compared(&intake, upload).await?;
    let (missing, lessened) = (comparison.missing().clone(), comparison.lessened().clone());
    let hash = hash(&comparison);
    let waits = comparison.needs_approval() && asked.approves.as_ref() != Some(&hash);
    let mut fresh = intake.fresh(&upload.news, Absent::Said).await?;
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
        let gone: Vec<News> =
            uploaded.missing.iter().map(|subject| gone(subject, upload.scope.as_of, "upload")).collect();
        uploaded.finished = intake.record(&gone).await?;
    }
    if !uploaded.finished && comparison.needs_approval() {
        // What is left of what was approved is another list by now.
        uploaded.hash = Some(self::hash(&compared(&intake, upload).await?));
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

async fn compared<'u>(intake: &Intake<'_>, upload: &'u Upload) -> Result<Comparison<'u>, StoreError> {
    let mut comparison = Comparison::new(upload.scope.clone(), &upload.news);
    intake.compare(&upload.scope.kinds, &mut comparison).await?;
    Ok(comparison)
}
