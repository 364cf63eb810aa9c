//! The courier of all tenants: by mail, or by the operator's own application.

use std::sync::Arc;

use async_trait::async_trait;
use jiff::Timestamp;
use state::TenantRecord;

use super::{AppHooks, Courier, CourierError, Mailer, PassCode, Way, letter, mailbox::is_address};

/// Knows the ways it was given, and no others.
#[derive(Debug, Default)]
pub struct Messenger {
    mailer: Option<Arc<dyn Mailer>>,
    app_hooks: Option<AppHooks>,
}

impl Messenger {
    /// Sends mails by this mailer.
    #[must_use]
    pub fn with_mail(self, mailer: Arc<dyn Mailer>) -> Self {
        Self { mailer: Some(mailer), ..self }
    }

    /// Tells apps by these hooks.
    #[must_use]
    pub fn with_app_hooks(self, app_hooks: AppHooks) -> Self {
        Self { app_hooks: Some(app_hooks), ..self }
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
        match way {
            Way::Mail => {
                let (Some(mailer), Some(settings)) = (&self.mailer, &record.tenant.code_mail) else {
                    return Err(CourierError::NotReady(way));
                };
                if !is_address(&pass.pass_id) {
                    return Err(CourierError::Refused(
                        "no mail can be sent to what the person has as address".to_owned(),
                    ));
                }
                mailer.send(&letter::write(settings, &record.tenant, pass), now).await
            }
            Way::App => {
                let app_hooks = self.app_hooks.as_ref().ok_or(CourierError::NotReady(way))?;
                app_hooks.tell(record, pass, now).await
            }
        }
    }
}
