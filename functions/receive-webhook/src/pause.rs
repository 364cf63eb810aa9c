//! How long to wait before a delivery is decided anew, because others wrote to the same subjects.

use std::{
    hash::{DefaultHasher, Hash, Hasher},
    time::Duration,
};

use platforms::Received;

/// The longest wait: a few times what one delivery takes at DynamoDB.
const LONGEST: Duration = Duration::from_millis(60);

/// How much longer a wait can be with each try.
const GROWTH: Duration = Duration::from_millis(4);

/// The wait after a try, counted from 0.
///
/// Deliveries that met in one try part before the next, because each draws its wait from its own events.
pub(crate) fn pause(events: &[&Received], attempt: u32) -> Duration {
    let mut hasher = DefaultHasher::new();
    attempt.hash(&mut hasher);
    for event in events {
        event.key.hash(&mut hasher);
    }
    let [draw, ..] = hasher.finish().to_be_bytes();
    let longest = GROWTH.saturating_mul(attempt.saturating_add(1)).min(LONGEST);
    longest * (u32::from(draw) + 1) / 256
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use domain::intake::EventKey;

    use super::*;

    fn waits(attempt: u32) -> BTreeSet<Duration> {
        let event = |number| {
            let key = EventKey { source: "tests".to_owned(), id: format!("e{number}") };
            Received { key, body: String::new(), number: 0 }
        };
        (0..50).map(|number| pause(&[&event(number)], attempt)).collect()
    }

    #[test]
    fn competitors_part_and_may_wait_longer_with_each_try_but_never_long() {
        for attempt in [0, 9, 39, u32::MAX] {
            let waits = waits(attempt);

            assert!(waits.len() > 40, "{waits:?}");
            assert!(waits.iter().all(|wait| (Duration::ZERO..=LONGEST).contains(wait)), "{waits:?}");
        }
        assert!(waits(0).last() <= Some(&GROWTH));
        assert!(waits(39).last() > Some(&(LONGEST / 2)));
    }
}
