//! The store in memory: for tests and simulation, held to the same suite as the real one.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Bound,
    sync::{Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;
use domain::{
    AccountId, AddressId, ApiKeyId, BrivoUserId, HookId, MemberId, MemberKey, Subject, SubjectKind, TeamId, TenantId,
    adoption::Reference,
    facts::{Entitlement, Holder},
    intake::{EventKey, Record, Recording, TeamRecord},
    ledger::Ledger,
};
use jiff::Timestamp;

use crate::{
    HookListRecord, Store, StoreError,
    items::{
        AccountRecord, AuditRecord, EventRecord, FullReadRecord, HookRecord, InventoryEntry, KeptEvent, Lease,
        LeaseTerms, Leased, MemberItems, PaceRecord, Recall, Release, Released, Sheet, Sheets, SyncRecord, TeamItems,
        TenantRecord,
    },
};

/// A store that forgets everything when it is dropped.
#[derive(Debug, Default)]
pub struct MemoryStore {
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    tenants: BTreeMap<TenantId, TenantRecord>,
    accounts: BTreeMap<(TenantId, AccountId), AccountRecord>,
    syncs: BTreeMap<(TenantId, AccountId), SyncRecord>,
    full_reads: BTreeMap<TenantId, FullReadRecord>,
    sheets: BTreeMap<(TenantId, Sheets, Timestamp, usize), String>,
    hooks: BTreeMap<(TenantId, HookId), HookRecord>,
    hook_lists: BTreeMap<TenantId, HookListRecord>,
    events: BTreeSet<(TenantId, EventKey)>,
    kept: BTreeMap<(TenantId, String), KeptEvent>,
    records: BTreeMap<(TenantId, Subject), (u64, Record)>,
    copies: BTreeMap<(TenantId, Holder, Subject), Entitlement>,
    links: BTreeSet<(TenantId, MemberId, TeamId)>,
    bequests: BTreeSet<(TenantId, MemberId, MemberId)>,
    inventory: BTreeMap<(TenantId, AccountId, AddressId, BrivoUserId), Reference>,
    paces: BTreeMap<ApiKeyId, PaceRecord>,
    runs: BTreeMap<MemberKey, Run>,
    audit: BTreeMap<(MemberKey, String), AuditRecord>,
}

#[derive(Clone, Debug, Default)]
struct Run {
    ledger: Ledger,
    due: Option<Timestamp>,
    revision: u64,
    fence: u64,
    lease: Option<(Timestamp, String)>,
}

impl MemoryStore {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn tenant(&self, tenant: &TenantId) -> Option<TenantRecord> {
        let mut record = self.tenants.get(tenant)?.clone();
        let accounts = self.accounts.iter().filter(|((owner, _), _)| owner == tenant);
        record.accounts = accounts.map(|((_, id), account)| (id.clone(), account.clone())).collect();
        Some(record)
    }

    fn version(&self, tenant: &TenantId, subject: &Subject) -> u64 {
        self.records.get(&(tenant.clone(), subject.clone())).map_or(0, |(version, _)| *version)
    }

    fn put_record(&mut self, tenant: &TenantId, subject: Subject, record: Record) {
        let version = self.version(tenant, &subject).saturating_add(1);
        self.records.insert((tenant.clone(), subject), (version, record));
    }

    fn held(&self, tenant: &TenantId, holder: &Holder) -> Vec<Entitlement> {
        let of_holder = self.copies.iter().filter(|((owner, who, _), _)| owner == tenant && who == holder);
        of_holder.map(|(_, entitlement)| entitlement.clone()).collect()
    }

    /// The run of a lease, if the lease still stands.
    fn leased(&mut self, lease: &Lease) -> Result<&mut Run, StoreError> {
        let run = self.runs.entry(lease.member.clone()).or_default();
        if run.lease.is_some() && run.fence == lease.fence { Ok(run) } else { Err(StoreError::LeaseLost) }
    }

    fn mark_due(&mut self, member: &MemberKey, now: Timestamp) {
        let run = self.runs.entry(member.clone()).or_default();
        run.due = Some(now);
        run.revision = run.revision.saturating_add(1);
    }

    fn put_audit(&mut self, member: &MemberKey, audit: &[AuditRecord]) {
        let records = audit.iter().map(|record| ((member.clone(), record.id.clone()), record.clone()));
        self.audit.extend(records);
    }
}

#[async_trait]
impl Store for MemoryStore {
    async fn recall(
        &self,
        tenant: &TenantId,
        events: &[EventKey],
        subjects: &BTreeSet<Subject>,
        hook: Option<&HookId>,
    ) -> Result<Recall, StoreError> {
        let inner = self.lock();
        let mut recall = Recall { tenant: inner.tenant(tenant), ..Recall::default() };
        recall.seen =
            events.iter().filter(|key| inner.events.contains(&(tenant.clone(), (*key).clone()))).cloned().collect();
        let known = |hook: &HookId| inner.hooks.get(&(tenant.clone(), hook.clone())).cloned();
        recall.hook = hook.map(|hook| (hook.clone(), known(hook)));
        for subject in subjects {
            let known = inner.records.get(&(tenant.clone(), subject.clone()));
            recall.versions.insert(subject.clone(), known.map_or(0, |(version, _)| *version));
            recall.records.insert(subject.clone(), known.map(|(_, record)| record.clone()));
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
        let Some(tenant) = recall.tenant.as_ref().map(|record| record.tenant.id.clone()) else {
            return Err(StoreError::Conflict);
        };
        let mut inner = self.lock();
        let repeated = events.iter().any(|event| inner.events.contains(&(tenant.clone(), event.key.clone())));
        let changed = recall.versions.iter().any(|(subject, version)| *version != inner.version(&tenant, subject));
        if repeated || changed {
            return Err(StoreError::Conflict);
        }
        inner.events.extend(events.iter().map(|event| (tenant.clone(), event.key.clone())));
        for EventRecord { key, body, came } in events {
            if let Some(came) = came {
                let mark = crate::keys::event_mark(key, now, came.number);
                let (key, origin, body) = (key.clone(), Some(came.origin.clone()), body.clone());
                inner.kept.insert((tenant.clone(), mark.clone()), KeptEvent { mark, key, origin, body });
            }
        }
        if let Some((hook, record)) = recall.hook_to_note(now) {
            inner.hooks.insert((tenant.clone(), hook.clone()), record);
        }
        for (subject, record) in &recording.records {
            inner.put_record(&tenant, subject.clone(), record.clone());
        }
        for ((holder, subject), copy) in &recording.copies {
            let key = (tenant.clone(), holder.clone(), subject.clone());
            match &copy.what {
                Some(entitlement) => inner.copies.insert(key, entitlement.clone()),
                None => inner.copies.remove(&key),
            };
        }
        for ((member, team), link) in &recording.links {
            let key = (tenant.clone(), member.clone(), team.clone());
            if link.what {
                inner.links.insert(key)
            } else {
                inner.links.remove(&key)
            };
        }
        for ((from, to), stands) in &recording.bequests {
            let key = (tenant.clone(), from.clone(), to.clone());
            if *stands {
                inner.bequests.insert(key)
            } else {
                inner.bequests.remove(&key)
            };
        }
        for member in &recording.wakes {
            inner.mark_due(&MemberKey { tenant: tenant.clone(), member: member.clone() }, now);
        }
        Ok(())
    }

    async fn events(&self, tenant: &TenantId, after: &str, limit: usize) -> Result<Vec<KeptEvent>, StoreError> {
        let inner = self.lock();
        let from = (tenant.clone(), after.to_owned());
        let later = inner.kept.range((Bound::Excluded(from), Bound::Unbounded));
        let of_tenant = later.take_while(|((owner, _), _)| owner == tenant);
        Ok(of_tenant.take(limit).map(|(_, kept)| kept.clone()).collect())
    }

    async fn mark_due(&self, members: &[MemberKey], now: Timestamp) -> Result<(), StoreError> {
        let mut inner = self.lock();
        for member in members {
            inner.mark_due(member, now);
        }
        Ok(())
    }

    async fn lease(&self, member: &MemberKey, terms: &LeaseTerms) -> Result<Leased, StoreError> {
        let mut inner = self.lock();
        let run = inner.runs.entry(member.clone()).or_default();
        if let Some((until, owner)) = &run.lease
            && *until > terms.now
            && !(terms.alone && *owner != terms.owner)
        {
            return Ok(Leased::Held { until: *until });
        }
        run.lease = Some((terms.until, terms.owner.clone()));
        run.fence = run.fence.saturating_add(1);
        Ok(Leased::Granted(Lease {
            member: member.clone(),
            fence: run.fence,
            revision: run.revision,
            ledger: run.ledger.clone(),
            due: run.due,
        }))
    }

    async fn member(&self, member: &MemberKey) -> Result<MemberItems, StoreError> {
        let inner = self.lock();
        let subject = Subject::new(SubjectKind::Member, member.member.as_str());
        let known = inner.records.get(&(member.tenant.clone(), subject));
        let links = inner.links.iter().filter(|(tenant, who, _)| *tenant == member.tenant && *who == member.member);
        let run = inner.runs.get(member).cloned().unwrap_or_default();
        let bequests = || inner.bequests.iter().filter(|(tenant, _, _)| *tenant == member.tenant);
        Ok(MemberItems {
            member: known.and_then(|(_, record)| match record {
                Record::Member(member) => Some((**member).clone()),
                Record::Team(_) | Record::Entitlement(_) | Record::Address(_) => None,
            }),
            entitlements: inner.held(&member.tenant, &Holder::Member(member.member.clone())),
            teams: links.map(|(_, _, team)| team.clone()).collect(),
            inherits_from: bequests()
                .filter(|(_, _, to)| *to == member.member)
                .map(|(_, from, _)| from.clone())
                .collect(),
            bequeathed_to: bequests()
                .filter(|(_, from, _)| *from == member.member)
                .map(|(_, _, to)| to.clone())
                .collect(),
            ledger: run.ledger,
            due: run.due,
        })
    }

    async fn team(&self, tenant: &TenantId, team: &TeamId) -> Result<TeamItems, StoreError> {
        let inner = self.lock();
        let subject = Subject::new(SubjectKind::Team, team.as_str());
        let record = match inner.records.get(&(tenant.clone(), subject)) {
            Some((_, Record::Team(record))) => record.clone(),
            Some((_, Record::Member(_) | Record::Entitlement(_) | Record::Address(_))) | None => TeamRecord::default(),
        };
        if record.is_removed() {
            return Ok(TeamItems::default());
        }
        let entitlements = inner.held(tenant, &Holder::Team(team.clone()));
        Ok(TeamItems { entitlements, paying_member: record.paying_member().cloned() })
    }

    async fn begin(
        &self,
        lease: &Lease,
        terms: &LeaseTerms,
        ledger: &Ledger,
        audit: &[AuditRecord],
    ) -> Result<(), StoreError> {
        let mut inner = self.lock();
        let run = inner.leased(lease)?;
        run.ledger = ledger.clone();
        run.due = Some(terms.now);
        if let Some((end, _)) = &mut run.lease {
            *end = terms.until;
        }
        inner.put_audit(&lease.member, audit);
        Ok(())
    }

    async fn finish(&self, lease: &Lease, release: &Release) -> Result<Released, StoreError> {
        let mut inner = self.lock();
        let run = inner.leased(lease)?;
        run.ledger = release.ledger.clone();
        run.lease = None;
        let changed = run.revision != lease.revision;
        if !changed {
            run.due = release.due;
        }
        inner.put_audit(&lease.member, &release.audit);
        if let Some(to) = &release.taken_over_by {
            inner.bequests.remove(&(lease.member.tenant.clone(), lease.member.member.clone(), to.clone()));
        }
        Ok(if changed { Released::FactsChanged } else { Released::Done })
    }

    async fn release(&self, lease: &Lease) -> Result<(), StoreError> {
        if let Ok(run) = self.lock().leased(lease) {
            run.lease = None;
        }
        Ok(())
    }

    async fn due(&self, until: Timestamp, limit: usize) -> Result<Vec<(Timestamp, MemberKey)>, StoreError> {
        let inner = self.lock();
        let mut due: Vec<_> =
            inner.runs.iter().filter_map(|(member, run)| run.due.map(|at| (at, member.clone()))).collect();
        due.retain(|(at, _)| *at <= until);
        due.sort();
        due.truncate(limit);
        Ok(due)
    }

    async fn members(&self, tenant: &TenantId, after: Option<&MemberId>) -> Result<Vec<MemberId>, StoreError> {
        let inner = self.lock();
        let of_tenant = inner.runs.keys().filter(|key| key.tenant == *tenant).map(|key| key.member.clone());
        Ok(of_tenant.filter(|member| after.is_none_or(|after| member > after)).take(crate::items::PAGE).collect())
    }

    async fn ledgers(&self, tenant: &TenantId, members: &[MemberId]) -> Result<BTreeMap<MemberId, Ledger>, StoreError> {
        let inner = self.lock();
        let of = |member: &MemberId| {
            let run = inner.runs.get(&MemberKey { tenant: tenant.clone(), member: member.clone() });
            run.map(|run| run.ledger.clone()).unwrap_or_default()
        };
        Ok(members.iter().map(|member| (member.clone(), of(member))).collect())
    }

    async fn listed(
        &self,
        tenant: &TenantId,
        kind: SubjectKind,
        after: Option<&str>,
    ) -> Result<Vec<String>, StoreError> {
        let inner = self.lock();
        let there = inner
            .records
            .iter()
            .filter(|((owner, subject), (_, record))| owner == tenant && subject.kind == kind && record.is_there());
        let ids = there.map(|((_, subject), _)| subject.id.clone());
        Ok(ids.filter(|id| after.is_none_or(|after| id.as_str() > after)).take(crate::items::PAGE).collect())
    }

    async fn audit(
        &self,
        member: &MemberKey,
        before: Option<&str>,
        limit: usize,
    ) -> Result<Vec<AuditRecord>, StoreError> {
        let inner = self.lock();
        let of_member = inner.audit.iter().rev().filter(|((who, _), _)| who == member);
        let older = of_member.filter(|((_, id), _)| before.is_none_or(|before| id.as_str() < before));
        Ok(older.take(limit).map(|(_, record)| record.clone()).collect())
    }

    async fn tenant(&self, tenant: &TenantId) -> Result<Option<TenantRecord>, StoreError> {
        Ok(self.lock().tenant(tenant))
    }

    async fn put_tenant(&self, record: &TenantRecord) -> Result<(), StoreError> {
        let mut inner = self.lock();
        let known = inner.tenants.get(&record.tenant.id).map_or(0, |known| known.version);
        if known != record.version {
            return Err(StoreError::Conflict);
        }
        let mut stored = record.clone();
        stored.version = known.saturating_add(1);
        stored.accounts.clear();
        inner.tenants.insert(record.tenant.id.clone(), stored);
        Ok(())
    }

    async fn tenants(&self) -> Result<Vec<TenantId>, StoreError> {
        Ok(self.lock().tenants.keys().cloned().collect())
    }

    async fn sync(&self, tenant: &TenantId, account: &AccountId) -> Result<SyncRecord, StoreError> {
        Ok(self.lock().syncs.get(&(tenant.clone(), account.clone())).cloned().unwrap_or_default())
    }

    async fn put_sync(&self, tenant: &TenantId, account: &AccountId, record: &SyncRecord) -> Result<(), StoreError> {
        let mut inner = self.lock();
        let known = inner.syncs.entry((tenant.clone(), account.clone())).or_default();
        if known.version != record.version {
            return Err(StoreError::Conflict);
        }
        *known = SyncRecord { version: record.version.saturating_add(1), ..record.clone() };
        Ok(())
    }

    async fn full_read(&self, tenant: &TenantId) -> Result<FullReadRecord, StoreError> {
        Ok(self.lock().full_reads.get(tenant).cloned().unwrap_or_default())
    }

    async fn put_full_read(
        &self,
        tenant: &TenantId,
        record: &FullReadRecord,
        seen: Option<Sheet<'_>>,
    ) -> Result<(), StoreError> {
        let mut inner = self.lock();
        let known = inner.full_reads.entry(tenant.clone()).or_default();
        if known.version != record.version {
            return Err(StoreError::Conflict);
        }
        *known = FullReadRecord { version: record.version.saturating_add(1), ..record.clone() };
        if let Some(Sheet { of: (sheets, began), number, text }) = seen {
            inner.sheets.insert((tenant.clone(), sheets, began, number), text.to_owned());
        }
        Ok(())
    }

    async fn sheets(&self, tenant: &TenantId, (sheets, began): (Sheets, Timestamp)) -> Result<Vec<String>, StoreError> {
        let inner = self.lock();
        let range = (tenant.clone(), sheets, began, 0)..=(tenant.clone(), sheets, began, usize::MAX);
        Ok(inner.sheets.range(range).map(|(_, text)| text.clone()).collect())
    }

    async fn put_sheet(&self, tenant: &TenantId, sheet: Sheet<'_>) -> Result<(), StoreError> {
        let Sheet { of: (sheets, began), number, text } = sheet;
        self.lock().sheets.insert((tenant.clone(), sheets, began, number), text.to_owned());
        Ok(())
    }

    async fn hooks(&self, tenant: &TenantId) -> Result<BTreeMap<HookId, HookRecord>, StoreError> {
        let inner = self.lock();
        let of_tenant = inner.hooks.iter().filter(|((owner, _), _)| owner == tenant);
        Ok(of_tenant.map(|((_, hook), record)| (hook.clone(), record.clone())).collect())
    }

    async fn put_hook(&self, tenant: &TenantId, hook: &HookId, record: &HookRecord) -> Result<(), StoreError> {
        let mut inner = self.lock();
        let key = (tenant.clone(), hook.clone());
        if inner.hooks.get(&key).map_or(0, |known| known.version) != record.version {
            return Err(StoreError::Conflict);
        }
        inner.hooks.insert(key, HookRecord { version: record.version.saturating_add(1), ..record.clone() });
        Ok(())
    }

    async fn hook_list(&self, tenant: &TenantId) -> Result<HookListRecord, StoreError> {
        Ok(self.lock().hook_lists.get(tenant).cloned().unwrap_or_default())
    }

    async fn put_hook_list(&self, tenant: &TenantId, record: &HookListRecord) -> Result<(), StoreError> {
        let mut inner = self.lock();
        let known = inner.hook_lists.entry(tenant.clone()).or_default();
        if known.version != record.version {
            return Err(StoreError::Conflict);
        }
        *known = HookListRecord { version: record.version.saturating_add(1), ..record.clone() };
        Ok(())
    }

    async fn account(&self, tenant: &TenantId, account: &AccountId) -> Result<AccountRecord, StoreError> {
        Ok(self.lock().accounts.get(&(tenant.clone(), account.clone())).cloned().unwrap_or_default())
    }

    async fn inventory(
        &self,
        tenant: &TenantId,
        account: &AccountId,
        address: &AddressId,
    ) -> Result<BTreeMap<BrivoUserId, Reference>, StoreError> {
        let inner = self.lock();
        let known = inner.inventory.iter();
        let known = known.filter(|((owner, of, at, _), _)| owner == tenant && of == account && at == address);
        Ok(known.map(|((_, _, _, user), reference)| (*user, reference.clone())).collect())
    }

    async fn put_inventory(
        &self,
        tenant: &TenantId,
        account: &AccountId,
        entries: &[InventoryEntry],
        _now: Timestamp,
    ) -> Result<(), StoreError> {
        let key = |entry: &InventoryEntry| (tenant.clone(), account.clone(), entry.address.clone(), entry.user);
        let entries = entries.iter().map(|entry| (key(entry), entry.reference.clone()));
        self.lock().inventory.extend(entries);
        Ok(())
    }

    async fn put_account(
        &self,
        tenant: &TenantId,
        account: &AccountId,
        record: &AccountRecord,
    ) -> Result<(), StoreError> {
        let mut inner = self.lock();
        let known = inner.accounts.entry((tenant.clone(), account.clone())).or_default();
        if known.version != record.version {
            return Err(StoreError::Conflict);
        }
        *known = AccountRecord { version: record.version.saturating_add(1), ..record.clone() };
        Ok(())
    }

    async fn pace(&self, key: &ApiKeyId) -> Result<PaceRecord, StoreError> {
        Ok(self.lock().paces.get(key).cloned().unwrap_or_default())
    }

    async fn put_pace(&self, key: &ApiKeyId, record: &PaceRecord) -> Result<Option<PaceRecord>, StoreError> {
        let mut inner = self.lock();
        let known = inner.paces.entry(key.clone()).or_default();
        if known.version != record.version {
            return Ok(Some(known.clone()));
        }
        *known = PaceRecord { version: record.version.saturating_add(1), ..record.clone() };
        Ok(None)
    }
}
