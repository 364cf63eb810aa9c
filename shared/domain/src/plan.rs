//! The writes that turn what Brivo shows into what it should show.

use std::{collections::BTreeSet, fmt};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{
    CredentialId, ExternalId, GroupId,
    access::{Desired, Nearness},
    credentials::{PinRefusal, SealedCode},
    ledger::{AccountLedger, Left, Suspension},
    policy::{Backstop, CreateUsers, Deprovision, Policy, ProfileField, SuspendWhen},
    profile::Profile,
    tenant::Way,
};

mod credentials;

pub use credentials::{NoPass, ToldPin, Wanted};

/// How many groups a Brivo user can be in, groups that we cannot see included.
///
/// Source: Brivo API, users, `POST /users/{id}/groups`, 2025-11-25.
pub const MOST_GROUPS: usize = 16;

/// From how many groups on an operator is told that a person comes near the limit.
pub const MANY_GROUPS: usize = 14;

/// When somebody is looked at again for whom no user can be made, or who cannot get all groups: what is in the way is mended
/// in Brivo, which does not tell.
const LOOK_AGAIN: SignedDuration = SignedDuration::from_mins(30);

/// When somebody is looked at again who waits for the first reading of Brivo's users; its end wakes everyone as well.
const LOOK_FOR_READING: SignedDuration = SignedDuration::from_mins(5);

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
    /// Puts our reference on a user that exists: one made by hand, or one of the same person under another reference.
    LinkUser {
        /// Our reference.
        external_id: ExternalId,
        /// What is known of that user, which becomes the ledger.
        known: Box<AccountLedger>,
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
    /// Gives the access code an end of its own, or takes that end away.
    SetPinEnd {
        /// The first instant at which the code opens nothing.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        until: Option<Timestamp>,
    },
    /// Sends the access code that the platform tells.
    SetPin {
        /// The code, sealed.
        pin: SealedCode,
    },
    /// Takes away the access code that we sent.
    ClearPin,
    /// Invites the person to a mobile pass.
    Invite {
        /// The e-mail address, which is the pass id.
        address: String,
        /// Whether Brivo sends an e-mail.
        by_brivo: bool,
    },
    /// Takes back the invitation that waits for the person.
    CancelInvitation,
    /// Takes away a mobile pass of ours.
    RevokePass {
        /// The pass.
        credential: CredentialId,
    },
    /// Suspends the user: groups stay, doors do not open.
    Suspend,
    /// Lifts our own suspension.
    Unsuspend,
    /// Deletes the user.
    DeleteUser,
}

impl Write {
    /// The write's name, as shown in the audit log.
    pub fn word(&self) -> &'static str {
        match self {
            Self::CreateUser { .. } => "create user",
            Self::LinkUser { .. } => "link user",
            Self::ChangeGroups { .. } => "change groups",
            Self::PatchProfile { .. } => "patch profile",
            Self::SetPinEnd { .. } => "set pin end",
            Self::SetPin { .. } => "set pin",
            Self::ClearPin => "clear pin",
            Self::Invite { .. } => "invite",
            Self::CancelInvitation => "cancel invitation",
            Self::RevokePass { .. } => "revoke pass",
            Self::Suspend => "suspend",
            Self::Unsuspend => "unsuspend",
            Self::DeleteUser => "delete user",
        }
    }
}

/// For people to read; no names and no addresses.
impl fmt::Display for Write {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::CreateUser { external_id, .. } => write!(f, "create user {external_id}"),
            Self::LinkUser { external_id, known } => match known.user {
                Some(user) => write!(f, "link user {user} as {external_id}"),
                None => write!(f, "link no user as {external_id}"),
            },
            Self::ChangeGroups { add, remove } => match (listed(add), listed(remove)) {
                (add, remove) if remove.is_empty() => write!(f, "add to {add}"),
                (add, remove) if add.is_empty() => write!(f, "remove from {remove}"),
                (add, remove) => write!(f, "add to {add}, remove from {remove}"),
            },
            Self::PatchProfile { fields, .. } => {
                let fields: Vec<String> = fields.iter().map(|field| format!("{field:?}").to_lowercase()).collect();
                write!(f, "send {}", fields.join(", "))
            }
            Self::SetPinEnd { until: Some(until) } => write!(f, "end the access code at {until}"),
            Self::SetPinEnd { until: None } => f.write_str("let the access code have no end"),
            Self::SetPin { .. } => f.write_str("send the access code"),
            Self::ClearPin => f.write_str("take the access code away"),
            Self::Invite { by_brivo: true, .. } => f.write_str("invite to a mobile pass, with Brivo's e-mail"),
            Self::Invite { by_brivo: false, .. } => f.write_str("invite to a mobile pass"),
            Self::CancelInvitation => f.write_str("take back the invitation to a mobile pass"),
            Self::RevokePass { credential } => write!(f, "take away mobile pass {credential}"),
            Self::Suspend | Self::Unsuspend | Self::DeleteUser => f.write_str(self.word()),
        }
    }
}

pub(crate) fn listed(groups: &BTreeSet<GroupId>) -> String {
    groups.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

/// What is to be written for a person in one account, in this order, and what cannot be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// The writes, in order.
    pub writes: Vec<Write>,
    /// Groups that are due but would be more than Brivo takes.
    pub left_out: BTreeSet<GroupId>,
    /// In how many groups the user is then, if they are many.
    pub many_groups: Option<usize>,
    /// Why no user can be made, though one is wanted.
    pub no_user: Option<NoUser>,
    /// Somebody else suspended the user, who has a reason to be inside.
    pub suspended_by_others: bool,
    /// Why Brivo refused the person's access code not long ago, if it did.
    pub pin_refused: Option<PinRefusal>,
    /// The person's access code is not sent, because the user has one that we did not send.
    pub pin_withheld: bool,
    /// Why the person is not invited to a mobile pass, though they are to be.
    pub no_pass: Option<NoPass>,
    /// The person is to be told the pass code of the invitation that waits for them.
    pub tell: Option<Way>,
    /// Somebody has to look what credentials the user has.
    pub unseen: bool,
    /// What the ledger has to say of a person who has no reason.
    pub left: Option<Left>,
    /// When there is more to do though no reason changes.
    pub next: Option<Timestamp>,
}

/// Why no Brivo user can be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoUser {
    /// Nobody knows the person's name.
    Nameless,
    /// Several users that are not ours have the person's e-mail address.
    SeveralMatch,
    /// The user with the person's e-mail address is another application's.
    AnotherApplications,
    /// There may be a user with the person's e-mail address, because the account's users were never read whole.
    Unread,
}

impl NoUser {
    /// How long it may take until that is otherwise.
    fn look_again(&self) -> SignedDuration {
        match self {
            Self::Nameless | Self::SeveralMatch | Self::AnotherApplications => LOOK_AGAIN,
            Self::Unread => LOOK_FOR_READING,
        }
    }
}

impl fmt::Display for NoUser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Nameless => "no name is known for this member, so no Brivo user can be made",
            Self::SeveralMatch => {
                "several Brivo users have this member's e-mail address; delete or change all but one, or set adopt to never"
            }
            Self::AnotherApplications => {
                "the Brivo user with this member's e-mail address belongs to another application; set adopt to never to make a new one"
            }
            Self::Unread => {
                "Brivo's users have not been read yet, and one of them may be this member's; no user is made before a window opens"
            }
        })
    }
}

/// All that we gave a person in an account is taken away, and nothing else is done to them.
pub fn revoke(ledger: &AccountLedger, refused: &BTreeSet<GroupId>) -> Plan {
    let mut plan = Plan { left: ledger.left, ..Plan::default() };
    if ledger.user.is_none() {
        return plan;
    }
    let is_held = |group: &&GroupId| !ledger.by_hand.taken.contains(group) && !refused.contains(group);
    let remove: BTreeSet<GroupId> = ledger.groups.iter().filter(is_held).copied().collect();
    if !remove.is_empty() {
        plan.writes.push(Write::ChangeGroups { add: BTreeSet::new(), remove });
    }
    plan.writes.extend(credentials::revoked(&ledger.credentials));
    plan
}

impl Plan {
    /// What of it takes groups away: all that is done for a tenant that is switched off. Nobody is let in any more, and
    /// whoever is in leaves when their time is over.
    #[must_use]
    pub fn only_taking_away(self) -> Self {
        let groups_to_leave = self.writes.into_iter().filter_map(|write| {
            let Write::ChangeGroups { remove, .. } = write else { return None };
            (!remove.is_empty()).then_some(Write::ChangeGroups { add: BTreeSet::new(), remove })
        });
        Self { writes: groups_to_leave.collect(), left: self.left, ..Self::default() }
    }

    /// Has the person looked at again after a while, unless there is more to do before.
    fn look_again(&mut self, now: Timestamp, after: SignedDuration) {
        if let Ok(instant) = now.checked_add(after) {
            self.look_at(instant);
        }
    }

    fn look_at(&mut self, instant: Timestamp) {
        self.next = self.next.into_iter().chain([instant]).min();
    }

    /// What an operator has to know about this plan.
    pub fn notices(&self) -> Vec<String> {
        let left_out = (!self.left_out.is_empty())
            .then(|| format!("Brivo takes {MOST_GROUPS} groups a user; left out: {}", listed(&self.left_out)));
        let many = self.many_groups.map(|count| format!("is in {count} of the {MOST_GROUPS} groups that Brivo takes"));
        let suspended = self.suspended_by_others.then(|| "somebody suspended this user in Brivo".to_owned());
        let no_user = self.no_user.as_ref().map(ToString::to_string);
        let pin = self.pin_refused.map(|why| match why {
            PinRefusal::Code => {
                "Brivo refused the access code: somebody else has it, or it is not four to eight digits, or too simple"
                    .to_owned()
            }
            PinRefusal::Permission => {
                "Brivo does not permit us to set access codes: connect it with an administrator who may edit users"
                    .to_owned()
            }
        });
        let withheld = "the access code is not sent: this Brivo user has one that we did not send, or Brivo does not let us see it; \
                        take it away in Brivo, and ours follows within six hours";
        let withheld = self.pin_withheld.then(|| withheld.to_owned());
        let no_pass = self.no_pass.map(|why| why.told().to_owned());
        [no_user, left_out, many, suspended, pin, withheld, no_pass].into_iter().flatten().collect()
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
    /// Whether it is an active member of the platform; a guest is none.
    pub is_member: bool,
    /// Whether only bookings tell of it, which know no more than a name and an e-mail address.
    pub is_guest: bool,
    /// The Brivo user that stands for the person already, though not under our reference.
    pub existing: &'a Existing,
    /// Groups that Brivo does not know or refuses now; they take nobody's place and are tried again.
    pub refused: &'a BTreeSet<GroupId>,
    /// What the person is to have of credentials.
    pub wanted: Wanted<'a>,
}

/// A Brivo user that stands for a person already.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Existing {
    /// There is none.
    #[default]
    None,
    /// This one, with what is known of it.
    One(Box<AccountLedger>),
    /// There is no telling which, or it is not ours to take.
    Refused(NoUser),
    /// Not all users of the account were read yet; among those that were it is so.
    Unread(Box<Existing>),
}

/// The writes that close the difference between `desired` and the ledger of one account.
///
/// A user is made ahead of time only from settled details and once all of Brivo's users were read; an open window does not
/// wait for either. Only groups of the ledger are ever taken away. Leaving: groups first, then suspension or deletion. Coming
/// back: groups first, then the end of the suspension, so that a half-done return opens no door without a reason.
pub fn plan(desired: &Desired, ledger: &AccountLedger, person: Person<'_>, policy: &Policy, now: Timestamp) -> Plan {
    let mut plan = Plan::default();
    if ledger.user.is_none() && (!is_wanted(desired, person, policy) || !plan_user(&mut plan, desired, person)) {
        if let Some(after) = plan.no_user.as_ref().map(NoUser::look_again) {
            plan.look_again(now, after);
        }
        return plan;
    }
    let found = match plan.writes.first() {
        Some(Write::LinkUser { known, .. }) => Some(known.clone()),
        Some(_) | None => None,
    };
    let ledger = found.as_deref().unwrap_or(ledger);
    plan_groups(&mut plan, desired, ledger, (person.refused, now));
    if ledger.stranger {
        return plan;
    }
    plan_standing(&mut plan, desired, ledger, person, (policy, now));
    if plan.writes.last() != Some(&Write::DeleteUser) && ledger.user.is_some() {
        plan_pin_end(&mut plan, desired, ledger, policy);
        plan_profile(&mut plan, ledger, person, policy);
        credentials::plan_credentials(&mut plan, desired, ledger, person, (policy, now));
    }
    plan
}

fn is_wanted(desired: &Desired, person: Person<'_>, policy: &Policy) -> bool {
    let for_itself = match policy.create_users {
        CreateUsers::OnMember => person.is_member && policy.deprovision != Deprovision::Delete,
        CreateUsers::OnFirstReason => false,
    };
    desired.nearness == Nearness::Near || for_itself
}

/// Adds the making or the linking of the user; false if it has to wait.
fn plan_user(plan: &mut Plan, desired: &Desired, person: Person<'_>) -> bool {
    match person.existing {
        Existing::None => {}
        Existing::One(known) => {
            plan.writes.push(Write::LinkUser { external_id: person.external_id.clone(), known: known.clone() });
            return true;
        }
        Existing::Refused(why) => {
            plan.no_user = Some(why.clone());
            return false;
        }
        Existing::Unread(_) if desired.groups.is_empty() => {
            plan.no_user = Some(NoUser::Unread);
            return false;
        }
        // A door that is to open comes before tidiness.
        Existing::Unread(so_far) => return plan_user(plan, desired, Person { existing: so_far, ..person }),
    }
    if !person.details_settled && desired.groups.is_empty() {
        return false;
    }
    let Some(profile) = person.profile else {
        plan.no_user = Some(NoUser::Nameless);
        return false;
    };
    plan.writes.push(Write::CreateUser { external_id: person.external_id.clone(), profile: profile.clone() });
    true
}

fn plan_groups(
    plan: &mut Plan,
    desired: &Desired,
    ledger: &AccountLedger,
    (refused, now): (&BTreeSet<GroupId>, Timestamp),
) {
    let ended = |group: &&GroupId| !desired.groups.contains_key(group);
    let (stuck, remove): (BTreeSet<_>, BTreeSet<_>) =
        ledger.groups.iter().filter(ended).partition(|group| refused.contains(group));
    let shown = ledger.groups.difference(&ledger.by_hand.taken).filter(|group| !remove.contains(*group)).count();
    let kept = shown.saturating_add(ledger.foreign_groups);
    let (barred, mut waiting): (Vec<_>, Vec<_>) = desired
        .groups
        .iter()
        .filter(|(group, _)| !ledger.groups.contains(group))
        .map(|(group, since)| (*since, *group))
        .partition(|(_, group)| refused.contains(group));
    // What is held stays; of the others the one whose window began first comes first.
    waiting.sort_unstable();
    let over = waiting.split_off(waiting.len().min(MOST_GROUPS.saturating_sub(kept)));
    let add: BTreeSet<_> = waiting.into_iter().map(|(_, group)| group).collect();
    plan.left_out = over.into_iter().map(|(_, group)| group).collect();
    let count = kept.saturating_add(add.len());
    plan.many_groups = (count >= MANY_GROUPS).then_some(count);
    if !add.is_empty() || !remove.is_empty() {
        plan.writes.push(Write::ChangeGroups { add, remove });
    }
    if !plan.left_out.is_empty() || !barred.is_empty() || !stuck.is_empty() {
        plan.look_again(now, LOOK_AGAIN);
    }
}

/// Suspends or deletes whoever has left, and lets back in whoever has come back.
fn plan_standing(
    plan: &mut Plan,
    desired: &Desired,
    ledger: &AccountLedger,
    person: Person<'_>,
    (policy, now): (&Policy, Timestamp),
) {
    if desired.nearness == Nearness::Near {
        match ledger.suspension {
            Suspension::None => {}
            Suspension::Ours => plan.writes.push(Write::Unsuspend),
            Suspension::Others => plan.suspended_by_others = true,
        }
        return;
    }
    let mut left = ledger.left.unwrap_or_else(|| Left::now(policy, now));
    left.delete_at = match desired.nearness {
        // The grace begins when there is no reason left, not even a far one.
        Nearness::None => left.delete_at.or_else(|| Left::now(policy, now).delete_at),
        Nearness::Far | Nearness::Near => None,
    };
    plan.left = Some(left);
    // Never worse than the policy is now, nor than it was when they left.
    match left.then.min(policy.deprovision) {
        Deprovision::RemoveGroups => {}
        Deprovision::Suspend => {
            let has_left = match policy.suspend_when {
                SuspendWhen::NoReasonOpenOrUpcoming => true,
                SuspendWhen::Inactive => !person.is_member,
            };
            // What somebody else did before may be undone by now, so whoever leaves anew is looked at anew.
            let is_open = match ledger.suspension {
                Suspension::None => true,
                Suspension::Ours => false,
                Suspension::Others => ledger.left.is_none(),
            };
            if has_left && is_open {
                plan.writes.push(Write::Suspend);
            }
        }
        Deprovision::Delete => {
            let delete_at = left.delete_at.filter(|_| !policy.never_delete && desired.nearness == Nearness::None);
            match delete_at {
                Some(at) if at <= now => plan.writes.push(Write::DeleteUser),
                Some(at) => plan.look_at(at),
                None => {}
            }
        }
    }
}

fn plan_profile(plan: &mut Plan, ledger: &AccountLedger, person: Person<'_>, policy: &Policy) {
    let Some(profile) = person.profile else { return };
    let ours = policy.continuous_fields();
    let mut fields = match &ledger.profile {
        Some(sent) => profile.differs_from(sent, &ours),
        None => ours,
    };
    // The access code is sent by itself, so that one that Brivo refuses keeps nothing else back.
    fields.remove(&ProfileField::Pin);
    // A booking does not know the number that the platform told while its guest was a member.
    if person.is_guest && profile.phone.is_none() {
        fields.remove(&ProfileField::Phone);
    }
    if !fields.is_empty() {
        plan.writes.push(Write::PatchProfile { profile: profile.clone(), fields });
    }
}

/// Puts the end of a person's access into Brivo itself, if all their reasons have one.
fn plan_pin_end(plan: &mut Plan, desired: &Desired, ledger: &AccountLedger, policy: &Policy) {
    // An end that stands for a code that is gone is moved once there is another code.
    if ledger.credentials.pin_ended {
        return;
    }
    let until = match policy.backstop {
        Backstop::Pin | Backstop::Both => desired.ends,
        Backstop::Off | Backstop::Credential => None,
    };
    // Whoever has no reason left keeps the end that has passed.
    let has_left = desired.nearness == Nearness::None && ledger.pin_end.is_some();
    let stays = has_left && matches!(policy.backstop, Backstop::Pin | Backstop::Both);
    if until != ledger.pin_end && !stays {
        plan.writes.push(Write::SetPinEnd { until });
    }
}
