//! Shows how far something long has come, where somebody looks on.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

/// How long after one step the next is asked for.
const STEP: Duration = Duration::from_secs(1);

/// How far something has come; a line on standard error while that is a terminal, and nothing otherwise.
#[derive(Debug)]
pub(super) struct Progress(ProgressBar);

impl Progress {
    pub(super) fn new() -> Self {
        let bar = ProgressBar::new_spinner();
        if let Ok(style) = ProgressStyle::with_template("{spinner} {elapsed:>4}  {msg}") {
            bar.set_style(style);
        }
        bar.enable_steady_tick(Duration::from_millis(120));
        Self(bar)
    }

    /// Shows what was done last, and waits before the next step.
    pub(super) async fn show(&self, done: &str) {
        self.tell(done);
        tokio::time::sleep(STEP).await;
    }

    /// Shows how far it is, and goes on at once.
    pub(super) fn tell(&self, done: &str) {
        self.0.set_message(done.to_owned());
    }

    pub(super) fn end(self) {
        self.0.finish_and_clear();
    }
}
