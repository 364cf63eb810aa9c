//! From news to records: what is to be remembered after some events, and who is to be woken.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    AddressId, MemberId, Subject, SubjectKind, TeamId,
    facts::{Entitlement, Holder, Member, MemberPatch, Team},
    rules::Rulebook,
};

mod address;
mod again;
mod begun;
mod copied;
mod known;

pub(crate) use address::means;
pub use address::{AddressRecord, Contact};
pub use again::{SameInstant, newer};
pub use begun::Begun;
pub use copied::CopiedPlan;
pub use known::says_nothing_new;

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
    /// An e-mail address belongs to somebody of this name.
    Contact(Contact),
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
    /// Who has an e-mail address, and what they hold by it.
    Address(Box<AddressRecord>),
}

impl Record {
    /// Whether the platform has told of the thing, and not that it is gone. Guests and e-mail addresses are no things of the
    /// platform's.
    pub fn is_there(&self) -> bool {
        match self {
            Self::Member(member) => member.is_there() && member.guest.is_none(),
            Self::Team(record) => record.team().is_some(),
            Self::Entitlement(record) => record.held.is_some(),
            Self::Address(_) => false,
        }
    }
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
    /// Whom news that may not be stored to its end names besides.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub begun: Option<Begun<MemberId>>,
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

    /// Who pays for the team.
    pub fn paying_member(&self) -> Option<&MemberId> {
        self.team()?.paying_member.as_ref()
    }

    fn named(&self) -> BTreeSet<MemberId> {
        self.team().map(|team| team.members.clone()).unwrap_or_default()
    }

    fn team(&self) -> Option<&Team> {
        self.told.as_ref()?.1.as_ref()
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
    /// The groups that were copied from its plan, where the policy takes a copy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub copied: Option<CopiedPlan>,
    /// The entitlement itself as it was told, until it is removed: whom an e-mail address means may change, and a full read is
    /// compared with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub held: Option<Box<Entitlement>>,
    /// With whom news that may not be stored to its end puts it, or from whom that takes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub begun: Option<Begun<Holder>>,
}

/// Something that is so, and the instant the news that says so is true of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AsOf<T> {
    /// The instant; where things are written one by one, older never overwrites newer.
    pub as_of: Timestamp,
    /// What is so.
    pub what: T,
}

/// What is to be written after some news.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recording {
    /// Records that changed.
    pub records: BTreeMap<Subject, Record>,
    /// Entitlements to put with a holder, or to take from one.
    pub copies: BTreeMap<(Holder, Subject), AsOf<Option<Entitlement>>>,
    /// Whether a team names a member.
    pub links: BTreeMap<(MemberId, TeamId), AsOf<bool>>,
    /// Whether the first person's Brivo user goes on as the second's, because they turned out to be one.
    pub bequests: BTreeMap<(MemberId, MemberId), bool>,
    /// Who has to be looked at again.
    pub wakes: BTreeSet<MemberId>,
}

impl Recording {
    /// How many things are to be written.
    pub fn len(&self) -> usize {
        let bequests = self.bequests.len().saturating_mul(2);
        [self.records.len(), self.copies.len(), self.links.len(), bequests, self.wakes.len()]
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
pub fn take_in(
    news: &[News],
    known: &BTreeMap<Subject, Option<Record>>,
    rules: &Rulebook,
) -> Result<Recording, BTreeSet<Subject>> {
    let mut intake = Intake { known, rules, recording: Recording::default(), missing: BTreeSet::new() };
    for piece in news {
        match &piece.what {
            What::Member(patch) => intake.member(piece, |member| member.merge(patch.clone(), piece.as_of)),
            What::Team(team) => intake.team(piece, Some(team)),
            What::Entitlement(entitlement) => intake.entitlement(piece, Some(entitlement)),
            What::Contact(contact) => intake.contact(piece, contact),
            What::Removed => match piece.subject.kind {
                SubjectKind::Member => intake.member(piece, |member| member.remove(piece.as_of)),
                SubjectKind::Team => intake.team(piece, None),
                SubjectKind::Membership | SubjectKind::Booking | SubjectKind::Pass => intake.entitlement(piece, None),
                // Nobody can take an address away: it is held by those who say that it is theirs.
                SubjectKind::Address => {}
            },
        }
    }
    if intake.missing.is_empty() { Ok(intake.recording) } else { Err(intake.missing) }
}

struct Intake<'a> {
    known: &'a BTreeMap<Subject, Option<Record>>,
    rules: &'a Rulebook,
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

    fn member_record(&mut self, member: &MemberId) -> Member {
        match self.record(&member_subject(member)) {
            Some(Record::Member(member)) => *member,
            Some(Record::Team(_) | Record::Entitlement(_) | Record::Address(_)) | None => {
                Member::unknown(member.clone())
            }
        }
    }

    fn put_member(&mut self, member: Member) {
        self.recording.records.insert(member_subject(&member.id), Record::Member(Box::new(member)));
    }

    fn team_record(&mut self, team: &TeamId) -> TeamRecord {
        match self.record(&team_subject(team)) {
            Some(Record::Team(record)) => record,
            Some(Record::Member(_) | Record::Entitlement(_) | Record::Address(_)) | None => TeamRecord::default(),
        }
    }

    fn member(&mut self, piece: &News, change: impl FnOnce(&mut Member)) {
        let id = MemberId::new(piece.subject.id.as_str());
        let before = self.member_record(&id);
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
        self.put_member(after.clone());
        self.recording.wakes.insert(id);
        if before.is_there() != after.is_there() {
            for team in &after.pays_for {
                self.wake_team(team);
            }
        }
        if before.answers_to() != after.answers_to() {
            self.readdress(&before, &after, piece.as_of);
        }
    }

    fn team(&mut self, piece: &News, team: Option<&Team>) {
        let id = TeamId::new(piece.subject.id.as_str());
        let mut record = self.team_record(&id);
        if record.told.as_ref().is_some_and(|(known, _)| *known > piece.as_of) {
            return;
        }
        let before = record.clone();
        record.told = Some((piece.as_of, team.cloned()));
        record.begun = record.begun.filter(|begun| begun.as_of > piece.as_of);
        let named = record.named();
        for member in before.differs_from(&named) {
            let link = AsOf { as_of: piece.as_of, what: named.contains(&member) };
            self.recording.links.insert((member.clone(), id.clone()), link);
            self.recording.wakes.insert(member);
        }
        if before.paying_member() != record.paying_member() {
            self.pay_for(before.paying_member(), &id, false);
            self.pay_for(record.paying_member(), &id, true);
            self.recording.wakes.extend(record.everyone());
        }
        if record.is_removed() != before.is_removed() {
            self.recording.wakes.extend(record.joined.iter().cloned());
        }
        self.recording.records.insert(piece.subject.clone(), Record::Team(record));
    }

    /// Notes with a person whether they pay for the team, so that the team is looked at when their memberships change.
    fn pay_for(&mut self, payer: Option<&MemberId>, team: &TeamId, pays: bool) {
        let Some(payer) = payer else { return };
        let mut member = self.member_record(payer);
        if pays {
            member.pays_for.insert(team.clone());
        } else {
            member.pays_for.remove(team);
        }
        self.put_member(member);
    }

    fn entitlement(&mut self, piece: &News, told: Option<&Entitlement>) {
        let known = match self.record(&piece.subject) {
            Some(Record::Entitlement(record)) if record.as_of > piece.as_of => return,
            Some(Record::Entitlement(record)) => Some(record),
            Some(Record::Member(_) | Record::Team(_) | Record::Address(_)) | None => None,
        };
        let (entitlement, copied) = self.with_copied_groups(told, known.as_ref());
        let (before, ended, begun) =
            known.map(|record| (record.holders, record.ends, record.begun)).unwrap_or_default();
        let after = entitlement.as_ref().map(Entitlement::holders).unwrap_or_default();
        let named = before.union(&after).cloned().collect();
        self.hold_by_address((&piece.subject, piece.as_of), entitlement.as_ref(), named);
        let holders = |intake: &mut Self, named: &BTreeSet<Holder>| -> BTreeSet<Holder> {
            named.iter().map(|holder| intake.resolved(holder)).collect()
        };
        let (mut concerned, present) = (holders(self, &before), holders(self, &after));
        concerned.extend(present.iter().cloned());
        concerned.extend(begun.iter().flat_map(|begun| begun.whom.iter().cloned()));
        for holder in concerned {
            self.wake_holder(&holder, piece.subject.kind);
            let what = entitlement.as_ref().filter(|_| present.contains(&holder)).cloned();
            self.recording.copies.insert((holder, piece.subject.clone()), AsOf { as_of: piece.as_of, what });
        }
        let ends = entitlement.as_ref().map_or(ended, Entitlement::ends);
        let held = told.cloned().map(Box::new);
        let begun = begun.filter(|begun| begun.as_of > piece.as_of);
        let record = EntitlementRecord { as_of: piece.as_of, holders: after, ends, copied, held, begun };
        self.recording.records.insert(piece.subject.clone(), Record::Entitlement(record));
    }

    /// Wakes whoever holds something of this kind: a person, with the teams that share a payer's memberships, or a team.
    fn wake_holder(&mut self, holder: &Holder, kind: SubjectKind) {
        match holder {
            Holder::Member(member) => {
                self.recording.wakes.insert(member.clone());
                if kind == SubjectKind::Membership {
                    for team in self.member_record(member).pays_for {
                        self.wake_team(&team);
                    }
                }
            }
            Holder::Team(team) => self.wake_team(team),
            Holder::Address(address) => {
                let person = self.address_record(address).person(address);
                self.recording.wakes.insert(person);
            }
        }
    }

    fn wake_team(&mut self, team: &TeamId) {
        let everyone = self.team_record(team).everyone();
        self.recording.wakes.extend(everyone);
    }
}

fn member_subject(member: &MemberId) -> Subject {
    Subject::new(SubjectKind::Member, member.as_str())
}

fn team_subject(team: &TeamId) -> Subject {
    Subject::new(SubjectKind::Team, team.as_str())
}

fn address_subject(address: &AddressId) -> Subject {
    Subject::new(SubjectKind::Address, address.as_str())
}
