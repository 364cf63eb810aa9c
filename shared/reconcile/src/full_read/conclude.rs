//! The end of a read: what is missing from it, and what becomes of that.

use std::collections::HashSet;

use domain::{
    Subject, TenantId,
    full_read::{Extent, true_of},
    intake::News,
    snapshot::{Comparison, Seen},
    tenant::Mapping,
};
use jiff::Timestamp;
use platforms::Reader;
use runtime::{
    Services,
    tenants::{take_mappings, wake_everyone},
};
use sha2::{Digest, Sha256};
use state::{FullReadRecord, Sheet, Sheets, StagedRead, StoreError, TenantRecord, UnderWay};

use super::{Cut, Reading, digest};
use crate::{
    intake::{Absent, Intake, gone},
    settings::settle,
};

/// How many subjects stand on a sheet.
const ON_A_SHEET: usize = 2000;

/// Where news comes from that says that something is missing.
const SOURCE: &str = "full_read";

/// What an approval came to.
#[derive(Clone, Debug)]
pub enum Approval {
    /// What was approved is being taken away; so the reads stand.
    Given(FullReadRecord),
    /// Nothing waits for approval.
    Nothing,
    /// Another list waits by now.
    Moved(FullReadRecord),
}

/// Approves of the list that has this hash: what it names is taken away, unless it was told of again since.
///
/// The approval is remembered first, so that what is not taken away by `until` is with the next read.
///
/// # Errors
/// If the state failed, or a read ended meanwhile.
pub async fn approve(
    services: &Services,
    tenant: &TenantRecord,
    hash: &str,
    until: Timestamp,
) -> Result<Approval, StoreError> {
    let mut record = services.store.full_read(&tenant.tenant.id).await?;
    match &mut record.staged {
        None => return Ok(Approval::Nothing),
        Some(staged) if staged.hash != hash => return Ok(Approval::Moved(record)),
        Some(staged) => staged.approved = true,
    }
    let mut reading = Reading { services, tenant, intake: Intake::of(services, tenant, until), until, record };
    reading.put().await?;
    reading.take_away_what_was_approved().await?;
    Ok(Approval::Given(reading.record))
}

/// What is missing and waits for approval.
///
/// # Errors
/// If the state failed.
pub async fn missing(services: &Services, tenant: &TenantId, staged: &StagedRead) -> Result<Vec<Subject>, StoreError> {
    let sheets = services.store.sheets(tenant, (Sheets::Missing, staged.as_of)).await?;
    let lines = sheets.iter().take(staged.sheets).flat_map(|sheet| sheet.lines());
    Ok(lines.filter_map(|line| line.parse().ok()).collect())
}

impl Reading<'_> {
    /// Takes away what was approved, as far as that comes in its time.
    pub(super) async fn take_away_what_was_approved(&mut self) -> Result<(), StoreError> {
        let Some(staged) = self.record.staged.clone().filter(|staged| staged.approved) else { return Ok(()) };
        let missing = missing(self.services, self.id(), &staged).await?;
        if hash(&missing.iter().map(ToString::to_string).collect::<Vec<_>>()) != staged.hash {
            // Two who read at the same time wrote over each other's sheets.
            tracing::warn!(tenant.id = %self.id(), "what was approved is listed anew, because its list was lost");
            self.record.staged = None;
            return self.put().await;
        }
        let listed_again = self.listed_again().await?;
        if self
            .take_away(missing.iter().filter(|subject| !listed_again.contains(&digest(subject))), staged.as_of)
            .await?
        {
            tracing::info!(tenant.id = %self.id(), missing = staged.missing, "what was approved is taken away");
            self.record.staged = None;
            self.put().await?;
        }
        Ok(())
    }

    /// What a whole read that is under way has listed so far: it may be unchanged, and so never have been news.
    async fn listed_again(&self) -> Result<HashSet<u64>, StoreError> {
        let Some(under_way) = self.record.under_way.as_ref().filter(|it| it.extent == Extent::Whole) else {
            return Ok(HashSet::new());
        };
        let sheets = self.services.store.sheets(self.id(), (Sheets::Seen, under_way.began)).await?;
        Ok(sheets.iter().flat_map(|sheet| digests(sheet)).collect())
    }

    /// Takes away what is missing, unless it was told of since; answers whether that is all.
    async fn take_away<'s>(
        &self,
        missing: impl Iterator<Item = &'s Subject>,
        as_of: Timestamp,
    ) -> Result<bool, StoreError> {
        let gone: Vec<News> = missing.map(|subject| gone(subject, true_of(as_of), SOURCE)).collect();
        let fresh = self.intake.fresh(&gone, Absent::Unsaid).await?;
        self.intake.record(&fresh).await
    }

    /// Ends the read: what is missing from a whole one is gone, or waits.
    pub(super) async fn conclude(&mut self, reader: &Reader) -> Result<(), Cut> {
        let Some(mut under_way) = self.record.under_way.clone() else { return Ok(()) };
        if under_way.extent == Extent::Whole {
            if !under_way.found.in_doubt.is_empty() {
                tracing::warn!(
                    tenant.id = %self.id(), kinds = ?under_way.found.in_doubt,
                    "records were listed that do not tell what they are, so that nothing of their kinds is taken for missing"
                );
            }
            if reader.reads_groups() {
                self.take_mappings(&under_way.mappings).await?;
            }
            self.judge(reader, &mut under_way).await?;
            self.record.found = Some(under_way.found.clone());
            self.record.settings = Some(under_way.settings.clone());
        }
        tracing::info!(
            tenant.id = %self.id(), whole = under_way.extent == Extent::Whole, listed = under_way.found.listed,
            news = under_way.found.news, missing = under_way.found.missing,
            "the platform was read"
        );
        self.record.reads = self.record.reads.and(under_way.began, under_way.extent);
        (self.record.under_way, self.record.trouble) = (None, None);
        Ok(())
    }

    /// Lets what the platform itself says about groups take effect, like a change of the document: what would take groups from many
    /// waits for approval. A change that a dead process left unmeasured is measured now.
    async fn take_mappings(&self, mappings: &[Mapping]) -> Result<(), StoreError> {
        let changed = take_mappings(&*self.services.store, self.id(), mappings).await?;
        if !changed && self.tenant.settled.is_none() {
            return Ok(());
        }
        let waits = settle(self.services, self.id()).await?.is_some();
        if changed || !waits {
            tracing::info!(tenant.id = %self.id(), mappings = mappings.len(), waits, "the platform says anew what gives which groups");
            wake_everyone(self.services, self.id()).await?;
        }
        Ok(())
    }

    async fn judge(&mut self, reader: &Reader, under_way: &mut UnderWay) -> Result<(), Cut> {
        let sheets = self.services.store.sheets(self.id(), (Sheets::Seen, under_way.began)).await?;
        let seen = Seen::new(digest, sheets.iter().flat_map(|sheet| digests(sheet)), under_way.places.clone());
        let mut scope = reader.scope(&self.tenant.tenant, under_way.began);
        scope.as_of = true_of(under_way.began);
        scope.kinds.retain(|kind| !under_way.found.in_doubt.contains(kind));
        let kinds = scope.kinds.clone();
        let mut comparison = Comparison::of_seen(scope, &seen);
        self.intake.compare(&kinds, &mut comparison).await?;
        under_way.found.missing = comparison.missing().len();
        if comparison.needs_approval() {
            return Ok(self.stage(under_way.began, &comparison).await?);
        }
        if self.record.staged.take().is_some() {
            tracing::info!(tenant.id = %self.id(), "what was missing is listed again; nothing waits for approval any more");
        }
        if self.take_away(comparison.missing().iter(), under_way.began).await? { Ok(()) } else { Err(Cut::Late) }
    }

    /// Lets what is missing wait for approval.
    async fn stage(&mut self, as_of: Timestamp, comparison: &Comparison<'_>) -> Result<(), StoreError> {
        let missing: Vec<String> = comparison.missing().iter().map(ToString::to_string).collect();
        let hash = hash(&missing);
        for (number, some) in missing.chunks(ON_A_SHEET).enumerate() {
            let sheet = Sheet { of: (Sheets::Missing, as_of), number, text: &some.join("\n") };
            self.services.store.put_sheet(self.id(), sheet).await?;
        }
        let is_new = self.record.staged.as_ref().is_none_or(|staged| staged.hash != hash);
        if is_new {
            tracing::error!(
                tenant.id = %self.id(), missing = missing.len(), known = comparison.known(),
                "so much is missing from what the platform lists that taking it away waits for approval"
            );
        }
        self.record.staged = Some(StagedRead {
            as_of,
            missing: missing.len(),
            known: comparison.known(),
            sheets: missing.len().div_ceil(ON_A_SHEET),
            hash,
            approved: false,
        });
        Ok(())
    }
}

/// Tells a list of what is missing from any other.
fn hash(missing: &[String]) -> String {
    hex::encode(Sha256::digest(missing.join("\n")))
}

/// The digests on a sheet, each of sixteen digits.
fn digests(sheet: &str) -> impl Iterator<Item = u64> {
    sheet.as_bytes().chunks(16).filter_map(|digits| u64::from_str_radix(str::from_utf8(digits).ok()?, 16).ok())
}
