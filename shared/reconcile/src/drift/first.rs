//! The first reading of an account's users, before which nobody knows who is in Brivo already.

use domain::{TenantId, policy::Adopt, rules::Rulebook};
use jiff::Timestamp;
use runtime::Services;
use state::{StoreError, TenantRecord};

use super::{Pass, Passed, Reach, is_connected};

/// Reads the users of every account of a tenant that is connected and was never read whole, as far as it comes until then; the
/// hourly pass goes on. Trouble with an account is remembered with it.
///
/// # Errors
/// If the state failed.
pub async fn first_reading(services: &Services, tenant: &TenantId, until: Timestamp) -> Result<(), StoreError> {
    let Some(tenant) = services.store.tenant(tenant).await? else { return Ok(()) };
    for account in tenant.tenant.accounts.iter().filter(|account| is_connected(&tenant, &account.id)) {
        let known = services.store.sync(&tenant.tenant.id, &account.id).await?;
        if known.users_read_at.is_some() || services.clock.now() >= until {
            continue;
        }
        let pass = Pass { reach: Reach::Users, ..Pass::new(services, &tenant, &account.id, until) };
        match pass.run().await {
            // Another pass over the same account is under way.
            Ok(_) | Err(StoreError::Conflict) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// What an operator has to know of accounts whose users were never read whole.
pub fn unread(passed: &Passed, tenant: &TenantRecord) -> Vec<String> {
    let rules = Rulebook::new(&tenant.tenant);
    let unread = passed.accounts.iter().filter(|(account, sync)| {
        sync.users_read_at.is_none() && rules.account_policy(account).adopt == Adopt::ExactEmail
    });
    let told = unread.map(|(account, _)| {
        format!(
            "account {account}: Brivo's users have not been read yet, so whoever is to be made may be there already"
        )
    });
    told.collect()
}
