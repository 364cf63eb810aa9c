//! What the settings would have written, as a plan to look at; and a change of them, measured before it takes anything away.

use std::collections::BTreeMap;

use domain::{
    AccountId, MemberId, MemberKey, TenantId,
    breaker::{Change, Losses},
    case::{Step, preview},
    rules::Rulebook,
};
use futures::{StreamExt, TryStreamExt, stream};
use platforms::groups_are_read;
use runtime::Services;
use serde::Deserialize;
use serde_json::json;
use sha2::{Digest, Sha256};
use state::{MemberItems, StoreError, TenantRecord};

use crate::gather::facts;

/// How many members are read side by side.
const SIDE_BY_SIDE: usize = 16;

/// How many people's writes a plan tells of; more than these nobody reads, and the hash speaks for all of them.
const MOST_TOLD: usize = 1000;

/// All that would be written for a tenant if the settings took effect now.
#[derive(Debug)]
pub struct TenantPlan {
    /// Whether a change of settings waits for approval.
    pub waits: bool,
    /// What the change would take away, from how many and from whom.
    pub losses: Losses,
    /// How many people something would be written for.
    pub people: usize,
    /// What would be written, by person; of the first thousand.
    pub steps: BTreeMap<MemberId, Vec<Step>>,
    /// Tells this plan from any other; applying names it, so that nobody applies what they have not seen.
    pub hash: String,
}

/// To whom a policy for leaving applies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Leavers {
    /// Those who leave from now on.
    #[default]
    Later,
    /// Those who have left already as well.
    All,
}

/// What an attempt to apply a plan came to.
#[derive(Debug)]
pub enum Applied {
    /// The settings take effect.
    Done,
    /// The state moved since the plan was made; this is the plan now.
    Moved(Box<TenantPlan>),
}

/// What would be written for a tenant; `None` if there is no such tenant.
///
/// Reads every member of the tenant, a page at a time.
///
/// # Errors
/// If the state failed.
pub async fn tenant_plan(
    services: &Services,
    tenant: &TenantId,
    leavers: Leavers,
) -> Result<Option<TenantPlan>, StoreError> {
    match services.store.tenant(tenant).await? {
        Some(record) => planned(services, &with_leavers(services, record, leavers), None).await.map(Some),
        None => Ok(None),
    }
}

/// Lets a change of settings take effect if it takes away little enough; answers the plan that waits for approval otherwise.
///
/// However little it is, it waits if the platform itself names no group any more for a whole kind of thing.
///
/// # Errors
/// If the state failed; the change then goes on waiting.
pub async fn settle(services: &Services, tenant: &TenantId) -> Result<Option<TenantPlan>, StoreError> {
    let Some(record) = services.store.tenant(tenant).await?.filter(|record| record.settled.is_some()) else {
        return Ok(None);
    };
    let plan = planned(services, &record, None).await?;
    let people = plan.losses.people();
    let is_doubtful = groups_are_read(&record.platform_api)
        && record.settled.as_deref().is_some_and(|before| record.tenant.lacks_a_kind_of(before));
    if plan.losses.need_approval() || (is_doubtful && people.losers > 0) {
        tracing::warn!(
            tenant.id = %tenant, losers = people.losers, holders = people.holders,
            is_doubtful, "a change of settings waits for approval: it would take groups from many people, or the platform names none for \
             a whole kind of thing any more"
        );
        return Ok(Some(plan));
    }
    take_effect(services, record).await?;
    Ok(None)
}

/// Applies the plan that has this hash; `None` if there is no such tenant.
///
/// # Errors
/// If the state failed, or the settings changed meanwhile.
pub async fn apply(
    services: &Services,
    tenant: &TenantId,
    hash: &str,
    leavers: Leavers,
) -> Result<Option<Applied>, StoreError> {
    let Some(known) = services.store.tenant(tenant).await? else { return Ok(None) };
    let record = with_leavers(services, known.clone(), leavers);
    let plan = planned(services, &record, None).await?;
    if plan.hash != hash {
        return Ok(Some(Applied::Moved(Box::new(plan))));
    }
    if record.settled.is_some() || record != known {
        take_effect(services, record).await?;
    }
    Ok(Some(Applied::Done))
}

fn with_leavers(services: &Services, mut record: TenantRecord, leavers: Leavers) -> TenantRecord {
    match leavers {
        Leavers::Later => {}
        Leavers::All => record.tenant.leavers_from = Some(services.clock.now()),
    }
    record
}

async fn take_effect(services: &Services, record: TenantRecord) -> Result<(), StoreError> {
    services.store.put_tenant(&TenantRecord { settled: None, ..record }).await
}

/// What would be written if these settings took effect now, in one account or all of them.
pub(crate) async fn planned(
    services: &Services,
    record: &TenantRecord,
    only: Option<&AccountId>,
) -> Result<TenantPlan, StoreError> {
    let after = Rulebook::new(&record.tenant);
    let before = record.settled.as_deref().map_or_else(|| after.clone(), Rulebook::new);
    let shares = before.shares_payers_memberships() || after.shares_payers_memberships();
    let change = Change { before: &before, after: &after, now: services.clock.now() };
    let mut plan = Plan::default();
    let mut from = None;
    loop {
        let page = services.store.members(&record.tenant.id, from.as_ref()).await?;
        let Some(last) = page.last().cloned() else { break };
        let read = page.into_iter().map(|member| async {
            let key = MemberKey { tenant: record.tenant.id.clone(), member };
            let items = services.store.member(&key).await?;
            let facts = facts(services, &key, &items, shares).await?;
            Ok::<_, StoreError>((key, facts, items))
        });
        let mut read = stream::iter(read).buffered(SIDE_BY_SIDE);
        while let Some((key, facts, MemberItems { ledger, .. })) = read.try_next().await? {
            plan.losses.count(&key.member, &facts, &ledger, change);
            let mut steps = preview(&after, &facts, &ledger, &key.external_id(), change.now);
            steps.retain(|step| only.is_none_or(|account| step.account == *account));
            plan.take(key.member.clone(), steps);
        }
        from = Some(last);
    }
    Ok(plan.sealed(record))
}

/// A tenant's plan while it is made.
#[derive(Default)]
struct Plan {
    losses: Losses,
    people: usize,
    steps: BTreeMap<MemberId, Vec<Step>>,
    digest: Sha256,
}

impl Plan {
    fn take(&mut self, member: MemberId, steps: Vec<Step>) {
        if steps.is_empty() {
            return;
        }
        self.people = self.people.saturating_add(1);
        self.digest.update(json!([member, steps]).to_string());
        if self.steps.len() < MOST_TOLD {
            self.steps.insert(member, steps);
        }
    }

    fn sealed(self, record: &TenantRecord) -> TenantPlan {
        let Self { losses, people, steps, mut digest } = self;
        digest.update(json!([record.version, losses.groups(), losses.who()]).to_string());
        TenantPlan { waits: record.settled.is_some(), losses, people, steps, hash: hex::encode(digest.finalize()) }
    }
}
