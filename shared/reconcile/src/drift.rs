//! Reads Brivo's side of every account, and treats what was changed there by hand.
//!
//! One pass over an account: every user into the inventory, then the managed groups and who is in them, compared with every
//! ledger. Only what was read whole decides anything, and whoever differs is looked at once more, under the lease, before
//! anything is remembered. Nothing is written to Brivo here: what is to be undone becomes a difference between the ledger and
//! the facts, which the ordinary run closes. Of a tenant that is not enabled the users alone are read, so that everyone is
//! known by the time it is.

mod compare;
mod first;
mod read;
mod treat;

use std::collections::{BTreeMap, BTreeSet};

use brivo::BrivoError;
use domain::{
    AccountId, GroupId, TenantId,
    drift::{ByGroup, Staged, missing_everywhere},
    rules::Rulebook,
};
use jiff::Timestamp;
use runtime::{Services, connections::ConnectionError, pace::ReadingTurn, tenants::wake_everyone};
use sha2::{Digest, Sha256};
use state::{AccountRecord, StoreError, SyncFound, SyncRecord, SyncStage, TenantRecord};

use compare::Found;

use crate::{
    catch_up::{has_to_wake, wake_all},
    disconnect::forget_if_done,
    hooks::alarm_of_quiet_hooks,
    identity::{learn_if_unknown, settle_doubts},
    pace::Session,
};

pub use first::{first_reading, unread};

/// How the accounts of a tenant stand after a pass.
#[derive(Clone, Debug, Default)]
pub struct Passed {
    /// Each account, as it is remembered.
    pub accounts: BTreeMap<AccountId, SyncRecord>,
}

/// What many passes came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Summary {
    /// Accounts that were read to the end.
    pub whole: usize,
    /// Accounts whose reading goes on the next time.
    pub unfinished: usize,
    /// Accounts that could not be read.
    pub failed: usize,
}

/// What an approval came to.
#[derive(Clone, Debug)]
pub enum Approval {
    /// What was approved is being undone; so the accounts stand.
    Given(Passed),
    /// Nothing waits for approval.
    Nothing,
    /// Another list waits by now.
    Moved(Passed),
}

/// Why a pass did not come to its end.
#[derive(Debug, thiserror::Error)]
enum Cut {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Brivo(#[from] BrivoError),
    #[error(transparent)]
    Connection(#[from] ConnectionError),
    /// There is no more time; the reading goes on here.
    #[error("there was no more time")]
    Late(SyncStage),
}

impl Passed {
    /// What waits for approval, by account.
    pub fn staged(&self) -> impl Iterator<Item = (&AccountId, &Staged)> {
        self.accounts.iter().filter_map(|(account, sync)| Some((account, &sync.staged.as_ref()?.0)))
    }

    /// Tells this list from any other; `None` if nothing waits. Approving names it.
    pub fn hash(&self) -> Option<String> {
        let staged = self.accounts.iter().filter_map(|(account, sync)| Some((account, &sync.staged.as_ref()?.1)));
        let all: BTreeMap<_, _> = staged.collect();
        (!all.is_empty()).then(|| digest(&serde_json::json!(all)))
    }

    /// The groups that the document names and Brivo does not have, as far as every account was read.
    pub fn missing(&self, tenant: &TenantRecord) -> BTreeSet<GroupId> {
        let missing = self.accounts.iter().map(|(account, sync)| (account.clone(), sync.found.missing.clone()));
        missing_everywhere(&tenant.tenant, &missing.collect())
    }
}

/// How the accounts of a tenant stood after their last passes; one request for each.
///
/// # Errors
/// If the state failed.
pub async fn passed(services: &Services, tenant: &TenantRecord) -> Result<Passed, StoreError> {
    let mut passed = Passed::default();
    for account in &tenant.tenant.accounts {
        let sync = services.store.sync(&tenant.tenant.id, &account.id).await?;
        passed.accounts.insert(account.id.clone(), sync);
    }
    Ok(passed)
}

/// One pass over every account of a tenant; what is not done by `until` goes on with the next. Trouble with an account is
/// remembered with it.
///
/// # Errors
/// If the state failed.
pub async fn sync(services: &Services, tenant: &TenantRecord, until: Timestamp) -> Result<Passed, StoreError> {
    let mut passed = Passed::default();
    for account in &tenant.tenant.accounts {
        if is_to_be_read(tenant, &account.id) {
            let sync = Pass::new(services, tenant, &account.id, until).run().await?;
            passed.accounts.insert(account.id.clone(), sync);
        }
    }
    Ok(passed)
}

/// One pass over every account of these tenants: first those whose last is longest ago, so that whoever is left out for want
/// of time comes first the next time.
///
/// # Errors
/// If the state failed.
pub async fn sync_all(services: &Services, tenants: &[TenantId], until: Timestamp) -> Result<Summary, StoreError> {
    let mut order = Vec::new();
    for id in tenants {
        let Some(tenant) = services.store.tenant(id).await? else { continue };
        settle_doubts(services, &tenant).await;
        if has_to_wake(&tenant)
            && let Err(error) = wake_all(services, id).await
        {
            tracing::warn!(tenant.id = %id, error = %error, "not everyone was woken for an account that was connected anew");
        }
        if let Err(error) = alarm_of_quiet_hooks(services, &tenant).await {
            tracing::warn!(tenant.id = %id, error = %error, "hooks that fell silent are looked for an hour later");
        }
        for (account, parting) in &tenant.tenant.disconnected {
            if let Err(error) = forget_if_done(services, &tenant, (account, *parting)).await {
                tracing::warn!(tenant.id = %id, account.id = %account, error = %error, "its tokens are kept an hour more");
            }
        }
        for account in tenant.tenant.accounts.iter().filter(|account| is_to_be_read(&tenant, &account.id)) {
            let last = services.store.sync(id, &account.id).await?;
            order.push((last.ended, id, account.id.clone()));
        }
    }
    order.sort();
    let mut summary = Summary::default();
    for (_, id, account) in order {
        if services.clock.now() >= until {
            summary.unfinished += 1;
            continue;
        }
        // The settings may have changed since.
        let Some(tenant) = services.store.tenant(id).await? else { continue };
        if !is_to_be_read(&tenant, &account) {
            continue;
        }
        let sync = match Pass::new(services, &tenant, &account, until).run().await {
            // Another pass over the same account is under way.
            Err(StoreError::Conflict) => continue,
            answer => answer?,
        };
        match (&sync.found.trouble, sync.stage) {
            (Some(_), _) => summary.failed += 1,
            (None, Some(_)) => summary.unfinished += 1,
            (None, None) => summary.whole += 1,
        }
    }
    Ok(summary)
}

/// Approves the list that has this hash, which the last whole pass has made: what it names is undone, as far as it is still
/// so, and nobody who came later.
///
/// The approval is remembered before anything is read, so that what is not undone by `until` is undone by the next pass.
///
/// # Errors
/// If the state failed, or a pass ended meanwhile. What was approved of single accounts by then stays so.
pub async fn approve(
    services: &Services,
    tenant: &TenantRecord,
    hash: &str,
    until: Timestamp,
) -> Result<Approval, StoreError> {
    let (mut known, mut approved) = (passed(services, tenant).await?, Vec::new());
    match known.hash().filter(|_| tenant.tenant.enabled) {
        None => return Ok(Approval::Nothing),
        Some(current) if current != hash => return Ok(Approval::Moved(known)),
        Some(_) => {}
    }
    for (account, sync) in &mut known.accounts {
        let Some((list, _)) = sync.staged.take() else { continue };
        join(&mut sync.approved, list.who);
        // The users are not what was approved.
        sync.stage = Some(SyncStage::Groups);
        services.store.put_sync(&tenant.tenant.id, account, sync).await?;
        approved.push(account.clone());
    }
    for account in approved {
        let sync = match Pass::new(services, tenant, &account, until).run().await {
            // Another pass over the account is under way; the next one finds what was approved.
            Err(StoreError::Conflict) => continue,
            answer => answer?,
        };
        known.accounts.insert(account, sync);
    }
    Ok(Approval::Given(known))
}

/// Whether an account is read: one that was disconnected is not, nor one that nobody has connected while the tenant is being
/// set up.
fn is_to_be_read(tenant: &TenantRecord, account: &AccountId) -> bool {
    let is_apart = tenant.tenant.disconnected.contains_key(account);
    !is_apart && (tenant.tenant.enabled || is_connected(tenant, account))
}

fn is_connected(tenant: &TenantRecord, account: &AccountId) -> bool {
    tenant.accounts.get(account).is_some_and(AccountRecord::is_connected)
}

/// How much of an account a pass reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reach {
    /// The users.
    Users,
    /// The users, the groups and who is in them; whoever differs is treated.
    Whole,
}

/// One pass over one account.
struct Pass<'a> {
    services: &'a Services,
    tenant: &'a TenantRecord,
    account: &'a AccountId,
    rules: Rulebook,
    before: Option<Rulebook>,
    reach: Reach,
    until: Timestamp,
}

impl<'a> Pass<'a> {
    fn new(services: &'a Services, tenant: &'a TenantRecord, account: &'a AccountId, until: Timestamp) -> Self {
        let rules = Rulebook::new(&tenant.tenant);
        let before = tenant.settled.as_deref().map(Rulebook::new);
        let reach = if tenant.tenant.enabled { Reach::Whole } else { Reach::Users };
        Self { services, tenant, account, rules, before, reach, until }
    }

    fn tenant_id(&self) -> &TenantId {
        &self.tenant.tenant.id
    }

    /// Makes the pass and remembers how it ended.
    async fn run(&self) -> Result<SyncRecord, StoreError> {
        let mut sync = self.services.store.sync(self.tenant_id(), self.account).await?;
        let was_unread = sync.users_read_at.is_none();
        let cut = match self.bring_in(&mut sync).await {
            Ok(()) => {
                sync.stage = None;
                None
            }
            Err(Cut::Store(error)) => return Err(error),
            Err(Cut::Late(stage)) => {
                sync.stage = Some(stage);
                None
            }
            Err(error @ (Cut::Brivo(_) | Cut::Connection(_))) => Some(error.to_string()),
        };
        if let Some(error) = &cut {
            tracing::warn!(
                tenant.id = %self.tenant_id(), account.id = %self.account, error = %error,
                "an account could not be read; nothing is decided"
            );
        }
        sync.found.trouble = cut;
        sync.ended = Some(self.services.clock.now());
        self.services.store.put_sync(self.tenant_id(), self.account, &sync).await?;
        sync.version = sync.version.saturating_add(1);
        if was_unread && sync.users_read_at.is_some() {
            self.wake_who_waits().await;
        }
        if sync.found.trouble.is_none() && self.services.clock.now() < self.until {
            learn_if_unknown(self.services, self.tenant, self.account).await;
        }
        Ok(sync)
    }

    /// Wakes everyone of the tenant: some wait until it is known who is in Brivo.
    async fn wake_who_waits(&self) {
        if let Err(error) = wake_everyone(self.services, self.tenant_id()).await {
            tracing::warn!(
                tenant.id = %self.tenant_id(), error = %error,
                "not everyone was woken after the first reading; they are looked at again within minutes"
            );
        }
    }

    async fn bring_in(&self, sync: &mut SyncRecord) -> Result<(), Cut> {
        let session = Session::of(self.services, self.tenant, self.account)?;
        let users_from = match (sync.stage, self.reach) {
            (Some(SyncStage::Users(from)), Reach::Users | Reach::Whole) => Some(from),
            (Some(SyncStage::Groups), Reach::Whole) => sync.users_read_at.is_none().then_some(0),
            (Some(SyncStage::Groups), Reach::Users) | (None, Reach::Users | Reach::Whole) => Some(0),
        };
        if let Some(from) = users_from {
            self.read_users(&session, from, sync).await?;
            sync.users_read_at = Some(self.services.clock.now());
        }
        match self.reach {
            Reach::Users => Ok(()),
            Reach::Whole => self.look_for_hand_edits(&session, sync).await,
        }
    }

    async fn look_for_hand_edits(&self, session: &Session, sync: &mut SyncRecord) -> Result<(), Cut> {
        let listed = self.read_groups(session).await?;
        let found = self.compare(listed).await?;
        let allowed = found.strangers.of(&sync.approved);
        let staged = self.staged(&found, &allowed);
        let known = sync.staged.as_ref().map(|(_, hash)| hash);
        if let Some((list, _)) = staged.as_ref().filter(|(_, hash)| Some(hash) != known) {
            tracing::warn!(
                tenant.id = %self.tenant_id(), account.id = %self.account, people = list.people.losers,
                "so many people were added to groups by hand that undoing it waits for approval"
            );
        }
        let users = sync.found.users;
        sync.found = SyncFound { users, ..found.told() };
        sync.approved = allowed;
        sync.staged = staged;
        self.treat(session, found, sync).await
    }

    /// The list that waits for approval, beyond what is allowed, and its digest: whoever joins a group otherwise does not
    /// make it another list.
    fn staged(&self, found: &Found, allowed: &ByGroup) -> Option<(Staged, String)> {
        let list = found.strangers.staged(allowed)?;
        let hash = digest(&serde_json::json!([self.account, list.people.losers, list.who]));
        Some((list, hash))
    }

    /// Ends the pass here if its time is over.
    fn in_time(&self, stage: SyncStage) -> Result<Timestamp, Cut> {
        let now = self.services.clock.now();
        if now < self.until { Ok(now) } else { Err(Cut::Late(stage)) }
    }

    /// Waits for the turn of one call; ends the pass here if that comes after its time.
    async fn in_turn(&self, session: &Session, stage: SyncStage) -> Result<Timestamp, Cut> {
        let now = self.in_time(stage)?;
        match session.wait_to_read(self.until).await? {
            ReadingTurn::Go { .. } => Ok(self.services.clock.now()),
            ReadingTurn::Late => Err(Cut::Late(stage)),
            ReadingTurn::Spent(until) => {
                let wait = until.duration_since(now).try_into().unwrap_or_default();
                Err(Cut::Brivo(BrivoError::QuotaSpent { retry_after: Some(wait) }))
            }
        }
    }
}

fn join(all: &mut ByGroup, more: ByGroup) {
    for (group, users) in more {
        all.entry(group).or_default().extend(users);
    }
}

fn digest(told: &serde_json::Value) -> String {
    hex::encode(Sha256::digest(told.to_string()))
}
