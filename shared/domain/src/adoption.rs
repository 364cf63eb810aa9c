//! Whether a Brivo user that we did not make becomes a person's: once, on purpose, and only if there is no doubt.

use crate::{
    BrivoUserId, ExternalId, TenantId,
    ledger::{AccountLedger, Suspension},
    plan::{Existing, NoUser},
    profile::Profile,
};

/// A Brivo user with the person's e-mail address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Match {
    /// Brivo's id.
    pub user: BrivoUserId,
    /// Whoever's reference the user bears.
    pub external_id: Option<ExternalId>,
    /// Whether the user is suspended.
    pub suspended: bool,
    /// How many groups the user is in; all of them are others'.
    pub groups: usize,
}

/// Which of the users with a person's e-mail address stands for the person.
///
/// Users that bear a reference of this tenant stand for somebody else who has the same address. The profile counts as sent:
/// adopting writes our reference and nothing else, later edits follow the policy.
pub fn existing(matches: &[Match], tenant: &TenantId, profile: Option<&Profile>) -> Existing {
    let own = format!("{tenant}:");
    let is_ours = |found: &&Match| found.external_id.as_ref().is_some_and(|id| id.as_str().starts_with(&own));
    let mut others = matches.iter().filter(|found| !is_ours(found));
    match (others.next(), others.next()) {
        (None, _) => Existing::None,
        (Some(_), Some(_)) => Existing::Refused(NoUser::SeveralMatch),
        (Some(found), None) if found.external_id.as_ref().is_some_and(|id| !id.as_str().is_empty()) => {
            Existing::Refused(NoUser::AnotherApplications)
        }
        (Some(found), None) => Existing::One(Box::new(AccountLedger {
            user: Some(found.user),
            foreign_groups: found.groups,
            profile: profile.cloned(),
            suspension: if found.suspended { Suspension::Others } else { Suspension::None },
            ..AccountLedger::default()
        })),
    }
}
