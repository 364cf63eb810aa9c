//! Which of a network's locations are ours to open doors at.

use domain::{LocationId, Subject, tenant::Tenant};

/// Whether the tenant has the location; one that it does not have is logged.
///
/// One hook tells of a whole network, and a location without Brivo is nothing unusual. So what lies there is taken in and gives
/// nothing, where the canonical feed, whose sender chooses what to send, refuses it.
pub(super) fn is_ours(location: &LocationId, tenant: &Tenant, subject: &Subject) -> bool {
    let is_ours = tenant.location(location).is_some();
    if !is_ours {
        tracing::info!(location.id = %location, %subject, "what lies at a location that the tenant does not have counts for nothing");
    }
    is_ours
}
