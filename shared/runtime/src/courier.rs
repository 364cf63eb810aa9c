//! Bringing pass codes to people, for where Brivo does not send them.
//!
//! Bringing the same code again is harmless: the app drops what it knows by the invitation's id, and a second mail says the
//! same as the first.

mod app_hooks;
mod letter;
pub(crate) mod mailbox;
mod messenger;
mod outbox;
pub(crate) mod reach;
mod ses;
pub(crate) mod template;

use std::fmt;

use async_trait::async_trait;
use brivo::{CredentialId, InvitationId};
use domain::{LocationId, MemberId};
use jiff::Timestamp;
use secrecy::SecretString;
use state::TenantRecord;

pub use app_hooks::AppHooks;
pub use domain::tenant::Way;
pub use messenger::Messenger;
pub use outbox::{Kept, Outbox};
pub use reach::Reach;
pub use ses::SesMailer;

use crate::tenants::TenantError;

/// Brings pass codes to people, by the tenant's own way.
#[async_trait]
pub trait Courier: Send + Sync + fmt::Debug {
    /// Brings a pass code to its person; that it was taken is known, not that it was read.
    ///
    /// # Errors
    /// When it was not taken, or nobody knows; [`CourierError::needs_person`] tells whether repeating helps. Safe to repeat.
    async fn deliver(
        &self,
        record: &TenantRecord,
        way: Way,
        pass: &PassCode,
        now: Timestamp,
    ) -> Result<(), CourierError>;
}

/// A pass code with all that its person is to be told; printed, neither person nor code shows.
#[derive(Clone)]
pub struct PassCode {
    /// The invitation it belongs to; who gets it twice knows it by this.
    pub invitation: InvitationId,
    /// The pass it becomes once it is redeemed, if Brivo said so.
    pub credential: Option<CredentialId>,
    /// Whose it is.
    pub member: MemberId,
    /// What they are called.
    pub first_name: Option<String>,
    /// The e-mail address Brivo was given: what the person enters as Pass ID, and where the mail goes.
    pub pass_id: String,
    /// What the person enters as Pass Code.
    pub pass_code: SecretString,
    /// When it can no longer be redeemed, if Brivo said so.
    pub expires_at: Option<Timestamp>,
    /// When the booking starts that it was made for.
    pub starts_at: Option<Timestamp>,
    /// Where that is; times are told in its zone, else in that of the tenant's first location.
    pub location: Option<LocationId>,
}

impl fmt::Debug for PassCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PassCode")
            .field("invitation", &self.invitation)
            .field("member", &self.member)
            .field("expires_at", &self.expires_at)
            .finish_non_exhaustive()
    }
}

/// Why a pass code was not brought. No variant holds an address, a code or a secret.
#[derive(Debug, thiserror::Error)]
pub enum CourierError {
    /// An operator has to set the way up.
    #[error("pass codes cannot be brought: the tenant document has no [{}], or it is incomplete", .0.table())]
    NotReady(Way),
    /// Nobody answered, or asked to slow down; it may have been taken all the same.
    #[error("pass codes cannot be brought now: {0}")]
    Unavailable(String),
    /// Somebody has to see to it; says who refused what, and what to do.
    #[error("a pass code was refused: {0}")]
    Refused(String),
    /// A secret of the tenant cannot be opened.
    #[error(transparent)]
    Secret(#[from] TenantError),
}

impl CourierError {
    /// Whether somebody has to see to it; else it passes by itself.
    pub fn needs_person(&self) -> bool {
        match self {
            Self::NotReady(_) | Self::Refused(_) | Self::Secret(_) => true,
            Self::Unavailable(_) => false,
        }
    }
}

/// Sends mails; two implementations, the cloud's and the one-machine one.
#[async_trait]
pub trait Mailer: Send + Sync + fmt::Debug {
    /// Sends a mail.
    ///
    /// # Errors
    /// [`CourierError::Unavailable`] or [`CourierError::Refused`].
    async fn send(&self, mail: &Mail, now: Timestamp) -> Result<(), CourierError>;
}

/// A mail, in plain text; printed, neither person nor code shows.
#[derive(Clone)]
pub struct Mail {
    /// Who sends it.
    pub from: String,
    /// Where answers go, if not there.
    pub reply_to: Option<String>,
    /// Whom it is for.
    pub to: String,
    /// One line.
    pub subject: String,
    /// Lines; has the pass code.
    pub text: SecretString,
}

impl fmt::Debug for Mail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mail").field("from", &self.from).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
