//! Carries out the plan for one Brivo account, write by write, each decided anew from the ledger.

use std::collections::BTreeSet;

use brivo::{BrivoError, Session};
use domain::{
    AccountId, GroupId,
    access::desired,
    plan::{Person, Plan, Write, plan},
    profile::Profile,
};
use state::AuditOutcome;

use crate::{
    outcome::{ReconcileError, Trouble},
    run::Run,
    write::is_uncertain,
};

/// The most writes of one run and account: a user, sixteen groups one by one, a profile, and most of them twice.
const MOST_WRITES: usize = 40;

impl Run<'_> {
    /// The accounts in which the person is or should be.
    pub(crate) fn accounts(&self) -> BTreeSet<AccountId> {
        let reasons = self.reasons.iter().map(|reason| &reason.account);
        self.ledger.accounts.keys().chain(reasons).cloned().collect()
    }

    /// Makes the account show what it should; answers what kept it from that.
    ///
    /// A write that failed, or whose end is not known, is looked at in Brivo before anything is decided again; the same
    /// write is made twice at most. Groups of which Brivo refuses one are changed one by one.
    pub(crate) async fn bring_account_in_step(
        &mut self,
        account: &AccountId,
        details_settled: bool,
    ) -> Result<Option<Trouble>, ReconcileError> {
        if self.ledger.account(account).pending.is_none()
            && let plan = self.plan(account, details_settled)
            && plan.writes.is_empty()
        {
            return Ok(plan.notice().map(Trouble::Notice));
        }
        let session = match self.services.connections.session(&self.gathered.tenant, account) {
            Ok(session) => session,
            Err(error) => return Ok(Some(error.into())),
        };
        let brivo = |error| Trouble::Brivo { account: account.clone(), error };
        let mut failed: Option<(Write, BrivoError)> = None;
        let mut is_second_try = false;
        for _ in 0..MOST_WRITES {
            if let Err(error) = self.settle(&session, account).await {
                return Ok(Some(brivo(error)));
            }
            let plan = self.plan(account, details_settled);
            let Some(write) = plan.writes.first().cloned() else {
                return Ok(plan.notice().map(Trouble::Notice));
            };
            let same = failed.take().filter(|(before, _)| *before == write);
            match same {
                Some((_, error)) if !error.outcome_unknown() => {
                    return self.one_by_one(&session, account, &write, error).await;
                }
                Some((_, error)) if is_second_try => return Ok(Some(brivo(error))),
                Some(_) => is_second_try = true,
                None => is_second_try = false,
            }
            match self.write(&session, account, &write).await? {
                Ok(()) => {}
                Err(error) if is_uncertain(&error) => failed = Some((write, error)),
                Err(error) => return Ok(Some(brivo(error))),
            }
        }
        Ok(Some(Trouble::Notice(format!("account {account}: more than {MOST_WRITES} writes in one run"))))
    }

    /// What is left to write according to the ledger.
    fn plan(&mut self, account: &AccountId, details_settled: bool) -> Plan {
        let tenant = &self.gathered.tenant.tenant;
        let policy = tenant.policy_for(None, None);
        let member = self.gathered.facts.member.as_ref();
        let profile = member.and_then(|member| Profile::of(member, &policy.profile_fields));
        let external_id = self.lease.member.external_id();
        let person = Person { external_id: &external_id, profile: profile.as_ref(), details_settled };
        let desired = desired(&self.reasons, account, self.now);
        plan(&desired, self.ledger.account(account), person, &policy)
    }

    /// Changes groups one at a time, removals first, because Brivo refuses one of them: the others must not wait for it.
    async fn one_by_one(
        &mut self,
        session: &Session,
        account: &AccountId,
        write: &Write,
        error: BrivoError,
    ) -> Result<Option<Trouble>, ReconcileError> {
        let brivo = |error| Ok(Some(Trouble::Brivo { account: account.clone(), error }));
        let Write::ChangeGroups { add, remove } = write else { return brivo(error) };
        let mut unknown = Vec::new();
        let mut refused = None;
        let removals =
            remove.iter().map(|group| (*group, Write::ChangeGroups { add: none(), remove: [*group].into() }));
        let additions = add.iter().map(|group| (*group, Write::ChangeGroups { add: [*group].into(), remove: none() }));
        for (group, write) in removals.chain(additions) {
            match self.write(session, account, &write).await? {
                Ok(()) => {}
                Err(error @ BrivoError::NotFound) => {
                    // A group that is gone holds nobody.
                    self.close(account, AuditOutcome::Failed, Some(&error));
                    self.ledger.account(account).groups.remove(&group);
                    unknown.push(group.to_string());
                }
                Err(error @ BrivoError::Rejected { .. }) => {
                    self.close(account, AuditOutcome::Failed, Some(&error));
                    refused = Some(error);
                }
                Err(error) => return brivo(error),
            }
        }
        if let Some(error) = refused {
            return brivo(error);
        }
        let list = unknown.join(", ");
        Ok((!unknown.is_empty()).then(|| Trouble::Notice(format!("account {account}: Brivo has no group {list}"))))
    }
}

fn none() -> BTreeSet<GroupId> {
    BTreeSet::new()
}
