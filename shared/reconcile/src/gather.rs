//! Reads all that a decision needs.

use domain::{
    MemberKey,
    facts::{MemberFacts, TeamFacts},
    ledger::Ledger,
    reasons::{Reason, reasons, unmanaged_choices},
};
use futures::try_join;
use runtime::Services;
use state::{MemberItems, StoreError, TenantRecord};

use crate::outcome::Trouble;

/// All that a decision needs.
#[derive(Debug)]
pub struct Gathered {
    /// Whose member.
    pub tenant: TenantRecord,
    /// The person and all they hold.
    pub facts: MemberFacts,
    /// The version of the person's record.
    pub version: u64,
    /// The ledger as it stands, for those who only look.
    pub ledger: Ledger,
}

impl Gathered {
    /// Every reason the person has.
    pub fn reasons(&self) -> Vec<Reason> {
        reasons(&self.tenant.tenant, &self.facts)
    }

    /// What an operator has to know about the facts themselves.
    pub(crate) fn notice(&self) -> Option<Trouble> {
        let unmanaged = unmanaged_choices(&self.tenant.tenant, &self.facts);
        let told = unmanaged.iter().map(|(fact, groups)| {
            let groups: Vec<String> = groups.iter().map(ToString::to_string).collect();
            format!("{fact} names groups that are not managed: {}", groups.join(", "))
        });
        (!unmanaged.is_empty()).then(|| Trouble::Notice(told.collect::<Vec<_>>().join("; ")))
    }
}

/// Reads a member with its tenant and teams; `None` if there is no such tenant.
///
/// # Errors
/// If the state failed.
pub async fn gather(services: &Services, member: &MemberKey) -> Result<Option<Gathered>, StoreError> {
    let (items, tenant) = try_join!(services.store.member(member), services.store.tenant(&member.tenant))?;
    let Some(tenant) = tenant else { return Ok(None) };
    let facts = facts(services, member, &items).await?;
    Ok(Some(Gathered { tenant, facts, version: items.version, ledger: items.ledger }))
}

async fn facts(services: &Services, member: &MemberKey, items: &MemberItems) -> Result<MemberFacts, StoreError> {
    let mut teams = Vec::new();
    for id in items.all_teams() {
        let entitlements = services.store.team(&member.tenant, &id).await?;
        teams.push(TeamFacts { id, entitlements });
    }
    Ok(MemberFacts { member: items.member.clone(), entitlements: items.entitlements.clone(), teams })
}
