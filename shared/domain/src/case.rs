//! One person's case: facts, rules and ledger brought together, and what is to be written for it.

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
};

use jiff::Timestamp;
use serde::Serialize;

use crate::{
    AccountId, ExternalId, GroupId, LocationId,
    access::{Desired, desired},
    credentials::Sender,
    facts::{Entitlement, MemberFacts},
    ledger::{AccountLedger, Ledger, Left},
    plan::{Existing, Person, Plan, ToldPin, Wanted, Write, plan, revoke},
    policy::{CreateUsers, Credential, Policy},
    profile::Profile,
    reasons::{Fact, Reason, reasons_with_released},
    rules::Rulebook,
    tenant::{Parting, Way},
};

/// All that decides what is written for a person.
#[derive(Clone, Copy, Debug)]
pub struct Case<'a> {
    /// The tenant's rules.
    pub rules: &'a Rulebook,
    /// The person and all they hold.
    pub facts: &'a MemberFacts,
    /// The person's reasons.
    pub reasons: &'a [Reason<'a>],
    /// Our reference on the person's Brivo users.
    pub external_id: &'a ExternalId,
    /// When.
    pub now: Timestamp,
}

/// One write of a plan, with why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Step {
    /// In which account.
    pub account: AccountId,
    /// What.
    #[serde(serialize_with = "as_text")]
    pub write: Write,
    /// Why, in ids.
    pub because: Vec<String>,
}

fn as_text<S: serde::Serializer>(write: &Write, to: S) -> Result<S::Ok, S::Error> {
    to.collect_str(write)
}

impl Case<'_> {
    /// The accounts in which the person is or should be.
    pub fn accounts(&self, ledger: &Ledger) -> BTreeSet<AccountId> {
        let given = self.reasons.iter().map(|reason| reason.account);
        // Who is known without a reason lives in the only account there is, if the policy makes users of all members.
        let only = self.rules.tenant().only_account();
        let only = only.filter(|account| self.rules.account_policy(account).create_users == CreateUsers::OnMember);
        ledger.accounts.keys().chain(given).chain(only).cloned().collect()
    }

    /// The accounts in which the person has or may come to have a user: those where something gives access, now or later, and the
    /// only one there is. Whether something does.
    pub fn accounts_with_user(&self) -> BTreeMap<AccountId, bool> {
        let apart = |account: &&AccountId| self.parting(account).is_some();
        let only = self.rules.tenant().only_account().filter(|account| !apart(account));
        let mut accounts: BTreeMap<AccountId, bool> =
            only.map(|account| (account.clone(), false)).into_iter().collect();
        let standing = self.reasons.iter().filter(|reason| !reason.window.is_over(self.now));
        for account in standing.map(|reason| reason.account).filter(|account| !apart(account)) {
            accounts.insert(account.clone(), true);
        }
        accounts
    }

    /// What is to be written in one account.
    pub fn plan(&self, account: &AccountId, ledger: &AccountLedger, known: Known<'_>) -> Plan {
        match self.parting(account) {
            None => {}
            Some(Parting::Leave) => return Plan { left: ledger.left, ..Plan::default() },
            Some(Parting::Revoke) => return revoke(ledger, known.refused),
        }
        let policy = self.rules.account_policy(account);
        let member = self.facts.member.as_ref();
        let profile = member.and_then(|member| Profile::of(member, &policy.profile_fields));
        let person = Person {
            external_id: self.external_id,
            profile: profile.as_ref(),
            details_settled: known.details_settled,
            is_member: member.is_some_and(|member| member.is_active() && member.guest.is_none()),
            is_guest: member.is_some_and(|member| member.guest.is_some()),
            existing: known.existing,
            refused: known.refused,
            wanted: self.wanted(account, policy),
        };
        let ledger = self.with_policy_applied(policy, ledger);
        plan(&self.desired(account), &ledger, person, policy, self.now)
    }

    /// What the person is to have of credentials in one account.
    fn wanted(&self, account: &AccountId, policy: &Policy) -> Wanted<'_> {
        let member = self.facts.member.as_ref();
        let pin = member.map(|member| ToldPin::of(&member.access_code)).unwrap_or_default();
        let Some(sender) = self.sender(policy) else { return Wanted { pin, ..Wanted::default() } };
        let standing =
            self.reasons.iter().filter(|reason| reason.account == account && !reason.window.is_over(self.now));
        let instants = standing.map(|reason| reason.notify_at.saturating_sub(sender.ahead()).unwrap_or(Timestamp::MIN));
        let (due, later): (Vec<_>, Vec<_>) = instants.partition(|at| *at <= self.now);
        Wanted { pin, sender: Some(sender), notify_at: due.into_iter().max(), notify_next: later.into_iter().min() }
    }

    /// Who brings the code of a mobile pass to people, if they get one; we do only once the way is set up.
    fn sender(&self, policy: &Policy) -> Option<Sender> {
        let tenant = self.rules.tenant();
        match policy.credential {
            Credential::None => None,
            Credential::BrivoMail => Some(Sender::Brivo),
            Credential::CodeMail => tenant.code_mail.is_some().then_some(Sender::Us(Way::Mail)),
            Credential::AppHook => tenant.app_hook.is_some().then_some(Sender::Us(Way::App)),
        }
    }

    /// The person's next booking in an account, or the one that runs: when it starts, and where.
    pub fn next_booking(&self, account: &AccountId) -> Option<(Timestamp, Option<LocationId>)> {
        let standing =
            self.reasons.iter().filter(|reason| reason.account == account && !reason.window.is_over(self.now));
        let bookings = standing.filter_map(|reason| match reason.fact {
            Fact::Entitlement(Entitlement::Booking(booking)) => Some((booking.starts, booking.location.clone())),
            Fact::Member(_) | Fact::Entitlement(Entitlement::Membership(_) | Entitlement::Pass(_)) => None,
        });
        bookings.min()
    }

    /// What becomes of the access in an account that was disconnected.
    pub fn parting(&self, account: &AccountId) -> Option<Parting> {
        self.rules.tenant().disconnected.get(account).copied()
    }

    /// What one account should show.
    pub fn desired(&self, account: &AccountId) -> Desired {
        desired(self.reasons, account, self.now)
    }

    /// The ledger, of somebody to whom a later policy for leaving was applied as if they left at that instant.
    fn with_policy_applied<'l>(&self, policy: &Policy, ledger: &'l AccountLedger) -> Cow<'l, AccountLedger> {
        match (self.rules.tenant().leavers_from, ledger.left) {
            (Some(applied_at), Some(left)) if left.at <= applied_at => {
                let left = Some(Left::now(policy, applied_at));
                Cow::Owned(AccountLedger { left, ..ledger.clone() })
            }
            (Some(_) | None, _) => Cow::Borrowed(ledger),
        }
    }

    /// Why a write is made, in ids.
    pub fn because(&self, account: &AccountId, write: &Write) -> Vec<String> {
        let of_account =
            self.reasons.iter().filter(|reason| reason.account == account && !reason.window.is_over(self.now));
        let near = of_account.clone().filter(|reason| reason.prepare_from <= self.now).map(told);
        if self.parting(account).is_some() {
            return vec!["the account is disconnected".to_owned()];
        }
        match write {
            Write::CreateUser { .. } | Write::Unsuspend => or_else(near, "an active member"),
            Write::LinkUser { .. } => or_else(near, "the same person"),
            Write::PatchProfile { fields, .. } => vec![format!("changed: {fields:?}").to_lowercase()],
            Write::ChangeGroups { add, remove } => {
                let gives = |reason: &&Reason<'_>| reason.window.covers(self.now) && !reason.groups.is_disjoint(add);
                let ended = remove.iter().map(|group| format!("no open reason for group {group}"));
                of_account.filter(gives).map(told).chain(ended).collect()
            }
            Write::SetPinEnd { until: Some(until) } => vec![format!("the last reason ends at {until}")],
            Write::SetPinEnd { until: None } => or_else(near, "there is no last reason"),
            Write::SetPin { .. } => vec!["the access code was told".to_owned()],
            Write::ClearPin => vec!["the access code was taken away".to_owned()],
            Write::Invite { .. } | Write::RevokePass { .. } => or_else(near, "asked for"),
            Write::CancelInvitation => or_else(near, "no open or upcoming reason"),
            Write::Suspend | Write::DeleteUser => vec!["no open or upcoming reason".to_owned()],
        }
    }
}

/// What was found out about a person beside the facts.
#[derive(Clone, Copy, Debug)]
pub struct Known<'a> {
    /// Whether the platform was asked for the details, or has none to give.
    pub details_settled: bool,
    /// The Brivo user that stands for the person already.
    pub existing: &'a Existing,
    /// Groups that Brivo does not know or refuses now.
    pub refused: &'a BTreeSet<GroupId>,
}

/// All that would be written for a person now: a plan to look at before anything happens.
pub fn preview(
    rules: &Rulebook,
    facts: &MemberFacts,
    ledger: &Ledger,
    external_id: &ExternalId,
    now: Timestamp,
) -> Vec<Step> {
    let reasons = reasons_with_released(rules, facts, ledger);
    let case = Case { rules, facts, reasons: &reasons, external_id, now };
    let known = Known { details_settled: true, existing: &Existing::None, refused: &BTreeSet::new() };
    let blank = AccountLedger::default();
    let mut steps = Vec::new();
    for account in case.accounts(ledger) {
        let plan = case.plan(&account, ledger.accounts.get(&account).unwrap_or(&blank), known);
        steps.extend(plan.writes.into_iter().map(|write| {
            let because = case.because(&account, &write);
            Step { account: account.clone(), write, because }
        }));
    }
    steps
}

fn or_else(told: impl Iterator<Item = String>, otherwise: &str) -> Vec<String> {
    let told: Vec<String> = told.collect();
    if told.is_empty() { vec![otherwise.to_owned()] } else { told }
}

fn told(reason: &Reason<'_>) -> String {
    let (fact, gives, from) = (reason.fact.subject(), reason.gives, reason.window.from);
    match reason.window.until {
        Some(until) => format!("{fact} by {gives} from {from} until {until}"),
        None => format!("{fact} by {gives} from {from}"),
    }
}
