//! The passes of one customer, asked for when a hook says that something about the customer's access has changed: no hook tells
//! of passes themselves.

use domain::{
    MemberId,
    intake::News,
    tenant::{MappingKind, Tenant},
};
use jiff::{SignedDuration, Timestamp};

use super::{
    client::{Ask, Client, List},
    reader::{PAGE, maps, minute, pass_news},
};
use crate::PlatformError;

/// How long ago a pass may have changed that a hook speaks of, which may come late.
const LATELY: SignedDuration = SignedDuration::from_hours(24);

impl Client {
    /// What changed of late of the passes that a customer holds: bought, given, used up.
    ///
    /// None where no door depends on passes. What cannot be read is left to the read of all lists, which tells of it; so is a
    /// pass that was deleted, since what is not on this page may be on none.
    ///
    /// # Errors
    /// Nexudus gave no usable answer.
    pub(crate) async fn late_passes(
        &self,
        tenant: &Tenant,
        customer: &MemberId,
        now: Timestamp,
    ) -> Result<Vec<News>, PlatformError> {
        if !maps(tenant, MappingKind::Pass) {
            return Ok(Vec::new());
        }
        let since = now.saturating_sub(LATELY).unwrap_or(Timestamp::MIN);
        let filters = [
            ("CoworkerTimePass_Coworker".to_owned(), customer.as_str().to_owned()),
            ("from_CoworkerTimePass_UpdatedOn".to_owned(), minute(since)),
        ];
        let page = self.page(&Ask { list: List::Passes, page: 1, size: PAGE, filters: &filters }).await?;
        Ok(page.rows.iter().filter_map(|row| pass_news(row, tenant, now).ok()).collect())
    }
}
