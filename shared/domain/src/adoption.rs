//! Whether a Brivo user that we did not make becomes a person's: once, on purpose, and only if there is no doubt.

use serde::{Deserialize, Serialize};

use crate::{
    BrivoUserId, ExternalId, MemberKey, TenantId,
    case::Step,
    ledger::{AccountLedger, Suspension},
    plan::{Existing, NoUser, Write},
    policy::Adopt,
    profile::Profile,
    rules::Rulebook,
};

mod outlook;

pub use outlook::{Address, Outlook, Then, UsersFound, WithoutUser, outlook};

/// What an operator has to know of a plan that makes users: it does not look who is in Brivo already.
pub fn unlooked<'a>(rules: &Rulebook, steps: impl IntoIterator<Item = &'a Step>) -> Option<&'static str> {
    let is_open = |step: &Step| {
        matches!(step.write, Write::CreateUser { .. }) && rules.account_policy(&step.account).adopt == Adopt::ExactEmail
    };
    steps.into_iter().any(is_open).then_some(
        "whoever is to be made and is found in Brivo by the e-mail address is taken on instead, or left to staff: `adoption` tells who",
    )
}

/// Whose reference a Brivo user bears.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reference {
    /// Nobody's, or none that was told: a list may leave it out.
    #[default]
    Nobodys,
    /// This one of the tenant's own.
    Ours(ExternalId),
    /// Another application's or another tenant's.
    Others,
}

impl Reference {
    /// Whose a reference is, as this tenant sees it.
    pub fn of(external_id: Option<&ExternalId>, tenant: &TenantId) -> Self {
        let own = format!("{tenant}:");
        match external_id.filter(|id| !id.as_str().is_empty()) {
            None => Self::Nobodys,
            Some(id) if id.as_str().starts_with(&own) => Self::Ours(id.clone()),
            Some(_) => Self::Others,
        }
    }
}

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
/// Whoever bears the person's own reference is known by that, and users that bear another one of this tenant stand for somebody
/// else who has the same address. The profile counts as sent: adopting writes our reference and nothing else, later edits follow
/// the policy.
pub fn existing(matches: &[Match], member: &MemberKey, profile: Option<&Profile>) -> Existing {
    let reference = |found: &Match| Reference::of(found.external_id.as_ref(), &member.tenant);
    match only_one(matches.iter().map(|found| (found, reference(found))), &member.external_id()) {
        Candidates::None | Candidates::Own => Existing::None,
        Candidates::Several => Existing::Refused(NoUser::SeveralMatch),
        Candidates::Others => Existing::Refused(NoUser::AnotherApplications),
        Candidates::One(found) => Existing::One(Box::new(AccountLedger {
            user: Some(found.user),
            foreign_groups: found.groups,
            profile: profile.cloned(),
            suspension: if found.suspended { Suspension::Others } else { Suspension::None },
            ..AccountLedger::default()
        })),
    }
}

/// Who of several users with one address may be taken on.
enum Candidates<T> {
    None,
    One(T),
    Several,
    /// The only one is not ours to take.
    Others,
    /// One bears the person's own reference.
    Own,
}

fn only_one<T>(users: impl Iterator<Item = (T, Reference)>, own: &ExternalId) -> Candidates<T> {
    let mut strangers = Vec::new();
    for (user, reference) in users {
        match reference {
            Reference::Ours(id) if id == *own => return Candidates::Own,
            Reference::Ours(_) => {}
            Reference::Nobodys => strangers.push((user, true)),
            Reference::Others => strangers.push((user, false)),
        }
    }
    let mut strangers = strangers.into_iter();
    match (strangers.next(), strangers.next()) {
        (None, _) => Candidates::None,
        (Some(_), Some(_)) => Candidates::Several,
        (Some((_, false)), None) => Candidates::Others,
        (Some((user, true)), None) => Candidates::One(user),
    }
}
