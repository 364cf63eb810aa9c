//! What can go wrong between us and Brivo, by what the caller can do about it.

use std::time::Duration;

use crate::{transport::NoAnswer, vault::VaultError};

/// A call to Brivo that gave no usable answer.
///
/// Its texts carry neither tokens nor secrets, addresses, bodies or names. What Brivo wrote is kept only where it is short
/// and about the request (`message`), with everything that looks like an address or a token taken out.
///
/// Source: Brivo API, 401/403 and error codes, 2025-11-25 and 2026-09-28; Mashery error codes, which Brivo's gateway uses.
#[derive(Debug, thiserror::Error)]
pub enum BrivoError {
    /// The access token is expired or unknown: refresh it and repeat once. From a [`crate::Session`], which does so: the
    /// new token was refused as well, and a person has to look at the account.
    ///
    /// Source: 401 of the API, whatever its body.
    #[error("brivo refused the access token")]
    TokenRefused,
    /// The account is not connected any more: a person has to connect it again.
    ///
    /// Source: 400 or 401 `invalid_grant` of the token endpoint; `invalid_token` too, which its framework gives for an
    /// expired refresh token. Also without a call, while no tokens are remembered or reconnecting is awaited.
    #[error("the brivo account has to be connected again")]
    Disconnected,
    /// The authorisation code is used, expired, of another application or made up: send the administrator to
    /// [`crate::authorize_url`] again. Nothing is wrong with the connection the account may have from before, which goes on.
    ///
    /// Source: 400 or 401 `invalid_grant` of the token endpoint for a code. A redirect address other than the registered one
    /// is assumed to look the same.
    #[error("brivo refused the authorisation code")]
    CodeRefused,
    /// Client id or client secret are wrong: a person has to correct them.
    ///
    /// Source: 401 of the token endpoint that is not about the grant.
    #[error("brivo refused the client id or the client secret")]
    BadApplication,
    /// The API key is missing, disabled or of the other environment: a person has to correct it.
    ///
    /// Source: 403 with the HTML body "Developer Inactive" or another answer of the gateway that is not about the pace.
    #[error("brivo refused the api key")]
    KeyRefused,
    /// The administrator who connected the account lacks the permission: a person has to grant it. No refresh helps.
    ///
    /// Source: 403 with a JSON body.
    #[error("brivo says that the connected administrator may not do this{}", colon(message.as_ref()))]
    Forbidden {
        /// What Brivo wrote.
        message: Option<String>,
    },
    /// Too many calls per second; safe to repeat after the wait, a second if Brivo named none.
    ///
    /// Source: 403 "Developer Over Qps" and "Service Over Qps" of the gateway; 429.
    #[error("brivo asked to slow down")]
    SlowDown {
        /// How long Brivo asked to wait.
        retry_after: Option<Duration>,
    },
    /// The calls of the period are spent; safe to repeat once the next one begins, which may be weeks away.
    ///
    /// Source: 403 "Developer Over Rate" of the gateway.
    #[error("the call quota of the api key is spent")]
    QuotaSpent {
        /// How long Brivo asked to wait.
        retry_after: Option<Duration>,
    },
    /// There is no such user or group, or it is hidden from the connected administrator.
    ///
    /// Source: 404 with a JSON body or none. An HTML 404 is not Brivo's own word: see [`Self::Misrouted`].
    #[error("brivo does not know it")]
    NotFound,
    /// Brivo understood and refuses; repeating the same request does not help.
    ///
    /// Source: 400, 409, 412, 415, 417 and every other 4xx.
    #[error("brivo rejected the request with status {status}{}", colon(message.as_ref()))]
    Rejected {
        /// The HTTP status; texts are not stable enough to decide on.
        status: u16,
        /// What Brivo wrote.
        message: Option<String>,
    },
    /// Brivo is out of order; repeat later, and look before repeating a write.
    ///
    /// Source: 5xx; 408; 418, seen once by a client of 2017 and documented nowhere; redirects, which are not followed.
    #[error("brivo is unavailable, status {status}")]
    Unavailable {
        /// The HTTP status.
        status: u16,
        /// How long Brivo asked to wait.
        retry_after: Option<Duration>,
    },
    /// No connection came about, so nothing was sent; repeat later.
    #[error("no connection to brivo")]
    Unreachable(#[source] NoAnswer),
    /// The connection ended or the time was up before the answer was whole; look before repeating a write.
    #[error("brivo's answer did not arrive")]
    Interrupted(#[source] NoAnswer),
    /// Brivo reports success with a body other than documented; look before repeating a write.
    #[error("brivo's answer is not a {expected} as documented")]
    Unreadable {
        /// What should have been there.
        expected: &'static str,
    },
    /// The gateway has no such path or verb: our bug, or their gateway's.
    ///
    /// Source: 596 "Service Not Found"; 404 with HTML; an address that cannot be called at all.
    #[error("brivo's gateway does not know the path or the verb")]
    Misrouted,
    /// The list kept changing while it was read; repeat later.
    #[error("the list changed each time it was read")]
    Unsettled,
    /// The token is being refreshed elsewhere, or was just now without success; repeat after the wait.
    #[error("the access token is being refreshed")]
    Refreshing {
        /// How long to wait for it.
        retry_after: Duration,
    },
    /// The tokens could not be read or remembered; repeat later.
    #[error("the tokens are out of reach")]
    Vault(#[from] VaultError),
}

impl BrivoError {
    /// Whether the write may have been applied all the same, so that the caller has to look before it repeats it.
    ///
    /// A refused request was not applied: the gateway refuses before it passes on (403, 429, 596), Brivo applies whole
    /// requests or nothing (4xx). A 418 counts as unknown, because nobody documents what sends it and when; looking costs
    /// one call. The failures of a refresh count as those of the call it was for, which errs on the safe side.
    pub fn outcome_unknown(&self) -> bool {
        match self {
            Self::Unavailable { .. } | Self::Interrupted(_) | Self::Unreadable { .. } => true,
            Self::TokenRefused
            | Self::Disconnected
            | Self::CodeRefused
            | Self::BadApplication
            | Self::KeyRefused
            | Self::Forbidden { .. }
            | Self::SlowDown { .. }
            | Self::QuotaSpent { .. }
            | Self::NotFound
            | Self::Rejected { .. }
            | Self::Unreachable(_)
            | Self::Misrouted
            | Self::Unsettled
            | Self::Refreshing { .. }
            | Self::Vault(_) => false,
        }
    }

    /// Without what Brivo wrote, for calls whose refusal may repeat a secret.
    pub(crate) fn without_message(mut self) -> Self {
        if let Self::Forbidden { message } | Self::Rejected { message, .. } = &mut self {
            *message = None;
        }
        self
    }

    /// Whether the same call can succeed later without anybody doing anything.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::SlowDown { .. }
            | Self::QuotaSpent { .. }
            | Self::Unavailable { .. }
            | Self::Unreachable(_)
            | Self::Interrupted(_)
            | Self::Unreadable { .. }
            | Self::Unsettled
            | Self::Refreshing { .. }
            | Self::Vault(_) => true,
            Self::TokenRefused
            | Self::Disconnected
            | Self::CodeRefused
            | Self::BadApplication
            | Self::KeyRefused
            | Self::Forbidden { .. }
            | Self::NotFound
            | Self::Rejected { .. }
            | Self::Misrouted => false,
        }
    }

    /// How long to wait before the call is worth repeating; `None` where nobody said.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::SlowDown { retry_after }
            | Self::QuotaSpent { retry_after }
            | Self::Unavailable { retry_after, .. } => *retry_after,
            Self::Refreshing { retry_after } => Some(*retry_after),
            Self::TokenRefused
            | Self::Disconnected
            | Self::CodeRefused
            | Self::BadApplication
            | Self::KeyRefused
            | Self::Forbidden { .. }
            | Self::NotFound
            | Self::Rejected { .. }
            | Self::Unreachable(_)
            | Self::Interrupted(_)
            | Self::Unreadable { .. }
            | Self::Misrouted
            | Self::Unsettled
            | Self::Vault(_) => None,
        }
    }
}

impl From<NoAnswer> for BrivoError {
    fn from(error: NoAnswer) -> Self {
        match error {
            NoAnswer::Unsendable(_) => Self::Misrouted,
            NoAnswer::NotSent(_) => Self::Unreachable(error),
            NoAnswer::TimedOut(_) | NoAnswer::CutOff(_) => Self::Interrupted(error),
        }
    }
}

fn colon(message: Option<&String>) -> String {
    message.map(|text| format!(": {text}")).unwrap_or_default()
}
