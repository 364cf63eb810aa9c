//! What comes of looking: something, a refusal, or nothing because nobody looked.

/// What came of looking at something.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Look<T> {
    /// It was seen, and whole.
    Seen(T),
    /// Brivo did not show it.
    Refused(Refusal),
    /// Nobody looked: there was no time left, or no connection.
    #[default]
    NotLooked,
}

impl<T> Look<T> {
    /// What was seen.
    pub fn seen(&self) -> Option<&T> {
        match self {
            Self::Seen(seen) => Some(seen),
            Self::Refused(_) | Self::NotLooked => None,
        }
    }

    /// The same of what follows from it.
    pub fn map<U>(self, work: impl FnOnce(T) -> U) -> Look<U> {
        match self {
            Self::Seen(seen) => Look::Seen(work(seen)),
            Self::Refused(refusal) => Look::Refused(refusal),
            Self::NotLooked => Look::NotLooked,
        }
    }

    /// Whether nothing was seen because nobody looked, or nobody answered.
    pub(super) fn is_unanswered(&self) -> bool {
        matches!(self, Self::NotLooked | Self::Refused(Refusal::NoAnswer))
    }

    pub(super) fn is_forbidden(&self) -> bool {
        matches!(self, Self::Refused(Refusal::Forbidden))
    }
}

/// Why Brivo did not show something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The connected administrator may not see it.
    Forbidden,
    /// The account lacks the feature.
    NotOffered,
    /// There is no such thing, or it is hidden.
    Unknown,
    /// The answer was of no use; that may pass.
    Failed,
    /// There was no answer: Brivo is down, or slow.
    NoAnswer,
}

/// Whether Brivo speaks to us at all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Connection {
    /// Nobody asked.
    #[default]
    NotLooked,
    /// It answers.
    Works,
    /// The tenant document lacks a part of the account.
    Incomplete {
        /// Its name in the document, `api_key`.
        missing: String,
    },
    /// There are no tokens, or Brivo does not take them any more.
    NotConnected,
    /// Brivo does not take client id and client secret.
    ApplicationRefused,
    /// Brivo does not take the API key.
    KeyRefused,
    /// The calls of the API key's period are spent.
    QuotaSpent,
    /// Brivo cannot be reached, does not answer, or asks to slow down.
    OutOfReach,
}
