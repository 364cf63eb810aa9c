//! Plans of one person in one account, and carrying them out as Brivo would.

use std::collections::{BTreeMap, BTreeSet};

use domain::{
    BrivoUserId, CredentialId, ExternalId, GroupId, InvitationId, MemberKey,
    access::{Desired, Nearness},
    credentials::{Invitation, SealedCode},
    ledger::{AccountLedger, Suspension},
    plan::{Existing, MOST_GROUPS, Person, Plan, Wanted, Write, plan},
    policy::Policy,
    profile::Profile,
    tenant::Platform,
};
use jiff::Timestamp;

use crate::world::{at, groups};

/// The external id of m1.
pub(crate) fn reference() -> ExternalId {
    MemberKey { tenant: "acme".into(), member: "m1".into() }.external_id()
}

/// Ann Example with an e-mail address and no telephone.
pub(crate) fn profile(email: &str) -> Profile {
    Profile { first: "Ann".to_owned(), last: "Example".to_owned(), email: Some(email.to_owned()), phone: None }
}

pub(crate) fn ann() -> Profile {
    profile("ann@example.com")
}

pub(crate) fn preset(platform: Platform) -> Policy {
    Policy::preset(platform)
}

/// The preset with keys changed, as a tenant document says it.
pub(crate) fn changed(platform: Platform, keys: &str) -> Policy {
    Policy::preset(platform).changed(&serde_json::from_str(keys).unwrap())
}

/// Whose plan is made.
#[derive(Clone, Debug)]
pub(crate) struct Someone {
    pub(crate) profile: Option<Profile>,
    pub(crate) details_settled: bool,
    pub(crate) is_member: bool,
    pub(crate) is_guest: bool,
    pub(crate) existing: Existing,
    pub(crate) refused: BTreeSet<GroupId>,
    pub(crate) wanted: Wanted<'static>,
}

/// Ann, an active member of whom everything is known.
pub(crate) fn someone() -> Someone {
    Someone {
        profile: Some(ann()),
        details_settled: true,
        is_member: true,
        is_guest: false,
        existing: Existing::None,
        refused: BTreeSet::new(),
        wanted: Wanted::default(),
    }
}

impl Someone {
    pub(crate) fn plan(&self, desired: &Desired, ledger: &AccountLedger, policy: &Policy, now: Timestamp) -> Plan {
        let external_id = &reference();
        let person = Person {
            external_id,
            profile: self.profile.as_ref(),
            details_settled: self.details_settled,
            is_member: self.is_member,
            is_guest: self.is_guest,
            existing: &self.existing,
            refused: &self.refused,
            wanted: self.wanted,
        };
        plan(desired, ledger, person, policy, now)
    }

    /// Plans and carries out; answers with the writes.
    pub(crate) fn follow(
        &self,
        desired: &Desired,
        ledger: &mut AccountLedger,
        policy: &Policy,
        now: Timestamp,
    ) -> Vec<Write> {
        let plan = self.plan(desired, ledger, policy, now);
        carry_out(&plan, ledger);
        plan.writes
    }
}

/// The plan for Ann, who is an active member.
pub(crate) fn planned(desired: &Desired, ledger: &AccountLedger, policy: &Policy) -> Plan {
    someone().plan(desired, ledger, policy, at(0))
}

/// Groups that are due now, each since a minute.
pub(crate) fn due_since(ids: &[(i64, i64)]) -> Desired {
    let groups: BTreeMap<_, _> = ids.iter().map(|(group, since)| (GroupId(*group), at(*since))).collect();
    let nearness = if groups.is_empty() { Nearness::None } else { Nearness::Near };
    Desired { groups, nearness, ends: None }
}

/// No reason at all.
pub(crate) fn nobody() -> Desired {
    Desired::default()
}

/// A reason that is not open yet.
pub(crate) fn later(nearness: Nearness) -> Desired {
    Desired { nearness, ..Desired::default() }
}

/// Ann's Brivo user, in these groups by us.
pub(crate) fn known(ids: &[i64]) -> AccountLedger {
    AccountLedger { user: Some(BrivoUserId(1)), groups: groups(ids), profile: Some(ann()), ..AccountLedger::default() }
}

/// An invitation of ours that Ann has been told of by Brivo, good for three days from minute 0.
pub(crate) fn invitation(address: &str) -> Invitation {
    Invitation {
        id: InvitationId(7),
        credential: Some(CredentialId(70)),
        address: address.to_owned(),
        code: Some(SealedCode::new("sealed")),
        expires_at: Some(at(3 * 24 * 60)),
        told: true,
        ours: true,
    }
}

/// Carries out a plan as Brivo would, which refuses more groups than it takes.
pub(crate) fn carry_out(plan: &Plan, ledger: &mut AccountLedger) {
    for write in &plan.writes {
        match write {
            Write::CreateUser { profile, .. } => ledger.user_made(BrivoUserId(1), profile.clone(), at(0)),
            Write::LinkUser { known, .. } => *ledger = (**known).clone(),
            Write::ChangeGroups { add, remove } => {
                let foreign = (0i64..).take(ledger.foreign_groups).map(|number| GroupId(1000 + number));
                let mut shown: BTreeSet<GroupId> = ledger.groups.difference(remove).copied().chain(foreign).collect();
                shown.extend(add);
                assert!(shown.len() <= MOST_GROUPS);
                assert!(ledger.groups_shown((add, remove), &shown));
            }
            Write::PatchProfile { profile, .. } => ledger.profile = Some(profile.clone()),
            Write::SetPinEnd { until } => ledger.pin_end = *until,
            Write::SetPin { pin } => ledger.credentials.pin_sent(pin.clone()),
            Write::ClearPin => ledger.credentials.pin_cleared(),
            Write::CancelInvitation => ledger.credentials.invitation_cancelled(),
            Write::RevokePass { .. } => ledger.credentials.pass_revoked(),
            Write::Invite { address, .. } => ledger.credentials.invited(invitation(address), at(0)),
            Write::Suspend => ledger.suspension = Suspension::Ours,
            Write::Unsuspend => ledger.suspension = Suspension::None,
            Write::DeleteUser => ledger.user_gone(),
        }
    }
    ledger.left = plan.left.filter(|_| ledger.user.is_some());
}

/// A change of groups.
pub(crate) fn change(add: &[i64], remove: &[i64]) -> Write {
    Write::ChangeGroups { add: groups(add), remove: groups(remove) }
}

/// The making of Ann's user.
pub(crate) fn create() -> Write {
    Write::CreateUser { external_id: reference(), profile: ann() }
}
