//! Carries out the plan for one Brivo account, write by write, each decided anew from the ledger.

use std::{collections::BTreeSet, ops::ControlFlow};

use brivo::BrivoError;
use domain::{
    AccountId, GroupId,
    case::{Case, Known},
    ledger::{AccountLedger, Ledger},
    plan::{Existing, NoUser, Plan, Write},
};
use state::AuditOutcome;

use crate::{
    adopt::LookError,
    outcome::{ReconcileError, Trouble},
    pace::Session,
    run::Run,
    stranger::NotWritten,
    write::is_uncertain,
};

/// The most writes of one run and account: a user, sixteen groups one by one, a suspension, a profile, and most of them twice.
const MOST_WRITES: usize = 40;

impl Run<'_> {
    /// Works on the person's case as it stands.
    pub(crate) fn with_case<T>(&self, work: impl FnOnce(Case<'_>, &Ledger) -> T) -> T {
        let reasons = self.gathered.reasons(&self.ledger);
        let external_id = self.lease.member.external_id();
        let case = Case {
            rules: &self.gathered.rules,
            facts: &self.gathered.facts,
            reasons: &reasons,
            external_id: &external_id,
            now: self.now,
        };
        work(case, &self.ledger)
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
        // Made in any case: it notes whether the person has a reason now, though Brivo may be out of reach for hours.
        let plan = self.plan(account, details_settled);
        if !self.has_anything_to_do(account, &plan) {
            // Whoever is still to be made there waits for the platform's answer first, and keeps the turn.
            if details_settled || self.ledger.account(account).user.is_some() {
                self.needs_no_turn(account);
            }
            return Ok(notice(&plan));
        }
        let session = match self.session(account, self.need(account, &plan)).await? {
            Ok(session) => session,
            Err(trouble) => return Ok(Some(trouble)),
        };
        let brivo = |error| Trouble::Brivo { account: account.clone(), error };
        let (mut failed, mut is_second_try): (Option<(Write, BrivoError)>, _) = (None, false);
        // Groups that Brivo refuses hold up nothing else.
        let mut left_over = None;
        for _ in 0..MOST_WRITES {
            if let Err(error) = self.settle(&session, account).await {
                return Ok(Some(brivo(error)));
            }
            let plan = match self.plan_after_a_look(&session, account, details_settled).await? {
                Ok(plan) => plan,
                Err(error) => return Ok(Some(brivo(error))),
            };
            let Some(write) = plan.writes.first().cloned() else {
                match self.do_the_rest(&session, account, &plan).await? {
                    ControlFlow::Continue(()) => continue,
                    ControlFlow::Break(Some(trouble)) => return Ok(Some(trouble)),
                    ControlFlow::Break(None) => return Ok(left_over.or_else(|| notice(&plan))),
                }
            };
            let same = failed.take().filter(|(before, _)| *before == write);
            match same {
                Some((_, error)) if !error.outcome_unknown() => {
                    let is_of_groups = matches!(write, Write::ChangeGroups { .. });
                    match self.one_by_one(&session, account, &write, error).await? {
                        Some(trouble) if is_of_groups && self.refused.contains_key(account) => {
                            left_over = Some(trouble);
                        }
                        Some(trouble) => return Ok(Some(trouble)),
                        None => {}
                    }
                    continue;
                }
                Some((_, error)) if is_second_try => return Ok(Some(brivo(error))),
                Some(_) => is_second_try = true,
                None => is_second_try = false,
            }
            match self.write_alone(&session, account, &write).await? {
                Ok(()) => {}
                Err(NotWritten::Busy(busy)) => return Ok(Some(busy)),
                Err(NotWritten::Brivo(error)) if is_uncertain(&error) => failed = Some((write, error)),
                Err(NotWritten::Brivo(error)) => return Ok(Some(brivo(error))),
            }
        }
        Ok(Some(Trouble::Notice(format!("account {account}: more than {MOST_WRITES} writes in one run"))))
    }

    /// Whether Brivo is called for the person.
    fn has_anything_to_do(&mut self, account: &AccountId, plan: &Plan) -> bool {
        self.ledger.account(account).pending.is_some()
            || !plan.writes.is_empty()
            || self.has_to_check(account)
            || self.has_to_count(account, plan)
            || self.has_to_see(account, plan)
            || plan.tell.is_some()
    }

    /// Does one thing of what is left once nothing is to be written; breaks where nothing is, or with what kept it from that.
    async fn do_the_rest(
        &mut self,
        session: &Session,
        account: &AccountId,
        plan: &Plan,
    ) -> Result<ControlFlow<Option<Trouble>>, ReconcileError> {
        if self.has_to_check(account) {
            let checked = self.check(session, account).await;
            let brivo = |error| ControlFlow::Break(Some(Trouble::Brivo { account: account.clone(), error }));
            return Ok(checked.map_or_else(brivo, ControlFlow::Continue));
        }
        let Some(way) = plan.tell else { return Ok(ControlFlow::Break(None)) };
        let trouble = self.tell(account, way).await?;
        Ok(trouble.map_or(ControlFlow::Continue(()), |trouble| ControlFlow::Break(Some(trouble))))
    }

    /// What is left to write, after a look at Brivo where that rests on something nobody has looked at in this run.
    async fn plan_after_a_look(
        &mut self,
        session: &Session,
        account: &AccountId,
        details_settled: bool,
    ) -> Result<Result<Plan, BrivoError>, ReconcileError> {
        let plan = self.plan(account, details_settled);
        let looked = if self.has_to_look(account, &plan) {
            self.look_for_user(session, account).await
        } else if self.has_to_count(account, &plan) {
            self.counted.insert(account.clone());
            let shown = self.read_groups_back(session, account, (&none(), &none())).await;
            shown.map(drop).map_err(LookError::Brivo)
        } else if self.has_to_see(account, &plan) {
            self.see(session, account).await.map_err(LookError::Brivo)
        } else {
            return Ok(Ok(plan));
        };
        match looked {
            Ok(()) => Ok(Ok(self.plan(account, details_settled))),
            Err(LookError::Store(error)) => Err(error.into()),
            Err(LookError::Brivo(error)) => Ok(Err(error)),
        }
    }

    /// Whether groups are left out because of groups of which the person may be in fewer by now.
    fn has_to_count(&self, account: &AccountId, plan: &Plan) -> bool {
        let has_user = self.ledger.accounts.get(account).is_some_and(|known| known.user.is_some());
        has_user && plan.writes.is_empty() && !plan.left_out.is_empty() && !self.counted.contains(account)
    }

    /// What is left to write according to the ledger; notes with it since when the person has had no reason.
    fn plan(&mut self, account: &AccountId, details_settled: bool) -> Plan {
        let existing = self.existing.get(account).unwrap_or(&Existing::None);
        let (blank, none) = (AccountLedger::default(), none());
        let refused = self.refused.get(account).unwrap_or(&none);
        let plan = self.with_case(|case, ledger| {
            let ledger = ledger.accounts.get(account).unwrap_or(&blank);
            let plan = case.plan(account, ledger, Known { details_settled, existing, refused });
            if self.is_enabled() { plan } else { plan.only_taking_away() }
        });
        // Who is about to be suspended is looked at before they count as having left.
        let has_left = !plan.writes.contains(&Write::Suspend);
        if has_left && (plan.left.is_some() || self.ledger.accounts.contains_key(account)) {
            self.ledger.account(account).left = plan.left;
        }
        self.leaving = plan.left;
        match plan.next {
            Some(at) => self.next.insert(account.clone(), at),
            None => self.next.remove(account),
        };
        plan
    }

    /// Changes groups one at a time, removals first and then the nearest window, because Brivo refuses one of them: the others
    /// must not wait for it.
    async fn one_by_one(
        &mut self,
        session: &Session,
        account: &AccountId,
        write: &Write,
        error: BrivoError,
    ) -> Result<Option<Trouble>, ReconcileError> {
        let brivo = |error| Ok(Some(Trouble::Brivo { account: account.clone(), error }));
        let Write::ChangeGroups { add, remove } = write else { return brivo(error) };
        let since = self.with_case(|case, _| case.desired(account).groups);
        let mut nearest_first: Vec<_> = add.iter().copied().collect();
        nearest_first.sort_by_key(|group| since.get(group).copied());
        let mut unknown = Vec::new();
        let mut refused = None;
        let removals =
            remove.iter().map(|group| (*group, Write::ChangeGroups { add: none(), remove: [*group].into() }));
        let additions =
            nearest_first.iter().map(|group| (*group, Write::ChangeGroups { add: [*group].into(), remove: none() }));
        for (group, write) in removals.chain(additions) {
            match self.write(session, account, &write).await? {
                Ok(()) => {}
                Err(error @ BrivoError::NotFound) if add.contains(&group) => {
                    self.close(account, AuditOutcome::Failed, Some(&error));
                    self.refused.entry(account.clone()).or_default().insert(group);
                    unknown.push(group.to_string());
                }
                // Brivo was seen to show the user in the group, so one that it does not know is hidden from us.
                Err(error @ (BrivoError::Rejected { .. } | BrivoError::NotFound)) => {
                    self.close(account, AuditOutcome::Failed, Some(&error));
                    self.refused.entry(account.clone()).or_default().insert(group);
                    refused = Some(error);
                }
                Err(error) => return brivo(error),
            }
        }
        // A user that somebody deleted meanwhile is not found either.
        if !unknown.is_empty() {
            match self.read_groups_back(session, account, (&none(), &none())).await {
                Ok(_) if self.ledger.account(account).user.is_none() => {
                    self.refused.remove(account);
                    return Ok(None);
                }
                Ok(_) => {}
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

fn notice(plan: &Plan) -> Option<Trouble> {
    let notices = plan.notices();
    let told = notices.join("; ");
    match plan.no_user {
        Some(NoUser::Unread) => Some(Trouble::Waits(told)),
        Some(NoUser::Nameless | NoUser::SeveralMatch | NoUser::AnotherApplications) | None => {
            (!notices.is_empty()).then_some(Trouble::Notice(told))
        }
    }
}

fn none() -> BTreeSet<GroupId> {
    BTreeSet::new()
}
