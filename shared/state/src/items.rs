//! What is stored, as values.

use std::collections::{BTreeMap, BTreeSet};

use domain::{
    AccountId, AddressId, BrivoUserId, GroupId, HookId, MemberId, MemberKey, Subject, SubjectKind, TeamId,
    adoption::Reference,
    connect::{AnotherAccount, BrivoAccount, Link},
    drift::{ByGroup, Staged},
    facts::{Entitlement, Member},
    full_read::{Extent, Mark, Reads},
    hooks::{HookSeen, noted},
    intake::{EventKey, Record, Recording},
    ledger::Ledger,
    pace::Pace,
    snapshot::Place,
    tenant::{Mapping, Tenant, Way},
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// A tenant as stored: settings in the clear, secrets sealed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TenantRecord {
    /// The settings.
    pub tenant: Tenant,
    /// Sealed secrets by their place in the tenant document (`hooks.path_secret`).
    pub sealed: BTreeMap<String, String>,
    /// The settings before, while a change that takes away too much waits for approval.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settled: Option<Box<Tenant>>,
    /// Settings of the platform's API that are no secrets (`username`).
    #[serde(default)]
    pub platform_api: BTreeMap<String, String>,
    /// The digest of the document that was last loaded from a file; what is put by an operator leaves it as it is.
    #[serde(default)]
    pub loaded: Option<String>,
    /// Counts writes.
    #[serde(default)]
    pub version: u64,
    /// The accounts' records, by account; not part of the item.
    #[serde(skip)]
    pub accounts: BTreeMap<AccountId, AccountRecord>,
}

impl TenantRecord {
    /// Where the secret of the app's hook stands among the sealed ones.
    pub const APP_HOOK_SECRET: &str = "app_hook.secret";

    /// Whether all is there that bringing pass codes this way needs.
    pub fn courier_ready(&self, way: Way) -> bool {
        let has_secret = match way {
            Way::Mail => true,
            Way::App => self.sealed.contains_key(Self::APP_HOOK_SECRET),
        };
        self.tenant.has_way(way) && has_secret
    }
}

/// The tokens of a Brivo account as stored.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountRecord {
    /// The tokens, once there were any.
    pub tokens: Option<SealedTokens>,
    /// Digests of all refresh tokens that were ever taken from a tenant document: the newest of what grew from them counts.
    #[serde(default)]
    pub seeds: BTreeSet<String>,
    /// Brivo refused the refresh token: a person has to connect the account again.
    pub needs_reconnect: bool,
    /// A refresh is in flight; nobody else begins one before this instant.
    pub claimed_until: Option<Timestamp>,
    /// With this link the account can be connected.
    #[serde(default)]
    pub link: Option<Link>,
    /// Which account of Brivo was connected last, once it was asked.
    #[serde(default)]
    pub brivo: Option<BrivoAccount>,
    /// Why nothing may be written with the tokens.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub doubt: Option<Doubt>,
    /// The generation of the tokens with which the account was connected, as long as not everyone has been woken for that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to_wake_for: Option<u64>,
    /// Counts writes.
    pub version: u64,
}

impl AccountRecord {
    /// Whether there are tokens that Brivo has not refused, of the account that is known here.
    pub fn is_connected(&self) -> bool {
        self.tokens.is_some() && !self.needs_reconnect && self.doubt.is_none()
    }

    /// Whether Brivo is to be asked to which account the tokens belong before anything is written with them.
    pub fn has_to_be_asked(&self) -> bool {
        self.doubt == Some(Doubt::Unasked) && !self.needs_reconnect
    }

    /// Why the tokens are refused, if they are of another account.
    pub fn refusal(&self) -> Option<&AnotherAccount> {
        match &self.doubt {
            Some(Doubt::Refused(another)) => Some(another),
            Some(Doubt::Unasked) | None => None,
        }
    }
}

/// Why nothing may be written with tokens.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Doubt {
    /// They came with a document, and nobody has asked yet whether they are of the account that was connected before.
    Unasked,
    /// They are of another account.
    Refused(AnotherAccount),
}

/// Tokens, sealed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SealedTokens {
    /// Grows by one with each new refresh token.
    pub generation: u64,
    /// The access token.
    pub access: Option<String>,
    /// When the access token was given.
    pub issued_at: Timestamp,
    /// When the access token ends.
    pub expires_at: Timestamp,
    /// The refresh token.
    pub refresh: String,
}

/// A webhook event as stored for 14 days.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventRecord {
    /// What makes it the same event when it comes again.
    pub key: EventKey,
    /// Its body, sealed; left out when it is too large to keep.
    pub body: Option<String>,
    /// How it came in, for whoever reads it once more; left out where nobody could.
    pub came: Option<Came>,
}

/// How an event came in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Came {
    /// Its place among those that came with it.
    pub number: usize,
    /// The rest, in the words of whoever reads events; no secret and nothing of a person.
    pub origin: String,
}

/// An event that was kept, with how it came in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptEvent {
    /// Its place among all that were kept: whoever goes on after it gives this.
    pub mark: String,
    /// What makes it the same event.
    pub key: EventKey,
    /// How it came in, as it was told with it; none of one that expired just now.
    pub origin: Option<String>,
    /// Its body, sealed, if it was kept.
    pub body: Option<String>,
}

/// What a webhook needs to know.
#[derive(Clone, Debug, Default)]
pub struct Recall {
    /// The tenant, if there is one.
    pub tenant: Option<TenantRecord>,
    /// Which of the events asked about were recorded before.
    pub seen: BTreeSet<EventKey>,
    /// The records asked about; `None` where there is none.
    pub records: BTreeMap<Subject, Option<Record>>,
    /// The versions of `records`, 0 where there is none.
    pub versions: BTreeMap<Subject, u64>,
    /// The hook that was asked about, and what is remembered of it.
    pub hook: Option<(HookId, Option<HookRecord>)>,
}

impl Recall {
    /// What was only looked at: a recording decided on it is written only if it is as it was.
    pub fn only_read<'a>(&'a self, recording: &'a Recording) -> impl Iterator<Item = (&'a Subject, u64)> {
        let only_read = self.versions.iter().filter(|(subject, _)| !recording.records.contains_key(subject));
        only_read.map(|(subject, version)| (subject, *version))
    }

    /// The hook that was asked about, with what is to be remembered of it once what it brought is recorded, if anything is.
    pub fn hook_to_note(&self, now: Timestamp) -> Option<(&HookId, HookRecord)> {
        let (id, known) = self.hook.as_ref()?;
        let seen = noted(known.as_ref().map(|known| known.seen), now)?;
        let version = known.as_ref().map_or(0, |known| known.version);
        Some((id, HookRecord { seen, version: version.saturating_add(1) }))
    }

    /// Whether one transaction holds the recording with so many events.
    pub fn fits_one_transaction(&self, recording: &Recording, events: usize) -> bool {
        let beside = usize::from(self.hook.is_some()).saturating_add(events);
        recording.len().saturating_add(self.only_read(recording).count()).saturating_add(beside) <= MOST_ACTIONS
    }
}

/// What is remembered of a hook.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HookRecord {
    /// When it brought something, and whether an alarm was raised since.
    #[serde(flatten)]
    pub seen: HookSeen,
    /// Counts writes.
    #[serde(default)]
    pub version: u64,
}

/// How a lease is asked for.
#[derive(Clone, Debug)]
pub struct LeaseTerms {
    /// The present instant.
    pub now: Timestamp,
    /// When the lease runs out by itself.
    pub until: Timestamp,
    /// Who asks: one name per process.
    pub owner: String,
    /// Whether this process is the only one that works on this state, so that any lease of another is a dead one's.
    pub alone: bool,
}

/// The answer to asking for a lease.
#[expect(clippy::large_enum_variant, reason = "taken apart at once, where it is asked for")]
#[derive(Clone, Debug)]
pub enum Leased {
    /// Granted.
    Granted(Lease),
    /// Another run has it, at the longest until then.
    Held {
        /// When it runs out by itself.
        until: Timestamp,
    },
}

/// The right to work on a member.
#[derive(Clone, Debug)]
pub struct Lease {
    /// Whose.
    pub member: MemberKey,
    /// Grows with every lease; every write of the run must match it.
    pub fence: u64,
    /// Grows with every fact; tells whether facts came in during the run.
    pub revision: u64,
    /// The ledger as it stood.
    pub ledger: Ledger,
    /// When the member was due.
    pub due: Option<Timestamp>,
}

/// All that lies with a member.
#[derive(Clone, Debug, Default)]
pub struct MemberItems {
    /// The person, once known.
    pub member: Option<Member>,
    /// What the person holds.
    pub entitlements: Vec<Entitlement>,
    /// The teams that name the person.
    pub teams: BTreeSet<TeamId>,
    /// The persons who turned out to be this one: their Brivo users are to go on as this person's.
    pub inherits_from: BTreeSet<MemberId>,
    /// The persons this one turned out to be: nothing is done for this one until they have taken over.
    pub bequeathed_to: BTreeSet<MemberId>,
    /// The ledger, for those who read without a lease.
    pub ledger: Ledger,
    /// When the member is due.
    pub due: Option<Timestamp>,
}

impl MemberItems {
    /// Every team the person is in: those that name the person and those that the person names.
    pub fn all_teams(&self) -> BTreeSet<TeamId> {
        let named = self.member.as_ref().map(Member::team_ids).unwrap_or_default();
        self.teams.union(&named).cloned().collect()
    }
}

/// How a run ended.
#[derive(Clone, Debug, Default)]
pub struct Release {
    /// The ledger from now on.
    pub ledger: Ledger,
    /// Audit records to add or to close.
    pub audit: Vec<AuditRecord>,
    /// When the member is due next.
    pub due: Option<Timestamp>,
    /// Who has taken over what this person bequeathed to them.
    pub taken_over_by: Option<MemberId>,
}

/// What a team holds, and who pays for it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TeamItems {
    /// What the team holds; nothing once it is removed.
    pub entitlements: Vec<Entitlement>,
    /// Who pays for it.
    pub paying_member: Option<MemberId>,
}

/// A Brivo user as the account's inventory knows it: by an e-mail address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InventoryEntry {
    /// Brivo's id.
    pub user: BrivoUserId,
    /// The digest of one of the user's e-mail addresses.
    pub address: AddressId,
    /// Whose reference the user bore when it was seen; nobody's in what was written before that was kept.
    #[serde(default)]
    pub reference: Reference,
}

/// How far the reading of a Brivo account has come, and what the last whole one found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SyncRecord {
    /// Where a reading goes on that was cut short.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stage: Option<SyncStage>,
    /// When the last one ended, whether or not it came to its end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended: Option<Timestamp>,
    /// When the users were last read whole: until then nobody knows who is not in the account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub users_read_at: Option<Timestamp>,
    /// What it found.
    #[serde(default)]
    pub found: SyncFound,
    /// What it did not undo, because that waits for approval, and the digest by which that is approved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub staged: Option<(Staged, String)>,
    /// What was approved and is not undone yet.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub approved: ByGroup,
    /// Counts writes.
    #[serde(default)]
    pub version: u64,
}

/// A part of the reading of an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SyncStage {
    /// The users, from this one on, for the inventory.
    Users(usize),
    /// The groups and who is in them, as a whole: half of it decides nothing.
    Groups,
}

/// What a reading of an account found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SyncFound {
    /// Users in the account.
    pub users: usize,
    /// Groups that were looked into.
    pub groups: usize,
    /// Groups that the tenant document names and the account does not have.
    #[serde(default)]
    pub missing: BTreeSet<GroupId>,
    /// Groups that were left alone because their name lacks the prefix of managed ones.
    #[serde(default)]
    pub unmarked: BTreeSet<GroupId>,
    /// What the managed groups that are there are called.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub names: BTreeMap<GroupId, String>,
    /// People whose groups were changed by hand, which is told.
    pub reported: usize,
    /// People whose groups were changed by hand, which is undone.
    pub reverted: usize,
    /// People who are left for the next time.
    pub left: usize,
    /// What kept it from its end; the rest is of the time before then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trouble: Option<String>,
}

/// How far the read of a platform by its own API has come, and what the last ones found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FullReadRecord {
    /// The read that goes on with the next call.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub under_way: Option<UnderWay>,
    /// When those began that came to their end.
    #[serde(default)]
    pub reads: Reads,
    /// What the last whole one found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub found: Option<ReadFound>,
    /// What it did not take away, because that waits for approval.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub staged: Option<StagedRead>,
    /// What kept the last call from its end, and when; the rest is of the time before then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trouble: Option<(Timestamp, String)>,
    /// When somebody last set about reading: whoever was not read for longest comes first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tried_at: Option<Timestamp>,
    /// When somebody first set about reading.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_tried_at: Option<Timestamp>,
    /// Somebody was told that no read has come to its end for too long.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub told_late: bool,
    /// The settings of the last whole one: after others everything is read, since what did not change at the platform may count
    /// otherwise now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settings: Option<String>,
    /// Counts writes.
    #[serde(default)]
    pub version: u64,
}

/// A read of a platform that takes more than one call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnderWay {
    /// When it began, which is what it is true of.
    pub began: Timestamp,
    /// What is read.
    pub extent: Extent,
    /// The settings it was begun with: with others it begins anew.
    pub settings: String,
    /// Where it goes on.
    pub mark: Mark,
    /// How many sheets of what was seen are stored.
    pub sheets: usize,
    /// Where something of a kind was listed.
    pub places: BTreeSet<Place>,
    /// What it found so far.
    pub found: ReadFound,
    /// What the platform itself says about what gives which groups, as far as that was read.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mappings: Vec<Mapping>,
    /// How often it was kept from going on where it is.
    #[serde(default)]
    pub failures: u32,
    /// Since when it does not come on from where it stands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stuck_since: Option<Timestamp>,
}

/// What a read of a platform found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadFound {
    /// How many things were listed.
    pub listed: usize,
    /// How many pieces of news that was.
    pub news: usize,
    /// How many records could not be read.
    pub unreadable: usize,
    /// The kinds of which some could not be read and do not tell as what they are known: nothing of these is missing.
    #[serde(default)]
    pub in_doubt: BTreeSet<SubjectKind>,
    /// The first faults of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub faults: Vec<String>,
    /// How many things were known and not listed.
    pub missing: usize,
}

/// What is missing from a read of a platform and is taken away only with somebody's approval. The list itself is on sheets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StagedRead {
    /// The read.
    pub as_of: Timestamp,
    /// How many things are missing.
    pub missing: usize,
    /// Of how many that are known.
    pub known: usize,
    /// On how many sheets they stand.
    pub sheets: usize,
    /// Names the list.
    pub hash: String,
    /// Somebody approved it, and not all of it is taken away yet.
    #[serde(default)]
    pub approved: bool,
}

/// What the sheets of a read are about: lists too long for one item.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sheets {
    /// What the read has seen, as digests.
    Seen,
    /// What is missing from it.
    Missing,
}

/// A sheet to be written.
#[derive(Clone, Copy, Debug)]
pub struct Sheet<'a> {
    /// What it is about, and when the read began.
    pub of: (Sheets, Timestamp),
    /// Its place among them.
    pub number: usize,
    /// What stands on it; at most some 300 KB.
    pub text: &'a str,
}

/// The pace of an API key as stored.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaceRecord {
    /// The pace.
    pub pace: Pace,
    /// Counts writes.
    pub version: u64,
}

/// The answer to giving a lease back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Released {
    /// All is remembered.
    Done,
    /// The ledger is remembered, but facts came in: the member is due still.
    FactsChanged,
}

/// One write to Brivo, with its reason. Ids only, no names: the log outlives an erasure.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditRecord {
    /// Sorts by time.
    pub id: String,
    /// When the write was begun.
    pub at: Timestamp,
    /// Which account.
    pub account: AccountId,
    /// What was written.
    pub action: String,
    /// The Brivo user, once known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub brivo_user: Option<BrivoUserId>,
    /// Groups added.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub added: BTreeSet<GroupId>,
    /// Groups taken away.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub removed: BTreeSet<GroupId>,
    /// Why.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub because: Vec<String>,
    /// How it ended.
    pub outcome: AuditOutcome,
    /// What went wrong, if something did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// How a write ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AuditOutcome {
    /// Begun; its end is not known yet.
    Begun,
    /// Brivo answered that it is done, or it was read back as done.
    Done,
    /// It was not done.
    Failed,
}

/// How many members one page of the roster names at most.
pub const PAGE: usize = 500;

/// How many items one request reads by key at most.
///
/// Source: DynamoDB API reference, `BatchGetItem`, 2026-11.
pub const MOST_KEYS: usize = 100;

/// How many things one transaction writes or compares at most.
///
/// Source: DynamoDB API reference, `TransactWriteItems`, 2026-11.
pub const MOST_ACTIONS: usize = 100;
