//! What can be remembered and read back, whatever the engine.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Debug,
};

use async_trait::async_trait;
use domain::{
    AccountId, AddressId, ApiKeyId, BrivoUserId, HookId, MemberId, MemberKey, Subject, SubjectKind, TeamId, TenantId,
    adoption::Reference,
    intake::{EventKey, Recording},
    ledger::Ledger,
};
use jiff::Timestamp;

use crate::HookListRecord;
use crate::items::{
    AccountRecord, AuditRecord, EventRecord, FullReadRecord, HookRecord, InventoryEntry, KeptEvent, Lease, LeaseTerms,
    Leased, MemberItems, PaceRecord, Recall, Release, Released, Sheet, Sheets, SyncRecord, TeamItems, TenantRecord,
};

/// Why something could not be remembered or read.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Someone else wrote in between; read again and decide anew.
    #[error("the state changed in between")]
    Conflict,
    /// Others keep writing the same items at this moment; nothing was written, and it is safe to repeat at once.
    #[error("the state is contended")]
    Contended,
    /// The lease is another run's by now; stop at once.
    #[error("the lease was lost")]
    LeaseLost,
    /// Throttled, slow or unreachable; safe to repeat later.
    #[error("the state store is not available: {message}")]
    Unavailable {
        /// The engine's own name of the trouble; never data.
        message: String,
    },
    /// What is stored cannot be understood, or cannot be stored; repeating does not help.
    #[error("the stored {what} cannot be read or written: {message}")]
    Unusable {
        /// Which kind of item.
        what: &'static str,
        /// What is wrong with it; never data.
        message: String,
    },
}

/// The memory of the bundle.
///
/// Requests: every method is one request to the engine unless its documentation says otherwise.
#[async_trait]
pub trait Store: Send + Sync + Debug {
    /// Reads what a webhook needs: the tenant, which events were seen, the records of subjects, and what is remembered of the
    /// hook it came by, if it came by one.
    async fn recall(
        &self,
        tenant: &TenantId,
        events: &[EventKey],
        subjects: &BTreeSet<Subject>,
        hook: Option<&HookId>,
    ) -> Result<Recall, StoreError>;

    /// Writes events, facts and the due marks of everyone concerned in one transaction, and with them what is to be noted of
    /// the hook. A recording too large for one is written in steps, the records and events in the last: one request for each
    /// entitlement and link, one for every 25 due marks, and two. Whatever is stopped or overtaken between two steps changes
    /// nothing that newer news has said.
    ///
    /// # Errors
    ///
    /// [`StoreError::Conflict`] if an event was recorded, or any of the records read changed, since `recall`.
    async fn record(
        &self,
        recall: &Recall,
        recording: &Recording,
        events: &[EventRecord],
        now: Timestamp,
    ) -> Result<(), StoreError>;

    /// The events of a tenant that can be read once more and stand after this mark, in the order they came in, at most `limit`;
    /// what came last may be missing still. One request a shard, and one for every [`crate::items::MOST_KEYS`] events.
    async fn events(&self, tenant: &TenantId, after: &str, limit: usize) -> Result<Vec<KeptEvent>, StoreError>;

    /// Marks members as due at once, though no fact of theirs changed; a run that is under way is repeated. One request for
    /// every 25 members.
    async fn mark_due(&self, members: &[MemberKey], now: Timestamp) -> Result<(), StoreError>;

    /// Takes the right to work on a member.
    async fn lease(&self, member: &MemberKey, terms: &LeaseTerms) -> Result<Leased, StoreError>;

    /// Reads all that lies with a member.
    async fn member(&self, member: &MemberKey) -> Result<MemberItems, StoreError>;

    /// Reads what a team holds and who pays for it; a removed team holds nothing.
    async fn team(&self, tenant: &TenantId, team: &TeamId) -> Result<TeamItems, StoreError>;

    /// Remembers a write that is about to be made, and holds the lease on. The member is due at once: should the run die, the
    /// sweep finds what it began; its end moves the mark on.
    async fn begin(
        &self,
        lease: &Lease,
        terms: &LeaseTerms,
        ledger: &Ledger,
        audit: &[AuditRecord],
    ) -> Result<(), StoreError>;

    /// Remembers how the run ended and gives the lease back.
    ///
    /// [`Released::FactsChanged`] if facts came in since the lease was taken: the member is still due then, and the run is
    /// to be repeated. That answer takes a second request.
    async fn finish(&self, lease: &Lease, release: &Release) -> Result<Released, StoreError>;

    /// Gives a lease back and changes nothing else: for a run that failed. No effect on a lease taken since.
    async fn release(&self, lease: &Lease) -> Result<(), StoreError>;

    /// The members due at or before `until`, the most overdue first; at most about `limit`. One request a shard.
    async fn due(&self, until: Timestamp, limit: usize) -> Result<Vec<(Timestamp, MemberKey)>, StoreError>;

    /// The next page of a tenant's members after `after`. At most one request a shard.
    async fn members(&self, tenant: &TenantId, after: Option<&MemberId>) -> Result<Vec<MemberId>, StoreError>;

    /// The ledgers of members of a tenant; a blank one for whoever was never looked at. One request for every
    /// [`crate::items::MOST_KEYS`] members.
    async fn ledgers(&self, tenant: &TenantId, members: &[MemberId]) -> Result<BTreeMap<MemberId, Ledger>, StoreError>;

    /// The next page of what is there of a kind, by id, after `after`: what was told last may be missing from it still, and what
    /// was taken away last be on it. Guests and e-mail addresses are on none. At most one request a shard.
    async fn listed(
        &self,
        tenant: &TenantId,
        kind: SubjectKind,
        after: Option<&str>,
    ) -> Result<Vec<String>, StoreError>;

    /// The audit records of a member, newest first, older than `before`.
    async fn audit(
        &self,
        member: &MemberKey,
        before: Option<&str>,
        limit: usize,
    ) -> Result<Vec<AuditRecord>, StoreError>;

    /// Reads a tenant and its accounts.
    async fn tenant(&self, tenant: &TenantId) -> Result<Option<TenantRecord>, StoreError>;

    /// Writes a tenant; `record.version` is the version that was read, 0 for a new one.
    async fn put_tenant(&self, record: &TenantRecord) -> Result<(), StoreError>;

    /// Every tenant that was ever put.
    async fn tenants(&self) -> Result<Vec<TenantId>, StoreError>;

    /// Reads how far the reading of an account has come; a blank record if it was never begun.
    async fn sync(&self, tenant: &TenantId, account: &AccountId) -> Result<SyncRecord, StoreError>;

    /// Writes how far the reading of an account has come; `record.version` is the version that was read, 0 for a new one.
    async fn put_sync(&self, tenant: &TenantId, account: &AccountId, record: &SyncRecord) -> Result<(), StoreError>;

    /// Reads an account; a blank one if it was never written.
    async fn account(&self, tenant: &TenantId, account: &AccountId) -> Result<AccountRecord, StoreError>;

    /// The Brivo users of an account that have an e-mail address, as far as its inventory knows, and whose reference each bears.
    async fn inventory(
        &self,
        tenant: &TenantId,
        account: &AccountId,
        address: &AddressId,
    ) -> Result<BTreeMap<BrivoUserId, Reference>, StoreError>;

    /// Adds to the inventory of an account; an entry is forgotten some weeks after it was last written, and one written within
    /// the last days is not written again, unless the user bears another reference by now. One request for every
    /// [`crate::items::MOST_KEYS`] entries, and one for every [`crate::items::MOST_ACTIONS`] that are to be written.
    async fn put_inventory(
        &self,
        tenant: &TenantId,
        account: &AccountId,
        entries: &[InventoryEntry],
        now: Timestamp,
    ) -> Result<(), StoreError>;

    /// Writes an account; `record.version` is the version that was read, 0 for a new one.
    async fn put_account(
        &self,
        tenant: &TenantId,
        account: &AccountId,
        record: &AccountRecord,
    ) -> Result<(), StoreError>;

    /// How far the read of a tenant's platform has come; a blank record if there was none.
    async fn full_read(&self, tenant: &TenantId) -> Result<FullReadRecord, StoreError>;

    /// Writes how far it has come, and with it a sheet of what was seen, over the one of that number; `record.version` is the
    /// version that was read, 0 for a new one. If somebody else wrote since, neither is written.
    async fn put_full_read(
        &self,
        tenant: &TenantId,
        record: &FullReadRecord,
        seen: Option<Sheet<'_>>,
    ) -> Result<(), StoreError>;

    /// The texts on the sheets of the read that began then, in order.
    async fn sheets(&self, tenant: &TenantId, of: (Sheets, Timestamp)) -> Result<Vec<String>, StoreError>;

    /// Writes a sheet over the one of that number, if there is one. It is kept for some weeks.
    async fn put_sheet(&self, tenant: &TenantId, sheet: Sheet<'_>) -> Result<(), StoreError>;

    /// What is remembered of every hook of a tenant.
    async fn hooks(&self, tenant: &TenantId) -> Result<BTreeMap<HookId, HookRecord>, StoreError>;

    /// Writes what is remembered of a hook; `record.version` is the version that was read.
    async fn put_hook(&self, tenant: &TenantId, hook: &HookId, record: &HookRecord) -> Result<(), StoreError>;

    /// What the platform's list of webhooks said last; a blank record if it was never asked for.
    async fn hook_list(&self, tenant: &TenantId) -> Result<HookListRecord, StoreError>;

    /// Writes what it said; `record.version` is the version that was read, 0 for a new one.
    async fn put_hook_list(&self, tenant: &TenantId, record: &HookListRecord) -> Result<(), StoreError>;

    /// Reads the pace of an API key; a blank record if it was never written.
    async fn pace(&self, key: &ApiKeyId) -> Result<PaceRecord, StoreError>;

    /// Writes the pace of an API key; `record.version` is the version that was read, 0 for a new one. If another process wrote
    /// since, nothing is written and the answer is what stands now.
    async fn put_pace(&self, key: &ApiKeyId, record: &PaceRecord) -> Result<Option<PaceRecord>, StoreError>;
}
