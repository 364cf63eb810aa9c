//! Wakes everyone of a tenant. Once a lost account is connected again, those first who should have lost a group meanwhile, the
//! longest overdue before the others.
//!
//! Each run that fails is due again later, so the due index tells who is waiting, but not since when: the facts do.

use std::collections::BTreeSet;

use domain::{AccountId, MemberKey, TenantId, access::overdue_since};
use futures::{StreamExt, TryStreamExt, stream};
use jiff::{SignedDuration, Timestamp};
use runtime::{
    Services,
    connecting::{ConnectError, Connecting},
    tenants::{mark_and_wake, wake_everyone_but},
};
use state::{StoreError, TenantRecord};

use crate::{gather::gather, outcome::LONGEST_RECONNECT_WAIT};

/// How many of those who are due soon are looked at, so that it takes seconds; more are woken like everyone else.
const MOST: usize = 2000;

/// How many members are read side by side.
const SIDE_BY_SIDE: usize = 16;

/// Has everyone of a tenant looked at. What an account that was connected anew asks for is remembered with it until that is
/// done, so that the hourly pass does what a process that died has left.
///
/// # Errors
/// If the state failed: then it is to be done again, and is by the hourly pass where an account was connected anew.
pub async fn wake_all(services: &Services, tenant: &TenantId) -> Result<(), ConnectError> {
    let Some(record) = services.store.tenant(tenant).await? else { return Ok(()) };
    let anew: Vec<(&AccountId, u64)> =
        record.accounts.iter().filter_map(|(account, known)| Some((account, known.to_wake_for?))).collect();
    let accounts = anew.iter().map(|(account, _)| *account).collect();
    let overdue = overdue(services, &record, &accounts).await?;
    for together in overdue.chunk_by(|(since, _), (other, _)| since == other) {
        let members: Vec<MemberKey> = together.iter().map(|(_, member)| member.clone()).collect();
        for (since, _) in together.iter().take(1) {
            mark_and_wake(services, &members, *since).await?;
        }
    }
    let woken = overdue.into_iter().map(|(_, key)| key.member).collect();
    wake_everyone_but(services, tenant, &woken).await?;
    for (account, generation) in anew {
        Connecting { services, tenant, account }.everyone_is_woken(generation).await?;
    }
    Ok(())
}

/// Whether an account was connected anew and not everyone has been woken since.
pub(crate) fn has_to_wake(record: &TenantRecord) -> bool {
    record.accounts.values().any(|known| known.to_wake_for.is_some())
}

/// Who is in groups of these accounts that ended meanwhile, and since when; the longest first.
async fn overdue(
    services: &Services,
    record: &TenantRecord,
    accounts: &BTreeSet<&AccountId>,
) -> Result<Vec<(Timestamp, MemberKey)>, StoreError> {
    if accounts.is_empty() {
        return Ok(Vec::new());
    }
    let now = services.clock.now();
    let soon = now.saturating_add(LONGEST_RECONNECT_WAIT + SignedDuration::from_mins(1)).unwrap_or(Timestamp::MAX);
    let due = services.store.due(soon, MOST).await?;
    let members = due.into_iter().map(|(_, member)| member).filter(|member| member.tenant == record.tenant.id);
    let looks = members.map(|member| async move {
        let Some(gathered) = gather(services, &member).await? else { return Ok(None) };
        let reasons = gathered.reasons(&gathered.ledger);
        let since = gathered.ledger.accounts.iter().filter(|(account, _)| accounts.contains(*account));
        let noted = gathered.ledger.overdue_since;
        let since =
            since.filter_map(|(account, ledger)| overdue_since(&reasons, (account, &ledger.groups), noted, now)).min();
        Ok::<_, StoreError>(since.map(|since| (since, member)))
    });
    let looked: Vec<Option<(Timestamp, MemberKey)>> = stream::iter(looks).buffered(SIDE_BY_SIDE).try_collect().await?;
    let mut overdue: Vec<_> = looked.into_iter().flatten().collect();
    overdue.sort();
    Ok(overdue)
}

#[cfg(test)]
mod tests;
