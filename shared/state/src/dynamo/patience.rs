//! Repeats what failed only because another transaction held the item for a moment.

use std::time::Duration;

use crate::StoreError;

/// The waits between tries: a transaction takes some milliseconds, so a few short ones are enough.
const WAITS: [Duration; 4] =
    [Duration::from_millis(10), Duration::from_millis(30), Duration::from_millis(90), Duration::from_millis(270)];

/// How often one request was tried.
#[derive(Debug, Default)]
pub(super) struct Patience {
    tries: usize,
}

impl Patience {
    /// Whether to try again, once it has waited: only after contention, and only some times.
    pub(super) async fn allows_another<T>(&mut self, answer: &Result<T, StoreError>) -> bool {
        let Some(wait) = WAITS.get(self.tries).filter(|_| matches!(answer, Err(StoreError::Contended))) else {
            return false;
        };
        self.tries = self.tries.saturating_add(1);
        tokio::time::sleep(*wait).await;
        true
    }
}
