//! Reads all that a decision needs.

use std::collections::BTreeSet;

use domain::{
    AccountId, MemberId, MemberKey, TeamId,
    breaker::all_reasons,
    facts::{Guest, MemberFacts, Payer, TeamFacts},
    ledger::Ledger,
    reasons::{NotGiven, Reason, choices_not_given, reasons},
    rules::Rulebook,
};
use futures::try_join;
use runtime::Services;
use state::{MemberItems, StoreError, TenantRecord};

/// All that a decision needs.
#[derive(Debug)]
pub struct Gathered {
    /// Whose member.
    pub tenant: TenantRecord,
    /// The tenant's rules.
    pub rules: Rulebook,
    /// The rules before a change that waits for approval.
    pub before: Option<Rulebook>,
    /// The person and all they hold.
    pub facts: MemberFacts,
    /// The ledger as it stands, for those who only look.
    pub ledger: Ledger,
    /// The persons who turned out to be this one.
    pub inherits_from: BTreeSet<MemberId>,
    /// The persons this one turned out to be.
    pub bequeathed_to: BTreeSet<MemberId>,
}

impl Gathered {
    /// Every reason the person has, and those that a change would take away which waits for approval.
    pub fn reasons(&self, ledger: &Ledger) -> Vec<Reason<'_>> {
        all_reasons((&self.rules, self.before.as_ref()), &self.facts, ledger)
    }

    /// What an operator has to know about the facts themselves.
    pub fn notices(&self) -> Vec<String> {
        let told = choices_not_given(&self.rules, &self.facts).into_iter().map(|((fact, cause), groups)| {
            let groups: Vec<String> = groups.iter().map(ToString::to_string).collect();
            let groups = groups.join(", ");
            match cause {
                NotGiven::Unmanaged => format!("{fact} names groups that are not managed: {groups}"),
                NotGiven::NoAccount => format!(
                    "{fact} names groups of which nothing tells the Brivo account: {groups}; \
                     name them in a mapping with a location"
                ),
            }
        });
        let guest = self.facts.member.as_ref().and_then(|member| member.guest);
        let disputed = (guest == Some(Guest::Disputed))
            .then(|| "several members have this guest's e-mail address, so nobody can tell who is meant".to_owned());
        let here: BTreeSet<&AccountId> = reasons(&self.rules, &self.facts)
            .iter()
            .map(|reason| reason.account)
            .chain(self.ledger.accounts.keys())
            .collect();
        let apart = here.into_iter().filter(|account| self.rules.tenant().disconnected.contains_key(*account));
        let disconnected = apart.map(|account| {
            format!("account {account} was disconnected: nobody gets access there before it is connected again")
        });
        let refused = self.tenant.accounts.iter().filter_map(|(account, known)| Some((account, known.refusal()?)));
        let refused = refused.map(|(account, another)| format!("account {account}: {}", another.advice()));
        told.chain(disputed).chain(disconnected).chain(refused).collect()
    }
}

/// Reads a member with its tenant and teams; `None` if there is no such tenant.
///
/// # Errors
/// If the state failed.
pub async fn gather(services: &Services, member: &MemberKey) -> Result<Option<Gathered>, StoreError> {
    let (items, tenant) = try_join!(services.store.member(member), services.store.tenant(&member.tenant))?;
    let Some(tenant) = tenant else { return Ok(None) };
    let rules = Rulebook::new(&tenant.tenant);
    let before = tenant.settled.as_deref().map(Rulebook::new);
    let shares = [Some(&rules), before.as_ref()].into_iter().flatten().any(Rulebook::shares_payers_memberships);
    let facts = facts(services, member, &items, shares).await?;
    let MemberItems { ledger, inherits_from, bequeathed_to, .. } = items;
    Ok(Some(Gathered { tenant, rules, before, facts, ledger, inherits_from, bequeathed_to }))
}

/// The person and all they hold; what a team's payer holds only where that counts.
///
/// # Errors
/// If the state failed.
pub(crate) async fn facts(
    services: &Services,
    member: &MemberKey,
    items: &MemberItems,
    shares_payers_memberships: bool,
) -> Result<MemberFacts, StoreError> {
    let mut teams = Vec::new();
    for id in items.all_teams() {
        teams.push(team_facts(services, member, id, shares_payers_memberships).await?);
    }
    Ok(MemberFacts { member: items.member.clone(), entitlements: items.entitlements.clone(), teams })
}

async fn team_facts(
    services: &Services,
    member: &MemberKey,
    id: TeamId,
    shares_payers_memberships: bool,
) -> Result<TeamFacts, StoreError> {
    let team = services.store.team(&member.tenant, &id).await?;
    let payer = match team.paying_member.filter(|payer| shares_payers_memberships && *payer != member.member) {
        Some(payer) => {
            let key = MemberKey { tenant: member.tenant.clone(), member: payer.clone() };
            let MemberItems { member, entitlements, .. } = services.store.member(&key).await?;
            Payer::of(payer, member.as_ref(), entitlements)
        }
        None => None,
    };
    Ok(TeamFacts { id, entitlements: team.entitlements, payer })
}
