//! The state as a process sees it: slow, throttled, contended, its answers lost.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, PoisonError},
};

use async_trait::async_trait;
use domain::{
    AccountId, AddressId, ApiKeyId, BrivoUserId, HookId, MemberId, MemberKey, Subject, SubjectKind, TeamId, TenantId,
    adoption::Reference,
    facts::Entitlement,
    intake::{EventKey, Recording},
    ledger::Ledger,
};
use jiff::{SignedDuration, Timestamp};
use state::{
    AccountRecord, AuditRecord, EventRecord, FullReadRecord, HookListRecord, HookRecord, InventoryEntry, KeptEvent,
    Lease, LeaseTerms, Leased, MemberItems, PaceRecord, Recall, Release, Released, Sheet, Sheets, Store, StoreError,
    SyncRecord, TeamItems, TenantRecord,
};

use crate::{
    adversary::Trouble,
    bugs::Bug,
    outage,
    process::{LEASE, Process, Reach},
};

/// The shared state behind a process's connection to it.
#[derive(Debug)]
pub(crate) struct FaultyStore {
    process: Arc<Process>,
    /// For planted bugs: what was read once.
    settings: Mutex<BTreeMap<TenantId, TenantRecord>>,
}

impl FaultyStore {
    pub(crate) fn new(process: Arc<Process>) -> Self {
        Self { process, settings: Mutex::default() }
    }

    fn has(&self, bug: Bug) -> bool {
        self.process.stage.has(bug)
    }

    /// One request: it may not arrive, and its answer may not.
    async fn request<T>(&self, work: impl Future<Output = Result<T, StoreError>>) -> Result<T, StoreError> {
        self.process.step(Reach::Near).await;
        let unavailable = |message: &str| Err(StoreError::Unavailable { message: message.to_owned() });
        let now = self.process.stage.now();
        if outage::at(&self.process.stage.state_outages, now).is_some() {
            self.process.stage.excuse_until(now);
            return unavailable("the simulated state is down");
        }
        if self.process.stage.strikes(Trouble::Throttled) {
            return unavailable("throttled");
        }
        let answer = work.await;
        self.process.step(Reach::Near).await;
        if self.process.stage.strikes(Trouble::AnswerLost) {
            return unavailable("timed out");
        }
        answer
    }

    /// The lease as every write of its run has to show it; with a bug, whichever stands now.
    async fn shown(&self, lease: &Lease) -> Lease {
        if !self.has(Bug::NoLease) {
            return lease.clone();
        }
        let now = self.process.stage.now();
        let until = now + SignedDuration::from_secs(30);
        let terms = LeaseTerms { now, until, owner: format!("{}-{now}", self.process.name), alone: true };
        match self.process.stage.store.lease(&lease.member, &terms).await {
            Ok(Leased::Granted(granted)) => Lease { fence: granted.fence, ..lease.clone() },
            Ok(Leased::Held { .. }) | Err(_) => lease.clone(),
        }
    }
}

#[async_trait]
impl Store for FaultyStore {
    async fn recall(
        &self,
        tenant: &TenantId,
        events: &[EventKey],
        subjects: &BTreeSet<Subject>,
        hook: Option<&HookId>,
    ) -> Result<Recall, StoreError> {
        let mut recall = self.request(self.process.stage.store.recall(tenant, events, subjects, hook)).await?;
        if self.has(Bug::ArrivalOrder) {
            recall.records.values_mut().for_each(|record| *record = None);
        }
        Ok(recall)
    }

    async fn record(
        &self,
        recall: &Recall,
        recording: &Recording,
        events: &[EventRecord],
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let stage = Arc::clone(&self.process.stage);
        if stage.strikes(Trouble::Contended) {
            return Err(StoreError::Contended);
        }
        if self.has(Bug::AckBeforeStore) {
            let (recall, recording, events) = (recall.clone(), recording.clone(), events.to_vec());
            tokio::spawn(async move {
                tokio::time::sleep(std::time::Duration::from_secs(2)).await;
                let _ = stage.store.record(&recall, &recording, &events, now).await;
            });
            return Ok(());
        }
        let mut recording = recording.clone();
        if self.has(Bug::NoDueMark) {
            recording.wakes.clear();
        }
        self.request(stage.store.record(recall, &recording, events, now)).await
    }

    async fn events(&self, tenant: &TenantId, after: &str, limit: usize) -> Result<Vec<KeptEvent>, StoreError> {
        self.request(self.process.stage.store.events(tenant, after, limit)).await
    }

    async fn mark_due(&self, members: &[MemberKey], now: Timestamp) -> Result<(), StoreError> {
        self.request(self.process.stage.store.mark_due(members, now)).await
    }

    async fn lease(&self, member: &MemberKey, terms: &LeaseTerms) -> Result<Leased, StoreError> {
        let mut terms = terms.clone();
        if self.has(Bug::NoLease) {
            terms.alone = true;
            terms.owner = format!("{}-{}", terms.owner, self.process.stage.now());
        }
        let leased = self.request(self.process.stage.store.lease(member, &terms)).await.inspect_err(|_| {
            // It may stand though nobody knows of it, as after a death.
            self.process.stage.excuse_until(self.process.stage.now() + LEASE);
        })?;
        let person = member.external_id();
        let what = match &leased {
            Leased::Granted(_) => format!("process {} looks", self.process.name),
            Leased::Held { until } => format!("process {} finds it held until {until}", self.process.name),
        };
        self.process.stage.tell(Some(person.as_str()), what);
        Ok(leased)
    }

    async fn member(&self, member: &MemberKey) -> Result<MemberItems, StoreError> {
        let mut items = self.request(self.process.stage.store.member(member)).await?;
        if self.has(Bug::EdgeTriggeredRevoke) {
            let now = self.process.stage.now();
            let just_ended = |ends: Timestamp| ends <= now && now.duration_since(ends).as_mins() < 40;
            if items.entitlements.iter().filter_map(Entitlement::ends).any(just_ended) {
                items.entitlements.clear();
            }
        }
        Ok(items)
    }

    async fn team(&self, tenant: &TenantId, team: &TeamId) -> Result<TeamItems, StoreError> {
        self.request(self.process.stage.store.team(tenant, team)).await
    }

    async fn begin(
        &self,
        lease: &Lease,
        terms: &LeaseTerms,
        ledger: &Ledger,
        audit: &[AuditRecord],
    ) -> Result<(), StoreError> {
        let lease = self.shown(lease).await;
        let mut ledger = ledger.clone();
        if self.has(Bug::NoIntent) {
            ledger.accounts.values_mut().for_each(|account| account.pending = None);
        }
        let audit = if self.has(Bug::NoAudit) { &[] } else { audit };
        self.request(self.process.stage.store.begin(&lease, terms, &ledger, audit)).await
    }

    async fn finish(&self, lease: &Lease, release: &Release) -> Result<Released, StoreError> {
        let mut lease = self.shown(lease).await;
        if self.has(Bug::LostUpdate) {
            let anew = LeaseTerms {
                now: self.process.stage.now(),
                until: self.process.stage.now() + SignedDuration::from_secs(30),
                owner: format!("{}-{}", self.process.name, self.process.stage.now()),
                alone: true,
            };
            if let Ok(Leased::Granted(granted)) = self.process.stage.store.lease(&lease.member, &anew).await {
                lease = granted;
            }
        }
        let mut release = release.clone();
        if self.has(Bug::GivesUp) && release.ledger.accounts.values().any(|account| account.failures > 12) {
            release.due = None;
            self.process.stage.world().given_up.insert(lease.member.clone());
        }
        let person = lease.member.external_id();
        self.process.stage.tell(Some(person.as_str()), left(&self.process.name, &release));
        self.request(self.process.stage.store.finish(&lease, &release)).await.inspect_err(|_| {
            // Either the lease still stands, or its retry is due and nobody was told.
            self.process.stage.excuse_until(self.process.stage.now() + LEASE);
        })
    }

    async fn release(&self, lease: &Lease) -> Result<(), StoreError> {
        self.request(self.process.stage.store.release(lease)).await
    }

    async fn due(&self, until: Timestamp, limit: usize) -> Result<Vec<(Timestamp, MemberKey)>, StoreError> {
        self.request(self.process.stage.store.due(until, limit)).await
    }

    async fn members(&self, tenant: &TenantId, after: Option<&MemberId>) -> Result<Vec<MemberId>, StoreError> {
        self.request(self.process.stage.store.members(tenant, after)).await
    }

    async fn ledgers(&self, tenant: &TenantId, members: &[MemberId]) -> Result<BTreeMap<MemberId, Ledger>, StoreError> {
        self.request(self.process.stage.store.ledgers(tenant, members)).await
    }

    async fn listed(
        &self,
        tenant: &TenantId,
        kind: SubjectKind,
        after: Option<&str>,
    ) -> Result<Vec<String>, StoreError> {
        self.request(self.process.stage.store.listed(tenant, kind, after)).await
    }

    async fn audit(
        &self,
        member: &MemberKey,
        before: Option<&str>,
        limit: usize,
    ) -> Result<Vec<AuditRecord>, StoreError> {
        self.request(self.process.stage.store.audit(member, before, limit)).await
    }

    async fn tenant(&self, tenant: &TenantId) -> Result<Option<TenantRecord>, StoreError> {
        let mut record = self.request(self.process.stage.store.tenant(tenant)).await?;
        if self.has(Bug::DeletesAtOnce)
            && let Some(record) = &mut record
        {
            record.tenant.policy.delete_after = None;
        }
        if !self.has(Bug::StaleSettings) {
            return Ok(record);
        }
        let mut settings = self.settings.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(record.map(|record| settings.entry(tenant.clone()).or_insert(record).clone()))
    }

    async fn put_tenant(&self, record: &TenantRecord) -> Result<(), StoreError> {
        self.request(self.process.stage.store.put_tenant(record)).await
    }

    async fn account(&self, tenant: &TenantId, account: &AccountId) -> Result<AccountRecord, StoreError> {
        self.request(self.process.stage.store.account(tenant, account)).await
    }

    async fn put_account(
        &self,
        tenant: &TenantId,
        account: &AccountId,
        record: &AccountRecord,
    ) -> Result<(), StoreError> {
        let store = &self.process.stage.store;
        let known = store.account(tenant, account).await?;
        let generation = |record: &AccountRecord| record.tokens.as_ref().map(|tokens| tokens.generation);
        if self.has(Bug::TokenNotStored) && generation(&known) < generation(record) {
            return Ok(());
        }
        let mut record = record.clone();
        if self.has(Bug::NoClaim) {
            record.claimed_until = None;
            record.version = known.version;
        }
        self.request(store.put_account(tenant, account, &record)).await
    }

    async fn inventory(
        &self,
        tenant: &TenantId,
        account: &AccountId,
        address: &AddressId,
    ) -> Result<BTreeMap<BrivoUserId, Reference>, StoreError> {
        self.request(self.process.stage.store.inventory(tenant, account, address)).await
    }

    async fn put_inventory(
        &self,
        tenant: &TenantId,
        account: &AccountId,
        entries: &[InventoryEntry],
        seen_at: Timestamp,
    ) -> Result<(), StoreError> {
        self.request(self.process.stage.store.put_inventory(tenant, account, entries, seen_at)).await
    }

    async fn tenants(&self) -> Result<Vec<TenantId>, StoreError> {
        self.request(self.process.stage.store.tenants()).await
    }

    async fn sync(&self, tenant: &TenantId, account: &AccountId) -> Result<SyncRecord, StoreError> {
        self.request(self.process.stage.store.sync(tenant, account)).await
    }

    async fn put_sync(&self, tenant: &TenantId, account: &AccountId, record: &SyncRecord) -> Result<(), StoreError> {
        self.request(self.process.stage.store.put_sync(tenant, account, record)).await
    }

    async fn full_read(&self, tenant: &TenantId) -> Result<FullReadRecord, StoreError> {
        self.request(self.process.stage.store.full_read(tenant)).await
    }

    async fn put_full_read(
        &self,
        tenant: &TenantId,
        record: &FullReadRecord,
        seen: Option<Sheet<'_>>,
    ) -> Result<(), StoreError> {
        self.request(self.process.stage.store.put_full_read(tenant, record, seen)).await
    }

    async fn sheets(&self, tenant: &TenantId, of: (Sheets, Timestamp)) -> Result<Vec<String>, StoreError> {
        self.request(self.process.stage.store.sheets(tenant, of)).await
    }

    async fn put_sheet(&self, tenant: &TenantId, sheet: Sheet<'_>) -> Result<(), StoreError> {
        self.request(self.process.stage.store.put_sheet(tenant, sheet)).await
    }

    async fn hooks(&self, tenant: &TenantId) -> Result<BTreeMap<HookId, HookRecord>, StoreError> {
        self.request(self.process.stage.store.hooks(tenant)).await
    }

    async fn put_hook(&self, tenant: &TenantId, hook: &HookId, record: &HookRecord) -> Result<(), StoreError> {
        self.request(self.process.stage.store.put_hook(tenant, hook, record)).await
    }

    async fn hook_list(&self, tenant: &TenantId) -> Result<HookListRecord, StoreError> {
        self.request(self.process.stage.store.hook_list(tenant)).await
    }

    async fn put_hook_list(&self, tenant: &TenantId, record: &HookListRecord) -> Result<(), StoreError> {
        self.request(self.process.stage.store.put_hook_list(tenant, record)).await
    }

    async fn pace(&self, key: &ApiKeyId) -> Result<PaceRecord, StoreError> {
        self.request(self.process.stage.store.pace(key)).await
    }

    async fn put_pace(&self, key: &ApiKeyId, record: &PaceRecord) -> Result<Option<PaceRecord>, StoreError> {
        self.request(self.process.stage.store.put_pace(key, record)).await
    }
}

/// How a process leaves a member.
fn left(process: &str, release: &Release) -> String {
    let due = release.due.map_or_else(|| "for good".to_owned(), |due| format!("until {due}"));
    let error = release.ledger.last_error.as_deref().map(|error| format!(": {error}")).unwrap_or_default();
    format!("process {process} leaves it {due}{error}")
}
