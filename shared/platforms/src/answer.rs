//! Answers of the platforms' own APIs, and what is wrong with them.

use std::time::Duration;

use reqwest::{Response, StatusCode, header::RETRY_AFTER};

use crate::Unreadable;

/// A call to a platform's API that gave no usable answer.
///
/// Its texts carry neither the account's name nor its password, and nothing of the body but names of fields.
#[derive(Debug, thiserror::Error)]
pub enum PlatformError {
    /// Too many calls; safe to repeat after the wait, when the platform gave one.
    #[error("the platform asked us to slow down")]
    Throttled {
        /// How long it asked to wait.
        retry_after: Option<Duration>,
    },
    /// Something else is being done to the same thing; safe to repeat, since we only read.
    #[error("the platform reports a conflict")]
    Conflict,
    /// The login is wrong or may not read what was asked for, or the plan has no API: a person has to correct it.
    #[error("the platform refused our login or what it asked to read")]
    Refused,
    /// The platform did not answer or is out of order; repeat later.
    #[error("the platform cannot be reached or is out of order")]
    Unavailable(#[source] Option<reqwest::Error>),
    /// It answered that it failed, with HTTP status 200 as Nexudus does for business errors; repeating does not help.
    #[error("the platform declined the request")]
    Declined,
    /// The answer is not what the API promises, the status may say why; repeating does not help.
    #[error("the answer of the platform with status {status} cannot be read")]
    Unreadable {
        /// The HTTP status.
        status: u16,
        /// What is wrong with it, by the names of fields, as far as that is known.
        #[source]
        faults: Option<Unreadable>,
    },
}

impl PlatformError {
    /// An answer that is not what the API promises.
    pub(crate) fn unreadable(status: StatusCode) -> Self {
        Self::Unreadable { status: status.as_u16(), faults: None }
    }

    /// An answer that came with 200 and has these faults.
    pub(crate) fn of_faults(faults: Unreadable) -> Self {
        Self::Unreadable { status: StatusCode::OK.as_u16(), faults: Some(faults) }
    }

    /// Whether the same call may succeed later without anybody doing anything.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Throttled { .. } | Self::Conflict | Self::Unavailable(_) => true,
            Self::Refused | Self::Declined | Self::Unreadable { .. } => false,
        }
    }

    /// How long it asked to wait.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Throttled { retry_after } => *retry_after,
            Self::Conflict | Self::Unavailable(_) | Self::Refused | Self::Declined | Self::Unreadable { .. } => None,
        }
    }
}

/// How long the answer asks to wait, in whole seconds as all platforms write it.
pub(crate) fn retry_after(response: &Response) -> Option<Duration> {
    let told = response.headers().get(RETRY_AFTER)?;
    told.to_str().ok()?.trim().parse().ok().map(Duration::from_secs)
}

/// No answer; the URL, which may name people, is taken out of the error.
pub(crate) fn unavailable(error: reqwest::Error) -> PlatformError {
    PlatformError::Unavailable(Some(error.without_url()))
}

/// The body of an answer, if it is no longer than `longest` bytes.
pub(crate) async fn read(mut response: Response, longest: usize) -> Result<Vec<u8>, PlatformError> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(unavailable)? {
        if body.len() + chunk.len() > longest {
            return Err(PlatformError::unreadable(response.status()));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}
