//! Inviting somebody to a mobile pass again, because a person asked for it.

use brivo::BrivoError;
use domain::{
    AccountId, MemberKey,
    credentials::PassState,
    ledger::AccountLedger,
    pace::{Need, Urgency},
};
use jiff::Timestamp;
use runtime::Services;
use state::{Lease, Leased};

use crate::{gather::gather, outcome::ReconcileError, run::Run, wake_at};

/// What came of asking.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Again {
    /// The member is invited as soon as the run that was woken is done; an invitation that waits is taken back.
    Asked,
    /// There is no Brivo user to invite, or the user has a pass.
    Nobody,
    /// Brivo could not be asked whether the member has a pass by now.
    Unseen,
    /// Somebody works on the member at this moment.
    Busy,
}

/// Notes that a member is to be invited again, in every account in which there is a user without a pass, and wakes the member.
///
/// It is looked at first whether the user has a pass by now: a call to Brivo or two for each.
///
/// # Errors
/// If the state failed.
pub async fn invite_again(services: &Services, member: &MemberKey) -> Result<Again, ReconcileError> {
    let now = services.clock.now();
    let lease = match services.store.lease(member, &services.process.lease_terms(now)).await? {
        Leased::Granted(lease) => lease,
        Leased::Held { .. } => return Ok(Again::Busy),
    };
    let again = note(services, &lease, now).await;
    services.store.release(&lease).await?;
    if matches!(again, Ok(Again::Asked)) {
        wake_at(services, member, now, now).await;
    }
    again
}

async fn note(services: &Services, lease: &Lease, now: Timestamp) -> Result<Again, ReconcileError> {
    let Some(gathered) = gather(services, &lease.member).await? else { return Ok(Again::Nobody) };
    let mut run = Run::new(services, lease, gathered, now);
    // A pass that was lost may have been taken away in Brivo, which only a look tells.
    let accounts = run.ledger.accounts.iter().filter(|(_, known)| is_inside(known));
    let accounts: Vec<AccountId> = accounts.map(|(account, _)| account.clone()).collect();
    for account in &accounts {
        let Ok(session) = run.session(account, Need { urgency: Urgency::Profile, calls: 2 }).await? else {
            return Ok(Again::Unseen);
        };
        match run.see(&session, account).await {
            Ok(()) | Err(BrivoError::NotFound) => {}
            Err(error) => {
                tracing::debug!(member.id = %lease.member, error = %error, "nobody can tell whether a member has a pass");
                return Ok(Again::Unseen);
            }
        }
    }
    let mut again = Again::Nobody;
    for known in run.ledger.accounts.values_mut().filter(|known| is_inside(known) && !has_pass(known)) {
        (known.credentials.pass.again, again) = (true, Again::Asked);
    }
    if run.ledger != lease.ledger {
        // It marks the member as due.
        run.remember_so_far().await?;
    }
    Ok(again)
}

/// Whether the person is to be inside, with a user.
fn is_inside(known: &AccountLedger) -> bool {
    known.user.is_some() && known.left.is_none()
}

fn has_pass(known: &AccountLedger) -> bool {
    matches!(known.credentials.pass.state, PassState::Claimed { .. })
}
