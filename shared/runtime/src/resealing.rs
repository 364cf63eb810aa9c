//! What is still sealed under older data keys, and sealing it anew, so that they can be dropped one day.

use std::collections::BTreeMap;

use domain::{AccountId, TenantId};
use state::{AccountRecord, SealedTokens, Store, StoreError, TenantRecord};

use crate::{
    seal::{Sealed, Sealer},
    tenants::{Place, TenantError},
};

/// How many secrets of a tenant and its accounts are not sealed under the newest data key.
pub fn sealed_before(sealer: &Sealer, record: &TenantRecord) -> usize {
    let tokens = record.accounts.values().filter_map(|account| account.tokens.as_ref());
    let tokens = tokens.flat_map(|tokens| tokens.access.iter().chain([&tokens.refresh]));
    let texts = record.sealed.values().chain(tokens);
    texts.filter(|text| !sealer.is_current(&Sealed::from_text(text.as_str()))).count()
}

/// Seals what is sealed under older data keys anew; what cannot be opened stays and is logged. Answers how many secrets of the
/// tenant are left. One request, and one more for each item that changes.
///
/// # Errors
/// If the state failed. What others write at the same time is left to them, or to the next time.
pub async fn reseal(store: &dyn Store, sealer: &Sealer, tenant: &TenantId) -> Result<usize, StoreError> {
    let Some(mut record) = store.tenant(tenant).await? else { return Ok(0) };
    if sealed_before(sealer, &record) == 0 {
        return Ok(0);
    }
    let settings = resealed_settings(sealer, &record);
    if settings != record.sealed {
        record.sealed = settings;
        unless_overtaken(store.put_tenant(&record).await)?;
    }
    for (account, known) in &mut record.accounts {
        let tokens = known.tokens.as_ref().map(|tokens| resealed_tokens(sealer, (tenant, account), tokens));
        if tokens != known.tokens {
            *known = AccountRecord { tokens, ..known.clone() };
            unless_overtaken(store.put_account(tenant, account, known).await)?;
        }
    }
    let left = sealed_before(sealer, &record);
    tracing::info!(tenant.id = %tenant, left, "sealed secrets anew under the newest data key");
    Ok(left)
}

fn resealed_settings(sealer: &Sealer, record: &TenantRecord) -> BTreeMap<String, String> {
    let anew = |field: &str, text: &str| resealed(sealer, &Place::of_tenant(&record.tenant.id, field), text);
    record.sealed.iter().map(|(field, text)| (field.clone(), anew(field, text))).collect()
}

fn resealed_tokens(sealer: &Sealer, (tenant, account): (&TenantId, &AccountId), tokens: &SealedTokens) -> SealedTokens {
    let anew = |field, text: &String| resealed(sealer, &Place::of_account(tenant, account, field), text);
    SealedTokens {
        access: tokens.access.as_ref().map(|text| anew("access", text)),
        refresh: anew("refresh", &tokens.refresh),
        ..tokens.clone()
    }
}

fn resealed(sealer: &Sealer, place: &Place<'_>, text: &str) -> String {
    place.resealed(sealer, text).unwrap_or_else(|error: TenantError| {
        tracing::error!(error = %error, "a secret cannot be sealed anew");
        text.to_owned()
    })
}

fn unless_overtaken(written: Result<(), StoreError>) -> Result<(), StoreError> {
    match written {
        Err(StoreError::Conflict) => Ok(()),
        answer => answer,
    }
}
