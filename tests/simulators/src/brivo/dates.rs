//! The dates of requests and answers.
//!
//! Source: apidocs.brivo.com (2025-11-25): input may carry an offset, output is in UTC, and the samples of events and invitations
//! carry thousandths. That a date alone means its midnight in UTC is recorded for credentials (2017-09-13).

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::profile::whole_second;

/// The whole second a text names; `None` if it is no date.
pub(super) fn read(text: &str) -> Option<Timestamp> {
    let is_date_alone = text.len() == "2017-09-13".len();
    let instant = if is_date_alone {
        text.parse::<Date>().ok()?.to_zoned(TimeZone::UTC).ok()?.timestamp()
    } else {
        text.parse().ok()?
    };
    Some(whole_second(instant))
}

/// An instant as the samples of events and invitations write it.
pub(super) fn with_thousandths(instant: Timestamp) -> String {
    let thousandths = Timestamp::from_millisecond(instant.as_millisecond()).unwrap_or(instant);
    format!("{thousandths:.3}")
}
