//! From news to records: what is to be remembered after some events, and who is to be woken.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    MemberId, Subject, SubjectKind, TeamId,
    facts::{Entitlement, Holder, Member, MemberPatch, Team},
};

/// What makes a delivery the same delivery when it comes again.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EventKey {
    /// Who sent it.
    pub source: String,
    /// The sender's id of it.
    pub id: String,
}

/// One piece of news about one thing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct News {
    /// The delivery it came with.
    pub event: EventKey,
    /// What it is about.
    pub subject: Subject,
    /// The instant it is true of; older news never undoes newer.
    pub as_of: Timestamp,
    /// What it says.
    pub what: What,
}

/// What a piece of news says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// A person has these fields.
    Member(MemberPatch),
    /// A team is this now.
    Team(Team),
    /// An entitlement is this now.
    Entitlement(Entitlement),
    /// The thing is gone.
    Removed,
}

/// The `as_of` of a removal that is final because the platform never uses the id again.
pub const FINAL: Timestamp = Timestamp::MAX;

/// The `as_of` of a hint: anything that is really told about the thing is newer.
pub const HINT: Timestamp = Timestamp::MIN;

/// What is remembered of one thing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Record {
    /// A person.
    Member(Box<Member>),
    /// A team.
    Team(TeamRecord),
    /// Who holds an entitlement; the entitlement itself lies with its holders.
    Entitlement(EntitlementRecord),
}

/// What is remembered of a team.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TeamRecord {
    /// What the team was last told to be, nothing once it is removed, and when that was true.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub told: Option<(Timestamp, Option<Team>)>,
    /// Members who name the team.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub joined: BTreeSet<MemberId>,
}

impl TeamRecord {
    /// Everyone in the team: whom it names and who name it.
    pub fn everyone(&self) -> BTreeSet<MemberId> {
        self.named().union(&self.joined).cloned().collect()
    }

    /// Whether the team was removed: what it holds counts for nobody, whoever still names it.
    pub fn is_removed(&self) -> bool {
        matches!(self.told, Some((_, None)))
    }

    fn named(&self) -> BTreeSet<MemberId> {
        let team = self.told.as_ref().and_then(|(_, team)| team.as_ref());
        team.map(|team| team.members.clone()).unwrap_or_default()
    }
}

/// Who holds an entitlement, and how new that is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EntitlementRecord {
    /// The instant the last news was true of.
    pub as_of: Timestamp,
    /// Who holds it; nobody once it is removed.
    pub holders: BTreeSet<Holder>,
    /// When it ends; a record may be forgotten some time after.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ends: Option<Timestamp>,
}

/// What is to be written after some news.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recording {
    /// Records that changed.
    pub records: BTreeMap<Subject, Record>,
    /// Entitlements to put with a holder, or to take from one.
    pub copies: BTreeMap<(Holder, Subject), Option<Entitlement>>,
    /// Whether a team names a member.
    pub links: BTreeMap<(MemberId, TeamId), bool>,
    /// Who has to be looked at again.
    pub wakes: BTreeSet<MemberId>,
}

impl Recording {
    /// How many things are to be written.
    pub fn len(&self) -> usize {
        [self.records.len(), self.copies.len(), self.links.len(), self.wakes.len()]
            .into_iter()
            .fold(0, usize::saturating_add)
    }

    /// Whether nothing is to be written.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// What is to be written after `news`, given the records `known` (a subject without a record maps to `None`).
///
/// # Errors
///
/// The subjects whose records are needed too; ask again with them.
pub fn take_in(news: &[News], known: &BTreeMap<Subject, Option<Record>>) -> Result<Recording, BTreeSet<Subject>> {
    let mut intake = Intake { known, recording: Recording::default(), missing: BTreeSet::new() };
    for piece in news {
        match &piece.what {
            What::Member(patch) => intake.member(piece, |member| member.merge(patch.clone(), piece.as_of)),
            What::Team(team) => intake.team(piece, Some(team)),
            What::Entitlement(entitlement) => intake.entitlement(piece, Some(entitlement)),
            What::Removed => match piece.subject.kind {
                SubjectKind::Member => intake.member(piece, |member| member.remove(piece.as_of)),
                SubjectKind::Team => intake.team(piece, None),
                SubjectKind::Membership | SubjectKind::Booking | SubjectKind::Pass => intake.entitlement(piece, None),
            },
        }
    }
    if intake.missing.is_empty() { Ok(intake.recording) } else { Err(intake.missing) }
}

struct Intake<'a> {
    known: &'a BTreeMap<Subject, Option<Record>>,
    recording: Recording,
    missing: BTreeSet<Subject>,
}

impl Intake<'_> {
    /// The record as it stands after the news so far; asks for it if it was not looked up.
    fn record(&mut self, subject: &Subject) -> Option<Record> {
        if let Some(record) = self.recording.records.get(subject) {
            return Some(record.clone());
        }
        if let Some(record) = self.known.get(subject) {
            return record.clone();
        }
        self.missing.insert(subject.clone());
        None
    }

    fn team_record(&mut self, team: &TeamId) -> TeamRecord {
        match self.record(&team_subject(team)) {
            Some(Record::Team(record)) => record,
            Some(Record::Member(_) | Record::Entitlement(_)) | None => TeamRecord::default(),
        }
    }

    fn member(&mut self, piece: &News, change: impl FnOnce(&mut Member)) {
        let id = MemberId::new(piece.subject.id.as_str());
        let before = match self.record(&piece.subject) {
            Some(Record::Member(member)) => *member,
            Some(Record::Team(_) | Record::Entitlement(_)) | None => Member::unknown(id.clone()),
        };
        let mut after = before.clone();
        change(&mut after);
        if after == before {
            return;
        }
        for team in before.team_ids().symmetric_difference(&after.team_ids()) {
            let mut record = self.team_record(team);
            if after.team_ids().contains(team) {
                record.joined.insert(id.clone());
            } else {
                record.joined.remove(&id);
            }
            self.recording.records.insert(team_subject(team), Record::Team(record));
        }
        self.recording.records.insert(piece.subject.clone(), Record::Member(Box::new(after)));
        self.recording.wakes.insert(id);
    }

    fn team(&mut self, piece: &News, team: Option<&Team>) {
        let id = TeamId::new(piece.subject.id.as_str());
        let mut record = self.team_record(&id);
        if record.told.as_ref().is_some_and(|(known, _)| *known > piece.as_of) {
            return;
        }
        let (before, was_removed) = (record.named(), record.is_removed());
        record.told = Some((piece.as_of, team.cloned()));
        let after = record.named();
        for member in before.symmetric_difference(&after) {
            self.recording.links.insert((member.clone(), id.clone()), after.contains(member));
            self.recording.wakes.insert(member.clone());
        }
        if record.is_removed() != was_removed {
            self.recording.wakes.extend(record.joined.iter().cloned());
        }
        self.recording.records.insert(piece.subject.clone(), Record::Team(record));
    }

    fn entitlement(&mut self, piece: &News, entitlement: Option<&Entitlement>) {
        let (before, ended) = match self.record(&piece.subject) {
            Some(Record::Entitlement(record)) if record.as_of > piece.as_of => return,
            Some(Record::Entitlement(record)) => (record.holders, record.ends),
            Some(Record::Member(_) | Record::Team(_)) | None => (BTreeSet::new(), None),
        };
        let after = entitlement.map(Entitlement::holders).unwrap_or_default();
        for holder in before.union(&after) {
            let copy = entitlement.filter(|_| after.contains(holder)).cloned();
            self.recording.copies.insert((holder.clone(), piece.subject.clone()), copy);
            self.wake_holder(holder);
        }
        let record = EntitlementRecord {
            as_of: piece.as_of,
            holders: after,
            ends: entitlement.map_or(ended, Entitlement::ends),
        };
        self.recording.records.insert(piece.subject.clone(), Record::Entitlement(record));
    }

    fn wake_holder(&mut self, holder: &Holder) {
        match holder {
            Holder::Member(member) => {
                self.recording.wakes.insert(member.clone());
            }
            Holder::Team(team) => {
                let everyone = self.team_record(team).everyone();
                self.recording.wakes.extend(everyone);
            }
        }
    }
}

fn team_subject(team: &TeamId) -> Subject {
    Subject::new(SubjectKind::Team, team.as_str())
}
