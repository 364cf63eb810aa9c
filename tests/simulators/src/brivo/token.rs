//! The tokens and codes Brivo gives out, and how long they are good for.
//!
//! Source: apidocs.brivo.com/access (2026-09-28), `refreshTokenTtl` 1209600. The life of a code is not
//! documented; a few minutes and a single use are assumed.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::options::Rotation;
use crate::random::Random;

/// Fourteen days, `refreshTokenTtl` of every application seen.
const REFRESH_TOKEN_LIFE: SignedDuration = SignedDuration::from_hours(14 * 24);

/// Longer than a redirect takes, shorter than a lost code stays interesting.
const CODE_LIFE: SignedDuration = SignedDuration::from_mins(5);

/// As long as a careful client waits for an answer: two uses closer than this were under way together.
const OVERLAP: SignedDuration = SignedDuration::from_secs(10);

/// Where tokens come from; a refresh hands it on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Origin {
    /// The id of the administrator they act for; `None` for a consent that was not simulated.
    pub(super) administrator: Option<String>,
    /// The code they were first given for.
    pub(super) code: Option<String>,
}

/// A refresh token as the authorization server remembers it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct RefreshToken {
    pub(super) client_id: String,
    expires_at: Timestamp,
    replaced: Option<Replaced>,
    #[serde(default)]
    pub(super) origin: Origin,
}

/// The first use of a refresh token, which produced its successor.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Replaced {
    at: Timestamp,
    answer_lost: bool,
}

impl RefreshToken {
    pub(super) fn new(client_id: &str, origin: Origin, now: Timestamp) -> Self {
        Self { client_id: client_id.to_owned(), expires_at: now + REFRESH_TOKEN_LIFE, replaced: None, origin }
    }

    pub(super) fn is_alive(&self, now: Timestamp) -> bool {
        now < self.expires_at
    }

    pub(super) fn works(&self, rotation: Rotation, now: Timestamp) -> bool {
        let spared = |replaced: &Replaced| match rotation {
            Rotation::KeepsWorking => true,
            Rotation::Grace { seconds } => now < replaced.at + SignedDuration::from_secs(i64::from(seconds)),
            Rotation::Strict => false,
        };
        self.is_alive(now) && self.replaced.as_ref().is_none_or(spared)
    }

    /// Remembers the first use; later ones change nothing.
    pub(super) fn replace(&mut self, now: Timestamp) {
        self.replaced.get_or_insert(Replaced { at: now, answer_lost: false });
    }

    /// The client never saw the successor made just now, so it may come back with this token.
    pub(super) fn lose_answer(&mut self, now: Timestamp) {
        if let Some(replaced) = self.replaced.as_mut().filter(|replaced| replaced.at == now) {
            replaced.answer_lost = true;
        }
    }

    /// Whether a use now can only mean that two refreshes were under way at once.
    pub(super) fn overlaps(&self, now: Timestamp) -> bool {
        let overlapping = |replaced: &Replaced| !replaced.answer_lost && now < replaced.at + OVERLAP;
        self.replaced.as_ref().is_some_and(overlapping)
    }
}

/// A code of the consent page, exchanged once for tokens.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Code {
    client_id: String,
    expires_at: Timestamp,
    #[serde(default)]
    administrator: String,
    #[serde(default)]
    pub(super) is_used: bool,
}

impl Code {
    pub(super) fn new(client_id: &str, administrator: &str, now: Timestamp) -> Self {
        Self {
            client_id: client_id.to_owned(),
            expires_at: now + CODE_LIFE,
            administrator: administrator.to_owned(),
            is_used: false,
        }
    }

    pub(super) fn is_alive(&self, now: Timestamp) -> bool {
        now < self.expires_at
    }

    /// Uses the code up; the administrator who consented, if it was good for this application.
    pub(super) fn redeem(&mut self, client_id: &str, now: Timestamp) -> Option<String> {
        let works = !self.is_used && self.client_id == client_id && self.is_alive(now);
        self.is_used = true;
        works.then(|| self.administrator.clone())
    }
}

/// A text shaped like a signed token; nobody can read more than its id in it.
pub(super) fn opaque(random: &mut Random, jti: &str) -> String {
    let header = URL_SAFE_NO_PAD.encode(r#"{"alg":"RS256","typ":"JWT"}"#);
    let claims = URL_SAFE_NO_PAD.encode(format!(r#"{{"jti":"{jti}","scope":["brivo.api"]}}"#));
    let signature = [random.next(), random.next(), random.next(), random.next()];
    let signature = signature.map(u64::to_be_bytes).concat();
    format!("{header}.{claims}.{}", URL_SAFE_NO_PAD.encode(signature))
}
