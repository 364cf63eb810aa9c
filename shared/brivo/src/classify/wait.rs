//! How long an answer asks to wait.

use std::time::Duration;

use jiff::{Timestamp, fmt::rfc2822};
use reqwest::header::{DATE, HeaderMap, HeaderName, RETRY_AFTER};

/// The longest wait that is believed: no quota period is longer than a month.
const LONGEST_WAIT: Duration = Duration::from_hours(31 * 24);

/// The wait that is asked for, in seconds or up to a date.
///
/// A date counts from the answer's own `Date`, so that neither clock has to be right; without one it says nothing.
pub(super) fn wait(headers: &HeaderMap) -> Option<Duration> {
    let seconds = text(headers, &RETRY_AFTER)?.parse().ok().map(Duration::from_secs);
    let wait = seconds.or_else(|| {
        let (until, from) = (instant(headers, &RETRY_AFTER)?, instant(headers, &DATE)?);
        // A date that has passed is no reason to wait.
        Some(from.duration_until(until).try_into().unwrap_or(Duration::ZERO))
    })?;
    Some(wait.min(LONGEST_WAIT))
}

fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    Some(headers.get(name)?.to_str().ok()?.trim())
}

fn instant(headers: &HeaderMap, name: &HeaderName) -> Option<Timestamp> {
    Some(rfc2822::parse(text(headers, name)?).ok()?.timestamp())
}

#[cfg(test)]
mod tests {
    use reqwest::header::HeaderValue;

    use super::*;

    /// The wait named by `Retry-After`, with or without a `Date`.
    fn wait_of(retry_after: &'static str, date: Option<&'static str>) -> Option<Duration> {
        let mut headers = HeaderMap::new();
        headers.insert(RETRY_AFTER, HeaderValue::from_static(retry_after));
        date.map(|date| headers.insert(DATE, HeaderValue::from_static(date)));
        wait(&headers)
    }

    #[test]
    fn the_wait_is_the_one_that_is_named_and_never_longer_than_a_month() {
        assert_eq!(wait_of("1", None), Some(Duration::from_secs(1)));
        assert_eq!(wait_of(" 0 ", None), Some(Duration::ZERO));
        assert_eq!(wait_of("18446744073709551615", None), Some(LONGEST_WAIT));
    }

    /// Source: RFC 9110, 10.2.3: a date or a number of seconds.
    #[test]
    fn a_date_counts_from_the_date_of_the_answer() {
        let midnight = "Tue, 01 Dec 2026 00:00:00 GMT";

        assert_eq!(wait_of(midnight, Some("Mon, 30 Nov 2026 23:59:00 GMT")), Some(Duration::from_mins(1)));
        assert_eq!(wait_of(midnight, Some("Tue, 01 Dec 2026 00:00:07 GMT")), Some(Duration::ZERO));
        assert_eq!(wait_of(midnight, Some("Thu, 01 Jan 2026 00:00:00 GMT")), Some(LONGEST_WAIT));
    }

    #[test]
    fn what_names_no_wait_is_none() {
        assert_eq!(wait(&HeaderMap::new()), None);
        for strange in ["-1", "soon", "", "1.5", "99999999999999999999999"] {
            assert_eq!(wait_of(strange, Some("Mon, 30 Nov 2026 23:59:00 GMT")), None, "{strange}");
        }
        assert_eq!(wait_of("Tue, 01 Dec 2026 00:00:00 GMT", None), None);
        assert_eq!(wait_of("Tue, 01 Dec 2026 00:00:00 GMT", Some("yesterday")), None);
    }
}
