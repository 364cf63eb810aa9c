//! The three ways in which time can pass.

use std::{fs, path::Path, sync::Arc, time::Duration};

use anyhow::Context;
use jiff::{SignedDuration, Timestamp};
use runtime::clock::{Clock, FastClock, ManualClock, SystemClock};

/// How time is to pass.
#[derive(Clone, Copy, Debug)]
pub enum ClockChoice {
    /// As it does.
    Real,
    /// Only when told to.
    Manual {
        /// The first instant; the present if left out.
        start_at: Option<Timestamp>,
    },
    /// Faster.
    Fast {
        /// The first instant; the present if left out.
        start_at: Option<Timestamp>,
        /// How many times faster.
        speed: u32,
    },
}

/// A clock, and how to wait by it.
#[derive(Clone, Debug)]
pub(crate) enum Time {
    Running { clock: Arc<dyn Clock>, speed: u32 },
    Manual { clock: Arc<ManualClock>, kept: Option<Arc<Path>> },
}

/// The name of the file that keeps the manual clock's instant.
const KEPT: &str = "clock";

impl Time {
    /// A clock as chosen; the manual one goes on from where it was kept in `data`, unless it is to start later.
    pub(crate) fn new(choice: ClockChoice, data: Option<&Path>) -> anyhow::Result<Self> {
        let present = SystemClock.now();
        Ok(match choice {
            ClockChoice::Real => Self::Running { clock: Arc::new(SystemClock), speed: 1 },
            ClockChoice::Fast { start_at, speed } => {
                Self::Running { clock: Arc::new(FastClock::new(start_at.unwrap_or(present), speed)), speed }
            }
            ClockChoice::Manual { start_at } => {
                let file = data.map(|folder| Arc::from(folder.join(KEPT)));
                let kept = file.as_deref().map(read).transpose()?.flatten();
                let start = kept.max(start_at).unwrap_or(present);
                let time = Self::Manual { clock: Arc::new(ManualClock::new(start)), kept: file };
                time.set(start)?;
                time
            }
        })
    }

    pub(crate) fn clock(&self) -> Arc<dyn Clock> {
        match self {
            Self::Running { clock, .. } => Arc::clone(clock),
            Self::Manual { clock, .. } => Arc::clone(clock) as Arc<dyn Clock>,
        }
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock().now()
    }

    pub(crate) fn is_manual(&self) -> bool {
        matches!(self, Self::Manual { .. })
    }

    /// Moves the manual clock on, never back; the instant is kept before anything happens at it.
    pub(crate) fn set(&self, instant: Timestamp) -> anyhow::Result<()> {
        let Self::Manual { clock, kept } = self else { return Ok(()) };
        if let Some(file) = kept {
            keep(file, instant)?;
        }
        clock.set(instant);
        Ok(())
    }

    /// How long to wait in real time until `instant`.
    pub(crate) fn wait_until(&self, instant: Timestamp) -> Duration {
        match self {
            Self::Manual { .. } => Duration::MAX,
            Self::Running { clock, speed } => {
                let left = instant.duration_since(clock.now()).max(SignedDuration::ZERO);
                Duration::try_from(left).unwrap_or_default() / *speed
            }
        }
    }
}

fn read(file: &Path) -> anyhow::Result<Option<Timestamp>> {
    match fs::read_to_string(file) {
        Ok(text) => Ok(Some(text.trim().parse().with_context(|| format!("{} holds no instant", file.display()))?)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(|| format!("cannot read {}", file.display())),
    }
}

/// Writes beside the file and renames, so that no crash leaves half an instant.
fn keep(file: &Path, instant: Timestamp) -> anyhow::Result<()> {
    let draft = file.with_extension("new");
    fs::write(&draft, instant.to_string()).with_context(|| format!("cannot write {}", draft.display()))?;
    fs::rename(&draft, file).with_context(|| format!("cannot write {}", file.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn the_manual_clock_goes_on_where_it_was_kept_unless_it_is_to_start_later() {
        let data = tempfile::tempdir().unwrap();
        let start = |text| ClockChoice::Manual { start_at: Some(at(text)) };

        let first = Time::new(start("2026-03-02T08:00:00Z"), Some(data.path())).unwrap();
        first.set(at("2026-03-02T09:30:00Z")).unwrap();
        let second = Time::new(start("2026-03-02T08:00:00Z"), Some(data.path())).unwrap();
        let third = Time::new(start("2026-03-02T10:00:00Z"), Some(data.path())).unwrap();

        assert_eq!(second.now(), at("2026-03-02T09:30:00Z"));
        assert_eq!(third.now(), at("2026-03-02T10:00:00Z"));
    }
}
