//! Items back into values.

use domain::{
    AccountId, BrivoUserId, MemberId, MemberKey, Subject, TeamId, adoption::Reference, facts::Entitlement,
    intake::Record,
};
use jiff::Timestamp;

use super::{
    attributes::{Item, bodied, instant, number, parsed, text},
    dated::is_gone,
};
use crate::{
    StoreError,
    items::{InventoryEntry, Lease, MemberItems, TeamItems, TenantRecord},
    keys,
};

/// The record of a subject.
pub(super) fn record(subject: &Subject, item: &Item) -> Result<Record, StoreError> {
    bodied(subject.kind.word(), item)
}

/// The lease in a run item.
pub(super) fn lease(member: &MemberKey, item: &Item) -> Result<Lease, StoreError> {
    Ok(Lease {
        member: member.clone(),
        fence: number(item, "fence")?,
        revision: number(item, "revision")?,
        ledger: parsed("ledger", item, "ledger")?.unwrap_or_default(),
        due: instant(item, "due_at")?,
    })
}

/// All that lies with a member.
pub(super) fn member_items(items: &[Item]) -> Result<MemberItems, StoreError> {
    let mut all = MemberItems::default();
    for item in items.iter().filter(|item| !is_gone(item)) {
        let sk = text(item, "sk")?;
        if sk == "member" {
            if let Record::Member(member) = bodied("member", item)? {
                all.member = Some(*member);
            }
        } else if sk == "run" {
            all.ledger = parsed("ledger", item, "ledger")?.unwrap_or_default();
            all.due = instant(item, "due_at")?;
        } else if let Some(team) = sk.strip_prefix("team#") {
            all.teams.insert(TeamId::new(team));
        } else if let Some(from) = sk.strip_prefix("from#") {
            all.inherits_from.insert(MemberId::new(from));
        } else if let Some(to) = sk.strip_prefix("to#") {
            all.bequeathed_to.insert(MemberId::new(to));
        } else {
            all.entitlements.extend(entitlement(item)?);
        }
    }
    Ok(all)
}

/// What a team holds and who pays for it; a removed team holds nothing.
pub(super) fn team_items(items: &[Item]) -> Result<TeamItems, StoreError> {
    let mut team = TeamItems::default();
    for item in items.iter().filter(|item| !is_gone(item)) {
        if text(item, "sk")? != "team" {
            team.entitlements.extend(entitlement(item)?);
        } else if let Record::Team(record) = bodied("team", item)? {
            if record.is_removed() {
                return Ok(TeamItems::default());
            }
            team.paying_member = record.paying_member().cloned();
        }
    }
    Ok(team)
}

/// The user in an entry of the inventory, and whose reference it bears.
pub(super) fn inventory_entry(item: &Item) -> Result<(BrivoUserId, Reference), StoreError> {
    let InventoryEntry { user, reference, .. } = bodied("inventory entry", item)?;
    Ok((user, reference))
}

/// The entitlement in an item, if it is one.
pub(super) fn entitlement(item: &Item) -> Result<Option<Entitlement>, StoreError> {
    if text(item, "sk")?.starts_with("fact#") { bodied("entitlement", item).map(Some) } else { Ok(None) }
}

/// The member and instant of an entry of the due index.
pub(super) fn due(item: &Item) -> Result<Option<(Timestamp, MemberKey)>, StoreError> {
    let member = keys::member_of_partition(&text(item, "pk")?);
    Ok(instant(item, "due_at")?.zip(member))
}

/// A tenant and its accounts.
pub(super) fn tenant_items(items: &[Item]) -> Result<Option<TenantRecord>, StoreError> {
    let mut tenant: Option<TenantRecord> = None;
    let mut accounts = std::collections::BTreeMap::new();
    for item in items {
        let sk = text(item, "sk")?;
        if let Some(account) = sk.strip_prefix("account#") {
            accounts.insert(AccountId::new(account), bodied("account", item)?);
        } else if sk == "tenant" {
            tenant = Some(bodied("tenant", item)?);
        }
    }
    Ok(tenant.map(|tenant| TenantRecord { accounts, ..tenant }))
}
