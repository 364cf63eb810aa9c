//! The gateway's limit on requests per second: one bucket for each api-key.

use std::collections::BTreeMap;

use jiff::Timestamp;

/// One request, in the bucket's unit of thousandths.
const ONE_REQUEST: i64 = 1000;

/// The buckets, filled anew at every start.
#[derive(Clone, Debug, Default)]
pub(super) struct Quota {
    buckets: BTreeMap<String, Bucket>,
}

#[derive(Clone, Debug)]
struct Bucket {
    thousandths: i64,
    filled_at: Timestamp,
}

impl Quota {
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
