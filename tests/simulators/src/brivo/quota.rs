//! The gateway's limits on requests per second and per month, for each api-key.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::tz::TimeZone;

/// One request, in the bucket's unit of thousandths.
const ONE_REQUEST: i64 = 1000;

/// The buckets, filled anew at every start.
#[derive(Clone, Debug, Default)]
pub(super) struct Quota {
    buckets: BTreeMap<String, Bucket>,
    months: BTreeMap<String, Month>,
}

/// What a key used up in the month that ends then.
#[derive(Clone, Copy, Debug)]
struct Month {
    ends_at: Timestamp,
    requests: u32,
}

#[derive(Clone, Debug)]
struct Bucket {
    thousandths: i64,
    filled_at: Timestamp,
}

impl Quota {
    /// Counts one request of the key in this month; the seconds to the end of the month if it is one too many.
    pub(super) fn count(&mut self, key: &str, per_month: u32, now: Timestamp) -> Option<u64> {
        let month = self.months.entry(key.to_owned()).or_insert(Month { ends_at: now, requests: 0 });
        if month.ends_at <= now {
            *month = Month { ends_at: end_of_month(now), requests: 0 };
        }
        if month.requests >= per_month {
            return Some(month.ends_at.duration_since(now).as_secs().unsigned_abs());
        }
        month.requests += 1;
        None
    }

    /// Takes one request from the key's bucket; `false` if it is empty.
    pub(super) fn take(&mut self, key: &str, per_second: u32, now: Timestamp) -> bool {
        let per_second = i64::from(per_second);
        let full = per_second * ONE_REQUEST;
        let bucket = self.buckets.entry(key.to_owned()).or_insert(Bucket { thousandths: full, filled_at: now });
        let elapsed_ms = (now.as_millisecond() - bucket.filled_at.as_millisecond()).clamp(0, 1000);
        bucket.thousandths = full.min(bucket.thousandths + elapsed_ms * per_second);
        bucket.filled_at = now;
        let enough = bucket.thousandths >= ONE_REQUEST;
        if enough {
            bucket.thousandths -= ONE_REQUEST;
        }
        enough
    }
}

fn end_of_month(now: Timestamp) -> Timestamp {
    let last = now.to_zoned(TimeZone::UTC).last_of_month();
    let end = last.and_then(|last| last.tomorrow()?.start_of_day());
    end.map_or(Timestamp::MAX, |end| end.timestamp())
}
