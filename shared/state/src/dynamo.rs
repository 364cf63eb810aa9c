//! The store on DynamoDB.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use async_trait::async_trait;
use aws_sdk_dynamodb::{
    Client,
    types::{AttributeValue, KeysAndAttributes, ReturnValue, ReturnValuesOnConditionCheckFailure},
};
use domain::{
    AccountId, AddressId, ApiKeyId, BrivoUserId, HookId, MemberId, MemberKey, Subject, SubjectKind, TeamId, TenantId,
    adoption::Reference,
    intake::{EventKey, Recording},
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
    keys::{self, Key},
};

mod attributes;
mod dated;
mod errors;
mod pace;
mod patience;
mod read;
mod record;
mod table;
mod write;

use attributes::{Item, bodied, body, key_item, millis, n, number, parsed, s, text};
use errors::{failed, unusable};
use patience::Patience;
use record::Telling;
pub use table::create_table;
use write::Writes;

/// How many members of many are marked in one transaction: a run that is under way holds its member for some milliseconds,
/// and one that is held keeps all others of the transaction from being marked.
const MARKED_TOGETHER: usize = 25;

/// The store on one DynamoDB table; see [`keys`] for its layout.
#[derive(Clone, Debug)]
pub struct DynamoStore {
    client: Client,
    table: String,
}

impl DynamoStore {
    /// A store on an existing table.
    pub fn new(client: Client, table: impl Into<String>) -> Self {
        Self { client, table: table.into() }
    }

    /// Reads items by key, strongly consistent, in as few requests as DynamoDB takes.
    async fn get_all(&self, keys: BTreeSet<Key>) -> Result<BTreeMap<Key, Item>, StoreError> {
        let mut found = BTreeMap::new();
        let mut wanted: Vec<HashMap<String, AttributeValue>> = keys.iter().map(key_item).collect();
        while !wanted.is_empty() {
            let rest = wanted.split_off(wanted.len().min(crate::items::MOST_KEYS));
            let ask = KeysAndAttributes::builder()
                .set_keys(Some(wanted))
                .consistent_read(true)
                .build()
                .map_err(|error| unusable("key", &error))?;
            let answer = self
                .client
                .batch_get_item()
                .request_items(&self.table, ask)
                .send()
                .await
                .map_err(|error| failed(&error))?;
            for item in answer.responses.unwrap_or_default().remove(&self.table).unwrap_or_default() {
                found.insert(Key { pk: text(&item, "pk")?, sk: text(&item, "sk")? }, item);
            }
            // A throttled table gives some keys back; a table that gives all back is not available.
            let unread = answer.unprocessed_keys.unwrap_or_default().remove(&self.table);
            wanted = unread.map(|keys| keys.keys).unwrap_or_default();
            wanted.extend(rest);
        }
        Ok(found)
    }

    /// The first page after `after` of these partitions of the roster, taken together: at most `limit` of them.
    async fn page_of_roster(
        &self,
        shards: impl Iterator<Item = String> + Send,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<String>, StoreError> {
        let mut ids = Vec::new();
        for shard in shards {
            let query = self
                .client
                .query()
                .table_name(&self.table)
                .index_name(table::ROSTER)
                .expression_attribute_values(":roster", s(shard))
                .limit(i32::try_from(limit.max(1)).unwrap_or(i32::MAX));
            let query = match after {
                None => query.key_condition_expression("roster = :roster"),
                Some(after) => query
                    .key_condition_expression("roster = :roster AND #member > :after")
                    .expression_attribute_names("#member", "member")
                    .expression_attribute_values(":after", s(after)),
            };
            let answer = query.send().await.map_err(|error| failed(&error))?;
            for item in answer.items() {
                ids.push(text(item, "member")?);
            }
        }
        ids.sort();
        ids.truncate(limit);
        Ok(ids)
    }

    /// Reads a whole partition, strongly consistent.
    async fn partition(&self, pk: &str) -> Result<Vec<Item>, StoreError> {
        let mut items = Vec::new();
        let mut pages = self
            .client
            .query()
            .table_name(&self.table)
            .consistent_read(true)
            .key_condition_expression("pk = :pk")
            .expression_attribute_values(":pk", s(pk))
            .into_paginator()
            .send();
        while let Some(page) = pages.next().await {
            items.extend(page.map_err(|error| failed(&error))?.items.unwrap_or_default());
        }
        Ok(items)
    }
}

#[async_trait]
impl Store for DynamoStore {
    async fn recall(
        &self,
        tenant: &TenantId,
        events: &[EventKey],
        subjects: &BTreeSet<Subject>,
        hook: Option<&HookId>,
    ) -> Result<Recall, StoreError> {
        let mut wanted = BTreeSet::from([keys::tenant(tenant)]);
        wanted.extend(events.iter().map(|key| keys::event(tenant, key)));
        wanted.extend(subjects.iter().map(|subject| keys::record(tenant, subject)));
        wanted.extend(hook.map(|hook| keys::hook(tenant, hook)));
        let found = self.get_all(wanted).await?;

        let is_seen = |key: &&EventKey| found.contains_key(&keys::event(tenant, key));
        let mut recall = Recall {
            tenant: found.get(&keys::tenant(tenant)).map(|item| bodied("tenant", item)).transpose()?,
            seen: events.iter().filter(is_seen).cloned().collect(),
            ..Recall::default()
        };
        if let Some(hook) = hook {
            let known = found.get(&keys::hook(tenant, hook)).map(|item| bodied("hook", item)).transpose()?;
            recall.hook = Some((hook.clone(), known));
        }
        for subject in subjects {
            let item = found.get(&keys::record(tenant, subject));
            let version = item.map(|item| number(item, "version")).transpose()?.unwrap_or(0);
            recall.versions.insert(subject.clone(), version);
            recall.records.insert(subject.clone(), item.map(|item| read::record(subject, item)).transpose()?);
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
        let Some(tenant) = recall.tenant.as_ref().map(|record| &record.tenant.id) else {
            return Err(StoreError::Conflict);
        };
        let telling = Telling { table: &self.table, tenant, recall, recording, events, now };
        telling.send(&self.client).await
    }

    async fn events(&self, tenant: &TenantId, after: &str, limit: usize) -> Result<Vec<KeptEvent>, StoreError> {
        let shards = (0..keys::SHARDS).map(|shard| keys::roster_of_events(tenant, shard));
        let marks = self.page_of_roster(shards, Some(after), limit).await?;
        let keys = marks.iter().filter_map(|mark| keys::event_of_mark(mark));
        let found = self.get_all(keys.map(|key| keys::event(tenant, &key)).collect()).await?;
        let kept = marks.into_iter().filter_map(|mark| {
            let key = keys::event_of_mark(&mark)?;
            let item = found.get(&keys::event(tenant, &key));
            let told = |name| item.and_then(|item| text(item, name).ok());
            Some(KeptEvent { mark, key, origin: told("origin"), body: told("body") })
        });
        Ok(kept.collect())
    }

    async fn mark_due(&self, members: &[MemberKey], now: Timestamp) -> Result<(), StoreError> {
        let mut marks = Writes::new(&self.table);
        for member in members {
            marks.mark_due(member, now)?;
        }
        marks.send_side_by_side(&self.client, MARKED_TOGETHER).await
    }

    async fn lease(&self, member: &MemberKey, terms: &LeaseTerms) -> Result<Leased, StoreError> {
        let mut patience = Patience::default();
        loop {
            let answer = self.try_lease(member, terms).await;
            if !patience.allows_another(&answer).await {
                return answer;
            }
        }
    }

    async fn member(&self, member: &MemberKey) -> Result<MemberItems, StoreError> {
        read::member_items(&self.partition(&keys::member_partition(&member.tenant, &member.member)).await?)
    }

    async fn team(&self, tenant: &TenantId, team: &TeamId) -> Result<TeamItems, StoreError> {
        read::team_items(&self.partition(&keys::team_partition(tenant, team)).await?)
    }

    async fn begin(
        &self,
        lease: &Lease,
        terms: &LeaseTerms,
        ledger: &Ledger,
        audit: &[AuditRecord],
    ) -> Result<(), StoreError> {
        let mut writes = Writes::new(&self.table);
        writes.keep_ledger(lease, terms, ledger)?;
        writes.put_audit(&lease.member, audit)?;
        writes.send_leased(&self.client).await
    }

    async fn finish(&self, lease: &Lease, release: &Release) -> Result<Released, StoreError> {
        let mut writes = Writes::new(&self.table);
        writes.release(lease, release)?;
        writes.put_audit(&lease.member, &release.audit)?;
        writes.end_bequest(&lease.member, release.taken_over_by.as_ref())?;
        match writes.send(&self.client).await {
            Ok(()) => return Ok(Released::Done),
            Err(StoreError::Conflict) => {}
            Err(error) => return Err(error),
        }
        // Either facts came in, and the member stays due, or the lease is lost, and this fails too.
        let mut writes = Writes::new(&self.table);
        writes.release_still_due(lease, &release.ledger)?;
        writes.put_audit(&lease.member, &release.audit)?;
        writes.end_bequest(&lease.member, release.taken_over_by.as_ref())?;
        writes.send_leased(&self.client).await?;
        Ok(Released::FactsChanged)
    }

    async fn release(&self, lease: &Lease) -> Result<(), StoreError> {
        let mut writes = Writes::new(&self.table);
        writes.drop_lease(lease)?;
        match writes.send(&self.client).await {
            Err(StoreError::Conflict) => Ok(()),
            answer => answer,
        }
    }

    async fn due(&self, until: Timestamp, limit: usize) -> Result<Vec<(Timestamp, MemberKey)>, StoreError> {
        let mut due = Vec::new();
        for shard in 0..keys::SHARDS {
            let answer = self
                .client
                .query()
                .table_name(&self.table)
                .index_name(table::DUE)
                .key_condition_expression("due_shard = :shard AND due_at <= :until")
                .expression_attribute_values(":shard", s(keys::due_shard(shard)))
                .expression_attribute_values(":until", n(millis(until)))
                .limit(i32::try_from(limit.max(1)).unwrap_or(i32::MAX))
                .send()
                .await
                .map_err(|error| failed(&error))?;
            for item in answer.items() {
                due.extend(read::due(item)?);
            }
        }
        due.sort();
        due.truncate(limit);
        Ok(due)
    }

    async fn members(&self, tenant: &TenantId, after: Option<&MemberId>) -> Result<Vec<MemberId>, StoreError> {
        let shards = (0..keys::SHARDS).map(|shard| keys::roster(tenant, shard));
        let ids = self.page_of_roster(shards, after.map(MemberId::as_str), crate::items::PAGE).await?;
        Ok(ids.into_iter().map(MemberId::new).collect())
    }

    async fn ledgers(&self, tenant: &TenantId, members: &[MemberId]) -> Result<BTreeMap<MemberId, Ledger>, StoreError> {
        let found = self.get_all(members.iter().map(|member| keys::run(tenant, member)).collect()).await?;
        let of = |member: &MemberId| match found.get(&keys::run(tenant, member)) {
            Some(item) => parsed("ledger", item, "ledger").map(Option::unwrap_or_default),
            None => Ok(Ledger::default()),
        };
        members.iter().map(|member| Ok((member.clone(), of(member)?))).collect()
    }

    async fn listed(
        &self,
        tenant: &TenantId,
        kind: SubjectKind,
        after: Option<&str>,
    ) -> Result<Vec<String>, StoreError> {
        let shards = (0..keys::SHARDS).map(|shard| keys::roster_of(tenant, kind, shard));
        self.page_of_roster(shards, after, crate::items::PAGE).await
    }

    async fn audit(
        &self,
        member: &MemberKey,
        before: Option<&str>,
        limit: usize,
    ) -> Result<Vec<AuditRecord>, StoreError> {
        let query = self
            .client
            .query()
            .table_name(&self.table)
            .expression_attribute_values(":pk", s(keys::audit_partition(member)))
            .scan_index_forward(false)
            .limit(i32::try_from(limit.max(1)).unwrap_or(i32::MAX));
        let query = match before {
            None => query.key_condition_expression("pk = :pk"),
            Some(before) => query
                .key_condition_expression("pk = :pk AND sk < :before")
                .expression_attribute_values(":before", s(before)),
        };
        let answer = query.send().await.map_err(|error| failed(&error))?;
        answer.items().iter().map(|item| bodied("audit record", item)).collect()
    }

    async fn tenant(&self, tenant: &TenantId) -> Result<Option<TenantRecord>, StoreError> {
        read::tenant_items(&self.partition(&keys::tenant_partition(tenant)).await?)
    }

    async fn put_tenant(&self, record: &TenantRecord) -> Result<(), StoreError> {
        let stored = TenantRecord { version: record.version.saturating_add(1), ..record.clone() };
        let item = body("tenant", &keys::tenant(&record.tenant.id), &stored, stored.version)?;
        let mut writes = Writes::new(&self.table);
        writes.put_if_unchanged(item, record.version)?;
        writes.put_note(&keys::tenant_name(&record.tenant.id), true)?;
        writes.send(&self.client).await
    }

    async fn tenants(&self) -> Result<Vec<TenantId>, StoreError> {
        self.partition(keys::TENANTS).await?.iter().map(|item| text(item, "sk").map(TenantId::new)).collect()
    }

    async fn sync(&self, tenant: &TenantId, account: &AccountId) -> Result<SyncRecord, StoreError> {
        let found = self.get_all(BTreeSet::from([keys::sync(tenant, account)])).await?;
        found.values().next().map(|item| bodied("reading", item)).transpose().map(Option::unwrap_or_default)
    }

    async fn put_sync(&self, tenant: &TenantId, account: &AccountId, record: &SyncRecord) -> Result<(), StoreError> {
        let stored = SyncRecord { version: record.version.saturating_add(1), ..record.clone() };
        let item = body("reading", &keys::sync(tenant, account), &stored, stored.version)?;
        self.put_versioned(item, record.version).await
    }

    async fn full_read(&self, tenant: &TenantId) -> Result<FullReadRecord, StoreError> {
        let found = self.get_all(BTreeSet::from([keys::full_read(tenant)])).await?;
        found.values().next().map(|item| bodied("read", item)).transpose().map(Option::unwrap_or_default)
    }

    async fn put_full_read(
        &self,
        tenant: &TenantId,
        record: &FullReadRecord,
        seen: Option<Sheet<'_>>,
    ) -> Result<(), StoreError> {
        let stored = FullReadRecord { version: record.version.saturating_add(1), ..record.clone() };
        let item = body("read", &keys::full_read(tenant), &stored, stored.version)?;
        let mut writes = Writes::new(&self.table);
        writes.put_if_unchanged(item, record.version)?;
        if let Some(sheet) = seen {
            writes.put(write::sheet_item(tenant, sheet))?;
        }
        writes.send(&self.client).await
    }

    async fn sheets(&self, tenant: &TenantId, of: (Sheets, Timestamp)) -> Result<Vec<String>, StoreError> {
        let items = self.partition(&keys::sheet_partition(tenant, of)).await?;
        items.iter().map(|item| text(item, "text")).collect()
    }

    async fn put_sheet(&self, tenant: &TenantId, sheet: Sheet<'_>) -> Result<(), StoreError> {
        let item = write::sheet_item(tenant, sheet);
        let put = self.client.put_item().table_name(&self.table).set_item(Some(item)).send().await;
        put.map(|_| ()).map_err(|error| failed(&error))
    }

    async fn hooks(&self, tenant: &TenantId) -> Result<BTreeMap<HookId, HookRecord>, StoreError> {
        let items = self.partition(&keys::hook_partition(tenant)).await?;
        items.iter().map(|item| Ok((HookId::new(text(item, "sk")?), bodied("hook", item)?))).collect()
    }

    async fn put_hook(&self, tenant: &TenantId, hook: &HookId, record: &HookRecord) -> Result<(), StoreError> {
        let stored = HookRecord { version: record.version.saturating_add(1), ..record.clone() };
        self.put_versioned(write::hook_item(tenant, hook, &stored)?, record.version).await
    }

    async fn hook_list(&self, tenant: &TenantId) -> Result<HookListRecord, StoreError> {
        let found = self.get_all(BTreeSet::from([keys::hook_list(tenant)])).await?;
        found.values().next().map(|item| bodied("hook list", item)).transpose().map(Option::unwrap_or_default)
    }

    async fn put_hook_list(&self, tenant: &TenantId, record: &HookListRecord) -> Result<(), StoreError> {
        let stored = HookListRecord { version: record.version.saturating_add(1), ..record.clone() };
        let item = body("hook list", &keys::hook_list(tenant), &stored, stored.version)?;
        self.put_versioned(item, record.version).await
    }

    async fn account(&self, tenant: &TenantId, account: &AccountId) -> Result<AccountRecord, StoreError> {
        let found = self.get_all(BTreeSet::from([keys::account(tenant, account)])).await?;
        found.values().next().map(|item| bodied("account", item)).transpose().map(Option::unwrap_or_default)
    }

    async fn inventory(
        &self,
        tenant: &TenantId,
        account: &AccountId,
        address: &AddressId,
    ) -> Result<BTreeMap<BrivoUserId, Reference>, StoreError> {
        let answer = self
            .client
            .query()
            .table_name(&self.table)
            .key_condition_expression("pk = :pk AND begins_with(sk, :address)")
            .expression_attribute_values(":pk", s(keys::inventory_partition(tenant, account)))
            .expression_attribute_values(":address", s(format!("{address}#")))
            .send()
            .await
            .map_err(|error| failed(&error))?;
        answer.items().iter().map(read::inventory_entry).collect()
    }

    async fn put_inventory(
        &self,
        tenant: &TenantId,
        account: &AccountId,
        entries: &[InventoryEntry],
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let keys = entries.iter().map(|entry| (keys::inventory(tenant, account, entry), entry));
        let keys: BTreeMap<Key, &InventoryEntry> = keys.collect();
        let known = self.get_all(keys.keys().cloned().collect()).await?;
        let mut writes = Writes::new(&self.table);
        for (key, entry) in keys {
            if known.get(&key).is_none_or(|item| write::is_to_be_renewed(item, entry, now)) {
                writes.put_inventory(&key, entry, now)?;
            }
        }
        writes.send(&self.client).await
    }

    async fn put_account(
        &self,
        tenant: &TenantId,
        account: &AccountId,
        record: &AccountRecord,
    ) -> Result<(), StoreError> {
        let stored = AccountRecord { version: record.version.saturating_add(1), ..record.clone() };
        let item = body("account", &keys::account(tenant, account), &stored, stored.version)?;
        self.put_versioned(item, record.version).await
    }

    async fn pace(&self, key: &ApiKeyId) -> Result<PaceRecord, StoreError> {
        let found = self.get_all(BTreeSet::from([keys::pace(key)])).await?;
        found.values().next().map(pace::read).transpose().map(Option::unwrap_or_default)
    }

    async fn put_pace(&self, key: &ApiKeyId, record: &PaceRecord) -> Result<Option<PaceRecord>, StoreError> {
        self.write_pace(key, record).await
    }
}

impl DynamoStore {
    async fn try_lease(&self, member: &MemberKey, terms: &LeaseTerms) -> Result<Leased, StoreError> {
        let free = "attribute_not_exists(lease_until) OR lease_until <= :now";
        let condition = if terms.alone { format!("{free} OR lease_owner <> :owner") } else { free.to_owned() };
        let answer = self
            .client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(key_item(&keys::run(&member.tenant, &member.member))))
            .update_expression(
                "SET lease_until = :until, lease_owner = :owner, #schema = :schema, roster = :roster, #member = :member \
                 ADD fence :one",
            )
            .condition_expression(condition)
            .expression_attribute_names("#schema", "schema")
            .expression_attribute_names("#member", "member")
            .expression_attribute_values(":until", n(millis(terms.until)))
            .expression_attribute_values(":now", n(millis(terms.now)))
            .expression_attribute_values(":owner", s(&terms.owner))
            .expression_attribute_values(":schema", n(attributes::SCHEMA))
            .expression_attribute_values(":roster", s(keys::roster(&member.tenant, keys::shard(member))))
            .expression_attribute_values(":member", s(member.member.as_str()))
            .expression_attribute_values(":one", n(1))
            .return_values(ReturnValue::AllNew)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .send()
            .await;
        match answer {
            Ok(answer) => Ok(Leased::Granted(read::lease(member, &answer.attributes.unwrap_or_default())?)),
            Err(error) => match errors::refused_item(&error) {
                Some(item) => {
                    Ok(Leased::Held { until: attributes::instant(&item, "lease_until")?.unwrap_or(terms.until) })
                }
                None => Err(failed(&error)),
            },
        }
    }

    /// Puts an item if its version is still the one that was read.
    async fn put_versioned(&self, item: Item, seen: u64) -> Result<(), StoreError> {
        let (condition, values) = write::unchanged(seen);
        let answer = self
            .client
            .put_item()
            .table_name(&self.table)
            .set_item(Some(item))
            .condition_expression(condition)
            .expression_attribute_names("#version", "version")
            .set_expression_attribute_values(values)
            .send()
            .await;
        answer.map(|_| ()).map_err(|error| failed(&error))
    }
}
