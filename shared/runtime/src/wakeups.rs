//! Waking members: at once, after a delay, or by a schedule.
//!
//! A wake-up says "look again" and nothing else, so one that is lost, doubled or late costs time and never correctness.

mod aws;
mod local;

use async_trait::async_trait;
use domain::{MemberKey, wake::WakePlan};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

pub use aws::{AwsWakeUps, ScheduleSettings};
pub use local::{Additions, LocalWakeUps};

type Cause = Box<dyn std::error::Error + Send + Sync>;

/// Wakes members; two implementations, the cloud's and the one-machine one.
#[async_trait]
pub trait WakeUps: Send + Sync + std::fmt::Debug {
    /// Wakes these members at once.
    ///
    /// # Errors
    /// When at least one of them was not woken; the others may have been.
    async fn wake(&self, members: &[MemberKey], now: Timestamp) -> Result<(), WakeError>;

    /// Carries out the plan for one member. Doing it again is harmless.
    ///
    /// # Errors
    /// When a part of it was not done.
    async fn arrange(&self, member: &MemberKey, plan: WakePlan, now: Timestamp) -> Result<(), WakeError>;
}

/// Why a wake-up was not arranged. The sweep will find the member either way.
#[derive(Debug, thiserror::Error)]
pub enum WakeError {
    /// Queue or scheduler did not answer or asked to slow down; safe to repeat.
    #[error("the wake-up could not be arranged now")]
    Unavailable(#[source] Cause),
    /// Queue or scheduler refused; settings or permissions are wrong, and repeating does not help.
    #[error("the wake-up was refused")]
    Refused(#[source] Cause),
    /// This function was not given the settings to make schedules.
    #[error("this function makes no schedules")]
    NoSchedules,
}

/// What a wake-up says: which member to look at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct WakeUp(pub MemberKey);

impl WakeUp {
    /// Reads the body of a queue message.
    ///
    /// # Errors
    /// When it is no wake-up; repeating does not help.
    pub fn parse(body: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(body)
    }

    /// The body of a queue message: `{"member":…,"tenant":…}`.
    pub fn body(&self) -> String {
        serde_json::json!({"tenant": self.0.tenant, "member": self.0.member}).to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wake_up_reads_back_what_it_wrote() {
        let wake_up = WakeUp(MemberKey { tenant: "acme".into(), member: "m \"1\" ü".into() });

        assert_eq!(WakeUp::parse(&wake_up.body()).unwrap(), wake_up);
    }

    #[test]
    fn a_wake_up_is_tenant_and_member() {
        let wake_up = WakeUp::parse(r#"{"tenant":"acme","member":"m1"}"#).unwrap();

        assert_eq!(wake_up.0, MemberKey { tenant: "acme".into(), member: "m1".into() });
        assert!(WakeUp::parse(r#"{"tenant":"acme"}"#).is_err());
    }
}
