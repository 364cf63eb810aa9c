//! Writes, gathered and sent as one transaction where DynamoDB takes them as one.

use std::collections::HashMap;

use aws_sdk_dynamodb::{
    Client,
    types::{AttributeValue, ConditionCheck, Delete, Put, TransactWriteItem, Update, builders::UpdateBuilder},
};
use domain::{HookId, MemberId, MemberKey, Subject, TenantId, intake::Record, ledger::Ledger};
use futures::{StreamExt, TryStreamExt, stream};
use jiff::Timestamp;

use super::{
    attributes::{Item, SCHEMA, bodied, body, json, key_item, millis, n, number, s},
    errors::{cancelled, unusable},
    patience::Patience,
};
use crate::{
    StoreError,
    items::{AuditRecord, EventRecord, HookRecord, InventoryEntry, Lease, LeaseTerms, MOST_ACTIONS, Release, Sheet},
    keys::{self, Key},
};

/// How long a fact is kept after it ended: longer than the 28 hours for which a platform repeats a delivery, and long
/// enough to explain last week's door.
pub(super) const FACT_KEPT_SECONDS: i64 = 30 * 24 * 3600;

/// How long an audit record is kept.
const AUDIT_KEPT_SECONDS: i64 = 400 * 24 * 3600;

/// How long a user is known by an e-mail address after it was last seen with it: some full reads of the account.
const INVENTORY_KEPT_SECONDS: i64 = 21 * 24 * 3600;

/// How long it is not written anew that a user was seen: everyone is seen each hour, and a write costs what ten reads do.
const INVENTORY_FRESH_SECONDS: i64 = 3 * 24 * 3600;

/// How long a hook is remembered after it last brought something: longer than any silence that is told of.
const HOOK_KEPT_SECONDS: i64 = 400 * 24 * 3600;

/// How long the sheets of a platform's read are kept: what waits for approval is listed anew each hour.
const SHEET_KEPT_SECONDS: i64 = 21 * 24 * 3600;

/// How many transactions are sent side by side where none depends on another: what a team of thousands needs is written
/// within a few seconds, and no partition of the table gets more than it takes.
const SIDE_BY_SIDE: usize = 8;

/// Gathered writes.
pub(super) struct Writes<'a> {
    table: &'a str,
    actions: Vec<TransactWriteItem>,
}

/// The condition that an item's version is still the one that was read, and its values.
pub(super) fn unchanged(seen: u64) -> (&'static str, Option<HashMap<String, AttributeValue>>) {
    if seen == 0 {
        ("attribute_not_exists(#version)", None)
    } else {
        ("#version = :seen", Some(HashMap::from([(":seen".to_owned(), n(seen))])))
    }
}

/// The second at which DynamoDB may forget something that ended at `end`.
pub(super) fn expiry(end: Timestamp, kept_seconds: i64) -> AttributeValue {
    n(end.as_second().saturating_add(kept_seconds))
}

/// Whether an entry of the inventory says something else by now, or was written so long ago that it is written again.
pub(super) fn is_to_be_renewed(known: &Item, entry: &InventoryEntry, now: Timestamp) -> bool {
    let is_same = bodied::<InventoryEntry>("inventory entry", known).is_ok_and(|known| known == *entry);
    let expires_at = number(known, "expires_at").ok().and_then(|seconds| i64::try_from(seconds).ok());
    let written_at = expires_at.map(|seconds| seconds.saturating_sub(INVENTORY_KEPT_SECONDS));
    !is_same || written_at.is_none_or(|seconds| seconds.saturating_add(INVENTORY_FRESH_SECONDS) <= now.as_second())
}

/// What is remembered of a hook.
pub(super) fn hook_item(tenant: &TenantId, hook: &HookId, record: &HookRecord) -> Result<Item, StoreError> {
    let mut item = body("hook", &keys::hook(tenant, hook), record, record.version)?;
    item.insert("expires_at".to_owned(), expiry(record.seen.last, HOOK_KEPT_SECONDS));
    Ok(item)
}

/// A sheet of a read.
pub(super) fn sheet_item(tenant: &TenantId, sheet: Sheet<'_>) -> Item {
    let mut item = key_item(&keys::sheet(tenant, sheet.of, sheet.number));
    item.insert("text".to_owned(), s(sheet.text));
    item.insert("schema".to_owned(), n(SCHEMA));
    item.insert("expires_at".to_owned(), expiry(sheet.of.1, SHEET_KEPT_SECONDS));
    item
}

impl<'a> Writes<'a> {
    pub(super) fn new(table: &'a str) -> Self {
        Self { table, actions: Vec::new() }
    }

    /// These and others.
    pub(super) fn with(mut self, others: Self) -> Self {
        self.actions.extend(others.actions);
        self
    }

    pub(super) fn put(&mut self, item: Item) -> Result<(), StoreError> {
        let put = Put::builder().table_name(self.table).set_item(Some(item)).build();
        let put = put.map_err(|error| unusable("put", &error))?;
        self.actions.push(TransactWriteItem::builder().put(put).build());
        Ok(())
    }

    pub(super) fn put_if_unchanged(&mut self, item: Item, seen: u64) -> Result<(), StoreError> {
        let (condition, values) = unchanged(seen);
        let put = Put::builder()
            .table_name(self.table)
            .set_item(Some(item))
            .condition_expression(condition)
            .expression_attribute_names("#version", "version")
            .set_expression_attribute_values(values)
            .build();
        let put = put.map_err(|error| unusable("put", &error))?;
        self.actions.push(TransactWriteItem::builder().put(put).build());
        Ok(())
    }

    /// Writes nothing, and lets the transaction fail if the item is no longer the one that was read.
    pub(super) fn expect_unchanged(&mut self, key: &Key, seen: u64) -> Result<(), StoreError> {
        let (condition, values) = unchanged(seen);
        let check = ConditionCheck::builder()
            .table_name(self.table)
            .set_key(Some(key_item(key)))
            .condition_expression(condition)
            .expression_attribute_names("#version", "version")
            .set_expression_attribute_values(values)
            .build();
        let check = check.map_err(|error| unusable("check", &error))?;
        self.actions.push(TransactWriteItem::builder().condition_check(check).build());
        Ok(())
    }

    fn delete(&mut self, key: &Key) -> Result<(), StoreError> {
        let delete = Delete::builder().table_name(self.table).set_key(Some(key_item(key))).build();
        let delete = delete.map_err(|error| unusable("delete", &error))?;
        self.actions.push(TransactWriteItem::builder().delete(delete).build());
        Ok(())
    }

    pub(super) fn put_record(
        &mut self,
        tenant: &TenantId,
        subject: &Subject,
        record: &Record,
        seen: u64,
    ) -> Result<(), StoreError> {
        let key = keys::record(tenant, subject);
        let mut item = body(subject.kind.word(), &key, record, seen.saturating_add(1))?;
        if let Record::Entitlement(record) = record
            && let Some(end) = record.ends
        {
            item.insert("expires_at".to_owned(), expiry(end, FACT_KEPT_SECONDS));
        }
        if record.is_there() {
            let shard = keys::shard_of(tenant, subject);
            item.insert("roster".to_owned(), s(keys::roster_of(tenant, subject.kind, shard)));
            item.insert("member".to_owned(), s(&subject.id));
        }
        self.put_if_unchanged(item, seen)
    }

    /// Notes that something is so, by the item's key alone.
    pub(super) fn put_note(&mut self, key: &Key, stands: bool) -> Result<(), StoreError> {
        if !stands {
            return self.delete(key);
        }
        let mut item = key_item(key);
        item.insert("version".to_owned(), n(1));
        item.insert("schema".to_owned(), n(SCHEMA));
        self.put(item)
    }

    pub(super) fn put_event(
        &mut self,
        tenant: &TenantId,
        event: &EventRecord,
        now: Timestamp,
        kept_seconds: i64,
    ) -> Result<(), StoreError> {
        let mut item = key_item(&keys::event(tenant, &event.key));
        if let Some(sealed) = &event.body {
            item.insert("body".to_owned(), s(sealed));
        }
        if let Some(came) = &event.came {
            let shard = keys::shard_of_event(tenant, &event.key);
            item.insert("origin".to_owned(), s(&came.origin));
            item.insert("roster".to_owned(), s(keys::roster_of_events(tenant, shard)));
            item.insert("member".to_owned(), s(keys::event_mark(&event.key, now, came.number)));
        }
        item.insert("received_at".to_owned(), n(millis(now)));
        item.insert("expires_at".to_owned(), expiry(now, kept_seconds));
        item.insert("version".to_owned(), n(1));
        item.insert("schema".to_owned(), n(SCHEMA));
        self.put_if_unchanged(item, 0)
    }

    pub(super) fn put_hook(&mut self, tenant: &TenantId, hook: &HookId, record: &HookRecord) -> Result<(), StoreError> {
        self.put(hook_item(tenant, hook, record)?)
    }

    pub(super) fn put_inventory(
        &mut self,
        key: &Key,
        entry: &InventoryEntry,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let mut item = body("inventory entry", key, entry, 1)?;
        item.insert("expires_at".to_owned(), expiry(now, INVENTORY_KEPT_SECONDS));
        self.put(item)
    }

    /// Takes away the notes of a bequest that came about.
    pub(super) fn end_bequest(&mut self, from: &MemberKey, to: Option<&MemberId>) -> Result<(), StoreError> {
        for key in to.into_iter().flat_map(|to| keys::bequest(&from.tenant, &from.member, to)) {
            self.delete(&key)?;
        }
        Ok(())
    }

    /// Marks a member as due at once, whether or not a run is under way.
    pub(super) fn mark_due(&mut self, member: &MemberKey, now: Timestamp) -> Result<(), StoreError> {
        let shard = keys::shard(member);
        let update = self
            .update_run(member)
            .update_expression(
                "SET due_at = :due, due_shard = :shard, roster = :roster, #member = :member, #schema = :schema \
                 ADD revision :one",
            )
            .expression_attribute_names("#member", "member")
            .expression_attribute_names("#schema", "schema")
            .expression_attribute_values(":due", n(millis(now)))
            .expression_attribute_values(":shard", s(keys::due_shard(shard)))
            .expression_attribute_values(":roster", s(keys::roster(&member.tenant, shard)))
            .expression_attribute_values(":member", s(member.member.as_str()))
            .expression_attribute_values(":schema", n(SCHEMA))
            .expression_attribute_values(":one", n(1));
        self.push_update(update)
    }

    /// Remembers the ledger in the middle of a run, and holds the lease on.
    pub(super) fn keep_ledger(&mut self, lease: &Lease, terms: &LeaseTerms, ledger: &Ledger) -> Result<(), StoreError> {
        let update = self
            .update_run(&lease.member)
            .update_expression(
                "SET ledger = :ledger, lease_until = :until, due_at = :now, due_shard = :shard ADD #version :one",
            )
            .condition_expression("fence = :fence AND attribute_exists(lease_until)")
            .expression_attribute_values(":until", n(millis(terms.until)))
            .expression_attribute_values(":now", n(millis(terms.now)))
            .expression_attribute_values(":shard", s(keys::due_shard(keys::shard(&lease.member))));
        self.push_update(ledger_values(update, lease, ledger)?)
    }

    /// Remembers the ledger and the next due instant, and gives the lease back, if no facts came in.
    pub(super) fn release(&mut self, lease: &Lease, release: &Release) -> Result<(), StoreError> {
        let update = self
            .update_run(&lease.member)
            .condition_expression("fence = :fence AND attribute_exists(lease_until) AND #revision = :revision")
            .expression_attribute_names("#revision", "revision")
            .expression_attribute_values(":revision", n(lease.revision));
        // A member without facts has no revision to compare.
        let update = if lease.revision == 0 {
            update.condition_expression(
                "fence = :fence AND attribute_exists(lease_until) AND (#revision = :revision OR attribute_not_exists(#revision))",
            )
        } else {
            update
        };
        let update = match release.due {
            None => update.update_expression(
                "SET ledger = :ledger REMOVE lease_until, lease_owner, due_at, due_shard ADD #version :one",
            ),
            Some(due) => update
                .update_expression(
                    "SET ledger = :ledger, due_at = :due, due_shard = :shard REMOVE lease_until, lease_owner \
                     ADD #version :one",
                )
                .expression_attribute_values(":due", n(millis(due)))
                .expression_attribute_values(":shard", s(keys::due_shard(keys::shard(&lease.member)))),
        };
        self.push_update(ledger_values(update, lease, &release.ledger)?)
    }

    /// Remembers the ledger and gives the lease back; the member stays due.
    pub(super) fn release_still_due(&mut self, lease: &Lease, ledger: &Ledger) -> Result<(), StoreError> {
        let update = self
            .update_run(&lease.member)
            .update_expression("SET ledger = :ledger REMOVE lease_until, lease_owner ADD #version :one")
            .condition_expression("fence = :fence AND attribute_exists(lease_until)");
        self.push_update(ledger_values(update, lease, ledger)?)
    }

    /// Gives the lease back and changes nothing else.
    pub(super) fn drop_lease(&mut self, lease: &Lease) -> Result<(), StoreError> {
        let update = self
            .update_run(&lease.member)
            .update_expression("REMOVE lease_until, lease_owner")
            .condition_expression("fence = :fence")
            .expression_attribute_values(":fence", n(lease.fence));
        self.push_update(update)
    }

    pub(super) fn put_audit(&mut self, member: &MemberKey, audit: &[AuditRecord]) -> Result<(), StoreError> {
        for record in audit {
            let key = Key { pk: keys::audit_partition(member), sk: record.id.clone() };
            let mut item = body("audit record", &key, record, 1)?;
            item.insert("expires_at".to_owned(), expiry(record.at, AUDIT_KEPT_SECONDS));
            self.put(item)?;
        }
        Ok(())
    }

    fn update_run(&self, member: &MemberKey) -> UpdateBuilder {
        let key = keys::run(&member.tenant, &member.member);
        Update::builder().table_name(self.table).set_key(Some(key_item(&key)))
    }

    fn push_update(&mut self, update: UpdateBuilder) -> Result<(), StoreError> {
        let update = update.build().map_err(|error| unusable("update", &error))?;
        self.actions.push(TransactWriteItem::builder().update(update).build());
        Ok(())
    }

    /// Sends everything: one transaction if it fits, else several in order.
    pub(super) async fn send(self, client: &Client) -> Result<(), StoreError> {
        for actions in self.actions.chunks(MOST_ACTIONS) {
            send_one(client, actions).await?;
        }
        Ok(())
    }

    /// Sends writes without conditions: at most `together` of them in one transaction, the transactions in any order.
    pub(super) async fn send_side_by_side(self, client: &Client, together: usize) -> Result<(), StoreError> {
        let sends: Vec<_> = self.actions.chunks(together).map(|actions| send_one(client, actions)).collect();
        stream::iter(sends).buffer_unordered(SIDE_BY_SIDE).try_collect().await
    }

    /// Sends writes whose only conditions are the lease's.
    pub(super) async fn send_leased(self, client: &Client) -> Result<(), StoreError> {
        self.send(client).await.map_err(|error| match error {
            StoreError::Conflict => StoreError::LeaseLost,
            other @ (StoreError::Contended
            | StoreError::LeaseLost
            | StoreError::Unavailable { .. }
            | StoreError::Unusable { .. }) => other,
        })
    }
}

/// Sends one transaction; again if another held one of its items for a moment.
async fn send_one(client: &Client, actions: &[TransactWriteItem]) -> Result<(), StoreError> {
    let mut patience = Patience::default();
    loop {
        let sent = client.transact_write_items().set_transact_items(Some(actions.to_vec())).send().await;
        let answer = sent.map(drop).map_err(|error| cancelled(&error));
        if !patience.allows_another(&answer).await {
            return answer;
        }
    }
}

fn ledger_values(update: UpdateBuilder, lease: &Lease, ledger: &Ledger) -> Result<UpdateBuilder, StoreError> {
    Ok(update
        .expression_attribute_names("#version", "version")
        .expression_attribute_values(":ledger", s(json("ledger", ledger)?))
        .expression_attribute_values(":fence", n(lease.fence))
        .expression_attribute_values(":one", n(1)))
}
