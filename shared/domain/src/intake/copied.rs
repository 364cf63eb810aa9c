//! The groups of a plan, copied to a subscription when it is first seen.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{EntitlementRecord, Intake};
use crate::{
    GroupId,
    facts::{Entitlement, Membership},
    reasons::groups_to_copy,
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
    /// The entitlement with the groups of its plan where a policy takes a copy: taken when the subscription is first seen,
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
        if membership.groups.is_some() {
            return (entitlement.cloned(), before);
        }
        let new = || {
            let groups = groups_to_copy(self.rules, membership)?;
            Some(CopiedPlan { plan: membership.plan.clone(), groups })
        };
        let copied = before.filter(|copied| copied.plan == membership.plan).or_else(new);
        let groups = copied.as_ref().map(|copied| copied.groups.clone());
        (Some(Entitlement::Membership(Membership { copied: groups, ..membership.clone() })), copied)
    }
}
