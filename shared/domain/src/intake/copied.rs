//! The groups of a plan, copied to a subscription when it is first seen.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{EntitlementRecord, Intake};
use crate::{
    GroupId,
    facts::{Entitlement, Membership},
    policy::SourceOfGroups,
    reasons::plan_groups,
};

/// What was copied from a plan, and from which.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CopiedPlan {
    /// The plan.
    pub plan: String,
    /// Its groups when the subscription was first seen with it.
    pub groups: BTreeSet<GroupId>,
}

impl Intake<'_> {
    /// The entitlement with the groups of its plan where the policy takes a copy: taken when the subscription is first seen,
    /// and again when its plan changes, so that later edits of the mapping leave it as it is.
    pub(super) fn with_copied_groups(
        &self,
        entitlement: Option<&Entitlement>,
        known: Option<&EntitlementRecord>,
    ) -> (Option<Entitlement>, Option<CopiedPlan>) {
        let before = known.and_then(|record| record.copied.clone());
        let Some(Entitlement::Membership(membership)) = entitlement else {
            return (entitlement.cloned(), before);
        };
        let policy = self.rules.policy(membership.location.as_ref());
        if membership.groups.is_some() || policy.source_of_groups != SourceOfGroups::PerSubscription {
            return (entitlement.cloned(), before);
        }
        let copied = before.filter(|copied| copied.plan == membership.plan).unwrap_or_else(|| CopiedPlan {
            plan: membership.plan.clone(),
            groups: plan_groups(self.rules, membership),
        });
        let membership = Membership { copied: Some(copied.groups.clone()), ..membership.clone() };
        (Some(Entitlement::Membership(membership)), Some(copied))
    }
}
