//! News too large to be written at once, which may stop half-way while newer news is written.
//!
//! Such news is announced with the records first. Any later news then settles everybody whom it may have touched, so that
//! what it left behind does not stay, and writes what is newer, so that what it still writes counts for nothing.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{EntitlementRecord, HINT, Record, Recording, TeamRecord, team_subject};
use crate::{MemberId, Subject, facts::Holder};

/// Whom news touches that may not be stored to its end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Begun<T: Ord> {
    /// The newest instant that such news is true of; news as new as that settles it.
    pub as_of: Timestamp,
    /// Whom it touches beyond those in the record.
    pub whom: BTreeSet<T>,
}

impl<T: Ord> Begun<T> {
    fn add(begun: &mut Option<Self>, as_of: Timestamp, who: Option<T>) {
        let begun = begun.get_or_insert_with(|| Self { as_of, whom: BTreeSet::new() });
        begun.as_of = begun.as_of.max(as_of);
        begun.whom.extend(who);
    }
}

impl TeamRecord {
    /// Whose link with the team is to be written if it names these now: as a rule those of whom it is news. After news that
    /// was begun it is everybody whom that may have named or left out.
    pub(super) fn differs_from(&self, now_named: &BTreeSet<MemberId>) -> BTreeSet<MemberId> {
        let before = self.named();
        match &self.begun {
            None => before.symmetric_difference(now_named).cloned().collect(),
            Some(begun) => before.iter().chain(now_named).chain(&begun.whom).cloned().collect(),
        }
    }
}

impl Recording {
    /// The records as they are to be written before anything else, where not all can be written at once.
    ///
    /// They say what was `known` and whom the recording touches. Only records that the recording changes are among them.
    pub fn begun(&self, known: &BTreeMap<Subject, Option<Record>>) -> BTreeMap<Subject, Record> {
        let mut records = BTreeMap::new();
        for ((member, team), link) in &self.links {
            let subject = team_subject(team);
            if !self.records.contains_key(&subject) {
                continue;
            }
            let first = || Record::Team(known_team(known, &subject));
            if let Record::Team(record) = records.entry(subject.clone()).or_insert_with(first) {
                // Whoever leaves the team is in its record still.
                Begun::add(&mut record.begun, link.as_of, Some(member.clone()).filter(|_| link.what));
            }
        }
        for ((holder, subject), copy) in &self.copies {
            let Some(Record::Entitlement(coming)) = self.records.get(subject) else { continue };
            let first = || Record::Entitlement(known_entitlement(known, subject, coming));
            if let Record::Entitlement(record) = records.entry(subject.clone()).or_insert_with(first) {
                Begun::<Holder>::add(&mut record.begun, copy.as_of, Some(holder.clone()));
            }
        }
        records
    }
}

fn known_team(known: &BTreeMap<Subject, Option<Record>>, subject: &Subject) -> TeamRecord {
    match known.get(subject) {
        Some(Some(Record::Team(record))) => record.clone(),
        Some(Some(Record::Member(_) | Record::Entitlement(_) | Record::Address(_)) | None) | None => {
            TeamRecord::default()
        }
    }
}

/// The record as known; of something new one that says nothing, and that is forgotten when the one to come would be.
fn known_entitlement(
    known: &BTreeMap<Subject, Option<Record>>,
    subject: &Subject,
    coming: &EntitlementRecord,
) -> EntitlementRecord {
    match known.get(subject) {
        Some(Some(Record::Entitlement(record))) => record.clone(),
        Some(Some(Record::Member(_) | Record::Team(_) | Record::Address(_)) | None) | None => EntitlementRecord {
            as_of: HINT,
            holders: BTreeSet::new(),
            ends: coming.ends,
            copied: None,
            held: None,
            begun: None,
        },
    }
}
