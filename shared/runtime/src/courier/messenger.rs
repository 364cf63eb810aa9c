//! The courier of all tenants: by mail, or by the operator's own application.

use std::sync::Arc;

use async_trait::async_trait;
use jiff::Timestamp;
use state::TenantRecord;

use super::{Courier, CourierError, Mailer, PassCode, Way, letter};

/// Knows the ways it was given, and no others.
#[derive(Debug, Default)]
pub struct Messenger {
    mailer: Option<Arc<dyn Mailer>>,
}

impl Messenger {
    /// Sends mails by this mailer.
    #[must_use]
    pub fn with_mail(self, mailer: Arc<dyn Mailer>) -> Self {
        Self { mailer: Some(mailer) }
    }
}

#[async_trait]
impl Courier for Messenger {
    async fn deliver(
        &self,
        record: &TenantRecord,
        way: Way,
        pass: &PassCode,
        now: Timestamp,
    ) -> Result<(), CourierError> {
        let not_ready = CourierError::NotReady(way);
        match way {
            Way::Mail => {
                let (Some(mailer), Some(settings)) = (&self.mailer, &record.tenant.code_mail) else {
                    return Err(not_ready);
                };
                mailer.send(&letter::write(settings, &record.tenant, pass), now).await
            }
            Way::App => Err(not_ready),
        }
    }
}
