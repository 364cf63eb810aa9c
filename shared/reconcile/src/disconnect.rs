//! Disconnecting a Brivo account: what we gave there stays, or is taken away, which is looked at as a plan before it happens.

use std::collections::BTreeSet;

use domain::{AccountId, MemberKey, TenantId, plan::revoke, tenant::Parting};
use runtime::{
    Services,
    connecting::{ConnectError, Connecting},
    tenants::wake_everyone,
};
use state::{StoreError, TenantRecord};

use crate::settings::{TenantPlan, planned};

/// What an attempt to disconnect an account came to.
#[derive(Debug)]
pub enum Disconnected {
    /// The account is disconnected; what is to be taken away, is now.
    Done,
    /// This is what would be taken away: look at it, and name its hash.
    Look(Box<TenantPlan>),
    /// Nothing can be taken away in an account that is not connected, or of a tenant that is switched off.
    OutOfReach,
}

/// Disconnects an account. Taking away what we gave there wants the hash of the plan that says what that is; every member is
/// read for it, a page at a time.
///
/// # Errors
/// If the state failed, or the settings changed meanwhile.
pub async fn disconnect(
    services: &Services,
    record: &TenantRecord,
    account: &AccountId,
    (parting, hash): (Parting, Option<&str>),
) -> Result<Disconnected, ConnectError> {
    let connecting = Connecting { services, tenant: &record.tenant.id, account };
    let known = record.accounts.get(account).cloned().unwrap_or_default();
    let mut apart = record.clone();
    apart.tenant.disconnected.insert(account.clone(), parting);
    if parting == Parting::Revoke {
        if !record.tenant.enabled || !known.is_connected() {
            return Ok(Disconnected::OutOfReach);
        }
        let plan = planned(services, &apart, Some(account)).await?;
        if hash != Some(plan.hash.as_str()) {
            return Ok(Disconnected::Look(Box::new(plan)));
        }
    }
    // A link from before would connect it again.
    connecting.end_link().await?;
    services.store.put_tenant(&apart).await?;
    match parting {
        Parting::Leave => connecting.forget(&known).await?,
        Parting::Revoke => {}
    }
    wake_everyone(services, &record.tenant.id).await?;
    Ok(Disconnected::Done)
}

/// Forgets the tokens of an account that was disconnected, once all that was to be taken away is; whoever has something still
/// is looked at again.
///
/// # Errors
/// If the state failed.
pub(crate) async fn forget_if_done(
    services: &Services,
    record: &TenantRecord,
    (account, parting): (&AccountId, Parting),
) -> Result<(), ConnectError> {
    let tenant = &record.tenant.id;
    let Some(known) = record.accounts.get(account).filter(|known| known.is_connected()) else { return Ok(()) };
    if parting == Parting::Revoke && is_held(services, tenant, account).await? {
        return Ok(wake_everyone(services, tenant).await?);
    }
    Connecting { services, tenant, account }.forget(known).await?;
    tracing::info!(tenant.id = %tenant, account.id = %account, "the tokens of a disconnected account are forgotten");
    Ok(())
}

/// Whether anybody has anything of ours in an account.
async fn is_held(services: &Services, tenant: &TenantId, account: &AccountId) -> Result<bool, StoreError> {
    let mut after = None;
    loop {
        let page = services.store.members(tenant, after.as_ref()).await?;
        let Some(last) = page.last().cloned() else { return Ok(false) };
        for member in page {
            let key = MemberKey { tenant: tenant.clone(), member };
            let known = services.store.member(&key).await?.ledger.accounts.remove(account);
            if known.is_some_and(|known| known.pending.is_some() || !revoke(&known, &BTreeSet::new()).writes.is_empty())
            {
                return Ok(true);
            }
        }
        after = Some(last);
    }
}
