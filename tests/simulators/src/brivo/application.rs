//! The applications registered with an account, and what each may ask for.
//!
//! Source: apidocs.brivo.com (2025-11-25), section Application: an application is for three-legged or for password
//! authentication, not for both.

use serde::{Deserialize, Serialize};

/// A registered application.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Application {
    pub(super) secret: String,
    pub(super) redirect_uri: Option<String>,
    #[serde(default)]
    pub(super) kind: ApplicationKind,
}

/// How administrators let an application in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ApplicationKind {
    /// Not said: either way, which Brivo itself does not offer.
    #[default]
    Either,
    /// By their consent on Brivo's page.
    ThreeLegged,
    /// By their id and password.
    Password,
}

impl ApplicationKind {
    /// Whether such an application may use this grant; refreshing is for all.
    pub(super) fn may_use(self, grant_type: &str) -> bool {
        match self {
            Self::Either => true,
            Self::ThreeLegged => grant_type != "password",
            Self::Password => grant_type != "authorization_code",
        }
    }
}
