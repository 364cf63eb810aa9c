//! How a run ends, in one place: what is retried, when, and what waits for a person.

use std::{collections::BTreeMap, time::Duration};

use brivo::BrivoError;
use domain::{AccountId, MemberId, ledger::Ledger};
use jiff::{SignedDuration, Timestamp};
use platforms::PlatformError;
use runtime::{connections::ConnectionError, courier::CourierError, tenants::TenantError};
use state::StoreError;

/// How a member was left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Looked at; what is left to do has its instant.
    Settled,
    /// Another run has the member, at the longest until then. It sees all that its trigger was about, since whatever is to be
    /// looked at is marked before anybody is woken; should it be dead, the member is still due.
    Busy {
        /// When its lease runs out by itself.
        until: Timestamp,
    },
}

/// A run that could not be ended; the member is still due.
#[derive(Debug, thiserror::Error)]
pub enum ReconcileError {
    /// The state failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What kept a member's access from being brought in step.
#[derive(Debug, thiserror::Error)]
pub enum Trouble {
    /// Brivo.
    #[error("account {account}: {error}")]
    Brivo {
        /// Which account.
        account: AccountId,
        /// What Brivo said.
        error: BrivoError,
    },
    /// The account's settings.
    #[error(transparent)]
    Connection(#[from] ConnectionError),
    /// The platform's API, asked for a person's details.
    #[error("the platform's API: {0}")]
    Platform(#[from] PlatformError),
    /// The platform's settings.
    #[error(transparent)]
    Tenant(#[from] TenantError),
    /// Whoever brings pass codes to people.
    #[error(transparent)]
    Courier(#[from] CourierError),
    /// Another run has somebody who turned out to be the same person; it ends within seconds.
    #[error("waits for the run of {0}, who is the same person")]
    Busy(MemberId),
    /// Something only an operator can change; what is worth another look has an instant in the plan.
    #[error("{0}")]
    Notice(String),
    /// Others call Brivo with the same API key, and it is not this person's turn yet.
    #[error("account {account}: waits for its turn until {until}")]
    Turn {
        /// Which account.
        account: AccountId,
        /// Until when.
        until: Timestamp,
    },
    /// The API key's quota is spent, as another run was told; nobody asks before it is tried again.
    #[error("account {account}: the call quota of the api key is spent; it is tried again at {until}")]
    Spent {
        /// Which account.
        account: AccountId,
        /// When it is tried again.
        until: Timestamp,
    },
    /// Something that does not keep anybody out: it is over once a window opens.
    #[error("{0}")]
    Waits(String),
}

/// The wait after the first failure; it doubles with each. Two tries more fit into the two seconds in which a door should open.
const FIRST_WAIT: SignedDuration = SignedDuration::from_millis(500);

/// The longest wait while trouble may pass by itself: a revoke is never more than a minute late once Brivo is back.
const LONGEST_WAIT: SignedDuration = SignedDuration::from_secs(30);

/// How often trouble that may pass by itself is met before anybody is alarmed: the waits between take half a minute.
const TRIES_BEFORE_ALARM: u32 = 7;

/// The longest wait while Brivo refuses us altogether; a revoke is not more than a minute late once it no longer does.
const LONGEST_REFUSED_WAIT: SignedDuration = SignedDuration::from_secs(60);

/// The longest wait while a person has to act; acting on the tenant document wakes everyone at once. The first tries come as
/// soon as for other trouble, because what looks like a wrong key may be a gateway that stumbled.
const LONGEST_PERSON_WAIT: SignedDuration = SignedDuration::from_mins(10);

/// The longest wait while nothing can work until the tenant document changes, which wakes everyone.
pub(crate) const LONGEST_RECONNECT_WAIT: SignedDuration = SignedDuration::from_hours(1);

/// No retry is further away than this.
pub const LONGEST_RETRY: SignedDuration = LONGEST_RECONNECT_WAIT;

/// The longest wait that anybody may ask of us: a quota may be raised before it resets.
const LONGEST_ASKED_WAIT: SignedDuration = SignedDuration::from_hours(1);

impl Trouble {
    /// Whether the run counts as failed.
    pub fn is_failure(&self) -> bool {
        match self {
            Self::Brivo { .. }
            | Self::Connection(_)
            | Self::Platform(_)
            | Self::Tenant(_)
            | Self::Courier(_)
            | Self::Busy(_) => true,
            Self::Notice(_) | Self::Waits(_) | Self::Turn { .. } | Self::Spent { .. } => false,
        }
    }

    /// Whether one alarm was raised of it for everybody: of an account that has to be connected again, and of an API key that
    /// Brivo does not accept.
    pub(crate) fn is_everybodys(&self) -> bool {
        matches!(self, Self::Brivo { error: BrivoError::Disconnected | BrivoError::KeyRefused, .. })
    }

    /// Until when nothing is done for want of a turn; that is no failure, and ends none.
    pub(crate) fn turn(&self) -> Option<Timestamp> {
        match self {
            Self::Turn { until, .. } | Self::Spent { until, .. } => Some(*until),
            Self::Brivo { .. }
            | Self::Connection(_)
            | Self::Platform(_)
            | Self::Tenant(_)
            | Self::Courier(_)
            | Self::Busy(_)
            | Self::Notice(_)
            | Self::Waits(_) => None,
        }
    }

    /// Whether it may pass by itself within half a minute from when it was met first, so that nobody is alarmed yet.
    fn may_pass_soon(&self, failures: u32, now: Timestamp) -> bool {
        let passes = match self {
            Self::Brivo { error, .. } => error.is_transient(),
            Self::Busy(_) => true,
            Self::Connection(_)
            | Self::Platform(_)
            | Self::Tenant(_)
            | Self::Courier(_)
            | Self::Notice(_)
            | Self::Waits(_)
            | Self::Turn { .. }
            | Self::Spent { .. } => false,
        };
        let again = self.retry_at(failures, now);
        passes && failures < TRIES_BEFORE_ALARM && again.is_some_and(|at| at.duration_since(now) <= LONGEST_WAIT)
    }

    /// When to try again, after this many failures in a row.
    pub fn retry_at(&self, failures: u32, now: Timestamp) -> Option<Timestamp> {
        let wait = match self {
            Self::Notice(_) | Self::Waits(_) => return None,
            Self::Turn { until, .. } | Self::Spent { until, .. } => return Some(*until),
            Self::Busy(_) => backoff(failures, LONGEST_WAIT),
            Self::Brivo { error, .. } if error.is_transient() => {
                error.retry_after().map_or_else(|| backoff(failures, LONGEST_WAIT), as_asked)
            }
            Self::Brivo { error, .. } if may_pass_unnoticed(error) => backoff(failures, LONGEST_REFUSED_WAIT),
            Self::Brivo { error: BrivoError::Disconnected | BrivoError::BadApplication, .. } => {
                backoff(failures, LONGEST_RECONNECT_WAIT)
            }
            Self::Connection(_) | Self::Tenant(_) => backoff(failures, LONGEST_RECONNECT_WAIT),
            Self::Platform(error) => {
                error.retry_after().map_or_else(|| backoff(failures, LONGEST_PERSON_WAIT), as_asked)
            }
            Self::Courier(error) if !error.needs_person() => backoff(failures, LONGEST_WAIT),
            // Whoever refuses a code does so on purpose, and nobody is kept out meanwhile.
            Self::Courier(_) => LONGEST_RECONNECT_WAIT,
            Self::Brivo { .. } => backoff(failures, LONGEST_PERSON_WAIT),
        };
        Some(now.saturating_add(wait).unwrap_or(Timestamp::MAX))
    }
}

/// All that kept one run from its end, each part with its own count of failures.
#[derive(Debug, Default)]
pub(crate) struct Troubles {
    /// Per Brivo account.
    pub(crate) accounts: BTreeMap<AccountId, Trouble>,
    /// Of the platform's API.
    pub(crate) platform: Option<Trouble>,
    /// Of another person who turned out to be the same; nothing else is done before that is settled.
    pub(crate) busy: Option<Trouble>,
    /// Of the facts themselves.
    pub(crate) notice: Option<Trouble>,
}

impl Troubles {
    fn all(&self) -> impl Iterator<Item = &Trouble> {
        self.accounts.values().chain(&self.platform).chain(&self.busy).chain(&self.notice)
    }

    /// Whether any of them keeps the run from its end.
    pub(crate) fn have_failed(&self) -> bool {
        self.all().any(|trouble| trouble.is_failure() || trouble.turn().is_some())
    }

    /// The one to tell of: a failure before a notice. Whoever waits for their turn is told of by when that is.
    pub(crate) fn worst(&self) -> Option<&Trouble> {
        let told = || self.all().filter(|trouble| !matches!(trouble, Trouble::Turn { .. }));
        told().find(|trouble| trouble.is_failure()).or_else(|| told().next())
    }

    /// What keeps the person from getting in, will not pass in a moment, and nobody has been alarmed of; a platform that does not
    /// answer does not.
    pub(crate) fn in_the_way(&self, ledger: &Ledger, now: Timestamp) -> Option<&Trouble> {
        let failures_in = |account| ledger.accounts.get(account).map_or(0, |known| known.failures);
        let of_accounts = self.accounts.iter().map(|(account, trouble)| (trouble, failures_in(account)));
        let all = of_accounts.chain(self.busy.iter().map(|trouble| (trouble, ledger.failures)));
        let alarms = |(trouble, before): &(&Trouble, u32)| {
            let is_told = trouble.is_everybodys() || matches!(trouble, Trouble::Waits(_) | Trouble::Turn { .. });
            !is_told && !trouble.may_pass_soon(before.saturating_add(1), now)
        };
        all.into_iter().find(alarms).map(|(trouble, _)| trouble)
    }

    /// Counts the failures in the ledger; answers when the first of them is tried again.
    pub(crate) fn note(&self, ledger: &mut Ledger, now: Timestamp) -> Option<Timestamp> {
        ledger.last_error = self.worst().map(ToString::to_string);
        let shared = self.busy.as_ref().or(self.platform.as_ref());
        let mut retries = vec![counted(&mut ledger.failures, shared, now)];
        // Nothing may have been written there yet.
        for (id, _) in self.accounts.iter().filter(|(_, trouble)| trouble.is_failure()) {
            ledger.account(id);
        }
        for (id, account) in &mut ledger.accounts {
            retries.push(counted(&mut account.failures, self.accounts.get(id), now));
        }
        retries.into_iter().flatten().min()
    }
}

/// Counts one more failure, or starts anew; answers when to try again.
fn counted(failures: &mut u32, trouble: Option<&Trouble>, now: Timestamp) -> Option<Timestamp> {
    if let Some(until) = trouble.and_then(Trouble::turn) {
        return Some(until);
    }
    let failed = trouble.is_some_and(Trouble::is_failure);
    *failures = if failed { failures.saturating_add(1) } else { 0 };
    trouble?.retry_at(*failures, now)
}

/// Whether Brivo refuses us in a way that ends without anybody telling us: a key or a permission given back, a gateway mended.
fn may_pass_unnoticed(error: &BrivoError) -> bool {
    matches!(
        error,
        BrivoError::KeyRefused | BrivoError::Forbidden { .. } | BrivoError::TokenRefused | BrivoError::Misrouted
    )
}

fn backoff(failures: u32, longest: SignedDuration) -> SignedDuration {
    let doublings = failures.saturating_sub(1).min(20);
    FIRST_WAIT.saturating_mul(1_i32 << doublings).min(longest)
}

fn as_asked(wait: Duration) -> SignedDuration {
    SignedDuration::try_from(wait).unwrap_or(LONGEST_ASKED_WAIT).clamp(FIRST_WAIT, LONGEST_ASKED_WAIT)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn waits(error: fn() -> BrivoError, failures: u32) -> i64 {
        let trouble = Trouble::Brivo { account: "hq".into(), error: error() };
        trouble.retry_at(failures, Timestamp::UNIX_EPOCH).unwrap().as_millisecond()
    }

    /// ALL-17: what passes within half a minute wakes nobody up; what does not, or says itself that it will not, does.
    #[test]
    fn trouble_that_passes_by_itself_is_no_alarm_at_first() {
        let alarms = |error: BrivoError, failures: u32| {
            let mut ledger = Ledger::default();
            ledger.account(&"hq".into()).failures = failures;
            let trouble = Trouble::Brivo { account: "hq".into(), error };
            let troubles = Troubles { accounts: [("hq".into(), trouble)].into(), ..Troubles::default() };
            troubles.in_the_way(&ledger, Timestamp::UNIX_EPOCH).is_some()
        };
        let down = |wait: u64| BrivoError::Unavailable { status: 503, retry_after: Some(Duration::from_secs(wait)) };

        assert_eq!([0, 5, 6, 99].map(|before| alarms(down(1), before)), [false, false, true, true]);
        assert_eq!([30, 31].map(|wait| alarms(down(wait), 0)), [false, true]);
        assert!(alarms(BrivoError::Forbidden { message: None }, 0));
        let met: SignedDuration = (1..TRIES_BEFORE_ALARM).map(|failures| backoff(failures, LONGEST_WAIT)).sum();
        assert_eq!(met.as_millis(), 31_500);
    }

    /// INV-1: a revoke is at most a minute late once Brivo is back.
    #[test]
    fn what_passes_by_itself_is_tried_again_within_half_a_minute() {
        let down = || BrivoError::Unavailable { status: 503, retry_after: None };

        assert_eq!(
            [1, 2, 3, 4, 5, 6, 7, 99].map(|failures| waits(down, failures)),
            [500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]
        );
    }

    #[test]
    fn a_wait_that_was_asked_for_is_kept_but_not_for_ever() {
        let asked = |seconds| BrivoError::SlowDown { retry_after: Some(Duration::from_secs(seconds)) };
        let wait =
            |seconds| Trouble::Brivo { account: "hq".into(), error: asked(seconds) }.retry_at(3, Timestamp::UNIX_EPOCH);

        assert_eq!(wait(0).unwrap().as_millisecond(), 500);
        assert_eq!(wait(7).unwrap().as_second(), 7);
        assert_eq!(wait(2_000_000).unwrap().as_second(), 3600);
    }

    #[test]
    fn what_needs_a_person_is_not_hammered() {
        assert_eq!(
            [1, 7, 11, 12, 99].map(|failures| waits(|| BrivoError::NotFound, failures)),
            [500, 32_000, 512_000, 600_000, 600_000]
        );
        assert_eq!(waits(|| BrivoError::Disconnected, 99), 3_600_000);
    }

    /// ORD-47: an app that refuses a code is not asked again every few minutes; one that is down is.
    #[test]
    fn an_app_that_refuses_a_code_waits_for_a_person() {
        let waits = |error: fn(String) -> CourierError, failures| {
            let again =
                Trouble::Courier(error("the app answered".to_owned())).retry_at(failures, Timestamp::UNIX_EPOCH);
            again.unwrap().as_millisecond()
        };

        assert_eq!([1, 9].map(|failures| waits(CourierError::Refused, failures)), [3_600_000, 3_600_000]);
        assert_eq!([1, 9].map(|failures| waits(CourierError::Unavailable, failures)), [500, 30_000]);
    }

    /// INV-1: an account that is down for a moment does not wait for one that needs a person.
    #[test]
    fn each_account_counts_its_own_failures() {
        let mut ledger = Ledger::default();
        let down = |account: &str, error| (AccountId::new(account), Trouble::Brivo { account: account.into(), error });
        ledger.account(&"a".into()).failures = 20;
        ledger.account(&"b".into()).failures = 0;
        let troubles = Troubles {
            accounts: BTreeMap::from([
                down("a", BrivoError::BadApplication),
                down("b", BrivoError::Unavailable { status: 503, retry_after: None }),
            ]),
            ..Troubles::default()
        };

        let retry = troubles.note(&mut ledger, Timestamp::UNIX_EPOCH);

        assert_eq!(retry.unwrap().as_millisecond(), 500);
        assert_eq!((ledger.accounts[&"a".into()].failures, ledger.accounts[&"b".into()].failures), (21, 1));
    }

    /// INV-2: trouble in an account of which the ledger says nothing yet is tried again like any other.
    #[test]
    fn trouble_where_nothing_was_written_yet_is_tried_again() {
        let mut ledger = Ledger::default();
        let troubles = Troubles {
            accounts: BTreeMap::from([("a".into(), Trouble::Busy("guest:a".into()))]),
            ..Troubles::default()
        };

        let retries = [0, 500].map(|now| troubles.note(&mut ledger, Timestamp::from_millisecond(now).unwrap()));

        assert_eq!(retries.map(|retry| retry.unwrap().as_millisecond()), [500, 1500]);
    }
}
