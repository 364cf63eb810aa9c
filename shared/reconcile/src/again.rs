//! Inviting somebody to a mobile pass again, because a person asked for it.

use domain::{MemberKey, credentials::PassState};
use runtime::Services;
use state::{Leased, StoreError};

use crate::wake_at;

/// What came of asking.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Again {
    /// The member is invited as soon as the run that was woken is done; an invitation that waits is taken back.
    Asked,
    /// There is no Brivo user to invite, or the user has a pass.
    Nobody,
    /// Somebody works on the member at this moment.
    Busy,
}

/// Notes that a member is to be invited again, in every account in which there is a user without a pass, and wakes the member.
///
/// # Errors
/// If the state failed.
pub async fn invite_again(services: &Services, member: &MemberKey) -> Result<Again, StoreError> {
    let now = services.clock.now();
    let terms = services.process.lease_terms(now);
    let lease = match services.store.lease(member, &terms).await? {
        Leased::Granted(lease) => lease,
        Leased::Held { .. } => return Ok(Again::Busy),
    };
    let mut ledger = lease.ledger.clone();
    let accounts = ledger.accounts.values_mut().filter(|account| account.user.is_some() && account.left.is_none());
    let passes = accounts.map(|account| &mut account.credentials.pass);
    let mut asked = false;
    for pass in passes.filter(|pass| !matches!(pass.state, PassState::Claimed { .. })) {
        (pass.again, asked) = (true, true);
    }
    if asked {
        // It marks the member as due.
        services.store.begin(&lease, &terms, &ledger, &[]).await?;
    }
    services.store.release(&lease).await?;
    if asked {
        wake_at(services, member, now, now).await;
    }
    Ok(if asked { Again::Asked } else { Again::Nobody })
}
