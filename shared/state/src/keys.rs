//! The one table: every key on one page.
//!
//! | partition | sort | item |
//! |---|---|---|
//! | `T#tenant` | `tenant` | tenant document, secrets sealed |
//! | `T#tenant` | `account#ID` | tokens of a Brivo account, sealed |
//! | `M#tenant#member` | `member` | the person |
//! | `M#tenant#member` | `run` | ledger, due mark, lease |
//! | `M#tenant#member` | `fact#booking/ID` | an entitlement the person holds |
//! | `M#tenant#member` | `team#ID` | a team that names the person |
//! | `M#tenant#member` | `from#ID` | a person whose Brivo user goes on as this one's |
//! | `M#tenant#member` | `to#ID` | the person as whose this one's Brivo user goes on |
//! | `G#tenant#team` | `team` | the team |
//! | `G#tenant#team` | `fact#membership/ID` | an entitlement the team holds |
//! | `S#tenant#booking/ID` | `record` | who holds an entitlement, and how new that is |
//! | `B#tenant` | `sync#ACCOUNT` | how far the reading of a Brivo account has come, and what it found |
//! | `R#tenant` | `read` | how far the read of the platform has come, and what it found |
//! | `R#tenant` | `hooks` | what the platform's list of webhooks said last |
//! | `R#tenant#MILLIS#seen` | number | a part of what that read has seen, or of what is missing from it; some weeks |
//! | `H#tenant` | URL of a hook, without secrets | when it last brought something |
//! | `K#DIGEST` | `pace` | the pace of an API key of Brivo |
//! | `tenants` | `ID` | that there is such a tenant |
//! | `I#tenant#account` | `DIGEST#USER` | a Brivo user by e-mail address, some weeks |
//! | `E#tenant#LENGTH#sourceid` | `event` | a webhook event, 14 days |
//! | `A#tenant#member` | time and number | one Brivo write |
//!
//! Index `due`: `due_shard` and `due_at` (milliseconds), only while a member is due. Index `roster`: `roster` and `member`, for
//! every member that was ever woken, and, under their kind, for people, teams and entitlements as long as they are there. Events
//! that can be read once more stand in it as `event`, by when they came in. Entitlements and links have `as_of`, the instant
//! their news is true of (nanoseconds). One that was taken away is `gone` for two days, and nobody sees it. A tenant's id has no
//! `#`, so no two keys collide whatever a platform's ids look like.

use crate::items::{InventoryEntry, Sheets};
use domain::{
    AccountId, ApiKeyId, HookId, MemberId, MemberKey, Subject, SubjectKind, TeamId, TenantId, facts::Holder,
    intake::EventKey,
};
use jiff::Timestamp;

/// How many partitions the due index and the roster are spread over, so that none is hot.
pub const SHARDS: u8 = 8;

/// A primary key.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    /// Partition.
    pub pk: String,
    /// Sort.
    pub sk: String,
}

impl Key {
    fn new(pk: String, sk: impl Into<String>) -> Self {
        Self { pk, sk: sk.into() }
    }
}

/// The partition of a tenant.
pub fn tenant_partition(tenant: &TenantId) -> String {
    format!("T#{tenant}")
}

/// A tenant.
pub fn tenant(tenant: &TenantId) -> Key {
    Key::new(tenant_partition(tenant), "tenant")
}

/// A Brivo account.
pub fn account(tenant: &TenantId, account: &AccountId) -> Key {
    Key::new(tenant_partition(tenant), format!("account#{account}"))
}

/// The partition that names every tenant; few and rarely written, so that one is enough.
pub const TENANTS: &str = "tenants";

/// That there is such a tenant.
pub fn tenant_name(tenant: &TenantId) -> Key {
    Key::new(TENANTS.to_owned(), tenant.as_str())
}

/// How far the reading of a Brivo account has come; not with the tenant, which every run reads.
pub fn sync(tenant: &TenantId, account: &AccountId) -> Key {
    Key::new(format!("B#{tenant}"), format!("sync#{account}"))
}

/// How far the read of a tenant's platform has come.
pub fn full_read(tenant: &TenantId) -> Key {
    Key::new(format!("R#{tenant}"), "read")
}

/// What a platform's list of webhooks said last.
pub fn hook_list(tenant: &TenantId) -> Key {
    Key::new(format!("R#{tenant}"), "hooks")
}

/// The partition of the sheets of the read that began then.
pub fn sheet_partition(tenant: &TenantId, (sheets, began): (Sheets, Timestamp)) -> String {
    let what = match sheets {
        Sheets::Seen => "seen",
        Sheets::Missing => "missing",
    };
    format!("R#{tenant}#{}#{what}", began.as_millisecond())
}

/// One of them.
pub fn sheet(tenant: &TenantId, of: (Sheets, Timestamp), number: usize) -> Key {
    Key::new(sheet_partition(tenant, of), format!("{number:06}"))
}

/// The partition of what is remembered of a tenant's hooks.
pub fn hook_partition(tenant: &TenantId) -> String {
    format!("H#{tenant}")
}

/// What is remembered of a hook.
pub fn hook(tenant: &TenantId, hook: &HookId) -> Key {
    Key::new(hook_partition(tenant), hook.as_str())
}

/// The pace of an API key; of no tenant, because several may share the key.
pub fn pace(key: &ApiKeyId) -> Key {
    Key::new(format!("K#{key}"), "pace")
}

/// The partition of a member.
pub fn member_partition(tenant: &TenantId, member: &MemberId) -> String {
    format!("M#{tenant}#{member}")
}

/// A member's ledger, due mark and lease.
pub fn run(tenant: &TenantId, member: &MemberId) -> Key {
    Key::new(member_partition(tenant, member), "run")
}

/// Reads the member back from its partition.
pub fn member_of_partition(pk: &str) -> Option<MemberKey> {
    let (tenant, member) = pk.strip_prefix("M#")?.split_once('#')?;
    Some(MemberKey { tenant: tenant.into(), member: member.into() })
}

/// The partition of a team.
pub fn team_partition(tenant: &TenantId, team: &TeamId) -> String {
    format!("G#{tenant}#{team}")
}

/// The record of a subject.
pub fn record(tenant: &TenantId, subject: &Subject) -> Key {
    match subject.kind {
        SubjectKind::Member => Key::new(member_partition(tenant, &MemberId::new(&subject.id)), "member"),
        SubjectKind::Team => Key::new(team_partition(tenant, &TeamId::new(&subject.id)), "team"),
        SubjectKind::Membership | SubjectKind::Booking | SubjectKind::Pass | SubjectKind::Address => {
            Key::new(format!("S#{tenant}#{subject}"), "record")
        }
    }
}

/// An entitlement with its holder.
pub fn copy(tenant: &TenantId, holder: &Holder, subject: &Subject) -> Key {
    let partition = match holder {
        Holder::Member(member) => member_partition(tenant, member),
        Holder::Team(team) => team_partition(tenant, team),
        // Intake has found out who that is; by then it is a member.
        Holder::Address(address) => member_partition(tenant, &address.guest()),
    };
    Key::new(partition, format!("fact#{subject}"))
}

/// That a team names a member.
pub fn link(tenant: &TenantId, member: &MemberId, team: &TeamId) -> Key {
    Key::new(member_partition(tenant, member), format!("team#{team}"))
}

/// That the first person's Brivo user goes on as the second's: the note with the second, and that with the first.
pub fn bequest(tenant: &TenantId, from: &MemberId, to: &MemberId) -> [Key; 2] {
    [
        Key::new(member_partition(tenant, to), format!("from#{from}")),
        Key::new(member_partition(tenant, from), format!("to#{to}")),
    ]
}

/// The inventory of an account.
pub fn inventory_partition(tenant: &TenantId, account: &AccountId) -> String {
    format!("I#{tenant}#{account}")
}

/// A Brivo user in the inventory.
pub fn inventory(tenant: &TenantId, account: &AccountId, entry: &InventoryEntry) -> Key {
    let InventoryEntry { user, address, .. } = entry;
    Key::new(inventory_partition(tenant, account), format!("{address}#{user}"))
}

/// An event.
pub fn event(tenant: &TenantId, key: &EventKey) -> Key {
    Key::new(format!("E#{tenant}#{}#{}{}", key.source.len(), key.source, key.id), "event")
}

/// The audit log of a member.
pub fn audit_partition(member: &MemberKey) -> String {
    format!("A#{}#{}", member.tenant, member.member)
}

/// The shard of a member; stable for ever.
pub fn shard(member: &MemberKey) -> u8 {
    spread(&member.tenant, member.member.as_str())
}

fn spread(tenant: &TenantId, id: &str) -> u8 {
    let bytes = tenant.as_str().bytes().chain(id.bytes());
    // FNV-1a: short, stable, and spreads ids that differ in their last digit.
    let hash = bytes
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3));
    u8::try_from(hash % u64::from(SHARDS)).unwrap_or_default()
}

/// The due index's partition of a shard.
pub fn due_shard(shard: u8) -> String {
    format!("due#{shard}")
}

/// The roster's partition of a tenant's shard.
pub fn roster(tenant: &TenantId, shard: u8) -> String {
    format!("{tenant}#{shard}")
}

/// The roster's partition of what is there of a kind, in a shard.
pub fn roster_of(tenant: &TenantId, kind: SubjectKind, shard: u8) -> String {
    format!("{tenant}#{}#{shard}", kind.word())
}

/// The roster's partition of the events that can be read once more, in a shard.
pub fn roster_of_events(tenant: &TenantId, shard: u8) -> String {
    format!("{tenant}#event#{shard}")
}

/// The shard of an event; stable for ever.
pub fn shard_of_event(tenant: &TenantId, key: &EventKey) -> u8 {
    spread(tenant, &key.id)
}

/// An event's place among those of its tenant: by when it came in, then by its number among those that came with it.
pub fn event_mark(key: &EventKey, received_at: Timestamp, number: usize) -> String {
    let EventKey { source, id } = key;
    format!("{}#{number:06}#{}#{source}{id}", event_marks_from(received_at), source.len())
}

/// What comes before the mark of every event from this instant on, and after all others.
pub fn event_marks_from(at: Timestamp) -> String {
    format!("{:015}", at.as_millisecond().max(0))
}

/// The event of a mark.
pub fn event_of_mark(mark: &str) -> Option<EventKey> {
    let mut parts = mark.splitn(4, '#').skip(2);
    let length = parts.next()?.parse().ok()?;
    let (source, id) = parts.next()?.split_at_checked(length)?;
    Some(EventKey { source: source.to_owned(), id: id.to_owned() })
}

/// The shard of a subject; stable for ever.
pub fn shard_of(tenant: &TenantId, subject: &Subject) -> u8 {
    spread(tenant, &subject.id)
}
