//! Tenants in state: documents in, secrets sealed; secrets out, opened.

use std::collections::{BTreeMap, BTreeSet};

use domain::{
    AccountId, MemberId, MemberKey, TenantId,
    tenant::{Mapping, Tenant},
};
use jiff::Timestamp;
use platforms::groups_are_read;
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use state::{
    AccountRecord, Doubt, SealedTokens, Store, StoreError, TenantRecord,
    keys::{self, Key},
};

use crate::{
    Services,
    document::Document,
    given_secrets::GIVEN_SECRETS,
    seal::{SealError, Sealed, SealedFor, Sealer},
};

/// Why a tenant's secrets could not be kept or used.
#[derive(Debug, thiserror::Error)]
pub enum TenantError {
    /// The state store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A secret could not be sealed or opened.
    #[error("the secret {place} cannot be used: {source}")]
    Sealing {
        /// Its place in its item.
        place: String,
        /// Why.
        source: SealError,
    },
}

/// How often a write is tried when others write at the same time.
const TRIES: usize = 5;

/// Where the signing secrets of webhooks stand.
const SIGNING_SECRETS: &str = "hooks.signing_secrets.";

/// How a document comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Given {
    /// Put by somebody who wants it now.
    Put,
    /// In a file that is read with every start.
    InFile,
}

/// Stores a document that was put: what it leaves out of the secrets stays as it was. Answers whether anything changed.
///
/// # Errors
/// [`TenantError`]. The settings may be stored by then and the accounts' tokens not; storing it again is harmless.
pub async fn install(store: &dyn Store, sealer: &Sealer, document: &Document) -> Result<bool, TenantError> {
    store_document(store, sealer, document, Given::Put).await
}

/// Stores a document of a file, unless it is the one that was last loaded: what was put since then holds. Answers whether
/// anything changed; its warnings are logged.
///
/// # Errors
/// As [`install`].
pub async fn load(store: &dyn Store, sealer: &Sealer, document: &Document) -> Result<bool, TenantError> {
    let id = &document.tenant.id;
    for warning in document.warnings() {
        tracing::warn!(tenant.id = %id, "a tenant document is sound but may surprise: {warning}");
    }
    let loaded = Some(document.digest.clone());
    if store.tenant(id).await?.is_some_and(|known| known.loaded == loaded) {
        return Ok(false);
    }
    let changed = store_document(store, sealer, document, Given::InFile).await?;
    // Remembered last: a load that was cut short is done again.
    if let Some(stored) = store.tenant(id).await? {
        store.put_tenant(&TenantRecord { loaded, ..stored }).await?;
    }
    Ok(changed)
}

async fn store_document(
    store: &dyn Store,
    sealer: &Sealer,
    document: &Document,
    given: Given,
) -> Result<bool, TenantError> {
    let mut changed = install_settings(store, sealer, document).await?;
    let disconnected = store.tenant(&document.tenant.id).await?.map(|record| record.tenant.disconnected);
    for account in &document.tenant.accounts {
        // A token that is put again does not connect what somebody disconnected; another one does.
        let is_apart = disconnected.as_ref().is_some_and(|apart| apart.contains_key(&account.id));
        let given = if is_apart { Given::InFile } else { given };
        let place = format!("accounts.{}.refresh_token", account.id);
        if let Some(token) = document.secrets.get(&place) {
            let place = (&document.tenant.id, &account.id);
            if is_apart && !store.account(place.0, place.1).await?.seeds.contains(&seed_of(token)) {
                reopen(store, place.0, place.1).await?;
            }
            changed |= seed_tokens(store, sealer, place, (token, given)).await?;
        }
    }
    Ok(changed)
}

/// Takes what the platform itself says about what gives which groups into the settings; answers whether that changed anything. A
/// change is measured against the settings before, like one of the document.
///
/// # Errors
/// If the state failed.
pub async fn take_mappings(store: &dyn Store, tenant: &TenantId, mappings: &[Mapping]) -> Result<bool, StoreError> {
    for _ in 0..TRIES {
        let Some(mut record) = store.tenant(tenant).await? else { return Ok(false) };
        if !groups_are_read(&record.platform_api) {
            return Ok(false);
        }
        let new = record.tenant.clone().with_platform_mappings(mappings.iter().cloned());
        if new == record.tenant {
            return Ok(false);
        }
        record.settled = settled(&record, &new);
        record.tenant = new;
        match store.put_tenant(&record).await {
            Err(StoreError::Conflict) => {}
            answer => return answer.map(|()| true),
        }
    }
    Err(StoreError::Conflict)
}

/// An account that was disconnected is connected again.
///
/// # Errors
/// If the state failed.
pub async fn reopen(store: &dyn Store, tenant: &TenantId, account: &AccountId) -> Result<(), StoreError> {
    for _ in 0..TRIES {
        let Some(mut record) = store.tenant(tenant).await? else { return Ok(()) };
        if record.tenant.disconnected.remove(account).is_none() {
            return Ok(());
        }
        match store.put_tenant(&record).await {
            Err(StoreError::Conflict) => {}
            answer => return answer,
        }
    }
    Err(StoreError::Conflict)
}

async fn install_settings(store: &dyn Store, sealer: &Sealer, document: &Document) -> Result<bool, TenantError> {
    for _ in 0..TRIES {
        let known = store.tenant(&document.tenant.id).await?;
        let tenant = as_applied(known.as_ref(), document);
        let record = TenantRecord {
            settled: known.as_ref().and_then(|known| settled(known, &tenant)),
            tenant,
            sealed: sealed_secrets(sealer, document, known.as_ref())?,
            platform_api: document.platform_api.clone(),
            loaded: known.as_ref().and_then(|known| known.loaded.clone()),
            version: known.as_ref().map_or(0, |known| known.version),
            accounts: known.as_ref().map(|known| known.accounts.clone()).unwrap_or_default(),
        };
        if known.as_ref() == Some(&record) {
            return Ok(false);
        }
        match store.put_tenant(&record).await {
            Err(StoreError::Conflict) => {}
            answer => return Ok(answer.map(|()| true)?),
        }
    }
    Err(StoreError::Conflict.into())
}

/// The settings of a document. Accounts that were disconnected stay so, be they taken out and put back; what was applied to those
/// who had left stays so while the settings do. What the platform itself says of groups stays as long as it is asked for.
fn as_applied(known: Option<&TenantRecord>, document: &Document) -> Tenant {
    let kept = known.filter(|_| groups_are_read(&document.platform_api)).into_iter();
    let kept = kept.flat_map(|known| known.tenant.platform_mappings().cloned());
    let disconnected = known.map(|known| known.tenant.disconnected.clone()).unwrap_or_default();
    let document = Tenant { disconnected, ..document.tenant.clone() }.with_platform_mappings(kept);
    let applied = Tenant { leavers_from: known.and_then(|known| known.tenant.leavers_from), ..document.clone() };
    if known.is_some_and(|known| known.tenant == applied) { applied } else { document }
}

/// The settings that a change is to be measured against before it takes anything away; none where nothing changes.
fn settled(known: &TenantRecord, new: &Tenant) -> Option<Box<Tenant>> {
    let before = known.settled.as_deref().unwrap_or(&known.tenant);
    (before != new).then(|| Box::new(before.clone()))
}

/// The secrets of a tenant after a document, sealed. Those that did not change stay as they are, unless they are sealed under an
/// older data key: the same secret seals to another text each time.
fn sealed_secrets(
    sealer: &Sealer,
    document: &Document,
    known: Option<&TenantRecord>,
) -> Result<BTreeMap<String, String>, TenantError> {
    let stays = |place: &str| {
        let is_replaced = document.lists_signing_secrets && place.starts_with(SIGNING_SECRETS);
        !is_replaced && still_means_something(place, &document.tenant)
    };
    let kept = known.iter().flat_map(|known| known.sealed.iter()).filter(|(place, _)| stays(place));
    let mut all: BTreeMap<String, String> = kept.map(|(place, text)| (place.clone(), text.clone())).collect();
    for (place, secret) in document.secrets.iter().filter(|(place, _)| !place.ends_with(".refresh_token")) {
        let before = known.and_then(|known| Some((known, self::secret(sealer, known, place).ok()??)));
        let same = before.filter(|(_, before)| before.expose_secret() == secret.expose_secret());
        let text = match same.and_then(|(known, _)| known.sealed.get(place)) {
            Some(text) if sealer.is_current(&Sealed::from_text(text.as_str())) => text.clone(),
            Some(_) | None => Place::of_tenant(&document.tenant.id, place).seal(sealer, secret)?,
        };
        all.insert(place.clone(), text);
    }
    Ok(all)
}

/// Whether a secret belongs to an account or a hook the tenant still has, or to the tenant itself.
fn still_means_something(place: &str, tenant: &Tenant) -> bool {
    if place == TenantRecord::APP_HOOK_SECRET {
        return tenant.app_hook.is_some();
    }
    match place.strip_prefix("accounts.") {
        None => true,
        Some(rest) => tenant.accounts.iter().any(|account| rest.starts_with(&format!("{}.", account.id))),
    }
}

/// Tells two refresh tokens apart without keeping either.
fn seed_of(token: &SecretString) -> String {
    hex::encode(Sha256::digest(token.expose_secret().as_bytes()))
}

/// Takes the refresh token of a document as an account's newest, once: what grew from it since then is newer.
async fn seed_tokens(
    store: &dyn Store,
    sealer: &Sealer,
    (tenant, account): (&TenantId, &AccountId),
    (token, given): (&SecretString, Given),
) -> Result<bool, TenantError> {
    let seed = seed_of(token);
    for _ in 0..TRIES {
        let known = store.account(tenant, account).await?;
        // Where nothing works any more, there is nothing to lose by what somebody puts again.
        let is_wanted_again = known.needs_reconnect && given == Given::Put;
        if known.seeds.contains(&seed) && !is_wanted_again {
            return Ok(false);
        }
        let generation = known.tokens.as_ref().map_or(1, |tokens| tokens.generation.saturating_add(1));
        let tokens = SealedTokens {
            generation,
            access: None,
            issued_at: Timestamp::UNIX_EPOCH,
            expires_at: Timestamp::UNIX_EPOCH,
            refresh: Place::of_account(tenant, account, "refresh").seal(sealer, token)?,
        };
        let record = AccountRecord {
            tokens: Some(tokens),
            seeds: known.seeds.iter().cloned().chain([seed.clone()]).collect(),
            needs_reconnect: false,
            claimed_until: None,
            doubt: known.brivo.is_some().then_some(Doubt::Unasked),
            to_wake_for: Some(generation),
            ..known
        };
        match store.put_account(tenant, account, &record).await {
            Err(StoreError::Conflict) => {}
            answer => return Ok(answer.map(|()| true)?),
        }
    }
    Err(StoreError::Conflict.into())
}

/// Has every member of a tenant looked at, page by page: for a document that changed. A run under way that has read the old
/// document is repeated.
///
/// # Errors
/// If the roster cannot be read or not everyone marked as due: then it is to be done again. Whoever is marked and could not
/// be woken is found by the sweep.
pub async fn wake_everyone(services: &Services, tenant: &TenantId) -> Result<(), StoreError> {
    wake_everyone_but(services, tenant, &BTreeSet::new()).await
}

/// Has every member of a tenant looked at but those who have been woken already.
///
/// # Errors
/// As [`wake_everyone`].
pub async fn wake_everyone_but(
    services: &Services,
    tenant: &TenantId,
    woken: &BTreeSet<MemberId>,
) -> Result<(), StoreError> {
    let now = services.clock.now();
    let mut after = None;
    loop {
        let page = services.store.members(tenant, after.as_ref()).await?;
        let Some(last) = page.last().cloned() else { return Ok(()) };
        let others = page.into_iter().filter(|member| !woken.contains(member));
        let key = |member| MemberKey { tenant: tenant.clone(), member };
        mark_and_wake(services, &others.map(key).collect::<Vec<_>>(), now).await?;
        after = Some(last);
    }
}

/// Marks members as due since then, and wakes them, in this order.
///
/// # Errors
/// If not all of them are marked. Whoever is marked and could not be woken is found by the sweep.
pub async fn mark_and_wake(services: &Services, members: &[MemberKey], due: Timestamp) -> Result<(), StoreError> {
    services.store.mark_due(members, due).await?;
    if let Err(error) = services.wakeups.wake(members, services.clock.now()).await {
        let (tenant, count) = (members.first().map(|member| &member.tenant), members.len());
        tracing::warn!(tenant.id = ?tenant, members = count, error = %error, "some members wait for the sweep");
    }
    Ok(())
}

/// Frees the accounts of a tenant from refreshes that died with their process: for a process that is alone on its state.
///
/// # Errors
/// If the state failed.
pub async fn forget_claims(store: &dyn Store, tenant: &Tenant) -> Result<(), TenantError> {
    for account in &tenant.accounts {
        let known = store.account(&tenant.id, &account.id).await?;
        if known.claimed_until.is_some() {
            let free = AccountRecord { claimed_until: None, ..known };
            store.put_account(&tenant.id, &account.id, &free).await?;
        }
    }
    Ok(())
}

/// Opens the secret at a place of the tenant document; `None` if there is none.
///
/// # Errors
/// If it was sealed under another key, or was changed.
pub fn secret(sealer: &Sealer, record: &TenantRecord, place: &str) -> Result<Option<SecretString>, TenantError> {
    let open = |text: &String| Place::of_tenant(&record.tenant.id, place).open(sealer, text);
    record.sealed.get(place).map(open).transpose()
}

/// Opens the signing secrets of a tenant's webhooks: those of the document, and those that the platform gave.
///
/// # Errors
/// As [`secret`].
pub fn signing_secrets(sealer: &Sealer, record: &TenantRecord) -> Result<Vec<SecretString>, TenantError> {
    let is_one = |place: &&String| place.starts_with(SIGNING_SECRETS) || place.starts_with(GIVEN_SECRETS);
    let places = record.sealed.keys().filter(is_one);
    places.filter_map(|place| secret(sealer, record, place).transpose()).collect()
}

/// Where a secret of a tenant is kept.
pub(crate) struct Place<'a> {
    tenant: &'a TenantId,
    item: String,
    field: &'a str,
}

impl<'a> Place<'a> {
    /// A field of a tenant's record.
    pub(crate) fn of_tenant(tenant: &'a TenantId, field: &'a str) -> Self {
        Self { tenant, item: name(&keys::tenant(tenant)), field }
    }

    /// A field of an account's record.
    pub(crate) fn of_account(tenant: &'a TenantId, account: &AccountId, field: &'a str) -> Self {
        Self { tenant, item: name(&keys::account(tenant, account)), field }
    }

    /// Seals a secret for this place.
    pub(crate) fn seal(&self, sealer: &Sealer, secret: &SecretString) -> Result<String, TenantError> {
        let text = sealer.seal(&self.sealed_for(), secret).map_err(|source| self.trouble(source))?;
        Ok(text.as_str().to_owned())
    }

    /// Opens what was sealed for this place.
    pub(crate) fn open(&self, sealer: &Sealer, text: &str) -> Result<SecretString, TenantError> {
        sealer.open(&self.sealed_for(), &Sealed::from_text(text)).map_err(|source| self.trouble(source))
    }

    /// What was sealed for this place, under the newest data key.
    pub(crate) fn resealed(&self, sealer: &Sealer, text: &str) -> Result<String, TenantError> {
        let anew = sealer.resealed(&self.sealed_for(), &Sealed::from_text(text));
        let anew = anew.map_err(|source| self.trouble(source))?;
        Ok(anew.map_or_else(|| text.to_owned(), |anew| anew.as_str().to_owned()))
    }

    fn sealed_for(&self) -> SealedFor<'_> {
        SealedFor { tenant: self.tenant, item: &self.item, field: self.field }
    }

    fn trouble(&self, source: SealError) -> TenantError {
        TenantError::Sealing { place: self.field.to_owned(), source }
    }
}

/// An item's key as one text.
pub(crate) fn name(key: &Key) -> String {
    format!("{}/{}", key.pk, key.sk)
}

#[cfg(test)]
mod tests;
