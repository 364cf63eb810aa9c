//! How a recording is written: in one transaction, or, if it is too large for one, in an order that leaves nobody behind.
//!
//! Too large for one is news of a team of many members. It is written in four steps, each on the one before:
//!
//! 1. The records say that it has begun and whom it touches, on the condition that they did not change since they were read.
//!    From here on, any other news of the same things settles those people too (`domain::intake::Begun`).
//! 2. Entitlements and links, each on its own, but not over newer ones.
//! 3. The due marks: nobody is marked before what they are to see is there.
//! 4. Records and events, on the condition that nobody else has told or begun anything since step 1, and that nothing else
//!    it was decided on has changed since it was read.
//!
//! Whoever stops in between has got no answer out, so that the sender tells it again. Whoever is merely slow is refused in
//! step 4, and what was written in step 2 is either older than what stands, and was left out, or was settled by what came
//! between. People who are marked by news that comes to nothing are looked at once more than needed.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::Client;
use domain::{
    MemberKey, Subject, TenantId,
    intake::{Record, Recording},
};
use jiff::Timestamp;

use super::{MARKED_TOGETHER, dated::Dated, write::Writes};
use crate::{
    StoreError,
    items::{EventRecord, Recall},
    keys,
};

/// How long an event is kept, to know it when it comes again. Nexudus and Svix give up within 28 hours.
const EVENT_KEPT_SECONDS: i64 = 14 * 24 * 3600;

/// What is to be recorded, and what it was decided on.
pub(super) struct Telling<'a> {
    pub(super) table: &'a str,
    pub(super) tenant: &'a TenantId,
    pub(super) recall: &'a Recall,
    pub(super) recording: &'a Recording,
    pub(super) events: &'a [EventRecord],
    pub(super) now: Timestamp,
}

impl Telling<'_> {
    pub(super) async fn send(&self, client: &Client) -> Result<(), StoreError> {
        let (facts, marks) = (self.facts()?, self.marks()?);
        if self.recall.fits_one_transaction(self.recording, self.events.len()) {
            let told = self.told(&BTreeMap::new())?;
            return facts.into_writes(self.table)?.with(marks).with(told).send(client).await;
        }
        let begun = self.recording.begun(&self.recall.records);
        self.begun(&begun)?.send(client).await?;
        facts.send_one_by_one(client, self.table).await?;
        marks.send_side_by_side(client, MARKED_TOGETHER).await?;
        self.told(&begun)?.send(client).await
    }

    fn facts(&self) -> Result<Dated, StoreError> {
        let mut facts = Dated::new(self.now);
        for ((holder, subject), copy) in &self.recording.copies {
            facts.put_copy(&keys::copy(self.tenant, holder, subject), copy)?;
        }
        for ((member, team), link) in &self.recording.links {
            facts.put_link(&keys::link(self.tenant, member, team), link);
        }
        Ok(facts)
    }

    fn marks(&self) -> Result<Writes<'_>, StoreError> {
        let mut marks = Writes::new(self.table);
        for member in &self.recording.wakes {
            marks.mark_due(&MemberKey { tenant: self.tenant.clone(), member: member.clone() }, self.now)?;
        }
        Ok(marks)
    }

    fn begun(&self, begun: &BTreeMap<Subject, Record>) -> Result<Writes<'_>, StoreError> {
        let mut writes = Writes::new(self.table);
        for (subject, record) in begun {
            writes.put_record(self.tenant, subject, record, self.seen(subject))?;
        }
        Ok(writes)
    }

    /// Records, bequests and events; those of `begun` were written once since they were read. What was only looked at is
    /// compared: whom it named is whom the recording wakes.
    fn told(&self, begun: &BTreeMap<Subject, Record>) -> Result<Writes<'_>, StoreError> {
        let mut told = Writes::new(self.table);
        for (subject, version) in self.recall.only_read(self.recording) {
            told.expect_unchanged(&keys::record(self.tenant, subject), version)?;
        }
        for (subject, record) in &self.recording.records {
            let since = u64::from(begun.contains_key(subject));
            told.put_record(self.tenant, subject, record, self.seen(subject).saturating_add(since))?;
        }
        for ((from, to), stands) in &self.recording.bequests {
            for key in keys::bequest(self.tenant, from, to) {
                told.put_note(&key, *stands)?;
            }
        }
        if let Some((hook, record)) = self.recall.hook_to_note(self.now) {
            told.put_hook(self.tenant, hook, &record)?;
        }
        for event in self.events {
            told.put_event(self.tenant, event, self.now, EVENT_KEPT_SECONDS)?;
        }
        Ok(told)
    }

    /// The version of a subject's record as it was read.
    fn seen(&self, subject: &Subject) -> u64 {
        self.recall.versions.get(subject).copied().unwrap_or(0)
    }
}
