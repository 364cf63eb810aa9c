//! Items back into values.

use domain::{AccountId, MemberKey, Subject, TeamId, facts::Entitlement, intake::Record};
use jiff::Timestamp;

use super::attributes::{Item, bodied, instant, number, parsed, text};
use crate::{
    StoreError,
    items::{Lease, MemberItems, TenantRecord},
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
    for item in items {
        let sk = text(item, "sk")?;
        if sk == "member" {
            if let Record::Member(member) = bodied("member", item)? {
                all.member = Some(*member);
            }
            all.version = number(item, "version")?;
        } else if sk == "run" {
            all.ledger = parsed("ledger", item, "ledger")?.unwrap_or_default();
            all.due = instant(item, "due_at")?;
        } else if let Some(team) = sk.strip_prefix("team#") {
            all.teams.insert(TeamId::new(team));
        } else {
            all.entitlements.extend(entitlement(item)?);
        }
    }
    Ok(all)
}

/// What a team holds; a removed team holds nothing.
pub(super) fn team_holdings(items: &[Item]) -> Result<Vec<Entitlement>, StoreError> {
    for item in items.iter().filter(|item| text(item, "sk").is_ok_and(|sk| sk == "team")) {
        if let Record::Team(team) = bodied("team", item)?
            && team.is_removed()
        {
            return Ok(Vec::new());
        }
    }
    items.iter().filter_map(|item| entitlement(item).transpose()).collect()
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
