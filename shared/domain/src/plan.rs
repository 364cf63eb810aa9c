//! The writes that turn what Brivo shows into what it should show.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::{
    ExternalId, GroupId,
    access::Desired,
    ledger::AccountLedger,
    policy::{Policy, ProfileField},
    profile::Profile,
};

/// How many groups a Brivo user can be in, groups that we cannot see included.
///
/// Source: Brivo API, users, `POST /users/{id}/groups`, 2025-11-25.
pub const MOST_GROUPS: usize = 16;

/// One write to Brivo.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "write", rename_all = "snake_case")]
pub enum Write {
    /// Makes the user.
    CreateUser {
        /// Our reference, by which the user is found again.
        external_id: ExternalId,
        /// Names and addresses.
        profile: Profile,
    },
    /// Adds the user to groups and takes it out of others, in one step.
    ChangeGroups {
        /// Groups to add.
        #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
        add: BTreeSet<GroupId>,
        /// Groups to take away.
        #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
        remove: BTreeSet<GroupId>,
    },
    /// Sends fields of the profile that changed.
    PatchProfile {
        /// The profile to send from.
        profile: Profile,
        /// The fields to send; the others are not touched.
        fields: BTreeSet<ProfileField>,
    },
}

impl Write {
    /// The write's name, as shown in the audit log.
    pub fn word(&self) -> &'static str {
        match self {
            Self::CreateUser { .. } => "create user",
            Self::ChangeGroups { .. } => "change groups",
            Self::PatchProfile { .. } => "patch profile",
        }
    }
}

/// What is to be written for a person in one account, in this order, and what cannot be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// The writes, in order.
    pub writes: Vec<Write>,
    /// Groups that are due but would be more than Brivo takes.
    pub left_out: BTreeSet<GroupId>,
    /// A user is wanted but nobody knows the person's name.
    pub nameless: bool,
}

impl Plan {
    /// What an operator has to know about this plan.
    pub fn notice(&self) -> Option<String> {
        if self.nameless {
            return Some("no name is known for this member, so no Brivo user can be made".to_owned());
        }
        (!self.left_out.is_empty()).then(|| {
            let groups: Vec<String> = self.left_out.iter().map(ToString::to_string).collect();
            format!("Brivo takes {MOST_GROUPS} groups a user; left out: {}", groups.join(", "))
        })
    }
}

/// What is known of the person when a plan is made.
#[derive(Clone, Copy, Debug)]
pub struct Person<'a> {
    /// Our reference on the Brivo user.
    pub external_id: &'a ExternalId,
    /// Names and addresses; `None` while no name is known.
    pub profile: Option<&'a Profile>,
    /// Whether the platform was asked for the details, or has none to give.
    pub details_settled: bool,
}

/// The writes that close the difference between `desired` and the ledger of one account.
///
/// A user is made ahead of time only from settled details; an open window does not wait for them. Only groups of the
/// ledger are ever taken away.
pub fn plan(desired: &Desired, ledger: &AccountLedger, person: Person<'_>, policy: &Policy) -> Plan {
    let mut plan = Plan::default();
    if ledger.user.is_none() && (!desired.user || !plan_creation(&mut plan, desired, person)) {
        return plan;
    }
    let due = within_limit(desired, ledger, &mut plan.left_out);
    let add: BTreeSet<_> = due.difference(&ledger.groups).copied().collect();
    let remove: BTreeSet<_> = ledger.groups.difference(&due).copied().collect();
    if !add.is_empty() || !remove.is_empty() {
        plan.writes.push(Write::ChangeGroups { add, remove });
    }
    if let (Some(profile), Some(_)) = (person.profile, ledger.user) {
        let ours = policy.continuous_fields();
        let fields = ledger.profile.as_ref().map_or(ours.clone(), |sent| profile.differs_from(sent, &ours));
        if !fields.is_empty() {
            plan.writes.push(Write::PatchProfile { profile: profile.clone(), fields });
        }
    }
    plan
}

/// Adds the creation of the user; false if it has to wait.
fn plan_creation(plan: &mut Plan, desired: &Desired, person: Person<'_>) -> bool {
    if !person.details_settled && desired.groups.is_empty() {
        return false;
    }
    let Some(profile) = person.profile else {
        plan.nameless = true;
        return false;
    };
    plan.writes.push(Write::CreateUser { external_id: person.external_id.clone(), profile: profile.clone() });
    true
}

/// The groups that are due and fit: held ones stay, of the others the one whose window began first comes first.
fn within_limit(desired: &Desired, ledger: &AccountLedger, left_out: &mut BTreeSet<GroupId>) -> BTreeSet<GroupId> {
    let (mut fitting, others): (Vec<_>, Vec<_>) = desired
        .groups
        .iter()
        .map(|(group, since)| (*since, *group))
        .partition(|(_, group)| ledger.groups.contains(group));
    let mut others = others;
    others.sort_unstable();
    let room = MOST_GROUPS.saturating_sub(ledger.foreign_groups).saturating_sub(fitting.len());
    left_out.extend(others.iter().skip(room).map(|(_, group)| *group));
    fitting.extend(others.into_iter().take(room));
    fitting.into_iter().map(|(_, group)| group).collect()
}
