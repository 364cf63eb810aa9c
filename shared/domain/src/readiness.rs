//! Before a booking starts somebody looks whether its person can really get in.

use jiff::{SignedDuration, Timestamp};

use crate::{
    AccountId,
    facts::Entitlement,
    ledger::AccountLedger,
    reasons::{Fact, Reason},
};

/// How long before a booking starts Brivo is looked at: time for a person to act, and for an alarm to be read.
const READY_BEFORE: SignedDuration = SignedDuration::from_mins(15);

/// When the person of a booking is looked at, and until when that is of use.
fn check_window(reason: &Reason<'_>) -> Option<(Timestamp, Timestamp)> {
    let Fact::Entitlement(Entitlement::Booking(booking)) = reason.fact else { return None };
    let check_at = booking.starts.saturating_sub(READY_BEFORE).unwrap_or(Timestamp::MIN);
    Some((check_at, booking.starts))
}

/// The next instant after `now` at which a booking of the person is looked at.
pub fn next_check(reasons: &[Reason<'_>], now: Timestamp) -> Option<Timestamp> {
    reasons.iter().filter_map(check_window).map(|(check_at, _)| check_at).filter(|check_at| *check_at > now).min()
}

/// Whether a booking starts soon of which no alarm was raised yet: one for each, however often its person is looked at.
pub fn has_to_alarm(reasons: &[Reason<'_>], alarmed_at: Option<Timestamp>, now: Timestamp) -> bool {
    reasons.iter().filter_map(check_window).any(|soon| is_unseen(soon, alarmed_at, now))
}

/// Whether a booking starts soon and nobody has looked at Brivo since that was so.
pub fn has_to_check(reasons: &[Reason<'_>], account: &AccountId, ledger: &AccountLedger, now: Timestamp) -> bool {
    let mut soon = reasons.iter().filter(|reason| reason.account == account).filter_map(check_window);
    soon.any(|soon| is_unseen(soon, ledger.checked_at, now))
}

/// Whether a booking starts soon and what was done last was done before that was so.
fn is_unseen((check_at, starts): (Timestamp, Timestamp), last: Option<Timestamp>, now: Timestamp) -> bool {
    check_at <= now && now < starts && last.is_none_or(|last| last < check_at)
}
