//! One member at a time: lease, gather, decide, apply, record, next wake.
//!
//! [`reconcile`] takes no input but the member's key and re-reads everything, so a lost, doubled, late or reordered trigger
//! changes when access changes, never whether. All rules are in `domain`; this crate only carries them out, and keeps the
//! protocol that makes a crash between any two steps harmless: every write to Brivo is remembered as begun before the call
//! and as ended after it, and what was begun without a known end is read back before anything else is done.

mod account;
mod adopt;
pub mod adoption_outlook;
mod again;
pub mod catch_up;
mod credentials;
mod details;
pub mod disconnect;
pub mod drift;
pub mod full_read;
mod gather;
pub mod hook_list;
mod hooks;
pub mod identity;
mod inherit;
mod intake;
pub mod keys;
mod outcome;
mod pace;
pub mod preflight;
mod profile;
mod ready;
pub mod replay;
mod run;
pub mod settings;
mod shown;
mod stranger;
pub mod upload;
mod wake;
mod write;

use domain::MemberKey;
use runtime::Services;
use state::{Lease, Leased, Released, StoreError};

pub use again::{Again, invite_again};
pub use gather::{Gathered, gather};
pub use outcome::{LONGEST_RETRY, Outcome, ReconcileError, Trouble};
pub use shown::{Shown, ShownUser, shown};
pub use wake::wake_at;

/// How often a run is repeated at once when facts keep coming in.
const MOST_ROUNDS: usize = 3;

/// When the platform is asked for the member's details.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Details {
    /// If what is known says that they are wanted.
    IfWanted,
    /// In any case, where it can be asked for one member.
    Always,
}

/// Brings one member's access in step with the facts.
///
/// Requests when a known person's groups change: six to the state store and one to Brivo.
///
/// # Errors
/// Only if the state failed; trouble with Brivo or a platform is remembered and the member is due again.
pub async fn reconcile(services: &Services, member: &MemberKey) -> Result<Outcome, ReconcileError> {
    in_rounds(services, member, Details::IfWanted).await
}

/// The same for somebody who waits to see it done: the platform is asked for the member first, where it can be asked for one.
///
/// # Errors
/// As [`reconcile`].
pub async fn reconcile_on_demand(services: &Services, member: &MemberKey) -> Result<Outcome, ReconcileError> {
    in_rounds(services, member, Details::Always).await
}

async fn in_rounds(services: &Services, member: &MemberKey, mut details: Details) -> Result<Outcome, ReconcileError> {
    for _ in 0..MOST_ROUNDS {
        let now = services.clock.now();
        let lease = match services.store.lease(member, &services.process.lease_terms(now)).await? {
            Leased::Granted(lease) => lease,
            Leased::Held { until } => return Ok(Outcome::Busy { until }),
        };
        match run::run(services, &lease, details, now).await {
            Ok(Released::Done) => return Ok(Outcome::Settled),
            Ok(Released::FactsChanged) => details = Details::IfWanted,
            Err(error) => {
                give_back(services, &lease, &error).await;
                return Err(error);
            }
        }
    }
    let now = services.clock.now();
    wake_at(services, member, now, now).await;
    Ok(Outcome::Settled)
}

/// Gives a lease back after a failure, so that the next try need not wait until it runs out. What was begun stays begun.
async fn give_back(services: &Services, lease: &Lease, error: &ReconcileError) {
    match error {
        ReconcileError::Store(StoreError::LeaseLost) => return,
        ReconcileError::Store(
            StoreError::Conflict | StoreError::Contended | StoreError::Unavailable { .. } | StoreError::Unusable { .. },
        ) => {}
    }
    if let Err(error) = services.store.release(lease).await {
        tracing::debug!(member.id = %lease.member, error = %error, "a lease stands until it runs out");
    }
}
