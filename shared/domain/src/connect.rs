//! Who may connect a Brivo account: whoever has its link. And which login may end in a connection: one that the link began.
//!
//! Both are known by digests only, so that what is stored opens nothing.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// How long a link can be used: it is sent to somebody, who may be away for a weekend.
pub const LINK_LIFE: SignedDuration = SignedDuration::from_hours(7 * 24);

/// How long a login may take: a password is forgotten, a second factor looked for.
pub const LOGIN_LIFE: SignedDuration = SignedDuration::from_mins(15);

/// A link with which one account can be connected, once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    /// Digest of the secret in it.
    secret: String,
    /// When it ends.
    until: Timestamp,
    /// The login that it began last; an earlier one comes to nothing.
    login: Option<Login>,
}

/// A login at Brivo that has not come back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Login {
    /// Digest of the `state` that Brivo brings back.
    state: String,
    /// When it ends.
    until: Timestamp,
}

/// Why a link or a login counts for nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// There is no such thing, or not any more.
    Unknown,
    /// It has ended.
    Over,
}

impl Link {
    /// A new link with the secret of this digest.
    pub fn new(secret: String, now: Timestamp) -> Self {
        Self { secret, until: after(now, LINK_LIFE), login: None }
    }

    /// When it ends.
    pub fn until(&self) -> Timestamp {
        self.until
    }

    /// Whether the secret of this digest is the link's, and the link can be used.
    ///
    /// # Errors
    /// Why not.
    pub fn check(&self, secret: &str, now: Timestamp) -> Result<(), Refusal> {
        match self.secret == secret {
            false => Err(Refusal::Unknown),
            true if now >= self.until => Err(Refusal::Over),
            true => Ok(()),
        }
    }

    /// Whether it is the same link, whatever logins it began.
    pub fn is(&self, other: &Self) -> bool {
        self.secret == other.secret
    }

    /// The link once it has begun the login with the `state` of this digest.
    #[must_use]
    pub fn with_login(self, state: String, now: Timestamp) -> Self {
        Self { login: Some(Login { state, until: after(now, LOGIN_LIFE) }), ..self }
    }

    /// The link once the login with the `state` of this digest has come back: it comes back once.
    ///
    /// # Errors
    /// If there is no such login, or it took too long.
    pub fn without_login(self, state: &str, now: Timestamp) -> Result<Self, Refusal> {
        match &self.login {
            Some(login) if login.state == state && now < login.until => Ok(Self { login: None, ..self }),
            Some(login) if login.state == state => Err(Refusal::Over),
            Some(_) | None => Err(Refusal::Unknown),
        }
    }
}

/// The account at Brivo that a login belongs to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BrivoAccount {
    /// Brivo's id.
    pub id: i64,
    /// Brivo's name of it, for people.
    pub name: Option<String>,
}

/// It is another account of Brivo than the one that was connected before, or nobody can tell.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[error("it is another account of brivo than the one that was connected before, or nobody can tell")]
pub struct AnotherAccount {
    /// The one before.
    pub before: BrivoAccount,
    /// This one, if Brivo tells.
    pub found: Option<BrivoAccount>,
}

impl AnotherAccount {
    /// What has happened and what to do, to an operator who put a refresh token of that account.
    pub fn advice(&self) -> String {
        let name = |account: &BrivoAccount| account.name.clone().unwrap_or_else(|| format!("account {}", account.id));
        let before = name(&self.before);
        let (what, otherwise) = match &self.found {
            Some(found) => (
                format!("is of {}", name(found)),
                format!(
                    "; to move to {}, add it to the document as an account of its own, with its own mappings",
                    name(found)
                ),
            ),
            None => (
                "comes from an administrator whom Brivo does not let see which account it is of".to_owned(),
                String::new(),
            ),
        };
        format!(
            "the refresh token {what}, and {before} was connected before: nothing is written with it, because the people and \
             groups known here are in no other account. Connect {before} again as a senior administrator{otherwise}"
        )
    }
}

/// Whether what is known of the account `before` may be written to the one that was `found`: users and groups known here are
/// in no other. Where none was known before, any may be connected.
///
/// # Errors
/// If it is another one, or if Brivo does not tell.
pub fn same_account(before: Option<&BrivoAccount>, found: Option<&BrivoAccount>) -> Result<(), AnotherAccount> {
    match (before, found) {
        (None, _) => Ok(()),
        (Some(before), Some(found)) if before.id == found.id => Ok(()),
        (Some(before), found) => Err(AnotherAccount { before: before.clone(), found: found.cloned() }),
    }
}

fn after(now: Timestamp, life: SignedDuration) -> Timestamp {
    now.saturating_add(life).unwrap_or(Timestamp::MAX)
}
